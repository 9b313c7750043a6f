//! Notifications: held against their signature, and a hint even then.

use eraflazz_core::payment::{PaymentClaim, PaymentReading, PaymentReason};
use eraflazz_core::supplier::{Answer, RawRequest, Unauthenticated};
use secrecy::SecretString;

use super::classify::{self, Asked};
use super::sign::{self, Signed};
use super::wire::Payment;
use crate::json;

/// Verifies and reads a notification. Recurring ones (of subscriptions) carry no signature, so they never pass.
pub(super) fn read(
    keys: &[SecretString],
    merchant_id: Option<&str>,
    request: &RawRequest,
) -> Result<PaymentReading, Unauthenticated> {
    let seen: Payment<'_> = json::object(&request.body).ok_or(Unauthenticated)?;
    if !is_genuine(keys, &seen) {
        return Err(Unauthenticated);
    }
    let mut sighting = classify::payment(&seen, Asked::Status, merchant_id);
    // Only an answer can say so.
    if matches!(
        sighting.claim,
        PaymentClaim::NotFound | PaymentClaim::Refused
    ) {
        (sighting.claim, sighting.reason) = (PaymentClaim::Unclear, PaymentReason::Contradiction);
    }
    Ok(PaymentReading {
        sightings: vec![sighting],
        answer: Answer::ok(),
    })
}

/// Whether the signature in a body is that of its own fields, as they stand in it.
pub(super) fn is_genuine(keys: &[SecretString], seen: &Payment<'_>) -> bool {
    let fields = [
        seen.order_id,
        seen.status_code,
        seen.gross_amount,
        seen.signature_key,
    ];
    let [
        Ok(order_id),
        Ok(status_code),
        Ok(gross_amount),
        Ok(signature),
    ] = fields.map(|field| json::exact(field).map(Option::unwrap_or_default))
    else {
        return false;
    };
    let signed = Signed {
        order_id: &order_id,
        status_code: &status_code,
        gross_amount: &gross_amount,
    };
    !order_id.is_empty() && sign::is_genuine(keys, &signed, Some(&signature))
}
