//! Callbacks: believed by their signature, read without side effects, safe for any bytes.
#![expect(
    clippy::unused_async,
    reason = "a case is awaited, whether or not it waits"
)]

use bytes::Bytes;
use eraflazz_core::supplier::{Callback, Claim, Purchase, RawRequest, Sighting, Unauthenticated};
use eraflazz_core::text::Sn;

use super::hearing::{about, callback, send};
use super::{Said, SupplierFixture};

fn is_signed(fixture: &impl SupplierFixture) -> bool {
    fixture.supplier().profile().callback == Callback::Signed
}

/// The sightings of a callback that binds to this purchase as a delivery.
fn delivery<'a>(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    sightings: &'a [Sighting],
) -> Option<&'a Sighting> {
    about(purchase, callback(is_signed(fixture)), sightings)
        .filter(|sighting| sighting.claim == Claim::Delivered)
}

/// A delivery that core can bind to its attempt; what it says of price and serial number is passed on.
pub async fn a_genuine_callback_is_read_and_binds(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let request = fixture.callback(Said::Delivered(&purchase));
    let reading = fixture.supplier().read_callback(&request).unwrap();
    let sighting = delivery(&fixture, &purchase, &reading.sightings).unwrap();
    let said = fixture.delivery();
    let price = sighting.price.unwrap_or(said.billed);
    let sn = sighting.sn.as_ref().map_or(said.sn, Sn::as_str);
    assert_eq!((price, sn), (said.billed, said.sn));
}

/// With another answer many providers send it again for days, or stop sending any.
pub async fn a_callback_is_answered_as_the_provider_expects(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let request = fixture.callback(Said::Delivered(&purchase));
    let reading = fixture.supplier().read_callback(&request).unwrap();
    assert_eq!(reading.answer, fixture.callback_answer());
}

/// No clock, no memory.
pub async fn the_same_callback_reads_the_same(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let request = fixture.callback(Said::Delivered(&purchase));
    let first = fixture.supplier().read_callback(&request);
    send(&fixture, &purchase).await;
    assert_eq!(fixture.supplier().read_callback(&request), first);
}

/// Numbers without an order of ours in them, the same in each run.
fn dice() -> impl FnMut() -> [u8; 8] {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    }
}

/// Hundreds of bodies, cut, flipped and invented, all signed by the provider itself.
pub async fn no_bytes_make_it_panic_or_deliver(fixture: impl SupplierFixture) {
    let supplier = fixture.supplier();
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase)).body;
    let mut roll = dice();
    for place in 0..genuine.len() {
        let mut flipped = genuine.to_vec();
        flipped[place] ^= roll()[0] | 1;
        for body in [&genuine[..place], &flipped] {
            // Some of these are other true statements, so only survival is asked for.
            let _survived = supplier.read_callback(&fixture.callback(Said::Bytes(body)));
        }
    }
    for _ in 0..500 {
        let body: Vec<u8> = roll().into_iter().chain(roll()).collect();
        let reading = supplier.read_callback(&fixture.callback(Said::Bytes(&body)));
        let sightings = reading.map(|reading| reading.sightings).unwrap_or_default();
        let delivered = sightings.iter().any(|s| s.claim == Claim::Delivered);
        assert!(!delivered, "delivered by {body:?}");
    }
}

/// It is the provider's, so it is stored, answered and looked at by a person: an `Unclear` sighting, or none.
pub async fn what_is_not_understood_is_no_error(fixture: impl SupplierFixture) {
    for body in [
        &b"selamat pagi"[..],
        b"<html></html>",
        &[0xFF, 0xFE, 0],
        b"",
    ] {
        let request = fixture.callback(Said::Bytes(body));
        let reading = fixture.supplier().read_callback(&request).unwrap();
        let unclear = |sighting: &Sighting| sighting.claim == Claim::Unclear;
        assert!(reading.sightings.iter().all(unclear), "{reading:?}");
    }
}

/// A part of a genuine body, signed all the same: the format shows that the rest is missing.
pub async fn a_cut_callback_is_not_delivered(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase)).body;
    for end in 0..genuine.trim_ascii_end().len() {
        let request = fixture.callback(Said::Bytes(&genuine[..end]));
        let reading = fixture.supplier().read_callback(&request);
        let sightings = reading.map(|reading| reading.sightings).unwrap_or_default();
        let delivered = delivery(&fixture, &purchase, &sightings);
        assert_eq!(delivered, None, "{end} bytes of {}", genuine.len());
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

/// Absent, empty, longer, of another request, with a changed digit.
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

/// Cut anywhere: what is compared is the whole signature, never as much of it as was sent.
pub async fn t_08_a_part_of_a_signature_is_refused(fixture: impl SupplierFixture) {
    let header = fixture.signature_header().unwrap();
    let purchase = fixture.purchase();
    let genuine = fixture.callback(Said::Delivered(&purchase));
    let signature = genuine.header(header).unwrap().to_owned();
    let starts = (0..signature.len()).map(|place| &signature[..place]);
    let ends = (signature.len() / 2..signature.len()).map(|place| &signature[place..]);
    for part in starts.chain(ends) {
        let mut request = genuine.clone();
        let value = vec![part.to_owned()];
        request.headers.insert(header.to_owned(), value);
        refused(&fixture, &request, part);
    }
}

/// Two headers are ambiguous, even if one of them is right.
pub async fn t_08_a_repeated_signature_is_refused(fixture: impl SupplierFixture) {
    let header = fixture.signature_header().unwrap();
    let purchase = fixture.purchase();
    let mut request = fixture.callback(Said::Delivered(&purchase));
    let signature = request.header(header).unwrap().to_owned();
    for values in [
        vec![signature.clone(), signature.clone()],
        vec![signature.clone(), "00".to_owned()],
        vec!["00".to_owned(), signature],
    ] {
        request.headers.insert(header.to_owned(), values);
        refused(&fixture, &request, "two headers");
    }
}
