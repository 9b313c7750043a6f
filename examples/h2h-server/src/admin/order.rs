//! Orders (transaksi) as operators see them, and what operators rule about them.

use eraflazz_core::money::Money;
use eraflazz_core::order::{PublicStatus, RulingKind};
use eraflazz_core::text::{RefId, Slug, Sn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::amount::Amount;
use crate::openapi::{Shown, words};

/// The query of `GET /api/v1/admin/orders`: one of the references, or whatever narrows the list down. Orders are looked for on one
/// business day (`on`, today by default) and newest first; by `trx_code` on whatever day.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct OrderSearch {
    /// Our code of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trx_code: Option<String>,
    /// The code of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::Slug>, inline)]
    pub member: Option<Slug>,
    /// The member's reference; with `member` on whatever day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::RefId>, inline)]
    pub ref_id: Option<RefId>,
    /// The number it is for, as the product writes it or its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// `PENDING`, `PROCESSING`, `SUCCESS`, `FAILED` or `REFUND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::PublicStatus>, inline)]
    pub status: Option<PublicStatus>,
    /// The business day in Jakarta: `2026-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(format = "date")]
    pub on: Option<String>,
    /// Where the page begins; the first one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::OrderCursor>, inline)]
    pub cursor: Option<String>,
    /// How many a page has at most, 1 to 200; 50 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// An order on one line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
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
    #[schema(value_type = words::PublicStatus)]
    pub status: String,
    /// Where it stands inside: `in_flight`, `returned`, …
    pub state: String,
    /// `escalated` or `disputed`.
    #[schema(required = true)]
    pub review: Option<String>,
    /// Which commit of it this is; rulings name it.
    pub version: u32,
    /// What the member pays, whole rupiah.
    pub price: i64,
    /// When it was accepted or refused.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it was last committed.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// An order with everything.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderTold {
    /// The line of it.
    #[serde(flatten)]
    pub row: OrderRow,
    /// What an attempt may cost at most.
    #[schema(value_type = words::Money)]
    pub cost_cap: Money,
    /// What it cost, once delivered.
    #[schema(value_type = Option<words::Money>, required = true)]
    pub cost: Option<Money>,
    /// How much of the price has gone back to the member since it was last paid.
    #[schema(value_type = words::Money)]
    pub refunded: Money,
    /// How much of it may still be refunded: nothing before a delivery is paid for, nor of one that the house paid or the supplier took back.
    #[schema(value_type = words::Money)]
    pub refundable: Money,
    /// The serial number, once delivered.
    #[schema(required = true)]
    pub sn: Option<String>,
    /// When the engine looks at it again.
    #[schema(format = "date-time", required = true)]
    pub next_action_at: Option<String>,
    /// Each try.
    pub attempts: Vec<AttemptTold>,
    /// Each choice of a route, oldest first, as it was recorded when it was made: also of an order that found none.
    pub choices: Vec<ChoiceTold>,
    /// What happened, oldest first.
    pub log: Vec<LogTold>,
    /// Why `log` is empty though something happened: it has left for the archive, whose files are not here.
    #[schema(required = true)]
    pub log_missing: Option<String>,
    /// What a person may rule now.
    #[schema(value_type = Vec<words::RulingKind>)]
    pub may: Vec<RulingKind>,
}

/// A try at a supplier.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
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
    #[schema(required = true)]
    pub their_ref: Option<String>,
    /// Its own code of the last answer that changed something (kode respons, `rc`).
    #[schema(required = true)]
    pub rc: Option<String>,
    /// Where it stands: `pending`, `rejected: OutOfStock`, …
    pub state: String,
    /// Why this supplier.
    pub why: String,
    /// How often it was sent, and how often asked about.
    pub sends: u32,
    /// How often it was asked about.
    pub checks: u16,
    /// What it may cost at most.
    #[schema(value_type = words::Money)]
    pub cap: Money,
    /// What was billed, or what the catalog said.
    #[schema(value_type = words::Money)]
    pub cost: Money,
    /// The serial number, once read.
    #[schema(required = true)]
    pub sn: Option<String>,
    /// When it was first sent.
    #[schema(format = "date-time")]
    pub first_sent_at: String,
    /// Whether an earlier delivery made it needless.
    pub surplus: bool,
    /// What may be ruled of it.
    #[schema(value_type = Vec<words::RulingKind>)]
    pub may: Vec<RulingKind>,
}

