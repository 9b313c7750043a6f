//! Several processes and one supplier's pace: counted together they use all of it and no more, and while nobody counts each keeps to its share.

use std::sync::Arc;
use std::time::Duration;

use end_to_end::{
    Answers, Counter, Say, Script, Setup, World, dedicated, minutes, resubmit, rp, secs,
};
use eraflazz_core::engine::Engine;
use eraflazz_core::order::{AttemptState, OrderState};
use eraflazz_core::supplier::{Profile, Reason};
use tokio::time::Instant;

const GAP: Duration = Duration::from_millis(250);

fn narrow() -> Profile {
    Profile {
        max_in_flight: 100,
        min_gap: GAP,
        ..resubmit()
    }
}

/// A world for so many processes whose only supplier is like this, and where they count.
fn world_of(processes: u32, profile: Profile, script: Script) -> (Setup, Arc<Counter>) {
    let counter = Arc::<Counter>::default();
    let setup = Setup::default()
        .settings(|s| {
            s.policy.order_deadline = minutes(60);
            s.processes = processes;
        })
        .supplier(profile, script)
        .paced_by(&counter);
    (setup, counter)
}

fn slow() -> Script {
    Script::delivers().after(Duration::from_millis(1_100))
}

/// So many new orders.
async fn orders(world: &World, count: usize) {
    for n in 0..count {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        world.try_submit(wish).await.unwrap();
    }
}

/// So many new orders, every other one at each of two processes.
async fn orders_at_both(world: &World, rival: &Engine, count: usize) {
    for n in 0..count {
        let wish = world.wish(&format!("A-{n}"), &format!("08123456{n:04}"));
        let at = if n % 2 == 0 { rival } else { &world.engine };
        at.submit(wish).await.unwrap();
    }
}

/// The least time between the beginnings of so many calls in a row.
fn least(starts: &[Instant], calls: usize) -> Duration {
    let windows = starts.windows(calls);
    windows
        .map(|calls| *calls.last().unwrap() - calls[0])
        .min()
        .unwrap()
}

