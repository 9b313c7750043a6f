//! The verdicts, each with the unit that earns it. A refused unit leaves no trace: every refusal here compares all reads before and after.

use std::sync::Arc;

use eraflazz_core::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, Nonce, OutboxRow, Refused, WalletFlag,
};
use eraflazz_core::ids::{AttemptNo, ProductId, SupplierId};
use eraflazz_core::ledger::{Receipt, rules};
use eraflazz_core::order::{Attempt, Guard, Order, OrderState, Refusal};

use super::Books;
use super::world::{
    BANK, MUCH_LATER, NOW, SUPPLIER, World, accept, give_back, guard, rejected, rupiah, step, unit,
};

/// `RefTaken`, also by an order that was refused on the merits; another member's equal reference is another reference.
pub async fn inv_18_a_ref_id_belongs_to_one_order_for_ever(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let first = world.accepted(budi, 1_000).await;
    let again = Order {
        ref_id: first.ref_id.clone(),
        ..world.order(budi, 2_000)
    };
    let taken = Refused::RefTaken { order: first.id };
    assert_eq!(world.refused(accept(&again)).await, taken);

    world.done(give_back(&first)).await;
    assert_eq!(world.refused(accept(&again)).await, taken);

    let sari = world.member("sari", 10_000, 0).await;
    let hers = Order {
        ref_id: first.ref_id.clone(),
        ..world.order(sari, 1_000)
    };
    world.done(accept(&hers)).await;

    let closed = Order {
        state: OrderState::Refused(Refusal::ProductClosed),
        next_action_at: None,
        ..world.order(budi, 1_000)
    };
    let kept = Changes {
        transfers: Vec::new(),
        ..accept(&closed)
    };
    world.done(kept).await;
    let retry = Order {
        ref_id: closed.ref_id.clone(),
        ..world.order(budi, 1_000)
    };
    let taken = Refused::RefTaken { order: closed.id };
    assert_eq!(world.refused(accept(&retry)).await, taken);
}

/// `DuplicateBusiness` for the same member, goods, destination, day and counter; any other of these passes.
pub async fn inv_19_the_same_goods_again_today_are_refused(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 100_000).await;
    let sari = world.member("sari", 10_000, 0).await;
    let first = Order {
        guard: guard(),
        ..world.order(budi, 1_000)
    };
    world.done(accept(&first)).await;
    let twin = |member, guard| Order {
        guard,
        destination: first.destination.clone(),
        ..world.order(member, 1_000)
    };
    let second = Some(Guard {
        counter: 2,
        ..guard().unwrap()
    });
    let tomorrow = Some(Guard {
        day: MUCH_LATER.business_day(),
        ..guard().unwrap()
    });
    let duplicate = Refused::DuplicateBusiness { order: first.id };
    assert_eq!(world.refused(accept(&twin(budi, guard()))).await, duplicate);
    let elsewhere = Order {
        guard: guard(),
        ..world.order(budi, 1_000)
    };
    let other_goods = Order {
        product: ProductId(1),
        ..twin(budi, guard())
    };
    for passes in [
        twin(budi, second),
        twin(budi, tomorrow),
        twin(budi, None),
        twin(sari, guard()),
        elsewhere,
        other_goods,
    ] {
        world.done(accept(&passes)).await;
    }
}

/// Once an order ends without delivery its slot is free; the ended order never takes it again.
pub async fn inv_19_a_guard_that_ended_frees_the_slot_and_is_never_set_again(
    store: Arc<dyn Books>,
) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let first = Order {
        guard: guard(),
        ..world.order(budi, 1_000)
    };
    world.done(accept(&first)).await;
    let open = world.read(first.id).await.order;
    world.done(give_back(&open)).await;
    let ended = world.read(first.id).await.order;
    let revived = Order {
        guard: guard(),
        ..step(&ended, ended.state)
    };
    world.broken(unit(&revived, [])).await;
    let twin = Order {
        guard: guard(),
        destination: first.destination.clone(),
        ..world.order(budi, 1_000)
    };
    world.done(accept(&twin)).await;
}

