//! Callbacks: believed by their signature, read without side effects, safe for any bytes.
#![expect(
    clippy::unused_async,
    reason = "a case is awaited, whether or not it waits"
)]

use bytes::Bytes;
use eraflazz_core::supplier::{Callback, Claim, RawRequest, Unauthenticated};

use super::hearing::{about, callback};
use super::{Said, SupplierFixture};

fn is_signed(fixture: &impl SupplierFixture) -> bool {
    fixture.supplier().profile().callback == Callback::Signed
}

/// A delivery that core can bind to its attempt.
pub async fn a_genuine_callback_is_read_and_binds(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let request = fixture.callback(Said::Delivered(&purchase));
    let reading = fixture.supplier().read_callback(&request).unwrap();
    let channel = callback(is_signed(&fixture));
    let sighting = about(&purchase, channel, &reading.sightings).unwrap();
    assert_eq!(sighting.claim, Claim::Delivered);
    assert!((200..300).contains(&reading.answer.status));
}

/// No clock, no memory.
pub async fn the_same_callback_reads_the_same(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let request = fixture.callback(Said::Delivered(&purchase));
    let first = fixture.supplier().read_callback(&request);
    fixture.supplier().send(&purchase).await;
    assert_eq!(fixture.supplier().read_callback(&request), first);
}

/// A thousand bodies, cut, flipped and invented, signed by the provider itself: whatever is read of them, it is read in full or not at all.
pub async fn no_bytes_make_it_panic_or_deliver(fixture: impl SupplierFixture) {
    let supplier = fixture.supplier();
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase)).body;
    let mut bodies: Vec<Vec<u8>> = (0..genuine.len())
        .map(|end| genuine[..end].to_vec())
        .collect();
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    let mut roll = || {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice.to_le_bytes()
    };
    bodies.extend((0..500).map(|_| roll().into_iter().chain(roll()).collect()));
    for body in &bodies {
        let reading = supplier.read_callback(&fixture.callback(Said::Bytes(body)));
        let sightings = reading.map(|reading| reading.sightings).unwrap_or_default();
        let delivered = |claim| claim == Claim::Delivered;
        assert!(
            !sightings.iter().any(|sighting| delivered(sighting.claim)),
            "delivered by {:?}",
            String::from_utf8_lossy(body)
        );
    }
    for place in 0..genuine.len() {
        let mut flipped = genuine.to_vec();
        flipped[place] ^= roll()[0] | 1;
        // Some flips make another true statement, so only its survival is asked for.
        let _survived = supplier.read_callback(&fixture.callback(Said::Bytes(&flipped)));
    }
}

fn refused(fixture: &impl SupplierFixture, request: &RawRequest, what: &str) {
    let reading = fixture.supplier().read_callback(request);
    assert_eq!(reading, Err(Unauthenticated), "{what}");
}

/// The signature covers every byte of the body.
pub async fn inv_35_a_changed_body_is_refused(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase));
    for place in 0..genuine.body.len() {
        let mut body = genuine.body.to_vec();
        body[place] ^= 1;
        let request = RawRequest {
            body: Bytes::from(body),
            ..genuine.clone()
        };
        refused(&fixture, &request, "a changed byte");
    }
    let mut longer = genuine.body.to_vec();
    longer.push(b'\n');
    let request = RawRequest {
        body: Bytes::from(longer),
        ..genuine
    };
    refused(&fixture, &request, "a byte more");
}

/// Absent, empty, cut, of another request, with a changed digit.
pub async fn t_08_a_missing_or_mangled_signature_is_refused(fixture: impl SupplierFixture) {
    let header = fixture.signature_header().unwrap();
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase));
    let signature = genuine.header(header).unwrap().to_owned();
    let with = |values: Vec<String>| {
        let mut request = genuine.clone();
        request.headers.insert(header.to_owned(), values);
        request
    };
    let mut missing = genuine.clone();
    missing.headers.remove(header);
    refused(&fixture, &missing, "no signature");
    refused(&fixture, &with(Vec::new()), "no value");
    refused(&fixture, &with(vec![String::new()]), "an empty one");
    let cut = signature[..signature.len() - 1].to_owned();
    refused(&fixture, &with(vec![cut]), "a cut one");
    refused(
        &fixture,
        &with(vec![format!("{signature}0")]),
        "a longer one",
    );
    let last = if signature.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{last}", &signature[..signature.len() - 1]);
    refused(&fixture, &with(vec![changed]), "a changed one");
    let other = fixture.callback(Said::Bytes(b"{}"));
    let other = other.header(header).unwrap().to_owned();
    refused(&fixture, &with(vec![other]), "another body's");
}

/// Two headers are ambiguous, even if one of them is right.
pub async fn t_08_a_repeated_signature_is_refused(fixture: impl SupplierFixture) {
    let header = fixture.signature_header().unwrap();
    let purchase = fixture.purchase();
    let mut request = fixture.callback(Said::Delivered(&purchase));
    let signature = request.header(header).unwrap().to_owned();
    for values in [
        vec![signature.clone(), signature.clone()],
        vec![signature.clone(), "sha1=00".to_owned()],
        vec!["sha1=00".to_owned(), signature],
    ] {
        request.headers.insert(header.to_owned(), values);
        refused(&fixture, &request, "two headers");
    }
}
