//! Limits: of calls, of time, of cost.

use end_to_end::{Moment, Say, Script, Setup, VirtualClock, minutes, resubmit, rp, secs};
use eraflazz_core::catalog::{CatalogChange, CutOff, Mapping};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::MappingId;
use eraflazz_core::order::{AttemptState, OrderState, Refusal};
use eraflazz_core::ports::Catalog;
use eraflazz_core::supplier::{Profile, Reason};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn d_17_a_full_supplier_makes_an_order_wait_and_then_go() {
    let one = Profile {
        max_in_flight: 1,
        ..resubmit()
    };
    let slow = Script::delivers().after(secs(20));
    let world = Setup::default().supplier(one, slow).start().await;
    let first = world.submit("A-1").await;
    let second = world.submit("A-2").await;
    world.pass(secs(5)).await;
    let states = [
        world.look(&first).await.order.state,
        world.look(&second).await.order.state,
    ];
    assert!(states.contains(&OrderState::Held));
    assert_eq!(world.supplier(0).sends(), 1);
    world.settle().await;
    assert_eq!(world.supplier(0).executions(), 2);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn max_in_flight_and_min_gap_hold_under_500_orders() {
    let narrow = Profile {
        max_in_flight: 4,
        min_gap: Duration::from_millis(250),
        ..resubmit()
    };
    let slow = Script::delivers().after(Duration::from_millis(1_100));
    let world = Setup::default()
        .settings(|s| s.policy.order_deadline = minutes(60))
        .supplier(narrow, slow)
        .start()
        .await;
    for n in 0..500 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        world.try_submit(wish).await.unwrap();
    }
    world.settle().await;
    let supplier = world.supplier(0);
    assert_eq!(supplier.executions(), 500);
    assert!(
        supplier.under_way_most() <= 4,
        "{}",
        supplier.under_way_most()
    );
    let starts = supplier.starts();
    assert!(
        starts
            .windows(2)
            .all(|pair| pair[1] - pair[0] >= Duration::from_millis(250))
    );
    world.audit().await;
}

/// What a supplier takes it takes of all workers together: each keeps to its share, without asking the others.
#[tokio::test(start_paused = true)]
async fn max_in_flight_and_min_gap_hold_for_two_processes_together() {
    let narrow = Profile {
        max_in_flight: 5,
        min_gap: Duration::from_millis(250),
        ..resubmit()
    };
    let slow = Script::delivers().after(Duration::from_millis(1_100));
    let world = Setup::default()
        .settings(|s| {
            s.policy.order_deadline = minutes(60);
            s.processes = 2;
        })
        .supplier(narrow, slow)
        .start()
        .await;
    let rival = world.rival();
    for n in 0..200 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        rival.submit(wish).await.unwrap();
    }
    world.settle().await;
    let supplier = world.supplier(0);
    assert_eq!(supplier.executions(), 200);
    let most = supplier.under_way_most();
    assert!((3..=4).contains(&most), "two of five each: {most}");
    let starts = supplier.starts();
    let least = Duration::from_millis(750);
    assert!(
        starts.windows(5).all(|five| five[4] - five[0] >= least),
        "four a second"
    );
    world.audit().await;
}

/// Each look of a HELD order is a commit: a crowd of them looks seldom, and is served no slower for it.
#[tokio::test(start_paused = true)]
async fn e_40_a_crowd_that_waits_for_a_slot_costs_a_bounded_number_of_commits() {
    let one = Profile {
        max_in_flight: 1,
        ..resubmit()
    };
    let slow = Script::delivers().after(secs(4));
    let world = Setup::default().supplier(one, slow).start().await;
    let mut orders = Vec::new();
    for n in 0..600 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        orders.push(world.try_submit(wish).await.unwrap());
    }
    world.pass(secs(60)).await;
    let mut looks = 0;
    for order in &orders {
        looks += world.look(order).await.order.version;
    }
    assert!(looks < 60 * 200, "{looks} commits in a minute");
    let sent = world.supplier(0).sends();
    assert!((14..=16).contains(&sent), "one every 4 s: {sent}");
}

