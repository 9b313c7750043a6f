//! One process of several over a database: it works orders like any other and submits some of its own.

use benches::postgres::{Part, Spread, Stand};
use benches::shop::Failure;
use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::process::{Process, hear, say};

/// What it is told.
#[derive(Args, Debug)]
pub(crate) struct Till {
    /// The database.
    pub(crate) url: String,
    /// Whose orders.
    pub(crate) spread: Spread,
    /// The number of its first order.
    pub(crate) from: usize,
    /// How many.
    pub(crate) count: usize,
    /// How many may be open in the whole database while it submits.
    pub(crate) in_flight: usize,
}

impl Till {
    /// Says that it is ready, waits for a line, submits, says so, and works until nobody talks to it any more.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stand = Stand::join(&self.url, Part::default()).await?;
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(stand.engine.clone().run(shutdown.clone()));
        stand.engine.ready().await;
        say("ready")?;
        hear().await?;
        stand
            .submit(self.spread, self.from, self.count, self.in_flight)
            .await?;
        say("submitted")?;
        hear().await?;
        shutdown.cancel();
        Ok(running.await??)
    }

    /// Starts such a process and waits until it is ready.
    pub(crate) fn start(&self) -> Result<Process, Failure> {
        let numbers = [self.from, self.count, self.in_flight].map(|number| number.to_string());
        let mut arguments = vec!["till", &self.url, self.spread.word()];
        arguments.extend(numbers.iter().map(String::as_str));
        let mut process = Process::start(&arguments)?;
        process.says()?;
        Ok(process)
    }
}
