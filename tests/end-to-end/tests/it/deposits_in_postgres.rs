//! The same deposits where the record is a database.

use end_to_end::{Database, Setup};

use crate::deposits::a_hundred_at_once;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn e_06_a_hundred_notifications_at_once_credit_once_in_a_database() {
    let setup = Setup::default().deposit(0);
    a_hundred_at_once(setup.in_database(Database::fresh()).start().await).await;
}
