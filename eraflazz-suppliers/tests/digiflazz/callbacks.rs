//! Callbacks: who may speak, and what is heard.

use std::collections::BTreeMap;

use bytes::Bytes;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    Answer, Claim, Formed, RawRequest, Reading, Reason, Unauthenticated,
};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha1::Sha1;

use crate::support::{REFERENCE, WEBHOOK_SECRET, adapter, success};

fn signature(body: &[u8]) -> String {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(body);
    let mac = mac.finalize().into_bytes();
    format!("sha1={}", base16ct::lower::encode_string(&mac))
}

fn callback(signatures: &[&str], body: &[u8]) -> RawRequest {
    let mut headers = BTreeMap::from([(
        "user-agent".to_owned(),
        vec!["Digiflazz-Hookshot".to_owned()],
    )]);
    if !signatures.is_empty() {
        headers.insert(
            "x-hub-signature".to_owned(),
            signatures.iter().map(|s| (*s).to_owned()).collect(),
        );
    }
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/callbacks/supplier/digiflazz".to_owned(),
        headers,
        body: Bytes::copy_from_slice(body),
        source: None,
    }
}

fn read(request: &RawRequest) -> Result<Reading, Unauthenticated> {
    adapter("http://127.0.0.1:9/v1").read_callback(request)
}

fn genuine(body: &str) -> Reading {
    read(&callback(&[&signature(body.as_bytes())], body.as_bytes())).unwrap()
}

#[test]
fn a_genuine_success_is_heard_and_answered_200() {
    let reading = genuine(&success().replace("xld10", "XLD10"));
    assert_eq!(reading.answer, Answer::ok());
    let [sighting] = reading.sightings.as_slice() else {
        panic!("one sighting")
    };
    assert_eq!(sighting.claim, Claim::Delivered);
    assert_eq!(sighting.our_ref.unwrap().as_str(), REFERENCE);
    assert_eq!(sighting.sku.as_ref().unwrap().as_str(), "XLD10");
    assert_eq!(sighting.sn.as_ref().unwrap().as_str(), "1234567890");
}

#[test]
fn the_same_callback_reads_the_same_every_time() {
    let body = success();
    assert_eq!(genuine(&body), genuine(&body));
}

#[test]
fn a_genuine_failure_has_no_serial_number() {
    let reading = genuine(
        &success()
            .replace("Sukses\",\"rc\":\"00", "Gagal\",\"rc\":\"54")
            .replace("1234567890", "nomor salah"),
    );
    assert_eq!(
        reading.sightings[0].claim,
        Claim::Refused {
            formed: Formed::Yes
        }
    );
    assert_eq!(reading.sightings[0].sn, None);
}

#[test]
fn inv_35_nothing_is_heard_without_one_right_signature() {
    let body = success();
    let right = signature(body.as_bytes());
    let other = signature(b"another body");
    for signatures in [
        vec![],
        vec![""],
        vec![other.as_str()],
        vec![right.as_str(), right.as_str()],
        vec![right.as_str(), other.as_str()],
        vec![&right["sha1=".len()..]],
        vec![&right[..right.len() - 1]],
    ] {
        assert_eq!(
            read(&callback(&signatures, body.as_bytes())),
            Err(Unauthenticated),
            "{signatures:?}"
        );
    }
    let changed = body.replace("\"rc\":\"00\"", "\"rc\":\"02\"");
    assert_eq!(
        read(&callback(&[&right], changed.as_bytes())),
        Err(Unauthenticated)
    );
    let mut elsewhere = callback(&[], body.as_bytes());
    elsewhere
        .headers
        .insert("x-digiflazz-delivery".to_owned(), vec![right]);
    assert_eq!(read(&elsewhere), Err(Unauthenticated));
}

const PING: &str = r#"{"sed":"AgXXtVAHp","hook_id":"11aaabbb","hook":{"url":"https://example.test/hook","secret":"eraflazz-hook-secret","type":"application/json","status":1}}"#;

