//! P1: orders a second from submit to settled on `PostgreSQL`, against the same tables written in the usual way.

use std::path::Path;

use benches::postgres::{Bodies, Interactive, Part, Server, Sold, Spread, Stand, audit, rows_of};
use benches::report::Figure;
use benches::shop::Failure;

use crate::p3::IN_FLIGHT;

/// Members whose orders take turns.
const MEMBERS: u32 = 1_000;

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Figure, Failure> {
    let server = Server::start(place);
    let url = server.database().await?;
    let stand = Stand::open(&url, MEMBERS, Part::default()).await?;
    let ours = stand.sell(Spread::Wide, 0, orders, IN_FLIGHT).await?;
    drop(stand);
    let mut verdict = audit(&url, sold(orders)?).await?;

    let (peers, fewer) = (server.database().await?, orders / 4);
    drop(Stand::open(&peers, MEMBERS, Part::default()).await?);
    let bodies = Bodies::of(&url).await?;
    let peer = Interactive::open(&peers).await?;
    let peer = peer.orders(fewer, &bodies).await?;
    if verdict == "ok" {
        verdict = audit(&peers, sold(fewer)?).await?;
    }
    let (of_ours, of_peer) = (rows_of(&url).await?, rows_of(&peers).await?);
    if of_ours != of_peer {
        verdict = format!("an order of ours has {of_ours:?}, one of the peer's {of_peer:?}");
    }
    Ok(Figure {
        line: "P1".to_owned(),
        value: ours as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 5.0,
        goal: 7.0,
        better: "higher",
        audit: verdict,
    })
}

fn sold(orders: usize) -> Result<Sold, Failure> {
    Ok(Sold {
        orders: u64::try_from(orders)?,
        ..Sold::default()
    })
}
