//! Reads: what is found by which key, and in which order.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes};
use eraflazz_core::ids::{
    AttemptNo, Installation, MemberId, OrderId, ProductId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Recount, rules};
use eraflazz_core::order::{
    Attempt, AttemptState, Entry, LogRow, Order, OrderState, PublicStatus, Returned,
};
use eraflazz_core::ports::{Depth, Due, OrderFilter, Page, SupplierFunds};
use eraflazz_core::text::Sn;

use super::Books;
use super::world::{
    BANK, MUCH_LATER, NOW, SUPPLIER, World, accept, give_back, rejected, rupiah, step, unit,
};

/// By the caller's reference, by ours at a supplier, and by theirs once it is known; each with all attempts.
pub async fn orders_are_found_by_every_reference(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, attempt) = world.in_flight(budi, 1_000).await;
    let theirs = "T-77".parse().unwrap();
    let store = &world.store;
    assert_eq!(store.by_their_ref(SUPPLIER, &theirs).await.unwrap(), None);
    let known = Attempt {
        their_ref: Some(theirs.clone()),
        state: AttemptState::Pending,
        ..attempt
    };
    world.done(unit(&step(&order, order.state), [&known])).await;
    let whole = world.read(order.id).await;
    assert_eq!(whole.attempts, std::slice::from_ref(&known));
    let found = [
        store.by_ref(budi, &order.ref_id).await.unwrap(),
        store
            .by_supplier_ref(SUPPLIER, &known.supplier_ref)
            .await
            .unwrap(),
        store.by_their_ref(SUPPLIER, &theirs).await.unwrap(),
    ];
    assert!(found.iter().all(|found| found.as_ref() == Some(&whole)));
    let elsewhere = SupplierId(1);
    let strangers = [
        store
            .by_ref(world.stranger("x").id, &order.ref_id)
            .await
            .unwrap(),
        store
            .by_supplier_ref(elsewhere, &known.supplier_ref)
            .await
            .unwrap(),
        store.by_their_ref(elsewhere, &theirs).await.unwrap(),
    ];
    assert_eq!(strangers, [None, None, None]);
}

/// The newest reference of an installation at a supplier, whether its order still moves or ended long ago: nothing is sent under an older epoch.
pub async fn inv_31_the_newest_reference_is_known_by_supplier_and_installation(
    store: Arc<dyn Books>,
) {
    let (world, budi) = World::with_member(store, 100_000).await;
    let newest = async |supplier, installation| {
        let found = world.store.newest_ref(supplier, installation).await;
        found.unwrap().map(|our| our.to_string())
    };
    let ours = Installation::DEFAULT;
    assert_eq!(newest(SUPPLIER, ours).await, None);
    for text in [
        "E0100000000000000ZZZ",
        "E0200000000000000AAZ",
        "E0100000000000000AAZ",
        "D0500000000000000AAZ",
        "F0400000000000000AAZ",
        "050000000000000000",
    ] {
        let order = world.accepted(budi, 1_000).await;
        let attempt = Attempt {
            supplier_ref: SupplierRef::parse(text).unwrap(),
            ..world.attempt(&order, 1)
        };
        let sent = step(&order, OrderState::InFlight(AttemptNo(1)));
        world.done(unit(&sent, [&attempt])).await;
        if text.starts_with("E02") {
            let held = step(&sent, OrderState::Held);
            world.done(unit(&held, [&rejected(&attempt)])).await;
            world.done(give_back(&held)).await;
        }
    }
    let highest = Some("E0200000000000000AAZ".to_owned());
    assert_eq!(newest(SUPPLIER, ours).await, highest);
    let other = Installation::new('F').unwrap();
    let highest = Some("F0400000000000000AAZ".to_owned());
    assert_eq!(newest(SUPPLIER, other).await, highest);
    assert_eq!(
        newest(SUPPLIER, Installation::new('Z').unwrap()).await,
        None
    );
    assert_eq!(newest(SupplierId(1), ours).await, None);
}

