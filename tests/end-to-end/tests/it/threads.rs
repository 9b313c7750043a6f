//! T-17 on real threads: a hundred callers at one moment, in several rounds. Of the cases that money-safety names, these are all whose parts
//! exist; the same ref and the last rupiah are raced in `races` too, over a running engine.
//!
//! How the callers are staggered comes from a seed, which a failing test prints: `SEED=7 cargo test -p end-to-end t_17` begins with that one.

use std::sync::Arc;
use std::time::Duration;

use end_to_end::{Say, Script, SeededDice, Setup, World, dedicated, resubmit, rp};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{FloatMove, MoneyMove, NewOrder, NewTransfer, OperationError};
use eraflazz_core::ids::{BankId, SupplierId};
use eraflazz_core::ledger::{Account, Effect};
use eraflazz_core::order::{Order, OrderState, RefundAsked, Refusal, Resolution, Returned};
use eraflazz_core::ports::{Dice, Ledger};
use eraflazz_core::supplier::{Formed, Reason};
use tokio::sync::Barrier;

mod against;

const CALLERS: usize = 100;
const ROUNDS: u64 = 20;

/// The seeds of one test.
#[expect(clippy::print_stdout, reason = "shown if the test fails")]
fn seeds() -> impl Iterator<Item = u64> {
    let first: u64 = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    (first..first + ROUNDS).inspect(|seed| println!("SEED={seed}"))
}

