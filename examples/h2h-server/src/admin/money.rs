//! Money that belongs to no order: what members pay in, what lies at suppliers (D37).

use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::amount::Amount;
use super::member::WalletTold;
use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/deposits`. The same source, reference and kind again gives the first result; with another amount or member it is
/// refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeposit {
    /// The code of the member.
    #[schema(value_type = words::Slug)]
    pub member: Slug,
    /// How much.
    #[schema(value_type = words::Amount)]
    pub amount: Amount,
    /// Who keeps the references: a bank, a cash book.
    #[schema(value_type = words::Written)]
    pub source: String,
    /// The reference there.
    #[schema(value_type = words::Written)]
    pub reference: String,
    /// The number of the bank account of the house.
    #[serde(default)]
    #[schema(maximum = 65_535)]
    pub bank: u16,
    /// What happened; a deposit unless said otherwise.
    #[serde(default)]
    pub kind: DepositKind,
}

/// What happened to a member's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepositKind {
    /// It came in; what the member owes is netted from it.
    #[default]
    Deposit,
    /// A deposit is taken back in full; what is spent already is owed.
    Correction,
    /// It was there when the books were opened.
    Opening,
}

/// `POST /api/v1/admin/floats`. Idempotent by source, reference and kind like a deposit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFloat {
    /// The slug of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// How much; suppliers bill with two decimals at most.
    #[schema(value_type = words::Cost)]
    pub amount: Money,
    /// Who keeps the references.
    #[schema(value_type = words::Written)]
    pub source: String,
    /// The reference there.
    #[schema(value_type = words::Written)]
    pub reference: String,
    /// The number of the bank account of the house; for bought and corrected.
    #[serde(default)]
    #[schema(maximum = 65_535)]
    pub bank: u16,
    /// What happened.
    pub kind: FloatKind,
    /// Books it although more is credited than the supplier owes us, or more is taken back than lies there, by the books.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond: bool,
}

/// What happened to our deposit at a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FloatKind {
    /// More was bought from the bank account.
    Bought,
    /// A purchase was taken back to the bank account.
    Corrected,
    /// The supplier credited a reversed delivery.
    DisputeCredited,
    /// It was there when the books were opened.
    Opening,
}

/// What was booked, and what is there now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MoneyMoved {
    /// The subject of its log row and transfers.
    pub subject: String,
    /// When it was booked; the first time, if it is repeated.
    #[schema(format = "date-time")]
    pub at: String,
    /// How much.
    #[schema(value_type = words::Money)]
    pub amount: Money,
    /// The member's wallet as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletTold>,
    /// What lies at the supplier now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierMoney>,
}

/// What lies at a supplier, by our books.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SupplierMoney {
    /// Its slug.
    pub supplier: String,
    /// Our deposit there.
    #[schema(value_type = words::Money)]
    pub prepaid: Money,
    /// What it owes us for reversed deliveries.
    #[schema(value_type = words::Money)]
    pub dispute: Money,
}

/// `GET /api/v1/admin/balances`: the accounts of the house.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BalancesTold {
    /// What members can spend, together.
    #[schema(value_type = words::Money)]
    pub members_available: Money,
    /// What open orders hold, together.
    #[schema(value_type = words::Money)]
    pub members_held: Money,
    /// What members owe, together.
    #[schema(value_type = words::Money)]
    pub members_receivable: Money,
    /// Of each supplier.
    pub suppliers: Vec<SupplierMoney>,
    /// Sales.
    #[schema(value_type = words::Money)]
    pub revenue: Money,
    /// Cost of goods sold (HPP).
    #[schema(value_type = words::Money)]
    pub cogs: Money,
    /// Deliveries that nobody pays for.
    #[schema(value_type = words::Money)]
    pub loss_delivery: Money,
    /// Sales less cost and losses.
    #[schema(value_type = words::Money)]
    pub margin: Money,
}

impl Shown for NewDeposit {
    fn example() -> Value {
        json!({"member": "toko-maju", "amount": 500_000, "source": "bca", "reference": "2601010001"})
    }
}

impl Shown for NewFloat {
    fn example() -> Value {
        json!({"supplier": "digiflazz", "amount": 10_000_000, "source": "bca", "reference": "2601010002", "kind": "bought"})
    }
}

impl Shown for MoneyMoved {
    fn example() -> Value {
        json!({
            "subject": "019b7706-8000-7a1b-8c3d-4e5f60718293", "at": "2026-01-01T07:00:00.000+07:00", "amount": 500_000,
            "wallet": {"balance": 500_000, "held": 0, "receivable": 0, "credit_limit": 0, "frozen": false},
        })
    }
}

impl Shown for BalancesTold {
    fn example() -> Value {
        json!({
            "members_available": 489_500, "members_held": 0, "members_receivable": 0,
            "suppliers": [{"supplier": "digiflazz", "prepaid": "989949.50", "dispute": 0}],
            "revenue": 10_500, "cogs": "10050.50", "loss_delivery": 0, "margin": "449.50",
        })
    }
}
