//! Deposits through a gateway: credited once by what the gateway itself answers, whatever is told, lost, late, wrong, taken back or cut off (INV-22, INV-24, INV-35).

use std::sync::Arc;
use std::time::Duration;

use end_to_end::{Makes, Place, Point, Setup, World, forged, minutes, rp, secs, stray};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{CallbackError, DepositError, NewDeposit};
use eraflazz_core::ids::GatewayId;
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::order::Entry;
use eraflazz_core::payment::{Payment, PaymentClaim, PaymentReason, PaymentState, Stage};
use eraflazz_core::ports::{Ledger, Page};
use tokio_util::sync::CancellationToken;

async fn world() -> World {
    Setup::default().deposit(0).start().await
}

async fn available(world: &World) -> Money {
    world.wallet(world.h2h).await.available
}

async fn clearing(world: &World) -> Money {
    let account = Account::Clearing(GatewayId(1));
    world.store().balance(account).await.unwrap()
}

/// Lets what was told be asked about.
async fn soon(world: &World) {
    world.pass(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn inv_22_a_deposit_that_is_paid_and_told_of_is_credited_once() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    assert_eq!(
        (deposit.stage, deposit.state),
        (Stage::Made, PaymentState::Pending)
    );
    assert_eq!(deposit.pay_with.code.as_deref(), Some("8808123"));
    world.till().keeps(deposit.code, 750);
    world.till().becomes(deposit.code, PaymentState::Settled);
    let taken = world
        .told(&deposit, PaymentState::Settled, 1)
        .await
        .unwrap();
    assert_eq!(taken.answer.status, 200);
    soon(&world).await;
    assert_eq!(available(&world).await, rp(50_000));
    assert_eq!(clearing(&world).await, rp(49_250));
    assert_eq!(world.store().balance(Account::Fees).await.unwrap(), rp(750));
    let deposit = world.deposit_now(&deposit).await;
    assert_eq!(
        (deposit.state, deposit.credited()),
        (PaymentState::Settled, rp(50_000))
    );
    let mutations = world
        .engine
        .mutations(world.h2h, &Page::first(9))
        .await
        .unwrap();
    assert_eq!(mutations.len(), 1);
    world.pass(minutes(60 * 72)).await;
    assert_eq!(world.deposit_now(&deposit).await.next_check_at, None);
    assert_eq!(available(&world).await, rp(50_000));
    assert_eq!(world.case_kinds().await, []);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_26_a_deposit_that_nobody_tells_of_is_credited_by_the_next_check() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    world.till().becomes(deposit.code, PaymentState::Settled);
    world.pass(minutes(4)).await;
    assert_eq!(available(&world).await, rp(50_000));
    world.audit().await;
}

/// Whatever else is lost; and never a second look while one is out, however slow its gateway is.
#[tokio::test(start_paused = true)]
async fn inv_26_what_can_be_paid_is_looked_at_every_five_minutes() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    world.pass(minutes(3)).await;
    for _ in 0..10 {
        let looks = world.till().looks();
        world.pass(minutes(5)).await;
        assert_eq!(world.till().looks(), looks + 1);
    }
    // It is due for a minute, and the sweep comes every second.
    world.till().takes_so_long(secs(29));
    world.pass(minutes(10)).await;
    assert_eq!(world.till().looks_at_once(), 1);
    assert!(world.deposit_now(&deposit).await.is_payable());
}

/// The world begins at 10:00 in Jakarta.
#[tokio::test(start_paused = true)]
async fn e_29_what_nobody_pays_is_ended_at_three_in_the_morning() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    let paid = world.pay_in("D-2", 20_000).await;
    world.pass(minutes(3 * 60)).await;
    let looks = world.till().looks();
    world.till().becomes(paid.code, PaymentState::Settled);
    world.pass(minutes(14 * 60 - 1)).await;
    assert_eq!(world.till().looks(), looks, "nobody asks by day");
    assert!(world.deposit_now(&deposit).await.is_payable());
    world.pass(minutes(2)).await;
    let ended = world.deposit_now(&deposit).await;
    assert_eq!(ended.state, PaymentState::Cancelled);
    let late = world.deposit_now(&paid).await;
    assert_eq!(late.credited(), rp(20_000), "what was paid is credited");
    // Money that comes all the same is the member's.
    world.till().becomes(deposit.code, PaymentState::Settled);
    world
        .told(&deposit, PaymentState::Settled, 1)
        .await
        .unwrap();
    soon(&world).await;
    assert_eq!(available(&world).await, rp(70_000));
    world.audit().await;
}