/// Makes every call from a task of its own: all at one moment, but for some yields that the seed decides.
async fn at_once<F>(seed: u64, calls: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let (dice, start) = (SeededDice::new(seed), Arc::new(Barrier::new(calls.len())));
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let (start, yields) = (Arc::clone(&start), dice.roll()[0] % 8);
            tokio::spawn(async move {
                start.wait().await;
                for _ in 0..yields {
                    tokio::task::yield_now().await;
                }
                call.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn submit_all(world: &World, seed: u64, wishes: Vec<NewOrder>) -> Vec<Order> {
    let calls = wishes.into_iter().map(|wish| {
        let engine = world.engine.clone();
        async move { engine.submit(wish).await.unwrap().order }
    });
    at_once(seed, calls.collect()).await
}

/// Waits until the order is as wanted.
async fn until(world: &World, order: &Order, is_there: impl Fn(&Order) -> bool) -> Order {
    for _ in 0..3_000 {
        let now = world.look(order).await.order;
        if is_there(&now) {
            return now;
        }
        world.pass(Duration::from_millis(10)).await;
    }
    panic!("not in half a minute: {:?}", world.look(order).await);
}

/// Waits until the supplier's first answer is heard.
async fn heard(world: &World, order: &Order) {
    for _ in 0..3_000 {
        let agg = world.look(order).await;
        if agg.attempts.first().is_some_and(|first| !first.call_open) {
            return;
        }
        world.pass(Duration::from_millis(10)).await;
    }
    panic!("nothing heard in half a minute");
}

/// How many journals of this effect the order has.
async fn journals(world: &World, order: &Order, effect: Effect) -> usize {
    let rows = world.store().transfers(0, usize::MAX).await.unwrap();
    let mut keys: Vec<_> = rows
        .iter()
        .filter(|row| row.key.subject == order.id.into() && row.key.effect == effect)
        .map(|row| row.key.n)
        .collect();
    keys.dedup();
    keys.len()
}

fn says(say: Say) -> Script {
    Script::says(say)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_ref_in_two_processes() {
    for seed in seeds() {
        let world = Setup::default().start().await;
        let rival = world.rival();
        let calls = (0..CALLERS).map(|n| {
            let wish = world.wish("A-1", "081234567890");
            let engine = [&world.engine, &rival][n % 2].clone();
            async move { engine.submit(wish).await.unwrap().order }
        });
        let orders = at_once(seed, calls.collect()).await;
        assert!(orders.iter().all(|order| order.id == orders[0].id));
        until(&world, &orders[0], |now| now.state == OrderState::Succeeded).await;
        assert_eq!(world.supplier(0).sends(), 1);
        world.audit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_last_rupiah_for_one_order() {
    for seed in seeds() {
        let world = Setup::default().deposit(10_500).build().await;
        let wishes = (0..CALLERS).map(|n| world.wish(&format!("R-{n}"), &format!("0812345{n:05}")));
        let orders = submit_all(&world, seed, wishes.collect()).await;
        let held = orders.iter().filter(|o| o.state == OrderState::Held);
        assert_eq!(held.count(), 1);
        let wallet = world.wallet(world.h2h).await;
        assert_eq!((wallet.available, wallet.held), (rp(0), rp(10_500)));
        world.audit().await;
    }
}

/// The same goods on one day under a hundred references (INV-19).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_goods() {
    for seed in seeds() {
        let world = Setup::default().build().await;
        let wishes =
            (0..CALLERS).map(|n| world.wish_of(world.shop, &format!("R-{n}"), "081234567890"));
        let orders = submit_all(&world, seed, wishes.collect()).await;
        let (held, refused): (Vec<_>, Vec<_>) = orders
            .iter()
            .partition(|order| order.state == OrderState::Held);
        assert_eq!(held.len(), 1);
        let earlier = held[0].id;
        let twin = OrderState::Refused(Refusal::DuplicateOrder { earlier });
        assert!(refused.iter().all(|order| order.state == twin));
        world.audit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_callback() {
    for seed in seeds() {
        let pending = says(Say::Pending).executing();
        let world = Setup::default().supplier(resubmit(), pending).start().await;
        let rival = world.rival();
        let order = world.submit("A-1").await;
        let in_flight = |now: &Order| matches!(now.state, OrderState::InFlight(_));
        until(&world, &order, in_flight).await;
        heard(&world, &order).await;
        let attempt = world.look(&order).await.attempts.remove(0);
        let request = world
            .supplier(0)
            .callback(&attempt.supplier_ref, Say::Delivered);
        let calls = (0..CALLERS).map(|n| {
            let (engine, request) = ([&world.engine, &rival][n % 2].clone(), request.clone());
            async move { engine.supplier_callback("a", request).await.unwrap() }
        });
        for taken in at_once(seed, calls.collect()).await {
            assert_eq!(taken.answer.status, 200);
        }
        until(&world, &order, |now| now.state == OrderState::Succeeded).await;
        world.settle().await;
        assert_eq!(journals(&world, &order, Effect::Capture).await, 1);
        assert_eq!(world.look(&order).await.order.revision, 3);
        world.audit().await;
    }
}

/// A delivery is reversed, and a hundred people rule at one moment that the money goes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_refund() {
    for seed in seeds() {
        let world = Setup::default().start().await;
        let order = world.submit("A-1").await;
        until(&world, &order, |now| now.state == OrderState::Succeeded).await;
        let failed = Say::Refused(Formed::Yes, Reason::Other);
        world.call_back(&order, 0, failed).await;
        until(&world, &order, Order::is_disputed).await;
        let calls = (0..CALLERS).map(|_| {
            let (engine, id) = (world.engine.clone(), order.id);
            let back = Resolution::NotDelivered {
                proof: "statement line 7".into(),
            };
            async move { engine.resolve(id, back, "siti".parse().unwrap()).await }
        });
        let answers = at_once(seed, calls.collect()).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 1, "{answers:?}");
        assert_eq!(world.look(&order).await.order.state, OrderState::Reversed);
        assert_eq!(journals(&world, &order, Effect::Refund).await, 1);
        assert_eq!(world.wallet(world.h2h).await.available, rp(100_000_000));
        world.audit().await;
    }
}

/// A hundred people refund 60 % of a delivery at one moment: under one reference it is one refund and all of them are told so; under a reference each, the
/// second is more than is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_e_20_refunds_of_sixty_percent() {
    for seed in seeds() {
        let world = Setup::default().start().await;
        for is_one in [true, false] {
            let order = world.submit(&format!("A-{is_one}")).await;
            until(&world, &order, |now| now.state == OrderState::Succeeded).await;
            let calls = (0..CALLERS).map(|caller| {
                let (engine, id) = (world.engine.clone(), order.id);
                let number = if is_one { 0 } else { caller };
                let asked = RefundAsked {
                    reference: format!("cs-{number}").parse().unwrap(),
                    amount: rp(6_300),
                    note: "goodwill".into(),
                };
                async move { engine.refund(id, asked, "siti".parse().unwrap()).await }
            });
            let answers = at_once(seed, calls.collect()).await;
            let done = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(done, if is_one { CALLERS } else { 1 }, "{answers:?}");
            let now = world.look(&order).await.order;
            assert_eq!(
                (now.state, now.refunded()),
                (OrderState::Succeeded, rp(6_300))
            );
            assert_eq!(journals(&world, &order, Effect::Refund).await, 1);
            world.audit().await;
        }
    }
}

/// A hundred callers give away the same 60 % at one moment: under one reference it is given once, and each is told so; under a reference each, one has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_transfer() {
    for seed in seeds() {
        for is_one in [true, false] {
            let world = Setup::default().deposit(10_000).start().await;
            let (up, down) = (world.h2h, world.shop);
            let members = world.engine.members();
            let known = members.member(down).await.unwrap().unwrap();
            let mut below = (*known).clone();
            below.upline = Some(up);
            members.put_member(below, Some(known)).await.unwrap();
            let before = world.wallet(down).await.available;
            let calls = (0..CALLERS).map(|caller| {
                let engine = world.engine.clone();
                let number = if is_one { 0 } else { caller };
                let wanted = NewTransfer {
                    from: up,
                    ref_id: format!("T-{number}").parse().unwrap(),
                    to: down,
                    amount: rp(6_000),
                };
                async move { engine.transfer(wanted).await }
            });
            let answers = at_once(seed, calls.collect()).await;
            let done = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(done, if is_one { CALLERS } else { 1 }, "{answers:?}");
            let anew = answers.iter().flatten().filter(|it| !it.replayed);
            assert_eq!(anew.count(), 1);
            let after = world.wallet(down).await.available;
            assert_eq!(after.checked_sub(before), Some(rp(6_000)));
            assert_eq!(world.wallet(up).await.available, rp(4_000));
            world.audit().await;
        }
    }
}

/// Two deliveries were reversed and one of them credited. Then two processes learn at one moment that both had been delivered: what the supplier
/// still owes pays one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_two_processes_draw_what_a_supplier_owes_once() {
    for seed in seeds() {
        let world = Setup::default().start().await;
        let rival = world.rival();
        let mut orders = Vec::new();
        for n in 0..2 {
            let wish = world.wish(&format!("A-{n}"), &format!("08123456780{n}"));
            let order = world.try_submit(wish).await.unwrap();
            until(&world, &order, |now| now.state == OrderState::Succeeded).await;
            let failed = Say::Refused(Formed::Yes, Reason::Other);
            world.call_back(&order, 0, failed).await;
            until(&world, &order, Order::is_disputed).await;
            let back = Resolution::NotDelivered {
                proof: "statement line 7".into(),
            };
            let by = "siti".parse().unwrap();
            world.engine.resolve(order.id, back, by).await.unwrap();
            orders.push(order);
        }
        let supplier = SupplierId(0);
        let credited = MoneyMove {
            source: "statement".into(),
            reference: "line 8".into(),
            amount: rp(9_800),
            by: "siti".parse().unwrap(),
        };
        let kind = FloatMove::DisputeCredited;
        world.engine.float(supplier, kind, credited).await.unwrap();
        let engines = [&world.engine, &rival];
        let calls = orders.iter().zip(engines).map(|(order, engine)| {
            let (engine, id) = (engine.clone(), order.id);
            let by = "siti".parse().unwrap();
            async move { engine.resolve(id, Resolution::RECLAIM, by).await }
        });
        for ruled in at_once(seed, calls.collect()).await {
            assert_eq!(ruled.unwrap().state, OrderState::LateDelivered);
        }
        let owed = world.store().balance(Account::Dispute(supplier)).await;
        assert_eq!(owed.unwrap(), rp(0), "drawn once");
        let left = world.store().balance(Account::Prepaid(supplier)).await;
        assert_eq!(left.unwrap(), rp(100_000_000 - 2 * 9_800));
        world.audit().await;
    }
}

/// A hundred people saw the same order: half rule that it was delivered, half that it was not. One of them is heard (T-27).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_one_ruling_on_what_was_seen() {
    for seed in seeds() {
        let silent = says(Say::Unclear(Reason::Timeout)).executing();
        let world = Setup::default().supplier(dedicated(), silent).start().await;
        let order = world.submit("A-1").await;
        until(&world, &order, |now| {
            matches!(now.state, OrderState::InFlight(_))
        })
        .await;
        heard(&world, &order).await;
        let seen = world.look(&order).await;
        // What a person has in hand is the supplier's own word.
        let our_ref = &seen.attempts[0].supplier_ref;
        world
            .supplier(0)
            .callback(our_ref, Say::Refused(Formed::Yes, Reason::Other));
        let calls = (0..CALLERS).map(|n| {
            let (engine, id, version) = (world.engine.clone(), order.id, seen.order.version);
            let ruling = if n % 2 == 0 {
                Resolution::Delivered {
                    sn: None,
                    cost: None,
                }
            } else {
                Resolution::NotDelivered {
                    proof: "statement line 7".into(),
                }
            };
            let by = "siti".parse().unwrap();
            async move { engine.resolve_as_seen(id, version, ruling, by).await }
        });
        let answers = at_once(seed, calls.collect()).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        let changed = |answer: &Result<_, OperationError>| {
            matches!(answer, Err(OperationError::Changed { .. }))
        };
        assert!(refused.iter().all(changed), "{refused:?}");
        let ends = [Effect::Capture, Effect::Release];
        let mut endings = 0;
        for effect in ends {
            endings += journals(&world, &order, effect).await;
        }
        assert_eq!(endings, 1, "INV-15");
        world.audit().await;
    }
}

/// A hundred times "cancel" while nothing was intended yet, against the engine that begins to work.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_cancel_against_the_first_intent() {
    for seed in seeds() {
        let mut world = Setup::default().build().await;
        let order = world.submit("A-1").await;
        world.run();
        let calls = (0..CALLERS).map(|_| {
            let (engine, member, id) = (world.engine.clone(), world.h2h, order.id);
            async move { engine.cancel(member, id).await }
        });
        let answers = at_once(seed, calls.collect()).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(done <= 1, "{answers:?}");
        let ended = until(&world, &order, |now| !now.state.is_open()).await;
        let cancelled = ended.state == OrderState::Returned(Returned::Cancelled);
        assert_eq!(cancelled, done == 1, "{:?}", ended.state);
        assert_eq!(world.supplier(0).sends(), u32::from(!cancelled));
        world.audit().await;
    }
}

