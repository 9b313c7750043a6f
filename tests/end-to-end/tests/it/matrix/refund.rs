//! A delivery whose price a person gives back in two parts: die at each commit, each exchange and each message of that, begin anew, and ask again for what got no
//! answer. It ends as if nobody had died: each part is paid once (E-20).

use end_to_end::{Place, Point, Script, Setup, World, minutes, rp, secs};
use eraflazz_core::engine::OperationError;
use eraflazz_core::order::{Order, OrderState, PublicStatus, RefundAsked};
use eraflazz_core::supplier::Profile;

use super::run::or_death;
use super::story::profiles;

const PARTS: [i64; 2] = [6_300, 4_200];

/// Where the first process came by once the order was delivered, and whether it died there.
struct Refunded {
    points: Vec<Point>,
    died: bool,
}

/// Begins anew if the process has died.
async fn go_on(world: &mut World) {
    if world.life.is_over() {
        world.pass(secs(3)).await;
        world.restart();
    }
}

/// Placed and worked until it is delivered: how a death on that way ends is told by other stories.
async fn delivered(world: &World) -> Order {
    let order = world.submit("A-1").await;
    world.pass(minutes(5)).await;
    let now = world.look(&order).await.order;
    assert_eq!(now.state, OrderState::Succeeded);
    now
}

/// The `n`-th part, again and again until there is an answer.
async fn give_back(world: &mut World, order: &Order, n: usize) -> Order {
    loop {
        go_on(world).await;
        let asked = RefundAsked {
            reference: format!("cs-{n}").parse().unwrap(),
            amount: rp(PARTS[n]),
            note: "goodwill".into(),
        };
        let by = "siti".parse().unwrap();
        match or_death(world, world.engine.refund(order.id, asked, by)).await {
            Some(Ok(order)) => return order,
            None | Some(Err(OperationError::Unavailable(_))) => {}
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

async fn refund(profile: Profile, on_disk: bool, dies_at: Option<Point>) -> Refunded {
    let setup = if on_disk {
        Setup::default().on_disk()
    } else {
        Setup::default()
    };
    let mut world = setup.supplier(profile, Script::delivers()).start().await;
    world.listens(world.h2h, "server").await;
    let first_life = std::sync::Arc::clone(&world.life);
    first_life.ends_at(dies_at);
    let order = delivered(&world).await;
    let before = first_life.points().len();
    for n in 0..PARTS.len() {
        let told = give_back(&mut world, &order, n).await;
        assert!(told.refunds.len() > n, "{told:?}");
        or_death(&world, world.pass(minutes(1))).await;
    }
    // The second half of an hour is the next process's, if this one dies over what it tells.
    for _ in 0..2 {
        or_death(&world, world.pass(minutes(30))).await;
        go_on(&mut world).await;
    }
    let now = world.look(&order).await.order;
    assert_eq!((now.state, now.refunds.len()), (OrderState::Reversed, 2));
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.held), (rp(100_000_000), rp(0)));
    assert_eq!(world.supplier(0).standing(), 1, "the delivery stands");
    let told = world.receivers().told(world.h2h);
    assert_eq!(
        told.last().map(|told| told.status),
        Some(PublicStatus::Refund)
    );
    world.audit().await;
    Refunded {
        points: first_life.points().split_off(before),
        died: first_life.is_over(),
    }
}

#[test]
fn e_20_e_22_c_01_to_c_12_of_a_price_that_goes_back_in_parts() {
    let play = |profile: &Profile, on_disk, dies_at| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(refund(profile.clone(), on_disk, dies_at))
    };
    for (which, profile) in profiles() {
        for on_disk in [false, true] {
            let reference = play(&profile, on_disk, None);
            assert!(!reference.died);
            let at = |place| reference.points.iter().filter(move |at| at.place == place);
            let (commits, told) = (at(Place::AfterCommit), at(Place::AfterTold));
            let enough = commits.count() >= PARTS.len() && told.count() >= PARTS.len();
            assert!(enough, "{which}: {:?}", reference.points);
            for point in &reference.points {
                let crashed = play(&profile, on_disk, Some(*point));
                assert!(crashed.died, "{which}, {point:?}: it never came by");
            }
        }
    }
}
