//! The matrix over a real `PostgreSQL`. A death at a commit is one in the middle of its transaction: the process's connections are gone before the server has heard
//! COMMIT, or when it has committed and the answer is on its way.
//!
//! A run takes fifty times as long as in memory. So only these stories are told here, each crashed at every place; together they are at every class that
//! writes something of its own. `ERAFLAZZ_MATRIX=full` tells all of them at every kind of supplier, which takes half an hour.

use end_to_end::Database;

use super::run::Home;
use super::story::Story;
use super::{crash_everywhere, crash_in};

fn crash_in_database(which: &str, told: [&str; 2]) {
    let home = Home::Database(Database::fresh());
    if std::env::var("ERAFLAZZ_MATRIX").is_ok_and(|word| word == "full") {
        crash_everywhere(which, &home);
        return;
    }
    let mut stories = Story::all();
    stories.retain(|story| told.contains(&story.name));
    assert_eq!(stories.len(), told.len(), "{told:?}");
    crash_in(which, &home, &stories);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_can_be_asked() {
    let told = ["unclear, then delivered", "pending, delivery reported"];
    crash_in_database("dedicated", told);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_is_asked_by_sending_again() {
    crash_in_database("resubmit", ["formed, tried elsewhere", "late reversal"]);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_of_texts() {
    crash_in_database("text", ["delivered", "billed above the cap"]);
}

#[test]
fn e_22_c_01_to_c_12_in_a_database_at_a_supplier_that_knows_its_own_references_only() {
    crash_in_database("listing", ["pending, then refused", "refused at birth"]);
}
