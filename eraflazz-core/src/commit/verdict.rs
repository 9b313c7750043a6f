//! The store's answers.

use crate::catalog::{QuotaKey, QuotaUse};
use crate::ids::OrderId;
use crate::ledger::{Receipt, Wallet};
use crate::money::Money;

/// The answer to one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it is committed.
    Done(Done),
    /// None of it is.
    Refused(Refused),
}

/// What a committed unit brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The transfers as they were written.
    pub receipt: Receipt,
    /// The wallets it touched, as they are after it.
    pub wallets: Vec<Wallet>,
}

/// Why a unit was refused. It left no trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `(member, ref_id)` belongs to this order (INV-18).
    #[error("the ref_id belongs to order {order}")]
    RefTaken {
        /// Which.
        order: OrderId,
    },
    /// The same goods for the same destination today: this order (INV-19).
    #[error("the same goods were ordered today by order {order}")]
    DuplicateBusiness {
        /// Which.
        order: OrderId,
    },
    /// The wallet cannot pay (INV-4).
    #[error("the wallet has {available}, {needed} is needed")]
    Insufficient {
        /// The amount.
        needed: Money,
        /// What could be spent.
        available: Money,
    },
    /// A supplier owes us less than is drawn of it: somebody else was first, so look again (T-17).
    #[error("the supplier owes {there}, {needed} is drawn")]
    NotCovered {
        /// The amount.
        needed: Money,
        /// What it owes.
        there: Money,
    },
    /// The order changed since it was read (INV-8).
    #[error("the order has version {version}")]
    Stale {
        /// The current one.
        version: u32,
    },
    /// The wallet is frozen.
    #[error("the wallet is frozen")]
    Frozen,
    /// An id is taken: one that was minted, so mint another; or a supplier's own, by another attempt, so look again whose it is (INV-11).
    #[error("the {field} is taken")]
    IdTaken {
        /// Which id.
        field: &'static str,
    },
    /// This order has a live attempt that stands in the way (INV-10, INV-11).
    #[error("order {order} has a live attempt")]
    LiveAttempt {
        /// Which order.
        order: OrderId,
    },
    /// A new attempt is more than a quota of today allows: take another route.
    #[error("the quota of {} is reached", .key.day)]
    OverQuota {
        /// Which.
        key: QuotaKey,
        /// What is used of it.
        used: QuotaUse,
    },
    /// The effect happened before; this was its result (INV-6).
    #[error("the effect happened before")]
    EffectDone {
        /// What it brought.
        receipt: Receipt,
    },
    /// A nonce was used before.
    #[error("the nonce was used before")]
    NonceUsed,
    /// The callback was applied by somebody else.
    #[error("the callback was applied before")]
    InboxGone,
    /// The unit would break an invariant of the books. The caller freezes, opens a case and raises the alarm (D29).
    #[error("the unit breaks an invariant: {invariant}")]
    Broken {
        /// Which.
        invariant: &'static str,
    },
}

/// The store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {why}")]
pub struct Unavailable {
    /// Whether what was asked may be committed all the same. Then nothing may be assumed; repeat the same unit: its keys absorb it.
    pub may_have_committed: bool,
    /// For the log.
    pub why: String,
}
