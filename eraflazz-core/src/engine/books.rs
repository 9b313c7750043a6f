//! What people do: rule about orders, cancel, move money that belongs to no order.

use std::sync::Arc;

use super::Engine;
use super::error::OperationError;
use super::written::Written;
use crate::commit::{Changes, Refused, Verdict};
use crate::ids::{BankId, MemberId, OrderId, SubjectId, SupplierId};
use crate::ledger::{Account, Amount, Effect, Receipt, Transfer, TransferRow, rules};
use crate::money::Money;
use crate::order::{self, Aggregate, Decision, Entry, LogRow, Order, Resolution, Ruling};
use crate::text::Operator;

/// Money that belongs to no order, named by where it comes from: `(source, reference)` happens once for ever (D37). Both are 1 to 128 bytes of UTF-8
/// without control characters and without blanks at the ends, and the same in upper and lower case: `BCA` and `bca` are one source.
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
    /// A person's ruling about an order (D38), of one of its attempts ([`Resolution::of`]) where several can be meant. Legal only where the state machine has
    /// the move; repeated after it took effect it is
    /// [`OperationError::Illegal`] and changes nothing.
    pub async fn resolve(
        &self,
        order: OrderId,
        ruling: impl Into<Ruling>,
        by: Operator,
    ) -> Result<Order, OperationError> {
        let ruling = ruling.into();
        check_cost(&ruling.resolution)?;
        self.rule(order, None, |agg, in_dispute, ctx| {
            let ruled = order::resolve(agg, ruling.clone(), by.clone(), in_dispute, ctx);
            Ok(Some(ruled?))
        })
        .await
    }

    /// The same ruling about the order as a person saw it, at this `version`: [`OperationError::Changed`] once anything happened to it, so a ruling
    /// that is repeated, or late, never speaks of an attempt that nobody had in view (T-27).
    pub async fn resolve_as_seen(
        &self,
        order: OrderId,
        version: u32,
        ruling: impl Into<Ruling>,
        by: Operator,
    ) -> Result<Order, OperationError> {
        let ruling = ruling.into();
        check_cost(&ruling.resolution)?;
        self.rule(order, Some(version), |agg, in_dispute, ctx| {
            let ruled = order::resolve(agg, ruling.clone(), by.clone(), in_dispute, ctx);
            Ok(Some(ruled?))
        })
        .await
    }

    /// The caller takes the order back: only before anything was intended. `member` is the caller; another member's order is not found.
    pub async fn cancel(&self, member: MemberId, order: OrderId) -> Result<Order, OperationError> {
        let known = self.inner.store.orders(&[order]).await?.pop().flatten();
        if known.is_none_or(|agg| agg.order.member != member) {
            return Err(OperationError::NotFound);
        }
        self.rule(order, None, |agg, _, ctx| {
            Ok(Some(order::cancel(agg, ctx)?))
        })
        .await
    }

    /// What a person decides about an order, decided again for as long as somebody else changes it meanwhile; `None` if it stands as decided already.
    pub(super) async fn rule(
        &self,
        id: OrderId,
        seen: Option<u32>,
        decide: impl Fn(
            &Aggregate,
            Money,
            order::Context<'_>,
        ) -> Result<Option<Decision>, OperationError>,
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
            let Some(decision) = decision else {
                return Ok(agg.order);
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
        let reversed = reversed.filter(|_| agg.order.is_taken_back());
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
                BEYOND_DISPUTE,
            )),
            FloatMove::Bought(_) | FloatMove::Opening => None,
        };
        if let Some((word, account, rule)) = bounded {
            let subject = Written::of(&money)?.subject(word);
            let there = self.inner.ledger.balance(account).await?;
            // What is booked already is not booked again, whatever is there since.
            if money.amount > there && self.inner.ledger.log(subject).await?.is_empty() {
                let field = "amount";
                return Err(OperationError::Field { field, rule });
            }
        }
        self.move_float(supplier, kind, money, false).await
    }

    /// The same without a look at what is there: for a person who knows that the books are behind.
    pub async fn float_beyond(
        &self,
        supplier: SupplierId,
        kind: FloatMove,
        money: MoneyMove,
    ) -> Result<Receipt, OperationError> {
        self.move_float(supplier, kind, money, true).await
    }

    async fn move_float(
        &self,
        supplier: SupplierId,
        kind: FloatMove,
        money: MoneyMove,
        beyond: bool,
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
            FloatMove::DisputeCredited if beyond => {
                rules::dispute_credited_beyond(subject, supplier, amount)
            }
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
        let written = Written::of(money)?;
        if !money.amount.is_transferable() {
            return Err(OperationError::Field {
                field: "amount",
                rule: TRANSFERABLE,
            });
        }
        let subject = written.subject(kind);
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.transfers = journal(subject);
        unit.log.push(LogRow::new(
            subject,
            1,
            now,
            Entry::Money {
                effect,
                reference: written.to_string(),
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
            // Another process drew on it since this one looked.
            Some(Verdict::Refused(Refused::NotCovered { .. })) => Err(OperationError::Field {
                field: "amount",
                rule: BEYOND_DISPUTE,
            }),
            Some(Verdict::Refused(refused)) => Err(OperationError::Refused(refused)),
            None => Err(OperationError::Contended),
        }
    }
}

/// The rule of what a supplier credits.
const BEYOND_DISPUTE: &str =
    "more than the supplier owes us by the books; `beyond` books it all the same";

/// The rule of every amount that moves.
pub(super) const TRANSFERABLE: &str = "above zero and at most 10^12 rupiah";

/// A cost that a person names can be booked, whatever state the order is in.
fn check_cost(resolution: &Resolution) -> Result<(), OperationError> {
    if resolution
        .cost()
        .is_some_and(|cost| !cost.is_transferable())
    {
        return Err(OperationError::Field {
            field: "cost",
            rule: TRANSFERABLE,
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
    let other = wanted.first().map_or(Some("amount"), |first| {
        other_account(first, &receipt).or_else(|| (sum != Some(amount)).then_some("amount"))
    });
    match other {
        None => Ok(receipt),
        Some(field) => Err(OperationError::RefMismatch { field }),
    }
}

/// Which of its accounts is another one in what was booked, by the name of the field that says it.
fn other_account(wanted: &Transfer, booked: &Receipt) -> Option<&'static str> {
    // What the wallet could not give is owed: then the row debits the debt.
    let rest = match wanted.amount {
        Amount::UpTo { rest, .. } => Some(rest),
        Amount::Exact(_) | Amount::Covered(_) | Amount::Owed { .. } => None,
    };
    let debits = |row: &TransferRow| row.debit == wanted.debit || Some(row.debit) == rest;
    let credits = |row: &TransferRow| row.credit == wanted.credit;
    let rows = &booked.rows;
    if rows.iter().any(|row| debits(row) && credits(row)) {
        return None;
    }
    let account = if rows.iter().any(debits) {
        wanted.credit
    } else {
        wanted.debit
    };
    Some(match account {
        Account::Bank(_) => "bank",
        Account::Prepaid(_) | Account::Dispute(_) => "supplier",
        Account::Available(_)
        | Account::Held(_)
        | Account::Receivable(_)
        | Account::Opening
        | Account::Revenue
        | Account::Cogs
        | Account::LossDelivery
        | Account::Clearing(_)
        | Account::SuspenseDeposit
        | Account::Fees
        | Account::Transfers => "member",
    })
}
