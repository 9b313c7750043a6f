#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use proptest::prelude::{Just, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Generator;

use super::tests::{NOON, World, later};
use super::*;
use crate::catalog::sample::{self, rupiah};
use crate::route::{Cheapest, Outcome, Priority, SuccessRate, Weighted};

fn any_facts() -> impl Generator<Value = SupplierFacts> {
    (
        (
            prop::bool::weighted(0.9),
            prop::bool::weighted(0.9),
            prop::bool::weighted(0.1),
        ),
        prop::option::of(0_i64..30_000),
        0_u32..3,
        prop::option::weighted(0.2, 0_u64..3),
        any_gate(),
        any_quota(),
    )
        .prop_map(
            |((registered, active, tripped), funds, in_flight, slot, breaker, quota)| {
                SupplierFacts {
                    quota,
                    registered,
                    active,
                    cut_off: None,
                    free_funds: funds.map(rupiah),
                    in_flight,
                    max_in_flight: 2,
                    next_slot_at: slot.map(later),
                    breaker,
                    tripped,
                }
            },
        )
}

fn any_quota() -> impl Generator<Value = QuotaLeft> {
    prop_oneof![
        6 => Just(QuotaLeft::Any),
        1 => Just(QuotaLeft::Nothing),
        2 => (9_000_i64..13_000).prop_map(|left| QuotaLeft::UpTo(rupiah(left))),
    ]
}

fn any_gate() -> impl Generator<Value = Gate> {
    prop_oneof![
        8 => Just(Gate::Closed),
        1 => Just(Gate::Probe),
        1 => (1_u64..60).prop_map(|seconds| Gate::Open { until: later(seconds) }),
    ]
}

fn any_world() -> impl Generator<Value = World> {
    let route = (
        0_u16..6,
        10_000_i64..12_000,
        0_u16..4,
        prop::option::weighted(0.3, 0_u64..3),
        prop::bool::weighted(0.9),
        0_usize..4,
        any_gate(),
        any_quota(),
    );
    (
        prop::collection::vec(route, 0..40),
        prop::collection::vec(any_facts(), 0..6),
        prop::collection::vec((0_u32..40).prop_map(MappingId), 0..2),
        9_000_i64..13_000,
        proptest::num::u64::ANY,
    )
        .prop_map(|(routes, suppliers, tried, cap, roll)| {
            let mut world = World {
                mappings: Vec::new(),
                health: Vec::new(),
                gates: Vec::new(),
                quotas: Vec::new(),
                suppliers,
                cost_cap: rupiah(cap),
                tried,
                roll,
                ..World::new()
            };
            for (id, route) in (0..).zip(routes) {
                let (supplier, cost, priority, stock, active, failures, gate, quota) = route;
                let mut health = Health::default();
                for _ in 0..failures {
                    health.record(Outcome::Failure, Duration::ZERO, NOON);
                }
                world.mappings.push(Mapping {
                    priority,
                    stock,
                    active,
                    ..sample::mapping(id, 0, supplier, cost)
                });
                world.health.push(health);
                world.gates.push(gate);
                world.quotas.push(quota);
            }
            world
        })
}

const WEIGHTED: Weighted = Weighted::DEFAULT;

fn every_strategy() -> [&'static dyn Strategy; 4] {
    [&Cheapest, &Priority, &SuccessRate, &WEIGHTED]
}

proptest! {
    #[test]
    fn every_route_has_exactly_one_note_and_none_that_is_ranked_breaks_a_rule(world in any_world()) {
        for strategy in every_strategy() {
            let ranking = world.rank(strategy);
            let mut seen: Vec<_> = ranking.explanation.found.iter().map(|(id, _)| id.0).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..u32::try_from(world.mappings.len()).unwrap()).collect::<Vec<_>>());
            let sellable = ranking.explanation.found.iter().filter(|(_, note)| note.is_sellable()).count();
            prop_assert_eq!(ranking.order().count(), sellable, "the sellable ones stand in front");
            for id in ranking.order() {
                let mapping = &world.mappings[id.index()];
                let supplier = &world.suppliers[mapping.supplier.index()];
                prop_assert!(mapping.active && supplier.active && supplier.registered && !supplier.tripped);
                prop_assert!(mapping.cost <= world.cost_cap && mapping.stock != Some(0));
                prop_assert!(supplier.free_funds.is_none_or(|free| free >= world.cost_cap));
                prop_assert!(supplier.quota.takes(mapping.cost) && world.quotas[id.index()].takes(mapping.cost));
                prop_assert!(!world.tried.contains(&id));
                prop_assert!(supplier.in_flight < supplier.max_in_flight);
                prop_assert!(supplier.next_slot_at.is_none_or(|slot| slot <= world.now));
                for gate in [supplier.breaker, world.gates[id.index()]] {
                    prop_assert!(!matches!(gate, Gate::Open { .. }), "{:?}", gate);
                }
            }
            match ranking.outlook {
                Outlook::Sellable => prop_assert!(sellable > 0),
                Outlook::OnlyWaiting { until } => {
                    prop_assert!(sellable == 0 && until > world.now);
                    prop_assert!(ranking.explanation.found.iter().any(|(_, note)| note.is_waiting()));
                }
                Outlook::Nothing => {
                    prop_assert!(ranking.explanation.found.iter().all(|(_, note)| !note.is_sellable() && !note.is_waiting()));
                }
            }
        }
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_the_question(world in any_world(), seed: u64) {
        let mut places: Vec<usize> = (0..world.mappings.len()).collect();
        places.sort_by_key(|place| (seed ^ (*place as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let shuffled = World {
            mappings: places.iter().map(|&place| world.mappings[place].clone()).collect(),
            health: places.iter().map(|&place| world.health[place]).collect(),
            gates: places.iter().map(|&place| world.gates[place]).collect(),
            quotas: places.iter().map(|&place| world.quotas[place]).collect(),
            product: world.product.clone(),
            suppliers: world.suppliers.clone(),
            tried: world.tried.clone(),
            ..world
        };
        for strategy in every_strategy() {
            prop_assert_eq!(world.rank(strategy), world.rank(strategy));
            prop_assert_eq!(world.order(strategy), shuffled.order(strategy));
            prop_assert_eq!(world.rank(strategy).outlook, shuffled.rank(strategy).outlook);
        }
    }
}
