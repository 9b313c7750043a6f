//! Reading without an account: for people who ask why something was read as it was read. Nothing is sent.

use eraflazz_core::payment::{PaymentClaim, PaymentReason, PaymentSighting};
use secrecy::SecretString;

use super::callback;
use super::classify::{self, Asked};
use super::wire::Payment;
use crate::json;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body of a notification.
    Notification,
    /// The answer to a charge.
    Charge,
    /// The answer to a question.
    Status,
    /// The answer to a capture, a cancel, an expiry, an approval or a denial.
    Act,
    /// The answer to a refund.
    Refund,
}

/// What `body` says, of any merchant. The signature in it is [`is_genuine`]'s business.
pub fn read(kind: Kind, body: &[u8]) -> PaymentSighting {
    let asked = match kind {
        Kind::Notification | Kind::Status => Asked::Status,
        Kind::Charge => Asked::Charge,
        Kind::Act => Asked::Act,
        Kind::Refund => Asked::Refund,
    };
    json::object::<Payment<'_>>(body).map_or(
        PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unreadable),
        |seen| classify::payment(&seen, asked, None),
    )
}

/// Whether the signature in `body` is that of its own fields under this key.
pub fn is_genuine(server_key: &SecretString, body: &[u8]) -> bool {
    json::object::<Payment<'_>>(body)
        .is_some_and(|seen| callback::is_genuine(std::slice::from_ref(server_key), &seen))
}
