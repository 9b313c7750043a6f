//! One step of an order: the order and its attempts as they become, and everything that goes into the same commit.
//!
//! The moves of money-safety section 6 are the methods here; `hear`, `tend`, `resolve` and `cancel` say when which one is made.

use bytes::Bytes;

use super::context::{Call, Context, Decision, Note, Plan, Route};
use super::follow::Reroute;
use super::judge::Bench;
use super::log::{Channel, Entry, LogRow};
use super::model::{
    Aggregate, Attempt, AttemptState, Counted, Delivery, Guard, Order, OrderState, Refunded,
    Returned, Review,
};
use super::said::Said;
use super::watch;
use crate::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, OrderWrite, OutboxRow, QuotaLimit,
};
use crate::ids::AttemptNo;
use crate::ledger::Transfer;
use crate::ledger::rules::{self, LateBill};
use crate::member::LateSuccess;
use crate::money::Money;
use crate::supplier::{Profile, Reason};
use crate::text::RefId;
use crate::time::Timestamp;

/// An input that the order's state does not allow. Nothing of it may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order whose state is `{state}` does not allow {input}")]
pub struct Illegal {
    /// Where the order stands.
    pub state: OrderState,
    /// What was asked.
    pub input: &'static str,
}

/// A step under construction.
pub(super) struct Step<'a> {
    before: &'a Aggregate,
    pub(super) ctx: Context<'a>,
    pub(super) order: Order,
    pub(super) attempts: Vec<Attempt>,
    touched: Vec<AttemptNo>,
    changes: Changes,
    call: Option<Call>,
    notes: Vec<Note>,
    then: Option<Box<Entry>>,
    /// What was said against a delivery that was booked just now came before the booking.
    contradicted: bool,
}

impl<'a> Step<'a> {
    pub(super) fn new(before: &'a Aggregate, ctx: Context<'a>) -> Self {
        let mut order = before.order.clone();
        order.version += 1;
        let attempts = before.attempts.clone();
        let (touched, notes) = (Vec::with_capacity(2), Vec::new());
        Self {
            before,
            ctx,
            order,
            attempts,
            touched,
            changes: Changes::at(ctx.now),
            call: None,
            notes,
            then: None,
            contradicted: false,
        }
    }

    /// The commit, with `entry` as its log row resting on `raw`.
    pub(super) fn finish(mut self, entry: Entry, raw: Bytes) -> Decision {
        let row = LogRow::new(
            self.order.id.into(),
            self.order.version,
            self.ctx.now,
            entry,
        )
        .with_raw(raw);
        self.changes.log.push(row);
        self.finish_silently()
    }

    /// The commit without a log row: only `next_action_at` moved (D19).
    pub(super) fn finish_silently(mut self) -> Decision {
        if self.order.looks_different(&self.before.order) {
            self.order.revision += 1;
            self.order.updated_at = self.ctx.now;
            let row = OutboxRow::now(&self.order, self.ctx.now);
            self.changes.outbox.push(row);
        }
        for attempt in self.attempts {
            if self.touched.contains(&attempt.no) {
                self.changes.attempts.push(attempt);
            }
        }
        self.changes.orders.push(OrderWrite {
            order: self.order,
            replaces: Some(self.before.order.version),
        });
        Decision {
            changes: self.changes,
            call: self.call,
            notes: self.notes,
        }
    }

    /// Nothing about the order changes, neither a version nor a log row: a callback leaves the inbox.
    pub(super) fn leave_inbox(self, channel: Channel) -> Decision {
        let mut changes = Changes::at(self.ctx.now);
        if let Channel::Callback { inbox, .. } = channel {
            changes.inbox_done.push(inbox);
        }
        Decision {
            changes,
            call: None,
            notes: Vec::new(),
        }
    }

    /// What rode in this commit besides what it answers, for the log.
    pub(super) const fn take_then(&mut self) -> Option<Box<Entry>> {
        self.then.take()
    }

    pub(super) const fn changes(&mut self) -> &mut Changes {
        &mut self.changes
    }

