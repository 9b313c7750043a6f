//! Nothing is sent under an epoch that is in doubt (INV-31): a database that was put back to yesterday does not know what it has bought since.

use eraflazz_core::engine;

use crate::store::{Opened, StoreError};

/// What the epochs of the database and of the file say about this server.
#[derive(Debug)]
pub struct Fence {
    is_shut: bool,
    /// What this server began under, where that can change.
    #[cfg(feature = "postgres")]
    watched: Option<(crate::store::Shared, eraflazz_core::ids::Epoch)>,
}

#[cfg(feature = "postgres")]
impl Fence {
    /// Compares both, and gives the engine the epoch that they agree on. A store that this process has alone has its epoch in the settings.
    pub async fn look(store: &Opened, engine: &mut engine::Settings) -> Result<Self, StoreError> {
        let Opened::Shared(shared) = store else {
            return Ok(Self {
                is_shut: false,
                watched: None,
            });
        };
        let epochs = shared.epochs().await?;
        let agreed = epochs.agreed();
        match (agreed, &epochs.filed) {
            (Some(_), _) => {}
            (None, Ok(filed)) => tracing::error!(
                alert = "the epochs differ",
                recorded = epochs.recorded.number(),
                filed = filed.number(),
                "nothing is sent and no order is taken before `h2h-server epoch raise --checked`"
            ),
            (None, Err(error)) => tracing::error!(
                alert = "the epochs differ",
                recorded = epochs.recorded.number(),
                %error,
                "nothing is sent and no order is taken until the file says the epoch"
            ),
        }
        engine.epoch = agreed.unwrap_or(epochs.recorded);
        Ok(Self {
            is_shut: agreed.is_none(),
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
        Ok(Self { is_shut: false })
    }

    /// Never returns.
    pub async fn falls(self) {
        std::future::pending::<()>().await;
    }
}

impl Fence {
    /// Whether this server must send nothing.
    pub const fn is_shut(&self) -> bool {
        self.is_shut
    }
}
