//! Two crowds at one moment that want opposite things of one order or one line: whichever commits first stands, and the books agree with it.

use end_to_end::came;
use eraflazz_core::commit::CaseKey;
use eraflazz_core::ids::{BankId, GatewayId};
use eraflazz_core::order::{Attempt, Channel, Entry};
use eraflazz_core::supplier::RawRequest;

use super::*;

/// An order that was sent and of which nothing is known, and its attempt.
async fn unknown(world: &World) -> (Order, Attempt) {
    let order = world.submit("A-1").await;
    let in_flight = |now: &Order| matches!(now.state, OrderState::InFlight(_));
    until(world, &order, in_flight).await;
    heard(world, &order).await;
    let attempt = world.look(&order).await.attempts.remove(0);
    (order, attempt)
}

fn executed_in_silence() -> Setup {
    let silent = says(Say::Unclear(Reason::Timeout)).executing();
    Setup::default().supplier(dedicated(), silent)
}

/// Fifty people rule about the order as they saw it, at one process and at another, while fifty times the same callback comes in. In half of the rounds
/// the people are held up a little. Gives how many were heard.
async fn rulings_against_callbacks(
    world: &World,
    seed: u64,
    order: &Order,
    ruling: &Resolution,
    callback: &RawRequest,
) -> usize {
    let rival = world.rival();
    let seen = world.look(order).await.order.version;
    let calls = (0..CALLERS).map(|n| {
        let engine = [&world.engine, &rival][n / 2 % 2].clone();
        let (id, ruling, callback) = (order.id, ruling.clone(), callback.clone());
        let held_up = if seed.is_multiple_of(2) { 2_000 } else { 0 };
        async move {
            if n % 2 == 0 {
                engine.supplier_callback("a", callback).await.unwrap();
                return false;
            }
            for _ in 0..held_up {
                tokio::task::yield_now().await;
            }
            let by = "siti".parse().unwrap();
            let ruled = engine.resolve_as_seen(id, seen, ruling, by).await;
            assert!(
                matches!(ruled, Ok(_) | Err(OperationError::Changed { .. })),
                "{ruled:?}"
            );
            ruled.is_ok()
        }
    });
    let heard = at_once(seed, calls.collect()).await;
    heard.into_iter().filter(|is_heard| *is_heard).count()
}

async fn log(world: &World, order: &Order) -> Vec<Entry> {
    let rows = world.store().log(order.id.into()).await.unwrap();
    rows.into_iter().map(|row| row.entry).collect()
}

/// E-33: people say that it was delivered, callbacks that it failed. The first to commit stands. If a person was first, the callback contradicts it: review
/// *Disputed*, and both are in the history. If the callback was first, the order is settled and has no such ruling any more: whoever rules is told so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_e_33_fifty_rulings_of_success_against_fifty_callbacks_of_failure() {
    for seed in seeds() {
        let world = executed_in_silence().start().await;
        let (order, attempt) = unknown(&world).await;
        let failed = Say::Refused(Formed::Yes, Reason::Other);
        let callback = world.supplier(0).callback(&attempt.supplier_ref, failed);
        let delivered = Resolution::Delivered {
            sn: None,
            cost: None,
        };
        let ruled = rulings_against_callbacks(&world, seed, &order, &delivered, &callback).await;
        let ended = until(&world, &order, |now| {
            matches!(now.state, OrderState::Returned(_)) || now.is_disputed()
        })
        .await;
        let log = log(&world, &order).await;
        let was_ruled = |entry: &&Entry| matches!(entry, Entry::Resolved { .. });
        assert_eq!(log.iter().filter(was_ruled).count(), ruled);
        let said = |entry: &Entry| {
            let Entry::Heard { channel, .. } = entry else {
                return false;
            };
            matches!(channel, Channel::Callback { .. })
        };
        assert!(log.iter().any(said), "both are recorded: {log:#?}");
        let booked = (
            journals(&world, &order, Effect::Capture).await,
            journals(&world, &order, Effect::Release).await,
        );
        if ended.is_disputed() {
            assert_eq!(
                (ended.state, ruled, booked),
                (OrderState::Succeeded, 1, (1, 0))
            );
            assert!(world.case_kinds().await.contains(&CaseKind::Disputed));
        } else {
            assert_eq!((ruled, booked), (0, (0, 1)), "{:?}", ended.state);
        }
        world.audit().await;
    }
}

/// E-19: people give the money back while callbacks say that it was delivered. One of them wins; if it is the return, the delivery is late and the member pays
/// again. Either way it has paid once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_e_19_fifty_returns_against_fifty_late_successes() {
    for seed in seeds() {
        let world = executed_in_silence().start().await;
        let (order, attempt) = unknown(&world).await;
        world.supplier(0).tells_a_person(
            &attempt.supplier_ref,
            Say::Refused(Formed::Yes, Reason::Other),
        );
        let callback = world
            .supplier(0)
            .callback(&attempt.supplier_ref, Say::Delivered);
        let back = Resolution::NotDelivered {
            proof: "statement line 7".into(),
        };
        let ruled = rulings_against_callbacks(&world, seed, &order, &back, &callback).await;
        let is_there = [OrderState::Succeeded, OrderState::LateDelivered];
        let ended = until(&world, &order, |now| is_there.contains(&now.state)).await;
        let booked = (
            journals(&world, &order, Effect::Capture).await,
            journals(&world, &order, Effect::Release).await,
            journals(&world, &order, Effect::Reclaim).await,
        );
        if ended.state == OrderState::Succeeded {
            assert_eq!((ruled, booked), (0, (1, 0, 0)));
        } else {
            assert_eq!((ruled, booked), (1, (0, 1, 1)));
            assert!(!world.cases().await.is_empty(), "the loser is a case");
        }
        let wallet = world.wallet(world.h2h).await;
        let paid = rp(100_000_000 - 10_500);
        assert_eq!((wallet.available, wallet.held), (paid, rp(0)));
        world.audit().await;
    }
}

/// A hundred people claim the same line, for two members: one of them is heard, and all of it is that member's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_ticket_claim() {
    for seed in seeds() {
        let world = Setup::default().deposit(0).start().await;
        let line = came("A", 50_123, world.now());
        let lines = std::slice::from_ref(&line);
        world.engine.take_lines("bca", lines).await.unwrap();
        let key = CaseKey {
            subject: line.subject(GatewayId(2)),
            version: 1,
            kind: CaseKind::DepositAmount,
        };
        let rival = world.rival();
        let calls = (0..CALLERS).map(|n| {
            let engine = [&world.engine, &rival][n % 2].clone();
            let member = [world.h2h, world.shop][n / 2 % 2];
            async move {
                let by = "dewi".parse().unwrap();
                engine.claim_line(key, member, "his slip", &by).await
            }
        });
        let answers = at_once(seed, calls.collect()).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 1, "{answers:?}");
        let known = |answer: &Result<_, OperationError>| {
            matches!(answer, Ok(_) | Err(OperationError::NotFound))
        };
        assert!(answers.iter().all(known), "{answers:?}");
        let mut credited = [world.h2h, world.shop].map(|_| rp(0));
        for (money, member) in credited.iter_mut().zip([world.h2h, world.shop]) {
            *money = world.wallet(member).await.available;
        }
        credited.sort_unstable();
        assert_eq!(credited, [rp(0), rp(50_123)]);
        let left = world.store().balance(Account::SuspenseDeposit).await;
        assert_eq!(left.unwrap(), rp(0));
        let bank = world.store().balance(Account::Bank(BankId(2))).await;
        assert_eq!(bank.unwrap(), rp(50_123));
        world.audit().await;
    }
}