/// `Insufficient` names the price and what could be spent; the last rupiah and the last of the credit can be spent.
pub async fn inv_04_a_wallet_pays_down_to_its_floor_and_no_further(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let refused = world.refused(accept(&world.order(budi, 1_001))).await;
    let short = |needed, available| Refused::Insufficient {
        needed: rupiah(needed),
        available: rupiah(available),
    };
    assert_eq!(refused, short(1_001, 1_000));
    world.accepted(budi, 1_000).await;
    let wallet = world.wallet(budi).await;
    assert_eq!((wallet.available, wallet.held), (rupiah(0), rupiah(1_000)));
    let refused = world.refused(accept(&world.order(budi, 1))).await;
    assert_eq!(refused, short(1, 0));

    let sari = world.member("sari", 100, 500).await;
    let refused = world.refused(accept(&world.order(sari, 601))).await;
    assert_eq!(refused, short(601, 600));
    world.accepted(sari, 600).await;
    assert_eq!(world.wallet(sari).await.available, rupiah(-500));
}

/// `Stale` names the version that the order has; the step that lost has no effect.
pub async fn inv_08_a_step_from_another_version_is_stale(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let moved = step(&order, OrderState::Held);
    world.done(unit(&moved, [])).await;
    let stale = Refused::Stale { version: 2 };
    assert_eq!(world.refused(give_back(&order)).await, stale);
    let ahead = step(&step(&moved, OrderState::Held), OrderState::Held);
    assert_eq!(world.refused(unit(&ahead, [])).await, stale);
}

/// `Frozen` for new holds only: what is open is released, and a thawed wallet holds again (E-34).
pub async fn a_frozen_wallet_holds_nothing_new_and_settles_what_is_open(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let open = world.accepted(budi, 1_000).await;
    let flag = |frozen| Changes {
        wallet_flags: vec![WalletFlag {
            member: budi,
            frozen,
        }],
        ..Changes::at(NOW)
    };
    world.done(flag(true)).await;
    assert!(world.wallet(budi).await.frozen);
    let refused = world.refused(accept(&world.order(budi, 1_000))).await;
    assert_eq!(refused, Refused::Frozen);
    world.done(give_back(&open)).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(10_000));
    world.done(flag(false)).await;
    world.accepted(budi, 1_000).await;
}

/// `IdTaken` names which minted id collided: order id, trx code, supplier reference (per supplier).
pub async fn inv_11_minted_ids_are_taken_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (first, attempt) = world.in_flight(budi, 1_000).await;
    let taken = |field| Refused::IdTaken { field };
    let same_id = Order {
        id: first.id,
        ..world.order(budi, 1_000)
    };
    assert_eq!(world.refused(accept(&same_id)).await, taken("order id"));
    let same_code = Order {
        trx_code: first.trx_code,
        ..world.order(budi, 1_000)
    };
    assert_eq!(world.refused(accept(&same_code)).await, taken("trx code"));

    let second = world.accepted(budi, 1_000).await;
    let flying = step(&second, OrderState::InFlight(AttemptNo(1)));
    let mut same_ref = world.attempt(&second, 1);
    same_ref.supplier_ref = attempt.supplier_ref;
    let refused = world.refused(unit(&flying, [&same_ref])).await;
    assert_eq!(refused, taken("supplier ref"));
    same_ref.supplier = eraflazz_core::ids::SupplierId(1);
    world.done(unit(&flying, [&same_ref])).await;
}

/// `LiveAttempt` for a second live attempt; ending the first in the same unit makes room for it.
pub async fn inv_10_an_order_has_one_live_attempt(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, first) = world.in_flight(budi, 1_000).await;
    let second = world.attempt(&order, 2);
    let next = step(&order, OrderState::InFlight(AttemptNo(2)));
    let live = Refused::LiveAttempt { order: order.id };
    assert_eq!(world.refused(unit(&next, [&second])).await, live);
    world.done(unit(&next, [&rejected(&first), &second])).await;

    // Two that come alive in one unit, though neither was before.
    let (order, first) = world.in_flight(budi, 1_000).await;
    let landed = step(&order, OrderState::Held);
    world.done(unit(&landed, [&rejected(&first)])).await;
    let twins = [first, world.attempt(&order, 2)];
    let next = step(&landed, OrderState::InFlight(AttemptNo(2)));
    let live = Refused::LiveAttempt { order: order.id };
    assert_eq!(world.refused(unit(&next, &twins)).await, live);
}

