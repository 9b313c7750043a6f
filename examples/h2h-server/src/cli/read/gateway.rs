//! The same for payment gateways: what a notification or an answer says of a payment, and whether its signature is genuine. The key stands in the line, so that
//! old and foreign ones can be read too; it is never shown.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use eraflazz_core::money::Money;
use eraflazz_core::payment::{PaymentClaim, PaymentReason, PaymentSighting};
use eraflazz_payments::{SecretString, midtrans, tripay};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::desk::DeskError;
use super::{each_line, wire_text};

const SIGNATURE: &str = "x-callback-signature";
const EVENT: &str = "x-callback-event";

/// A gateway that this program reads for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// Midtrans.
    Midtrans,
    /// Tripay.
    Tripay,
}

/// The gateway of that name.
pub fn named(name: &str) -> Option<Gateway> {
    match name {
        "midtrans" => Some(Gateway::Midtrans),
        "tripay" => Some(Gateway::Tripay),
        _ => None,
    }
}

/// One line in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    kind: String,
    /// A text, or JSON as it was on the wire.
    #[serde(borrow)]
    body: &'a RawValue,
    headers: Option<BTreeMap<String, String>>,
    signature: Option<String>,
    server_key: Option<SecretString>,
    private_key: Option<SecretString>,
}

/// One line out.
#[derive(Debug, Default, Serialize)]
struct Read {
    state: &'static str,
    /// Of what carries no signature of its own: nothing.
    verified: Option<bool>,
    amount: Option<Money>,
    reference: Option<String>,
    payment: Option<String>,
    why: String,
}

/// Reads each line of `input` and writes what it says, as [`run`](super::run) does for suppliers.
pub fn run(
    gateway: Gateway,
    input: impl BufRead,
    output: impl Write,
    unclear_max: u8,
) -> Result<(), DeskError> {
    each_line(input, output, unclear_max, |line| {
        match line_of(gateway, line) {
            Ok(read) => {
                let is_unclear = read.state == UNCLEAR;
                (read, Some(is_unclear))
            }
            Err(why) => {
                let read = Read {
                    state: "unreadable",
                    why,
                    ..Read::default()
                };
                (read, None)
            }
        }
    })
}

const UNCLEAR: &str = "unclear";

fn line_of(gateway: Gateway, line: &str) -> Result<Read, String> {
    let line: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let body = wire_text(line.body)?;
    match gateway {
        Gateway::Midtrans => of_midtrans(&line, body.as_bytes()),
        Gateway::Tripay => of_tripay(&line, body.as_bytes()),
    }
}

fn of_midtrans(line: &Line<'_>, body: &[u8]) -> Result<Read, String> {
    use midtrans::Kind;
    let kind = match line.kind.as_str() {
        "notification" | "callback" => Kind::Notification,
        "charge" | "create" => Kind::Charge,
        "status" => Kind::Status,
        "cancel" | "expire" | "capture" | "approve" | "deny" => Kind::Act,
        "refund" => Kind::Refund,
        _ => return Err(
            "kind: notification, charge, status, cancel, expire, capture, approve, deny or refund"
                .to_owned(),
        ),
    };
    if line.private_key.is_some() {
        return Err("private_key: Midtrans signs with the server_key".to_owned());
    }
    let key = line.server_key.as_ref();
    let verified = (kind == Kind::Notification)
        .then(|| key.is_some_and(|key| midtrans::is_genuine(key, body)));
    let seen = midtrans::read(kind, body);
    Ok(told(&seen, verified, key.is_some(), HINT))
}

