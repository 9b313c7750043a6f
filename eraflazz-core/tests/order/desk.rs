//! A desk with one order on it: it makes decisions, commits them by the commit rule, and audits each commit by the law.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::catalog::{DestinationRule, Quota};
use eraflazz_core::commit::{CaseKind, Changes, Verdict, View, apply};
use eraflazz_core::ids::{
    AttemptNo, Epoch, InboxId, Installation, MappingId, MemberId, OrderId, RefShape, SupplierId,
    SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, Effect, Wallet};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    self, Aggregate, Attempt, AttemptState, Call, Channel, Context, Decision, Draft, Fingerprint,
    Heard, Illegal, Note, Order, OrderState, Plan, Policy, RefundAsked, RefundRefused, Review,
    Route, Ruling, Surroundings,
};
use eraflazz_core::pricing::Quote;
use eraflazz_core::route::{Explanation, Note as Found};
use eraflazz_core::supplier::{
    Callback, Claim, Formed, NotFound, Profile, Reason, Reference, Repeat, Sighting, SnPolicy,
    Status,
};
use eraflazz_core::text::{Operator, RefId, Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use uuid::Uuid;

use super::view::{Rows, money, product, rp};

pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
pub(crate) const SELL: i64 = 10_500;
pub(crate) const COST: i64 = 10_000;
pub(crate) const CAP: i64 = 10_400;
pub(crate) const FUNDS: i64 = 50_000;
pub(crate) const MEMBER: MemberId = MemberId(Uuid::from_u128(1));
pub(crate) const ONE: AttemptNo = AttemptNo(1);
pub(crate) const TWO: AttemptNo = AttemptNo(2);

pub(crate) const RESUBMIT: Status = Status::Resubmit {
    max_age: Duration::from_hours(90 * 24),
    min_interval: Duration::from_mins(1),
};

pub(crate) const YES: Claim = Claim::Refused {
    formed: Formed::Yes,
};
pub(crate) const NO: Claim = Claim::Refused { formed: Formed::No };
pub(crate) const DOUBTFUL: Claim = Claim::Refused {
    formed: Formed::Doubtful,
};

pub(crate) fn profile(status: Status) -> Profile {
    let minutes = |n| Duration::from_mins(n);
    Profile {
        status,
        reference: Reference::Ours {
            shape: RefShape::Alphanumeric,
        },
        callback: Callback::Signed,
        failed_ref_may_run_again: false,
        not_found: NotFound::NoProof,
        settle_delay: Duration::ZERO,
        reversal_window: minutes(7 * 24 * 60),
        poll: vec![minutes(2), minutes(3), minutes(3), minutes(3), minutes(3)],
        poll_later: minutes(30),
        poll_max_age: minutes(7 * 24 * 60),
        sn_policy: SnPolicy::ByProduct,
        repeat: Repeat::ByRef,
        bills: None,
        price_cap_field: true,
        cut_off: None,
        max_in_flight: 50,
        min_gap: Duration::ZERO,
        timeout: Duration::from_mins(1),
    }
}

/// What routing is told to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    Go(u16),
    GoAt(u16, i64),
    Wait(Duration),
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) profiles: Vec<Profile>,
    pub(crate) plans: RefCell<VecDeque<Next>>,
    /// Whether the order is called to a slot that is free.
    pub(crate) calls: bool,
    /// A supplier that is not in the settings any more.
    pub(crate) away: Option<u16>,
    minted: RefCell<u8>,
    now: Timestamp,
}

impl Surroundings for World {
    fn has_turn(&self, _: OrderId) -> bool {
        self.calls
    }

    fn profile(&self, supplier: SupplierId) -> Option<&Profile> {
        let is_there = self.away != Some(supplier.0);
        self.profiles.get(supplier.index()).filter(|_| is_there)
    }

    fn found(&self, _: &Order, _: &[Attempt]) -> Explanation {
        found()
    }

    fn plan(&self, _: &Order, attempts: &[Attempt]) -> Plan {
        assert!(
            attempts
                .iter()
                .all(|attempt| attempt.state.is_undelivered()),
            "INV-10: a route is sought while an attempt is not proven undelivered"
        );
        match self.plans.borrow_mut().pop_front() {
            None => Plan::Exhausted(found()),
            Some(Next::Wait(wait)) => Plan::Wait {
                until: self.now.plus(wait),
            },
            Some(Next::Go(supplier)) => self.route(supplier, COST),
            Some(Next::GoAt(supplier, cost)) => self.route(supplier, cost),
        }
    }
}

