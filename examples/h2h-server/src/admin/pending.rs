//! What waits for a person.

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::SubjectId;
use eraflazz_core::money::Money;
use eraflazz_core::order::RulingKind;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::order::OrderRow;
use crate::openapi::{Shown, words};

/// One case of `GET /api/v1/admin/pending`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PendingTold {
    /// The order, deposit or other subject.
    pub subject: String,
    /// The version of it that opened the case.
    pub version: u32,
    /// What it is about.
    #[schema(value_type = words::CaseKind)]
    pub kind: CaseKind,
    /// Why, in words.
    pub why: String,
    /// The amount in question.
    #[schema(value_type = Option<words::Money>, required = true)]
    pub amount: Option<Money>,
    /// Since when.
    #[schema(format = "date-time")]
    pub since: String,
    /// By when somebody should have ruled.
    #[schema(format = "date-time")]
    pub deadline: String,
    /// Whether that has passed.
    pub overdue: bool,
    /// The order, if it is about one.
    #[schema(required = true)]
    pub order: Option<OrderRow>,
    /// What may be ruled about the order.
    #[schema(value_type = Vec<words::RulingKind>)]
    pub may: Vec<RulingKind>,
    /// Whether the case is closed by hand, because no ruling ends it.
    pub may_close: bool,
}

/// `POST /api/v1/admin/cases/close`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseToClose {
    /// As `pending` shows it.
    #[schema(value_type = words::Uuid)]
    pub subject: SubjectId,
    /// As `pending` shows it.
    #[schema(maximum = 4_294_967_295_u32)]
    pub version: u32,
    /// As `pending` shows it.
    #[schema(value_type = words::CaseKind)]
    pub kind: CaseKind,
    /// What came of it, for the log.
    #[schema(value_type = words::Note)]
    pub note: String,
}

/// `POST /api/v1/admin/cases/claim`: money that came to a bank account and that no ticket awaited is this member's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseToClaim {
    /// As `pending` shows it.
    #[schema(value_type = words::Uuid)]
    pub subject: SubjectId,
    /// As `pending` shows it.
    #[schema(maximum = 4_294_967_295_u32)]
    pub version: u32,
    /// The code of the member.
    #[schema(value_type = words::Slug)]
    pub member: Slug,
    /// How it is known to be the member's, for the log.
    #[schema(value_type = words::Note)]
    pub note: String,
}

impl Shown for CaseToClaim {
    fn example() -> Value {
        json!({"subject": "019b7706-8000-8a1b-8c3d-4e5f60718293", "version": 1, "member": "toko-maju", "note": "his slip shows the transfer"})
    }
}

impl Shown for PendingTold {
    fn example() -> Value {
        json!({
            "subject": "019b7706-8000-7a1b-8c3d-4e5f60718293", "version": 9, "kind": "escalated",
            "why": "no proof after all checks, or too long without one; ask the supplier, then rule", "amount": 10_500,
            "since": "2026-01-01T07:17:00.000+07:00", "deadline": "2026-01-01T09:17:00.000+07:00", "overdue": false,
            "order": OrderRow::example(), "may": ["delivered", "not_delivered", "keep_waiting"], "may_close": false,
        })
    }
}

impl Shown for CaseToClose {
    fn example() -> Value {
        json!({"subject": "019b7706-8000-7a1b-8c3d-4e5f60718293", "version": 9, "kind": "surplus", "note": "the supplier gave the cost back"})
    }

    fn together() -> Option<Value> {
        Some(json!({"properties": {"kind": {"not": {"enum": ["escalated", "disputed"]}}}}))
    }
}