fn took(starts: &[Instant]) -> Duration {
    *starts.last().unwrap() - starts[0]
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_counted_together_is_used_by_whoever_has_work() {
    let (setup, counter) = world_of(4, narrow(), slow());
    let world = setup.start().await;
    orders(&world, 200).await;
    world.settle().await;
    let starts = world.supplier(0).starts();
    assert_eq!(world.supplier(0).executions(), 200);
    assert_eq!(counter.counted(), 200);
    assert!(least(&starts, 2) >= GAP);
    let took = took(&starts);
    assert!(
        took < secs(75),
        "50 s at best, 200 s by its share: {took:?}"
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_counted_together_holds_for_two_processes_together() {
    let (setup, counter) = world_of(2, narrow(), slow());
    let world = setup.start().await;
    let rival = world.rival();
    orders_at_both(&world, &rival, 200).await;
    world.settle().await;
    let starts = world.supplier(0).starts();
    assert_eq!(world.supplier(0).executions(), 200);
    assert_eq!(counter.counted(), 200);
    assert!(least(&starts, 2) >= GAP, "{:?}", least(&starts, 2));
    let took = took(&starts);
    assert!(took < secs(75), "50 s at best: {took:?}");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_counted_together_holds_for_resends_and_status_checks_too() {
    for profile in [resubmit(), dedicated()] {
        let profile = Profile {
            max_in_flight: 100,
            min_gap: GAP,
            ..profile
        };
        let script = Script::says(Say::Unclear(Reason::Timeout)).then(Say::Delivered);
        let (setup, counter) = world_of(2, profile, script);
        let world = setup.start().await;
        let rival = world.rival();
        orders_at_both(&world, &rival, 60).await;
        world.settle().await;
        let starts = world.supplier(0).starts();
        assert_eq!(world.supplier(0).executions(), 60);
        assert_eq!((starts.len(), counter.counted()), (120, 120));
        assert!(least(&starts, 2) >= GAP, "{:?}", least(&starts, 2));
        world.audit().await;
    }
}

/// However it is away: by its own word, without an answer, with one that comes too late, or by falling over.
#[tokio::test(start_paused = true)]
async fn while_nobody_counts_each_process_keeps_to_its_share() {
    for answers in [
        Answers::Away,
        Answers::Hangs,
        Answers::Late(secs(30)),
        Answers::Panics,
    ] {
        let (setup, counter) = world_of(2, narrow(), slow());
        let world = setup.start().await;
        counter.is(answers);
        let rival = world.rival();
        orders_at_both(&world, &rival, 100).await;
        world.settle().await;
        let starts = world.supplier(0).starts();
        assert_eq!(world.supplier(0).executions(), 100, "{answers:?}");
        assert_eq!(counter.counted(), 0);
        let least = least(&starts, 5);
        assert!(least >= GAP * 4, "{answers:?}: {least:?}");
        let took = took(&starts);
        assert!(took < secs(120), "{answers:?}: {took:?}");
        world.audit().await;
    }
}

/// One call waits for the answer that does not come; nobody else does, and it waits a second.
#[tokio::test(start_paused = true)]
async fn a_counter_that_does_not_answer_costs_a_call_a_second_and_no_more() {
    let (setup, counter) = world_of(2, narrow(), Script::delivers());
    let world = setup.start().await;
    counter.is(Answers::Hangs);
    let began = Instant::now();
    let order = world.submit("A-1").await;
    world.pass(Duration::from_millis(1_050)).await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    let waited = world.supplier(0).starts()[0] - began;
    assert!(waited <= Duration::from_millis(1_010), "{waited:?}");
    // It is not asked again so soon.
    world.submit("A-2").await;
    world.pass(Duration::from_millis(600)).await;
    assert_eq!((world.supplier(0).sends(), counter.asked()), (2, 1));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_counter_that_comes_and_goes_and_forgets_loses_nothing() {
    let (setup, counter) = world_of(2, narrow(), slow());
    let world = setup.start().await;
    let _rival = world.rival();
    orders(&world, 400).await;
    for answers in [
        Answers::Away,
        Answers::Counts,
        Answers::Hangs,
        Answers::Counts,
        Answers::Panics,
        Answers::Counts,
    ] {
        world.pass(secs(10)).await;
        counter.is(answers);
        counter.forgets();
    }
    world.settle().await;
    let starts = world.supplier(0).starts();
    assert_eq!(world.supplier(0).executions(), 400);
    // Whoever does not know yet that it counts again still goes by its share, and what was forgotten is one call.
    assert!(least(&starts, 6) >= GAP * 3, "{:?}", least(&starts, 6));
    assert!(counter.counted() > 100, "{}", counter.counted());
    world.audit().await;
}

/// Even where the settings know of one process only: whoever counts with others is not alone.
#[tokio::test(start_paused = true)]
async fn a_share_is_half_at_most_where_a_pace_is_counted_together() {
    let (setup, counter) = world_of(1, narrow(), slow());
    let world = setup.start().await;
    counter.is(Answers::Away);
    orders(&world, 20).await;
    world.settle().await;
    let starts = world.supplier(0).starts();
    assert_eq!(starts.len(), 20);
    assert!(least(&starts, 2) >= GAP * 2, "{:?}", least(&starts, 2));
    world.audit().await;
}

/// The turn might not come within the lease: it is shared out as before.
#[tokio::test(start_paused = true)]
async fn a_gap_of_many_seconds_is_shared_out_and_not_counted_together() {
    let sluggish = Profile {
        min_gap: secs(4),
        ..narrow()
    };
    let (setup, counter) = world_of(2, sluggish, Script::delivers());
    let world = setup.start().await;
    orders(&world, 5).await;
    world.settle().await;
    let starts = world.supplier(0).starts();
    assert_eq!((starts.len(), counter.asked()), (5, 0));
    assert!(least(&starts, 2) >= secs(8));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_27_a_call_whose_turn_does_not_come_within_half_its_lease_is_not_made() {
    let (setup, counter) = world_of(2, narrow(), Script::delivers());
    let world = setup.start().await;
    counter.is(Answers::Never);
    let began = Instant::now();
    let order = world.submit("A-1").await;
    let agg = loop {
        world.pass(secs(1)).await;
        let agg = world.look(&order).await;
        if !agg.order.state.is_open() {
            break agg;
        }
    };
    assert_eq!(world.supplier(0).starts().len(), 0);
    // As often as a job may crash (INV-28), and each time no longer than that.
    let states: Vec<AttemptState> = agg.attempts.iter().map(|one| one.state).collect();
    assert_eq!(states, [AttemptState::Withheld; 3]);
    assert!(began.elapsed() <= resubmit().lease() / 2 * 3 + secs(5));
    assert!(matches!(agg.order.state, OrderState::Returned(_)));
    assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
    world.audit().await;
}

/// The commit of the intent took most of the time: what is left of it is too short for a turn, and the end of the wait is no time to send.
#[tokio::test(start_paused = true)]
async fn inv_27_what_the_commit_of_the_intent_took_is_not_there_to_wait() {
    let (setup, counter) = world_of(2, narrow(), Script::delivers());
    let world = setup.start().await;
    let half = resubmit().lease() / 2;
    let nearly_half = half.saturating_sub(Duration::from_millis(100));
    world.life.slows_intents(nearly_half);
    counter.is(Answers::Late(Duration::from_millis(200)));
    let order = world.submit("A-1").await;
    world.settle().await;
    assert_eq!(world.supplier(0).sends(), 0);
    let agg = world.look(&order).await;
    let states: Vec<AttemptState> = agg.attempts.iter().map(|one| one.state).collect();
    assert_eq!(states, [AttemptState::Withheld; 3]);
    counter.is(Answers::Counts);
    let order = world.submit("A-2").await;
    world.settle().await;
    assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
    world.audit().await;
}

/// While its turn is waited for, and while the counter does not answer.
#[tokio::test(start_paused = true)]
async fn inv_30_a_stop_is_not_held_up_by_a_call_that_waits_for_its_turn() {
    for answers in [Answers::Never, Answers::Hangs] {
        let (setup, counter) = world_of(2, narrow(), Script::delivers());
        let mut world = setup.start().await;
        counter.is(answers);
        let order = world.submit("A-1").await;
        world.pass(Duration::from_millis(500)).await;
        let state = world.look(&order).await.order.state;
        assert!(matches!(state, OrderState::InFlight(_)), "{state:?}");
        let began = Instant::now();
        world.stop().await;
        assert!(began.elapsed() < Duration::from_millis(200));
        let agg = world.look(&order).await;
        assert_eq!(agg.order.state, OrderState::Held);
        assert_eq!(agg.attempts[0].state, AttemptState::Withheld);
        world.pass(minutes(1)).await;
        assert_eq!(world.supplier(0).sends(), 0);
        counter.is(Answers::Counts);
        world.restart();
        world.settle().await;
        assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
        assert_eq!(world.supplier(0).sends(), 1);
        world.audit().await;
    }
}
