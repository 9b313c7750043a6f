//! Whatever went into a checkpoint comes out again, before and after the file was opened anew.

use proptest::prelude::*;
use redb::backends::InMemoryBackend;

use super::disk::Disk;
use super::world::World;
use crate::archive::entry::{Entry, Of};
use crate::archive::{Archive, ArchiveError, FORMAT, books, tables};

fn archive() -> Archive {
    Archive::open_on(InMemoryBackend::new(), 1 << 20).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_life_is_remembered(seed: u64, steps in prop::collection::vec(0..120_u64, 1..8)) {
        let disk = Disk::default();
        let mut world = World::new(seed);
        let mut archive = Archive::open_on(disk.clone(), 1 << 20).unwrap();
        for (n, steps) in steps.into_iter().enumerate() {
            world.live(steps);
            archive.checkpoint(world.checkpoint()).unwrap();
            world.assert_remembered(&archive);
            if n % 3 == 2 {
                archive.compact().unwrap();
                drop(archive);
                archive = Archive::open_on(disk.clone(), 1 << 20).unwrap();
                world.assert_remembered(&archive);
                assert_eq!(archive.verify().unwrap(), world.verified());
            }
        }
    }
}

#[test]
fn inv_18_orders_of_many_blocks_are_remembered_for_ever() {
    let disk = Disk::default();
    let mut world = World::new(7);
    let archive = Archive::open_on(disk.clone(), 1 << 20).unwrap();
    for _ in 0..3 {
        world.live(1_000);
        archive.checkpoint(world.checkpoint()).unwrap();
    }
    drop(archive);
    world.assert_remembered(&Archive::open_on(disk, 1 << 20).unwrap());
}

#[test]
fn the_bytes_of_a_format_never_change() {
    let mut world = World::new(1);
    world.live(300);
    let packed = books::pack(0, &world.checkpoint().transfers).unwrap();
    let mut bytes = tables::unpack("transfers", &0_u64.to_be_bytes(), &packed).unwrap();
    for (id, agg) in &world.orders {
        let log = world.log_of((*id).into());
        let entry = Entry::new(Some((1, 2)), Of::order(agg.clone()), log, &[3, 1_000]);
        bytes.extend(entry.encode().unwrap());
    }
    let sum = crc32fast::hash(&bytes);
    assert_eq!(
        sum, 3_306_476_629,
        "an order, its log or its money has another form now: files of format {FORMAT} must still be read, so give the new form the next format"
    );
}

#[test]
fn small_checkpoints_fill_the_blocks_of_those_before() {
    let mut world = World::new(9);
    let archive = archive();
    for _ in 0..40 {
        world.live(3);
        archive.checkpoint(world.checkpoint()).unwrap();
    }
    world.assert_remembered(&archive);
    for (table, _, rows) in archive.sizes().unwrap() {
        if matches!(table.as_str(), "blocks" | "transfers") {
            assert!(rows <= 3, "{rows} rows of {table}");
        }
    }
}

#[test]
fn a_checkpoint_is_written_once() {
    let mut world = World::new(1);
    let archive = archive();
    world.live(50);
    let mut twin = world.clone();
    archive.checkpoint(world.checkpoint()).unwrap();
    let again = archive.checkpoint(twin.checkpoint());
    assert!(matches!(
        again,
        Err(ArchiveError::OutOfStep {
            what: "the journal",
            ..
        })
    ));
    world.assert_remembered(&archive);
}

#[test]
fn inv_02_a_checkpoint_with_a_hole_in_the_transfers_is_refused() {
    let mut world = World::new(1);
    let archive = archive();
    world.live(50);
    let mut first = world.checkpoint();
    world.live(50);
    let mut second = world.checkpoint();
    first.transfers.clear();
    archive.checkpoint(first).unwrap();
    second.transfers_from += 1;
    let refused = archive.checkpoint(second);
    assert!(matches!(
        refused,
        Err(ArchiveError::OutOfStep {
            what: "the transfers",
            ..
        })
    ));
}

#[test]
fn an_order_twice_in_a_checkpoint_is_refused_and_nothing_is_written() {
    let mut world = World::new(3);
    let archive = archive();
    world.live(50);
    archive.checkpoint(world.checkpoint()).unwrap();
    let before = world.clone();
    world.live(50);
    let mut next = world.checkpoint();
    let twin = next.orders[0].clone();
    next.orders.push(twin);
    assert!(matches!(
        archive.checkpoint(next),
        Err(ArchiveError::Unwritable(_))
    ));
    before.assert_remembered(&archive);
}

#[test]
fn a_copy_made_at_rest_is_an_archive() {
    let disk = Disk::default();
    let mut world = World::new(8);
    let archive = Archive::open_on(disk.clone(), 1 << 20).unwrap();
    world.live(100);
    archive.checkpoint(world.checkpoint()).unwrap();
    let copy = archive.at_rest(|| disk.bytes()).unwrap();
    let backup = Archive::open_on(Disk::of(copy), 1 << 20).unwrap();
    world.assert_remembered(&backup);
    world.live(100);
    archive.checkpoint(world.checkpoint()).unwrap();
    world.assert_remembered(&archive);
}

#[test]
fn a_second_opening_of_a_file_is_refused() {
    let folder = std::env::temp_dir().join(format!("eraflazz-archive-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("archive.redb");
    let first = Archive::open(&path, 1 << 20).unwrap();
    assert!(matches!(
        Archive::open(&path, 1 << 20),
        Err(ArchiveError::Storage(_))
    ));
    drop(first);
    assert_eq!(Archive::open(&path, 1 << 20).unwrap().through().unwrap(), 0);
    std::fs::remove_dir_all(folder).unwrap();
}
