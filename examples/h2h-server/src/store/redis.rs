//! What the servers over one database have in common in a Redis: the bell, how often somebody has called, and how soon after each other suppliers are. Neither is needed for anything to be right.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::ids::Installation;
use eraflazz_core::limit::{Rate, Taken};
use eraflazz_core::ports::{Pace, Queue};
use eraflazz_store_postgres::{BellError, BellSettings, RedisQueue, SharedPace, SharedRates};
use secrecy::SecretString;

use super::StoreError;
use crate::rates::Tally;

/// The most letters that a bell's name may have.
const NAME_MAX: usize = 64;

/// A server's end of it. Cheap to clone: every clone is the same.
#[derive(Clone, Debug)]
pub(super) struct Together {
    bell: Arc<RedisQueue>,
    rates: Arc<SharedRates>,
}

impl Together {
    /// Under the name of the database. Redis need not be there.
    pub(super) fn open(address: &SecretString, database: &str) -> Result<Self, StoreError> {
        let wrong = |error: BellError| StoreError::Database(format!("store.queue: {error}"));
        let name = name(database);
        let settings = BellSettings {
            name: name.clone(),
            ..BellSettings::default()
        };
        Ok(Self {
            bell: Arc::new(RedisQueue::open(address, &settings).map_err(wrong)?),
            rates: Arc::new(SharedRates::open(address, &name).map_err(wrong)?),
        })
    }

    pub(super) fn queue(&self) -> Arc<dyn Queue> {
        Arc::clone(&self.bell) as Arc<dyn Queue>
    }

    pub(super) fn tally(&self) -> Arc<dyn Tally> {
        Arc::clone(&self.rates) as Arc<dyn Tally>
    }

    pub(super) fn pace(&self, installation: Installation) -> Arc<dyn Pace> {
        Arc::new(SharedPace::new(Arc::clone(&self.rates), installation))
    }

    /// Has it count something, because a Redis that is full or may only be read answers all the same.
    pub(super) async fn look(&self) {
        let often = Rate::new(Duration::from_micros(1), u32::MAX);
        if self.rates.take("start", often).await.is_none() {
            tracing::error!(
                alert = "Redis takes nothing",
                "orders wait for the sweep, and each server limits calls by itself, those to suppliers too, until it is back"
            );
        }
    }
}

#[async_trait]
impl Tally for SharedRates {
    async fn take(&self, caller: &str, rate: Rate) -> Option<Taken> {
        Self::take(self, caller, rate).await
    }
}

/// What is no letter, digit or hyphen becomes a hyphen.
fn name(database: &str) -> String {
    let letters = database
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let name: String = letters.take(NAME_MAX).collect();
    if name.is_empty() {
        BellSettings::default().name
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_has_the_name_of_the_database() {
        assert_eq!(name("pulsa_2026"), "pulsa-2026");
        assert_eq!(name(""), "eraflazz");
        assert_eq!(name(&"a".repeat(70)).len(), NAME_MAX);
    }
}