/// Why this supplier and not another, at one moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChoiceTold {
    /// The version of the order that recorded it.
    pub version: u32,
    /// When.
    #[schema(format = "date-time")]
    pub at: String,
    /// The attempt that it led to; none if no route was left.
    #[schema(required = true)]
    pub attempt: Option<u16>,
    /// By what the sellable routes were put in order: `lowest cost`, `priority`, `success rate`, `weighted score`.
    pub by: String,
    /// What the dice gave, where they had a say.
    #[schema(required = true)]
    pub roll: Option<String>,
    /// Every route of the product, the best first.
    pub routes: Vec<RouteFound>,
}

/// What was found of one route.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RouteFound {
    /// The slug of the supplier; none if the catalog does not know the route any more.
    #[schema(required = true)]
    pub supplier: Option<String>,
    /// The supplier's code of the product.
    #[schema(required = true)]
    pub sku: Option<String>,
    /// Whether it was taken.
    pub chosen: bool,
    /// Whether it could have been taken.
    pub sellable: bool,
    /// In words: `chosen`, `sellable, 1 behind`, `over the cost cap`, …
    pub found: String,
}

/// A row of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogTold {
    /// The version that it brought.
    pub version: u32,
    /// When.
    #[schema(format = "date-time")]
    pub at: String,
    /// In words.
    pub what: String,
    /// Everything that was recorded.
    pub entry: Value,
    /// The raw bytes it rests on, as text, at most 4 KiB.
    #[schema(required = true)]
    pub raw: Option<String>,
}

/// `POST /api/v1/admin/orders/{id}/resolve`: a person's ruling about the order as it was seen (D38).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// The version that was looked at. If the order has another one by now, nothing is done.
    #[schema(maximum = 4_294_967_295_u32)]
    pub version: u32,
    /// What is ruled.
    #[schema(value_type = words::RulingKind)]
    pub resolution: RulingKind,
    /// Of which of its attempts, by number. It may be left out where only one can be meant; where several can, the ruling is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 65_535)]
    pub attempt: Option<u16>,
    /// Delivered, reclaim and absorb: the serial number, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Sn>)]
    pub sn: Option<Sn>,
    /// Delivered, reclaim and absorb: what it cost, if it is known to differ from what is billed or in the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Cost>)]
    pub cost: Option<Money>,
    /// Not delivered: the supplier's text or the statement line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Proof>)]
    pub proof: Option<String>,
    /// Keep waiting: until when a person has time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "date-time")]
    pub until: Option<String>,
}

/// `POST /api/v1/admin/orders/{id}/refunds`: a part or all of the price of a delivery goes back to the member. The same reference of the same order again gives
/// the order as it stands by then; with another amount it is refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// The version that was looked at. If the order has another one by now, nothing is done.
    #[schema(maximum = 4_294_967_295_u32)]
    pub version: u32,
    /// Whole rupiah, at most `refundable`.
    #[schema(value_type = words::Amount)]
    pub amount: Amount,
    /// The desk's reference of it: of one order, it happens once.
    #[schema(value_type = words::RefId)]
    pub reference: RefId,
    /// Why, for the log of the order.
    #[schema(value_type = words::Note)]
    pub note: String,
}

/// `POST /api/v1/admin/orders/{id}/cancel`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The version that was looked at.
    #[schema(maximum = 4_294_967_295_u32)]
    pub version: u32,
}

