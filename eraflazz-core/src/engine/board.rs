//! The board: what changes too fast for the catalog. Suppliers' funds, calls under way, health and breakers; in memory, per process, never persisted
//! (D8). It chooses routes and keeps itself current from the engine's own commits.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::again::{invited_retries, used_up};
use super::line::Line;
use super::settings::Settings;
use crate::catalog::{Destination, Mapping, Product, ProductKind, Quota, QuotaLeft, Snapshot};
use crate::ids::{MappingId, OrderId, ProductId, SupplierId, SupplierRef};
use crate::ledger::Receipt;
use crate::money::Money;
use crate::order::{Aggregate, Attempt, Class, Note, Order, OrderState, Plan, Route};
use crate::ports::Dice;
use crate::route::{
    BalanceRead, Breaker, Candidate, Explanation, Gate, Health, Note as Found, Outlook, RankInput,
    Sent, Strategy, SupplierFacts, Trip, rank,
};
use crate::supplier::{Reason, Reference};
use crate::text::{ProductCode, Target};
use crate::time::Timestamp;

mod funds;
mod pacing;
mod quotas;
mod seating;
mod seats;
mod slots;
mod view;

use pacing::Pacing;
pub(super) use pacing::{Shared, Shares};
use quotas::Quotas;
pub(super) use seating::Seating;
pub(super) use seats::{Lines, Seats};
pub use view::SupplierView;

pub(super) struct Board {
    seats: Seats,
    strategy: Box<dyn Strategy>,
    /// How what suppliers take is shared out among processes.
    shares: Shares,
    seating: ArcSwap<Seating>,
    state: Mutex<State>,
    held: AtomicI64,
    stopped: Mutex<Option<&'static str>>,
    /// Why no order is taken yet.
    withheld: ArcSwapOption<&'static str>,
}

#[derive(Default)]
struct State {
    suppliers: Vec<SupplierState>,
    routes: Vec<RouteState>,
    quotas: Quotas,
    /// Whether anything is known of what suppliers have of ours.
    knows_funds: bool,
}

#[derive(Default)]
struct SupplierState {
    prepaid: Money,
    exposure: Money,
    /// Caps of intents that are being committed.
    pending: Money,
    /// All that our books ever spent there, as far as this process saw it.
    spent: Money,
    read: Option<BalanceRead>,
    asked_at: Option<Timestamp>,
    /// Whether it was told that it runs low.
    is_low: bool,
    in_flight: u32,
    next_slot_at: Option<Timestamp>,
    pacing: Pacing,
    breaker: Breaker,
    /// How it has done with all its products together, for people to see.
    health: Health,
    trip: Trip,
    line: Line,
}

/// When a route is looked for, and what the dice gave for it.
#[derive(Clone, Copy)]
struct Moment {
    now: Timestamp,
    roll: u64,
}

fn roll_of(dice: &dyn Dice) -> u64 {
    let bytes = dice.roll().into_iter().take(8);
    bytes.fold(0, |roll, byte| (roll << 8) | u64::from(byte))
}

/// So many HELD orders look again within one `held_retry`.
const LOOKS_AT_ONCE: u64 = 100;

/// What a supplier has of ours, for metrics.
pub(super) struct Funds {
    pub(super) prepaid: Money,
    pub(super) exposure: Money,
    pub(super) in_flight: u32,
    pub(super) tripped: bool,
}

#[derive(Default)]
struct RouteState {
    health: Health,
    breaker: Breaker,
}

impl State {
    /// Makes room for so many suppliers and routes; what is there stays.
    fn seat(&mut self, suppliers: usize, routes: usize) {
        let suppliers = suppliers.max(self.suppliers.len());
        let routes = routes.max(self.routes.len());
        self.suppliers
            .resize_with(suppliers, SupplierState::default);
        self.routes.resize_with(routes, RouteState::default);
    }
}