/// By the serial number of an attempt at that supplier that is not too old; newest first, at most as many as asked for.
pub async fn e_12_orders_are_found_by_a_serial_number(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (this, that): (Sn, Sn) = ("0123".parse().unwrap(), "9876".parse().unwrap());
    let mut ids = Vec::new();
    for (sn, days) in [(&this, 0_u64), (&this, 2), (&that, 2), (&this, 3)] {
        let order = world.accepted(budi, 1).await;
        let sent = Attempt {
            first_sent_at: NOW.plus(Duration::from_hours(24 * days)),
            ..world.attempt(&order, 1)
        };
        let order = step(&order, OrderState::InFlight(AttemptNo(1)));
        world.done(unit(&order, [&sent])).await;
        // A first number is replaced by the right one.
        let mut order = order;
        for sn in [&that, sn] {
            let known = Attempt {
                state: AttemptState::Unknown,
                sn: Some(sn.clone()),
                ..sent.clone()
            };
            order = step(&order, order.state);
            world.done(unit(&order, [&known])).await;
        }
        ids.push(order.id);
    }
    let found = async |supplier, sn: &Sn, days: u64, limit| {
        let since = NOW.plus(Duration::from_hours(24 * days));
        let asked = [(SupplierId(u16::MAX), sn.clone()), (supplier, sn.clone())];
        let found = world.store.by_sn(&asked, since, limit).await;
        let [nobodys, found] = found.unwrap().try_into().unwrap();
        assert_eq!(nobodys, [], "each in its place");
        found
    };
    assert_eq!(found(SUPPLIER, &this, 0, 9).await, [ids[3], ids[1], ids[0]]);
    assert_eq!(found(SUPPLIER, &this, 2, 9).await, [ids[3], ids[1]]);
    assert_eq!(found(SUPPLIER, &this, 0, 1).await, [ids[3]]);
    assert_eq!(found(SUPPLIER, &that, 0, 9).await, [ids[2]]);
    assert_eq!(found(SupplierId(1), &this, 0, 9).await, []);
}

/// One answer for each id, `None` where there is no order.
pub async fn orders_are_answered_in_the_order_asked(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let first = world.accepted(budi, 1).await.id;
    let second = world.accepted(budi, 1).await.id;
    let nobody = world.order(budi, 1).id;
    let asked = [second, nobody, first, second];
    let found = world.store.orders(&asked).await.unwrap();
    let ids: Vec<Option<OrderId>> = found
        .iter()
        .map(|found| found.as_ref().map(|found| found.order.id))
        .collect();
    assert_eq!(ids, [Some(second), None, Some(first), Some(second)]);
}

/// Callbacks, then orders by their next action; nothing that is not due yet, nothing that waits for nothing, at most as many as asked for.
pub async fn inv_26_what_is_due_comes_longest_overdue_first(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let mut ids = Vec::new();
    for next_action_at in [Some(at(30)), Some(at(10)), None, Some(at(20)), Some(at(40))] {
        let order = Order {
            next_action_at,
            ..world.order(budi, 1)
        };
        world.done(accept(&order)).await;
        ids.push(order);
    }
    let row = world.callback();
    world.store.put_inbox(row.clone()).await.unwrap();
    let order = |index: usize| Due::Order(ids[index].id);
    let due = async |now, limit| world.store.due(now, limit).await.unwrap();
    let all = [Due::Inbox(row.id), order(1), order(3), order(0)];
    assert_eq!(due(at(30), 10).await, all);
    assert_eq!(due(at(30), 10).await, all, "reading it changes nothing");
    assert_eq!(due(at(30), 2).await, all[..2]);
    assert_eq!(due(at(9), 10).await, [Due::Inbox(row.id)]);

    let postponed = Order {
        next_action_at: Some(MUCH_LATER),
        ..step(&world.read(ids[1].id).await.order, OrderState::Held)
    };
    world.done(unit(&postponed, [])).await;
    assert_eq!(due(at(30), 3).await, [all[0], order(3), order(0)]);
}

/// By state; what has ended is in neither.
pub async fn open_orders_are_counted_by_state(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let depth = async || world.store.depth().await.unwrap();
    assert_eq!(depth().await, Depth::default());
    let first = world.accepted(budi, 1_000).await;
    world.in_flight(budi, 1_000).await;
    let (held, in_flight) = (1, 1);
    assert_eq!(depth().await, Depth { held, in_flight });
    world.done(give_back(&first)).await;
    assert_eq!(depth().await, Depth { held: 0, in_flight });
}

/// Any supplier's attempts count while their outcome is not known.
pub async fn in_flight_is_told_by_goods_and_destination(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, attempt) = world.in_flight(budi, 1_000).await;
    let twin = Order {
        destination: order.destination.clone(),
        ..world.order(budi, 1_000)
    };
    world.done(accept(&twin)).await;
    let flying = async |product, limit| {
        let store = &world.store;
        let found = store
            .in_flight_for(product, &order.destination, limit)
            .await;
        found.unwrap()
    };
    assert_eq!(
        flying(ProductId(0), 10).await,
        [order.id],
        "held is not in flight"
    );
    assert_eq!(flying(ProductId(1), 10).await, []);
    let twin = world.read(twin.id).await.order;
    let second = world.attempt(&twin, 1);
    let sent = step(&twin, OrderState::InFlight(AttemptNo(1)));
    world.done(unit(&sent, [&second])).await;
    let mut both = flying(ProductId(0), 10).await;
    both.sort();
    let mut expected = [order.id, twin.id];
    expected.sort();
    assert_eq!(both, expected);
    assert_eq!(flying(ProductId(0), 1).await.len(), 1);

    let landed = step(&order, OrderState::Held);
    world.done(unit(&landed, [&rejected(&attempt)])).await;
    assert_eq!(flying(ProductId(0), 10).await, [twin.id]);
}

