//! What the store itself promises besides the commit rule: due work, the inbox, the books as people read them, its limits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use eraflazz_core::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, Refused};
use eraflazz_core::ids::InboxId;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::money::Money;
use eraflazz_core::order::{OrderState, PublicStatus};
use eraflazz_core::ports::{
    Due, InboxRow, InboxState, Ledger, Members, OrderFilter, Page, Queue, Store,
};
use eraflazz_core::supplier::RawRequest;
use eraflazz_core::text::{KeyId, Slug};
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use secrecy::SecretString;
use uuid::Uuid;

use crate::world::{
    NOW, REJECTED, RETURNED, SUPPLIER, accept, capture, done, in_flight, intend, join, look,
    member, next, now, order_id, ref_id, refused, release, rp, set_member, shop, store, terms,
    turned, with_tier,
};

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + seconds * 1_000_000)
}

fn callback(n: u128) -> InboxRow {
    InboxRow {
        id: InboxId(Uuid::from_u128(n)),
        supplier: SUPPLIER,
        received_at: NOW,
        signed: true,
        sightings: Some(Vec::new()),
        request: RawRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: BTreeMap::new(),
            body: Bytes::from_static(b"{}"),
            source: None,
        },
        tries: 0,
        state: InboxState::Waiting,
    }
}

#[test]
fn inv_26_due_are_callbacks_then_orders_longest_overdue_first() {
    let store = shop(1_000);
    for n in 1..=4 {
        done(&store, accept(n, 1, 100));
    }
    for (n, due) in [(1, Some(later(30))), (2, Some(later(10))), (3, None)] {
        let mut unit = next(&look(&store, n), OrderState::Held);
        unit.orders[0].order.next_action_at = due;
        done(&store, unit);
    }
    now(store.put_inbox(callback(1))).unwrap();
    let order = |n| Due::Order(order_id(n));
    let inbox = Due::Inbox(callback(1).id);
    let due = |at, limit| now(store.due(at, limit)).unwrap();
    assert_eq!(due(NOW, 10), [inbox, order(4)]);
    assert_eq!(due(later(10), 10), [inbox, order(4), order(2)]);
    assert_eq!(due(later(60), 2), [inbox, order(4)]);
    assert_eq!(
        due(later(60), 10),
        due(later(60), 10),
        "reading changes nothing"
    );
}

#[test]
fn inv_20_a_callback_waits_until_the_commit_that_applies_it() {
    let store = shop(1_000);
    done(&store, accept(1, 1, 100));
    now(store.put_inbox(callback(1))).unwrap();
    let mut other = callback(1);
    other.signed = false;
    now(store.put_inbox(other)).unwrap();
    assert!(now(store.inbox(callback(1).id)).unwrap().unwrap().signed);

    let applied = || {
        let mut unit = next(&look(&store, 1), OrderState::Held);
        unit.inbox_done.push(callback(1).id);
        unit
    };
    done(&store, applied());
    assert_eq!(now(store.inbox(callback(1).id)).unwrap(), None);
    assert_eq!(now(store.due(NOW, 9)).unwrap(), [Due::Order(order_id(1))]);
    assert_eq!(refused(&store, applied()), Refused::InboxGone);
}

#[test]
fn inv_28_what_is_set_aside_stays_and_is_due_no_more() {
    let store = shop(0);
    now(store.put_inbox(callback(1))).unwrap();
    let mut unit = Changes::at(NOW);
    unit.inbox_tries = vec![callback(1).id, callback(2).id];
    done(&store, unit);
    assert_eq!(now(store.inbox(callback(1).id)).unwrap().unwrap().tries, 1);
    for _ in 0..2 {
        now(store.set_inbox_aside(callback(1).id, InboxState::Quarantined)).unwrap();
        assert_eq!(now(store.due(NOW, 10)).unwrap(), []);
        let kept = now(store.inbox(callback(1).id)).unwrap().unwrap();
        assert_eq!(kept.state, InboxState::Quarantined);
    }
}

#[test]
fn the_depth_counts_open_orders() {
    let store = shop(1_000);
    let depth = || {
        let depth = now(store.depth()).unwrap();
        (depth.held, depth.in_flight)
    };
    done(&store, accept(1, 1, 100));
    done(&store, accept(2, 1, 100));
    assert_eq!(depth(), (2, 0));
    done(&store, intend(&look(&store, 1), 1));
    assert_eq!(depth(), (1, 1));
    let mut back = next(&look(&store, 1), OrderState::Held);
    back.attempts.push(turned(&look(&store, 1), 1, REJECTED));
    done(&store, back);
    assert_eq!(depth(), (2, 0));
    done(&store, intend(&look(&store, 1), 2));
    done(&store, capture(&look(&store, 1), 2, 90));
    done(&store, release(&look(&store, 2), None));
    assert_eq!(depth(), (0, 0));
}

