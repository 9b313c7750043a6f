//! Callbacks: who may say something, and in how many ways it is said.

use std::collections::BTreeMap;

use bytes::Bytes;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Callback, Claim, RawRequest, Sighting};
use eraflazz_suppliers::vip::{Config, Vip};
use rstest::rstest;

use crate::support::{SIGN, adapter, config};

const HERE: &str = "http://127.0.0.1:9";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn request(signatures: &[&str], kind: &str, body: &str) -> RawRequest {
    let values = |values: &[&str]| values.iter().map(|one| (*one).to_owned()).collect();
    let mut headers: BTreeMap<String, Vec<String>> =
        [("content-type".to_owned(), values(&[kind]))].into();
    if !signatures.is_empty() {
        headers.insert("x-client-signature".to_owned(), values(signatures));
    }
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/callbacks/supplier/vip".to_owned(),
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
        source: None,
    }
}

fn seen(kind: &str, body: &str) -> Sighting {
    let reading = adapter(HERE)
        .read_callback(&request(&[SIGN], kind, body))
        .unwrap();
    assert_eq!(reading.answer.status, 200);
    assert_eq!(reading.answer.body, r#"{"success":true}"#);
    let [one] = reading.sightings.try_into().unwrap();
    one
}

const TRANSACTION: &str = r#"{"trxid":"ABC123XYZ","data":"12345678","zone":"2012","service":"86 Diamonds","status":"success","note":"0123456789012345","price":18750}"#;
const FIELDS: [(&str, &str); 7] = [
    ("trxid", "ABC123XYZ"),
    ("data", "12345678"),
    ("zone", "2012"),
    ("service", "86 Diamonds"),
    ("status", "success"),
    ("note", "0123456789012345"),
    ("price", "18750"),
];

fn form(named: impl Fn(&str) -> String) -> String {
    let pairs = FIELDS.map(|(name, value)| (named(name), value));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The body of the vendor's page and the four other ways in which accounts were seen to get it.
#[test]
fn a_callback_is_read_however_it_is_written() {
    let nested = format!(r#"{{"data":{TRANSACTION}}}"#);
    let of_json: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("data", TRANSACTION)
        .finish();
    let spelt = TRANSACTION.replace("trxid", "trx_id");
    let first = seen(JSON, &nested);
    assert_eq!(first.claim, Claim::Delivered);
    assert_eq!(first.their_ref.as_ref().unwrap().as_str(), "ABC123XYZ");
    assert_eq!(first.target.as_ref().unwrap().as_str(), "12345678(2012)");
    assert_eq!(first.sn.as_ref().unwrap().as_str(), "0123456789012345");
    assert_eq!(first.price.unwrap().to_string(), "18750");
    for (kind, body) in [
        (JSON, TRANSACTION),
        ("text/plain", nested.as_str()),
        (FORM, nested.as_str()),
        (JSON, spelt.as_str()),
        (FORM, &form(|name| format!("data[{name}]"))),
        (FORM, &form(str::to_owned)),
        ("", &form(str::to_owned)),
        (FORM, &of_json),
    ] {
        assert_eq!(seen(kind, body), first, "{kind}: {body}");
    }
}

#[rstest]
#[case::twice(FORM, "trxid=A&trxid=B&status=success")]
#[case::twice_in_two_ways(FORM, "trxid=A&data[trxid]=B&status=success")]
#[case::two_spellings(FORM, "trxid=A&trx_id=B&status=success&data=0812")]
#[case::beside_json(FORM, "data=%7B%22trxid%22%3A%22A%22%7D&status=success")]
#[case::two_transactions(
    JSON,
    r#"{"trxid":"A","status":"success","data":{"trxid":"B","status":"error"}}"#
)]
#[case::inside_a_list(JSON, r#"{"data":[{"trxid":"A","status":"success"}]}"#)]
#[case::a_field_twice(JSON, r#"{"data":{"trxid":"A","status":"error","status":"success"}}"#)]
#[case::data_twice(
    JSON,
    r#"{"data":{"trxid":"A"},"data":{"trxid":"A","status":"success"}}"#
)]
#[case::no_id(JSON, r#"{"data":{"status":"success","data":"0812"}}"#)]
#[case::form_called_json(JSON, "trxid=A&status=success&data=0812")]
#[case::a_form_inside_a_cut_text(JSON, r#"{"data":{"note":"&trxid=A&status=success&data=0812&"#)]
#[case::a_list(JSON, "[]")]
#[case::nothing(FORM, "")]
fn t_09_t_18_what_is_not_one_transaction_claims_nothing(#[case] kind: &str, #[case] body: &str) {
    assert_eq!(seen(kind, body).claim, Claim::Unclear);
}

#[test]
fn t_08_only_who_has_the_signature_is_heard() {
    let adapter = adapter(HERE);
    assert_eq!(adapter.profile().callback, Callback::Hint);
    let upper = SIGN.to_uppercase();
    let taken = |signatures: &[&str]| {
        let request = request(signatures, JSON, TRANSACTION);
        adapter.read_callback(&request).is_ok()
    };
    assert!(taken(&[SIGN]) && taken(&[&upper]));
    let changed = format!("{}0", &SIGN[..31]);
    let changed = if changed == SIGN {
        "f".repeat(32)
    } else {
        changed
    };
    for signatures in [
        &[][..],
        &[""],
        &[&SIGN[..31]],
        &[&SIGN[..30]],
        &[changed.as_str()],
        &[SIGN, SIGN],
        &[SIGN, "00"],
    ] {
        assert!(!taken(signatures), "{signatures:?}");
    }
}

/// Accounts of it differ in whether there is one.
#[test]
fn t_08_where_callbacks_have_no_signature_a_wrong_one_is_refused_all_the_same() {
    let adapter = Vip::new(Config {
        callback_signature: false,
        ..config(HERE)
    })
    .unwrap();
    let taken = |signatures: &[&str]| {
        let request = request(signatures, JSON, TRANSACTION);
        adapter.read_callback(&request).is_ok()
    };
    assert!(taken(&[]) && taken(&[SIGN]));
    assert!(!taken(&[""]) && !taken(&["00"]) && !taken(&[SIGN, SIGN]));
}