/// The deposit comes from the books, the exposure from the caps of attempts whose outcome is open.
pub async fn inv_32_funds_show_the_deposit_and_what_may_still_be_billed(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let float = world.money(|subject| rules::float(subject, SUPPLIER, BANK, rupiah(50_000)));
    world.done(float).await;
    let (order, attempt) = world.in_flight(budi, 1_000).await;
    world.in_flight(budi, 2_000).await;
    let funds = |prepaid, exposure| SupplierFunds {
        supplier: SUPPLIER,
        prepaid: rupiah(prepaid),
        exposure: rupiah(exposure),
    };
    let of_the_first = async || {
        let all = world.store.supplier_funds().await.unwrap();
        *all.iter().find(|funds| funds.supplier == SUPPLIER).unwrap()
    };
    assert_eq!(of_the_first().await, funds(50_000, 3_000));
    let sold = step(&order, OrderState::Succeeded);
    let delivered = Attempt {
        state: AttemptState::Success,
        ..attempt
    };
    world
        .done(Changes {
            transfers: rules::capture(&sold, SUPPLIER, rupiah(900)),
            ..unit(&sold, [&delivered])
        })
        .await;
    assert_eq!(of_the_first().await, funds(49_100, 2_000));
}

/// Only the member's own, by public status and time of acceptance (the start counts, the end does not).
pub async fn a_members_orders_are_listed_newest_first_and_filtered(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let sari = world.member("sari", 10_000, 0).await;
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let mut ids = Vec::new();
    for second in 0..4 {
        let order = Order {
            created_at: at(second),
            ..world.order(budi, 10)
        };
        world.done(accept(&order)).await;
        ids.push(order.id);
    }
    world.accepted(sari, 10).await;
    let first = world.read(ids[0]).await.order;
    world.done(give_back(&first)).await;

    let list = async |member: MemberId, filter: OrderFilter, limit, skip| {
        let page = Page { limit, skip };
        let orders = world.store.orders_of(member, &filter, &page).await.unwrap();
        orders.iter().map(|order| order.id).collect::<Vec<_>>()
    };
    let all = OrderFilter::default();
    let newest_first: Vec<OrderId> = ids.iter().rev().copied().collect();
    assert_eq!(list(budi, all.clone(), 10, 0).await, newest_first);
    assert_eq!(list(budi, all.clone(), 2, 1).await, newest_first[1..3]);
    let failed = OrderFilter {
        status: Some(PublicStatus::Failed),
        ..all.clone()
    };
    assert_eq!(list(budi, failed, 10, 0).await, [ids[0]]);
    let as_accepted = world.read(ids[3]).await.order.status();
    let mut waiting = OrderFilter {
        status: Some(as_accepted),
        ..all.clone()
    };
    assert_eq!(list(budi, waiting.clone(), 1, 0).await, [ids[3]]);
    world.done(give_back(&world.read(ids[3]).await.order)).await;
    waiting.listed_after = Some(ids[3]);
    let next = list(budi, waiting, 1, 0).await;
    assert_eq!(next, [ids[2]], "the page before has lost an order");
    let between = OrderFilter {
        from: Some(at(1)),
        to: Some(at(3)),
        ..all.clone()
    };
    assert_eq!(list(budi, between, 10, 0).await, [ids[2], ids[1]]);
    let named = world.read(ids[2]).await.order;
    let by_ref = OrderFilter {
        ref_id: Some(named.ref_id.clone()),
        ..all.clone()
    };
    assert_eq!(list(budi, by_ref, 10, 0).await, [ids[2]]);
    let destination = named.destination.as_str();
    for (end, fits) in [
        (destination[4..].to_owned(), true),
        ("none".to_owned(), false),
    ] {
        let by_destination = OrderFilter {
            destination_end: Some(end),
            ..all.clone()
        };
        let found = list(budi, by_destination, 10, 0).await;
        assert_eq!(found.contains(&ids[2]), fits);
    }
    let after = |last, limit| {
        let filter = OrderFilter {
            listed_after: Some(last),
            ..all.clone()
        };
        list(budi, filter, limit, 0)
    };
    assert_eq!(after(newest_first[0], 2).await, newest_first[1..3]);
    assert_eq!(after(newest_first[3], 2).await, []);
    assert_eq!(after(world.order(budi, 10).id, 10).await, []);
    assert_eq!(list(world.stranger("x").id, all.clone(), 10, 0).await, []);

    let code = named.trx_code;
    assert_eq!(world.store.by_trx_code(&code).await, Ok(Some(ids[2])));
    let nobodys = TrxCode::mint(at(0), &[0xEE; 10]);
    assert_eq!(world.store.by_trx_code(&nobodys).await, Ok(None));
}

