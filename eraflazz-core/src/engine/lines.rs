//! Lines of bank statements: each is consumed once, by the deposit that awaits exactly its amount, or it lies in suspense before a person (INV-23).
//!
//! A line is known by what it says and by the id of whoever tells it, in the commit that consumes it and for ever; however it comes, pushed, read or brought by hand, it goes
//! this one way. What is not clear is nobody's: never the nearest amount, never the oldest ticket.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Engine;
use super::callback::{BODY_MAX, CallbackError};
use super::error::OperationError;
use super::gateways::{Gateway, Watch};
use super::written::check_text;
use crate::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, Refused, Unavailable, Verdict};
use crate::ids::{BankId, GatewayId, MemberId, PaymentId, SubjectId};
use crate::ledger::{Receipt, rules};
use crate::order::{Entry, LogRow};
use crate::payment::{
    self, BankLine, DepositEntry, HeardPayment, Payment, PaymentClaim, PaymentReason,
    PaymentSighting, PaymentState, Through,
};
use crate::ports::Page;
use crate::supplier::{RawRequest, ReadError};
use crate::text::{Operator, Slug};

/// Fresh looks at a row that keeps changing.
const TRIES: usize = 16;
/// How often feeds are read, whatever they push.
const READ_EVERY: Duration = Duration::from_mins(10);
/// How far back they are read: a bank shows some lines a day or two late.
const READ_BACK: Duration = Duration::from_hours(48);
/// How long a read may take.
const READ_MAX: Duration = Duration::from_mins(2);

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineTaken {
    /// It is this deposit.
    Credited(PaymentId),
    /// Nobody awaits it: it lies in suspense under this subject, with a case.
    Suspended(SubjectId),
    /// It was consumed before; nothing changed.
    Known,
    /// Its amount is none that can be booked (INV-5): nothing changed, and a person is told as often as it is read.
    Unbookable,
}

/// A push that is from whom it says; not taken yet. Drop it to refuse it: nothing happened.
#[derive(Debug)]
#[must_use = "a push that is not taken is lost"]
pub struct VerifiedPush {
    bank: GatewayId,
    lines: Vec<BankLine>,
}

impl Engine {
    /// The bank accounts of this engine, by the names of their gateways.
    pub fn banks(&self) -> Vec<Slug> {
        let watched = self.inner.gateways.watched();
        watched.map(|(gateway, _)| gateway.name.clone()).collect()
    }

    /// Who sent it is known, and nothing is stored. An unknown account and a push that proves nothing look the same.
    pub async fn verify_push(
        &self,
        bank: &str,
        request: RawRequest,
    ) -> Result<VerifiedPush, CallbackError> {
        if request.body.len() > BODY_MAX {
            return Err(CallbackError::TooLarge);
        }
        let (gateway, watch) = self.watched(bank).ok_or(CallbackError::Unauthenticated)?;
        let read = move || watch.feed.read_push(&request);
        let lines = self.read_sent(&gateway, read, Vec::len).await?;
        Ok(VerifiedPush {
            bank: gateway.rules.id,
            lines,
        })
    }

    /// Takes its lines, one after the other; those above the account's limit when they are read, which begins at once. Answer it only after this: what could not be taken
    /// is pushed again.
    pub async fn take_push(&self, push: VerifiedPush) -> Result<Vec<LineTaken>, CallbackError> {
        let gateway = self.inner.gateways.numbered(push.bank).cloned();
        let gateway = gateway.ok_or(CallbackError::Unauthenticated)?;
        let watch = gateway.watch.clone();
        let watch = watch.ok_or(CallbackError::Unauthenticated)?;
        let is_large = |line: &BankLine| line.amount > watch.read_above;
        let (large, small): (Vec<_>, Vec<_>) = push.lines.into_iter().partition(is_large);
        let taken = self.take_all(&gateway, &small).await?;
        if !large.is_empty() {
            let engine = self.clone();
            let read = async move { engine.read_feed(&gateway, &watch).await };
            self.inner.calls.spawn_on(read, &self.inner.io);
        }
        Ok(taken)
    }

    /// Takes lines that a person has brought, as those of this account; `NotFound` for an unknown one. The same lines again change nothing.
    pub async fn take_lines(
        &self,
        bank: &str,
        lines: &[BankLine],
    ) -> Result<Vec<LineTaken>, OperationError> {
        let (gateway, _) = self.watched(bank).ok_or(OperationError::NotFound)?;
        Ok(self.take_all(&gateway, lines).await?)
    }

