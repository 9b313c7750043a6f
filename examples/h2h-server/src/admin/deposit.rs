//! Members' deposits through payment gateways, as operators meet them.

use eraflazz_core::payment::DepositStatus;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::openapi::{Shown, words};

/// The query of `GET /api/v1/admin/deposits`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DepositSearch {
    /// The code of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::Slug>, inline)]
    pub member: Option<Slug>,
    /// How it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::DepositStatus>, inline)]
    pub status: Option<DepositStatus>,
    /// Where the page begins; the first one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<words::OrderCursor>, inline)]
    pub cursor: Option<String>,
    /// How many a page has at most, 1 to 200; 50 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A deposit on one line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DepositRow {
    /// Its id.
    #[schema(value_type = words::Uuid)]
    pub id: String,
    /// Our reference at the gateway, by which people speak of it.
    #[schema(value_type = words::PaymentCode)]
    pub code: String,
    /// The code of the member.
    pub member: String,
    /// The member's reference.
    pub ref_id: String,
    /// Through which gateway; its number if it has left the settings.
    pub gateway: String,
    /// How it is paid.
    #[schema(value_type = words::PayMethod)]
    pub method: String,
    /// The word that the member sees.
    #[schema(value_type = words::DepositStatus)]
    pub status: DepositStatus,
    /// What the gateway said of it last: `pending`, `settled`, …
    pub state: String,
    /// What was asked for, whole rupiah.
    pub amount: i64,
    /// What the customer pays, a fee included, once the gateway has said so; whole rupiah.
    #[schema(required = true)]
    pub payable: Option<i64>,
    /// What the balance has of it, whole rupiah.
    pub credited: i64,
    /// The gateway's own id of the payment, once known.
    #[schema(required = true)]
    pub their_ref: Option<String>,
    /// Until when it can be paid.
    #[schema(format = "date-time")]
    pub expires_at: String,
    /// When the gateway is asked again.
    #[schema(format = "date-time", required = true)]
    pub next_check_at: Option<String>,
    /// When it was asked for.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// `POST /api/v1/admin/deposits/check`: asks the gateways about every deposit that can still be paid.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositsToCheck {
    /// Books what they say. Without it nothing changes, and the answer says what would.
    #[serde(default)]
    pub fix: bool,
    /// Where the part begins; the first one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::OrderCursor>)]
    pub cursor: Option<String>,
}

/// `POST /api/v1/admin/deposits/cleanup`: ends at the gateways what can still be paid although its time is over.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositsToEnd {
    /// Where the part begins; the first one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::OrderCursor>)]
    pub cursor: Option<String>,
}

/// What a check does about a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositAction {
    /// Nothing: the gateway says what is known.
    None,
    /// The member has the money.
    Credit,
    /// Other money came than was asked for: it lies in suspense, before a person.
    Suspend,
    /// Money went back.
    TakeBack,
    /// It stands otherwise; no money moves.
    Update,
}

/// What a gateway said of a deposit, and what follows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DepositChecked {
    /// Our reference of it.
    #[schema(value_type = words::PaymentCode)]
    pub code: String,
    /// The code of the member.
    pub member: String,
    /// Through which gateway.
    pub gateway: String,
    /// What was asked for, whole rupiah.
    pub amount: i64,
    /// How it stood.
    #[schema(value_type = words::DepositStatus)]
    pub before: DepositStatus,
    /// What the gateway says: `settled`, `not_found`, …; null if nobody could be asked.
    #[schema(required = true)]
    pub gateway_says: Option<String>,
    /// What follows from that.
    #[schema(value_type = words::DepositAction)]
    pub action: DepositAction,
    /// Whether that was done; else it is what would be.
    pub done: bool,
    /// How it stands after it.
    #[schema(value_type = words::DepositStatus)]
    pub after: DepositStatus,
}

impl Shown for DepositRow {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-8a1b-8c3d-4e5f60718293", "code": "E0001KDVDYMR00G70R7Z", "member": "toko-maju", "ref_id": "DEP-0001", "gateway": "tripay",
            "method": "qris", "status": "PENDING", "state": "pending", "amount": 100_000, "payable": 100_000, "credited": 0, "their_ref": "T12345000000001ABCD",
            "expires_at": "2026-01-01T08:00:00.000+07:00", "next_check_at": "2026-01-01T07:05:00.000+07:00",
            "created_at": "2026-01-01T07:00:00.000+07:00", "updated_at": "2026-01-01T07:00:01.000+07:00",
        })
    }
}

impl Shown for DepositsToCheck {
    fn example() -> Value {
        json!({"fix": true})
    }
}

impl Shown for DepositsToEnd {
    fn example() -> Value {
        json!({})
    }
}

impl Shown for DepositChecked {
    fn example() -> Value {
        json!({
            "code": "E0001KDVDYMR00G70R7Z", "member": "toko-maju", "gateway": "tripay", "amount": 100_000, "before": "PENDING", "gateway_says": "settled",
            "action": "credit", "done": true, "after": "PAID",
        })
    }
}
