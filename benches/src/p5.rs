//! P5: signed orders over HTTP into `PostgreSQL` by a server that only accepts them, against an echo of the same bodies; and how long an order takes from its submit
//! until it is settled, at two hundred a second.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use benches::load::echo::Echo;
use benches::load::{Outcome, Pace};
use benches::postgres::{Part, Server, Sold, Stand, audit};
use benches::report::Figure;
use benches::shop::Failure;
use eraflazz_core::ports::Depth;
use eraflazz_store_postgres::Works;
use tokio_util::sync::CancellationToken;

use crate::door::{Door, Drive, answered, drive, give_keys, vault};

/// Members that take turns.
const MEMBERS: u32 = 64;

/// Orders a second, and for how long.
const RATE: u64 = 200;
const SECONDS: u64 = 60;

/// The longest that a server lets an answer wait: an order that takes longer shows as one that took this.
const WAIT: u32 = 8_000;

pub(crate) async fn measure(orders: u64, place: &Path) -> Result<Vec<Figure>, Failure> {
    let server = Server::start(place);
    let mut figures = accepted(&server, orders).await?;
    figures.push(settled(&server).await?);
    Ok(figures)
}

/// Nobody works them.
#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
async fn accepted(server: &Server, orders: u64) -> Result<Vec<Figure>, Failure> {
    let load = Drive {
        members: usize::try_from(MEMBERS)?,
        orders,
        pace: Pace::Closed,
        wait: 0,
    };
    let echo = Echo::start().await?;
    let peer = answered(&drive(&echo.address, load, "run0").await?)?;
    drop(echo);

    let url = server.database().await?;
    drop(Stand::open(&url, MEMBERS, Part::default()).await?);
    let stand = Stand::join(&url, part(Works::Elsewhere)?).await?;
    give_keys(&*stand.store, &stand.members).await?;
    let shutdown = CancellationToken::new();
    let standing = tokio::spawn({
        let (engine, shutdown) = (stand.engine.clone(), shutdown.clone());
        async move { engine.stand_by_until(shutdown).await }
    });
    stand.engine.ready().await;
    let door = Door::open(&stand.engine).await?;
    let outcome = drive(&door.address, load, "run1").await?;
    let ours = answered(&outcome)?;
    shutdown.cancel();
    standing.await??;
    door.close().await?;
    let sold = Sold {
        held: orders,
        ..Sold::default()
    };
    let verdict = audit(&url, sold).await?;
    let rate = Figure {
        line: "P5".to_owned(),
        value: ours as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 0.08,
        goal: 0.15,
        better: "higher",
        audit: verdict.clone(),
    };
    Ok(vec![
        rate,
        ninety_nine("P5.p99", &outcome, (50.0, 30.0), verdict),
    ])
}

/// The server accepts and works them; each answer waits until its order is settled.
async fn settled(server: &Server) -> Result<Figure, Failure> {
    let orders = RATE * SECONDS;
    let url = server.database().await?;
    drop(Stand::open(&url, MEMBERS, Part::default()).await?);
    let stand = Stand::join(&url, part(Works::Here)?).await?;
    give_keys(&*stand.store, &stand.members).await?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(stand.engine.clone().run(shutdown.clone()));
    stand.engine.ready().await;
    let door = Door::open(&stand.engine).await?;
    let load = Drive {
        members: usize::try_from(MEMBERS)?,
        orders,
        pace: Pace::Open { per_second: RATE },
        wait: WAIT,
    };
    let outcome = drive(&door.address, load, "run2").await?;
    answered(&outcome)?;
    while stand.engine.depth().await? != Depth::default() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    shutdown.cancel();
    running.await??;
    door.close().await?;
    let sold = Sold {
        orders,
        ..Sold::default()
    };
    let verdict = audit(&url, sold).await?;
    Ok(ninety_nine("P5.settled", &outcome, (50.0, 15.0), verdict))
}

fn part(works: Works) -> Result<Part, Failure> {
    Ok(Part {
        works,
        vault: Arc::new(vault()?),
        ..Part::default()
    })
}

/// Milliseconds that 99 in 100 are faster than.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds far below 2^52, for a report"
)]
fn ninety_nine(line: &str, outcome: &Outcome, (floor, goal): (f64, f64), audit: String) -> Figure {
    Figure {
        line: line.to_owned(),
        value: outcome.summary().p99_us as f64 / 1e3,
        unit: "ms",
        baseline: None,
        ratio: None,
        floor,
        goal,
        better: "lower",
        audit,
    }
}
