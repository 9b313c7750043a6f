//! An order that its member takes back before anything was intended: die at each commit and each message of that, begin anew, and go on. What the member takes
//! back after a death may have been bought meanwhile; it is one or the other, and the member hears which.

use end_to_end::{Place, Point, Script, Setup, minutes, rp, secs};
use eraflazz_core::engine::OperationError;
use eraflazz_core::order::{OrderState, PublicStatus, Returned};
use eraflazz_core::supplier::Profile;

use super::run::or_death;
use super::story::profiles;

/// How it ended: whether it was taken back. And where the first process came by, and whether it died there.
struct Cancelled {
    is_back: bool,
    points: Vec<Point>,
    died: bool,
}

/// The first process begins to work only once the member has taken the order back, so that nothing is intended before.
async fn cancel(profile: Profile, on_disk: bool, dies_at: Option<Point>) -> Cancelled {
    let setup = if on_disk {
        Setup::default().on_disk()
    } else {
        Setup::default()
    };
    let mut world = setup.supplier(profile, Script::delivers()).build().await;
    world.listens(world.h2h, "server").await;
    let first_life = std::sync::Arc::clone(&world.life);
    first_life.ends_at(dies_at);
    let mut order = None;
    let mut answer = None;
    while answer.is_none() {
        if world.life.is_over() {
            world.pass(secs(3)).await;
            world.restart();
        }
        if order.is_none() {
            let wish = world.wish("A-1", "081234567890");
            order = or_death(&world, world.engine.submit(wish)).await;
        } else if let Some(Ok(taken)) = &order {
            let cancel = world.engine.cancel(world.h2h, taken.order.id);
            answer = or_death(&world, cancel).await;
        }
    }
    if !first_life.is_over() {
        world.run();
    }
    // The second half of an hour is the next process's, if this one dies over what it tells.
    for _ in 0..2 {
        or_death(&world, world.pass(minutes(30))).await;
        if world.life.is_over() {
            world.restart();
        }
    }
    let order = order.unwrap().unwrap().order;
    let state = world.look(&order).await.order.state;
    let is_back = state == OrderState::Returned(Returned::Cancelled);
    assert!(is_back || state == OrderState::Succeeded, "{state:?}");
    match answer.unwrap() {
        Ok(told) => assert_eq!(told.state, OrderState::Returned(Returned::Cancelled)),
        // It was taken back by the call that got no answer, or it was bought.
        Err(OperationError::Illegal(_)) => assert!(first_life.is_over()),
        Err(error) => panic!("{error}"),
    }
    let delivered = u32::from(!is_back);
    assert_eq!(world.supplier(0).standing(), delivered);
    let now = world.wallet(world.h2h).await;
    let left = rp(100_000_000 - 10_500 * i64::from(delivered));
    assert_eq!((now.available, now.held), (left, rp(0)));
    let expected = if is_back {
        PublicStatus::Failed
    } else {
        PublicStatus::Success
    };
    let told = world.receivers().told(world.h2h);
    assert_eq!(told.last().map(|told| told.status), Some(expected));
    world.audit().await;
    Cancelled {
        is_back,
        points: first_life.points(),
        died: first_life.is_over(),
    }
}

#[test]
fn e_22_c_01_to_c_12_of_an_order_that_is_taken_back() {
    let play = |profile: &Profile, on_disk, dies_at| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(cancel(profile.clone(), on_disk, dies_at))
    };
    for (which, profile) in profiles() {
        for on_disk in [false, true] {
            let reference = play(&profile, on_disk, None);
            assert!(reference.is_back);
            let commits = |place| {
                reference
                    .points
                    .iter()
                    .filter(|at| at.place == place)
                    .count()
            };
            assert!(commits(Place::AfterCommit) >= 2 && commits(Place::AfterTold) >= 1);
            let kept = Point {
                place: Place::AfterCommit,
                nth: 2,
            };
            for point in &reference.points {
                let crashed = play(&profile, on_disk, Some(*point));
                assert!(crashed.died, "{which}, {point:?}: it never came by");
                // What is durable stands, whether or not anybody heard of it.
                let is_kept =
                    *point == kept || matches!(point.place, Place::BeforeTold | Place::AfterTold);
                assert!(crashed.is_back || !is_kept, "{which}, {point:?}");
            }
        }
    }
}