#[test]
fn a_ping_says_nothing_about_orders() {
    let reading = genuine(PING);
    assert_eq!(reading.sightings, vec![]);
    assert_eq!(reading.answer.status, 200);
}

#[test]
fn inv_35_of_all_that_is_unsigned_only_a_ping_is_answered_and_it_says_nothing() {
    let unsigned = |body: &str, event: Option<&str>| {
        let mut request = callback(&[], body.as_bytes());
        request.headers.remove("x-digiflazz-event");
        if let Some(event) = event {
            let event = vec![event.to_owned()];
            request
                .headers
                .insert("x-digiflazz-event".to_owned(), event);
        }
        read(&request)
    };
    for event in [None, Some("ping")] {
        let reading = unsigned(PING, event).unwrap();
        assert_eq!((reading.sightings, reading.answer.status), (vec![], 200));
        for other in [&success(), "", "{}", "[]", &format!("{PING}x")] {
            assert_eq!(unsigned(other, event), Err(Unauthenticated), "{other}");
        }
        let both = PING.replace("\"hook_id\"", "\"data\":{},\"hook_id\"");
        assert_eq!(unsigned(&both, event), Err(Unauthenticated));
    }
    assert_eq!(unsigned(PING, Some("update")), Err(Unauthenticated));
    let wrong = callback(&["sha1=00"], PING.as_bytes());
    assert_eq!(read(&wrong), Err(Unauthenticated));
}

#[test]
fn e_09_a_reference_that_cannot_be_ours_claims_nothing() {
    let reading = genuine(&success().replace(REFERENCE, "EF-20260101-000001"));
    assert_eq!(reading.sightings[0].our_ref, None);
    assert_eq!(reading.sightings[0].claim, Claim::Unclear);
}

#[test]
fn genuine_nonsense_is_unclear_not_an_error() {
    for body in ["", "OK", "[]", r#"{"data":[1]}"#, r#"{"data":"x"}"#] {
        let reading = genuine(body);
        assert_eq!(reading.sightings.len(), 1, "{body}");
        assert_eq!(reading.sightings[0].claim, Claim::Unclear);
        assert_eq!(reading.sightings[0].reason, Reason::Unreadable);
    }
}

/// One JSON value among many that a status or code could be.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\"Sukses\"".to_owned()),
        Just("\"sukses\"".to_owned()),
        Just("\"Gagal\"".to_owned()),
        Just("\"Pending\"".to_owned()),
        Just("\"00\"".to_owned()),
        Just("0".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("{}".to_owned()),
        (0..100_u8).prop_map(|n| format!("\"{n:02}\"")),
        any::<i32>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9 ]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ]
}

proptest! {
    #[test]
    fn inv_35_unsigned_bytes_are_never_heard(body: Vec<u8>, header in "\\PC*") {
        prop_assert_eq!(read(&callback(&[&header], &body)), Err(Unauthenticated));
    }

    #[test]
    fn any_genuine_bytes_are_read_and_never_delivered(body: Vec<u8>) {
        let reading = read(&callback(&[&signature(&body)], &body));
        let reading = reading.expect("the signature is right");
        prop_assert!(reading.sightings.iter().all(|s| s.claim == Claim::Unclear));
    }

    #[test]
    fn only_success_with_00_is_delivered(status in value(), rc in value(), price in value(), sn in value()) {
        let body = format!(
            r#"{{"data":{{"ref_id":"{REFERENCE}","status":{status},"rc":{rc},"price":{price},"sn":{sn}}}}}"#
        );
        let reading = read(&callback(&[&signature(body.as_bytes())], body.as_bytes()));
        let delivered = reading.expect("the signature is right").sightings[0].claim == Claim::Delivered;
        let says_so = status.trim_matches(['"', ' ']).eq_ignore_ascii_case("sukses")
            && (rc.trim_matches(['"', ' ']) == "00" || rc == "0");
        prop_assert_eq!(delivered, says_so);
    }
}
