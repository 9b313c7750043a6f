#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use rstest::rstest;

use super::*;
use crate::catalog::sample::{self, rupiah};
use crate::route::{Cheapest, Outcome, Priority, SuccessRate, Weighted};

/// 2026-01-01, noon in Jakarta.
pub(super) const NOON: Timestamp = Timestamp::from_micros(1_767_243_600_000_000);

pub(super) fn later(seconds: u64) -> Timestamp {
    NOON.plus(Duration::from_secs(seconds))
}

fn fit() -> SupplierFacts {
    SupplierFacts {
        registered: true,
        active: true,
        max_in_flight: 4,
        ..SupplierFacts::default()
    }
}

/// One product, routes 0 (alpha, 10,400) and 1 (beta, 10,450); the cap is 11,000.
#[derive(Debug)]
pub(super) struct World {
    pub(super) product: Product,
    pub(super) mappings: Vec<Mapping>,
    pub(super) health: Vec<Health>,
    pub(super) gates: Vec<Gate>,
    pub(super) quotas: Vec<QuotaLeft>,
    pub(super) suppliers: Vec<SupplierFacts>,
    pub(super) cost_cap: Money,
    pub(super) tried: Vec<MappingId>,
    pub(super) now: Timestamp,
    pub(super) roll: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            product: sample::product(0, "X10", 10_500),
            mappings: vec![
                sample::mapping(0, 0, 0, 10_400),
                sample::mapping(1, 0, 1, 10_450),
            ],
            health: vec![Health::default(); 2],
            gates: vec![Gate::Closed; 2],
            quotas: vec![QuotaLeft::Any; 2],
            suppliers: vec![fit(); 2],
            cost_cap: rupiah(11_000),
            tried: Vec::new(),
            now: NOON,
            roll: 0,
        }
    }

    pub(super) fn rank(&self, strategy: &dyn Strategy) -> Ranking {
        let candidates: Vec<_> = self
            .mappings
            .iter()
            .zip(&self.health)
            .zip(&self.gates)
            .zip(&self.quotas)
            .map(|(((mapping, &health), &breaker), &quota)| Candidate {
                mapping,
                health,
                breaker,
                quota,
            })
            .collect();
        rank(
            &RankInput {
                product: &self.product,
                sold: self.product.active,
                candidates: &candidates,
                suppliers: &self.suppliers,
                cost_cap: self.cost_cap,
                tried: &self.tried,
                now: self.now,
                roll: self.roll,
            },
            strategy,
        )
    }

    pub(super) fn order(&self, strategy: &dyn Strategy) -> Vec<u32> {
        self.rank(strategy).order().map(|id| id.0).collect()
    }
}

fn note_of(ranking: &Ranking, id: u32) -> Note {
    let found = ranking.explanation.found.iter().find(|(of, _)| of.0 == id);
    found.unwrap().1
}

#[test]
fn the_cheapest_is_chosen_and_the_rest_explained() {
    let ranking = World::new().rank(&Cheapest);
    assert_eq!(ranking.best(), Some(MappingId(0)));
    assert_eq!(
        ranking.explanation.found,
        [
            (MappingId(0), Note::Chosen),
            (MappingId(1), Note::Ranked(1))
        ]
    );
    assert_eq!(ranking.outlook, Outlook::Sellable);
}