/// `LiveAttempt` names the order that holds the goods, where the supplier does not know our reference.
pub async fn inv_11_an_exclusive_attempt_is_alone_with_its_goods(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let exclusive = |order: &Order| {
        let mut attempt = world.attempt(order, 1);
        attempt.exclusive = true;
        attempt.target = eraflazz_core::text::Target::new("087812345678").unwrap();
        attempt
    };
    let first = world.accepted(budi, 1_000).await;
    let held = exclusive(&first);
    let flying = step(&first, OrderState::InFlight(AttemptNo(1)));
    world.done(unit(&flying, [&held])).await;

    let second = world.accepted(budi, 1_000).await;
    let wants = exclusive(&second);
    let next = step(&second, OrderState::InFlight(AttemptNo(1)));
    let live = Refused::LiveAttempt { order: first.id };
    assert_eq!(world.refused(unit(&next, [&wants])).await, live);

    let third = world.accepted(budi, 1_000).await;
    let mut other_goods = exclusive(&third);
    other_goods.sku = eraflazz_core::text::Sku::new("xld20").unwrap();
    let third = step(&third, OrderState::InFlight(AttemptNo(1)));
    world.done(unit(&third, [&other_goods])).await;

    let landed = step(&flying, OrderState::Held);
    world.done(unit(&landed, [&rejected(&held)])).await;
    world.done(unit(&next, [&wants])).await;
}

/// `IdTaken` where the supplier does not know our reference: its own id belongs to one attempt for ever, whatever becomes of that one. Elsewhere who had it
/// first keeps it, and nobody is refused.
pub async fn inv_11_a_suppliers_own_id_belongs_to_one_attempt(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let known = |attempt: &Attempt, theirs: &str| Attempt {
        their_ref: theirs.parse().ok(),
        exclusive: true,
        ..attempt.clone()
    };
    let taken = Refused::IdTaken { field: "their ref" };
    let flying = |order: &Order| step(order, order.state);
    let (first, mut one) = world.exclusive(budi).await;
    one = known(&one, "V-1");
    let first = flying(&first);
    world.done(unit(&first, [&one])).await;
    // It is written again as it is.
    let first = flying(&first);
    world.done(unit(&first, [&one])).await;

    let (second, other) = world.exclusive(budi).await;
    let next = flying(&second);
    let stolen = known(&other, "V-1");
    assert_eq!(world.refused(unit(&next, [&stolen])).await, taken);
    // Ended, it keeps what it bought; by another attempt of its own order as well.
    let landed = step(&first, OrderState::Held);
    world.done(unit(&landed, [&rejected(&one)])).await;
    assert_eq!(world.refused(unit(&next, [&stolen])).await, taken);
    let again = step(&landed, OrderState::InFlight(AttemptNo(2)));
    let mut third = world.attempt(&first, 2);
    third.exclusive = true;
    let stolen_at_birth = known(&third, "V-1");
    assert_eq!(world.refused(unit(&again, [&stolen_at_birth])).await, taken);
    world.done(unit(&again, [&third])).await;
    let again = flying(&again);
    let stolen_later = known(&third, "V-1");
    assert_eq!(world.refused(unit(&again, [&stolen_later])).await, taken);

    // Two of one unit; then the same id at another supplier, and another id here.
    let both = Changes {
        orders: [unit(&next, []).orders, unit(&again, []).orders].concat(),
        attempts: vec![known(&other, "V-2"), known(&third, "V-2")],
        ..Changes::at(NOW)
    };
    assert_eq!(world.refused(both).await, taken);
    world.done(unit(&next, [&known(&other, "V-2")])).await;
    let (order, mut elsewhere) = world.in_flight_at(budi, SupplierId(1)).await;
    elsewhere = known(&elsewhere, "V-1");
    world.done(unit(&flying(&order), [&elsewhere])).await;

    // A supplier that knows our reference, and gives an id twice, is wrong and stops nobody.
    let (order, plain) = world.in_flight(budi, 1_000).await;
    let named = Attempt {
        their_ref: "V-1".parse().ok(),
        ..plain
    };
    world.done(unit(&flying(&order), [&named])).await;
    let theirs = "V-1".parse().unwrap();
    let keeps = world.store.by_their_ref(SUPPLIER, &theirs).await.unwrap();
    assert_eq!(keeps.unwrap().order.id, first.id);
}

