//! Hostile bytes: whatever the provider, or somebody who claims to be it, sends is read without a panic, within bounds, and never into more than it says.
//! `entry` holds what must be true of every input, these strategies find the inputs.

mod entry;
#[path = "../../../../tests/fuzz/spoil.rs"]
mod spoil;

use eraflazz_core::supplier::{Claim, ReadError};
use proptest::prelude::*;

use entry::TARGET;
use spoil::{spoils, spoilt};

const WORDS: [&str; 8] = [
    "waiting",
    "process",
    "processing",
    "success",
    "error",
    "failed",
    "partial",
    "sukses",
];

/// An order as the provider tells it.
fn row() -> impl Strategy<Value = String> {
    (prop::sample::select(&WORDS[..]), any::<bool>(), "[A-Z0-9]{3,9}").prop_map(|(word, is_game, id)| {
        let (data, rest) = if is_game {
            ("12345678", r#""zone":"2012","service":"86 Diamonds""#)
        } else {
            (TARGET, r#""code":"S10","service":"Telkomsel 10.000""#)
        };
        format!(
            r#"{{"trxid":"{id}","data":"{data}",{rest},"status":"{word}","note":"0123456789012345","price":10500,"created_date":"2026-05-01 12:00:00"}}"#
        )
    })
}

fn ordered() -> impl Strategy<Value = Vec<u8>> {
    let refused = prop::sample::select(vec![
        r#"{"result":false,"data":null,"message":"Saldo tidak mencukupi"}"#,
        r#"{"result":"false","message":"Nomor tujuan salah"}"#,
    ]);
    prop_oneof![
        4 => row().prop_map(|row| format!(r#"{{"result":true,"data":{row},"message":"ok"}}"#)),
        1 => refused.prop_map(str::to_owned),
    ]
    .prop_map(String::into_bytes)
}

fn listed() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(row(), 0..4)
        .prop_map(|rows| {
            format!(
                r#"{{"result":true,"data":[{}],"message":"ok"}}"#,
                rows.join(",")
            )
        })
        .prop_map(String::into_bytes)
}

fn called() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let form = "trxid=ABC123&data=081234567890&code=S10&status=success&note=0123&price=10500";
    prop_oneof![
        row().prop_map(|row| ("application/json", format!(r#"{{"data":{row}}}"#))),
        row().prop_map(|row| ("", row)),
        row().prop_map(|row| {
            let pair = ("data", row.as_str());
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([pair])
                .finish();
            (FORM, body)
        }),
        Just((FORM, form.to_owned())),
        Just((
            FORM,
            "data[trxid]=ABC123&data[data]=081234567890&data[status]=success&data[price]=10500"
                .to_owned()
        )),
    ]
    .prop_map(|(kind, body)| (kind, body.into_bytes()))
}

const SERVICES: &str = r#"{"result":true,"data":[{"code":"S10","name":"Telkomsel","price":{"basic":10550,"premium":10525,"special":10500},"status":"available","multi_trx":true,"maintenace":"23:44 - 00:16"},{"code":"","price":{"basic":0},"status":"empty"}],"message":"ok"}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn hostile_callbacks_are_never_read_into_more_than_they_say(
        (kind, body) in called(),
        spoils in spoils(),
    ) {
        entry::callback(kind, &spoilt(body, &spoils));
    }

    #[test]
    fn hostile_bytes_with_the_signature_claim_nothing(kind in "[a-z/-]{0,20}", body: Vec<u8>) {
        let reading = entry::callback(&kind, &body);
        prop_assert_eq!(reading.sightings[0].claim, Claim::Unclear);
    }

    #[test]
    fn inv_35_no_hostile_header_is_the_signature(
        header in "[0-9a-fA-F]{30,34}|\\PC*",
        (_, body) in called(),
    ) {
        entry::unsigned(&header, &body);
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn hostile_answers_are_never_read_into_more_than_they_say(
        body in ordered(),
        spoils in spoils(),
    ) {
        entry::ordered(&spoilt(body, &spoils));
    }

    #[test]
    fn hostile_lists_are_never_read_into_more_than_they_say(
        body in listed(),
        spoils in spoils(),
        by_id: bool,
    ) {
        entry::asked(&spoilt(body, &spoils), by_id);
    }

    #[test]
    fn inv_12_hostile_http_after_the_order_was_read_is_never_a_proof_that_it_was_not(
        body in ordered(),
        head in prop::sample::select(vec![
            "HTTP/1.1 200 OK", "HTTP/1.0 500 X", "HTTP/2 200", "HTTP/1.1 100 Continue", "SSH-2.0", "",
        ]),
        length in 0..600_usize,
        spoils in spoils(),
    ) {
        let mut bytes = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n").into_bytes();
        bytes.extend(body);
        entry::wire(&spoilt(bytes, &spoils));
    }

    #[test]
    fn inv_05_hostile_services_are_no_prices(spoils in spoils()) {
        let _ = entry::price_list(&spoilt(SERVICES.as_bytes().to_vec(), &spoils));
    }

    #[test]
    fn inv_05_hostile_balances_are_read_to_the_digit_or_refused(
        written in "-?[0-9]{1,13}(\\.[0-9]{0,3})?",
        quoted: bool,
    ) {
        let quote = if quoted { "\"" } else { "" };
        let body = format!(r#"{{"result":true,"data":{{"balance":{quote}{written}{quote}}}}}"#);
        let _ = entry::balance(body.as_bytes());
    }

    #[test]
    fn hostile_bytes_are_no_services_and_no_balance(body: Vec<u8>) {
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
    let is_delivered = |claim: &Claim| *claim == Claim::Delivered;
    let replies = corpus("vip_reply");
    let said = |body: &Vec<u8>| {
        let first = entry::ordered(body).sightings;
        let later = entry::asked(body, false).sightings;
        first
            .into_iter()
            .chain(later)
            .map(|said| said.claim)
            .collect::<Vec<_>>()
    };
    let claims: Vec<Claim> = replies.iter().flat_map(said).collect();
    assert_eq!(
        claims.iter().copied().filter(is_delivered).count(),
        3,
        "{claims:?}"
    );
    let callbacks = corpus("vip_callback");
    let claims = callbacks
        .iter()
        .map(|body| entry::callback("", body).sightings[0].claim);
    assert_eq!(claims.filter(is_delivered).count(), 3);
    let peers = corpus("vip_wire");
    let claims = peers
        .iter()
        .map(|bytes| entry::wire(bytes).sightings[0].claim);
    assert_eq!(claims.filter(is_delivered).count(), 1);
    let lists = corpus("vip_lists");
    let read = |bytes: &Vec<u8>| {
        (
            entry::price_list(bytes).is_ok(),
            entry::balance(bytes).is_ok(),
        )
    };
    let read: Vec<_> = lists.iter().map(read).collect();
    assert!(
        read.contains(&(true, false)) && read.contains(&(false, true)),
        "{read:?}"
    );
    assert!(read.contains(&(false, false)), "{read:?}");
}

/// The services that are spoilt: without this every one of them might be refused before its rows are looked at.
#[test]
fn the_services_that_are_spoilt_are_read_as_they_are() {
    let list = entry::price_list(SERVICES.as_bytes()).unwrap();
    assert!(list.rows.iter().any(|row| row.sku.as_str() == "S10"));
}

/// Nothing that lies deep inside costs a stack.
#[test]
fn t_11_nesting_without_end_is_read_past_or_refused() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        for body in [
            deep.clone(),
            format!(r#"{{"result":true,"data":{deep}}}"#),
            format!(r#"{{"result":true,"data":{{"trxid":"A","status":{deep}}}}}"#),
            format!(r#"{{"x":{deep},"data":{{"trxid":"A"}}}}"#),
        ] {
            let said = entry::callback("", body.as_bytes()).sightings;
            assert_eq!(said[0].claim, Claim::Unclear);
            assert_eq!(
                entry::ordered(body.as_bytes()).sightings[0].claim,
                Claim::Unclear
            );
            assert!(matches!(
                entry::price_list(body.as_bytes()),
                Err(ReadError::Unreadable(_))
            ));
        }
    }
}
