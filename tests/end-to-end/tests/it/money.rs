//! Money that belongs to no order (D37).

use end_to_end::{Setup, rp};
use eraflazz_core::engine::{FloatMove, MoneyMove, OperationError};
use eraflazz_core::ids::{BankId, SupplierId};
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Ledger;

fn money(source: &str, reference: &str, amount: Money) -> MoneyMove {
    MoneyMove {
        source: source.into(),
        reference: reference.into(),
        amount,
        by: "owner".parse().unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn inv_22_a_deposit_happens_once_per_source_and_reference() {
    let world = Setup::default().deposit(0).build().await;
    let (engine, member, bank) = (&world.engine, world.h2h, BankId(0));
    let move_in = || money("bca", "line 7", rp(50_000));
    let first = engine.deposit(member, bank, move_in()).await.unwrap();
    let again = engine.deposit(member, bank, move_in()).await.unwrap();
    assert_eq!(first, again);
    for other in [rp(50_001), rp(49_999)] {
        let answer = engine
            .deposit(member, bank, money("bca", "line 7", other))
            .await;
        assert!(
            matches!(answer, Err(OperationError::RefMismatch { field: "amount" })),
            "{answer:?}"
        );
    }
    let elsewhere = engine.deposit(world.shop, bank, move_in()).await;
    assert!(
        matches!(
            elsewhere,
            Err(OperationError::RefMismatch { field: "member" })
        ),
        "{elsewhere:?}"
    );
    let other_bank = engine.deposit(member, BankId(1), move_in()).await;
    assert!(
        matches!(
            other_bank,
            Err(OperationError::RefMismatch { field: "bank" })
        ),
        "{other_bank:?}"
    );
    // The boundary between source and reference cannot be shifted.
    engine
        .deposit(member, bank, money("bca l", "ine 7", rp(1)))
        .await
        .unwrap();
    assert_eq!(world.wallet(member).await.available, rp(50_001));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_22_a_reference_is_one_however_it_is_spelt() {
    let world = Setup::default().deposit(0).build().await;
    let (engine, member, bank) = (&world.engine, world.h2h, BankId(0));
    let deposit = |source, reference| engine.deposit(member, bank, money(source, reference, rp(5)));
    let first = deposit("BCA", "Slip-5").await.unwrap();
    assert_eq!(deposit("bca", "SLIP-5").await.unwrap(), first);
    for (source, reference, wrong) in [
        (" bca", "5", "source"),
        ("bca\u{a0}", "5", "source"),
        (" ", "5", "source"),
        ("bca", "5 ", "reference"),
    ] {
        let answer = deposit(source, reference).await;
        assert!(
            matches!(answer, Err(OperationError::Field { field, rule }) if field == wrong && rule.contains("blanks at the ends")),
            "{answer:?}"
        );
    }
    let bought = FloatMove::Bought(bank);
    let float = |source| engine.float(SupplierId(0), bought, money(source, "F-1", rp(5)));
    assert_eq!(float("BCA").await.unwrap(), float("bca").await.unwrap());
    assert_eq!(world.wallet(member).await.available, rp(5));
    world.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_17_one_deposit_a_hundred_times_at_once() {
    let world = Setup::default().deposit(0).build().await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (engine, member) = (world.engine.clone(), world.h2h);
            tokio::spawn(async move {
                engine
                    .deposit(member, BankId(0), money("bca", "line 7", rp(500)))
                    .await
                    .unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.wallet(world.h2h).await.available, rp(500));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_06_float_happens_once_per_source_and_reference() {
    let world = Setup::default().float(1).build().await;
    let (engine, supplier) = (&world.engine, SupplierId(0));
    let bought = FloatMove::Bought(BankId(0));
    for _ in 0..3 {
        engine
            .float(supplier, bought, money("bca", "f1", rp(1_000)))
            .await
            .unwrap();
    }
    let other = engine
        .float(supplier, bought, money("bca", "f1", rp(999)))
        .await;
    assert!(
        matches!(other, Err(OperationError::RefMismatch { field: "amount" })),
        "{other:?}"
    );
    let prepaid = world
        .store()
        .balance(Account::Prepaid(supplier))
        .await
        .unwrap();
    assert_eq!(prepaid, rp(1_001));
    let corrected = FloatMove::Corrected(BankId(0));
    for _ in 0..2 {
        engine
            .float(supplier, corrected, money("bca", "f1", rp(1_000)))
            .await
            .unwrap();
    }
    let prepaid = world
        .store()
        .balance(Account::Prepaid(supplier))
        .await
        .unwrap();
    assert_eq!(prepaid, rp(1));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn a_supplier_gives_back_no_more_than_it_has_or_owes_unless_a_person_insists() {
    let world = Setup::default().float(1_000).build().await;
    let (engine, supplier) = (&world.engine, SupplierId(0));
    let balance = async |account| world.store().balance(account).await.unwrap();
    let (prepaid, dispute) = (Account::Prepaid(supplier), Account::Dispute(supplier));
    let corrected = FloatMove::Corrected(BankId(0));
    for (kind, too_much) in [(corrected, 1_001), (FloatMove::DisputeCredited, 1)] {
        let refused = engine.float(supplier, kind, money("bca", "g1", rp(too_much)));
        let refused = refused.await;
        assert!(
            matches!(
                refused,
                Err(OperationError::Field {
                    field: "amount",
                    ..
                })
            ),
            "{kind:?}: {refused:?}"
        );
    }
    assert_eq!(
        (balance(prepaid).await, balance(dispute).await),
        (rp(1_000), rp(0))
    );
    for _repeated in 0..2 {
        let all = engine.float(supplier, corrected, money("bca", "g1", rp(1_000)));
        all.await.unwrap();
    }
    assert_eq!(balance(prepaid).await, rp(0));
    let credited = FloatMove::DisputeCredited;
    for _repeated in 0..2 {
        let beyond = engine.float_beyond(supplier, credited, money("bca", "g2", rp(7)));
        beyond.await.unwrap();
    }
    assert_eq!(
        (balance(prepaid).await, balance(dispute).await),
        (rp(7), rp(-7))
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_05_amounts_are_above_zero_and_bounded() {
    let world = Setup::default().deposit(0).build().await;
    for amount in [
        rp(0),
        Money::from_hundredths(-1),
        Money::from_hundredths(i64::MAX),
    ] {
        let answer = world
            .engine
            .deposit(world.h2h, BankId(0), money("bca", "x", amount))
            .await;
        assert!(
            matches!(answer, Err(OperationError::Field { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(world.wallet(world.h2h).await.available, rp(0));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_24_a_corrected_deposit_that_was_spent_is_owed() {
    let world = Setup::default().deposit(0).start().await;
    world.deposit(world.h2h, "d1", 20_000).await;
    world.submit("A-1").await;
    world.settle().await;
    let back = money("bank", "d1 was not ours", rp(20_000));
    world
        .engine
        .correct_deposit(world.h2h, BankId(0), back)
        .await
        .unwrap();
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.receivable), (rp(0), rp(10_500)));
    world.deposit(world.h2h, "d2", 15_000).await;
    let wallet = world.wallet(world.h2h).await;
    assert_eq!((wallet.available, wallet.receivable), (rp(4_500), rp(0)));
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_06_a_correction_that_became_a_debt_is_found_again() {
    let world = Setup::default().deposit(0).build().await;
    let (engine, bank) = (&world.engine, BankId(0));
    // Nothing left: all of it is owed.
    let first = engine
        .correct_deposit(world.h2h, bank, money("bank", "c1", rp(5_000)))
        .await
        .unwrap();
    let again = engine
        .correct_deposit(world.h2h, bank, money("bank", "c1", rp(5_000)))
        .await;
    assert_eq!(again.unwrap(), first);
}
