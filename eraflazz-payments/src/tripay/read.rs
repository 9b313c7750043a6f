//! Reading without an account: for people who ask why something was read as it was read. Nothing is sent.

use eraflazz_core::payment::{PaymentClaim, PaymentReason, PaymentSighting};
use secrecy::SecretString;

use super::wire::{self, Contents, Payment};
use super::{callback, classify, sign};
use crate::json;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body of a callback.
    Callback,
    /// The answer to a create or to a question about one payment.
    Payment,
    /// The answer to a question about several.
    List,
}

/// What `body` says, of either environment. The signature of a callback is [`is_genuine`]'s business.
pub fn read(kind: Kind, body: &[u8]) -> Vec<PaymentSighting> {
    match kind {
        Kind::Callback => vec![callback::event(body, None)],
        Kind::Payment => vec![match wire::open(body) {
            Contents::Data(data) => json::inner::<Payment<'_>>(data).map_or_else(
                || unclear(PaymentReason::Unreadable),
                |seen| classify::payment(&seen, None),
            ),
            Contents::Failure => {
                PaymentSighting::new(PaymentClaim::Refused, PaymentReason::BadRequest)
            }
            Contents::Unreadable => unclear(PaymentReason::Unreadable),
        }],
        Kind::List => match wire::open(body) {
            Contents::Data(data) => json::list(data).map_or_else(
                || vec![unclear(PaymentReason::Unreadable)],
                |rows| {
                    rows.into_iter()
                        .map(|row| {
                            json::inner::<Payment<'_>>(Some(row)).map_or_else(
                                || unclear(PaymentReason::Unreadable),
                                |seen| classify::payment(&seen, None),
                            )
                        })
                        .collect()
                },
            ),
            Contents::Failure => vec![unclear(PaymentReason::BadRequest)],
            Contents::Unreadable => vec![unclear(PaymentReason::Unreadable)],
        },
    }
}

const fn unclear(reason: PaymentReason) -> PaymentSighting {
    PaymentSighting::new(PaymentClaim::Unclear, reason)
}

/// Whether `signature` is that of these very bytes under this key.
pub fn is_genuine(private_key: &SecretString, body: &[u8], signature: Option<&str>) -> bool {
    sign::is_genuine(private_key, body, signature)
}
