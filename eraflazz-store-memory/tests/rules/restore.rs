//! What is read back is what was shown: random histories, in batches, on a store without a journal, on one with it, and on that one opened anew.

use std::sync::Arc;

use eraflazz_core::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, EndpointStateWrite, Nonce, OutboxKey, OutboxRow,
};
use eraflazz_core::order::{Entry, LogRow, Returned};
use eraflazz_core::ports::{InboxState, Members, Store};
use eraflazz_core::text::TheirRef;
use eraflazz_core::webhook::{Disabled, EndpointState};
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use proptest::prelude::*;

use crate::books::{Act, MEMBERS, acts, unit_of};
use crate::disk::Disk;
use crate::vault::SampleVault;
use crate::world::{
    NOW, callback, deposit, endpoint, inbox_id, key, key_id, member, now, order_id, picture,
    subject, terms, with_tier,
};

fn open(disk: &Disk) -> MemoryStore {
    MemoryStore::open_on(
        disk.clone(),
        Arc::new(SampleVault),
        StoreSettings::default(),
    )
    .unwrap()
}

/// The unit of an act, with everything else that a unit can carry.
fn unit(act: Act, store: &MemoryStore) -> Option<Changes> {
    let (_, n, of, amount) = act;
    let mut unit = unit_of(act, store)?;
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
            },
        )
        .with_raw(vec![7; usize::try_from(pick % 9).unwrap()].into()),
    );
    for attempt in &mut unit.attempts {
        attempt.exclusive = n % 2 == 0;
        attempt.their_ref = (n % 3 != 0).then(|| TheirRef::new(&format!("T-{}", n % 4)).unwrap());
    }
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
        3 | 4 => now(store.put_endpoint(endpoint(n, of))).unwrap(),
        5 if n % 4 == 0 => now(store.remove_endpoint(member(of))).unwrap(),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn inv_02_inv_03_what_is_read_back_is_what_was_shown(acts in acts(), batch in 1_usize..12) {
        let disk = Disk::default();
        let (plain, durable) = (with_tier(MemoryStore::new()), with_tier(open(&disk)));
        for store in [&plain, &durable] {
            for n in 1..=MEMBERS {
                now(store.put_member(terms(n, 50))).unwrap();
                now(store.commit(vec![deposit(u64::from(n), n, 300)])).unwrap();
            }
        }
        for some in acts.chunks(batch) {
            let units: Vec<_> = some.iter().filter_map(|act| unit(*act, &plain)).collect();
            prop_assert_eq!(
                now(plain.commit(units.clone())).unwrap(),
                now(durable.commit(units)).unwrap(),
                "the verdicts"
            );
            for store in [&plain, &durable] {
                also(store, some[0]);
            }
        }
        let shown = picture(&durable);
        prop_assert_eq!(&shown, &picture(&plain), "with and without a journal");
        drop(durable);
        prop_assert_eq!(&shown, &picture(&open(&disk)), "opened anew");
    }
}
