//! A member's wallet: the one row that says what the member can spend.

use serde::{Deserialize, Serialize};

use crate::ids::MemberId;
use crate::money::Money;

/// The wallet row of a member (D22). Written only inside a store's commit; a copy read elsewhere is for display (INV-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Whose.
    pub member: MemberId,
    /// What can be spent; at least minus `credit_limit`.
    pub available: Money,
    /// What open orders hold; at least zero.
    pub held: Money,
    /// What the member owes after late successes that the wallet could not pay; at least zero.
    pub receivable: Money,
    /// How far `available` may go below zero.
    pub credit_limit: Money,
    /// Nothing may be held any more; what is open finishes (E-34).
    pub frozen: bool,
    /// Rises with every commit that touches the row.
    pub version: u64,
}

impl Wallet {
    /// An empty wallet.
    pub const fn new(member: MemberId, credit_limit: Money) -> Self {
        Self {
            member,
            available: Money::ZERO,
            held: Money::ZERO,
            receivable: Money::ZERO,
            credit_limit,
            frozen: false,
            version: 0,
        }
    }

    /// What can still be spent: `available` plus the credit limit.
    pub const fn spendable(&self) -> Option<Money> {
        self.available.checked_add(self.credit_limit)
    }
}
