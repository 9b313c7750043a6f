//! Operators: they rule by the supplier's statement, close cases, open routes again, take deposits and pay suppliers.

mod prices;
mod refunds;

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::commit::{Case, CaseKind};
use eraflazz_core::engine::{Engine, FloatMove, MoneyMove, Orphan};
use eraflazz_core::ids::{BankId, MappingId, MemberId, OrderId};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, OrderState, Resolution, Ruling, RulingKind, may_rule_of,
};
use eraflazz_core::ports::{Clock as _, Page};
use eraflazz_core::text::{Operator, Sn};

use crate::auditor::{Listed, Orphaned, Reason};
use crate::chance::Chance;
use crate::door::{Door, PATIENCE};
use crate::fault::Fault;
use crate::scene::{Scene, number_of, parcel_of, reference_number, since_morning, sn_text};
use crate::trace::Event;
use crate::vendor::{Truth, Vendor};

pub use prices::Prices;

/// How old an attempt must be before its absence from a statement proves anything: nothing is on its way any more.
const LONG_AGO: Duration = Duration::from_hours(1);

/// Operators as a whole.
#[derive(Debug)]
pub struct Operators {
    pub(crate) scene: Arc<Scene>,
    pub(crate) door: Arc<Door>,
    pub(crate) vendors: Vec<Arc<Vendor>>,
    pub(crate) members: Vec<MemberId>,
    pub(crate) mappings: u32,
    pub(crate) chance: Chance,
}

fn somebody() -> Operator {
    Operator::new("owner").unwrap_or_else(|_| unreachable!("a good name"))
}

impl Operators {
    /// Works as long as the sale lasts.
    pub async fn work(self: Arc<Self>) {
        let mut round = 0_u64;
        // Once nothing goes wrong any more they go home, so that it is seen what the engine would show them the next morning.
        while !self.scene.faults.are_over() {
            tokio::time::sleep(self.chance.millis(300_000, 1_800_000)).await;
            round += 1;
            self.round(round).await;
        }
    }

    /// One round: cases, deposits, suppliers.
    pub async fn round(&self, round: u64) {
        let Some(engine) = self.door.engine() else {
            return;
        };
        self.edit_catalog(&engine).await;
        self.refill(&engine, round).await;
        self.give_back(&engine, round).await;
        self.work_off(&engine).await;
    }

    /// The whole queue, as the engine shows it; `None` if it cannot be read now.
    pub async fn queue(&self, engine: &Engine) -> Option<Vec<Case>> {
        let mut page = Page::first(Page::MAX);
        let mut all = Vec::new();
        loop {
            let read = tokio::time::timeout(PATIENCE, engine.open_cases(&page)).await;
            let cases = read.ok()?.ok()?;
            let is_last = cases.len() < page.limit;
            page.skip += cases.len();
            all.extend(cases);
            if is_last {
                return Some(all);
            }
        }
    }

    /// The callbacks that name nothing of ours or were quarantined, as the engine shows them; `None` if they cannot be read now.
    pub async fn orphans(&self, engine: &Engine) -> Option<Vec<Orphaned>> {
        let orphaned = |orphan: &Orphan| {
            let target = orphan
                .sightings
                .iter()
                .find_map(|said| said.target.clone())?;
            Some(Orphaned {
                supplier: orphan.supplier.0,
                parcel: parcel_of(target.as_str())?,
                since: since_morning(orphan.received_at),
            })
        };
        let mut page = Page::first(Page::MAX);
        let mut all = Vec::new();
        loop {
            let read = tokio::time::timeout(PATIENCE, engine.orphans(&page)).await;
            let orphans = read.ok()?.ok()?;
            all.extend(orphans.iter().filter_map(orphaned));
            page.skip += orphans.len();
            if orphans.len() < page.limit {
                return Some(all);
            }
        }
    }

    /// An orphan speaks of these goods: whoever sees it compares what the suppliers' statements show of them with how their order stands.
    pub async fn compare(&self, engine: &Engine, order: OrderId) {
        self.rule_on(engine, order, |_, _| true).await;
    }

    /// Looks into whatever the engine shows, and into nothing else. Says whether there was anything.
    pub async fn work_off(&self, engine: &Engine) -> bool {
        let Some(cases) = self.queue(engine).await else {
            return true;
        };
        let is_empty = cases.is_empty();
        for case in cases {
            let now = self.scene.millis();
            self.scene.auditor().shown(listed(&case), now);
            self.look_into(engine, case).await;
        }
        !is_empty
    }

