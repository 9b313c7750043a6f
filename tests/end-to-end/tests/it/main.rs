//! Every case that can be seen from outside the engine, on the real engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acceptance;
mod bills;
mod books;
mod callbacks;
mod checks;
mod crashes;
#[cfg(feature = "postgres")]
mod cuts;
mod deposits;
#[cfg(feature = "postgres")]
mod deposits_in_postgres;
mod failover;
mod guards;
mod hosts;
mod isolation;
mod isolation_gateway;
mod isolation_questions;
mod late;
mod limits;
mod listing;
mod matrix;
mod metrics;
mod model;
mod money;
mod pace;
mod quotas;
mod races;
mod repeats;
mod routing;
mod serials;
mod stops;
mod threads;
mod tickets;
mod transfers;
mod webhooks;