/// `EffectDone` carries the rows that the effect brought when it happened.
pub async fn inv_06_an_effect_done_answers_with_its_first_receipt(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let subject = world.subject();
    let deposit = |amount| Changes {
        transfers: rules::deposit(subject, budi, BANK, rupiah(amount)),
        ..Changes::at(NOW)
    };
    let done = world.done(deposit(5_000)).await;
    assert_eq!(done.receipt.rows.len(), 1);
    for again in [5_000, 7_000] {
        let refused = world.refused(deposit(again)).await;
        let first = done.receipt.clone();
        assert_eq!(refused, Refused::EffectDone { receipt: first });
    }
    let mut twice_in_one = deposit(100);
    twice_in_one.transfers = rules::open_float(world.subject(), super::world::SUPPLIER, rupiah(1));
    let opening = twice_in_one.transfers.clone();
    twice_in_one.transfers.extend(rules::float(
        world.subject(),
        super::world::SUPPLIER,
        BANK,
        rupiah(1),
    ));
    twice_in_one.transfers.extend(opening);
    world.broken(twice_in_one).await;
}

/// `NonceUsed`, per key.
pub async fn a_nonce_is_used_once(store: Arc<dyn Books>) {
    let (world, _) = World::with_member(store, 0).await;
    let call = |key: &str| Changes {
        nonces: vec![Nonce {
            key: key.parse().unwrap(),
            nonce: "once".to_owned(),
        }],
        ..Changes::at(NOW)
    };
    world.done(call("ek_test_1")).await;
    assert_eq!(world.refused(call("ek_test_1")).await, Refused::NonceUsed);
    world.done(call("ek_test_2")).await;
}

/// `InboxGone` for a callback that was applied, or never came.
pub async fn e_06_a_callback_is_applied_once(store: Arc<dyn Books>) {
    let (world, _) = World::with_member(store, 0).await;
    let row = world.callback();
    let apply = Changes {
        inbox_done: vec![row.id],
        ..Changes::at(NOW)
    };
    assert_eq!(world.refused(apply.clone()).await, Refused::InboxGone);
    world.store.put_inbox(row).await.unwrap();
    world.done(apply.clone()).await;
    assert_eq!(world.refused(apply).await, Refused::InboxGone);
}

/// Refused by its last check, a unit that would have written one row of every kind has written none, and may be committed later.
pub async fn a_refused_unit_with_everything_in_it_leaves_no_trace(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 1_000).await;
    let row = world.callback();
    world.store.put_inbox(row.clone()).await.unwrap();
    world.listens(budi, "toko").await;
    let order = Order {
        guard: guard(),
        state: OrderState::InFlight(AttemptNo(1)),
        ..world.order(budi, 1_001)
    };
    let sari = world.member("sari", 0, 0).await;
    let unit = Changes {
        attempts: vec![world.attempt(&order, 1)],
        inbox_done: vec![row.id],
        cases: vec![CaseWrite::Open(Case {
            key: CaseKey {
                subject: order.id.into(),
                version: 1,
                kind: CaseKind::Escalated,
            },
            amount: None,
            opened_at: NOW,
            deadline: MUCH_LATER,
        })],
        wallet_flags: vec![WalletFlag {
            member: sari,
            frozen: true,
        }],
        nonces: vec![Nonce {
            key: "ek_test_1".parse().unwrap(),
            nonce: "again".to_owned(),
        }],
        outbox: vec![OutboxRow::now(&order, NOW)],
        ..accept(&order)
    };
    let refused = world.refused(unit.clone()).await;
    assert!(matches!(refused, Refused::Insufficient { .. }), "{refused}");
    let top_up = world.money(|subject| rules::deposit(subject, budi, BANK, rupiah(1)));
    world.done(top_up).await;
    let done = world.done(unit).await;
    assert_ne!(done.receipt, Receipt::default());
    assert!(world.wallet(sari).await.frozen);
}