/// More orders than the supplier can take keep coming: the old ones are delivered before them, and no slot stays empty meanwhile.
#[tokio::test(start_paused = true)]
async fn d_17_at_a_full_supplier_the_oldest_order_goes_first() {
    let two = Profile {
        max_in_flight: 2,
        ..resubmit()
    };
    let script = Script::delivers().after(secs(1));
    let world = Setup::default().supplier(two, script).start().await;
    let mut orders = Vec::new();
    let submit = async |n: usize| {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        world.try_submit(wish).await.unwrap()
    };
    for n in 0..100 {
        orders.push(submit(n).await);
    }
    world.pass(secs(1)).await;
    for n in 100..300 {
        orders.push(submit(n).await);
        world.pass(Duration::from_millis(250)).await;
    }
    let mut by_age = Vec::new();
    for order in &orders {
        let agg = world.look(order).await;
        let start = agg.attempts.first().map(|attempt| attempt.first_sent_at);
        by_age.push((agg.order.id, start));
    }
    // The first hundred came within one millisecond: their numbers say who was first.
    by_age.sort_unstable();
    let starts: Vec<_> = by_age.iter().map(|(_, start)| *start).collect();
    let (old, new) = starts.split_at(100);
    let last_old = old.iter().max().unwrap().unwrap();
    assert!(old.iter().all(Option::is_some), "an old one still waits");
    assert!(new.iter().flatten().all(|start| *start >= last_old));
    // The two that found a free slot were never in a line.
    let at_once = starts.iter().flatten().min();
    let in_line: Vec<_> = starts
        .iter()
        .filter(|start| start.as_ref() != at_once)
        .collect();
    assert_eq!(in_line.len() + 2, starts.len());
    let in_turn = |pair: &[&Option<_>]| pair[1].is_none() || pair[0] <= pair[1];
    assert!(in_line.windows(2).all(in_turn));
    let sent = starts.iter().flatten().count();
    assert!(sent >= 98, "2 a second for 51 s: {sent}");
    assert_eq!(world.supplier(0).under_way_most(), 2);
}

