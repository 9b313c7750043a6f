//! Transfers: the only way money moves (INV-1).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::Account;
use crate::ids::{MemberId, SubjectId};
use crate::money::Money;
use crate::time::Timestamp;

/// What a journal does. Together with its subject and number it is the key under which it happens once (INV-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Money of an order set aside.
    Hold,
    /// The hold became revenue, the cost was booked.
    Capture,
    /// The hold went back.
    Release,
    /// Captured money went back.
    Refund,
    /// Returned money was taken again after a late success.
    Reclaim,
    /// A late success paid by the house.
    Absorb,
    /// A second delivery for one order, paid by the house (INV-14).
    Surplus,
    /// An absorbed late success turned out undelivered after all.
    Unabsorb,
    /// Money of a member came in.
    Deposit,
    /// A debt of a member was netted from a deposit.
    Repay,
    /// A deposit by hand was taken back.
    DepositCorrection,
    /// Deposit at a supplier bought.
    Float,
    /// The same, taken back, or spent on what a restore had lost.
    FloatCorrection,
    /// A supplier credited a disputed delivery.
    DisputeCredited,
    /// Opening balances.
    Opening,
    /// A member's deposit came in through a gateway.
    GatewayDeposit,
    /// A part or all of it was taken back. What the wallet cannot give is owed, and then the wallet is frozen (INV-24).
    GatewayReversal,
    /// What the gateway kept of it.
    GatewayFee,
    /// Money came to a bank account that no ticket awaits: it lies in suspense.
    BankLine,
    /// A member claimed it.
    Claim,
    /// A member gave of its balance to another.
    Transfer,
}

impl Effect {
    /// The word in effect keys, descriptions and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::Reclaim => "reclaim",
            Self::Absorb => "absorb",
            Self::Surplus => "surplus",
            Self::Unabsorb => "unabsorb",
            Self::Deposit => "deposit",
            Self::Repay => "repay",
            Self::DepositCorrection => "deposit_correction",
            Self::Float => "float",
            Self::FloatCorrection => "float_correction",
            Self::DisputeCredited => "dispute_credited",
            Self::Opening => "opening",
            Self::GatewayDeposit => "gateway_deposit",
            Self::GatewayReversal => "gateway_reversal",
            Self::GatewayFee => "gateway_fee",
            Self::BankLine => "bank_line",
            Self::Claim => "claim",
            Self::Transfer => "transfer",
        }
    }
}

/// The key of a journal: one effect of one subject happens once (INV-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// Whose effect.
    pub subject: SubjectId,
    /// Which effect.
    pub effect: Effect,
    /// Which of several (refunds, surplus deliveries), from 1.
    pub n: u16,
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.effect.word(), self.subject, self.n)
    }
}

/// How much a transfer moves. Everything but `Exact` is fixed by the store's `apply`, which is the only place that knows the balances
/// of that instant; what was fixed is written to the row. Journals hold the kinds by their place here, so a new one comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// Exactly this.
    Exact(Money),
    /// From the debit account what lies above its floor (INV-4), the remainder from `rest`. A part of zero has no row.
    UpTo {
        /// Both parts together.
        amount: Money,
        /// Who owes the remainder.
        rest: Account,
    },
    /// What the credited account still holds, at most `most`: a debt is never paid twice. Zero has no row.
    Owed {
        /// The most that is paid.
        most: Money,
    },
    /// Exactly this, as long as the account credited, a supplier's dispute, still has it: what a supplier owes us is drawn once, whoever else looked at it.
    Covered(Money),
}

/// A transfer to be made: one debit, one credit, one amount above zero. Transfers with one key form a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The journal it belongs to.
    pub key: EffectKey,
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// How much.
    pub amount: Amount,
}

/// A transfer that was made. Never changed, never deleted (INV-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRow {
    /// The journal it belongs to.
    pub key: EffectKey,
    /// Its place in the journal, from 1.
    pub line: u8,
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// The amount, above zero.
    pub amount: Money,
    /// When it was committed, by the engine's clock.
    pub at: Timestamp,
    /// The member whose `available` it touched, with that balance before and after.
    pub available: Option<AvailableChange>,
}

/// A change of what a member can spend: a mutation (mutasi).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableChange {
    /// Whose.
    pub member: MemberId,
    /// Available before.
    pub before: Money,
    /// Available after.
    pub after: Money,
}

/// The rows that one journal wrote: the answer to its first run and to every repetition (INV-6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The rows in line order.
    pub rows: Vec<TransferRow>,
}
