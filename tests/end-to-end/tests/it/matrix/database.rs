//! The matrix over a real `PostgreSQL`. A death at a commit is one in the middle of its transaction: the process's connections are gone before the server has heard
//! COMMIT, or when it has committed and the answer is on its way.
//!
//! A run takes fifty times as long as in memory. So one story is told here at each kind of supplier, crashed at every place; together they are at what an order's
//! path writes: a hold, intents, a purchase that is proven undelivered, another one, a capture and a release. `ERAFLAZZ_MATRIX=full` tells all stories at every
//! kind of supplier.

use end_to_end::Database;

use super::run::Home;
use super::story::Story;
use super::{crash_everywhere, crash_in};

fn crash_in_database(which: &str, told: &str) {
    let home = Home::Database(Database::fresh());
    if std::env::var("ERAFLAZZ_MATRIX").is_ok_and(|word| word == "full") {
        crash_everywhere(which, &home);
        return;
    }
    let mut stories = Story::all();
    stories.retain(|story| story.name == told);
    assert_eq!(stories.len(), 1, "{told}");
    crash_in(which, &home, &stories);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_can_be_asked() {
    crash_in_database("dedicated", "pending, delivery reported");
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_is_asked_by_sending_again() {
    crash_in_database("resubmit", "formed, tried elsewhere");
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_of_texts() {
    crash_in_database("text", "delivered");
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_knows_its_own_references_only() {
    crash_in_database("listing", "pending, then refused");
}
