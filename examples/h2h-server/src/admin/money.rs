//! Money that belongs to no order: what members pay in, what lies at suppliers (D37).

use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::member::WalletTold;

/// `POST /api/v1/admin/deposits`. The same `(source, reference)` again gives the first result; with another amount or member it is
/// refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDeposit {
    /// The code of the member.
    pub member: Slug,
    /// How much.
    pub amount: Amount,
    /// Who keeps the references: a bank, a cash book.
    pub source: String,
    /// The reference there.
    pub reference: String,
    /// The number of the bank account of the house.
    #[serde(default)]
    pub bank: u16,
    /// What happened; a deposit unless said otherwise.
    #[serde(default)]
    pub kind: DepositKind,
}

/// What happened to a member's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// `POST /api/v1/admin/floats`. Idempotent by `(source, reference)` like a deposit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFloat {
    /// The slug of the supplier.
    pub supplier: Slug,
    /// How much; suppliers bill with two decimals at most.
    pub amount: Money,
    /// Who keeps the references.
    pub source: String,
    /// The reference there.
    pub reference: String,
    /// The number of the bank account of the house; for bought and corrected.
    #[serde(default)]
    pub bank: u16,
    /// What happened.
    pub kind: FloatKind,
}

/// What happened to our deposit at a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MoneyMoved {
    /// The subject of its log row and transfers.
    pub subject: String,
    /// When it was booked; the first time, if it is repeated.
    pub at: String,
    /// How much.
    pub amount: Money,
    /// The member's wallet as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletTold>,
    /// What lies at the supplier now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierMoney>,
}

/// What lies at a supplier, by our books.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SupplierMoney {
    /// Its slug.
    pub supplier: String,
    /// Our deposit there.
    pub prepaid: Money,
    /// What it owes us for reversed deliveries.
    pub dispute: Money,
}

/// `GET /api/v1/admin/balances`: the accounts of the house.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BalancesTold {
    /// What members can spend, together.
    pub members_available: Money,
    /// What open orders hold, together.
    pub members_held: Money,
    /// What members owe, together.
    pub members_receivable: Money,
    /// Of each supplier.
    pub suppliers: Vec<SupplierMoney>,
    /// Sales.
    pub revenue: Money,
    /// Cost of goods sold (HPP).
    pub cogs: Money,
    /// Deliveries that nobody pays for.
    pub loss_delivery: Money,
    /// Sales less cost and losses.
    pub margin: Money,
}
