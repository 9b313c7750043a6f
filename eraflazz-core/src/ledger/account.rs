//! Accounts: where money can be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{BankId, GatewayId, MemberId, SupplierId};

/// An account of the books (money-safety section 3). The rules of [`super::rules`] take accounts, never a member, so that another
/// payer than a wallet widens one function (D32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Account {
    /// What a member can spend. May go down to minus the credit limit.
    Available(MemberId),
    /// What is held for a member's open orders.
    Held(MemberId),
    /// What a member owes after a late success that the wallet could not pay.
    Receivable(MemberId),
    /// Our deposit at a supplier.
    Prepaid(SupplierId),
    /// What a supplier owes us back for reversed deliveries.
    Dispute(SupplierId),
    /// A bank account of the house.
    Bank(BankId),
    /// Opening balances.
    Opening,
    /// Sales.
    Revenue,
    /// Cost of goods sold.
    Cogs,
    /// Deliveries that nobody pays for.
    LossDelivery,
    /// What a payment gateway has of ours, until it pays out.
    Clearing(GatewayId),
    /// Money that came in and is nobody's yet: another amount than was asked for.
    SuspenseDeposit,
    /// What gateways keep.
    Fees,
    /// What is on its way from one member to another: nothing, before and after every commit.
    Transfers,
}

/// Which side of an account makes it grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normal {
    /// Assets and expenses.
    Debit,
    /// Liabilities, equity and income.
    Credit,
}

impl Account {
    /// The side on which the account grows; its balance is shown on that side.
    pub const fn normal(self) -> Normal {
        match self {
            Self::Available(_)
            | Self::Held(_)
            | Self::Opening
            | Self::Revenue
            | Self::SuspenseDeposit
            | Self::Transfers => Normal::Credit,
            Self::Receivable(_)
            | Self::Prepaid(_)
            | Self::Dispute(_)
            | Self::Bank(_)
            | Self::Cogs
            | Self::LossDelivery
            | Self::Clearing(_)
            | Self::Fees => Normal::Debit,
        }
    }

    /// The member whose wallet row keeps this account, if one does. The others are house accounts: sums of their transfers.
    pub const fn wallet(self) -> Option<MemberId> {
        match self {
            Self::Available(member) | Self::Held(member) | Self::Receivable(member) => Some(member),
            Self::Prepaid(_)
            | Self::Dispute(_)
            | Self::Bank(_)
            | Self::Opening
            | Self::Revenue
            | Self::Cogs
            | Self::LossDelivery
            | Self::Clearing(_)
            | Self::SuspenseDeposit
            | Self::Fees
            | Self::Transfers => None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available(member) => write!(f, "available:{member}"),
            Self::Held(member) => write!(f, "held:{member}"),
            Self::Receivable(member) => write!(f, "receivable:{member}"),
            Self::Prepaid(supplier) => write!(f, "prepaid:{supplier}"),
            Self::Dispute(supplier) => write!(f, "dispute:{supplier}"),
            Self::Bank(bank) => write!(f, "bank:{bank}"),
            Self::Opening => f.write_str("opening"),
            Self::Revenue => f.write_str("revenue"),
            Self::Cogs => f.write_str("cogs"),
            Self::LossDelivery => f.write_str("loss_delivery"),
            Self::Clearing(gateway) => write!(f, "clearing:{gateway}"),
            Self::SuspenseDeposit => f.write_str("suspense_deposit"),
            Self::Fees => f.write_str("fees"),
            Self::Transfers => f.write_str("transfers"),
        }
    }
}
