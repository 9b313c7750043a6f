//! Real servers for tests: started from what is installed, in folders that are thrown away, and gone when the test program is, however it ends.

mod postgres;

pub use postgres::Postgres;