impl Board {
    pub(super) fn new(seats: Seats, strategy: Box<dyn Strategy>, shares: Shares) -> Self {
        Self {
            seats,
            strategy,
            shares,
            seating: ArcSwap::default(),
            state: Mutex::default(),
            held: AtomicI64::new(0),
            stopped: Mutex::new(None),
            withheld: ArcSwapOption::empty(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code of the goods, in the catalog that was last taken.
    pub(super) fn product_code(&self, product: ProductId) -> Option<ProductCode> {
        let seating = self.seating.load();
        let product = seating.snapshot.product(product);
        product.map(|product| product.code.clone())
    }

    /// What each supplier has of ours, by its place among the engine's suppliers.
    pub(super) fn funds(&self) -> Vec<(usize, Funds)> {
        let seating = self.seating.load();
        let state = self.state();
        let seated = seating.seats.iter().zip(&state.suppliers);
        seated
            .filter_map(|(seat, supplier)| {
                let funds = Funds {
                    prepaid: supplier.prepaid,
                    exposure: supplier.exposure,
                    in_flight: supplier.in_flight,
                    tripped: supplier.trip.tripped().is_some(),
                };
                Some((seat.as_ref()?.place, funds))
            })
            .collect()
    }

    pub(super) fn held_depth(&self) -> u64 {
        u64::try_from(self.held.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// How long a HELD order waits before it looks again: longer the more of them there are, since each look is a commit. Who waits for a slot is called
    /// before that, when it is free.
    fn held_wait(&self, settings: &Settings) -> Duration {
        let crowd = u32::try_from(self.held_depth() / LOOKS_AT_ONCE).unwrap_or(u32::MAX);
        let wait = settings.policy.held_retry;
        wait.saturating_mul(crowd.saturating_add(1))
    }

    pub(super) fn held(&self, more: i64) {
        self.held.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn set_held(&self, depth: u64) {
        self.held
            .store(i64::try_from(depth).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Stops the acceptance of new orders (D29).
    pub(super) fn stop(&self, why: &'static str) {
        self.stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
    }

    pub(super) fn stopped(&self) -> Option<&'static str> {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Orders are not taken yet, for this reason; or they are.
    pub(super) fn withhold(&self, why: Option<&'static str>) {
        self.withheld.store(why.map(Arc::new));
    }

    pub(super) fn withheld(&self) -> Option<&'static str> {
        self.withheld.load().as_deref().copied()
    }

    /// Whether any route could sell the product now or soon (D17); if not, what was found of each.
    pub(super) fn is_sellable(
        &self,
        snapshot: &Arc<Snapshot>,
        product: &Product,
        cost_cap: Money,
        only: Option<MappingId>,
        destination: &Destination,
        now: Timestamp,
    ) -> Result<(), Explanation> {
        self.refresh(snapshot);
        let state = self.state();
        let at = Moment { now, roll: 0 };
        let is_its = |mapping: MappingId| match only {
            Some(only) => only == mapping,
            None => self.is_told(snapshot, product, destination, mapping),
        };
        let (outlook, why) = self.look(&state, snapshot, product, cost_cap, at, None, &[], is_its);
        match outlook {
            Outlook::Sellable | Outlook::OnlyWaiting { .. } => Ok(()),
            Outlook::Nothing => Err(why),
        }
    }

    /// The destination as the route's supplier is told it. `None` if it cannot be told: the product asks for other fields by now, or the form runs fields
    /// together although this supplier tells attempts apart by what it was told alone (INV-11).
    pub(super) fn told(
        &self,
        product: &Product,
        destination: &Destination,
        mapping: &Mapping,
    ) -> Option<Target> {
        let reference = self.seat(mapping.supplier)?.profile().reference;
        let is_apart = mapping
            .form
            .as_ref()
            .is_none_or(|form| form.tells_apart(product));
        let may_be = reference != Reference::Theirs || is_apart;
        may_be.then(|| mapping.target(product, destination))?
    }

    /// Whether it can be told. A supplier that the engine does not know is told nothing either way: why it is not bought from is said elsewhere.
    fn is_told(
        &self,
        snapshot: &Snapshot,
        product: &Product,
        destination: &Destination,
        mapping: MappingId,
    ) -> bool {
        let needs_form = !product.destination_fields().is_empty();
        !needs_form
            || snapshot.mapping(mapping).is_some_and(|mapping| {
                self.place(mapping.supplier).is_none()
                    || self.told(product, destination, mapping).is_some()
            })
    }

    /// What is found of each route of the order now. Takes nothing.
    pub(super) fn found(&self, order: &Order, attempts: &[Attempt], now: Timestamp) -> Explanation {
        let seating = self.seating.load_full();
        let Some(product) = seating.snapshot.product(order.product) else {
            return Explanation::default();
        };
        let (cap, tried) = (order.quote.cost_cap, used_up(attempts));
        let (state, at) = (self.state(), Moment { now, roll: 0 });
        let (_, mut why) = self.look(
            &state,
            &seating.snapshot,
            product,
            cap,
            at,
            Some(order.id),
            &tried,
            |_| true,
        );
        why.roll = None;
        why
    }

    /// Where something can be asked about these goods now, the best route first: an inquiry costs nothing, so what is left of our deposit is not looked at.
    pub(super) fn routes_to_ask(
        &self,
        snapshot: &Arc<Snapshot>,
        product: &Product,
        now: Timestamp,
    ) -> Vec<MappingId> {
        self.refresh(snapshot);
        let state = self.state();
        let asks = |mapping: MappingId| {
            let supplier = snapshot.mapping(mapping).map(|mapping| mapping.supplier);
            let seat = supplier.and_then(|supplier| self.seat(supplier));
            product.kind == ProductKind::Prepaid
                || seat.is_some_and(|seat| seat.profile().bills.is_some())
        };
        let cap = match product.kind {
            ProductKind::Prepaid => Money::MAX_AMOUNT,
            ProductKind::Postpaid => Money::ZERO,
        };
        let at = Moment { now, roll: 0 };
        let (_, why) = self.look(&state, snapshot, product, cap, at, None, &[], asks);
        let found = why.found.into_iter();
        found
            .filter(|(_, note)| note.may_be_asked())
            .map(|(id, _)| id)
            .collect()
    }

    /// The best route left for an order whose attempts are all proven undelivered. The route's slot and funds are reserved until its commit.
    pub(super) fn plan(
        &self,
        order: &Order,
        attempts: &[Attempt],
        now: Timestamp,
        settings: &Settings,
        dice: &dyn Dice,
    ) -> Plan {
        let seating = self.seating.load_full();
        let Some(product) = seating.snapshot.product(order.product) else {
            return Plan::Exhausted(Explanation::default());
        };
        // A bill is paid at most once, however that ended (E-35).
        if order.bill.is_some() && !attempts.is_empty() {
            return Plan::Exhausted(Explanation::default());
        }
        let only = order.bill.as_ref().map(|bill| bill.mapping);
        let snapshot = &seating.snapshot;
        let is_its = |mapping: MappingId| match only {
            Some(only) => only == mapping,
            None => self.is_told(snapshot, product, &order.destination, mapping),
        };
        let roll = if self.strategy.draws() {
            roll_of(dice)
        } else {
            0
        };
        let at = Moment { now, roll };
        let mut state = self.state();
        let (cap, id) = (order.quote.cost_cap, Some(order.id));
        let tried = used_up(attempts);
        let (outlook, why) = self.look(
            &state,
            &seating.snapshot,
            product,
            cap,
            at,
            id,
            &tried,
            is_its,
        );
        let soon = now.plus(self.held_wait(settings));
        match outlook {
            Outlook::Sellable => {
                return self.take(&mut state, &seating, order, why, now, settings, dice);
            }
            Outlook::OnlyWaiting { .. } => {
                state.line_up(order.id, &why, &seating.snapshot);
                return Plan::Wait { until: soon };
            }
            Outlook::Nothing => {}
        }
        let retries = invited_retries(attempts, &settings.policy.invited_retry);
        let due = |mapping: MappingId| {
            is_its(mapping)
                && retries
                    .iter()
                    .any(|(invited, at)| *invited == mapping && *at <= now)
        };
        let (outlook, again) = self.look(&state, &seating.snapshot, product, cap, at, id, &[], due);
        match outlook {
            Outlook::Sellable => {
                return self.take(&mut state, &seating, order, again, now, settings, dice);
            }
            Outlook::OnlyWaiting { .. } => {
                state.line_up(order.id, &again, &seating.snapshot);
                return Plan::Wait { until: soon };
            }
            Outlook::Nothing => {}
        }
        state.leave_lines(order.id);
        let later = retries
            .iter()
            .map(|(_, at)| *at)
            .filter(|at| *at > now && *at < order.deadline)
            .min();
        later.map_or(Plan::Exhausted(why), |until| Plan::Wait { until })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one private call with everything a ranking rests on"
    )]
    fn look(
        &self,
        state: &State,
        snapshot: &Snapshot,
        product: &Product,
        cost_cap: Money,
        Moment { now, roll }: Moment,
        order: Option<OrderId>,
        tried: &[MappingId],
        wanted: impl Fn(MappingId) -> bool,
    ) -> (Outlook, Explanation) {
        let day = now.business_day();
        let suppliers: Vec<SupplierFacts> = (0_u16..)
            .zip(&state.suppliers)
            .map(|(id, supplier)| {
                let id = SupplierId(id);
                let facts = self.facts(id, supplier, snapshot, now, order);
                SupplierFacts {
                    free_funds: supplier.free_funds(state.knows_funds, now),
                    quota: state.quotas.left_at(snapshot.supplier(id), day),
                    ..facts
                }
            })
            .collect();
        let mappings = snapshot
            .mappings_of(product.id)
            .iter()
            .filter(|mapping| wanted(mapping.id));
        let candidates: Vec<Candidate<'_>> = mappings
            .map(|mapping| {
                let route = state.routes.get(mapping.id.index());
                let health = route.map(|route| route.health).unwrap_or_default();
                let breaker = route
                    .map(|route| route.breaker.gate(now))
                    .unwrap_or_default();
                Candidate {
                    mapping,
                    health,
                    breaker,
                    quota: state.quotas.left_by(mapping, day),
                }
            })
            .collect();
        let input = RankInput {
            product,
            sold: snapshot.is_sold(product),
            candidates: &candidates,
            suppliers: &suppliers,
            cost_cap,
            tried,
            now,
            roll,
        };
        let ranking = rank(&input, &*self.strategy);
        (ranking.outlook, ranking.explanation)
    }

    fn facts(
        &self,
        id: SupplierId,
        supplier: &SupplierState,
        snapshot: &Snapshot,
        now: Timestamp,
        order: Option<OrderId>,
    ) -> SupplierFacts {
        let Some(seat) = self.seat(id) else {
            return SupplierFacts::default();
        };
        let profile = seat.profile();
        let slots = self.slots(profile, supplier);
        SupplierFacts {
            registered: true,
            active: snapshot.supplier(id).is_some_and(|info| info.active),
            cut_off: profile.cut_off,
            free_funds: None,
            quota: QuotaLeft::Any,
            in_flight: slots.taken_for(order, supplier, now),
            max_in_flight: slots.most,
            next_slot_at: slots.opens_at(supplier, now),
            breaker: supplier.breaker.gate(now),
            tripped: supplier.trip.tripped().is_some(),
        }
    }

    /// Takes the best route of a ranking: mints its reference, reserves a slot and its cap.
    #[expect(clippy::too_many_arguments, reason = "one private call")]
    fn take(
        &self,
        state: &mut State,
        seating: &Seating,
        order: &Order,
        why: Explanation,
        now: Timestamp,
        settings: &Settings,
        dice: &dyn Dice,
    ) -> Plan {
        let best = why
            .found
            .first()
            .and_then(|(id, _)| seating.snapshot.mapping(*id));
        let Some((mapping, seat)) =
            best.and_then(|mapping| Some((mapping, seating.seat(mapping.supplier)?)))
        else {
            return Plan::Exhausted(why);
        };
        let profile = seat.profile();
        let (supplier_ref, sku, target, cost) = if let Some(bill) = &order.bill {
            (
                bill.supplier_ref,
                bill.sku.clone(),
                bill.target.clone(),
                bill.cost,
            )
        } else {
            let product = seating.snapshot.product(order.product);
            let target = product.and_then(|known| self.told(known, &order.destination, mapping));
            let Some(target) = target else {
                return Plan::Exhausted(why);
            };
            let shape = match profile.reference {
                Reference::Ours { shape } => shape,
                Reference::Theirs => crate::ids::RefShape::Alphanumeric,
            };
            let (installation, epoch) = (settings.installation, settings.epoch);
            let minted = SupplierRef::mint(shape, installation, epoch, now, &dice.roll());
            (minted, mapping.sku.clone(), target, mapping.cost)
        };
        state.leave_lines(order.id);
        let cap = order.quote.cost_cap;
        let info = seating.snapshot.supplier(mapping.supplier);
        let supplier_quota = info.map_or_else(Quota::default, |info| info.quota);
        state
            .quotas
            .reserve(mapping, supplier_quota, cost, now.business_day());
        if let Some(supplier) = state.suppliers.get_mut(mapping.supplier.index()) {
            supplier.in_flight += 1;
            supplier.pending = supplier
                .pending
                .checked_add(cap)
                .unwrap_or(supplier.pending);
            supplier.next_slot_at = self.slots(profile, supplier).next(now);
            if supplier.breaker.gate(now) == Gate::Probe {
                supplier.breaker.begin_probe(now);
            }
        }
        if let Some(route) = state.routes.get_mut(mapping.id.index())
            && route.breaker.gate(now) == Gate::Probe
        {
            route.breaker.begin_probe(now);
        }
        Plan::Go(Box::new(Route {
            mapping: mapping.id,
            supplier: mapping.supplier,
            supplier_ref,
            sku,
            target,
            cost,
            lease: profile.lease(),
            exclusive: profile.reference == Reference::Theirs,
            supplier_quota,
            route_quota: mapping.quota,
            why,
        }))
    }

    /// A step is committed: exposure, prepaid and the number of HELD orders follow it.
    pub(super) fn committed(&self, before: &Aggregate, after: &Aggregate, receipt: &Receipt) {
        match (
            before.order.state == OrderState::Held,
            after.order.state == OrderState::Held,
        ) {
            (true, false) => self.held(-1),
            (false, true) => self.held(1),
            _ => {}
        }
        let mut state = self.state();
        release(&mut state, before, after, false);
        state.quotas.committed(before, after);
        let (was, is) = (before.order.state, after.order.state);
        if was != is && is != OrderState::Held {
            state.leave_lines(after.order.id);
        }
        for attempt in &after.attempts {
            let was = before
                .attempt(attempt.no)
                .map_or(Money::ZERO, Attempt::exposure);
            if let Some(supplier) = state.suppliers.get_mut(attempt.supplier.index()) {
                let moved = attempt
                    .exposure()
                    .checked_sub(was)
                    .and_then(|delta| supplier.exposure.checked_add(delta));
                supplier.exposure = moved.unwrap_or(supplier.exposure);
            }
        }
        drop(state);
        self.paid(receipt);
    }

    /// A step was not committed: what its route had reserved is free again.
    pub(super) fn not_committed(&self, before: &Aggregate, after: &Aggregate) {
        release(&mut self.state(), before, after, true);
    }

    pub(super) fn take_note(&self, note: &Note, after: &Aggregate, now: Timestamp) {
        let mut state = self.state();
        match note {
            Note::Trip { supplier, reason } => {
                if let Some(supplier) = state.suppliers.get_mut(supplier.index()) {
                    supplier.trip.trip(*reason, now);
                }
            }
            Note::Outcome {
                supplier,
                class,
                reason,
                ..
            } => {
                let Some(sent) = as_sent(*class, *reason) else {
                    return;
                };
                let attempt = after
                    .attempts
                    .iter()
                    .rev()
                    .find(|attempt| attempt.supplier == *supplier);
                if let (Some(outcome), Some(seat)) = (
                    sent.for_supplier(),
                    state.suppliers.get_mut(supplier.index()),
                ) {
                    seat.breaker.record(outcome, now);
                }
                if let (Some(outcome), Some(attempt)) = (sent.for_route(), attempt) {
                    if let Some(route) = state.routes.get_mut(attempt.mapping.index()) {
                        route.breaker.record(outcome, now);
                        route.health.record(outcome, attempt.age(now), now);
                    }
                    if let Some(seat) = state.suppliers.get_mut(supplier.index()) {
                        seat.health.record(outcome, attempt.age(now), now);
                    }
                }
            }
            Note::Balance { .. } | Note::RouteOff { .. } | Note::Alert { .. } => {}
        }
    }
}

/// Frees the reservation of an intent: its cap always (once committed it counts as exposure), its slot if it is not going to be called.
fn release(state: &mut State, before: &Aggregate, after: &Aggregate, slot_too: bool) {
    let begins_check = |attempt: &&Attempt| {
        let was_open = before.attempt(attempt.no).map(|was| was.call_open);
        attempt.call_open && was_open == Some(false)
    };
    if slot_too
        && let Some(attempt) = after.attempts.iter().find(begins_check)
        && let Some(supplier) = state.suppliers.get_mut(attempt.supplier.index())
    {
        supplier.in_flight = supplier.in_flight.saturating_sub(1);
    }
    for attempt in after.attempts.iter().skip(before.attempts.len()) {
        state.quotas.release(attempt);
        if let Some(supplier) = state.suppliers.get_mut(attempt.supplier.index()) {
            supplier.pending = supplier
                .pending
                .checked_sub(attempt.cap)
                .unwrap_or(Money::ZERO);
            if slot_too {
                supplier.in_flight = supplier.in_flight.saturating_sub(1);
            }
        }
    }
}

/// What a class says about the supplier, for health and breakers.
const fn as_sent(class: Class, reason: Reason) -> Option<Sent> {
    match class {
        Class::Success | Class::AwaitSn | Class::LateSuccess | Class::LateHeard | Class::Upheld => {
            Some(Sent::Delivered)
        }
        Class::RejectedUnformed | Class::RejectedFormed | Class::LateReversal => {
            Some(Sent::Rejected(reason))
        }
        Class::NotSent => Some(Sent::NotSent(reason)),
        Class::Unknown | Class::Doubt | Class::Conflict => Some(Sent::Unknown),
        Class::Nothing | Class::Pending | Class::ReversalHeard | Class::Hint => None,
    }
}
