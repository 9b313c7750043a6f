//! P2: ledger transfers a second on `PostgreSQL`, against one transaction a transfer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use benches::postgres::{Interactive, Part, Server, Sold, Stand, audit, pace};
use benches::report::Figure;
use benches::shop::Failure;
use eraflazz_core::commit::{Changes, Verdict};
use eraflazz_core::ids::{BankId, SubjectId};
use eraflazz_core::ledger::rules;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Store;
use eraflazz_core::time::Timestamp;
use tokio::task::JoinSet;

/// Members whose wallets take turns.
const MEMBERS: u32 = 1_000;

/// Transfers that one call brings, and how many call at once.
const AT_ONCE: usize = 500;
const CALLERS: usize = 8;

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
pub(crate) async fn measure(transfers: usize, place: &Path) -> Result<Figure, Failure> {
    let server = Server::start(place);
    let url = server.database().await?;
    let stand = Stand::open(&url, MEMBERS, Part::default()).await?;
    let ours = deposits(&stand, transfers).await?;
    let mut verdict = audit(&url, Sold::default()).await?;
    drop(stand);
    let url = server.database().await?;
    Stand::open(&url, MEMBERS, Part::default()).await?;
    let peer = Interactive::open(&url).await?;
    let peer = peer.transfers(transfers / 10).await?;
    if verdict == "ok" {
        verdict = audit(&url, Sold::default()).await?;
    }
    Ok(Figure {
        line: "P2".to_owned(),
        value: ours as f64,
        unit: "transfers/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 10.0,
        goal: 14.0,
        better: "higher",
        audit: verdict,
    })
}

/// Deposits of a rupiah, one transfer and one unit each: how many a second.
async fn deposits(stand: &Stand, count: usize) -> Result<u64, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let amount = Money::rupiah(1).ok_or("a rupiah is no amount")?;
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (store, members) = (Arc::clone(&stand.store), stand.members.clone());
        let (next, now) = (Arc::clone(&next), stand.engine.now());
        callers.spawn(async move {
            loop {
                let from = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                if from >= count {
                    return Ok::<_, Failure>(());
                }
                let units = (from..count.min(from + AT_ONCE)).map(|n| {
                    let member = members[n % members.len()];
                    let subject = subject(now, n)?;
                    let transfers = rules::deposit(subject, member, BankId(0), amount);
                    Ok::<_, Failure>(Changes {
                        transfers,
                        ..Changes::at(now)
                    })
                });
                let units = units.collect::<Result<Vec<_>, _>>()?;
                for verdict in store.commit(units).await? {
                    if let Verdict::Refused(why) = verdict {
                        return Err(format!("a deposit was refused: {why}").into());
                    }
                }
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(pace(count, began.elapsed()))
}

/// An id of the `n`-th of them, spread as random ones are.
fn subject(now: Timestamp, n: usize) -> Result<SubjectId, Failure> {
    let spread = u64::try_from(n)?.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&spread.to_be_bytes());
    Ok(SubjectId::mint(now, &random))
}
