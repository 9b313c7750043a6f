//! Deposit tickets: an exact amount is one member's, a line of the bank's statement is consumed once, and what is not clear is nobody's (INV-23).

use std::collections::BTreeSet;

use end_to_end::{Setup, World, came, minutes, rp, secs};
use eraflazz_core::commit::{CaseKey, CaseKind};
use eraflazz_core::engine::{DepositError, LineTaken, NewDeposit, OperationError};
use eraflazz_core::ids::{BankId, GatewayId, MemberId};
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{BankLine, DepositStatus, Method, Payment};
use eraflazz_core::ports::{Ledger, Store};

async fn world() -> World {
    Setup::default().deposit(0).start().await
}

fn wanted(world: &World, member: MemberId, ref_id: &str, rupiah: i64) -> NewDeposit {
    NewDeposit {
        gateway: "bca".to_owned(),
        method: Method::Transfer,
        ..world.paying_in(member, ref_id, rupiah)
    }
}

async fn ticket(world: &World, ref_id: &str, rupiah: i64) -> Payment {
    let new = wanted(world, world.h2h, ref_id, rupiah);
    world.engine.open_deposit(new).await.unwrap()
}

async fn available(world: &World) -> Money {
    world.wallet(world.h2h).await.available
}

async fn bank(world: &World) -> Money {
    let account = Account::Bank(BankId(2));
    world.store().balance(account).await.unwrap()
}

async fn suspense(world: &World) -> Money {
    let account = Account::SuspenseDeposit;
    world.store().balance(account).await.unwrap()
}

async fn take(world: &World, lines: &[BankLine]) -> Vec<LineTaken> {
    world.engine.take_lines("bca", lines).await.unwrap()
}

/// The line that pays it, now.
fn pays(world: &World, name: &str, ticket: &Payment) -> BankLine {
    came(name, ticket.amount.whole_rupiah().unwrap(), world.now())
}

#[tokio::test(start_paused = true)]
async fn inv_23_a_transfer_of_the_exact_amount_is_credited_once() {
    let world = world().await;
    let made = ticket(&world, "D-1", 50_000).await;
    assert_eq!(made.status(), DepositStatus::Pending);
    assert_eq!(made.pay_with.code.as_deref(), Some("1234567890"));
    assert_eq!(made.pay_with.biller.as_deref(), Some("BCA a.n. PT Maju"));
    let more = made.amount.checked_sub(rp(50_000)).unwrap();
    assert!((rp(1)..=rp(999)).contains(&more), "{more}");
    assert_eq!(made.payable, Some(made.amount));
    assert_eq!(ticket(&world, "D-1", 50_000).await, made, "the same again");
    world.pass(minutes(7)).await;
    let line = pays(&world, "A", &made);
    assert_eq!(
        take(&world, std::slice::from_ref(&line)).await,
        [LineTaken::Credited(made.id)]
    );
    assert_eq!(available(&world).await, made.amount);
    assert_eq!(bank(&world).await, made.amount);
    // Told again, read again, read anew under another id, or with other words under this one.
    world.statement().has(line.clone());
    let other_id = BankLine {
        id: "B".parse().ok(),
        ..line.clone()
    };
    let other_words = BankLine {
        key: BankLine::key_of(&["other words"], 0).unwrap(),
        ..line.clone()
    };
    let again = [line.clone(), line, other_id, other_words];
    assert_eq!(take(&world, &again).await, [LineTaken::Known; 4]);
    world.pass(minutes(25)).await;
    assert_eq!(available(&world).await, made.amount);
    assert_eq!(
        (bank(&world).await, suspense(&world).await),
        (made.amount, Money::ZERO)
    );
    assert_eq!(world.case_kinds().await, []);
    world.audit().await;
}

/// What is not pushed is read.
#[tokio::test(start_paused = true)]
async fn inv_26_what_was_not_pushed_is_read() {
    let world = world().await;
    let made = ticket(&world, "D-1", 50_000).await;
    world.statement().has(pays(&world, "A", &made));
    world.pass(minutes(11)).await;
    assert_eq!(available(&world).await, made.amount);
    world.audit().await;
}