#[rstest]
#[case::switched_off(|w: &mut World| w.mappings[0].active = false, Note::Inactive)]
#[case::not_listed(|w: &mut World| w.mappings[0].listed = false, Note::Inactive)]
#[case::supplier_off(|w: &mut World| w.suppliers[0].active = false, Note::SupplierInactive)]
#[case::not_registered(|w: &mut World| w.suppliers[0].registered = false, Note::NotRegistered)]
#[case::tried(|w: &mut World| w.tried.push(MappingId(0)), Note::AlreadyTried)]
#[case::no_stock(|w: &mut World| w.mappings[0].stock = Some(0), Note::OutOfStock)]
#[case::cut_off(|w: &mut World| w.mappings[0].cut_off = Some("12:05-12:30".parse().unwrap()), Note::CutOff)]
#[case::supplier_cut_off(|w: &mut World| w.suppliers[0].cut_off = Some("11:00-12:30".parse().unwrap()), Note::CutOff)]
#[case::over_cap(|w: &mut World| w.mappings[0].cost = rupiah(11_001), Note::OverCap)]
#[case::out_of_balance(|w: &mut World| w.suppliers[0].free_funds = Some(rupiah(10_999)), Note::OutOfBalance)]
#[case::quota_is_reached(|w: &mut World| w.quotas[0] = QuotaLeft::Nothing, Note::OverQuota)]
#[case::quota_is_too_small(|w: &mut World| w.quotas[0] = QuotaLeft::UpTo(rupiah(10_399)), Note::OverQuota)]
#[case::supplier_quota(|w: &mut World| w.suppliers[0].quota = QuotaLeft::UpTo(rupiah(10_399)), Note::OverQuota)]
#[case::tripped(|w: &mut World| w.suppliers[0].tripped = true, Note::Tripped)]
#[case::breaker(|w: &mut World| w.gates[0] = Gate::Open { until: later(60) }, Note::BreakerOpen)]
#[case::supplier_breaker(|w: &mut World| w.suppliers[0].breaker = Gate::Open { until: later(60) }, Note::BreakerOpen)]
#[case::full(|w: &mut World| w.suppliers[0].in_flight = 4, Note::Full)]
#[case::spaced(|w: &mut World| w.suppliers[0].next_slot_at = Some(later(1)), Note::Spaced)]
fn a_route_that_cannot_be_sold_by_is_skipped(#[case] spoil: fn(&mut World), #[case] note: Note) {
    let mut world = World::new();
    spoil(&mut world);
    let ranking = world.rank(&Cheapest);
    assert_eq!(ranking.order().collect::<Vec<_>>(), [MappingId(1)]);
    assert_eq!(note_of(&ranking, 0), note);
    assert_eq!(note_of(&ranking, 1), Note::Chosen);

    // Alone it leaves nothing, unless waiting mends it (D17).
    world.mappings.truncate(1);
    let alone = world.rank(&Cheapest);
    assert_eq!(alone.best(), None);
    assert_eq!(
        matches!(alone.outlook, Outlook::OnlyWaiting { .. }),
        note.is_waiting()
    );
    assert_ne!(alone.outlook, Outlook::Sellable);
}

#[rstest]
#[case::some_stock(|w: &mut World| w.mappings[0].stock = Some(1))]
#[case::outside_the_window(|w: &mut World| w.mappings[0].cut_off = Some("12:11-12:30".parse().unwrap()))]
#[case::at_the_cap(|w: &mut World| w.mappings[0].cost = rupiah(11_000))]
#[case::just_enough(|w: &mut World| w.suppliers[0].free_funds = Some(rupiah(11_000)))]
#[case::last_of_the_quota(|w: &mut World| w.quotas[0] = QuotaLeft::UpTo(rupiah(10_400)))]
#[case::last_of_the_suppliers(|w: &mut World| w.suppliers[0].quota = QuotaLeft::UpTo(rupiah(10_400)))]
#[case::probe(|w: &mut World| w.gates[0] = Gate::Probe)]
#[case::one_place_left(|w: &mut World| w.suppliers[0].in_flight = 3)]
#[case::slot_is_now(|w: &mut World| w.suppliers[0].next_slot_at = Some(NOON))]
fn a_route_at_the_edge_is_sold_by(#[case] change: fn(&mut World)) {
    let mut world = World::new();
    change(&mut world);
    assert!(note_of(&world.rank(&Priority), 0).is_sellable());
}

#[test]
fn e_13_the_forecast_stops_before_zero() {
    // Exposure counts caps: one more attempt must not take `prepaid − exposure` below zero.
    let mut world = World::new();
    world.mappings.truncate(1);
    let mut free = rupiah(25_000);
    let mut sent = 0;
    loop {
        world.suppliers[0].free_funds = Some(free);
        if world.rank(&Cheapest).best().is_none() {
            break;
        }
        free = free.checked_sub(world.cost_cap).unwrap();
        sent += 1;
        assert!(free >= Money::ZERO);
    }
    assert_eq!(sent, 2);
    assert_eq!(world.rank(&Cheapest).outlook, Outlook::Nothing);
}

#[test]
fn e_14_nothing_is_routed_while_the_product_is_closed() {
    let mut world = World::new();
    world.product.cut_off = Some("23:45-00:15".parse().unwrap());
    assert_eq!(world.order(&Cheapest), [0, 1]);
    let minutes_to_midnight = 12 * 60;
    for (minute, open) in [
        (-26, true),
        (-25, false),
        (0, false),
        (24, false),
        (25, true),
    ] {
        world.now = later(u64::try_from((minutes_to_midnight + minute) * 60).unwrap());
        let ranking = world.rank(&Cheapest);
        assert_eq!(ranking.best().is_some(), open, "{minute}");
        if !open {
            assert_eq!(note_of(&ranking, 0), Note::CutOff);
            assert_eq!(ranking.outlook, Outlook::Nothing);
        }
    }
    world.product.cut_off = None;
    world.product.active = false;
    assert_eq!(note_of(&world.rank(&Cheapest), 1), Note::Inactive);
}

