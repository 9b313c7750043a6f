//! Flipped bytes: an error that says where, never a wrong answer.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, Value};

use super::disk::Disk;
use super::world::{Dice, World};
use crate::archive::tables::{
    AGES, BLOCKS, CODES, ENTRIES, GUARDS, HEAD, IDS, LISTS, LIVE, REFS, SHELVES, SUPPLIER_REFS,
    TRANSFERS,
};
use crate::archive::{Archive, ArchiveError, Result, Shelf};

const CACHE: usize = 1 << 20;

/// Every packed row of a table.
fn packed<K: redb::Key + 'static>(
    disk: &Disk,
    table: TableDefinition<'_, K, &'static [u8]>,
) -> Vec<Vec<u8>> {
    let db = Database::builder()
        .create_with_backend(disk.clone())
        .unwrap();
    let rows = db.begin_read().unwrap().open_table(table).unwrap();
    let rows = rows.iter().unwrap();
    rows.map(|row| <&[u8]>::as_bytes(&row.unwrap().1.value()).to_vec())
        .collect()
}

/// Reads everything that is packed.
fn read_all(disk: Disk, world: &World) -> Result<()> {
    let archive = Archive::open_on(disk, CACHE)?;
    archive.look()?.transfers(0, usize::MAX)?;
    archive.shelf::<eraflazz_core::ids::MemberId, eraflazz_core::ledger::Wallet>(Shelf::Wallets)?;
    for (id, agg) in &world.orders {
        archive.look()?.log((*id).into())?;
        archive.by_ref(agg.order.member, &agg.order.ref_id)?;
        for order in archive.look()?.orders_of(agg.order.member, 0, None, None)? {
            order?;
        }
        for row in archive.look()?.mutations(agg.order.member, 0)? {
            row?;
        }
    }
    Ok(())
}

