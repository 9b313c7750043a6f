//! Books that are recounted while orders go on (D29).

use end_to_end::{Setup, minutes, rp};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::SubmitError;
use eraflazz_core::ids::SupplierId;
use eraflazz_core::ledger::Account;
use eraflazz_core::order::{OrderState, Refusal};

#[tokio::test(start_paused = true)]
async fn inv_03_books_that_close_stop_nobody() {
    let world = Setup::default().start().await;
    for n in 0..300 {
        world.submit(&format!("A-{n}")).await;
        world.pass(minutes(1)).await;
    }
    assert_eq!(world.engine.recount().await.unwrap(), []);
    assert_eq!(world.cases().await, []);
    assert!(!world.wallet(world.h2h).await.frozen);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn inv_03_a_wallet_that_is_off_is_frozen_and_becomes_a_case() {
    let world = Setup::default().start().await;
    let wallet = Account::Available(world.h2h);
    world.life.miscounts(wallet, rp(1));
    world.pass(minutes(11)).await;
    assert_eq!(world.case_kinds().await, [CaseKind::Broken]);
    assert!(world.wallet(world.h2h).await.frozen);
    assert!(!world.wallet(world.shop).await.frozen);
    let order = world.submit("A-1").await;
    assert_eq!(order.state, OrderState::Refused(Refusal::MemberFrozen));
    let wish = world.wish_of(world.shop, "B-1", "081234567890");
    let order = world.try_submit(wish).await.unwrap();
    assert_eq!(order.state, OrderState::Held, "others go on");
    let off = world.engine.recount().await.unwrap();
    assert_eq!(off.len(), 1);
    assert_eq!((off[0].account, off[0].kept), (wallet, 100));
}

#[tokio::test(start_paused = true)]
async fn inv_03_a_wallet_that_is_off_and_cannot_be_frozen_stops_new_orders() {
    let world = Setup::default().start().await;
    world.life.refuses_cases(CaseKind::Broken);
    world.life.miscounts(Account::Available(world.h2h), rp(1));
    world.pass(minutes(11)).await;
    assert!(!world.wallet(world.h2h).await.frozen);
    for member in [world.h2h, world.shop] {
        let wish = world.wish_of(member, "A-1", "081234567890");
        let refused = world.try_submit(wish).await;
        assert!(
            matches!(refused, Err(SubmitError::Stopped(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn inv_03_a_house_account_that_is_off_stops_new_orders() {
    let mut world = Setup::default().start().await;
    let before = world.submit("A-1").await;
    let float = Account::Prepaid(SupplierId(0));
    world.life.miscounts(float, rp(1));
    world.pass(minutes(11)).await;
    let refused = world.try_submit(world.wish("A-2", "081234567890")).await;
    assert!(
        matches!(refused, Err(SubmitError::Stopped(_))),
        "{refused:?}"
    );
    let open = world.look(&before).await.order.state;
    assert_eq!(open, OrderState::Succeeded, "what was accepted goes on");
    world.stop().await;
    world.restart();
    world.submit("A-2").await;
}