#[test]
fn orders_under_way_for_the_same_goods_are_found_until_they_are_settled() {
    let store = shop(1_000);
    let found = || {
        let order = look(&store, 1).order;
        now(store.in_flight_for(order.product, &order.destination, 9)).unwrap()
    };
    done(&store, accept(1, 1, 100));
    done(&store, accept(2, 1, 100));
    assert_eq!(found(), []);
    done(&store, intend(&look(&store, 1), 1));
    done(&store, intend(&look(&store, 2), 1));
    assert_eq!(found(), [order_id(1), order_id(2)]);
    done(&store, capture(&look(&store, 1), 1, 90));
    assert_eq!(found(), [order_id(2)]);
    let mut still = next(&look(&store, 2), in_flight(1));
    still.attempts.push(turned(
        &look(&store, 2),
        1,
        eraflazz_core::order::AttemptState::Unknown,
    ));
    done(&store, still);
    assert_eq!(found(), [order_id(2)]);
    done(&store, release(&look(&store, 2), Some(1)));
    assert_eq!(found(), []);
}

#[test]
fn a_full_store_refuses_new_orders_only() {
    let store = with_tier(MemoryStore::with_orders_max(2));
    join(&store, 1, 1_000, 0);
    done(&store, accept(1, 1, 100));
    // All or nothing: two more do not fit.
    let both = now(store.commit(vec![accept(2, 1, 100), accept(3, 1, 100)]));
    assert!(!both.unwrap_err().may_have_committed);
    assert_eq!(now(store.orders(&[order_id(2)])).unwrap(), [None]);
    done(&store, accept(2, 1, 100));

    assert!(
        !now(store.commit(vec![accept(3, 1, 100)]))
            .unwrap_err()
            .may_have_committed
    );
    assert_eq!(
        refused(&store, accept(1, 1, 100)),
        Refused::RefTaken { order: order_id(1) }
    );
    done(&store, release(&look(&store, 1), None));
}

#[test]
fn a_batch_is_judged_in_order_each_unit_by_what_the_ones_before_it_left() {
    let store = shop(150);
    let mut twin = accept(3, 1, 10);
    twin.orders[0].order.ref_id = ref_id("R-1");
    let verdicts = now(store.commit(vec![
        accept(1, 1, 100),
        accept(2, 1, 100),
        twin,
        accept(4, 1, 50),
    ]))
    .unwrap();
    let kinds: Vec<_> = verdicts
        .iter()
        .map(|verdict| match verdict {
            eraflazz_core::commit::Verdict::Done(_) => "done",
            eraflazz_core::commit::Verdict::Refused(Refused::Insufficient { .. }) => "poor",
            eraflazz_core::commit::Verdict::Refused(Refused::RefTaken { .. }) => "twin",
            eraflazz_core::commit::Verdict::Refused(_) => "other",
        })
        .collect();
    assert_eq!(kinds, ["done", "poor", "twin", "done"]);
}

#[test]
fn a_members_orders_are_listed_newest_first() {
    let store = shop(1_000);
    join(&store, 2, 1_000, 0);
    for n in 1..=3 {
        done(&store, accept(n, 1, 100));
    }
    done(&store, accept(4, 2, 100));
    done(&store, release(&look(&store, 2), None));
    let list = |filter: OrderFilter, page: Page| -> Vec<_> {
        now(store.orders_of(member(1), &filter, &page))
            .unwrap()
            .into_iter()
            .map(|order| order.id)
            .collect()
    };
    let all = OrderFilter::default();
    assert_eq!(
        list(all.clone(), Page::first(9)),
        [order_id(3), order_id(2), order_id(1)]
    );
    assert_eq!(list(all.clone(), Page { limit: 1, skip: 1 }), [order_id(2)]);
    let failed = OrderFilter {
        status: Some(PublicStatus::Failed),
        ..all.clone()
    };
    assert_eq!(look(&store, 2).order.state, RETURNED);
    assert_eq!(list(failed, Page::first(9)), [order_id(2)]);
    let before = OrderFilter {
        to: Some(NOW),
        ..all
    };
    assert_eq!(list(before, Page::first(9)), []);
}