    async fn look_into(&self, engine: &Engine, case: Case) {
        match case.key.kind {
            CaseKind::Escalated | CaseKind::Disputed => {
                self.rule(engine, OrderId(case.key.subject.0)).await;
                return;
            }
            CaseKind::Broken => {
                let id = OrderId(case.key.subject.0);
                let read = tokio::time::timeout(PATIENCE, engine.aggregate(id)).await;
                let goods = read.ok().and_then(Result::ok).flatten();
                let goods = goods.and_then(|agg| parcel_of(agg.order.destination.as_str()));
                let what = "the ledger refused a step that would have broken the books, and froze the wallet";
                self.scene.object(goods, what.to_owned());
            }
            CaseKind::OverCap => self.open_routes(engine).await,
            CaseKind::Hinted => {
                if self.rule(engine, OrderId(case.key.subject.0)).await != Looked::NothingToRule {
                    // Who could not look closes nothing; what was said of another attempt is looked into by itself.
                    return;
                }
            }
            CaseKind::Unreadable => {
                // What it said nobody could read: whoever sees it compares the order with what the suppliers' statements show.
                let order = OrderId(case.key.subject.0);
                if self.rule_on(engine, order, |_, _| true).await == Looked::InVain {
                    return;
                }
            }
            CaseKind::Surplus => {
                let looked = self.rule(engine, OrderId(case.key.subject.0)).await;
                if looked == Looked::InVain {
                    return;
                }
            }
            CaseKind::LateSuccess
            | CaseKind::Reversed
            | CaseKind::Orphan
            | CaseKind::DepositAmount
            | CaseKind::DepositTurned => {}
        }
        self.close(engine, &case).await;
    }

    /// Closes a case, having seen how its order stands.
    async fn close(&self, engine: &Engine, case: &Case) {
        let read = engine.aggregate(OrderId(case.key.subject.0));
        if let Ok(Ok(Some(agg))) = tokio::time::timeout(PATIENCE, read).await {
            self.scene.tell(&agg.order, "reading");
        }
        let by = somebody();
        // Whether or not it is heard that the closing was written: if it was not, the case is in the queue still.
        let seen = listed(case);
        self.scene.auditor().closed(seen.id, seen.reason);
        let closing = engine.close_case(case.key, "seen", &by);
        let _ = tokio::time::timeout(PATIENCE, closing).await;
    }

    /// Routes that billed too much are opened again once somebody has spoken with the supplier.
    async fn open_routes(&self, engine: &Engine) {
        let all = (0..self.mappings).map(|mapping| CatalogChange::SetMappingActive {
            mapping: MappingId(mapping),
            active: true,
        });
        let _ = tokio::time::timeout(PATIENCE, engine.change_catalog(all.collect())).await;
    }

    /// A route is closed during the sale; the next round opens it again.
    async fn edit_catalog(&self, engine: &Engine) {
        if self.scene.strikes(Fault::CatalogEdited, None) {
            let mapping = self.chance.below(u64::from(self.mappings));
            let change = CatalogChange::SetMappingActive {
                mapping: MappingId(u32::try_from(mapping).unwrap_or(0)),
                active: false,
            };
            let _ = tokio::time::timeout(PATIENCE, engine.change_catalog(vec![change])).await;
        } else {
            self.open_routes(engine).await;
        }
    }

    /// Deposits of members, and our own at suppliers.
    async fn refill(&self, engine: &Engine, round: u64) {
        for vendor in &self.vendors {
            if vendor.balance() < vendor.price() * 500 {
                self.pay_supplier(
                    engine,
                    vendor,
                    &format!("round {round}"),
                    vendor.price() * 5_000,
                )
                .await;
            }
        }
        let member = self.chance.below(self.members.len() as u64);
        let amount = i64::try_from(self.chance.between(1, 200)).unwrap_or(1) * 1_000_000;
        let member = u16::try_from(member).unwrap_or(0);
        self.deposit(engine, member, &format!("round {round}"), amount)
            .await;
    }

    /// Money of a member comes in. Entered until it is known to be in the books; the same line counts once (D37).
    pub async fn deposit(&self, engine: &Engine, member: u16, reference: &str, amount: i64) {
        let money = MoneyMove {
            source: "bank".to_owned(),
            reference: format!("m{member} {reference}"),
            amount: Money::from_hundredths(amount),
            by: somebody(),
        };
        self.scene.auditor().deposited(member, amount);
        self.scene.note(Event::Deposits { member, amount });
        let id = self.members[usize::from(member)];
        let twice = self.scene.strikes(Fault::OperatorRepeats, None);
        let mut engine = engine.clone();
        let mut done = 0;
        while done <= u32::from(twice) {
            let entered = engine.deposit(id, BankId(0), money.clone());
            if matches!(tokio::time::timeout(PATIENCE, entered).await, Ok(Ok(_))) {
                done += 1;
                continue;
            }
            engine = self.engine_again().await;
        }
    }

