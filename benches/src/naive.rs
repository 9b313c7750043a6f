//! M1's naive peer, and nothing weaker: a map of balances and a list of entries under one mutex, text ids, two entries a post.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// An entry of the naive book.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Whose.
    pub account: String,
    /// By how much.
    pub amount: i64,
    /// When.
    pub at: SystemTime,
}

/// Posts a second by one thread over 1,000 accounts, two entries each.
pub fn posts_per_second(posts: u32) -> u64 {
    let accounts: Vec<String> = (0..1_000).map(|n| format!("account-{n}")).collect();
    let balances: HashMap<String, i64> = accounts
        .iter()
        .map(|account| (account.clone(), 1_000_000_000))
        .collect();
    let book: Mutex<(HashMap<String, i64>, Vec<Entry>)> = Mutex::new((balances, Vec::new()));
    let began = Instant::now();
    for n in 0..posts {
        let from = &accounts[(n % 1_000) as usize];
        let to = &accounts[((n + 7) % 1_000) as usize];
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        for (account, amount) in [(from, -100_i64), (to, 100)] {
            *book.0.entry(account.clone()).or_default() += amount;
            book.1.push(Entry {
                id: format!("entry-{n}"),
                account: account.clone(),
                amount,
                at: SystemTime::now(),
            });
        }
    }
    per_second(u64::from(posts), began.elapsed())
}

/// A rate in whole units a second.
pub fn per_second(count: u64, took: Duration) -> u64 {
    u64::try_from(u128::from(count) * 1_000_000_000 / took.as_nanos().max(1)).unwrap_or(u64::MAX)
}
