//! Lines of bank statements, as operators bring them.

use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/lines`: what came to a bank account whose statement a person brings.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLines {
    /// The name of the account's gateway.
    #[schema(value_type = words::Slug)]
    pub bank: Slug,
    /// The lines, 1 to 200.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<NewLine>,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// The day in Jakarta: `2026-01-31`.
    #[schema(format = "date")]
    pub date: String,
    /// How much, whole rupiah.
    #[schema(value_type = words::Cost)]
    pub amount: Money,
    /// What the bank wrote.
    #[schema(max_length = 500)]
    pub text: String,
    /// The balance after it, where the statement has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Price>)]
    pub balance: Option<Money>,
    /// The how-manieth it is, from 0, of the lines that are equal to it.
    #[serde(default)]
    pub occurrence: u16,
}

/// What became of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinesTaken {
    /// Tickets that were credited.
    pub credited: u64,
    /// Lines that nobody awaited: each lies in suspense, with a case.
    pub suspended: u64,
    /// Lines that were brought before.
    pub known: u64,
}

impl Shown for NewLines {
    fn example() -> Value {
        json!({"bank": "bri", "lines": [{"date": "2026-01-01", "amount": 50_437, "text": "TRSF BUDI", "balance": "1050437.00"}]})
    }
}

impl Shown for LinesTaken {
    fn example() -> Value {
        json!({"credited": 1, "suspended": 0, "known": 0})
    }
}
