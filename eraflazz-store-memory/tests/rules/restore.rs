//! What is read back is what was shown: random histories, one by one on a store without a journal, in batches on one with it, and on that one
//! opened anew.

use std::sync::Arc;

use eraflazz_core::catalog::Quota;
use eraflazz_core::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, EndpointStateWrite, Nonce, OutboxKey, OutboxRow,
    QuotaLimit, Verdict,
};
use eraflazz_core::order::{self, Counted, Entry, LogRow, OrderState, Returned};
use eraflazz_core::ports::{InboxState, Members, Store};
use eraflazz_core::text::TheirRef;
use eraflazz_core::webhook::{Disabled, EndpointState};
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use proptest::prelude::*;

use crate::books::{Act, MEMBERS, acts, unit_of};
use crate::disk::Disk;
use crate::vault::SampleVault;
use crate::world::{
    NOW, REJECTED, RETURNED, accept, callback, capture, deposit, draft, endpoint, inbox_id, intend,
    key, key_id, look, member, next, now, order_id, picture, release, set_endpoint, set_member,
    subject, terms, turned, with_tier,
};

/// How often a checkpoint begins: after every batch, after some, or never.
const CHECKPOINTS: [u64; 3] = [1, 2_000, u64::MAX];

fn open(disk: &Disk, checkpoint_bytes: u64) -> MemoryStore {
    let settings = StoreSettings {
        checkpoint_bytes,
        ..StoreSettings::default()
    };
    let vault = Arc::new(SampleVault);
    MemoryStore::open_on(disk.journal(), disk.archive(), vault, settings).unwrap()
}

/// The unit of an act, with everything else that a unit can carry.
fn unit(act: Act, store: &MemoryStore) -> Option<Changes> {
    let (what, n, of, amount) = act;
    let mut unit = match what {
        // Guarded: the same goods for the same number, once at a time for each member.
        4..=6 => {
            let mut draft = draft(n, of, amount.max(1));
            draft.counter = Some(1);
            order::accept(draft)
        }
        _ => unit_of(act, store)?,
    };
    let pick = amount.unsigned_abs();
    let case = CaseKey {
        subject: subject(n),
        version: 1,
        kind: CaseKind::OverCap,
    };
    match pick % 5 {
        0 => unit.nonces.push(Nonce {
            key: key_id(u64::from(of)),
            nonce: format!("nonce-{}", pick % 40),
        }),
        1 => unit.cases.push(CaseWrite::Open(Case {
            key: case,
            amount: None,
            opened_at: NOW,
            deadline: NOW,
        })),
        2 => unit.cases.push(CaseWrite::Close(case)),
        3 => unit.inbox_done.push(inbox_id(pick % 8)),
        _ => unit.inbox_tries.push(inbox_id(pick % 8)),
    }
    tell(&mut unit, n, of, pick);
    unit.log.push(
        LogRow::new(
            order_id(n).into(),
            1,
            NOW,
            Entry::Returned {
                why: Returned::Cancelled,
                routes: eraflazz_core::route::Explanation::default(),
            },
        )
        .with_raw(vec![7; usize::try_from(pick % 9).unwrap()].into()),
    );
    for write in &mut unit.orders {
        if write.order.state == RETURNED || write.order.state == OrderState::Reversed {
            write
                .order
                .guard
                .iter_mut()
                .for_each(|guard| guard.live = false);
        }
    }
    for attempt in &mut unit.attempts {
        attempt.exclusive = n % 2 == 0;
        attempt.counted = Counted {
            at_supplier: n.is_multiple_of(2),
            by_route: n.is_multiple_of(3),
        };
        attempt.their_ref = (n % 3 != 0).then(|| TheirRef::new(&format!("T-{}", n % 4)).unwrap());
    }
    let keys = unit.attempts.iter();
    let limits = keys.flat_map(|attempt| attempt.quota_keys_of(NOW));
    let quota = Quota {
        orders: Some(3),
        amount: None,
    };
    unit.quotas = limits.map(|key| QuotaLimit { key, quota }).collect();
    Some(unit)
}

/// What the unit says of webhooks.
fn tell(unit: &mut Changes, n: u64, of: u8, pick: u64) {
    let order = order_id(n);
    let revision = u32::try_from(pick % 3).unwrap();
    match pick % 4 {
        0 => unit.outbox_done.push(OutboxKey { order, revision }),
        1 => unit.endpoint_states.push(EndpointStateWrite {
            member: member(of),
            version: revision,
            state: EndpointState::Disabled {
                why: Disabled::Dead,
                since: NOW,
            },
        }),
        _ => unit.outbox.push(OutboxRow {
            order,
            member: member(of),
            revision,
            due: (!pick.is_multiple_of(7)).then_some(NOW),
            tries: u16::try_from(pick % 2).unwrap(),
        }),
    }
}

/// The same that is asked of any store besides commits.
fn also(store: &MemoryStore, (what, n, of, _): Act) {
    match what % 6 {
        0 => now(store.put_inbox(callback(n))).unwrap(),
        1 => now(store.set_inbox_aside(inbox_id(n), InboxState::Orphan)).unwrap(),
        // A third key of a member is refused, by both stores alike.
        2 => drop(now(store.put_key(key(n, of)))),
        3 | 4 => set_endpoint(store, endpoint(n, of)).unwrap(),
        5 if n % 4 == 0 => now(store.remove_endpoint(member(of))).unwrap(),
        _ => {}
    }
}

