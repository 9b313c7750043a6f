//! Nothing is sent and no order is taken over a record that is in doubt: one whose wallets are not the sum of their transfers (money-safety section 7), or whose
//! epoch is not that of the file (INV-31): a database that was put back to yesterday does not know what it has bought since.

use eraflazz_core::engine;

use crate::store::{Opened, StoreError};

/// What a database says about a server that begins over it.
#[derive(Debug)]
pub struct Fence {
    shut: Option<Shut>,
    /// What this server began under, where that can change.
    #[cfg(feature = "postgres")]
    watched: Option<(crate::store::Shared, eraflazz_core::ids::Epoch)>,
}

/// Why nothing may be sent, in words for people.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "only a database is looked at")
)]
#[derive(Debug)]
enum Shut {
    /// Wallets are not what their transfers say.
    Wallets(String),
    /// The epochs of the database and of the file differ.
    Epochs(String),
}

#[cfg(feature = "postgres")]
impl Fence {
    /// Compares both epochs, which takes a moment, and gives the engine the one that they agree on, or that of the database. A store that this process has
    /// alone has its epoch in the settings.
    pub async fn begin(store: &Opened, engine: &mut engine::Settings) -> Result<Self, StoreError> {
        let Opened::Shared(shared) = store else {
            return Ok(Self {
                shut: None,
                watched: None,
            });
        };
        let epochs = shared.epochs().await?;
        let agreed = epochs.agreed();
        engine.epoch = agreed.unwrap_or(epochs.recorded);
        let epoch = engine.epoch;
        Ok(Self {
            shut: differ(epochs).map(Shut::Epochs),
            watched: Some((shared.clone(), epoch)),
        })
    }

    /// Compares the wallets with their transfers, which takes seconds where there are many, and the epochs once more: somebody may restore meanwhile. A store that this process has alone is
    /// recounted behind the work.
    pub async fn checked(self) -> Result<Self, StoreError> {
        let Some((shared, epoch)) = self.watched else {
            return Ok(self);
        };
        let miscounted = shared.miscounted().await?;
        let now = differ(shared.epochs().await?);
        let shut = miscounted.map(Shut::Wallets).or(self.shut);
        Ok(Self {
            shut: shut.or_else(|| now.map(Shut::Epochs)),
            watched: Some((shared, epoch)),
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

/// How the epochs differ, if they do.
#[cfg(feature = "postgres")]
fn differ(epochs: crate::store::Epochs) -> Option<String> {
    let recorded = epochs.recorded.number();
    match (epochs.agreed(), epochs.filed) {
        (Some(_), _) => None,
        (None, Ok(filed)) => Some(format!(
            "store.epoch_file: {} is not the epoch of the database, {recorded}: nothing is sent and no order is taken before `h2h-server epoch raise --checked`",
            filed.number()
        )),
        (None, Err(error)) => Some(format!(
            "{error}: nothing is sent and no order is taken until it says the epoch of the database, {recorded}"
        )),
    }
}

#[cfg(not(feature = "postgres"))]
impl Fence {
    /// A store that this process has alone has its epoch in the settings.
    #[expect(clippy::unused_async, reason = "with databases it asks one")]
    pub async fn begin(_: &Opened, _: &mut engine::Settings) -> Result<Self, StoreError> {
        Ok(Self { shut: None })
    }

    /// A store that this process has alone is recounted behind the work.
    #[expect(clippy::unused_async, reason = "with databases it asks one")]
    pub async fn checked(self) -> Result<Self, StoreError> {
        Ok(self)
    }

    /// Never returns.
    pub async fn falls(self) {
        std::future::pending::<()>().await;
    }
}

impl Fence {
    /// Why this server must send nothing, if it must not.
    pub fn shut(&self) -> Option<&str> {
        self.shut.as_ref().map(|shut| match shut {
            Shut::Wallets(why) | Shut::Epochs(why) => why.as_str(),
        })
    }

    /// The same in few words, for whoever brings an order.
    pub fn refuses_orders(&self) -> Option<&'static str> {
        self.shut.as_ref().map(|shut| match shut {
            Shut::Wallets(_) => "a wallet is not the sum of its transfers",
            Shut::Epochs(_) => "the epochs differ",
        })
    }

    /// Says so to whoever watches.
    pub fn tell(&self) {
        match &self.shut {
            None => {}
            Some(Shut::Wallets(why)) => {
                tracing::error!(alert = "wallets are not what their transfers say", "{why}");
            }
            Some(Shut::Epochs(why)) => tracing::error!(alert = "the epochs differ", "{why}"),
        }
    }
}
