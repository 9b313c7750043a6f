//! P1: orders a second from submit to settled on `PostgreSQL`, against the same tables written in the usual way.

use std::path::Path;

use benches::postgres::{Bodies, Interactive, Part, Server, Sold, Spread, Stand, audit};
use benches::report::Figure;
use benches::shop::Failure;

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Figure, Failure> {
    let server = Server::start(place);
    let url = server.database().await?;
    let stand = Stand::open(&url, 1_000, Part::default()).await?;
    let ours = stand.sell(Spread::Wide, 0, orders, 2_000).await?;
    let audit = audit(
        &url,
        Sold {
            orders: u64::try_from(orders)?,
            ..Sold::default()
        },
    )
    .await?;
    let peers = server.database().await?;
    Stand::open(&peers, 1_000, Part::default()).await?;
    let bodies = Bodies::of(&url).await?;
    let peer = Interactive::open(&peers)
        .await?
        .orders(orders / 4, &bodies)
        .await?;
    Ok(Figure {
        line: "P1".to_owned(),
        value: ours as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 5.0,
        goal: 7.0,
        better: "higher",
        audit,
    })
}
