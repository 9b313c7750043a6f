//! Time and dice: the only ways in which the engine learns what time it is and what chance decides.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::time::Timestamp;

/// A future that a clock gives.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The engine's clock: the store's (D1). Never runs backwards.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now. Two calls in a row never go back.
    fn now(&self) -> Timestamp;

    /// Waits. Cancel-safe.
    fn sleep(&self, wait: Duration) -> Sleep<'_>;
}

/// The engine's dice. Ids and jitter come from nowhere else, so that a seed replays a run.
pub trait Dice: fmt::Debug + Send + Sync {
    /// Ten random bytes: what one id takes.
    fn roll(&self) -> [u8; 10];
}
