//! Real servers for tests: started from what is installed, in folders that are thrown away, and gone when the test program is, however it ends.

use std::net::TcpListener;

mod line;
mod postgres;
mod redis;

pub use line::{At, Cut, Line};
pub use postgres::{LeftOpen, Postgres};
pub use redis::Redis;

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