/// The same deposit from many tellers, while the money is spent.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_deposit_while_it_is_spent() {
    for seed in seeds() {
        let world = Setup::default().deposit(0).build().await;
        let calls = (0..CALLERS).map(|n| {
            let (engine, member) = (world.engine.clone(), world.h2h);
            let wish = world.wish(&format!("R-{n}"), &format!("0812345{n:05}"));
            async move {
                if n % 2 == 0 {
                    let money = eraflazz_core::engine::MoneyMove {
                        source: "bca".into(),
                        reference: "line 7".into(),
                        amount: rp(31_500),
                        by: "owner".parse().unwrap(),
                    };
                    engine.deposit(member, BankId(0), money).await.unwrap();
                } else {
                    engine.submit(wish).await.unwrap();
                }
            }
        });
        at_once(seed, calls.collect()).await;
        let wallet = world.wallet(world.h2h).await;
        assert_eq!(wallet.available.checked_add(wallet.held), Some(rp(31_500)));
        assert!(wallet.held <= rp(31_500));
        world.audit().await;
    }
}

/// A hundred people uphold the same delivery: its case is closed once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_same_case() {
    for seed in seeds() {
        let world = Setup::default().start().await;
        let order = world.submit("A-1").await;
        until(&world, &order, |now| now.state == OrderState::Succeeded).await;
        let failed = Say::Refused(Formed::Yes, Reason::Other);
        world.call_back(&order, 0, failed).await;
        until(&world, &order, Order::is_disputed).await;
        let upheld = Resolution::Delivered {
            sn: None,
            cost: None,
        };
        let calls = (0..CALLERS).map(|_| {
            let (engine, id, upheld) = (world.engine.clone(), order.id, upheld.clone());
            async move { engine.resolve(id, upheld, "siti".parse().unwrap()).await }
        });
        let answers = at_once(seed, calls.collect()).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert!(!world.case_kinds().await.contains(&CaseKind::Disputed));
        assert_eq!(world.look(&order).await.order.state, OrderState::Succeeded);
        world.audit().await;
    }
}
