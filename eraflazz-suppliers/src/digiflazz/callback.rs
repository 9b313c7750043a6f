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

/// Verifies and reads a callback.
///
/// A ping (no `data`) says nothing about any order: a reading without sightings. Its body holds the webhook secret in clear text,
/// so it must not be logged. A genuine body that cannot be understood is one `Unclear` sighting.
pub(super) fn read(
    secret: &SecretString,
    request: &RawRequest,
) -> Result<Reading, Unauthenticated> {
    if !sign::is_genuine(secret, &request.body, request.header(SIGNATURE)) {
        return Err(Unauthenticated);
    }
    let sightings = match wire::open(&request.body) {
        Contents::Data(data) => vec![Transaction::read(data).map_or_else(
            || Sighting::new(Claim::Unclear, Reason::Unreadable),
            |transaction| classify::sighting(&transaction),
        )],
        Contents::NoData => Vec::new(),
        Contents::Unreadable => vec![Sighting::new(Claim::Unclear, Reason::Unreadable)],
    };
    Ok(Reading {
        sightings,
        answer: Answer::ok(),
    })
}