#[test]
fn a_flipped_byte_of_any_packed_row_is_an_error_that_names_table_and_key() {
    let disk = Disk::default();
    let mut world = World::new(21);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    world.live(120);
    archive.checkpoint(world.checkpoint()).unwrap();
    drop(archive);
    read_all(Disk::of(disk.bytes()), &world).unwrap();

    let mut dice = Dice::new(5);
    for (name, rows) in [
        ("head", packed(&disk, HEAD)),
        ("blocks", packed(&disk, BLOCKS)),
        ("refs", packed(&disk, REFS)),
        ("lists", packed(&disk, LISTS)),
        ("transfers", packed(&disk, TRANSFERS)),
        ("shelves", packed(&disk, SHELVES)),
    ] {
        let bytes = disk.bytes();
        let row = &rows[usize::try_from(dice.below(rows.len() as u64)).unwrap()];
        // Older copies of the row lie in pages that nobody reads any more.
        let places: Vec<usize> = (0..bytes.len() - row.len())
            .filter(|at| bytes[*at..].starts_with(row))
            .collect();
        assert!(!places.is_empty(), "{name}");
        for _ in 0..8 {
            let mut bytes = bytes.clone();
            let offset = usize::try_from(dice.below(row.len() as u64)).unwrap();
            let flip = 1 << dice.below(8);
            for place in &places {
                bytes[place + offset] ^= flip;
            }
            match read_all(Disk::of(bytes), &world) {
                Err(ArchiveError::Damaged { table, key, .. }) => {
                    assert_eq!(table, name);
                    assert!(!key.is_empty());
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

/// Wherever the bit is, also in what redb notes of pages that are free: nothing is written over orders.
#[test]
fn inv_18_a_flipped_bit_is_refused_or_costs_no_order() {
    let begun = |disk: Disk| {
        let mut world = World::new(23);
        world.live(40);
        let opened = Archive::in_file(Path::new("archive.redb"), disk);
        (world, opened)
    };
    let disk = Disk::default();
    let (mut world, archive) = begun(disk.clone());
    archive.unwrap().checkpoint(world.checkpoint()).unwrap();
    let mut dice = Dice::new(6);
    let (mut refused, mut sound) = (0, 0);
    for part in disk.bytes().chunks(disk.bytes().len() / 400).enumerate() {
        let mut bytes = disk.bytes();
        let (number, part) = part;
        let first = number * (bytes.len() / 400);
        let at = first + usize::try_from(dice.below(part.len() as u64)).unwrap();
        bytes[at] ^= 1 << dice.below(8);
        let (mut world, opened) = begun(Disk::of(bytes));
        let Ok(mut archive) = opened else {
            refused += 1;
            continue;
        };
        drop(world.checkpoint());
        for _ in 0..3 {
            world.live(20);
            archive.checkpoint(world.checkpoint()).unwrap();
        }
        assert_eq!(archive.verify().unwrap(), world.verified(), "byte {at}");
        sound += 1;
    }
    assert!(refused > 0 && sound > 0, "{refused} refused, {sound} sound");
}

/// Takes the first row out of a table.
fn without_first<K: redb::Key + 'static, V: Value + 'static>(
    disk: &Disk,
    table: TableDefinition<'_, K, V>,
) -> Disk {
    let disk = Disk::of(disk.bytes());
    let db = Database::builder()
        .create_with_backend(disk.clone())
        .unwrap();
    let txn = db.begin_write().unwrap();
    txn.open_table(table).unwrap().pop_first().unwrap().unwrap();
    txn.commit().unwrap();
    drop(db);
    disk
}

#[test]
fn a_key_that_is_missing_is_found_by_a_walk() {
    let disk = Disk::default();
    let mut world = World::new(22);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    world.live(200);
    archive.checkpoint(world.checkpoint()).unwrap();
    drop(archive);
    let found = Archive::open_on(Disk::of(disk.bytes()), CACHE)
        .unwrap()
        .verify();
    assert_eq!(found.unwrap(), world.verified());

    for (name, disk) in [
        ("ids", without_first(&disk, IDS)),
        ("entries", without_first(&disk, ENTRIES)),
        ("blocks", without_first(&disk, BLOCKS)),
        ("live", without_first(&disk, LIVE)),
        ("refs", without_first(&disk, REFS)),
        ("codes", without_first(&disk, CODES)),
        ("ages", without_first(&disk, AGES)),
        ("supplier_refs", without_first(&disk, SUPPLIER_REFS)),
        ("guards", without_first(&disk, GUARDS)),
        ("lists", without_first(&disk, LISTS)),
        ("transfers", without_first(&disk, TRANSFERS)),
    ] {
        let found = Archive::open_on(disk, CACHE).unwrap().verify();
        match found {
            Err(ArchiveError::Damaged { table, .. }) => assert_eq!(table, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_flipped_byte_of_any_page_is_found_by_a_walk() {
    let disk = Disk::default();
    let mut world = World::new(23);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    world.live(120);
    archive.checkpoint(world.checkpoint()).unwrap();
    drop(archive);
    // A code stands in a row that carries no checksum of ours.
    let code = world.orders[&world.born[0]].order.trx_code;
    let mut bytes = disk.bytes();
    for at in 0..bytes.len() - 21 {
        if bytes[at..].starts_with(code.as_str().as_bytes()) {
            bytes[at + 20] ^= 1;
        }
    }
    let found = Archive::open_on(Disk::of(bytes), CACHE).and_then(|mut archive| archive.verify());
    assert!(found.is_err(), "{found:?}");
}

#[test]
fn a_file_of_another_format_is_not_read() {
    let disk = Disk::default();
    drop(Archive::open_on(disk.clone(), CACHE).unwrap());
    let db = Database::builder()
        .create_with_backend(disk.clone())
        .unwrap();
    let txn = db.begin_write().unwrap();
    let head = crate::archive::tables::seal("head", &[0], &[90, 9, 9, 9, 9]);
    txn.open_table(HEAD)
        .unwrap()
        .insert(0, head.as_slice())
        .unwrap();
    txn.commit().unwrap();
    drop(db);
    let error = Archive::open_on(disk, CACHE).unwrap_err();
    assert!(
        matches!(error, ArchiveError::Format { found: 90 }),
        "{error}"
    );
}
