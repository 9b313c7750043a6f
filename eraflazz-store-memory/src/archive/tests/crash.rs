//! Whatever happens to the disk during a checkpoint: afterwards the archive is at the old one or at the new one, never between.

use super::disk::Disk;
use super::world::{Dice, World};
use crate::archive::Archive;

const CACHE: usize = 1 << 20;

/// A disk with an archive of some age, the world that it remembers, and that world a little later.
fn about_to_checkpoint(seed: u64) -> (Disk, World, World) {
    let disk = Disk::default();
    let mut world = World::new(seed);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    for _ in 0..2 {
        world.live(40);
        archive.checkpoint(world.checkpoint()).unwrap();
    }
    let before = world.clone();
    world.live(40);
    drop(archive);
    (Disk::of(disk.bytes()), before, world)
}

/// The archive on this disk is at one of the two, and goes on from there.
fn assert_old_or_new(disk: Disk, before: &World, after: &World) -> bool {
    let archive = Archive::open_on(disk, CACHE).unwrap();
    let is_new = archive.through().unwrap() == after.batch();
    let mut world = if is_new { after } else { before }.clone();
    world.assert_remembered(&archive);
    world.live(20);
    archive.checkpoint(world.checkpoint()).unwrap();
    world.assert_remembered(&archive);
    is_new
}

/// Runs a checkpoint that the disk fails after each number of operations, and looks at what `left_behind` is.
fn fails_anywhere(seed: u64, left_behind: impl Fn(&Disk) -> Disk) {
    let (mut old, mut new) = (0, 0);
    for operations in 0.. {
        let (disk, before, mut world) = about_to_checkpoint(seed);
        let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
        disk.fail_after(operations);
        let outcome = archive.checkpoint(world.checkpoint());
        let image = left_behind(&disk);
        drop(archive);
        let is_new = assert_old_or_new(image, &before, &world);
        assert!(is_new || outcome.is_err(), "what was acknowledged is lost");
        if is_new {
            new += 1;
        } else {
            old += 1;
        }
        if outcome.is_ok() {
            break;
        }
    }
    assert!(old > 5 && new > 0, "old {old}, new {new}");
}

#[test]
fn e_22_a_checkpoint_that_loses_its_power_anywhere_is_there_or_is_not() {
    for seed in 1..=3 {
        let dice = std::cell::RefCell::new(Dice::new(seed));
        fails_anywhere(seed, |disk| disk.after_power_cut(&mut dice.borrow_mut()));
    }
}

#[test]
fn e_22_a_checkpoint_that_is_killed_anywhere_is_there_or_is_not() {
    fails_anywhere(4, Disk::after_kill);
}

#[test]
fn a_full_disk_refuses_the_checkpoint_and_the_next_opening_is_as_before() {
    let (disk, before, mut world) = about_to_checkpoint(5);
    let archive = Archive::open_on(disk.clone(), CACHE).unwrap();
    disk.fail_after(0);
    archive.checkpoint(world.checkpoint()).unwrap_err();
    // Reads go on.
    before.assert_remembered(&archive);
    drop(archive);
    assert!(!assert_old_or_new(disk.after_kill(), &before, &world));
}