#[test]
fn cases_open_move_and_close() {
    let store = shop(0);
    let case = |n: u64, opened_at| Case {
        key: CaseKey {
            subject: crate::world::subject(n),
            version: 1,
            kind: CaseKind::Escalated,
        },
        amount: Some(rp(1)),
        opened_at,
        deadline: later(60),
    };
    let write = |writes: Vec<CaseWrite>| {
        let mut unit = Changes::at(NOW);
        unit.cases = writes;
        done(&store, unit);
        now(store.open_cases(&Page::first(9))).unwrap()
    };
    let (first, second) = (case(2, NOW), case(1, later(1)));
    let mut again = first.clone();
    again.amount = None;
    let open = CaseWrite::Open;
    let both = write(vec![open(second.clone()), open(first.clone()), open(again)]);
    assert_eq!(both, [first.clone(), second.clone()]);

    let deadline = later(90);
    let moved = write(vec![CaseWrite::Extend {
        key: first.key,
        deadline,
    }]);
    assert_eq!(moved[0].deadline, deadline);
    let closed = write(vec![
        CaseWrite::Close(first.key),
        CaseWrite::Close(first.key),
    ]);
    assert_eq!(closed, [second]);
}

#[test]
fn members_are_known_by_id_and_code() {
    let store = store();
    join(&store, 1, 0, 0);
    let mut renamed = terms(1, 0);
    renamed.code = Slug::new("new").unwrap();
    set_member(&store, renamed.clone()).unwrap();
    let by_code = |code: &str| now(store.member_by_code(&Slug::new(code).unwrap())).unwrap();
    assert_eq!(by_code("new"), Some(Arc::new(renamed.clone())));
    assert_eq!(by_code("m1"), None);
    assert_eq!(
        now(store.member(member(1))).unwrap(),
        Some(Arc::new(renamed.clone()))
    );

    let before = crate::world::wallet(&store, 1);
    set_member(&store, renamed).unwrap();
    assert_eq!(
        crate::world::wallet(&store, 1),
        before,
        "repeating it changes nothing"
    );

    let mut thief = terms(2, 0);
    thief.code = Slug::new("new").unwrap();
    let mut orphan = terms(2, 0);
    orphan.upline = Some(member(9));
    let mut tierless = terms(2, 0);
    tierless.tier.0 = 7;
    let mut endless = terms(2, 0);
    endless.credit_limit = Money::from_hundredths(i64::MAX);
    for bad in [thief, orphan, tierless, endless, terms(2, -1)] {
        assert!(set_member(&store, bad).is_err());
        assert_eq!(now(store.wallet(member(2))).unwrap(), None);
    }
}

#[test]
fn a_member_has_two_active_keys_at_most() {
    let store = store();
    join(&store, 1, 0, 0);
    let key = |id: &str, state| ApiKey {
        id: KeyId::new(id).unwrap(),
        holder: KeyHolder::Member(member(1)),
        secret: SecretString::from("sample-secret-sample"),
        scopes: Scopes::of(&[Scope::TrxRead]),
        networks: Vec::new(),
        state,
    };
    now(store.put_key(key("ek_test_1", KeyState::Active))).unwrap();
    now(store.put_key(key("ek_test_2", KeyState::Active))).unwrap();
    assert!(now(store.put_key(key("ek_test_3", KeyState::Active))).is_err());
    assert!(
        now(store.key(&KeyId::new("ek_test_3").unwrap()))
            .unwrap()
            .is_none()
    );
    now(store.put_key(key("ek_test_1", KeyState::Revoked))).unwrap();
    now(store.put_key(key("ek_test_3", KeyState::Active))).unwrap();
    let (found, owner) = now(store.key(&KeyId::new("ek_test_1").unwrap()))
        .unwrap()
        .unwrap();
    assert_eq!(found.state, KeyState::Revoked);
    assert_eq!(owner.unwrap().id, member(1));
    let mut strange = key("ek_test_4", KeyState::Active);
    strange.holder = KeyHolder::Member(member(9));
    assert!(now(store.put_key(strange)).is_err());
}

#[test]
fn a_full_queue_drops_and_every_taker_is_woken() {
    let queue = LocalQueue::with_depth_max(3);
    let items: Vec<_> = (1..=5).map(|n| Due::Order(order_id(n))).collect();
    now(queue.push(&items));
    assert_eq!(now(queue.depth()), 3);
    assert_eq!(now(queue.take(2)), items[..2]);
    now(queue.ack(&items[..2]));
    assert_eq!(now(queue.take(0)), items[2..3], "at least one");
}

#[test]
fn each_waiting_taker_is_woken_and_one_that_gave_up_takes_nothing_along() {
    let queue = LocalQueue::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut takers: Vec<_> = (0..3).map(|_| queue.take(1)).collect();
    for taker in &mut takers {
        assert!(taker.as_mut().poll(&mut context).is_pending());
    }
    let items = [Due::Order(order_id(1)), Due::Order(order_id(2))];
    now(queue.push(&items));
    // The first in line was rung for, and gives up before it looks.
    drop(takers.remove(0));
    for (taker, item) in takers.iter_mut().zip(items) {
        assert_eq!(taker.as_mut().poll(&mut context), Poll::Ready(vec![item]));
    }
}