#[test]
fn inv_17_no_route_above_the_cap_is_ever_ranked() {
    let mut world = World::new();
    world.cost_cap = Money::from_hundredths(1_044_999);
    assert_eq!(
        world.order(&Priority),
        [0],
        "beta costs a hundredth too much"
    );
    world.cost_cap = rupiah(10_000);
    let ranking = world.rank(&Cheapest);
    assert_eq!(ranking.best(), None);
    assert_eq!(note_of(&ranking, 0), Note::OverCap);
    assert_eq!(note_of(&ranking, 1), Note::OverCap);
    assert_eq!(ranking.outlook, Outlook::Nothing);
}

#[test]
fn e_40_the_first_that_may_be_free_decides_when_to_look_again() {
    let mut world = World::new();
    world.gates[0] = Gate::Open { until: later(60) };
    world.suppliers[1].next_slot_at = Some(later(3));
    let ranking = world.rank(&Cheapest);
    assert_eq!(ranking.outlook, Outlook::OnlyWaiting { until: later(3) });
    world.suppliers[0].in_flight = 4;
    world.gates[0] = Gate::Closed;
    let ranking = world.rank(&Cheapest);
    assert_eq!(ranking.outlook, Outlook::OnlyWaiting { until: later(1) });
    // What waiting cannot mend does not take part.
    world.mappings[0].stock = Some(0);
    let ranking = world.rank(&Cheapest);
    assert_eq!(ranking.outlook, Outlook::OnlyWaiting { until: later(3) });
}

#[test]
fn suppliers_beyond_the_table_are_not_registered() {
    let mut world = World::new();
    world.suppliers.truncate(1);
    assert_eq!(note_of(&world.rank(&Cheapest), 1), Note::NotRegistered);
}

#[test]
fn cheapest_goes_by_cost_then_failures_then_priority_then_age() {
    let mut world = World::new();
    world.mappings[1].cost = world.mappings[0].cost;
    assert_eq!(world.order(&Cheapest), [0, 1], "the older one");
    world.mappings[0].priority = 101;
    assert_eq!(world.order(&Cheapest), [1, 0], "the operator's wish");
    world.health[1].record(Outcome::Failure, Duration::ZERO, NOON);
    assert_eq!(world.order(&Cheapest), [0, 1], "fewer failures");
    world.mappings[0].cost = Money::from_hundredths(1_040_001);
    assert_eq!(world.order(&Cheapest), [1, 0], "a hundredth cheaper");
}

#[test]
fn priority_goes_by_priority_then_cost_then_failures_then_age() {
    let mut world = World::new();
    world.mappings[0].priority = 101;
    assert_eq!(world.order(&Priority), [1, 0], "the operator's wish");
    world.mappings[0].priority = 100;
    assert_eq!(world.order(&Priority), [0, 1], "cheaper");
    world.mappings[1].cost = world.mappings[0].cost;
    world.health[0].record(Outcome::Failure, Duration::ZERO, NOON);
    assert_eq!(world.order(&Priority), [1, 0], "fewer failures");
}

#[test]
fn success_rate_goes_by_whole_percents_then_cost() {
    let mut world = World::new();
    assert_eq!(
        world.order(&SuccessRate),
        [0, 1],
        "equal so far: the cheaper one"
    );
    world.health[0].record(Outcome::Failure, Duration::ZERO, NOON);
    assert_eq!(world.order(&SuccessRate), [1, 0]);
    world.health[1].record(Outcome::Doubt, Duration::ZERO, NOON);
    assert_eq!(world.order(&SuccessRate), [0, 1], "a doubt is no delivery");
    let much_later = World {
        now: NOON.plus(Health::HALF_LIFE * 3),
        health: vec![world.health[0], Health::default()],
        ..World::new()
    };
    assert_eq!(
        much_later.order(&SuccessRate),
        [0, 1],
        "less than one percent is forgotten"
    );
}

#[test]
fn d2_a_weighted_choice_is_made_again_by_the_roll_in_its_explanation() {
    let weighted = Weighted::DEFAULT;
    let mut first = std::collections::BTreeSet::new();
    for roll in 0..64 {
        let world = World {
            roll,
            ..World::new()
        };
        let ranking = world.rank(&weighted);
        assert_eq!(ranking.explanation.roll, Some(roll));
        assert_eq!(ranking, world.rank(&weighted));
        first.insert(ranking.best());
    }
    assert_eq!(first.len(), 2, "both are drawn now and then");
    assert_eq!(World::new().rank(&Cheapest).explanation.roll, None);
}
