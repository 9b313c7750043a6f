//! Nothing is sent under an epoch that is in doubt (INV-31): a database that was put back to yesterday does not know what it has bought since.

use eraflazz_core::engine;

use crate::store::{Opened, StoreError};

/// What the epochs of the database and of the file say about this server.
#[derive(Debug)]
pub struct Fence {
    /// Why nothing may be sent, in words for people.
    shut: Option<String>,
    /// What this server began under, where that can change.
    #[cfg(feature = "postgres")]
    watched: Option<(crate::store::Shared, eraflazz_core::ids::Epoch)>,
}

#[cfg(feature = "postgres")]
impl Fence {
    /// Compares both, and gives the engine the epoch that they agree on, or that of the database. A store that this process has alone has its epoch in the settings.
    pub async fn look(store: &Opened, engine: &mut engine::Settings) -> Result<Self, StoreError> {
        let Opened::Shared(shared) = store else {
            return Ok(Self {
                shut: None,
                watched: None,
            });
        };
        let epochs = shared.epochs().await?;
        let agreed = epochs.agreed();
        let recorded = epochs.recorded.number();
        let shut = match (agreed, epochs.filed) {
            (Some(_), _) => None,
            (None, Ok(filed)) => Some(format!(
                "store.epoch_file: {} is not the epoch of the database, {recorded}: nothing is sent and no order is taken before `h2h-server epoch raise --checked`",
                filed.number()
            )),
            (None, Err(error)) => Some(format!(
                "{error}: nothing is sent and no order is taken until it says the epoch of the database, {recorded}"
            )),
        };
        engine.epoch = agreed.unwrap_or(epochs.recorded);
        Ok(Self {
            shut,
            watched: Some((shared.clone(), engine.epoch)),
        })
    }

    /// Returns once the epoch is another than the one that this server began under: somebody has raised it, or is about to restore.
    pub async fn falls(self) {
        let Some((shared, epoch)) = self.watched else {
            return std::future::pending().await;
        };
        shared.outlived(epoch).await;
        tracing::error!(
            alert = "the epoch was raised while a server ran",
            began_under = epoch.number(),
            "it stops, and begins anew under the epoch of now"
        );
    }
}

#[cfg(not(feature = "postgres"))]
impl Fence {
    /// A store that this process has alone has its epoch in the settings.
    #[expect(clippy::unused_async, reason = "with databases it asks one")]
    pub async fn look(_: &Opened, _: &mut engine::Settings) -> Result<Self, StoreError> {
        Ok(Self { shut: None })
    }

    /// Never returns.
    pub async fn falls(self) {
        std::future::pending::<()>().await;
    }
}

impl Fence {
    /// Why this server must send nothing, if it must not.
    pub fn shut(&self) -> Option<&str> {
        self.shut.as_deref()
    }

    /// Says so to whoever watches.
    pub fn tell(&self) {
        if let Some(why) = self.shut() {
            tracing::error!(alert = "the epochs differ", "{why}");
        }
    }
}
