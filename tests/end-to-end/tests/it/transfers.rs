//! Members give of their balance to others of their tree.

use end_to_end::{Setup, World, rp};
use eraflazz_core::engine::{NewTransfer, TransferError};
use eraflazz_core::ids::MemberId;
use eraflazz_core::member::MemberStatus;
use eraflazz_core::money::Money;

/// The shop's upline is the other member.
async fn tree() -> World {
    let world = Setup::default().deposit(50_000).start().await;
    change(&world, world.shop, |member| member.upline = Some(world.h2h)).await;
    world
}

async fn change(
    world: &World,
    id: MemberId,
    change: impl FnOnce(&mut eraflazz_core::member::Member),
) {
    let members = world.engine.members();
    let known = members.member(id).await.unwrap().unwrap();
    let mut changed = (*known).clone();
    change(&mut changed);
    members.put_member(changed, Some(known)).await.unwrap();
}

fn give(from: MemberId, ref_id: &str, to: MemberId, amount: Money) -> NewTransfer {
    NewTransfer {
        from,
        ref_id: ref_id.parse().unwrap(),
        to,
        amount,
    }
}

/// Down the tree and up again; the same reference once, whatever became of the tree since; another one's reference is another's.
#[tokio::test(start_paused = true)]
async fn inv_06_a_transfer_happens_once_for_each_reference_of_its_giver() {
    let world = tree().await;
    let (engine, up, down) = (&world.engine, world.h2h, world.shop);
    let before = world.wallet(down).await.available;
    let wanted = || give(up, "T-1", down, rp(20_000));
    let first = engine.transfer(wanted()).await.unwrap();
    assert!(!first.replayed);
    assert_eq!(first.balance_after, world.wallet(up).await.available);
    let again = engine.transfer(wanted()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(
        (again.id, again.balance_after),
        (first.id, first.balance_after)
    );
    let got = world.wallet(down).await.available.checked_sub(before);
    assert_eq!(got, Some(rp(20_000)));
    for other in [
        give(up, "T-1", down, rp(20_001)),
        give(up, "t-1", down, rp(1)),
    ] {
        let is_other = other.ref_id.as_str() == "t-1";
        let answer = engine.transfer(other).await;
        match answer {
            Err(TransferError::RefMismatch) => assert!(!is_other),
            Ok(done) => assert!(is_other && !done.replayed),
            other => panic!("{other:?}"),
        }
    }
    let back = engine.transfer(give(down, "T-1", up, rp(5_000))).await;
    assert!(!back.unwrap().replayed, "the reference of another giver");
    change(&world, down, |member| member.upline = None).await;
    assert!(engine.transfer(wanted()).await.unwrap().replayed);
    let rows = world
        .engine
        .ledger()
        .mutations(down, &eraflazz_core::ports::Page::first(10))
        .await
        .unwrap();
    assert!(rows.iter().any(|row| row.key.subject == first.id));
    world.audit().await;
}

/// Nobody, oneself, and members of another tree look the same; a suspended giver and an amount that is none move nothing.
#[tokio::test(start_paused = true)]
async fn inv_34_a_member_gives_within_its_tree_only() {
    let world = tree().await;
    let (engine, up, down) = (&world.engine, world.h2h, world.shop);
    let stranger = MemberId::mint(world.now(), &[9; 10]);
    change(&world, down, |member| member.upline = None).await;
    for to in [down, up, stranger] {
        let answer = engine.transfer(give(up, "T-1", to, rp(1))).await;
        assert!(matches!(answer, Err(TransferError::NotFound)), "{answer:?}");
    }
    let answer = engine.transfer(give(stranger, "T-1", up, rp(1))).await;
    assert!(
        matches!(answer, Err(TransferError::UnknownMember)),
        "{answer:?}"
    );
    change(&world, down, |member| member.upline = Some(up)).await;
    for amount in [Money::ZERO, Money::from_hundredths(-1)] {
        let answer = engine.transfer(give(up, "T-1", down, amount)).await;
        let is_amount = matches!(
            answer,
            Err(TransferError::Field {
                field: "amount",
                ..
            })
        );
        assert!(is_amount, "{answer:?}");
    }
    let answer = engine.transfer(give(up, "T-1", down, rp(50_001))).await;
    assert!(
        matches!(answer, Err(TransferError::Insufficient { .. })),
        "{answer:?}"
    );
    let sari = "sari".parse().unwrap();
    engine.freeze(up, true, "asked for", &sari).await.unwrap();
    let answer = engine.transfer(give(up, "T-1", down, rp(1))).await;
    assert!(matches!(answer, Err(TransferError::Frozen)), "{answer:?}");
    engine.freeze(up, false, "asked for", &sari).await.unwrap();
    change(&world, up, |member| member.status = MemberStatus::Suspended).await;
    let answer = engine.transfer(give(up, "T-1", down, rp(1))).await;
    assert!(
        matches!(answer, Err(TransferError::MemberSuspended)),
        "{answer:?}"
    );
    change(&world, up, |member| member.status = MemberStatus::Active).await;
    let done = engine.transfer(give(up, "T-1", down, rp(50_000))).await;
    assert_eq!(
        done.unwrap().balance_after,
        Money::ZERO,
        "nothing was kept of what was refused"
    );
    world.audit().await;
}

/// Members whose uplines go round in a circle are of one tree, and the look ends.
#[tokio::test(start_paused = true)]
async fn a_circle_of_uplines_ends() {
    let world = tree().await;
    let (up, down) = (world.h2h, world.shop);
    change(&world, up, |member| member.upline = Some(down)).await;
    world
        .engine
        .transfer(give(up, "T-1", down, rp(1)))
        .await
        .unwrap();
    world.audit().await;
}
