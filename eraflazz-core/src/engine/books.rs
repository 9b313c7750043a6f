//! What people do: rule about orders, cancel, move money that belongs to no order.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Engine;
use super::error::OperationError;
use super::lost;
use crate::commit::{Changes, Refused, Verdict};
use crate::ids::{BankId, MemberId, OrderId, SubjectId, SupplierId, SupplierRef};
use crate::ledger::{Account, Amount, Effect, Receipt, Transfer, rules};
use crate::money::Money;
use crate::order::{
    self, Aggregate, Decision, Entry, Illegal, LogRow, Order, OrderState, Resolution,
};
use crate::text::Operator;

/// Money that belongs to no order, named by where it comes from: `(source, reference)` happens once for ever (D37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyMove {
    /// Who keeps the references: a bank, a file, a person's book.
    pub source: String,
    /// The reference there.
    pub reference: String,
    /// How much, above zero.
    pub amount: Money,
    /// Who did it.
    pub by: Operator,
}

/// A movement of our deposit at a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatMove {
    /// Bought, from this bank account.
    Bought(BankId),
    /// A purchase taken back, to this bank account.
    Corrected(BankId),
    /// The supplier credited a reversed delivery.
    DisputeCredited,
    /// It was there when the books were opened.
    Opening,
}

/// Fresh looks at an order that keeps changing.
const TRIES: usize = 16;

impl Engine {
    /// A person's ruling about an order (D38). Legal only where the state machine has the move; repeated after it took effect it is
    /// [`OperationError::Illegal`] and changes nothing.
    pub async fn resolve(
        &self,
        order: OrderId,
        resolution: Resolution,
        by: Operator,
    ) -> Result<Order, OperationError> {
        self.rule(order, None, |agg, in_dispute, ctx| {
            order::resolve(agg, resolution.clone(), by.clone(), in_dispute, ctx)
        })
        .await
    }

    /// The same ruling about the order as a person saw it, at this `version`: [`OperationError::Changed`] once anything happened to it, so a ruling
    /// that is repeated, or late, never speaks of an attempt that nobody had in view (T-27).
    pub async fn resolve_as_seen(
        &self,
        order: OrderId,
        version: u32,
        resolution: Resolution,
        by: Operator,
    ) -> Result<Order, OperationError> {
        self.rule(order, Some(version), |agg, in_dispute, ctx| {
            order::resolve(agg, resolution.clone(), by.clone(), in_dispute, ctx)
        })
        .await
    }

    /// The caller takes the order back: only before anything was intended. `member` is the caller; another member's order is not found.
    pub async fn cancel(&self, member: MemberId, order: OrderId) -> Result<Order, OperationError> {
        let known = self.inner.store.orders(&[order]).await?.pop().flatten();
        if known.is_none_or(|agg| agg.order.member != member) {
            return Err(OperationError::NotFound);
        }
        self.rule(order, None, |agg, _, ctx| order::cancel(agg, ctx))
            .await
    }

