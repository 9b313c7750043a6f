//! What the engine hands to an adapter, and what comes back besides exchanges.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::sighting::Sighting;
use crate::catalog::{CutOff, ProductKind, TargetForm};
use crate::ids::SupplierRef;
use crate::money::Money;
use crate::text::{Sku, Target, TheirRef};

/// One purchase to send. Sent again (only under the resend rule) with the same business fields, byte for byte (INV-11); a time stamp
/// or a signature over it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// What kind of goods: a bill is paid by the call that pays bills, under the reference of its inquiry.
    pub kind: ProductKind,
    /// Our reference: the idempotency key at the supplier. Send it in the shape of [`Reference::Ours`](super::Reference::Ours).
    pub supplier_ref: SupplierRef,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as this supplier writes it.
    pub target: Target,
    /// What it may cost at most (INV-17). Suppliers that take a cap get it, rounded down to what they can express.
    pub cap: Money,
    /// Which send of this reference this is, from 1. Everything above 1 is a status check by resubmission.
    pub send: u32,
    /// Time since the first send of this reference; zero for the first.
    pub age: Duration,
}

/// An attempt to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    /// What kind of goods.
    pub kind: ProductKind,
    /// Our reference.
    pub supplier_ref: SupplierRef,
    /// Their id, once known.
    pub their_ref: Option<TheirRef>,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as it was sent.
    pub target: Target,
    /// How often it was sent.
    pub sends: u32,
    /// Time since the first send.
    pub age: Duration,
}

/// A callback as it arrived, before anything was believed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRequest {
    /// HTTP method, upper-case.
    pub method: String,
    /// Path and query as received.
    pub path: String,
    /// Headers by lower-case name; several of one name in order of arrival.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body, whole, at most 64 KiB.
    pub body: Bytes,
    /// Where it came from: the socket's address, or what a trusted proxy named.
    pub source: Option<IpAddr>,
}

impl RawRequest {
    /// The only value of the header `name` (lower-case); `None` if it is absent *or repeated* (T-8).
    pub fn header(&self, name: &str) -> Option<&str> {
        match self.headers.get(name)?.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// What an authenticated (or, for suppliers without signatures, merely readable) callback said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was read; empty for pings and the like.
    pub sightings: Vec<Sighting>,
    /// The exact answer that this provider expects once the callback is stored.
    pub answer: Answer,
}

/// An HTTP answer to a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body, exactly.
    pub body: Bytes,
}

impl Answer {
    /// 200 with a plain `OK`.
    pub const fn ok() -> Self {
        Self {
            status: 200,
            content_type: "text/plain; charset=utf-8",
            body: Bytes::from_static(b"OK"),
        }
    }
}

/// A callback that did not prove where it came from. Says no more than that: the sender learns nothing (T-8, T-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the callback is not authenticated")]
pub struct Unauthenticated;

/// Why a balance or a price list could not be read. Neither ever means "zero" or "no products".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The supplier could not be reached or did not answer in full.
    #[error("the supplier did not answer: {0}")]
    Unreachable(String),
    /// It refused: credentials, rate limit.
    #[error("the supplier refused (code {code})")]
    Refused {
        /// The provider's code.
        code: String,
    },
    /// Its answer was not understood.
    #[error("the supplier's answer was not understood: {0}")]
    Unreadable(String),
    /// Too soon after the last call; try again after this.
    #[error("asked too soon, wait {0:?}")]
    TooSoon(Duration),
}

/// A supplier's price list. For people and for programs that keep a catalog: the engine does not read it, and sells by its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList {
    /// What it lists: prepaid goods, or the bills that can be paid there. Of what is of the other kind it says nothing.
    pub goods: ProductKind,
    /// Rows in the supplier's order.
    pub rows: Vec<PriceRow>,
    /// Rows that could not be read, with the field and the rule they break; they are left out of `rows`.
    pub refused: Vec<String>,
}

/// One product as a supplier lists it. What the list does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// The supplier's code.
    pub sku: Sku,
    /// Name for people.
    pub name: Option<String>,
    /// The supplier's category.
    pub category: Option<String>,
    /// The supplier's brand.
    pub brand: Option<String>,
    /// The supplier's type.
    pub kind: Option<String>,
    /// What our deposit is charged: above zero. Of a bill zero: that is known once it was asked about.
    pub price: Money,
    /// Sellable: switched on by us there and by the seller. A switch that is missing or unreadable is off.
    pub active: bool,
    /// Remaining stock; `None` if it is unlimited or not said.
    pub stock: Option<u64>,
    /// Whether the same goods may be bought again for the same destination on one day.
    pub multi: Option<bool>,
    /// Daily closed window.
    pub cut_off: Option<CutOff>,
    /// Description.
    pub description: Option<String>,
    /// Where the destination of these goods has several fields: how this supplier is told them; `None` if that is not known for certain.
    pub form: Option<TargetForm>,
}