/// What is found where no route is left.
pub(crate) fn found() -> Explanation {
    Explanation {
        found: vec![(MappingId(0), Found::OverCap)],
        ..Explanation::default()
    }
}

impl World {
    fn route(&self, supplier: u16, cost: i64) -> Plan {
        let mut minted = self.minted.borrow_mut();
        *minted += 1;
        Plan::Go(Box::new(Route {
            mapping: MappingId(u32::from(supplier)),
            supplier: SupplierId(supplier),
            supplier_ref: SupplierRef::mint(
                RefShape::Alphanumeric,
                Installation::DEFAULT,
                Epoch::default(),
                self.now,
                &[*minted; 10],
            ),
            sku: Sku::new("xld10").unwrap(),
            target: Target::new("087800001233").unwrap(),
            cost: money(cost),
            lease: self.profiles[usize::from(supplier)].lease(),
            exclusive: self.profiles[usize::from(supplier)].reference == Reference::Theirs,
            supplier_quota: Quota::default(),
            route_quota: Quota::default(),
            why: Explanation::default(),
        }))
    }
}

pub(crate) struct Desk {
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) world: World,
    pub(crate) rows: Rows,
    pub(crate) call: Option<Call>,
    pub(crate) notes: Vec<Note>,
    inbox: u128,
    /// What the supplier has credited of what it owed, in hundredths.
    pub(crate) credited: i64,
}

/// What is fixed before the order is born.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) status: Status,
    pub(crate) sn_required: bool,
    pub(crate) late_success: LateSuccess,
}

impl Setup {
    pub(crate) const fn of(status: Status) -> Self {
        Self {
            status,
            sn_required: false,
            late_success: LateSuccess::Reclaim,
        }
    }
}

impl Desk {
    /// One accepted order, HELD; suppliers 0 to 2 of this kind.
    pub(crate) fn held(setup: Setup) -> Self {
        let mut wallet = Wallet::new(MEMBER, Money::ZERO);
        wallet.available = money(FUNDS);
        let mut desk = Self {
            now: START,
            policy: Policy::default(),
            world: World {
                profiles: vec![profile(setup.status); 3],
                plans: RefCell::default(),
                calls: false,
                away: None,
                minted: RefCell::new(0),
                now: START,
            },
            rows: Rows {
                wallet: Some(wallet),
                ..Rows::default()
            },
            call: None,
            notes: Vec::new(),
            inbox: 0,
            credited: 0,
        };
        let digits = DestinationRule::Digits { min: 5, max: 20 };
        let changes = order::accept(Draft {
            bill: None,
            id: OrderId(Uuid::from_u128(10)),
            trx_code: TrxCode::mint(START, &[1; 10]),
            member: MEMBER,
            ref_id: RefId::new("A-1").unwrap(),
            fingerprint: Fingerprint([0; 16]),
            product: product(),
            destination: digits.normalise("087800001233", false).unwrap().destination,
            counter: Some(1),
            quote: Quote {
                sell: money(SELL),
                base: money(COST),
                cost_cap: money(CAP),
                catalog_version: 1,
            },
            sn_required: setup.sn_required,
            late_success: setup.late_success,
            deadline: START.plus(desk.policy.order_deadline),
            now: START,
        });
        desk.commit(changes).unwrap();
        desk
    }

    /// One order with its first attempt being sent to supplier 0.
    pub(crate) fn sending(setup: Setup) -> Self {
        let mut desk = Self::held(setup);
        desk.then(Next::Go(0));
        desk.tend();
        assert_eq!(desk.call, Some(Call::Send(ONE)));
        desk
    }

    pub(crate) fn then(&self, next: Next) {
        self.world.plans.borrow_mut().push_back(next);
    }

    pub(crate) fn wait(&mut self, wait: Duration) {
        self.now = self.now.plus(wait);
        self.world.now = self.now;
    }

    pub(crate) fn wait_until(&mut self, at: Timestamp) {
        self.wait(at.since(self.now));
    }

    pub(crate) fn order(&self) -> &Order {
        self.rows.order.as_ref().unwrap()
    }

    pub(crate) fn last_entry(&self) -> &order::Entry {
        &self.rows.log.last().unwrap().entry
    }

    pub(crate) fn state(&self) -> OrderState {
        self.order().state
    }

    pub(crate) fn attempt(&self, no: u16) -> &Attempt {
        &self.rows.attempts[usize::from(no) - 1]
    }

    pub(crate) fn agg(&self) -> Aggregate {
        Aggregate {
            order: self.order().clone(),
            attempts: self.rows.attempts.clone(),
        }
    }

