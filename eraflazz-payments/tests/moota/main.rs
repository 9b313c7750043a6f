//! Hostile bytes: whatever Moota, or somebody who claims to be it, sends is read without a panic, within bounds, and never into more than it says. `entry` holds
//! what must be true of every input, these strategies find the inputs.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod entry;
#[path = "../../../tests/fuzz/spoil.rs"]
mod spoil;

use eraflazz_core::money::Money;
use eraflazz_core::payment::BankLine;
use proptest::prelude::*;
use proptest::sample::select;

use entry::BANK;
use spoil::{spoils, spoilt};

/// A row of a statement; whether it is money that came to this account.
#[derive(Clone, Debug)]
struct Row {
    text: String,
    amount: i64,
    id: String,
    counts: bool,
}

fn row() -> impl Strategy<Value = Row> {
    let amounts = (
        1..1_000_000_000_i64,
        select(vec!["", ".00"]),
        prop::option::of(1..9_000_000_000_i64),
    );
    let time = (1..=28_u8, select(vec!["00:00:00", "10:15:00", "23:59:59"]));
    let whose = prop_oneof![3 => Just((BANK, "CR")), 1 => Just((BANK, "DB")), 1 => Just(("BANKtest02", "CR"))];
    let words = ("[A-Z0-9]{4,12}", "[A-Z /-]{0,30}");
    (amounts, time, whose, words).prop_map(
        |((amount, cents, balance), (day, time), (bank, kind), (id, text))| {
            let balance = balance.map_or("0".to_owned(), |balance| balance.to_string());
            let text = format!(
                r#"{{"account_number":"1234567890","date":"2026-01-{day:02} {time}","description":"{text}","note":"","amount":"{amount}{cents}","type":"{kind}","balance":{balance},"mutation_id":"{id}","token":"{id}","bank_id":"{bank}","taggings":[]}}"#
            );
            Row {
                text,
                amount,
                id,
                counts: (bank, kind) == (BANK, "CR"),
            }
        },
    )
}

fn list(rows: &[Row]) -> String {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    format!("[{}]", texts.join(","))
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(), 1..4)
}

/// A body with these rows: a list, rows in `data`, or the first row alone.
fn pushed() -> impl Strategy<Value = Vec<u8>> {
    (rows(), 0..3_u8).prop_map(|(rows, how)| {
        let text = match how {
            0 => list(&rows),
            1 => format!(r#"{{"data":{}}}"#, list(&rows)),
            _ => rows[0].text.clone(),
        };
        text.into_bytes()
    })
}

fn assert_written(lines: &[BankLine], rows: &[Row]) {
    let read = lines.iter().map(|line| {
        let id = line.id.as_ref().map(|id| id.as_str().to_owned());
        (id, Some(line.amount))
    });
    let written = rows.iter().filter(|row| row.counts);
    let written = written.map(|row| (Some(row.id.clone()), Money::rupiah(row.amount)));
    assert_eq!(read.collect::<Vec<_>>(), written.collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_push_is_read_as_it_was_written(rows in rows()) {
        assert_written(&entry::push(list(&rows).as_bytes()), &rows);
        assert_written(&entry::push(rows[0].text.as_bytes()), &rows[..1]);
    }

    #[test]
    fn hostile_pushes_are_never_read_into_more_than_they_say(
        body in pushed(),
        spoils in spoils(),
    ) {
        entry::push(&spoilt(body, &spoils));
    }

    #[test]
    fn inv_35_a_spoilt_push_under_the_old_signature_is_nobodys(
        body in pushed(),
        spoils in spoils(),
        any: Vec<u8>,
    ) {
        let signature = entry::signature(&body);
        for other in [spoilt(body.clone(), &spoils), any] {
            if other != body {
                entry::unsigned(&signature, &other);
            }
        }
    }

    #[test]
    fn inv_35_no_hostile_header_is_the_signature(
        header in "[0-9a-fA-F]{62,66}|\\PC*",
        body in pushed(),
    ) {
        entry::unsigned(&header, &body);
    }

    #[test]
    fn hostile_bytes_under_a_right_signature_are_no_line(body: Vec<u8>) {
        prop_assert_eq!(entry::push(&body), []);
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn hostile_pages_are_never_read_into_more_than_they_say(
        rows in rows(),
        last in 1..3_u8,
        spoils in spoils(),
    ) {
        let body = format!(r#"{{"current_page":1,"data":{},"last_page":{last},"per_page":100}}"#, list(&rows));
        assert_written(&entry::page(body.as_bytes()).unwrap(), &rows);
        let _ = entry::page(&spoilt(body.into_bytes(), &spoils));
    }

    #[test]
    fn hostile_http_is_read_as_a_page_or_refused(
        rows in rows(),
        spoils in spoils(),
        status in select(vec!["200 OK", "302 Found", "401 Unauthorized", "502 Bad Gateway", "0 ?"]),
    ) {
        let body = format!(r#"{{"data":{},"last_page":1}}"#, list(&rows));
        let mut peer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        peer.extend(body.into_bytes());
        let read = entry::wire(&peer);
        prop_assert_eq!(read.is_ok(), status == "200 OK", "INV-12");
        let _ = entry::wire(&spoilt(peer, &spoils));
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/");
    let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    let pushes = corpus("moota_push");
    let lines: usize = pushes.iter().map(|body| entry::push(body).len()).sum();
    assert_eq!(lines, 5);
    let pages = corpus("moota_page");
    let read = pages.iter().filter(|body| entry::page(body).is_ok());
    assert_eq!((read.count(), pages.len()), (1, 2));
    let peers = corpus("moota_wire");
    let read = peers.iter().filter(|bytes| entry::wire(bytes).is_ok());
    assert_eq!((read.count(), peers.len()), (1, 2));
}
