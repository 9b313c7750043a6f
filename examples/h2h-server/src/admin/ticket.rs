//! Deposit tickets of suppliers, as operators meet them.

use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/tickets`: how much exactly to pay into our account at a supplier, and where to. Moves no money: what was paid is booked as a float.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    /// The slug of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// What is to be paid in, in whole rupiah.
    #[schema(value_type = words::Cost)]
    pub amount: Money,
    /// From which bank, as the supplier calls it, where it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub bank: Option<String>,
    /// In whose name the transfer comes, where the supplier asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub owner: Option<String>,
}

/// What is to be transferred, and where to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketTold {
    /// The slug of the supplier.
    pub supplier: String,
    /// The exact sum: it is known by its last digits.
    #[schema(value_type = words::Money)]
    pub amount: Money,
    /// The bank to pay to.
    #[schema(required = true)]
    pub bank: Option<String>,
    /// Its account.
    #[schema(required = true)]
    pub account: Option<String>,
    /// What must stand in the transfer.
    #[schema(required = true)]
    pub note: Option<String>,
    /// The supplier's own words, where it answers in words.
    #[schema(required = true)]
    pub told: Option<String>,
}

impl Shown for NewTicket {
    fn example() -> Value {
        json!({"supplier": "digiflazz", "amount": 10_000_000, "bank": "BCA", "owner": "Budi Santoso"})
    }
}

impl Shown for TicketTold {
    fn example() -> Value {
        json!({
            "supplier": "digiflazz", "amount": 10_000_417, "bank": "BCA", "account": "0123 4567 89", "note": "A6R5UPV", "told": null,
        })
    }
}