    async fn rule(
        &self,
        id: OrderId,
        seen: Option<u32>,
        decide: impl Fn(&Aggregate, Money, order::Context<'_>) -> Result<Decision, Illegal>,
    ) -> Result<Order, OperationError> {
        let _alone = self.inner.by_hand.lock().await;
        for attempt in 0..TRIES {
            let agg = self
                .inner
                .store
                .orders(&[id])
                .await?
                .pop()
                .flatten()
                .ok_or(OperationError::NotFound)?;
            let version = agg.order.version;
            if seen.is_some_and(|seen| seen != version) {
                return Err(OperationError::Changed { version });
            }
            let in_dispute = self.in_dispute(&agg).await?;
            let decision = {
                self.read_catalog().await;
                let world = self.surroundings_with(attempt == 0);
                decide(&agg, in_dispute, world.context())?
            };
            let after = super::work::after(&agg, &decision.changes).order;
            let settled = self
                .commit_decisions(vec![(Arc::new(agg), decision)])
                .await?;
            if settled == [true] {
                // Settled may also mean refused for good; only what stands in the store is an answer.
                let stored = self.inner.store.orders(&[id]).await?.pop().flatten();
                return match stored {
                    Some(agg) if agg.order.version >= after.version => Ok(after),
                    _ => Err(OperationError::Contended),
                };
            }
        }
        Err(OperationError::Contended)
    }

    /// What the supplier of a delivery that was reversed still owes us for reversals.
    async fn in_dispute(&self, agg: &Aggregate) -> Result<Money, OperationError> {
        let reversed = agg.order.delivery.as_ref();
        let reversed = reversed.filter(|_| agg.order.state == OrderState::Reversed);
        let Some(attempt) = reversed.and_then(|delivery| agg.attempt(delivery.attempt)) else {
            return Ok(Money::ZERO);
        };
        let account = Account::Dispute(attempt.supplier);
        Ok(self.inner.ledger.balance(account).await?)
    }

    /// A manual deposit: the bank account has it, the member can spend it; what the member owes is netted from it. The same `(source, reference)`
    /// again gives the first result.
    pub async fn deposit(
        &self,
        member: MemberId,
        bank: BankId,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        self.known_member(member).await?;
        self.move_money("deposit", Effect::Deposit, &money, |subject| {
            rules::deposit(subject, member, bank, money.amount)
        })
        .await
    }

    /// Takes a manual deposit back; what was spent of it is owed. Idempotent like [`Engine::deposit`].
    pub async fn correct_deposit(
        &self,
        member: MemberId,
        bank: BankId,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        self.known_member(member).await?;
        let journal = |subject| rules::correct_deposit(subject, member, bank, money.amount);
        self.move_money(
            "deposit_correction",
            Effect::DepositCorrection,
            &money,
            journal,
        )
        .await
    }

    /// A member's opening balance. Idempotent like [`Engine::deposit`].
    pub async fn open_wallet(
        &self,
        member: MemberId,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        self.known_member(member).await?;
        self.move_money("opening", Effect::Opening, &money, |subject| {
            rules::open_wallet(subject, member, money.amount)
        })
        .await
    }

    /// Moves our deposit at a supplier. Idempotent like [`Engine::deposit`]. More than the supplier owes us is not credited, and more than lies there is
    /// not taken back, by the books: [`OperationError::Field`] for `amount`.
    pub async fn float(
        &self,
        supplier: SupplierId,
        kind: FloatMove,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        let _alone = self.inner.by_hand.lock().await;
        let bounded = match kind {
            FloatMove::Corrected(_) => Some((
                "float_correction",
                Account::Prepaid(supplier),
                "more than lies at the supplier by the books; `beyond` books it all the same",
            )),
            FloatMove::DisputeCredited => Some((
                "dispute_credited",
                Account::Dispute(supplier),
                "more than the supplier owes us by the books; `beyond` books it all the same",
            )),
            FloatMove::Bought(_) | FloatMove::Opening => None,
        };
        if let Some((word, account, rule)) = bounded {
            let Written { source, reference } = Written::of(&money)?;
            let subject = subject_of(word, &source, &reference);
            let there = self.inner.ledger.balance(account).await?;
            // What is booked already is not booked again, whatever is there since.
            if money.amount > there && self.inner.ledger.log(subject).await?.is_empty() {
                let field = "amount";
                return Err(OperationError::Field { field, rule });
            }
        }
        self.float_beyond(supplier, kind, money).await
    }

    /// The same without a look at what is there: for a person who knows that the books are behind.
    pub async fn float_beyond(
        &self,
        supplier: SupplierId,
        kind: FloatMove,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        let snapshot = self.inner.catalog.snapshot().await?;
        snapshot
            .supplier(supplier)
            .ok_or(OperationError::NotFound)?;
        let (word, effect) = match kind {
            FloatMove::Bought(_) => ("float", Effect::Float),
            FloatMove::Corrected(_) => ("float_correction", Effect::FloatCorrection),
            FloatMove::DisputeCredited => ("dispute_credited", Effect::DisputeCredited),
            FloatMove::Opening => ("opening_float", Effect::Opening),
        };
        let amount = money.amount;
        let journal = |subject| match kind {
            FloatMove::Bought(bank) => rules::float(subject, supplier, bank, amount),
            FloatMove::Corrected(bank) => rules::correct_float(subject, supplier, bank, amount),
            FloatMove::DisputeCredited => rules::dispute_credited(subject, supplier, amount),
            FloatMove::Opening => rules::open_float(subject, supplier, amount),
        };
        self.move_money(word, effect, &money, journal).await
    }

    async fn known_member(&self, member: MemberId) -> Result<(), OperationError> {
        self.inner
            .members
            .member(member)
            .await?
            .map(|_| ())
            .ok_or(OperationError::NotFound)
    }

    async fn move_money(
        &self,
        kind: &str,
        effect: Effect,
        money: &MoneyMove,
        journal: impl Fn(SubjectId) -> Vec<Transfer>,
    ) -> Result<Receipt, OperationError> {
        let Written { source, reference } = Written::of(money)?;
        if !money.amount.is_transferable() {
            return Err(OperationError::Field {
                field: "amount",
                rule: "above zero and at most 10^12 rupiah",
            });
        }
        let subject = subject_of(kind, &source, &reference);
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.transfers = journal(subject);
        let reference = format!("{source}/{reference}");
        unit.log.push(LogRow::new(
            subject,
            1,
            now,
            Entry::Money {
                effect,
                reference,
                by: money.by.clone(),
            },
        ));
        let wanted = unit.transfers.clone();
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(done)) => {
                self.inner.board.paid(&done.receipt);
                Ok(done.receipt)
            }
            Some(Verdict::Refused(Refused::EffectDone { receipt })) => {
                same_movement(&wanted, money.amount, receipt)
            }
            Some(Verdict::Refused(refused)) => Err(OperationError::Refused(refused)),
            None => Err(OperationError::Contended),
        }
    }
}

