//! The pace that processes which buy at the same suppliers keep together.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::limit::Taken;
use crate::text::Slug;

/// Where all processes over one store count the calls that they make to suppliers, so that together they keep to
/// [`Profile::min_gap`](crate::supplier::Profile::min_gap) and each of them may use all of it.
///
/// Nothing is right or wrong by it: it may forget what it counted, which costs one call that comes too early, and it may be away. Then each process keeps to
/// its share of the pace by itself, as if there were no such place ([`Settings::processes`](crate::engine::Settings::processes)).
///
/// Every call of [`Pace::take`] that is allowed counts one call to the supplier, also when it is repeated for the same one: then one turn is lost, and nothing else.
#[async_trait]
pub trait Pace: fmt::Debug + Send + Sync {
    /// Counts a call to `supplier` now, if one may begin `gap` after the last that was counted, whoever made it. Otherwise says how long to wait, at most
    /// `gap`, and counts nothing. The call that was counted need not be made.
    ///
    /// `None` if it cannot say, which it says soon: an engine that was not answered within a second takes that for `None`, and asks no more for another second. Cancel-safe, but for
    /// the count. What panics could not say.
    async fn take(&self, supplier: &Slug, gap: Duration) -> Option<Taken>;
}
