//! The pace of suppliers that all machines keep together: one bucket in Redis a supplier.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ids::Installation;
use eraflazz_core::limit::{Rate, Taken};
use eraflazz_core::ports::Pace;
use eraflazz_core::text::Slug;

use crate::limits::SharedRates;

/// The calls of all processes to suppliers, counted in Redis by the script that counts members' calls: one every `min_gap`, none ahead. Cheap to clone: every
/// clone counts in the same buckets.
///
/// A Redis that was wiped lets one call of each supplier go too early, and no more.
#[derive(Clone, Debug)]
pub struct SharedPace {
    rates: Arc<SharedRates>,
    installation: Installation,
}

impl SharedPace {
    /// Counts among the buckets of `rates`, for the suppliers of this installation.
    pub const fn new(rates: Arc<SharedRates>, installation: Installation) -> Self {
        Self {
            rates,
            installation,
        }
    }
}

#[async_trait]
impl Pace for SharedPace {
    async fn take(&self, supplier: &Slug, gap: Duration) -> Option<Taken> {
        let bucket = format!("supplier-{}-{supplier}", char::from(self.installation));
        self.rates.take(&bucket, Rate::new(gap, 1)).await
    }
}