/// Without a word nothing changes; with it what the gateway says is booked, once.
#[tokio::test(start_paused = true)]
async fn inv_22_a_check_by_hand_books_only_what_is_to_be_fixed() {
    let world = world().await;
    let paid = world.pay_in("D-1", 50_000).await;
    let open = world.pay_in("D-2", 20_000).await;
    world.till().becomes(paid.code, PaymentState::Settled);
    let engine = &world.engine;
    let before = world.deposit_now(&paid).await;
    let settled = Some(PaymentClaim::Is(PaymentState::Settled));
    for fix in [false, true] {
        let found = engine.check_deposits(None, 50, fix).await.unwrap();
        assert_eq!((found.checked.len(), found.next), (2, None));
        let checked = |id| found.checked.iter().find(|one| one.before.id == id);
        let of_paid = checked(paid.id).unwrap();
        assert_eq!((of_paid.said, &of_paid.before), (settled, &before));
        assert_eq!(of_paid.after.credited(), rp(50_000));
        assert!(checked(open.id).unwrap().after.is_payable());
        if !fix {
            assert_eq!(world.deposit_now(&paid).await, before);
            assert_eq!(available(&world).await, Money::ZERO);
        }
    }
    assert_eq!(available(&world).await, rp(50_000));
    let left = engine.check_deposits(None, 50, true).await.unwrap();
    assert_eq!(left.checked.len(), 1, "it can be paid no more");
    let again = engine.check_deposit_coded(&paid.code).await.unwrap();
    let again = again.unwrap();
    assert_eq!(again.before.credited(), again.after.credited());
    assert_eq!(available(&world).await, rp(50_000));
    // Part by part, and what is over alone is ended.
    let first = engine.end_expired_deposits(None, 1).await.unwrap();
    assert_eq!((first.checked.len(), first.next), (0, Some(open.place())));
    let rest = engine.end_expired_deposits(first.next, 1).await.unwrap();
    assert_eq!((rest.checked.len(), rest.next), (0, None));
    world.pass(minutes(61)).await;
    let ended = engine.end_expired_deposits(None, 50).await.unwrap();
    let after: Vec<_> = ended.checked.iter().map(|one| one.after.state).collect();
    assert_eq!(after, [PaymentState::Cancelled]);
    let nothing = engine.end_expired_deposits(None, 50).await.unwrap();
    assert_eq!((nothing.checked.len(), nothing.next), (0, None));
    world.audit().await;
}