    pub(crate) fn ctx(&self) -> Context<'_> {
        Context {
            now: self.now,
            policy: &self.policy,
            world: &self.world,
        }
    }

    pub(crate) fn is_disputed(&self) -> bool {
        matches!(self.order().review, Some(Review::Disputed { .. }))
    }

    pub(crate) fn is_escalated(&self) -> bool {
        matches!(self.order().review, Some(Review::Escalated { .. }))
    }

    pub(crate) fn opened(&self, kind: CaseKind) -> bool {
        self.rows.opened.contains(&kind)
    }

    // --- Inputs --------------------------------------------------------------------------------------------------------

    pub(crate) fn reply(&mut self, no: u16, send: u32, sighting: Sighting) {
        self.hear(no, Channel::Reply { send }, vec![sighting])
            .unwrap();
    }

    pub(crate) fn callback(&mut self, no: u16, sighting: Sighting) {
        let channel = self.callback_channel(true);
        self.hear(no, channel, vec![sighting]).unwrap();
    }

    /// A callback about the first attempt that came then, and is applied only now.
    pub(crate) fn callback_of(&mut self, came: Timestamp, sighting: Sighting) {
        let mut channel = self.callback_channel(true);
        if let Channel::Callback { received_at, .. } = &mut channel {
            *received_at = came;
        }
        self.hear(1, channel, vec![sighting]).unwrap();
    }

    pub(crate) fn unsigned(&mut self, no: u16, sighting: Sighting) {
        let channel = self.callback_channel(false);
        self.hear(no, channel, vec![sighting]).unwrap();
    }

    /// A status read that begins and ends a second later.
    pub(crate) fn read(&mut self, no: u16, sighting: Sighting) {
        self.wait(Duration::from_secs(1));
        let began = self.now;
        self.wait(Duration::from_secs(1));
        self.hear(no, Channel::Status { began }, vec![sighting])
            .unwrap();
    }

    /// A callback that comes now, a moment after what came before it.
    pub(crate) fn callback_channel(&mut self, signed: bool) -> Channel {
        self.wait(Duration::from_millis(1));
        self.inbox += 1;
        let inbox = InboxId(Uuid::from_u128(self.inbox));
        self.rows.inbox.insert(inbox);
        Channel::Callback {
            inbox,
            signed,
            received_at: self.now,
        }
    }

    pub(crate) fn hear(
        &mut self,
        no: u16,
        channel: Channel,
        sightings: Vec<Sighting>,
    ) -> Result<(), Illegal> {
        let attempt = self.attempt(no);
        let mut taken = order::in_question(attempt, channel, &sightings, self.now);
        taken.retain(|named| self.rows.by_their_ref(attempt.supplier, named).is_some());
        let heard = Heard {
            channel,
            sightings,
            taken: taken.into_iter().collect(),
            raw: Bytes::from_static(b"{}"),
        };
        let decision = order::hear(&self.agg(), AttemptNo(no), heard, self.ctx())?;
        self.take(decision);
        Ok(())
    }

    /// Tends the order, whatever is due; false if nothing was.
    pub(crate) fn tend(&mut self) -> bool {
        self.tend_with_twin(false)
    }

    pub(crate) fn tend_with_twin(&mut self, twin: bool) -> bool {
        match order::tend(&self.agg(), twin, self.ctx()).unwrap() {
            Some(decision) => {
                self.take(decision);
                true
            }
            None => false,
        }
    }

    /// Goes to the next due time and tends the order.
    pub(crate) fn tend_when_due(&mut self) {
        self.wait_until(self.order().next_action_at.unwrap());
        assert!(self.tend());
    }

    pub(crate) fn resolve(&mut self, ruling: impl Into<Ruling>) -> Result<(), Illegal> {
        let by = Operator::new("sari").unwrap();
        let agg = self.agg();
        let reversed = agg.order.delivery.as_ref();
        let reversed = reversed.and_then(|delivery| agg.attempt(delivery.attempt));
        let owed = reversed.map_or(0, |attempt| {
            let account = Account::Dispute(attempt.supplier);
            self.rows.debit_balance(account) - self.credited
        });
        let in_dispute = Money::from_hundredths(owed);
        let decision = order::resolve(&agg, ruling.into(), by, in_dispute, self.ctx())?;
        self.take(decision);
        Ok(())
    }

    /// A person gives back `amount` under this reference; `false` if that was done before.
    pub(crate) fn refund(&mut self, reference: &str, amount: i64) -> Result<bool, RefundRefused> {
        let by = Operator::new("sari").unwrap();
        let asked = RefundAsked {
            reference: reference.parse().unwrap(),
            amount: money(amount),
            note: "goodwill".to_owned(),
        };
        let decision = order::refund(&self.agg(), &asked, by, self.ctx())?;
        let is_new = decision.is_some();
        if let Some(decision) = decision {
            self.take(decision);
        }
        Ok(is_new)
    }

    /// A person closes the only case of this kind.
    pub(crate) fn close_case(&mut self, kind: CaseKind) {
        self.try_to_close(kind).unwrap();
    }

    pub(crate) fn try_to_close(&mut self, kind: CaseKind) -> Result<(), Illegal> {
        let by = Operator::new("sari").unwrap();
        let mut all = self.rows.cases.keys().filter(|key| key.kind == kind);
        let (key, None) = (*all.next().unwrap(), all.next()) else {
            panic!("several cases of {kind:?}");
        };
        let decision = order::close_case(&self.agg(), key, "seen".to_owned(), by, self.ctx())?;
        self.take(decision);
        Ok(())
    }

    pub(crate) fn cancel(&mut self) -> Result<(), Illegal> {
        let decision = order::cancel(&self.agg(), self.ctx())?;
        self.take(decision);
        Ok(())
    }

    // --- Commit and audit ----------------------------------------------------------------------------------------------

    pub(crate) fn take(&mut self, decision: Decision) {
        let before = self.rows.clone();
        let writes_order = !decision.changes.orders.is_empty();
        self.commit(decision.changes).unwrap();
        self.call = decision.call;
        self.notes.extend(decision.notes);
        if writes_order {
            self.audit(&before);
        } else {
            let kept = (
                &before.order,
                &before.attempts,
                &before.log,
                &before.transfers,
            );
            let (order, attempts) = (&self.rows.order, &self.rows.attempts);
            assert_eq!(
                (order, attempts, &self.rows.log, &self.rows.transfers),
                kept
            );
        }
    }

    fn commit(&mut self, changes: Changes) -> Result<(), String> {
        match apply(vec![changes], &mut self.rows).pop() {
            Some(Verdict::Done(_)) => Ok(()),
            other => Err(format!("refused: {other:?}")),
        }
    }

    /// INV-14, INV-15: unless a dispute stands in the way, a late delivery has settled the order or is booked as a surplus.
    fn late_deliveries_are_booked(&self) {
        let order = self.order();
        for attempt in &self.rows.attempts {
            let settled_by = order.delivery.as_ref().map(|d| d.attempt);
            let surplus = order.effect(Effect::Surplus, attempt.no.0);
            let booked = settled_by == Some(attempt.no) || self.rows.has_effect(&surplus);
            let late = attempt.state == AttemptState::LateSuccess;
            assert!(
                !late || booked || self.is_disputed(),
                "INV-15: the late delivery of attempt {} is forgotten: {:?}",
                attempt.no.0,
                order.state
            );
        }
    }

    fn audit(&self, before: &Rows) {
        let (old, new) = (before.order.as_ref().unwrap(), self.order());
        assert_eq!(new.version, old.version + 1, "INV-8");
        let seen = |order: &Order| {
            let sn = order.delivery.as_ref().and_then(|d| d.sn.clone());
            (order.status(), order.review.is_some(), sn, order.refunded())
        };
        let more = u32::from(seen(old) != seen(new));
        assert_eq!(new.revision, old.revision + more, "INV-29");
        let touched = if more == 1 { self.now } else { old.updated_at };
        assert_eq!(new.updated_at, touched, "the public picture has one age");
        let live = self.rows.attempts.iter().filter(|a| a.state.is_live());
        assert!(live.count() <= 1, "INV-10");
        if new.state.is_open() {
            assert!(new.next_action_at.is_some(), "INV-33: {new:?}");
        }
        for (was, is) in before.attempts.iter().zip(&self.rows.attempts) {
            if is.sends > was.sends {
                assert!(was.state.is_open() && old.state == OrderState::InFlight(was.no));
                assert!(
                    !was.surplus
                        && old
                            .review
                            .is_none_or(|r| matches!(r, Review::Escalated { .. }))
                );
            }
            assert!(
                is_a_move(was.state, is.state, self.by_a_person()),
                "{was:?} -> {is:?}"
            );
        }
        self.late_deliveries_are_booked();
        if let Some(Call::Send(no)) = self.call {
            let state = self
                .rows
                .attempts
                .iter()
                .find(|a| a.no == no)
                .unwrap()
                .state;
            assert!(state.is_open(), "a send after proof: {state:?}");
        }
        self.recount();
    }

    fn by_a_person(&self) -> bool {
        matches!(
            self.rows.log.last().map(|row| &row.entry),
            Some(order::Entry::Resolved { .. })
        )
    }

    /// The books of this order by its state, from the transfers alone (INV-1, INV-3, INV-7, INV-15).
    fn recount(&self) {
        let (rows, wallet) = (&self.rows, self.rows.wallet.unwrap());
        let available = rp(FUNDS) - rows.debit_balance(Account::Available(MEMBER));
        let held = -rows.debit_balance(Account::Held(MEMBER));
        let owed = rows.debit_balance(Account::Receivable(MEMBER));
        let revenue = -rows.debit_balance(Account::Revenue);
        assert_eq!(wallet.available.hundredths(), available);
        assert_eq!(wallet.held.hundredths(), held);
        assert_eq!(wallet.receivable.hundredths(), owed);
        let delivery = self.order().delivery.as_ref();
        let absorbed = delivery.is_some_and(|d| d.absorbed);
        let back = delivery.map_or(0, |d| d.refunded.hundredths());
        let (holds, pays) = match self.state() {
            OrderState::Held | OrderState::InFlight(_) => (SELL, 0),
            OrderState::LateDelivered | OrderState::Reversed if absorbed => (0, 0),
            OrderState::Succeeded | OrderState::LateDelivered | OrderState::Reversed => (0, SELL),
            OrderState::Returned(_) | OrderState::Refused(_) => (0, 0),
        };
        let is_reversed = self.state() == OrderState::Reversed && !absorbed;
        assert_eq!(back == rp(SELL), is_reversed, "E-20: {:?}", self.state());
        let kept = rp(pays) - back;
        assert_eq!((held, revenue), (rp(holds), kept), "{:?}", self.state());
        assert_eq!(available + held - owed + revenue, rp(FUNDS), "INV-7");
        let (cogs, loss) = (
            rows.debit_balance(Account::Cogs),
            rows.debit_balance(Account::LossDelivery),
        );
        assert_eq!(rows.billed(), cogs + loss + rows.disputed_with_suppliers());
    }
}

