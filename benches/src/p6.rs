//! P6: how orders a second and how long one takes change as stored orders and members grow.

use std::path::Path;

use benches::postgres::{Part, Server, Sold, Spread, Stand, audit, stock};
use benches::report::Figure;
use benches::shop::Failure;

/// Open orders at most.
const IN_FLIGHT: usize = 2_000;

/// At which rate single orders are timed, and how many.
const RATE: u64 = 200;
const TIMED: usize = 4_000;
/// How many of them go before, untimed: the first ones after a start find cold pages and plans, and one in a hundred of those that are timed is forty.
const BEFORE: usize = 1_000;

/// What a store did.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Orders a second.
    pub(crate) rate: u64,
    /// Milliseconds from submit to settled at [`RATE`], of 99 in 100.
    pub(crate) p99: f64,
    pub(crate) audit: String,
}

pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let server = Server::start(place);
    let grown = growing(&server, orders, &[10_000, 1_000_000]).await?;
    Ok(compared("P6", &grown))
}

pub(crate) async fn measure_members(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let server = Server::start(place);
    let few = with_members(&server, 100, orders).await?;
    let many = with_members(&server, 100_000, orders).await?;
    Ok(compared("P6.members", &[few, many]))
}

/// The first against the last.
#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
fn compared(line: &str, seen: &[Seen]) -> Vec<Figure> {
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else {
        return Vec::new();
    };
    let wrong = seen.iter().find(|seen| seen.audit != "ok");
    let audit = wrong.map_or_else(|| "ok".to_owned(), |seen| seen.audit.clone());
    let rate = Figure {
        line: line.to_owned(),
        value: last.rate as f64,
        unit: "orders/s",
        baseline: Some(first.rate as f64),
        ratio: Some(last.rate as f64 / first.rate as f64),
        floor: 0.7,
        goal: 0.7,
        better: "higher",
        audit: audit.clone(),
    };
    let p99 = Figure {
        line: format!("{line}.p99"),
        value: last.p99,
        unit: "ms",
        baseline: Some(first.p99),
        ratio: Some(last.p99 / first.p99),
        floor: 1.3,
        goal: 1.3,
        better: "lower",
        audit,
    };
    vec![rate, p99]
}

/// One database whose past grows to so many orders, step by step; what it does after each.
pub(crate) async fn growing(
    server: &Server,
    orders: usize,
    past: &[usize],
) -> Result<Vec<Seen>, Failure> {
    let url = server.database().await?;
    let stand = Stand::open(&url, 1_000, Part::default()).await?;
    // The first is what copies are made of.
    stand.sell(Spread::Wide, 0, 1, 1).await?;
    let (mut stored, mut sold, mut seen) = (0, 1, Vec::new());
    for size in past {
        stock(&url, stored, *size).await?;
        stored = *size;
        let (rate, p99) = both(&stand, sold, orders).await?;
        sold += BEFORE + TIMED + orders;
        let sold = Sold {
            orders: u64::try_from(stored + sold)?,
            ..Sold::default()
        };
        let audit = audit(&url, sold).await?;
        seen.push(Seen { rate, p99, audit });
    }
    Ok(seen)
}

/// A database of its own with so many members, who order in turns.
pub(crate) async fn with_members(
    server: &Server,
    members: u32,
    orders: usize,
) -> Result<Seen, Failure> {
    server.be_durable(false).await?;
    let url = server.database().await?;
    let stand = Stand::open(&url, members, Part::default()).await?;
    server.be_durable(true).await?;
    let (rate, p99) = both(&stand, 0, orders).await?;
    let sold = Sold {
        orders: u64::try_from(BEFORE + TIMED + orders)?,
        ..Sold::default()
    };
    let audit = audit(&url, sold).await?;
    Ok(Seen { rate, p99, audit })
}

/// Orders a second, and the slowest but one in a hundred in milliseconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds far below 2^52, for a report"
)]
async fn both(stand: &Stand, from: usize, orders: usize) -> Result<(u64, f64), Failure> {
    stand.steady(from, BEFORE, RATE).await?;
    let micros = stand.steady(from + BEFORE, TIMED, RATE).await?;
    let from = from + BEFORE + TIMED;
    let rate = stand.sell(Spread::Wide, from, orders, IN_FLIGHT).await?;
    Ok((rate, micros.value_at_quantile(0.99) as f64 / 1e3))
}
