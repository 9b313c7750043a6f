//! Hostile bytes: whatever a supplier, or somebody who claims to be it, sends is read without a panic, within bounds, and never into more
//! than it says. `entry` holds what must be true of every input, these strategies find the inputs.

mod entry;
#[path = "../../../../tests/fuzz/spoil.rs"]
mod spoil;

use eraflazz_core::supplier::{Claim, ReadError};
use proptest::prelude::*;

use entry::REFERENCE;
use spoil::{spoils, spoilt};

/// An answer as Digiflazz gives it, for one of its codes.
fn transaction() -> impl Strategy<Value = Vec<u8>> {
    let outcome = prop_oneof![
        3 => Just(("Sukses", "00", "1234567890")),
        1 => Just(("Pending", "03", "")),
        1 => Just(("Gagal", "02", "")),
        1 => Just(("Gagal", "44", "")),
    ];
    outcome.prop_map(|(status, rc, sn)| {
        format!(
            r#"{{"data":{{"ref_id":"{REFERENCE}","customer_no":"087800001233","buyer_sku_code":"xld10","message":"Transaksi","status":"{status}","rc":"{rc}","sn":"{sn}","buyer_last_saldo":990000,"price":10000,"tele":"@telegram","wa":"081234512345"}}}}"#
        )
        .into_bytes()
    })
}

const LIST: &str = r#"{"data":[{"product_name":"XL 10","category":"Pulsa","brand":"XL","type":"Umum","seller_name":"A","price":10050,"buyer_sku_code":"xld10","buyer_product_status":true,"seller_product_status":true,"unlimited_stock":true,"stock":0,"multi":true,"start_cut_off":"23:45","end_cut_off":"0:15","desc":"-"},{"product_name":"XL 25","category":"Pulsa","brand":"XL","type":"Umum","seller_name":"B","price":"25000.50","buyer_sku_code":"XLD25","buyer_product_status":"true","seller_product_status":1,"unlimited_stock":false,"stock":"7","multi":false,"start_cut_off":"00:00","end_cut_off":"00:00","desc":""}]}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn hostile_callbacks_are_never_read_into_more_than_they_say(
        body in transaction(),
        spoils in spoils(),
    ) {
        let whole = spoils.is_empty() && body.windows(6).any(|bytes| bytes == b"Sukses");
        let reading = entry::callback(&spoilt(body, &spoils));
        if whole {
            prop_assert_eq!(reading.sightings[0].claim, Claim::Delivered);
        }
    }

    #[test]
    fn hostile_bytes_with_a_right_signature_claim_nothing(body: Vec<u8>) {
        let reading = entry::callback(&body);
        prop_assert!(reading.sightings.iter().all(|one| one.claim == Claim::Unclear));
    }

    #[test]
    fn inv_35_no_hostile_header_is_a_signature(
        header in "sha1=[0-9a-fA-F]{38,42}|\\PC*",
        body in transaction(),
    ) {
        entry::unsigned(&header, &body);
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn hostile_answers_are_never_read_into_more_than_they_say(
        body in transaction(),
        spoils in spoils(),
    ) {
        entry::answer(&spoilt(body, &spoils));
    }

    #[test]
    fn inv_12_hostile_http_after_the_purchase_was_read_is_never_a_proof_that_it_was_not(
        body in transaction(),
        head in prop_oneof![
            Just("HTTP/1.1 200 OK"), Just("HTTP/1.0 500 X"), Just("HTTP/2 200"), Just("HTTP/1.1 100 Continue"), Just("SSH-2.0"), Just(""),
        ],
        length in 0..600_usize,
        spoils in spoils(),
    ) {
        let mut bytes = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n").into_bytes();
        bytes.extend(body);
        entry::wire(&spoilt(bytes, &spoils));
    }

    #[test]
    fn inv_05_hostile_price_lists_are_read_to_the_digit_or_refused_by_the_row(spoils in spoils()) {
        let read = entry::price_list(&spoilt(LIST.as_bytes().to_vec(), &spoils));
        if spoils.is_empty() {
            prop_assert_eq!(read.unwrap().len(), 2);
        }
    }

    #[test]
    fn inv_05_hostile_balances_are_read_to_the_digit_or_refused(
        written in "-?[0-9]{1,16}(\\.[0-9]{0,3})?",
        quoted: bool,
        spoils in spoils(),
    ) {
        let quote = if quoted { "\"" } else { "" };
        let body = format!(r#"{{"data":{{"deposit":{quote}{written}{quote}}}}}"#);
        let _ = entry::balance(&spoilt(body.into_bytes(), &spoils));
    }

    #[test]
    fn hostile_bytes_are_no_price_list_and_no_balance(body: Vec<u8>) {
        prop_assert!(entry::price_list(&body).is_err());
        prop_assert!(entry::balance(&body).is_err());
    }
}

#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    let corpus = |target: &str| -> Vec<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/");
        let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    };
    let delivered = corpus("digiflazz_callback")
        .iter()
        .flat_map(|body| entry::callback(body).sightings)
        .filter(|sighting| sighting.claim == Claim::Delivered)
        .count();
    assert_eq!(delivered, 1);
    let listed = corpus("digiflazz_price_list")
        .iter()
        .filter_map(|body| entry::price_list(body).ok())
        .count();
    assert_eq!(listed, 1);
    for bytes in corpus("digiflazz_wire") {
        entry::wire(&bytes);
    }
}

/// Sixteen megabytes of rows that are none: refused whole, before each of them costs a sentence (T-24).
#[test]
fn t_24_a_price_list_of_millions_of_rows_is_not_kept() {
    let rows = "0,".repeat(3_000_000);
    let good = r#"{"buyer_sku_code":"xld10","price":1,"unlimited_stock":true}"#;
    let body = format!(r#"{{"data":[{rows}{good}]}}"#);
    let read = entry::price_list(body.as_bytes());
    assert!(matches!(read, Err(ReadError::Unreadable(_))));
}

/// Nothing that lies deep inside costs a stack.
#[test]
fn t_11_nesting_without_end_is_read_past_or_refused() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        for body in [
            deep.clone(),
            format!(r#"{{"data":{deep}}}"#),
            format!(r#"{{"data":{{"status":{deep},"rc":"00"}}}}"#),
            format!(r#"{{"x":{deep},"data":{{"rc":"44"}}}}"#),
        ] {
            let reading = entry::callback(body.as_bytes());
            assert!(
                reading
                    .sightings
                    .iter()
                    .all(|one| one.claim != Claim::Delivered)
            );
            let _ = entry::price_list(body.as_bytes());
        }
    }
}