    pub(super) async fn engine_again(&self) -> Engine {
        loop {
            tokio::time::sleep(Duration::from_secs(20)).await;
            if let Some(engine) = self.door.engine() {
                return engine;
            }
        }
    }

    /// Money of ours goes to a supplier.
    pub async fn pay_supplier(
        &self,
        engine: &Engine,
        vendor: &Vendor,
        reference: &str,
        amount: i64,
    ) {
        let money = MoneyMove {
            source: "bank".to_owned(),
            reference: format!("s{} {reference}", vendor.id),
            amount: Money::from_hundredths(amount),
            by: somebody(),
        };
        vendor.top_up(amount);
        self.scene.auditor().floated(vendor.id, amount);
        let mut engine = engine.clone();
        loop {
            let bought = FloatMove::Bought(BankId(0));
            let entered = engine.float(vendor.supplier_id(), bought, money.clone());
            if matches!(tokio::time::timeout(PATIENCE, entered).await, Ok(Ok(_))) {
                return;
            }
            engine = self.engine_again().await;
        }
    }

    /// Rules about what the engine asks of an order, by what the suppliers' statements show.
    pub async fn rule(&self, engine: &Engine, order: OrderId) -> Looked {
        self.rule_on(engine, order, Aggregate::is_asked_about).await
    }

    /// Rules about the first of these attempts of which a statement shows enough, and otherwise than the order stands.
    async fn rule_on(
        &self,
        engine: &Engine,
        order: OrderId,
        is_looked_at: impl Fn(&Aggregate, &Attempt) -> bool,
    ) -> Looked {
        let agg = match tokio::time::timeout(PATIENCE, engine.aggregate(order)).await {
            Ok(Ok(Some(agg))) => agg,
            // A case of no order.
            Ok(Ok(None)) => return Looked::NothingToRule,
            Ok(Err(_)) | Err(_) => return Looked::InVain,
        };
        let looked_at = agg.attempts.iter().filter(|it| is_looked_at(&agg, it));
        let ruled = looked_at.filter_map(|attempt| {
            let resolution = self.resolution(&agg, attempt)?;
            Some((attempt, resolution))
        });
        // Waiting longer is what is left where no statement shows anything.
        let ruled =
            ruled.min_by_key(|(_, resolution)| resolution.kind() == RulingKind::KeepWaiting);
        let Some((attempt, resolution)) = ruled else {
            return Looked::NothingToRule;
        };
        // What was refused, or got no answer, is looked at again: nobody closes a case over it.
        if self.enter(engine, &agg, attempt, resolution).await {
            Looked::Ruled
        } else {
            Looked::InVain
        }
    }

    /// What a person rules of an attempt, whose supplier's statement shows this of it.
    fn resolution(&self, agg: &Aggregate, attempt: &Attempt) -> Option<Resolution> {
        let may = may_rule_of(agg, attempt.no);
        let is_old = attempt.age(self.scene.clock.now()) > LONG_AGO;
        match self.truth(attempt) {
            Truth::Delivered { sn, cost } => {
                let sn = || Sn::new(&sn_text(sn)).ok();
                // What a second delivery cost is booked already.
                let is_booked = attempt.surplus
                    && matches!(
                        attempt.state,
                        AttemptState::Success | AttemptState::LateSuccess
                    );
                let cost = (!is_booked).then_some(Money::from_hundredths(cost));
                let mut all = vec![
                    Resolution::Delivered { sn: sn(), cost },
                    Resolution::Reclaim { sn: sn(), cost },
                    Resolution::Absorb { sn: sn(), cost },
                ];
                all.retain(|one| may.contains(&one.kind()));
                let last = u64::try_from(all.len()).ok()?.checked_sub(1)?;
                let chosen = if last == 0 {
                    0
                } else {
                    self.chance.between(0, last)
                };
                Some(all.swap_remove(usize::try_from(chosen).ok()?))
            }
            Truth::Undelivered if may.contains(&RulingKind::NotDelivered) => Some(not_delivered()),
            Truth::Unknown if is_old && may.contains(&RulingKind::NotDelivered) => {
                Some(not_delivered())
            }
            Truth::Unknown | Truth::Open
                if agg.order.state == OrderState::InFlight(attempt.no)
                    && agg.order.review.is_some() =>
            {
                let until = self.scene.clock.now().plus(LONG_AGO);
                Some(Resolution::KeepWaiting { until })
            }
            Truth::Unknown | Truth::Open | Truth::Undelivered => None,
        }
    }