/// The moves of an attempt, written down from section 6 of the law.
fn is_a_move(from: AttemptState, to: AttemptState, by_a_person: bool) -> bool {
    use AttemptState::{
        AwaitSn, Conflict, LateReversal, LateSuccess, NotSent, Pending, Rejected, Sending, Success,
        Unknown, Withheld,
    };
    from == to
        || match from {
            Sending => !matches!(to, LateSuccess | LateReversal),
            Unknown => matches!(
                to,
                Pending | AwaitSn | Rejected { .. } | Success | Conflict | NotSent | Withheld
            ),
            Pending => matches!(to, AwaitSn | Rejected { .. } | Success | Conflict),
            AwaitSn => matches!(to, Rejected { .. } | Success | Conflict),
            Conflict => matches!(to, Rejected { .. } | Success),
            NotSent | Withheld | Rejected { .. } => to == LateSuccess,
            Success => to == LateReversal,
            LateSuccess => by_a_person && to == LateReversal,
            LateReversal => by_a_person && to == LateSuccess,
        }
}

// --- Sightings -----------------------------------------------------------------------------------------------------------

/// A sighting of this attempt with every name right.
pub(crate) fn sees(attempt: &Attempt, claim: Claim, reason: Reason) -> Sighting {
    Sighting {
        our_ref: Some(attempt.supplier_ref),
        their_ref: attempt.their_ref.clone(),
        sku: Some(attempt.sku.clone()),
        target: Some(attempt.target.clone()),
        ..Sighting::new(claim, reason)
    }
}

impl Desk {
    pub(crate) fn sees(&self, no: u16, claim: Claim) -> Sighting {
        sees(self.attempt(no), claim, Reason::Other)
    }

    pub(crate) fn sees_because(&self, no: u16, claim: Claim, reason: Reason) -> Sighting {
        sees(self.attempt(no), claim, reason)
    }

    /// Delivered with a serial number, billed at the expected cost.
    pub(crate) fn delivered(&self, no: u16) -> Sighting {
        Sighting {
            sn: Some(Sn::new("SN-0001").unwrap()),
            price: Some(money(COST)),
            ..self.sees(no, Claim::Delivered)
        }
    }
}

pub(crate) fn their_ref(text: &str) -> TheirRef {
    TheirRef::new(text).unwrap()
}
