//! P3: all orders of one member, or of one supplier, against orders of everybody everywhere; by two processes and by one.

use std::path::Path;
use std::time::{Duration, Instant};

use benches::postgres::{LOOK, Part, Server, Sold, Spread, Stand, audit, pace};
use benches::report::Figure;
use benches::shop::Failure;
use eraflazz_core::ports::{Depth, Store};

use crate::till::Till;

/// Open orders at most, in all processes together.
pub(crate) const IN_FLIGHT: usize = 2_000;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(10);

pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let server = Server::start(place);
    let mut figures = Vec::new();
    for (processes, suffix, floor, goal) in [(2, "", 0.5, 0.8), (1, ".one", 0.9, 1.1)] {
        let wide = run(&server, processes, Spread::Wide, orders).await?;
        for spread in [Spread::Member, Spread::Supplier] {
            let hot = run(&server, processes, spread, orders).await?;
            let line = format!("P3.{}{suffix}", spread.word());
            figures.push(compared(line, &hot, &wide, (floor, goal)));
        }
    }
    Ok(figures)
}

/// What a run brought.
pub(crate) struct Ran {
    pub(crate) rate: u64,
    pub(crate) audit: String,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
fn compared(line: String, hot: &Ran, wide: &Ran, (floor, goal): (f64, f64)) -> Figure {
    let audits = [&hot.audit, &wide.audit];
    let wrong = audits.into_iter().find(|audit| *audit != "ok");
    Figure {
        line,
        value: hot.rate as f64,
        unit: "orders/s",
        baseline: Some(wide.rate as f64),
        ratio: Some(hot.rate as f64 / wide.rate as f64),
        floor,
        goal,
        better: "higher",
        audit: wrong.cloned().unwrap_or_else(|| "ok".to_owned()),
    }
}

/// So many orders through so many processes, over a database of their own.
pub(crate) async fn run(
    server: &Server,
    processes: usize,
    spread: Spread,
    orders: usize,
) -> Result<Ran, Failure> {
    let url = server.database().await?;
    let stand = Stand::open(&url, 1_000, Part::default()).await?;
    let rate = if processes == 1 {
        stand.sell(spread, 0, orders, IN_FLIGHT).await?
    } else {
        by_many(&stand, &url, processes, spread, orders).await?
    };
    drop(stand);
    let sold = Sold {
        orders: u64::try_from(orders)?,
        ..Sold::default()
    };
    let audit = audit(&url, sold).await?;
    Ok(Ran { rate, audit })
}

async fn by_many(
    stand: &Stand,
    url: &str,
    processes: usize,
    spread: Spread,
    orders: usize,
) -> Result<u64, Failure> {
    let each = orders.div_ceil(processes);
    let mut tills = Vec::with_capacity(processes);
    for n in 0..processes {
        let from = n * each;
        let till = Till {
            url: url.to_owned(),
            spread,
            from,
            count: each.min(orders - from),
            in_flight: IN_FLIGHT,
        };
        tills.push(till.start()?);
    }
    let began = Instant::now();
    for till in &mut tills {
        till.nod()?;
    }
    tills = tokio::task::spawn_blocking(move || {
        for till in &mut tills {
            till.says()?;
        }
        Ok::<_, Failure>(tills)
    })
    .await??;
    while stand.store.depth().await? != Depth::default() {
        tokio::time::sleep(LOOK).await;
        if began.elapsed() > PATIENCE {
            return Err("orders are still open after ten minutes".into());
        }
    }
    let took = began.elapsed();
    for till in tills {
        till.end()?;
    }
    Ok(pace(orders, took))
}