fn of_tripay(line: &Line<'_>, body: &[u8]) -> Result<Read, String> {
    use tripay::Kind;
    let kind = match line.kind.as_str() {
        "callback" | "notification" => Kind::Callback,
        "create" | "detail" | "status" => Kind::Payment,
        "list" => Kind::List,
        _ => return Err("kind: callback, create, detail or list".to_owned()),
    };
    if line.server_key.is_some() {
        return Err("server_key: Tripay signs with the private_key".to_owned());
    }
    let header = |wanted: &str| {
        let mut headers = line.headers.iter().flatten();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    };
    let key = line.private_key.as_ref();
    let signature = line.signature.as_deref().or_else(|| header(SIGNATURE));
    let verified = (kind == Kind::Callback)
        .then(|| key.is_some_and(|key| tripay::is_genuine(key, body, signature)));
    if kind == Kind::Callback && header(EVENT).is_some_and(|event| event != "payment_status") {
        return Ok(Read {
            state: UNCLEAR,
            verified,
            why: "its event is not payment_status: answered, and otherwise nothing".to_owned(),
            ..Read::default()
        });
    }
    let mut seen = tripay::read(kind, body).into_iter();
    Ok(match (seen.next(), seen.next()) {
        (Some(seen), None) => told(&seen, verified, key.is_some(), SIGNED),
        (None, _) => Read {
            state: "not_found",
            why: "the list is empty".to_owned(),
            ..Read::default()
        },
        (Some(_), Some(_)) => Read {
            state: UNCLEAR,
            why: "several payments: each is a payment of its own, read them one by one".to_owned(),
            ..Read::default()
        },
    })
}

const HINT: &str = "its signature leaves out the state: the gateway is asked before money moves";
const SIGNED: &str = "its signature does not say when: the gateway is asked before money moves";

fn told(seen: &PaymentSighting, verified: Option<bool>, has_key: bool, caution: &str) -> Read {
    let reference = seen.our_ref.as_ref().map(|echo| echo.as_str().to_owned());
    let payment = seen.their_ref.as_ref().map(|id| id.as_str().to_owned());
    if verified == Some(false) && has_key {
        return Read {
            state: UNCLEAR,
            verified,
            reference,
            payment,
            why:
                "its signature is not that of these bytes under this key: nothing in it is believed"
                    .to_owned(),
            ..Read::default()
        };
    }
    let state = match seen.claim {
        PaymentClaim::Is(state) => state.word(),
        PaymentClaim::NotFound => "not_found",
        PaymentClaim::Refused => "refused",
        PaymentClaim::NotSent | PaymentClaim::Unclear => UNCLEAR,
    };
    let mut why = why(seen);
    match verified {
        Some(true) => why = format!("{why}; {caution}"),
        Some(false) => why = format!("{why}; no key in the line, so nobody knows who wrote it"),
        None => {}
    }
    Read {
        state,
        verified,
        amount: seen.amount,
        reference,
        payment,
        why,
    }
}

fn why(seen: &PaymentSighting) -> String {
    match (seen.claim, seen.reason) {
        (PaymentClaim::Is(state), _) if state.is_paid() => {
            "it says that the payment was paid".to_owned()
        }
        (PaymentClaim::Is(state), _) if state.is_reversed() => {
            "it says that money of this payment has gone back".to_owned()
        }
        (PaymentClaim::Is(state), _) if state.is_unpaid_end() => {
            "it says that the payment has ended without money".to_owned()
        }
        (PaymentClaim::Is(_), _) => "it says that the payment is not paid yet".to_owned(),
        (PaymentClaim::NotFound, _) => {
            "the gateway does not know this payment; of a create that is under way that proves nothing".to_owned()
        }
        (PaymentClaim::Refused, reason) => {
            format!("the gateway refuses this request, and nothing was changed by it ({reason:?})")
        }
        (PaymentClaim::NotSent | PaymentClaim::Unclear, reason) => {
            let known = NO_PROOF.iter().find(|(known, _)| *known == reason);
            known.map_or_else(
                || format!("it proves nothing ({reason:?})"),
                |(_, why)| (*why).to_owned(),
            )
        }
    }
}

/// Why an answer proves nothing, where there is more to say than the word for it.
const NO_PROOF: [(PaymentReason, &str); 5] = [
    (
        PaymentReason::Unreadable,
        "it cannot be read: not one whole object, or a field that is of another kind than it must be",
    ),
    (
        PaymentReason::Contradiction,
        "it contradicts itself: amounts that do not add up, money without an amount or a name, or a code that does not go with the state",
    ),
    (PaymentReason::Unlisted, "no table lists this code or word"),
    (PaymentReason::Currency, "it is not in rupiah"),
    (
        PaymentReason::Duplicate,
        "the reference is taken: the payment under it is to be looked up",
    ),
];

#[cfg(test)]
mod tests;
