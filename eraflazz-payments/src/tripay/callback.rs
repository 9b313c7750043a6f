//! Callbacks: verified over the raw body before a byte of it is read.

use bytes::Bytes;
use eraflazz_core::payment::{
    Environment, PaymentClaim, PaymentReading, PaymentReason, PaymentSighting,
};
use eraflazz_core::supplier::{Answer, RawRequest, Unauthenticated};
use secrecy::SecretString;

use super::wire::Event;
use super::{classify, sign};
use crate::json;

pub(super) const SIGNATURE: &str = "x-callback-signature";
/// Not covered by the signature, so it can only make us ignore something.
const EVENT: &str = "x-callback-event";
const PAYMENT_STATUS: &str = "payment_status";

/// Verifies and reads a callback. Anything but this answer counts as not delivered, and after three times nothing comes any more.
pub(super) fn read(
    private_key: &SecretString,
    environment: Environment,
    request: &RawRequest,
) -> Result<PaymentReading, Unauthenticated> {
    if !sign::is_genuine(private_key, &request.body, request.header(SIGNATURE)) {
        return Err(Unauthenticated);
    }
    let is_about_payments = request
        .headers
        .get(EVENT)
        .is_none_or(|events| events.iter().all(|event| event == PAYMENT_STATUS));
    let sightings = if is_about_payments {
        vec![event(&request.body, Some(environment))]
    } else {
        Vec::new()
    };
    Ok(PaymentReading {
        sightings,
        answer: Answer {
            status: 200,
            content_type: "application/json",
            body: Bytes::from_static(br#"{"success":true}"#),
        },
    })
}

pub(super) fn event(body: &[u8], environment: Option<Environment>) -> PaymentSighting {
    json::object::<Event<'_>>(body).map_or_else(
        || PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unreadable),
        |seen| classify::event(&seen, environment),
    )
}
