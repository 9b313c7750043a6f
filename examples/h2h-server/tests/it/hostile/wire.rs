//! Whatever a buyer's connection carries, through the running server: one answer to one request, never a failure of ours, and no order but what is said under a
//! right signature.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sandbox::otomax::sign;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::spoil::{spoils, spoilt};
use crate::house::{House, PATIENCE};
use crate::seller::{Buyer, ON};

/// How many requests are spoilt in each way.
const EACH: usize = 60;
/// A buyer is locked out after five wrong logins in a row: before that a right one comes between.
const IN_A_ROW: usize = 3;

/// What is spoilt of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Any byte of it, the rules of HTTP included.
    Whole,
    /// What is asked, as it stands.
    Query,
    /// What is asked, as whoever percent-encodes every byte sends it.
    Encoded,
    /// What is asked, as a form.
    Form,
}

fn get(query: &[u8]) -> Vec<u8> {
    let head = b"GET /otomax/toko/trx?".as_slice();
    let tail = b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    [head, query, tail].concat()
}

fn post(form: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /otomax/toko/trx HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        form.len()
    );
    [head.as_bytes(), form].concat()
}

fn encoded(query: &[u8]) -> Vec<u8> {
    let bytes = query.iter().map(|byte| match byte {
        b'=' | b'&' => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect::<String>().into_bytes()
}

/// Everything that is answered until the server closes; what never ends is let go of.
async fn answer(house: &House, request: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(house.server.address()).await.unwrap();
    // Whoever is refused early may find the door shut before all is said.
    let _ = socket.write_all(request).await;
    let mut told = Vec::new();
    let read = timeout(PATIENCE, socket.read_to_end(&mut told)).await;
    assert!(read.is_ok(), "not answered: {}", request.escape_ascii());
    told
}

/// The status of each answer.
fn statuses(told: &[u8]) -> Vec<u16> {
    let starts = told.windows(12).filter(|at| at.starts_with(b"HTTP/1.1 "));
    let status = |at: &[u8]| std::str::from_utf8(&at[9..]).unwrap().parse().unwrap();
    starts.map(status).collect()
}

/// The reference that this asks about under a right signature, read by nothing of ours: with any byte of it another it is nobody's.
fn proven(buyer: &Buyer, asked: &[u8]) -> Option<String> {
    let mut said = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(asked) {
        said.insert(name.to_lowercase(), value.into_owned());
    }
    let of = |name: &str| said.get(name).cloned().unwrap_or_default();
    let (member, product) = (of("memberid").to_uppercase(), of("product").to_uppercase());
    let (dest, ref_id) = (of("dest"), of("refid"));
    let text = format!(
        "OtomaX|{member}|{product}|{dest}|{ref_id}|{}|{}",
        buyer.pin, buyer.password
    );
    (of("sign") == sign(&text)).then_some(ref_id)
}

/// What is asked of a request, wherever it stands in it.
fn asked_in(request: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = request.split(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
    words.map(|word| {
        let query = word.iter().position(|byte| *byte == b'?');
        query.map_or(word, |at| &word[at + 1..])
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn t_06_hostile_bytes_of_a_buyer_are_answered_once_and_buy_nothing_unsigned() {
    let quick = [
        ("SERVER__HEADER_TIMEOUT", "200ms"),
        ("SERVER__BODY_TIMEOUT", "1s"),
        ("SERVER__IDLE_TIMEOUT", "200ms"),
    ];
    let house = House::open_with(&[&ON[..], &quick].concat()).await;
    let buyer = Buyer::of(&house, "ERZ001", "agen", &json!({})).await;
    let (mut runner, mut proofs) = (TestRunner::default(), BTreeSet::new());
    for part in [Part::Query, Part::Encoded, Part::Form, Part::Whole] {
        for n in 0..EACH {
            if n % IN_A_ROW == 0 {
                let query = buyer.signed("XL10", "0878000001", "K-1");
                let told = answer(&house, &get(query.as_bytes())).await;
                assert_eq!(statuses(&told), [200]);
                let said = String::from_utf8_lossy(&told);
                assert!(said.contains("R#K-1 XL10.0878000001"), "{said}");
            }
            let ref_id = format!("{part:?}-{n}");
            let query = buyer.signed("XL10", &format!("087800{n:04}"), &ref_id);
            let spoils = spoils().new_tree(&mut runner).unwrap().current();
            let spoil = |bytes: Vec<u8>| spoilt(bytes, &spoils);
            let request = match part {
                Part::Whole => spoil(get(query.as_bytes())),
                Part::Query => get(&spoil(query.into_bytes())),
                Part::Encoded => get(&encoded(&spoil(query.into_bytes()))),
                Part::Form => post(&spoil(query.into_bytes())),
            };
            proofs.extend(asked_in(&request).filter_map(|asked| proven(&buyer, asked)));
            let told = answer(&house, &request).await;
            let statuses = statuses(&told);
            let shown = request.escape_ascii();
            assert!(statuses.iter().all(|status| *status < 500), "{shown}");
            if part != Part::Whole {
                assert_eq!(statuses.len(), 1, "{shown}");
            }
        }
    }
    proofs.insert("K-1".to_owned());
    let listed = house.agen().get("/api/v1/transactions?limit=100").await;
    let orders = listed.body["data"]["transactions"].as_array().unwrap();
    let mut placed = BTreeSet::new();
    for order in orders {
        let ref_id = order["ref_id"].as_str().unwrap().to_owned();
        assert!(proofs.contains(&ref_id), "nobody signed {order}");
        assert!(placed.insert(ref_id), "twice: {order}");
    }
    assert!(placed.contains("K-1"));
    house.close().await;
}
