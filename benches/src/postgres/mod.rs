//! What the lines over `PostgreSQL` share: a server of their own that loses nothing, a shop over a database, the peer that a user would write, and an audit in SQL.

mod audit;
mod interactive;
mod server;
mod stand;
mod stock;

pub use audit::{RowsOfOrder, Sold, audit, credited, rows_of};
pub use interactive::{Bodies, CONNECTIONS, Interactive};
pub use server::Server;
pub use stand::{GOODS, LOOK, Part, Spread, Stand, pace};
pub use stock::stock;