/// A check that came back by the clock alone would find each slot taken by what is newer and stands in line.
#[tokio::test(start_paused = true)]
async fn inv_33_a_status_check_stands_in_line_before_what_is_newer() {
    for min_gap in [Duration::ZERO, Duration::from_millis(4_001)] {
        let narrow = Profile {
            max_in_flight: if min_gap.is_zero() { 1 } else { 1_000 },
            min_gap,
            ..resubmit()
        };
        let a_while = Duration::from_millis(4_001);
        let script = Script::says(Say::Unclear(Reason::Timeout))
            .after(a_while)
            .then(Say::Delivered)
            .after(a_while);
        let world = Setup::default().supplier(narrow, script).start().await;
        let first = world.submit("A-0").await;
        for n in 1..600 {
            let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
            world.try_submit(wish).await.unwrap();
            world.pass(secs(1)).await;
        }
        let agg = world.look(&first).await;
        assert_eq!(agg.order.state, OrderState::Succeeded);
        let took = agg.order.updated_at.since(agg.order.created_at);
        assert!(
            took <= secs(135),
            "the second send is due at 124 s: {took:?}"
        );
        assert!(agg.order.version < 20, "{} commits", agg.order.version);
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn max_in_flight_and_min_gap_hold_for_status_checks_too() {
    let narrow = Profile {
        max_in_flight: 2,
        min_gap: secs(1),
        ..resubmit()
    };
    let script = Script::says(Say::Unclear(Reason::Timeout))
        .then(Say::Delivered)
        .after(secs(5));
    let world = Setup::default().supplier(narrow, script).start().await;
    for n in 0..20 {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        world.try_submit(wish).await.unwrap();
    }
    world.settle().await;
    let supplier = world.supplier(0);
    assert_eq!((supplier.sends(), supplier.executions()), (40, 20));
    assert!(
        supplier.under_way_most() <= 2,
        "{}",
        supplier.under_way_most()
    );
    let starts = supplier.starts();
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= secs(1)));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_14_nothing_is_sent_inside_a_cut_off_nor_ten_minutes_around_it() {
    // Closed from 12:00 to 12:30 in Jakarta; the world begins at 10:00.
    let window = CutOff::from_clock_times("12:00", "12:30").unwrap();
    let closing = Profile {
        cut_off: window,
        ..resubmit()
    };
    let world = Setup::default()
        .supplier(closing, Script::delivers())
        .start()
        .await;
    for n in 0..180 {
        world.submit(&format!("A-{n}")).await;
        world.pass(minutes(1)).await;
    }
    world.settle().await;
    let began = world.supplier(0).starts();
    let (first, count) = (began[0], began.len());
    for start in began {
        let minute = (start - first).as_secs() / 60;
        assert!(
            !(110..=160).contains(&minute) || minute == 160,
            "sent in minute {minute}"
        );
    }
    assert!((125..=135).contains(&count), "{count}");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_14_a_check_by_resending_is_not_made_inside_a_cut_off_either() {
    let window = CutOff::from_clock_times("10:15", "11:00").unwrap();
    for of_the_route in [false, true] {
        let closing = Profile {
            cut_off: window.filter(|_| !of_the_route),
            ..resubmit()
        };
        let script = Script::says(Say::Pending).then(Say::Delivered);
        let world = Setup::default()
            .at(VirtualClock::MORNING.plus(minutes(4)))
            .supplier(closing, script)
            .start()
            .await;
        if of_the_route {
            let catalog = world.store().snapshot().await.unwrap();
            let route = Mapping {
                cut_off: window,
                ..catalog.mappings()[0].clone()
            };
            let change = CatalogChange::PutMapping(route);
            world.store().change(vec![change]).await.unwrap();
        }
        let order = world.submit("A-1").await;
        world.pass(minutes(60)).await;
        assert_eq!(world.supplier(0).sends(), 1);
        let state = world.look(&order).await.order.state;
        assert!(matches!(state, OrderState::InFlight(_)));
        world.settle().await;
        assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn inv_17_e_10_a_bill_above_the_cap_is_booked_and_the_route_switched_off() {
    let world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::says(Say::Billed(rp(10_501))));
    let order = world.submit("A-1").await;
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.delivery.unwrap().cost, rp(10_501));
    assert_eq!(
        world.wallet(world.h2h).await.available,
        rp(100_000_000 - 10_500),
        "the quote"
    );
    assert_eq!(world.case_kinds().await, [CaseKind::OverCap]);
    let snapshot = world.store().snapshot().await.unwrap();
    assert!(!snapshot.mapping(MappingId(0)).unwrap().active);
    let next = world.submit("A-2").await;
    assert_eq!(next.state, OrderState::Refused(Refusal::ProductUnavailable));
    world.audit().await;
}

/// Between the bill and the catalog a process may die: the next one finds the case.
#[tokio::test(start_paused = true)]
async fn inv_17_a_route_that_billed_above_the_cap_is_off_after_a_death_too() {
    let mut world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::says(Say::Billed(rp(10_501))));
    world.life.ends(Moment::AfterOutcome);
    let order = world.submit("A-1").await;
    world.pass(secs(10)).await;
    assert!(world.life.is_over());
    world.restart();
    world.pass(minutes(1)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    assert_eq!(world.case_kinds().await, [CaseKind::OverCap]);
    let snapshot = world.store().snapshot().await.unwrap();
    assert!(!snapshot.mapping(MappingId(0)).unwrap().active);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_17_a_bill_at_the_cap_is_fine() {
    let world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::says(Say::Billed(rp(10_500))));
    world.submit("A-1").await;
    world.settle().await;
    assert!(world.cases().await.is_empty());
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_11_inv_16_a_price_list_edited_meanwhile_does_not_touch_an_open_order() {
    let world = Setup::default().start().await;
    world
        .supplier(0)
        .script(Script::says(Say::Pending).then(Say::Delivered));
    let order = world.submit("A-1").await;
    world.pass(secs(5)).await;
    let product = world.look(&order).await.order.product;
    let dearer = CatalogChange::SetBasePrice {
        product,
        base_price: rp(90_000),
    };
    world.store().change(vec![dearer]).await.unwrap();
    world.settle().await;
    let agg = world.look(&order).await;
    assert_eq!(agg.order.state, OrderState::Succeeded);
    assert_eq!(agg.order.quote, order.quote);
    let next = world.submit("A-2").await;
    assert!(next.quote.sell > order.quote.sell);
    world.settle().await;
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_27_no_byte_leaves_once_half_the_lease_has_passed() {
    let world = Setup::default().start().await;
    let lease = resubmit().lease();
    world.life.slows_intents(lease / 2 + secs(1));
    let order = world.submit("A-1").await;
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 0);
    let agg = world.look(&order).await;
    // The supplier has no part in it, so its route is not used up: three times, as often as a job may crash (INV-28).
    let states: Vec<AttemptState> = agg.attempts.iter().map(|one| one.state).collect();
    assert_eq!(states, [AttemptState::Withheld; 3]);
    assert!(matches!(agg.order.state, OrderState::Returned(_)));
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    world.audit().await;
}

/// Two orders in one batch, our deposit there is enough for one: what an intent may cost counts from the moment it is planned.
#[tokio::test(start_paused = true)]
async fn e_13_our_deposit_is_not_promised_twice_while_intents_are_committed() {
    let mut world = Setup::default()
        .float(15_000)
        .supplier(resubmit(), Script::says(Say::Pending).executing())
        .build()
        .await;
    for ref_id in ["A-1", "A-2"] {
        world.submit(ref_id).await;
    }
    world.run();
    world.pass(secs(30)).await;
    assert_eq!(world.supplier(0).sends(), 1);
    world.audit().await;
}
