//! Orders (transaksi) as operators see them, and what operators rule about them.

use eraflazz_core::money::Money;
use eraflazz_core::order::{PublicStatus, RulingKind};
use eraflazz_core::text::{RefId, Slug, Sn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The query of `GET /api/v1/admin/orders`: one of the references, or whatever narrows the list down. Orders are looked for on one
/// business day (`on`, today unless the reference says which) and newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSearch {
    /// Our code of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trx_code: Option<String>,
    /// The code of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Slug>,
    /// The member's reference; with `member` on whatever day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ref_id: Option<RefId>,
    /// The number it is for, as the product writes it or its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// `PENDING`, `PROCESSING`, `SUCCESS`, `FAILED` or `REFUND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PublicStatus>,
    /// The business day in Jakarta: `2026-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// How many at most, 1 to 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// An order on one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRow {
    /// Its id.
    pub id: String,
    /// The code that people read aloud.
    pub trx_code: String,
    /// The code of the member.
    pub member: String,
    /// The member's reference.
    pub ref_id: String,
    /// The code of the product.
    pub product: String,
    /// For whom.
    pub destination: String,
    /// The word that the member sees.
    pub status: String,
    /// Where it stands inside: `in_flight`, `returned`, …
    pub state: String,
    /// `escalated` or `disputed`.
    pub review: Option<String>,
    /// Which commit of it this is; rulings name it.
    pub version: u32,
    /// What the member pays, whole rupiah.
    pub price: i64,
    /// When it was accepted or refused.
    pub created_at: String,
    /// When it was last committed.
    pub updated_at: String,
}

/// An order with everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderTold {
    /// The line of it.
    #[serde(flatten)]
    pub row: OrderRow,
    /// What an attempt may cost at most.
    pub cost_cap: Money,
    /// What it cost, once delivered.
    pub cost: Option<Money>,
    /// The serial number, once delivered.
    pub sn: Option<String>,
    /// When the engine looks at it again.
    pub next_action_at: Option<String>,
    /// Each try.
    pub attempts: Vec<AttemptTold>,
    /// What happened, oldest first.
    pub log: Vec<LogTold>,
    /// What a person may rule now.
    pub may: Vec<RulingKind>,
}

/// A try at a supplier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttemptTold {
    /// Its number, from 1.
    pub no: u16,
    /// The slug of the supplier.
    pub supplier: String,
    /// The supplier's code of the product.
    pub sku: String,
    /// Our reference there: what its support is asked about.
    pub supplier_ref: String,
    /// Its id, once known.
    pub their_ref: Option<String>,
    /// Where it stands: `pending`, `rejected: OutOfStock`, …
    pub state: String,
    /// Why this supplier.
    pub why: String,
    /// How often it was sent, and how often asked about.
    pub sends: u32,
    /// How often it was asked about.
    pub checks: u16,
    /// What it may cost at most.
    pub cap: Money,
    /// What was billed, or what the catalog said.
    pub cost: Money,
    /// The serial number, once read.
    pub sn: Option<String>,
    /// When it was first sent.
    pub first_sent_at: String,
    /// Whether an earlier delivery made it needless.
    pub surplus: bool,
}

/// A row of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogTold {
    /// The version that it brought.
    pub version: u32,
    /// When.
    pub at: String,
    /// In words.
    pub what: String,
    /// Everything that was recorded.
    pub entry: Value,
    /// The raw bytes it rests on, as text, at most 4 KiB.
    pub raw: Option<String>,
}

/// `POST /api/v1/admin/orders/{id}/resolve`: a person's ruling about the order as it was seen (D38).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// The version that was looked at. If the order has another one by now, nothing is done.
    pub version: u32,
    /// What is ruled.
    pub resolution: RulingKind,
    /// Delivered: the serial number, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sn: Option<Sn>,
    /// Delivered: what it cost, if it is known to differ from the catalog's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Not delivered: the supplier's text or the statement line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Keep waiting: until when a person has time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// `POST /api/v1/admin/orders/{id}/cancel`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The version that was looked at.
    pub version: u32,
}
