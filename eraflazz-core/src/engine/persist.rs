//! Reads of a start that are tried again. The more was left behind, the more a start reads: if one failure among so many ended it, it could not catch up where
//! the store fails now and then, and the next start would find still more.

use std::time::Duration;

use super::Engine;
use crate::commit::Unavailable;

/// How often one read is tried.
const TRIES: u32 = 5;

/// The pause after the first failure; twice as long after each that follows.
const PAUSE: Duration = Duration::from_millis(50);

impl Engine {
    /// What `read` gives, tried a few times in a row: for what changes nothing, or the same when it is repeated.
    pub(super) async fn persist<T, F>(&self, read: impl Fn() -> F) -> Result<T, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match read().await {
                Ok(found) => return Ok(found),
                Err(error) => {
                    self.warn_seldom("a read of the start failed and is tried again", &error);
                }
            }
            self.inner.clock.sleep(pause).await;
            pause *= 2;
        }
        read().await
    }
}