/// A second transfer, another amount, one from before the ticket: each lies in suspense, before a person.
#[tokio::test(start_paused = true)]
async fn e_30_what_is_not_clear_lies_in_suspense_until_somebody_claims_it() {
    let world = world().await;
    let made = ticket(&world, "D-1", 50_000).await;
    let early = BankLine {
        at: Some(made.created_at.minus(minutes(6))),
        ..pays(&world, "early", &made)
    };
    let near = came("near", made.amount.whole_rupiah().unwrap() + 1, world.now());
    let first = pays(&world, "first", &made);
    let second = pays(&world, "second", &made);
    let taken = take(&world, &[early, near, first, second.clone()]).await;
    assert!(
        matches!(
            taken[..],
            [
                LineTaken::Suspended(_),
                LineTaken::Suspended(_),
                LineTaken::Credited(_),
                LineTaken::Suspended(_)
            ]
        ),
        "{taken:?}"
    );
    assert_eq!(available(&world).await, made.amount);
    assert_eq!(world.case_kinds().await, [CaseKind::DepositAmount; 3]);
    let three = suspense(&world).await;
    let key = CaseKey {
        subject: second.subject(GatewayId(2)),
        version: 1,
        kind: CaseKind::DepositAmount,
    };
    let dewi = || "dewi".parse().unwrap();
    let claim = async |key| {
        let engine = &world.engine;
        engine.claim_line(key, world.h2h, "his slip", &dewi()).await
    };
    claim(key).await.unwrap();
    let twice = made.amount.checked_add(made.amount).unwrap();
    assert_eq!(available(&world).await, twice);
    assert_eq!(
        suspense(&world).await,
        three.checked_sub(made.amount).unwrap()
    );
    let again = claim(key).await;
    assert!(matches!(again, Err(OperationError::NotFound)), "{again:?}");
    assert_eq!(world.case_kinds().await.len(), 2);
    // A case that no line has opened is nobody's to claim.
    world
        .engine
        .payment_callback("till", end_to_end::stray(1))
        .await
        .unwrap();
    let cases = world.cases().await;
    let other = cases.iter().find(|case| case.amount == Some(rp(50_000)));
    let foreign = claim(other.unwrap().key).await;
    assert!(
        matches!(foreign, Err(OperationError::Field { .. })),
        "{foreign:?}"
    );
    world.audit().await;
}

/// INV-5: what no transfer may carry is not booked, and not passed over in silence either.
#[tokio::test(start_paused = true)]
async fn inv_05_a_line_beyond_all_amounts_is_told_and_not_booked() {
    let world = world().await;
    let most = Money::MAX_AMOUNT.whole_rupiah().unwrap();
    let more = BankLine {
        amount: Money::from_hundredths(Money::MAX_AMOUNT.hundredths() + 1),
        ..came("more", most, world.now())
    };
    let lines = [came("most", most, world.now()), more];
    for again in [false, true] {
        let taken = take(&world, &lines).await;
        let first = matches!(taken[0], LineTaken::Known) == again;
        assert!(first && taken[1] == LineTaken::Unbookable, "{taken:?}");
    }
    assert_eq!(suspense(&world).await, Money::MAX_AMOUNT);
    world.audit().await;
}

/// Nobody is given an amount that is still awaited; what comes late is its own, and after a day nobody's.
#[tokio::test(start_paused = true)]
async fn e_29_a_ticket_keeps_its_amount_for_a_day_after_its_end() {
    let world = world().await;
    let late = ticket(&world, "D-1", 50_000).await;
    let lost = ticket(&world, "D-2", 70_000).await;
    let engine = &world.engine;
    let called_off = ticket(&world, "D-3", 90_000).await;
    engine
        .cancel_deposit(world.h2h, called_off.id)
        .await
        .unwrap();
    world.pass(minutes(66)).await;
    for (row, status) in [
        (&late, DepositStatus::Expired),
        (&lost, DepositStatus::Expired),
        (&called_off, DepositStatus::Cancelled),
    ] {
        assert_eq!(world.deposit_now(row).await.status(), status);
    }
    // However often somebody looks, its time runs no faster.
    for _ in 0..5 {
        world.pass(secs(11)).await;
        engine.check_deposit(world.h2h, lost.id).await.unwrap();
        engine.check_deposit_coded(&lost.code).await.unwrap();
    }
    world.pass(minutes(23 * 60)).await;
    for row in [&late, &lost, &called_off] {
        let (bank, amount) = (row.gateway, row.amount);
        let holder = world.store().payment_awaiting(bank, amount).await.unwrap();
        assert_eq!(holder.map(|holder| holder.id), Some(row.id));
    }
    take(&world, &[pays(&world, "late", &late)]).await;
    assert_eq!(available(&world).await, late.amount);
    assert_eq!(world.case_kinds().await, [CaseKind::DepositTurned]);
    world.pass(minutes(3 * 60)).await;
    let taken = take(&world, &[pays(&world, "lost", &lost)]).await;
    assert!(matches!(taken[..], [LineTaken::Suspended(_)]), "{taken:?}");
    assert_eq!(available(&world).await, late.amount);
    world.audit().await;
}

/// Codes run out, and no two tickets ever want the same amount.
#[tokio::test(start_paused = true)]
async fn inv_23_no_two_tickets_want_one_amount() {
    let world = world().await;
    let mut seen = BTreeSet::new();
    for n in 0..40 {
        let made = ticket(&world, &format!("D-{n}"), 50_000).await;
        assert!(seen.insert(made.amount), "{}", made.amount);
        world
            .engine
            .cancel_deposit(world.h2h, made.id)
            .await
            .unwrap();
    }
    for n in 0..3 {
        ticket(&world, &format!("E-{n}"), 50_000).await;
    }
    let fourth = wanted(&world, world.h2h, "E-3", 50_000);
    let fourth = world.engine.open_deposit(fourth).await;
    assert!(
        matches!(fourth, Err(DepositError::TooManyOpen { max: 3 })),
        "{fourth:?}"
    );
    let other = wanted(&world, world.shop, "E-3", 50_000);
    world.engine.open_deposit(other).await.unwrap();
}