/// A notification that nobody made true moves nothing, and neither does one that is old, double or out of order.
#[tokio::test(start_paused = true)]
async fn inv_35_what_is_told_moves_nothing_by_itself_in_any_order() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    for n in 0..3 {
        world
            .told(&deposit, PaymentState::Settled, n)
            .await
            .unwrap();
        soon(&world).await;
        assert_eq!(available(&world).await, Money::ZERO);
    }
    world.till().becomes(deposit.code, PaymentState::Settled);
    world
        .told(&deposit, PaymentState::Settled, 9)
        .await
        .unwrap();
    soon(&world).await;
    let credited = world.deposit_now(&deposit).await;
    for (n, state) in (20..).zip([
        PaymentState::Settled,
        PaymentState::Pending,
        PaymentState::Expired,
        PaymentState::Denied,
        PaymentState::Captured,
        PaymentState::Refunded,
    ]) {
        for _ in 0..3 {
            world.told(&deposit, state, n).await.unwrap();
            soon(&world).await;
        }
    }
    let after = world.deposit_now(&deposit).await;
    assert_eq!(
        (after.state, after.booked),
        (PaymentState::Settled, credited.booked)
    );
    assert_eq!(available(&world).await, rp(50_000));
    assert_eq!(world.case_kinds().await, []);
    // Each was kept once, with its bytes.
    let log = world.store().log(deposit.id.into()).await.unwrap();
    let told = log.iter().filter(|row| {
        matches!(
            row.entry,
            Entry::Deposit(eraflazz_core::payment::DepositEntry::Notified { .. })
        )
    });
    assert_eq!(told.filter(|row| row.hash.is_some()).count(), 10);
    let forged = world
        .engine
        .payment_callback("till", forged(deposit.code))
        .await;
    assert_eq!(forged.unwrap_err(), CallbackError::Unauthenticated);
    let nobody = world.engine.payment_callback("kassa", stray(1)).await;
    assert_eq!(nobody.unwrap_err(), CallbackError::Unauthenticated);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_28_another_amount_goes_to_suspense_and_to_a_person() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    world.till().takes(deposit.code, 45_000);
    world
        .told(&deposit, PaymentState::Settled, 1)
        .await
        .unwrap();
    world.pass(minutes(60)).await;
    assert_eq!(available(&world).await, Money::ZERO);
    let suspense = world
        .store()
        .balance(Account::SuspenseDeposit)
        .await
        .unwrap();
    assert_eq!((suspense, clearing(&world).await), (rp(45_000), rp(45_000)));
    let cases = world.cases().await;
    assert_eq!(cases.len(), 1);
    assert_eq!(
        (cases[0].key.kind, cases[0].amount),
        (CaseKind::DepositAmount, Some(rp(45_000)))
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_29_a_deposit_paid_after_its_end_is_credited_and_a_person_hears_of_it() {
    for told in [true, false] {
        let world = world().await;
        let deposit = world.pay_in("D-1", 50_000).await;
        world.till().becomes(deposit.code, PaymentState::Expired);
        world.pass(minutes(10)).await;
        assert_eq!(
            world.deposit_now(&deposit).await.state,
            PaymentState::Expired
        );
        world.till().becomes(deposit.code, PaymentState::Settled);
        if told {
            world
                .told(&deposit, PaymentState::Settled, 1)
                .await
                .unwrap();
            soon(&world).await;
        } else {
            world.pass(minutes(25 * 60)).await;
        }
        assert_eq!(available(&world).await, rp(50_000), "told: {told}");
        assert_eq!(world.case_kinds().await, [CaseKind::DepositTurned]);
        world.audit().await;
    }
}

/// What was spent of it is owed and the wallet takes no more holds; an order that is open goes on.
#[tokio::test(start_paused = true)]
async fn e_32_a_settlement_that_is_denied_later_is_taken_back_in_full() {
    for (told, spends) in [(true, true), (false, true), (true, false)] {
        let world = world().await;
        let deposit = world.pay_in("D-1", 50_000).await;
        world.till().becomes(deposit.code, PaymentState::Settled);
        world.pass(minutes(4)).await;
        if spends {
            world.submit("A-1").await;
            world.settle().await;
        }
        world.till().becomes(deposit.code, PaymentState::Denied);
        if told {
            world.told(&deposit, PaymentState::Denied, 1).await.unwrap();
            soon(&world).await;
        } else {
            world.pass(minutes(15)).await;
        }
        let wallet = world.wallet(world.h2h).await;
        let owed = if spends { rp(10_500) } else { Money::ZERO };
        assert_eq!(
            (wallet.available, wallet.receivable, wallet.frozen),
            (Money::ZERO, owed, spends)
        );
        assert_eq!(clearing(&world).await, Money::ZERO);
        assert_eq!(world.case_kinds().await, [CaseKind::DepositTurned]);
        assert_eq!(world.deposit_now(&deposit).await.credited(), Money::ZERO);
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn inv_24_a_part_that_went_back_is_taken_back_and_no_more() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    world.till().becomes(deposit.code, PaymentState::Settled);
    world.pass(minutes(4)).await;
    world.till().gives_back(deposit.code, 20_000);
    for n in 0..3 {
        world
            .told(&deposit, PaymentState::PartlyRefunded, n)
            .await
            .unwrap();
        soon(&world).await;
        assert_eq!(available(&world).await, rp(30_000));
    }
    world.till().becomes(deposit.code, PaymentState::Refunded);
    world
        .told(&deposit, PaymentState::Refunded, 9)
        .await
        .unwrap();
    soon(&world).await;
    assert_eq!(available(&world).await, Money::ZERO);
    world.audit().await;
}

/// The answer to a create is lost: it is looked up, and never asked for again.
#[tokio::test(start_paused = true)]
async fn inv_22_a_create_in_doubt_is_looked_up_and_never_repeated() {
    for (makes, blind, stage) in [
        (Makes::Lost, 0, Stage::Made),
        (Makes::Lost, 2, Stage::Made),
        (Makes::Nothing, 0, Stage::NeverMade),
    ] {
        let world = world().await;
        world.till().will([makes]);
        world.till().is_blind(blind);
        let deposit = world.pay_in("D-1", 50_000).await;
        assert_eq!(deposit.stage, Stage::Asked);
        world.pass(minutes(15)).await;
        assert_eq!(world.deposit_now(&deposit).await.stage, stage);
        let again = world.pay_in("D-1", 50_000).await;
        assert_eq!((again.id, again.stage), (deposit.id, stage));
        assert_eq!(world.till().creates(), [1]);
        if stage == Stage::Made {
            world.till().becomes(deposit.code, PaymentState::Settled);
            world.pass(minutes(20)).await;
            assert_eq!(available(&world).await, rp(50_000));
        }
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn inv_18_the_same_reference_is_the_same_deposit() {
    let world = world().await;
    let first = world.pay_in("D-1", 50_000).await;
    assert_eq!(world.pay_in("D-1", 50_000).await, first);
    let mut other = world.paying_in(world.h2h, "D-1", 50_001);
    let mismatch = world.engine.open_deposit(other.clone()).await;
    assert!(
        matches!(mismatch, Err(DepositError::RefMismatch)),
        "{mismatch:?}"
    );
    other.member = world.shop;
    let foreign = world.engine.open_deposit(other).await.unwrap();
    assert_ne!(foreign.id, first.id);
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let (engine, new) = (
                world.engine.clone(),
                world.paying_in(world.h2h, "D-2", 20_000),
            );
            tokio::spawn(async move { engine.open_deposit(new).await })
        })
        .collect();
    for one in asked {
        assert_eq!(one.await.unwrap().unwrap().amount, rp(20_000));
    }
    assert_eq!(world.till().creates(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_no_gateway_should_be_asked_is_refused_before_anything_is_kept() {
    let world = world().await;
    let refused = async |change: fn(&mut NewDeposit)| {
        let mut new = world.paying_in(world.h2h, "D-1", 50_000);
        change(&mut new);
        world.engine.open_deposit(new).await.unwrap_err()
    };
    for (field, change) in [
        (
            "amount",
            (|new| new.amount = rp(9_999)) as fn(&mut NewDeposit),
        ),
        ("amount", |new| new.amount = rp(10_000_001)),
        ("amount", |new| {
            new.amount = Money::from_hundredths(2_000_050);
        }),
        ("method", |new| {
            new.method = eraflazz_core::payment::Method::Page;
        }),
        ("customer.email", |new| {
            new.customer.email = "budi".to_owned();
        }),
    ] {
        let error = refused(change).await;
        assert!(
            matches!(error, DepositError::Field { field: named, .. } if named == field),
            "{error:?}"
        );
    }
    let unknown = refused(|new| new.gateway = "kassa".to_owned()).await;
    assert!(
        matches!(unknown, DepositError::UnknownGateway),
        "{unknown:?}"
    );
    assert_eq!(world.till().creates(), [] as [u32; 0]);
    world
        .till()
        .will([Makes::Refused(PaymentReason::ChannelClosed)]);
    let deposit = world.pay_in("D-1", 50_000).await;
    assert_eq!(deposit.stage, Stage::Refused(PaymentReason::ChannelClosed));
    assert_eq!(deposit.next_check_at, None);
}

#[tokio::test(start_paused = true)]
async fn inv_34_a_deposit_is_looked_at_and_called_off_by_its_member_alone() {
    let world = world().await;
    let deposit = world.pay_in("D-1", 50_000).await;
    let engine = &world.engine;
    let foreign = engine.deposit_of(world.shop, deposit.id).await.unwrap();
    assert_eq!(foreign, None);
    for foreign in [
        engine.check_deposit(world.shop, deposit.id).await,
        engine.cancel_deposit(world.shop, deposit.id).await,
    ] {
        assert!(
            matches!(foreign, Err(DepositError::NotFound)),
            "{foreign:?}"
        );
    }
    world.till().becomes(deposit.code, PaymentState::Settled);
    let checked = engine.check_deposit(world.h2h, deposit.id).await.unwrap();
    assert_eq!(checked.credited(), rp(50_000));
    let again = engine.check_deposit(world.h2h, deposit.id).await;
    assert!(
        matches!(again, Err(DepositError::TooSoon { .. })),
        "{again:?}"
    );
    world.pass(secs(10)).await;
    engine.check_deposit(world.h2h, deposit.id).await.unwrap();
    let late = engine.cancel_deposit(world.h2h, deposit.id).await;
    assert!(matches!(late, Err(DepositError::WrongState)), "{late:?}");

    let second = world.pay_in("D-2", 20_000).await;
    let cancelled = engine.cancel_deposit(world.h2h, second.id).await.unwrap();
    assert_eq!(cancelled.state, PaymentState::Cancelled);
    // Paid while it was called off: the look finds it.
    let third = world.pay_in("D-3", 20_000).await;
    world.till().becomes(third.code, PaymentState::Settled);
    let paid = engine.cancel_deposit(world.h2h, third.id).await.unwrap();
    assert_eq!(
        (paid.state, paid.credited()),
        (PaymentState::Settled, rp(20_000))
    );
    let list = engine
        .deposits_of(world.h2h, &Page::first(9))
        .await
        .unwrap();
    let ids: Vec<_> = list.iter().map(|deposit| deposit.id).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(available(&world).await, rp(70_000));
    world.audit().await;
}

/// Kept once, before a person, and nobody's money.
#[tokio::test(start_paused = true)]
async fn a_payment_that_is_nobodys_is_kept_and_moves_nothing() {
    let world = world().await;
    for n in [1, 1, 1, 2] {
        world
            .engine
            .payment_callback("till", stray(n))
            .await
            .unwrap();
    }
    let kinds = world.case_kinds().await;
    assert_eq!(kinds, [CaseKind::DepositAmount; 2]);
    for case in world.cases().await {
        let log = world.store().log(case.key.subject).await.unwrap();
        assert_eq!(log.len(), 1, "kept once");
    }
    assert_eq!(clearing(&world).await, Money::ZERO);
}

/// How a deposit comes to its end, told or not, and the points that the first process came by.
async fn story(world: &mut World, dies_at: Option<Point>, told: bool) -> (Payment, Vec<Point>) {
    world.life.ends_at(dies_at);
    let first = Arc::clone(&world.life);
    let new = world.paying_in(world.h2h, "D-1", 50_000);
    let engine = world.engine.clone();
    unless_it_dies(
        world,
        async move { engine.open_deposit(new).await.map(drop) },
    )
    .await;
    revived(world).await;
    // Whoever asked may not have been answered, and asks again.
    let engine = world.engine.clone();
    let new = world.paying_in(world.h2h, "D-1", 50_000);
    unless_it_dies(
        world,
        async move { engine.open_deposit(new).await.map(drop) },
    )
    .await;
    revived(world).await;
    let deposit = world.pay_in("D-1", 50_000).await;
    world.pass(minutes(8)).await;
    revived(world).await;
    if world.deposit_now(&deposit).await.stage == Stage::Made {
        world.till().becomes(deposit.code, PaymentState::Settled);
    }
    for _ in 0..3 {
        if told && !world.till().codes().is_empty() {
            let notice = world.till().notice(deposit.code, PaymentState::Settled, 1);
            let engine = world.engine.clone();
            let telling = async move { engine.payment_callback("till", notice).await.map(drop) };
            unless_it_dies(world, telling).await;
        }
        world.pass(secs(2)).await;
        revived(world).await;
    }
    world.pass(minutes(20)).await;
    revived(world).await;
    world.pass(minutes(15)).await;
    (world.deposit_now(&deposit).await, first.points())
}

/// Does it, unless the process dies over it.
async fn unless_it_dies<T: Send + 'static>(
    world: &World,
    what: impl Future<Output = T> + Send + 'static,
) {
    let (life, doing) = (Arc::clone(&world.life), tokio::spawn(what));
    tokio::select! {
        biased;
        () = life.over() => {}
        _ = doing => {}
    }
}

/// The next process, if this one died.
async fn revived(world: &mut World) {
    if world.life.is_over() {
        world.restart();
        world.pass(secs(1)).await;
    }
}

fn house() -> Setup {
    let setup = Setup::default().deposit(0);
    setup.settings(|settings| settings.sweep_interval = secs(20))
}

async fn dies_everywhere(home: fn() -> Setup, told: bool) {
    let mut world = home().start().await;
    let (whole, points) = story(&mut world, None, told).await;
    assert_eq!(whole.credited(), rp(50_000));
    let is_commit = |point: &&Point| point.place == Place::BeforeCommit;
    assert!(points.iter().filter(is_commit).count() >= 4, "{points:?}");
    for point in points {
        let mut world = home().start().await;
        let (deposit, _) = story(&mut world, Some(point), told).await;
        let creates: u32 = world.till().creates().iter().sum();
        assert!(creates <= 1, "{point:?}: asked for again");
        match deposit.stage {
            Stage::Made => assert_eq!(available(&world).await, rp(50_000), "{point:?}"),
            // No byte left before the death: nothing can be paid.
            Stage::NeverMade => assert!(world.till().codes().is_empty(), "{point:?}"),
            stage @ (Stage::Asked | Stage::Refused(_)) => panic!("{point:?}: {stage:?}"),
        }
        assert_eq!(world.case_kinds().await, [], "{point:?}");
        world.audit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn c_08_a_death_anywhere_on_the_way_credits_once_and_asks_once() {
    for told in [true, false] {
        dies_everywhere(house, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn c_08_a_death_anywhere_on_the_way_credits_once_and_asks_once_on_a_disk() {
    dies_everywhere(|| house().on_disk(), true).await;
}

/// A server that only takes orders asks the gateway itself: its member waits for what to pay with, and nobody else has heard the notification.
#[tokio::test(start_paused = true)]
async fn a_process_that_works_no_orders_asks_for_deposits_and_looks_at_them() {
    let mut world = world().await;
    world.stop().await;
    let clerk = world.newcomer();
    let leave = CancellationToken::new();
    let standing = tokio::spawn(clerk.clone().stand_by_until(leave.clone()));
    clerk.ready().await;
    let wanted = world.paying_in(world.h2h, "D-1", 50_000);
    let deposit = clerk.open_deposit(wanted).await.unwrap();
    assert_eq!(deposit.stage, Stage::Made);
    world.till().becomes(deposit.code, PaymentState::Settled);
    let notice = world.till().notice(deposit.code, PaymentState::Settled, 1);
    clerk.payment_callback("till", notice).await.unwrap();
    let mut waited = 0;
    while world.deposit_now(&deposit).await.booked.is_none() {
        waited += 1;
        assert!(waited < 1_000, "never credited");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(available(&world).await, rp(50_000));
    leave.cancel();
    standing.await.unwrap().unwrap();
    let late = world.paying_in(world.h2h, "D-2", 50_000);
    let late = clerk.open_deposit(late).await;
    assert!(
        matches!(late, Err(DepositError::Overloaded { .. })),
        "{late:?}"
    );
    assert_eq!(world.till().creates(), [1]);
}

#[tokio::test(start_paused = true)]
async fn e_06_a_hundred_notifications_at_once_credit_once() {
    a_hundred_at_once(world().await).await;
}

/// Each is answered, one is kept, the money comes once.
pub(crate) async fn a_hundred_at_once(world: World) {
    let deposit = world.pay_in("D-1", 50_000).await;
    world.till().becomes(deposit.code, PaymentState::Settled);
    let notice = world.till().notice(deposit.code, PaymentState::Settled, 1);
    let told: Vec<_> = (0..100)
        .map(|_| {
            let (engine, notice) = (world.engine.clone(), notice.clone());
            tokio::spawn(async move { engine.payment_callback("till", notice).await })
        })
        .collect();
    for one in told {
        assert_eq!(one.await.unwrap().unwrap().answer.status, 200);
    }
    let mut looks = 0;
    while world.deposit_now(&deposit).await.booked.is_none() {
        looks += 1;
        assert!(looks < 1_000, "never credited");
        world.pass(Duration::from_millis(20)).await;
    }
    assert_eq!(available(&world).await, rp(50_000));
    assert_eq!(clearing(&world).await, rp(50_000));
    world.audit().await;
}
