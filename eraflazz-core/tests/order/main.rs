//! The order machine against its law: both tables, the named edge cases, schedules, permutations and random histories.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod adopt;
mod cases;
mod contradictions;
mod desk;
mod hints;
mod history;
mod journals;
mod late;
mod moments;
mod permutations;
mod refunds;
mod repeats;
mod resolutions;
mod schedules;
mod tables;
mod unread;
mod view;
