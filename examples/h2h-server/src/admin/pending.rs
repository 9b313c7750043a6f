//! What waits for a person.

use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::SubjectId;
use eraflazz_core::money::Money;
use eraflazz_core::order::RulingKind;
use serde::{Deserialize, Serialize};

use super::order::OrderRow;

/// One case of `GET /api/v1/admin/pending`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingTold {
    /// The order, deposit or other subject.
    pub subject: String,
    /// The version of it that opened the case.
    pub version: u32,
    /// What it is about.
    pub kind: CaseKind,
    /// Why, in words.
    pub why: String,
    /// The amount in question.
    pub amount: Option<Money>,
    /// Since when.
    pub since: String,
    /// By when somebody should have ruled.
    pub deadline: String,
    /// Whether that has passed.
    pub overdue: bool,
    /// The order, if it is about one.
    pub order: Option<OrderRow>,
    /// What may be ruled about the order.
    pub may: Vec<RulingKind>,
    /// Whether the case is closed by hand, because no ruling ends it.
    pub may_close: bool,
}

/// `POST /api/v1/admin/cases/close`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseToClose {
    /// As `pending` shows it.
    pub subject: SubjectId,
    /// As `pending` shows it.
    pub version: u32,
    /// As `pending` shows it.
    pub kind: CaseKind,
    /// What came of it, for the log.
    pub note: String,
}