    pub(super) fn attempt(&self, no: AttemptNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.no == no)
    }

    /// The attempt, to be written with this commit.
    pub(super) fn touch(&mut self, no: AttemptNo) -> Result<&mut Attempt, Illegal> {
        if !self.touched.contains(&no) {
            self.touched.push(no);
        }
        let state = self.order.state;
        let found = self.attempts.iter_mut().find(|attempt| attempt.no == no);
        found.ok_or(Illegal {
            state,
            input: "an attempt it does not have",
        })
    }

    pub(super) fn profile(&self, no: AttemptNo) -> Option<&'a Profile> {
        self.attempt(no)
            .and_then(|attempt| self.ctx.world.profile(attempt.supplier))
    }

    /// What the judge must know beside the attempt.
    pub(super) fn bench<'b>(&self, channel: Channel, profile: &'b Profile) -> Bench<'b> {
        Bench {
            profile,
            sn_required: self.order.sn_required,
            doubt_wait: self.ctx.policy.doubt_wait,
            disputed_since: match self.order.review {
                Some(Review::Disputed { since, .. }) => Some(since),
                Some(Review::Escalated { .. }) | None => None,
            },
            received_at: channel.received_at(self.ctx.now),
        }
    }

    pub(super) const fn illegal(&self, input: &'static str) -> Illegal {
        Illegal {
            state: self.order.state,
            input,
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    pub(super) fn alert(&mut self, what: &'static str) {
        self.notes.push(Note::Alert {
            order: self.order.id,
            what,
        });
    }

    pub(super) fn pay(&mut self, journal: Vec<Transfer>) {
        self.changes.transfers.extend(journal);
    }

    pub(super) fn open_case(&mut self, kind: CaseKind, amount: Option<Money>) {
        self.open_case_of(self.order.version, kind, amount);
    }

    fn open_case_of(&mut self, version: u32, kind: CaseKind, amount: Option<Money>) {
        let key = CaseKey {
            subject: self.order.id.into(),
            version,
            kind,
        };
        let deadline = self.ctx.now.plus(self.ctx.policy.case_deadline);
        self.changes.cases.push(CaseWrite::Open(Case {
            key,
            amount,
            opened_at: self.ctx.now,
            deadline,
        }));
    }

    /// What is no proof speaks against how the attempt was settled, and no read says which is right: a person finds out. One case however often it is
    /// said; members hear nothing of it, since nobody signed it (INV-35).
    pub(super) fn open_hint(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let now = self.order.version;
        let version = *self.touch(no)?.hint_case.get_or_insert(now);
        let amount = Some(self.order.quote.sell);
        self.open_case_of(version, CaseKind::Hinted, amount);
        Ok(())
    }

    /// It was looked into. An open attempt keeps its case: that two purchases may be ours is no matter of having looked, and until a ruling says which is,
    /// no read of one of them settles it (E-9).
    pub(super) fn close_hint(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let attempt = self.touch(no)?;
        attempt.hinted = None;
        if attempt.state.is_open() {
            return Ok(());
        }
        if let Some(version) = attempt.hint_case.take() {
            let subject = self.order.id.into();
            let kind = CaseKind::Hinted;
            self.changes.cases.push(CaseWrite::Close(CaseKey {
                subject,
                version,
                kind,
            }));
        }
        Ok(())
    }

    pub(super) fn close_review(&mut self) {
        if let Some(review) = self.order.review.take() {
            let key = review.case(self.order.id);
            self.changes.cases.push(CaseWrite::Close(key));
        }
    }

    /// Closes the review once nothing that it is about is open any more: an order has one, however many of its attempts are contradicted.
    pub(super) fn close_review_if_settled(&mut self) {
        if !self.attempts.iter().any(Attempt::is_contradicted) {
            self.close_review();
        }
    }

    fn clear_guard(&mut self) {
        if let Some(guard) = &mut self.order.guard {
            *guard = Guard {
                live: false,
                ..guard.clone()
            };
        }
    }

    // --- Moves ---------------------------------------------------------------------------------------------------------

    /// HELD → `IN_FLIGHT`: the intent of a new attempt, to be sent once this is committed (INV-9).
    pub(super) fn intend(&mut self, route: Route) -> Entry {
        let no = AttemptNo(
            u16::try_from(self.attempts.len())
                .unwrap_or(u16::MAX)
                .saturating_add(1),
        );
        let lease_until = self.ctx.now.plus(route.lease);
        let why = route.why;
        let entry = Entry::Intent {
            attempt: no,
            supplier: route.supplier,
            mapping: route.mapping,
            send: 1,
            why,
        };
        self.attempts.push(Attempt {
            order: self.order.id,
            no,
            kind: self.order.kind(),
            mapping: route.mapping,
            supplier: route.supplier,
            supplier_ref: route.supplier_ref,
            their_ref: None,
            code: None,
            sku: route.sku,
            target: route.target,
            cap: self.order.quote.cost_cap,
            expected_cost: route.cost,
            state: AttemptState::Sending,
            sends: 1,
            exclusive: route.exclusive,
            counted: Counted {
                at_supplier: route.supplier_quota.is_set(),
                by_route: route.route_quota.is_set(),
            },
            surplus: false,
            first_sent_at: self.ctx.now,
            lease_until,
            send_open: true,
            call_open: true,
            last_send_ended_at: None,
            last_call_ended_at: None,
            checks: 0,
            doubt: None,
            denied: None,
            unproven: None,
            reversal: None,
            sn: None,
            billed: None,
            said: Said::default(),
            hinted: None,
            hint_case: None,
        });
        let intended = self.attempts.last();
        let keys = intended.map(|attempt| attempt.quota_keys_of(self.ctx.now));
        let limits = keys.into_iter().flatten().map(|key| QuotaLimit {
            key,
            quota: match key.mapping {
                Some(_) => route.route_quota,
                None => route.supplier_quota,
            },
        });
        self.changes.quotas.extend(limits);
        self.touched.push(no);
        self.order.state = OrderState::InFlight(no);
        self.order.next_action_at = Some(lease_until);
        self.call = Some(Call::Send(no));
        entry
    }

    /// Sends the live attempt again, or asks about it; the caller has checked that it may.
    pub(super) fn call_again(
        &mut self,
        no: AttemptNo,
        call: Call,
        lease_until: Timestamp,
    ) -> Result<(), Illegal> {
        let attempt = self.touch(no)?;
        attempt.checks = attempt.checks.saturating_add(1);
        attempt.lease_until = lease_until;
        attempt.call_open = true;
        if matches!(call, Call::Send(_)) {
            attempt.sends += 1;
            attempt.send_open = true;
        }
        self.order.next_action_at = Some(lease_until);
        self.call = Some(call);
        Ok(())
    }

    /// The attempt is proven undelivered: `IN_FLIGHT` → HELD, and on to another route or the money back, once settle delays are over.
    /// `reroute` is what the rejection leaves to be tried; `None` if it would fail everywhere.
    pub(super) fn undelivered(
        &mut self,
        no: AttemptNo,
        reroute: Option<Reroute>,
        reason: Reason,
    ) -> Result<(), Illegal> {
        if self.attempt(no).is_some_and(|attempt| attempt.surplus) {
            return Ok(());
        }
        if self.order.state != OrderState::InFlight(no) {
            return Err(self.illegal("a rejection of an attempt that is not its live one"));
        }
        self.close_review();
        self.order.state = OrderState::Held;
        if let (
            Some(Reroute {
                trips_supplier: true,
                ..
            }),
            Some(attempt),
        ) = (reroute, self.attempt(no))
        {
            let supplier = attempt.supplier;
            self.note(Note::Trip { supplier, reason });
        }
        if self.settle_heard()? {
            return Ok(());
        }
        let settled_at = watch::settled_at(&self.attempts, self.ctx);
        if let Some(settled_at) = settled_at.filter(|at| *at > self.ctx.now) {
            self.order.next_action_at = Some(settled_at);
            return Ok(());
        }
        let Some(reroute) = reroute else {
            self.give_back(Returned::Rejected(reason));
            return Ok(());
        };
        if reroute.after_twin {
            self.order.next_action_at = Some(self.ctx.now);
            return Ok(());
        }
        if let Some(entry) = self.route_or_return(reason) {
            self.then = Some(Box::new(entry));
        }
        Ok(())
    }

    /// HELD: the next route, a wait for one, or the money back. Gives the log entry of what it did; `None` if it only waits.
    pub(super) fn route_or_return(&mut self, reason: Reason) -> Option<Entry> {
        if self.ctx.now >= self.order.deadline {
            let why = if self.attempts.is_empty() {
                Returned::Deadline
            } else {
                Returned::Rejected(reason)
            };
            let routes = self.ctx.world.found(&self.order, &self.attempts);
            self.give_back(why);
            return Some(Entry::Returned { why, routes });
        }
        match self.ctx.world.plan(&self.order, &self.attempts) {
            Plan::Go(route) if route.cost > self.order.quote.cost_cap => {
                self.alert("a route above the cost cap was planned");
                let until = self.ctx.now.plus(self.ctx.policy.held_retry);
                self.order.next_action_at = Some(until.min(self.order.deadline));
                None
            }
            Plan::Go(route) => Some(self.intend(*route)),
            Plan::Wait { until } => {
                self.order.next_action_at = Some(until.min(self.order.deadline));
                None
            }
            Plan::Exhausted(routes) => {
                let why = Returned::Rejected(reason);
                self.give_back(why);
                Some(Entry::Returned { why, routes })
            }
        }
    }

    /// HELD → RETURNED: the hold goes back. Legal only because every attempt is proven undelivered.
    pub(super) fn give_back(&mut self, why: Returned) {
        let journal = rules::release(&self.order);
        self.pay(journal);
        self.close_review();
        self.order.state = OrderState::Returned(why);
        self.rest();
        self.clear_guard();
    }

    /// The live attempt delivered: `IN_FLIGHT` → SUCCEEDED. A surplus attempt delivered: the house pays.
    pub(super) fn delivered(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        self.contradicted |= self.touch(no)?.reversal.is_some();
        if self.attempt(no).is_some_and(|attempt| attempt.surplus) {
            return self.surplus(no);
        }
        if self.order.state != OrderState::InFlight(no) {
            return Err(self.illegal("a delivery by an attempt that is not its live one"));
        }
        self.close_review();
        self.capture(no)
    }

    fn capture(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let (supplier, cost) = self.bill(no)?;
        let journal = rules::capture(&self.order, supplier, cost);
        self.pay(journal);
        self.order.state = OrderState::Succeeded;
        self.rest();
        self.deliver(no, cost, false);
        Ok(())
    }

    fn deliver(&mut self, no: AttemptNo, cost: Money, absorbed: bool) {
        let sn = self.attempt(no).and_then(|attempt| attempt.sn.clone());
        self.order.delivery = Some(Delivery::new(no, sn, cost, absorbed));
    }

    /// What the attempt costs. A bill above the cap is booked, opens a case and switches the route off (INV-17).
    fn bill(&mut self, no: AttemptNo) -> Result<(crate::ids::SupplierId, Money), Illegal> {
        let attempt = self.touch(no)?;
        let (supplier, mapping, cost, cap) = (
            attempt.supplier,
            attempt.mapping,
            attempt.cost(),
            attempt.cap,
        );
        if cost > cap {
            self.open_case(CaseKind::OverCap, cost.checked_sub(cap));
            self.note(Note::RouteOff { mapping });
            self.alert("a supplier billed more than the cap");
        }
        Ok((supplier, cost))
    }

    /// The supplier billed something that cannot be read: booked at the expected cost until a person knows better, and the route goes off (INV-17).
    pub(super) fn bill_unread(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let mapping = self.touch(no)?.mapping;
        self.open_case(CaseKind::OverCap, None);
        self.note(Note::RouteOff { mapping });
        self.alert("a supplier billed an amount that cannot be read");
        Ok(())
    }

    /// The supplier says of a delivery that is booked that it costs `price`, and not what was booked.
    pub(super) fn billed_again(&mut self, no: AttemptNo, price: Money) -> Result<(), Illegal> {
        let attempt = self.touch(no)?;
        let (mapping, cap) = (attempt.mapping, attempt.cap);
        if price > cap {
            self.open_case(CaseKind::OverCap, price.checked_sub(cap));
            self.note(Note::RouteOff { mapping });
        }
        self.alert("a supplier bills a delivery otherwise than it is booked");
        Ok(())
    }

    /// Delivered after proof of the contrary.
    pub(super) fn delivered_late(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        self.alert("a delivery was reported after proof of non-delivery");
        self.contradicted |= self.touch(no)?.reversal.is_some();
        match self.order.state {
            OrderState::Held => self.capture(no),
            OrderState::InFlight(live) => {
                self.close_review();
                self.touch(live)?.surplus = true;
                self.open_case(CaseKind::Surplus, None);
                self.capture(no)
            }
            OrderState::Returned(_) => {
                let absorb = self.order.late_success == LateSuccess::Absorb;
                self.take_again(no, absorb, Money::ZERO)
            }
            OrderState::Reversed if self.order.is_taken_back() => {
                self.touch(no)?.surplus = false;
                self.dispute();
                Ok(())
            }
            OrderState::Succeeded | OrderState::LateDelivered | OrderState::Reversed => {
                self.surplus(no)
            }
            OrderState::Refused(_) => Err(self.illegal("a delivery")),
        }
    }

    /// Delivered after proof of the contrary, heard while the order is disputed: the attempt keeps it; no money moves by itself.
    pub(super) fn heard_late(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        self.alert("a delivery was reported after proof of non-delivery, during a dispute");
        self.touch(no)?.surplus = false;
        Ok(())
    }

    /// Books what was reported delivered during a dispute, once that is over (INV-14, INV-15). What was said against it meanwhile is the next
    /// dispute. Says whether there was anything.
    pub(super) fn settle_heard(&mut self) -> Result<bool, Illegal> {
        if self.order.is_disputed() {
            return Ok(false);
        }
        let booked = self.book_heard()?;
        if std::mem::take(&mut self.contradicted) {
            self.dispute();
        }
        Ok(booked)
    }

    fn book_heard(&mut self) -> Result<bool, Illegal> {
        let heard: Vec<AttemptNo> = self.heard_attempts().collect();
        for no in &heard {
            self.delivered_late(*no)?;
        }
        Ok(!heard.is_empty())
    }

    /// Attempts that are known to have delivered late and whose cost is not booked: neither what the order was settled by nor a surplus.
    fn heard_attempts(&self) -> impl Iterator<Item = AttemptNo> {
        let settled_by = self.order.delivery.as_ref().map(|was| was.attempt);
        let heard = self.attempts.iter().filter(move |attempt| {
            attempt.state == AttemptState::LateSuccess
                && !attempt.surplus
                && settled_by != Some(attempt.no)
        });
        heard.map(|attempt| attempt.no)
    }

    /// RETURNED or REVERSED → `LATE_DELIVERED`: the member pays again as far as the wallet goes, or the house does. What was reversed is billed to what
    /// its supplier still owes us for reversals, which is `in_dispute`, and beyond that to our deposit: what it has credited it takes again.
    pub(super) fn take_again(
        &mut self,
        no: AttemptNo,
        absorb: bool,
        in_dispute: Money,
    ) -> Result<(), Illegal> {
        if self.attempt(no).is_some_and(Attempt::is_second_delivery) {
            return self.take_second(no, absorb);
        }
        let (supplier, cost) = self.bill(no)?;
        let reversed = self.order.delivery.as_ref().map(|was| was.attempt);
        let was_reversed = self.order.is_taken_back() && reversed == Some(no);
        let bill = LateBill {
            in_dispute: if was_reversed {
                in_dispute
            } else {
                Money::ZERO
            },
            ..LateBill::of(supplier, cost)
        };
        self.close_review();
        self.order.turns = self.order.turns.saturating_add(1);
        let journal = if absorb {
            rules::absorb(&self.order, self.order.turns, bill)
        } else {
            rules::reclaim(&self.order, self.order.turns, bill)
        };
        self.pay(journal);
        self.open_case(CaseKind::LateSuccess, Some(self.order.quote.sell));
        self.order.state = OrderState::LateDelivered;
        self.rest();
        self.deliver(no, cost, absorb);
        Ok(())
    }

    /// REVERSED → `LATE_DELIVERED` by what was booked as a second delivery while the first one stood: its cost, which the house bore, becomes the order's. What the
    /// supplier of the first owes us stays.
    fn take_second(&mut self, no: AttemptNo, absorb: bool) -> Result<(), Illegal> {
        let attempt = self.touch(no)?;
        attempt.surplus = false;
        let cost = attempt.cost();
        self.close_review();
        self.order.turns = self.order.turns.saturating_add(1);
        if !absorb {
            let journal = rules::reclaim_second(&self.order, self.order.turns, cost);
            self.pay(journal);
        }
        self.open_case(CaseKind::LateSuccess, Some(self.order.quote.sell));
        self.order.state = OrderState::LateDelivered;
        self.rest();
        self.deliver(no, cost, absorb);
        Ok(())
    }

    /// A second delivery for one order: its cost is the house's (INV-14).
    fn surplus(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let (supplier, cost) = self.bill(no)?;
        self.touch(no)?.surplus = true;
        let journal = rules::surplus(&self.order, no.0, supplier, cost);
        self.pay(journal);
        self.open_case(CaseKind::Surplus, Some(cost));
        self.alert("one order was delivered twice");
        Ok(())
    }

    /// SUCCEEDED or `LATE_DELIVERED` → REVERSED: what is left of the money back, the supplier owes us. Of what a person had refunded in full, only the latter.
    pub(super) fn reverse(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let delivery = self.order.delivery.clone();
        let Some(delivery) = delivery.filter(|delivery| delivery.attempt == no) else {
            return self.reverse_surplus(no);
        };
        if !self.order.is_delivered() {
            return Err(self.illegal("a reversal"));
        }
        self.book_heard()?;
        let supplier = self.touch(no)?.supplier;
        self.touch(no)?.state = AttemptState::LateReversal;
        self.close_review_if_settled();
        self.order.turns = self.order.turns.saturating_add(1);
        let journal = if delivery.absorbed {
            rules::unabsorb(&self.order, self.order.turns, supplier, delivery.cost)
        } else {
            rules::reverse(&self.order, self.order.turns, supplier, delivery.cost)
        };
        self.pay(journal);
        self.open_case(CaseKind::Reversed, Some(delivery.cost));
        self.order.delivery = Some(Delivery {
            refunded: if delivery.absorbed {
                Money::ZERO
            } else {
                self.order.quote.sell
            },
            taken_back: true,
            ..delivery
        });
        self.order.state = OrderState::Reversed;
        self.rest();
        self.clear_guard();
        Ok(())
    }

    /// A person gives back `amount` of what the member paid. SUCCEEDED or `LATE_DELIVERED` stays what it is, until all of it went back: then REVERSED. The
    /// delivery stands, and its supplier owes us nothing for it.
    pub(super) fn refund(&mut self, reference: RefId, amount: Money) -> Result<(), Illegal> {
        let n = self.order.turns.saturating_add(1);
        let journal = rules::refund(&self.order, n, amount);
        let illegal = self.illegal("a refund");
        let left = self.order.refundable().checked_sub(amount);
        let left = left.filter(|left| *left >= Money::ZERO).ok_or(illegal)?;
        let delivery = self.order.delivery.as_mut().ok_or(illegal)?;
        delivery.refunded = delivery.refunded.checked_add(amount).ok_or(illegal)?;
        self.order.turns = n;
        self.order.refunds.push(Refunded {
            reference,
            amount,
            n,
        });
        self.pay(journal);
        if left == Money::ZERO {
            self.order.state = OrderState::Reversed;
            self.clear_guard();
        }
        Ok(())
    }

    /// A final order acts by itself only where one of its attempts is worth a look, or a read can settle a dispute (INV-26).
    pub(super) fn rest(&mut self) {
        let looks = self
            .attempts
            .iter()
            .filter_map(|attempt| watch::next_look(attempt, &self.order, self.ctx));
        let read = watch::next_read(&self.order, &self.attempts, self.ctx);
        self.order.next_action_at = looks.chain(read).min();
    }

    /// A surplus delivery was taken back: the supplier owes us its cost; the order stays as it is.
    fn reverse_surplus(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        let attempt = self.touch(no)?;
        attempt.state = AttemptState::LateReversal;
        let (supplier, cost) = (attempt.supplier, attempt.cost());
        self.close_review_if_settled();
        self.order.turns = self.order.turns.saturating_add(1);
        let journal = rules::unabsorb(&self.order, self.order.turns, supplier, cost);
        self.pay(journal);
        self.open_case(CaseKind::Reversed, Some(cost));
        Ok(())
    }

    /// Puts the order before a person; no money moves by itself but by an authenticated read begun after this (INV-21).
    pub(super) fn dispute(&mut self) {
        if self.order.is_disputed() {
            return;
        }
        self.close_review();
        self.order.review = Some(Review::Disputed {
            case: self.order.version,
            since: self.ctx.now,
        });
        self.open_case(CaseKind::Disputed, Some(self.order.quote.sell));
        self.alert("signals about an order contradict each other");
    }

    /// The contradiction is settled in favour of what was settled before it. What else was heard meanwhile is not: a delivery by another attempt
    /// after a reversal stays before a person.
    pub(super) fn uphold(&mut self, no: AttemptNo) -> Result<(), Illegal> {
        self.touch(no)?.reversal = None;
        if self.heard_attempts().any(|heard| heard == no) {
            return self.delivered_late(no);
        }
        if !self.order.is_taken_back() || self.heard_attempts().next().is_none() {
            self.close_review_if_settled();
        }
        Ok(())
    }

    /// Puts the order before a person; it still settles by itself (INV-33).
    pub(super) fn escalate(&mut self) {
        if self.order.review.is_none() {
            self.order.review = Some(Review::Escalated {
                case: self.order.version,
            });
            self.open_case(CaseKind::Escalated, Some(self.order.quote.sell));
            self.alert("an order waits for a person");
        }
    }
}
