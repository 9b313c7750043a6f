//! M1: orders a second from submit to settled, everything recorded, against naive posts.

use std::time::{Duration, Instant};

use benches::audit::recount;
use benches::naive::{per_second, posts_per_second};
use benches::report::Figure;
use benches::shop::{Failure, Shop};
use eraflazz_core::ports::Depth;
use tokio_util::sync::CancellationToken;

/// Orders that one submit takes.
const BATCH: usize = 500;

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
pub(crate) async fn measure(orders: usize) -> Result<Figure, Failure> {
    let peer = posts_per_second(2_000_000);
    let shop = Shop::open(1_000, orders + 1).await?;
    let (rate, audit) = run("M1", &shop, orders).await?;
    Ok(Figure {
        line: "M1".to_owned(),
        value: rate as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(rate as f64 / peer as f64),
        floor: 0.03,
        goal: 0.07,
        better: "higher",
        audit,
    })
}

/// Orders a second from the first submit until all are settled, and what the audit says of them.
pub(crate) async fn run(line: &str, shop: &Shop, orders: usize) -> Result<(u64, String), Failure> {
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(shop.engine.clone().run(shutdown.clone()));
    let wishes: Vec<_> = (0..orders)
        .map(|n| shop.order(n))
        .collect::<Result<_, _>>()?;
    let began = Instant::now();
    for batch in wishes.chunks(BATCH) {
        for answer in shop.engine.submit_many(batch.to_vec()).await {
            answer?;
        }
    }
    let submitted = began.elapsed();
    while shop.engine.depth().await? != Depth::default() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if began.elapsed() > Duration::from_mins(5) {
            return Err("orders are still open after five minutes".into());
        }
    }
    let took = began.elapsed();
    shutdown.cancel();
    running.await??;
    let count = u64::try_from(orders)?;
    let audit = recount(&shop.engine, count).await?;
    eprintln_progress(line, submitted, took);
    Ok((per_second(count, took), audit))
}

#[expect(clippy::print_stderr, reason = "progress beside the figures")]
fn eprintln_progress(line: &str, submitted: Duration, took: Duration) {
    eprintln!("{line}: submitted in {submitted:?}, settled in {took:?}");
}
