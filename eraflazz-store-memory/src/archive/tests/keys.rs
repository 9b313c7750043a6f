//! Keys that look alike.

use std::collections::BTreeMap;

use eraflazz_core::ids::SupplierId;
use eraflazz_core::order::Aggregate;
use eraflazz_core::text::{RefId, TheirRef};
use redb::Database;
use redb::backends::InMemoryBackend;

use super::disk::Disk;
use super::world::{World, member};
use crate::archive::tables::IDS;
use crate::archive::{Archive, ArchiveError, Checkpoint, keys};

const CACHE: usize = 1 << 20;

/// Two references of one member that have the same fingerprint.
fn twins() -> (RefId, RefId) {
    let mut seen = BTreeMap::new();
    for n in 0_u64.. {
        let ref_id = RefId::new(&format!("R-{n}")).unwrap();
        let fingerprint = keys::reference(member(0), &ref_id);
        if let Some(twin) = seen.insert(fingerprint, ref_id.clone()) {
            return (twin, ref_id);
        }
    }
    unreachable!("of 2^32 fingerprints two are equal after some 80,000 draws")
}

/// Some orders of the world, given to member 0 under these references.
fn with_refs(world: &World, refs: &[&RefId]) -> Vec<Aggregate> {
    let orders = world.born.iter().zip(refs).map(|(id, ref_id)| {
        let mut agg = world.orders[id].clone();
        agg.order.member = member(0);
        agg.order.ref_id = (*ref_id).clone();
        agg
    });
    orders.collect()
}

#[test]
fn inv_18_references_with_one_fingerprint_are_told_apart() {
    let (first, second) = twins();
    let mut world = World::new(31);
    world.live(30);
    let orders = with_refs(&world, &[&first, &second]);

    let archive = Archive::open_on(InMemoryBackend::new(), CACHE).unwrap();
    let mut checkpoint = Checkpoint::through(1, 0);
    checkpoint.orders = orders[..1].to_vec();
    archive.checkpoint(checkpoint).unwrap();
    let found = |ref_id| archive.by_ref(member(0), ref_id).unwrap();
    assert_eq!(found(&first), Some(orders[0].order.id));
    assert_eq!(found(&second), None);

    let mut checkpoint = Checkpoint::through(2, 0);
    checkpoint.orders = orders[1..].to_vec();
    archive.checkpoint(checkpoint).unwrap();
    assert_eq!(found(&first), Some(orders[0].order.id));
    assert_eq!(found(&second), Some(orders[1].order.id));
}

#[test]
fn inv_11_an_id_of_a_supplier_stays_with_the_order_that_had_it_first() {
    let mut world = World::new(33);
    world.live(30);
    let archive = Archive::open_on(InMemoryBackend::new(), CACHE).unwrap();
    archive.checkpoint(world.checkpoint()).unwrap();
    let (supplier, theirs) = (SupplierId(7), TheirRef::new("T-1").unwrap());
    for (batch, id) in (100..).zip(&world.born[..2]) {
        let mut checkpoint = Checkpoint::through(batch, archive.transfers_len().unwrap());
        let claim = (supplier, theirs.clone(), *id);
        checkpoint.their_refs.push(claim);
        archive.checkpoint(checkpoint).unwrap();
    }
    let found = archive.by_their_ref(supplier, &theirs).unwrap();
    assert_eq!(found, Some(world.born[0]));
}

#[test]
fn an_id_of_a_supplier_for_an_order_that_was_never_written_is_refused() {
    let archive = Archive::open_on(InMemoryBackend::new(), CACHE).unwrap();
    let mut checkpoint = Checkpoint::through(1, 0);
    let mut world = World::new(34);
    world.live(30);
    let theirs = TheirRef::new("T-1").unwrap();
    let claim = (SupplierId(7), theirs, world.born[0]);
    checkpoint.their_refs.push(claim);
    let refused = archive.checkpoint(checkpoint);
    assert!(
        matches!(refused, Err(ArchiveError::Unwritable(_))),
        "{refused:?}"
    );
    assert_eq!(archive.through().unwrap(), 0);
}

#[test]
fn an_id_that_leads_to_another_order_is_an_error() {
    let disk = Disk::default();
    let mut world = World::new(32);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    world.live(30);
    archive.checkpoint(world.checkpoint()).unwrap();
    drop(archive);

    let db = Database::builder()
        .create_with_backend(disk.clone())
        .unwrap();
    let txn = db.begin_write().unwrap();
    let id = world.born[0];
    txn.open_table(IDS)
        .unwrap()
        .insert(id.0.as_u128(), 1)
        .unwrap();
    txn.commit().unwrap();
    drop(db);

    let archive = Archive::open_on(disk, CACHE).unwrap();
    let error = archive.order(id).unwrap_err();
    assert!(
        matches!(error, ArchiveError::Damaged { table: "ids", .. }),
        "{error}"
    );
}