    fn watched(&self, bank: &str) -> Option<(Gateway, Watch)> {
        let mut watched = self.inner.gateways.watched();
        let (gateway, watch) = watched.find(|(gateway, _)| gateway.name.as_str() == bank)?;
        Some((gateway.clone(), watch.clone()))
    }

    /// Reads every feed, again and again until told to stop: what was not pushed is found so. One process does it for all.
    pub(super) async fn read_feeds_until(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            if self.inner.is_on_duty() {
                let read = shutdown.run_until_cancelled(self.read_feeds());
                read.await;
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(READ_EVERY) => {}
            }
        }
    }

    async fn read_feeds(&self) {
        for (gateway, watch) in self.inner.gateways.watched() {
            self.read_feed(gateway, watch).await;
        }
    }

    async fn read_feed(&self, gateway: &Gateway, watch: &Watch) {
        let from = self.inner.clock.now().minus(READ_BACK).business_day();
        let feed = Arc::clone(&watch.feed);
        let read = gateway
            .lines
            .calls
            .spawn(async move { feed.lines(from).await });
        let mut read = AbortOnDropHandle::new(read);
        let read = tokio::select! {
            biased;
            read = &mut read => read,
            () = self.inner.clock.sleep(READ_MAX) => {
                return self.tell_of_adapter("a bank feed did not come back in its time");
            }
        };
        match read {
            Ok(Ok(lines)) => {
                if let Err(error) = self.take_all(gateway, &lines).await {
                    self.warn_seldom("lines of a bank were not written", &error);
                }
            }
            Ok(Err(error)) => Self::tell_unread(gateway, &error),
            Err(_) => self.tell_of_adapter("a bank feed panicked"),
        }
    }

    fn tell_unread(gateway: &Gateway, error: &ReadError) {
        tracing::warn!(bank = %gateway.name, %error, "a bank feed could not be read");
    }

    async fn take_all(
        &self,
        gateway: &Gateway,
        lines: &[BankLine],
    ) -> Result<Vec<LineTaken>, Unavailable> {
        let mut taken = Vec::with_capacity(lines.len());
        for line in lines {
            taken.push(self.take_line(gateway, line).await?);
        }
        Ok(taken)
    }

    async fn take_line(
        &self,
        gateway: &Gateway,
        line: &BankLine,
    ) -> Result<LineTaken, Unavailable> {
        let bank = gateway.rules.id;
        if !line.amount.is_transferable() {
            tracing::error!(
                bank = %gateway.name,
                line = %line.key,
                amount = %line.amount,
                alert = "a line of a bank account cannot be booked",
                "its amount is beyond what one transfer may carry"
            );
            self.inner.meter.alert("books");
            return Ok(LineTaken::Unbookable);
        }
        for _ in 0..TRIES {
            if self
                .inner
                .store
                .payment_of(bank, &line.key)
                .await?
                .is_some()
            {
                return Ok(LineTaken::Known);
            }
            let awaiting = self.inner.store.payment_awaiting(bank, line.amount).await?;
            let ticket = awaiting.filter(|ticket| line.may_pay(ticket));
            let paying = ticket.as_ref();
            let paying = paying.map(|ticket| self.paying(ticket, line, gateway));
            // A line that credits nothing would be lost with the unit that consumes it.
            let paying = paying.filter(|unit| !unit.transfers.is_empty());
            let ticket = ticket.filter(|_| paying.is_some());
            let mut unit = paying.unwrap_or_else(|| self.stray(line, bank));
            unit.nonces.extend(line.nonces(bank));
            match self.inner.store.commit(vec![unit]).await?.pop() {
                Some(Verdict::Done(done)) => {
                    self.inner.board.paid(&done.receipt);
                    return Ok(self.tell_taken(gateway, line, ticket.as_ref()));
                }
                Some(Verdict::Refused(Refused::NonceUsed | Refused::EffectDone { .. })) => {
                    return Ok(LineTaken::Known);
                }
                Some(Verdict::Refused(Refused::Stale { .. } | Refused::IdTaken { .. })) => {}
                refused => {
                    tracing::error!(
                        bank = %gateway.name,
                        ?refused,
                        alert = "a deposit was not booked",
                        "a line of the account's statement cannot be written"
                    );
                    self.inner.meter.alert("books");
                    break;
                }
            }
        }
        Err(Unavailable {
            may_have_committed: false,
            why: "the line could not be written".to_owned(),
        })
    }

    /// The line is this ticket's.
    fn paying(&self, ticket: &Payment, line: &BankLine, gateway: &Gateway) -> Changes {
        let seen = PaymentSighting {
            our_ref: ticket.code.as_str().parse().ok(),
            their_ref: Some(line.key.clone()),
            amount: Some(line.amount),
            ..PaymentSighting::new(PaymentClaim::Is(PaymentState::Settled), PaymentReason::None)
        };
        let heard = HeardPayment {
            through: Through::Line,
            sightings: vec![seen],
            raw: line.raw.clone(),
        };
        let ruled_by = self.inner.settings.policy.case_deadline;
        let now = self.inner.clock.now();
        payment::hear(ticket, heard, gateway.profile(), ruled_by, now)
    }

    /// The line is nobody's.
    fn stray(&self, line: &BankLine, bank: GatewayId) -> Changes {
        let (subject, now) = (line.subject(bank), self.inner.clock.now());
        let mut unit = Changes::at(now);
        unit.transfers = rules::bank_line(subject, BankId(bank.0), line.amount);
        unit.cases.push(CaseWrite::Open(Case {
            key: CaseKey {
                subject,
                version: 1,
                kind: CaseKind::DepositAmount,
            },
            amount: Some(line.amount),
            opened_at: now,
            deadline: now.plus(self.inner.settings.policy.case_deadline),
        }));
        let entry = Entry::Deposit(DepositEntry::Line {
            bank,
            key: line.key.clone(),
            amount: line.amount,
        });
        unit.log
            .push(LogRow::new(subject, 1, now, entry).with_raw(line.raw.clone()));
        unit
    }

    fn tell_taken(
        &self,
        gateway: &Gateway,
        line: &BankLine,
        ticket: Option<&Payment>,
    ) -> LineTaken {
        if let Some(ticket) = ticket {
            tracing::info!(deposit = %ticket.id, bank = %gateway.name, credited = %line.amount, "a transfer came");
            return LineTaken::Credited(ticket.id);
        }
        let subject = line.subject(gateway.rules.id);
        tracing::error!(
            %subject,
            bank = %gateway.name,
            amount = %line.amount,
            alert = "a bank account has money that nobody awaits",
            "it lies in suspense; its case is claimed for whose it is"
        );
        self.inner.meter.alert("books");
        LineTaken::Suspended(subject)
    }

    /// What lies in suspense under an open case of a line is this member's: all of it, once. What the member owes is netted from it. `NotFound` for a case that is not
    /// open, or a member that is not there; [`OperationError::Field`] for one that no line has opened. Claimed again it is not open any more.
    pub async fn claim_line(
        &self,
        key: CaseKey,
        member: MemberId,
        note: &str,
        by: &Operator,
    ) -> Result<Receipt, OperationError> {
        check_text("note", note)?;
        let found = self.inner.members.member(member).await?;
        found.ok_or(OperationError::NotFound)?;
        let case = self.open_case(key).await?.ok_or(OperationError::NotFound)?;
        let log = self.inner.ledger.log(key.subject).await?;
        let of_line = log.iter().find_map(|row| {
            let Entry::Deposit(DepositEntry::Line { amount, .. }) = &row.entry else {
                return None;
            };
            Some(*amount)
        });
        let Some(amount) = of_line.filter(|amount| case.amount == Some(*amount)) else {
            return Err(OperationError::Field {
                field: "subject",
                rule: "a line of a bank account that lies in suspense",
            });
        };
        let mut unit = self.closing(key, note, by).await?;
        unit.transfers = rules::claim(key.subject, member, amount);
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(done)) => {
                self.inner.board.paid(&done.receipt);
                Ok(done.receipt)
            }
            Some(Verdict::Refused(Refused::EffectDone { .. })) => Err(OperationError::NotFound),
            Some(Verdict::Refused(refused)) => Err(OperationError::Refused(refused)),
            None => Err(OperationError::Contended),
        }
    }

    async fn open_case(&self, key: CaseKey) -> Result<Option<Case>, Unavailable> {
        let mut page = Page::first(Page::MAX);
        loop {
            let cases = self.open_cases(&page).await?;
            let is_end = cases.len() < page.limit;
            page.skip += cases.len();
            let found = cases.into_iter().find(|case| case.key == key);
            if found.is_some() || is_end {
                return Ok(found);
            }
        }
    }
}