    async fn enter(
        &self,
        engine: &Engine,
        agg: &Aggregate,
        attempt: &Attempt,
        resolution: Resolution,
    ) -> bool {
        let mut is_done = false;
        let parcel = parcel_of(attempt.target.as_str()).unwrap_or(u32::MAX);
        let what = match &resolution {
            Resolution::Delivered { .. } => "delivered",
            Resolution::NotDelivered { .. } => "not delivered",
            Resolution::KeepWaiting { .. } => "wait",
            Resolution::Reclaim { .. } => "the member pays",
            Resolution::Absorb { .. } => "the house pays",
            Resolution::Cancel => "cancel",
        };
        let verdict = match &resolution {
            Resolution::Delivered { .. }
            | Resolution::Reclaim { .. }
            | Resolution::Absorb { .. } => Some(true),
            Resolution::NotDelivered { .. } => Some(false),
            Resolution::KeepWaiting { .. } | Resolution::Cancel => None,
        };
        if let Some(delivered) = verdict {
            let reference = reference_number(&attempt.supplier_ref);
            let at = self.scene.waited();
            self.scene.auditor().ruled(parcel, reference, delivered, at);
        }
        let house = match resolution {
            Resolution::Absorb { .. } => Some(true),
            Resolution::Reclaim { .. } => Some(false),
            Resolution::Delivered { .. }
            | Resolution::NotDelivered { .. }
            | Resolution::KeepWaiting { .. }
            | Resolution::Cancel => None,
        };
        if let (Some(house), Some(number)) = (house, number_of(&agg.order)) {
            // It may be written although nobody hears of it.
            self.scene.auditor().may_rule_who_pays(number, house);
        }
        let about = resolution.kind().is_about_an_attempt();
        let ruling = Ruling {
            resolution: resolution.clone(),
            attempt: about.then_some(attempt.no),
        };
        let twice = self.scene.strikes(Fault::OperatorRepeats, Some(parcel));
        for _ in 0..=u32::from(twice) {
            let ruling =
                engine.resolve_as_seen(agg.order.id, agg.order.version, ruling.clone(), somebody());
            let done = matches!(tokio::time::timeout(PATIENCE, ruling).await, Ok(Ok(_)));
            is_done |= done;
            if let (true, Some(delivered)) = (done, verdict) {
                let reference = reference_number(&attempt.supplier_ref);
                self.scene
                    .auditor()
                    .ruling_stands(parcel, reference, delivered);
            }
            if let (true, Some(house), Some(number)) = (done, house, number_of(&agg.order)) {
                self.scene.auditor().ruled_who_pays(number, house);
            }
            self.scene.note(Event::Rules {
                goods: parcel,
                what,
                done,
            });
        }
        is_done
    }

    fn truth(&self, attempt: &Attempt) -> Truth {
        let vendor = &self.vendors[attempt.supplier.index()];
        vendor.truth(&attempt.supplier_ref)
    }
}

/// A case in the auditor's words.
pub fn listed(case: &Case) -> Listed {
    Listed {
        id: case.key.subject.0.as_u128(),
        reason: match case.key.kind {
            CaseKind::Escalated => Reason::Escalated,
            CaseKind::Disputed => Reason::Disputed,
            CaseKind::LateSuccess => Reason::LateSuccess,
            CaseKind::Reversed => Reason::Reversed,
            CaseKind::Surplus => Reason::Surplus,
            CaseKind::OverCap => Reason::OverCap,
            CaseKind::Broken => Reason::Broken,
            // There are no gateways in these worlds.
            CaseKind::Unreadable | CaseKind::DepositAmount | CaseKind::DepositTurned => {
                Reason::Unreadable
            }
            CaseKind::Orphan => Reason::Orphan,
            CaseKind::Hinted => Reason::Hinted,
        },
        since: since_morning(case.opened_at),
        until: since_morning(case.deadline),
    }
}

/// What came of looking how an order stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// The engine could not say.
    InVain,
    /// It stands as the statements show it, or they show nothing.
    NothingToRule,
    /// A ruling was entered.
    Ruled,
}

fn not_delivered() -> Resolution {
    Resolution::NotDelivered {
        proof: "the supplier's statement".to_owned(),
    }
}
