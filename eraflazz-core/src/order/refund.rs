//! Refunds by a person: a part or all of what the member paid for a delivery goes back, for reasons of the house. Nothing is said of the delivery by it,
//! and nothing of what its supplier owes us.

use bytes::Bytes;

use super::context::{Context, Decision};
use super::log::Entry;
use super::model::{Aggregate, Refunded};
use super::step::{Illegal, Step};
use crate::money::Money;
use crate::text::{Operator, RefId};

/// How many refunds one order has at most: each is kept with it, for ever.
pub const MAX_REFUNDS: usize = 99;

/// A refund as a person asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsked {
    /// The desk's reference: of one order, the same reference is the same refund.
    pub reference: RefId,
    /// How much, above zero and at most what is left of the price ([`Order::refundable`](super::Order::refundable)).
    pub amount: Money,
    /// Why, for the log of the order: 1 to 500 bytes.
    pub note: String,
}

/// Why nothing was refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefused {
    /// The order does not stand as delivered and paid, or it is disputed: then a person rules first.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// Zero, below it, or above what one transfer moves (INV-5).
    #[error("above zero and at most 10^12 rupiah")]
    NotTransferable,
    /// More than is left (INV-7).
    #[error("at most {left}, what is left of the price")]
    Beyond {
        /// What is left.
        left: Money,
    },
    /// The order's reference belongs to a refund of another amount.
    #[error("the reference belongs to a refund of {amount}")]
    OtherAmount {
        /// How much that was.
        amount: Money,
    },
    /// The order has [`MAX_REFUNDS`].
    #[error("an order has at most {MAX_REFUNDS} refunds")]
    TooMany,
}

/// Gives back a part or all of the price: Dr revenue, Cr available. The order stays SUCCEEDED (or `LATE_DELIVERED`) until all of it went back, and is REVERSED
/// then (E-20, E-21). `None` if that was done before, under the same reference and with the same amount: whatever became of the order since.
///
/// # Errors
/// Nothing is left to be refunded, the amount cannot be, or the reference is another refund's.
pub fn refund(
    agg: &Aggregate,
    asked: &RefundAsked,
    by: Operator,
    ctx: Context<'_>,
) -> Result<Option<Decision>, RefundRefused> {
    let order = &agg.order;
    let is_it = |earlier: &&Refunded| earlier.reference == asked.reference;
    if let Some(earlier) = order.refunds.iter().find(is_it) {
        let amount = earlier.amount;
        return if amount == asked.amount {
            Ok(None)
        } else {
            Err(RefundRefused::OtherAmount { amount })
        };
    }
    if !asked.amount.is_transferable() {
        return Err(RefundRefused::NotTransferable);
    }
    let mut step = Step::new(agg, ctx);
    let left = order.refundable();
    if !left.is_positive() {
        return Err(step.illegal("a refund").into());
    }
    if order.is_disputed() {
        return Err(step.illegal("a refund while it is disputed").into());
    }
    if asked.amount > left {
        return Err(RefundRefused::Beyond { left });
    }
    if order.refunds.len() >= MAX_REFUNDS {
        return Err(RefundRefused::TooMany);
    }
    step.refund(asked.reference.clone(), asked.amount)?;
    let entry = Entry::Refunded {
        reference: asked.reference.clone(),
        amount: asked.amount,
        note: asked.note.clone(),
        by,
    };
    Ok(Some(step.finish(entry, Bytes::new())))
}
