//! Members give of their balance to others of their tree.

use sha2::{Digest, Sha256};

use crate::commit::{Changes, Refused, Unavailable, Verdict};
use crate::ids::{MemberId, SubjectId};
use crate::ledger::{Account, Effect, Receipt, TransferRow, rules};
use crate::member::MemberStatus;
use crate::money::Money;
use crate::order::{Entry, LogRow};
use crate::text::{Operator, RefId};
use crate::time::Timestamp;

use super::Engine;
use super::books::TRANSFERABLE;

/// How far up a tree is looked: who is further away is not found.
const DEPTH_MAX: usize = 64;

/// A transfer as its giver asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransfer {
    /// Whose balance.
    pub from: MemberId,
    /// The giver's reference of it, which has nothing to do with those of orders: with the giver, it happens once for ever.
    pub ref_id: RefId,
    /// Who gets it: above or below the giver in the tree.
    pub to: MemberId,
    /// How much, above zero.
    pub amount: Money,
}

/// A transfer that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// Its id: the subject of its journal, by which both find it among their mutations.
    pub id: SubjectId,
    /// How much.
    pub amount: Money,
    /// What its giver could spend right after it, never updated later.
    pub balance_after: Money,
    /// When.
    pub at: Timestamp,
    /// Whether it had happened before: the first result.
    pub replayed: bool,
}

/// Why nothing was transferred. Nothing is kept: the same `ref_id` is free, except after [`TransferError::Unavailable`] with `may_have_committed`, where
/// repeating it gives the answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TransferError {
    /// No such giver.
    #[error("unknown member")]
    UnknownMember,
    /// The giver is suspended.
    #[error("the member is suspended")]
    MemberSuspended,
    /// The giver's wallet is frozen.
    #[error("the wallet is frozen")]
    Frozen,
    /// No such receiver, or none that is above or below the giver, or the giver itself: all look the same (INV-34).
    #[error("nobody of the giver's tree")]
    NotFound,
    /// A field breaks its rule.
    #[error("{field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// The `ref_id` belongs to another transfer of this giver.
    #[error("the ref_id belongs to another transfer")]
    RefMismatch,
    /// The wallet has less (INV-4).
    #[error("needs {needed}, has {available}")]
    Insufficient {
        /// What was to be given.
        needed: Money,
        /// What could be spent.
        available: Money,
    },
    /// Nothing is taken now: the books do not add up, a start has not come through its checks, or the engine is stopping.
    #[error("no transfers are taken: {0}")]
    Stopped(&'static str),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl Engine {
    /// Gives of a member's balance to another, in one commit; what the receiver owes is netted from it (D36). It takes what could be spent, credit included, as an order
    /// does. The same `ref_id` again gives the first result.
    ///
    /// # Errors
    /// As [`TransferError`] says: nothing has moved.
    pub async fn transfer(&self, new: NewTransfer) -> Result<Transferred, TransferError> {
        let NewTransfer {
            from,
            ref_id,
            to,
            amount,
        } = new;
        if !amount.is_transferable() {
            return Err(TransferError::Field {
                field: "amount",
                rule: TRANSFERABLE,
            });
        }
        if let Some(what) = self.takes_no_orders() {
            return Err(TransferError::Stopped(what));
        }
        let subject = id_of(from, &ref_id);
        // What happened is told, whoever may give to whom since (INV-6).
        if self.inner.ledger.log(subject).await?.is_empty() {
            self.may_give(from, to).await?;
        }
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.transfers = rules::transfer(subject, from, to, amount);
        unit.log.push(LogRow::new(
            subject,
            1,
            now,
            Entry::Money {
                effect: Effect::Transfer,
                reference: format!("{from}/{ref_id}"),
                by: by(from)?,
            },
        ));
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(done)) => {
                self.inner.board.paid(&done.receipt);
                told(subject, &done.receipt, (from, to, amount), false)
            }
            Some(Verdict::Refused(Refused::EffectDone { receipt })) => {
                told(subject, &receipt, (from, to, amount), true)
            }
            Some(Verdict::Refused(Refused::Insufficient { needed, available })) => {
                Err(TransferError::Insufficient { needed, available })
            }
            Some(Verdict::Refused(Refused::Frozen)) => Err(TransferError::Frozen),
            Some(Verdict::Refused(_)) => Err(TransferError::Internal("the store refused it")),
            None => Err(TransferError::Internal("the store gave no verdict")),
        }
    }

    /// The giver is active, and the receiver is above or below it.
    async fn may_give(&self, from: MemberId, to: MemberId) -> Result<(), TransferError> {
        let giver = self.inner.members.member(from).await?;
        let giver = giver.ok_or(TransferError::UnknownMember)?;
        if giver.status == MemberStatus::Suspended {
            return Err(TransferError::MemberSuspended);
        }
        let is_related =
            from != to && (self.is_below(to, from).await? || self.is_below(from, to).await?);
        is_related.then_some(()).ok_or(TransferError::NotFound)
    }

    /// Whether `member` stands somewhere below `above`.
    async fn is_below(&self, member: MemberId, above: MemberId) -> Result<bool, Unavailable> {
        let mut next = Some(member);
        for _ in 0..DEPTH_MAX {
            let Some(at) = next else { return Ok(false) };
            let known = self.inner.members.member(at).await?;
            next = known.and_then(|member| member.upline);
            if next == Some(above) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The subject of what this member gives under this reference: the same again finds it, whoever of two at once was first.
fn id_of(from: MemberId, ref_id: &RefId) -> SubjectId {
    let mut hash = Sha256::new();
    hash.update(b"transfer");
    hash.update(from.0.as_bytes());
    hash.update(ref_id.as_str().as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    SubjectId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Who stands behind it, in the log.
fn by(from: MemberId) -> Result<Operator, TransferError> {
    Operator::new(&format!("member:{from}"))
        .map_err(|_| TransferError::Internal("a member cannot be named"))
}

/// What was booked, if it is this transfer.
fn told(
    id: SubjectId,
    receipt: &Receipt,
    (from, to, amount): (MemberId, MemberId, Money),
    replayed: bool,
) -> Result<Transferred, TransferError> {
    let is_line = |row: &&TransferRow| row.key.effect == Effect::Transfer && row.amount == amount;
    let mut lines = receipt.rows.iter().filter(is_line);
    let given = lines
        .clone()
        .find(|row| row.debit == Account::Available(from));
    let is_taken = lines.any(|row| row.credit == Account::Available(to));
    let given = given
        .filter(|_| is_taken)
        .ok_or(TransferError::RefMismatch)?;
    let after = given.available.map(|change| change.after);
    Ok(Transferred {
        id,
        amount,
        balance_after: after.ok_or(TransferError::Internal("a row without its balance"))?,
        at: given.at,
        replayed,
    })
}