/// Rows with their raw bytes and hashes, oldest first.
pub async fn inv_20_the_log_keeps_every_row_in_order(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.order(budi, 1_000);
    let accepted = accept(&order);
    let first = accepted.log[0].clone();
    world.done(accepted).await;
    let order = world.read(order.id).await.order;
    let entry = Entry::Returned {
        why: Returned::Cancelled,
        routes: eraflazz_core::route::Explanation::default(),
    };
    let second = LogRow::new(order.id.into(), 2, NOW, entry)
        .with_raw(bytes::Bytes::from_static(b"<html>not json</html>"));
    assert!(second.hash.is_some());
    world
        .done(Changes {
            log: vec![second.clone()],
            ..give_back(&order)
        })
        .await;
    let log = world.store.log(order.id.into()).await.unwrap();
    assert_eq!(log, [first, second]);
    assert_eq!(world.store.log(world.subject()).await.unwrap(), []);
}

/// Opened once, extended, closed once; listed oldest first.
pub async fn cases_open_move_and_close(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let case = |version, seconds| Case {
        key: CaseKey {
            subject: order.id.into(),
            version,
            kind: CaseKind::Escalated,
        },
        amount: Some(rupiah(1_000)),
        opened_at: NOW.plus(Duration::from_secs(seconds)),
        deadline: NOW.plus(Duration::from_mins(1)),
    };
    let write = async |case: CaseWrite| {
        let unit = Changes {
            cases: vec![case],
            ..Changes::at(NOW)
        };
        world.done(unit).await;
        world.store.open_cases(&Page::first(10)).await.unwrap()
    };
    let (newer, older) = (case(1, 2), case(2, 1));
    write(CaseWrite::Open(newer.clone())).await;
    let both = write(CaseWrite::Open(older.clone())).await;
    assert_eq!(both, [older.clone(), newer.clone()]);
    let again = Case {
        amount: None,
        ..newer.clone()
    };
    assert_eq!(write(CaseWrite::Open(again)).await, both);
    let key = older.key;
    let deadline = MUCH_LATER;
    let moved = write(CaseWrite::Extend { key, deadline }).await;
    assert_eq!(moved, [Case { deadline, ..older }, newer.clone()]);
    for _repeated in 0..2 {
        let left = write(CaseWrite::Close(key)).await;
        assert_eq!(left, std::slice::from_ref(&newer));
    }
}

/// Oldest first, without gaps and without doubles.
pub async fn transfers_are_read_in_pages(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    for _ in 0..5 {
        world.accepted(budi, 1).await;
    }
    let all = world.store.transfers(0, usize::MAX).await.unwrap();
    assert_eq!(all.len(), 6);
    let mut paged = Vec::new();
    for skip in (0..8).step_by(4) {
        paged.extend(world.store.transfers(skip, 4).await.unwrap());
    }
    assert_eq!(paged, all);
    assert_eq!(world.store.transfers(6, 10).await.unwrap(), []);
}

/// Balances and the transfers that they rest on belong together, whatever comes meanwhile; too many are read first.
pub async fn inv_03_a_trial_balance_is_of_one_moment(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    world.accepted(budi, 1_000).await;
    let rows = world.store.transfers(0, usize::MAX).await.unwrap();
    let store = &world.store;
    let too_many = store.trial_balance(0, rows.len() - 1).await.unwrap();
    assert_eq!(too_many, None);
    let kept = store.trial_balance(1, rows.len()).await.unwrap().unwrap();
    assert_eq!(kept.rows, rows[1..]);
    assert_eq!(kept.wallets, store.wallets().await.unwrap());
    let mut recount = Recount::default();
    recount.add(&rows[..1]);
    world.accepted(budi, 1_000).await;
    recount.add(&kept.rows);
    assert_eq!(recount.differences(&kept), [], "as of then");
    let kept = store.trial_balance(recount.rows(), 10).await.unwrap();
    let kept = kept.unwrap();
    recount.add(&kept.rows);
    assert_eq!(recount.differences(&kept), []);
}
