//! Trying again: whoever lost to somebody else does it all once more with fresh reads, soon, then less often, and not for ever.

use std::time::Duration;

use eraflazz_core::ports::ChangeError;
use tokio::time::{Instant, sleep};

use crate::error::{Remedy, Trouble};

/// How long something is tried again while it is certain that nothing of it is committed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Between tries, doubling.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// The tries of one piece of work.
#[derive(Debug)]
pub(crate) struct Tries {
    begun: Instant,
    pause: Duration,
}

impl Tries {
    /// The first one begins.
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            pause: PAUSE,
        }
    }

    /// Waits until the next one; false, and at once, if that would be later than `patience` after the first.
    pub(crate) async fn again_within(&mut self, patience: Duration) -> bool {
        if self.begun.elapsed() + self.pause > patience {
            return false;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        true
    }
}

/// Why a change ended early: nothing of it is written, unless the refusal says that it may be.
#[derive(Debug)]
pub(crate) enum Early {
    /// A rule stands against it, or what came of its COMMIT is not known.
    Refused(ChangeError),
    /// Something went wrong before.
    Trouble(Trouble),
}

impl From<ChangeError> for Early {
    fn from(error: ChangeError) -> Self {
        Self::Refused(error)
    }
}

impl From<Trouble> for Early {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<sqlx::Error> for Early {
    fn from(error: sqlx::Error) -> Self {
        Self::Trouble(error.into())
    }
}

/// Makes a change, again and again while it loses a race (a serialization failure, a deadlock, a lock that was not given in time), for as long as a batch is.
pub(crate) async fn until_settled<T, F>(once: impl Fn() -> F) -> Result<T, ChangeError>
where
    F: Future<Output = Result<T, Early>>,
{
    let mut tries = Tries::begin();
    loop {
        let trouble = match once().await {
            Ok(changed) => return Ok(changed),
            Err(Early::Refused(error)) => return Err(error),
            Err(Early::Trouble(trouble)) => trouble,
        };
        if trouble.remedy() != Remedy::Retry || !tries.again_within(PATIENCE).await {
            return Err(ChangeError::Unavailable(trouble.into()));
        }
    }
}
