//! The matrix over a real `PostgreSQL`. A death at a commit is one in the middle of its transaction: the process's connections are gone before the server has heard
//! COMMIT, or when it has committed and the answer is on its way.
//!
//! A run takes fifty times as long as in memory. So some stories are told here at each kind of supplier, crashed at every place: together they go through every
//! class of money-safety section 5, and past every place. `ERAFLAZZ_MATRIX=full` tells all stories at every kind of supplier.

use std::collections::BTreeSet;

use end_to_end::{Database, Place};

use super::run::Home;
use super::story::{Story, profiles};
use super::{classes_of, crash_everywhere, crash_in, places_of};

/// Which stories are told at a supplier of this kind, and the classes that they go through.
struct Told {
    which: &'static str,
    stories: &'static [&'static str],
    classes: &'static [&'static str],
}

const DEDICATED: Told = Told {
    which: "dedicated",
    stories: &["conflict", "late reversal"],
    classes: &[
        "await_sn",
        "conflict",
        "late_reversal",
        "nothing",
        "rejected_formed",
        "reversal_heard",
        "success",
    ],
};

const RESUBMIT: Told = Told {
    which: "resubmit",
    stories: &[
        "doubtful, then delivered",
        "not sent",
        "unclear, then delivered",
    ],
    classes: &["doubt", "not_sent", "success", "unknown"],
};

const TEXT: Told = Told {
    which: "text",
    stories: &["reported twice"],
    classes: &["hint", "pending", "success"],
};

const LISTING: Told = Told {
    which: "listing",
    stories: &["late success", "pending, then refused", "unformed, the end"],
    classes: &[
        "late_success",
        "pending",
        "rejected_formed",
        "rejected_unformed",
        "success",
    ],
};

fn crash_in_database(told: &Told) {
    let home = Home::Database(Database::fresh());
    if std::env::var("ERAFLAZZ_MATRIX").is_ok_and(|word| word == "full") {
        crash_everywhere(told.which, &home);
        return;
    }
    let mut stories = Story::all();
    stories.retain(|story| told.stories.contains(&story.name));
    assert_eq!(stories.len(), told.stories.len(), "{:?}", told.stories);
    let (places, _, classes) = crash_in(told.which, &home, &stories);
    assert_eq!(
        classes,
        told.classes.iter().copied().collect(),
        "{}",
        told.which
    );
    assert_eq!(places, places_of(told.which), "{}", told.which);
}

/// What each of the others asserts of itself, put together, is everything.
#[test]
fn every_class_and_every_place_is_died_at_in_a_database() {
    let all = [DEDICATED, RESUBMIT, TEXT, LISTING];
    let classes: BTreeSet<_> = all.iter().flat_map(|told| told.classes).copied().collect();
    let every = profiles()
        .into_iter()
        .flat_map(|(which, _)| classes_of(which));
    assert_eq!(classes, every.collect());
    let places: BTreeSet<_> = all.iter().flat_map(|told| places_of(told.which)).collect();
    assert_eq!(places, Place::ALL.into_iter().collect());
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_can_be_asked() {
    crash_in_database(&DEDICATED);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_is_asked_by_sending_again() {
    crash_in_database(&RESUBMIT);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_of_texts() {
    crash_in_database(&TEXT);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_knows_its_own_references_only() {
    crash_in_database(&LISTING);
}