/// Order `n` for the goods that only one order may be for.
fn guarded(n: u64) -> Changes {
    let mut draft = draft(n, 1, 100);
    draft.counter = Some(1);
    order::accept(draft)
}

/// The intent of attempt `no`, which must be alone with its goods.
fn alone(store: &MemoryStore, n: u64, no: u16) -> Changes {
    let mut unit = intend(&look(store, n), no);
    unit.attempts[0].exclusive = true;
    unit
}

fn returned(store: &MemoryStore, n: u64, no: u16) -> Changes {
    let mut unit = release(&look(store, n), Some(no));
    unit.orders[0].order.guard.as_mut().unwrap().live = false;
    unit
}

fn rejected(store: &MemoryStore, n: u64, no: u16) -> Changes {
    let agg = look(store, n);
    let mut unit = next(&agg, OrderState::Held);
    unit.attempts.push(turned(&agg, no, REJECTED));
    unit
}

fn with_nonce(mut unit: Changes) -> Changes {
    unit.nonces.push(Nonce {
        key: key_id(1),
        nonce: "once".to_owned(),
    });
    unit
}

fn with_callback(mut unit: Changes) -> Changes {
    unit.inbox_done.push(inbox_id(1));
    unit
}

/// A step of a history, made of what the steps before it left, and whether it is accepted.
type Step = (fn(&MemoryStore) -> Changes, bool);

/// Each step rests on one before it.
const STEPS: [Step; 18] = [
    (|_| guarded(1), true),
    (|store| alone(store, 1, 1), true),
    (|store| rejected(store, 1, 1), true),
    (|store| alone(store, 1, 2), true),
    (|_| guarded(2), false),
    (|_| accept(3, 1, 100), true),
    (|store| alone(store, 3, 1), false),
    (|store| returned(store, 1, 2), true),
    (|_| guarded(2), true),
    (|_| guarded(4), false),
    (|store| alone(store, 3, 1), true),
    (|store| alone(store, 2, 1), false),
    (|store| capture(&look(store, 3), 1, 90), true),
    (|store| alone(store, 2, 1), true),
    (|_| with_nonce(with_callback(deposit(7, 1, 5))), true),
    (|_| with_nonce(deposit(8, 1, 5)), false),
    (|_| with_callback(deposit(9, 1, 5)), false),
    (|_| accept(5, 1, 806), false),
];

/// D7: each unit of a batch is judged by what the accepted ones before it in the batch will have written.
#[test]
fn a_batch_that_is_not_on_disk_yet_is_seen_by_itself() {
    for checkpoints in CHECKPOINTS {
        let disk = Disk::default();
        let durable = with_tier(open(&disk, checkpoints));
        let plain = with_tier(MemoryStore::new());
        for store in [&plain, &durable] {
            set_member(store, terms(1, 0)).unwrap();
            now(store.put_inbox(callback(1))).unwrap();
            now(store.commit(vec![deposit(1, 1, 1_000)])).unwrap();
        }
        let (mut units, mut verdicts) = (Vec::new(), Vec::new());
        for (n, (step, is_done)) in STEPS.into_iter().enumerate() {
            let unit = step(&plain);
            units.push(unit.clone());
            let verdict = now(plain.commit(vec![unit])).unwrap().pop().unwrap();
            assert_eq!(
                matches!(verdict, Verdict::Done(_)),
                is_done,
                "step {n}: {verdict:?}"
            );
            verdicts.push(verdict);
        }
        assert_eq!(now(durable.commit(units)).unwrap(), verdicts);
        let shown = picture(&durable);
        assert_eq!(shown, picture(&plain));
        drop(durable);
        assert_eq!(shown, picture(&open(&disk, checkpoints)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn inv_02_inv_03_what_is_read_back_is_what_was_shown(
        acts in acts(),
        batch in 1_usize..12,
        checkpoints in 0_usize..3,
        reopened in 1_usize..8,
    ) {
        let disk = Disk::default();
        let plain = with_tier(MemoryStore::new());
        let mut durable = with_tier(open(&disk, CHECKPOINTS[checkpoints]));
        for store in [&plain, &durable] {
            for n in 1..=MEMBERS {
                set_member(store, terms(n, 50)).unwrap();
                now(store.commit(vec![deposit(u64::from(n), n, 300)])).unwrap();
            }
        }
        for (round, some) in acts.chunks(batch).enumerate() {
            let (mut units, mut verdicts) = (Vec::new(), Vec::new());
            for act in some {
                // Each is made of what the one before it left.
                let Some(unit) = unit(*act, &plain) else { continue };
                units.push(unit.clone());
                verdicts.extend(now(plain.commit(vec![unit])).unwrap());
            }
            prop_assert_eq!(now(durable.commit(units)).unwrap(), verdicts, "one by one, or together");
            for store in [&plain, &durable] {
                also(store, some[0]);
            }
            if round % reopened == 0 {
                drop(durable);
                durable = open(&disk, CHECKPOINTS[checkpoints]);
            }
        }
        let shown = picture(&durable);
        prop_assert_eq!(&shown, &picture(&plain), "with and without a journal");
        drop(durable);
        prop_assert_eq!(&shown, &picture(&open(&disk, 1)), "opened anew");
    }
}