impl Shown for OrderRow {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-7a1b-8c3d-4e5f60718293", "trx_code": "TRX-20260101-0A1B2C3D", "member": "toko-maju", "ref_id": "TRX-0001",
            "product": "XL10", "destination": "6287812345678", "status": "PROCESSING", "state": "in flight: attempt 1",
            "review": "escalated", "version": 9, "price": 10_500,
            "created_at": "2026-01-01T07:00:00.000+07:00", "updated_at": "2026-01-01T07:17:00.000+07:00",
        })
    }
}

impl Shown for OrderTold {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-7a1b-8c3d-4e5f60718293", "trx_code": "TRX-20260101-0A1B2C3D", "member": "toko-maju", "ref_id": "TRX-0001",
            "product": "XL10", "destination": "6287812345678", "status": "PROCESSING", "state": "in flight: attempt 1",
            "review": "escalated", "version": 9, "price": 10_500,
            "created_at": "2026-01-01T07:00:00.000+07:00", "updated_at": "2026-01-01T07:17:00.000+07:00",
            "cost_cap": 10_500, "cost": null, "refunded": 0, "refundable": 0, "sn": null, "next_action_at": "2026-01-01T07:47:00.000+07:00",
            "attempts": [{
                "no": 1, "supplier": "digiflazz", "sku": "xld10", "supplier_ref": "T01A0B1C2D3E4F5G6H7Z", "their_ref": null, "rc": null, "state": "unknown",
                "why": "digiflazz: cheapest", "sends": 1, "checks": 5, "cap": 10_500, "cost": "10050.50", "sn": null,
                "first_sent_at": "2026-01-01T07:00:00.000+07:00", "surplus": false,
                "may": ["delivered", "not_delivered"],
            }],
            "choices": [{
                "version": 2, "at": "2026-01-01T07:00:00.010+07:00", "attempt": 1, "by": "lowest cost", "roll": null,
                "routes": [
                    {"supplier": "digiflazz", "sku": "xld10", "chosen": true, "sellable": true, "found": "chosen"},
                    {"supplier": "mitra", "sku": "X10", "chosen": false, "sellable": false, "found": "over the cost cap"},
                ],
            }],
            "log": [{
                "version": 1, "at": "2026-01-01T07:00:00.000+07:00", "what": "accepted at 10500", "entry": {"accepted": {}}, "raw": null,
            }],
            "log_missing": null,
            "may": ["delivered", "not_delivered", "keep_waiting"],
        })
    }
}

impl Shown for Ruling {
    fn example() -> Value {
        json!({"version": 9, "resolution": "delivered", "sn": "0123456789012345"})
    }

    fn together() -> Option<Value> {
        Some(json!({"oneOf": [
            ruling("delivered", &["attempt", "sn", "cost"], &[]),
            ruling("not_delivered", &["attempt", "proof"], &["proof"]),
            ruling("keep_waiting", &["until"], &["until"]),
            ruling("reclaim", &["attempt", "sn", "cost"], &[]),
            ruling("absorb", &["attempt", "sn", "cost"], &[]),
            ruling("cancel", &[], &[]),
        ]}))
    }
}

impl Shown for NewRefund {
    fn example() -> Value {
        json!({"version": 5, "amount": 4_000, "reference": "CS-0017", "note": "half of the voucher was used"})
    }
}

impl Shown for Cancel {
    fn example() -> Value {
        json!({"version": 1})
    }
}

/// What may stand beside a ruling, and what must.
fn ruling(word: &str, may: &[&str], must: &[&str]) -> Value {
    let mut fields = json!({"resolution": {"const": word}});
    for field in ["sn", "cost", "proof", "until"] {
        if must.contains(&field) {
            fields[field] = json!({"type": "string"});
        } else if !may.contains(&field) {
            fields[field] = json!({"type": "null"});
        }
    }
    json!({"properties": fields, "required": must})
}
