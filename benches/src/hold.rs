//! `hold`: so many orders a second for so long, from submit to settled, at a server in a process of its own over `PostgreSQL`; what it takes in processors and memory.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::load::Pace;
use benches::load::outcome::Summary;
use benches::postgres::{Part, Server, Sold, Stand, audit};
use benches::shop::Failure;
use clap::Args;
use eraflazz_core::engine::Settings;
use eraflazz_core::ports::{Depth, Store};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::door::{Door, Drive, answered, drive, give_keys, vault};
use crate::process::{Process, Used, hear, say};

/// Members that take turns.
const MEMBERS: u32 = 64;

/// The longest that a server lets an answer wait: an order that takes longer shows as one that took this.
const WAIT: u32 = 8_000;

/// Orders at a steady rate.
#[derive(Args, Debug)]
pub(crate) struct Hold {
    /// Orders a second, on schedule whatever the server does.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// For so long.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Where the database has its folder: on the disk that is to be measured.
    #[arg(long, default_value = ".")]
    place: PathBuf,
}

/// What was seen.
#[derive(Debug, Serialize)]
struct Held {
    /// From when an order was due to be sent until the answer that it is settled.
    settled: Summary,
    /// The server, without its generator.
    server: Used,
    /// All processes of `PostgreSQL`.
    postgres: Used,
    audit: String,
}

impl Hold {
    #[expect(clippy::print_stdout, reason = "a command prints its figures")]
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let server = Server::start(&self.place);
        let url = server.database().await?;
        let part = || {
            Ok::<_, Failure>(Part {
                vault: Arc::new(vault()?),
                ..Part::default()
            })
        };
        let stand = Stand::open(&url, MEMBERS, part()?).await?;
        give_keys(&*stand.store, &stand.members).await?;
        let mut process = Process::start(&["door", &url])?;
        let address = process.says()?;
        let postmaster = server.postmaster().await?;

        let began = Instant::now();
        let before = (process.used()?, Used::of_family(postmaster)?);
        let load = Drive {
            members: usize::try_from(MEMBERS)?,
            orders: self.rate * self.seconds,
            pace: Pace::Open {
                per_second: self.rate,
            },
            wait: WAIT,
        };
        let outcome = drive(&address, load, "hold").await?;
        let took = began.elapsed();
        let after = (process.used()?, Used::of_family(postmaster)?);
        answered(&outcome)?;
        while stand.store.depth().await? != Depth::default() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        process.end()?;
        let sold = Sold {
            orders: load.orders,
            ..Sold::default()
        };
        let held = Held {
            settled: outcome.summary(),
            server: after.0.since(&before.0, took),
            postgres: after.1.since(&before.1, took),
            audit: audit(&url, sold).await?,
        };
        println!("{}", serde_json::to_string_pretty(&held)?);
        Ok(())
    }
}

/// The server of [`Hold`], in a process of its own: role `all`, the engine as servers have it, instant suppliers.
#[derive(Args, Debug)]
pub(crate) struct DoorOf {
    /// The database.
    url: String,
}

impl DoorOf {
    /// Says where it listens, and serves until nobody talks to it any more.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let part = Part {
            vault: Arc::new(vault()?),
            engine: Settings::default(),
            ..Part::default()
        };
        let stand = Stand::join(&self.url, part).await?;
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(stand.engine.clone().run(shutdown.clone()));
        stand.engine.ready().await;
        let door = Door::open(&stand.engine).await?;
        say(&door.address)?;
        std::io::stdout().flush()?;
        hear().await?;
        shutdown.cancel();
        running.await??;
        door.close().await
    }
}
