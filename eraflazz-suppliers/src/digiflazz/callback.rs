//! Callbacks (webhooks): verified over the raw body before a byte of it is read.
//!
//! Source: Digiflazz developer pages, "Webhook". The signature has no time in it, so an old delivery can be replayed for ever:
//! what is read here must be applied so that a repetition changes nothing (INV-21).

use eraflazz_core::supplier::{
    Answer, Claim, RawRequest, Reading, Reason, Sighting, Unauthenticated,
};
use secrecy::SecretString;

use super::wire::{self, Contents, Transaction};
use super::{classify, sign};

/// Carries the signature. `X-Digiflazz-Delivery` is only an id.
const SIGNATURE: &str = "x-hub-signature";
/// Says `create` or `update`; of a ping it is not known what it says.
const EVENT: &str = "x-digiflazz-event";

/// Verifies and reads a callback.
///
/// A ping (no `data`) says nothing about any order: a reading without sightings. Its body holds the webhook secret in clear text,
/// so it must not be logged. Whether it is signed is not documented, and it must be answered 2xx, so one without a signature is
/// answered too: it cannot say anything. A genuine body that cannot be understood is one `Unclear` sighting.
pub(super) fn read(
    secret: &SecretString,
    request: &RawRequest,
) -> Result<Reading, Unauthenticated> {
    if !sign::is_genuine(secret, &request.body, request.header(SIGNATURE)) {
        return if is_unsigned_ping(request) {
            Ok(Reading {
                sightings: Vec::new(),
                answer: Answer::ok(),
            })
        } else {
            Err(Unauthenticated)
        };
    }
    let sightings = match wire::open(&request.body) {
        Contents::Data(data) => vec![Transaction::read(data).map_or_else(
            || Sighting::new(Claim::Unclear, Reason::Unreadable),
            |transaction| classify::sighting(&transaction),
        )],
        Contents::Ping | Contents::NoData => Vec::new(),
        Contents::Unreadable => vec![Sighting::new(Claim::Unclear, Reason::Unreadable)],
    };
    Ok(Reading {
        sightings,
        answer: Answer::ok(),
    })
}

fn is_unsigned_ping(request: &RawRequest) -> bool {
    let is_signed = request.headers.contains_key(SIGNATURE);
    let mut events = request.headers.get(EVENT).into_iter().flatten();
    !is_signed
        && events.all(|event| event == "ping")
        && matches!(wire::open(&request.body), Contents::Ping)
}