/// Where a movement is written down, in the one way in which it is remembered.
struct Written {
    source: String,
    reference: String,
}

impl Written {
    /// What a restore lost is named by our reference at the supplier, which callbacks spell in their own case: read as that, or refused.
    fn of(money: &MoneyMove) -> Result<Self, OperationError> {
        check_text("source", &money.source)?;
        check_text("reference", &money.reference)?;
        let (source, reference) = (money.source.clone(), money.reference.clone());
        if !source.eq_ignore_ascii_case(lost::SOURCE) {
            return Ok(Self { source, reference });
        }
        let our_ref = SupplierRef::parse(&reference).ok_or(OperationError::Field {
            field: "reference",
            rule: "of the source restore: our reference at the supplier, at most 20 letters and digits",
        })?;
        Ok(Self {
            source: lost::SOURCE.to_owned(),
            reference: our_ref.to_string(),
        })
    }
}

/// A text that a person writes into the log.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), OperationError> {
    if !(1..=128).contains(&text.len()) || text.chars().any(char::is_control) {
        return Err(OperationError::Field {
            field,
            rule: "1 to 128 bytes of UTF-8 without control characters",
        });
    }
    Ok(())
}

/// The first result stands for the same movement; another amount or account under the same reference is an error.
fn same_movement(
    wanted: &[Transfer],
    amount: Money,
    receipt: Receipt,
) -> Result<Receipt, OperationError> {
    let first: Vec<_> = wanted
        .first()
        .map(|first| {
            receipt
                .rows
                .iter()
                .filter(|row| row.key == first.key)
                .collect()
        })
        .unwrap_or_default();
    let sum = first
        .iter()
        .try_fold(Money::ZERO, |sum, row| sum.checked_add(row.amount));
    let same = wanted.first().is_some_and(|first| {
        // What the wallet could not give is owed: then the row debits the debt.
        let rest = match first.amount {
            Amount::UpTo { rest, .. } => Some(rest),
            Amount::Exact(_) | Amount::Owed { .. } => None,
        };
        receipt.rows.iter().any(|row| {
            (row.debit == first.debit || Some(row.debit) == rest) && row.credit == first.credit
        })
    });
    if same && sum == Some(amount) {
        Ok(receipt)
    } else {
        Err(OperationError::RefMismatch)
    }
}

/// The subject of money without an order: the same `(kind, source, reference)` gives the same subject for ever.
pub(super) fn subject_of(kind: &str, source: &str, reference: &str) -> SubjectId {
    let mut hash = Sha256::new();
    for part in [kind, source, reference] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    SubjectId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured_as_its_rule_says() {
        let rule_of = |text: &str| match check_text("note", text) {
            Ok(()) => None,
            Err(OperationError::Field { rule, .. }) => Some(rule),
            Err(other) => panic!("{other}"),
        };
        let rule = Some("1 to 128 bytes of UTF-8 without control characters");
        // Two bytes each.
        assert_eq!(rule_of(&"é".repeat(64)), None);
        assert_eq!(rule_of(&"é".repeat(65)), rule);
        assert_eq!(rule_of(&"e".repeat(128)), None);
        assert_eq!(rule_of(&"e".repeat(129)), rule);
        assert_eq!(rule_of(""), rule);
        assert_eq!(rule_of("a\nb"), rule);
    }
}
