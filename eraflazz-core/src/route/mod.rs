//! Which supplier next: the choice, what it rests on, and why it fell as it did.
//!
//! [`rank()`] puts the sellable routes of a product in order by a [`Strategy`] and says of every other one why it was skipped.
//! What it looks at besides the catalog is folded from what the engine sees happen: [`Health`] and a [`Breaker`] per mapping, a
//! [`Breaker`] and an account [`Trip`] per supplier. All of that lives in memory, per process, and starts empty (D8).

mod breaker;
mod explain;
mod forecast;
mod health;
mod outcome;
mod rank;
mod strategy;
mod weighted;

pub use breaker::{Breaker, Gate, Trip};
pub use explain::{Explanation, Note};
pub use forecast::BalanceRead;
pub use health::Health;
pub use outcome::{Outcome, Sent};
pub use rank::{Candidate, Outlook, RankInput, Ranking, SupplierFacts, rank};
pub use strategy::{By, Cheapest, Priority, Scene, SortKey, Strategy, SuccessRate};
pub use weighted::{Weighted, Weights};
