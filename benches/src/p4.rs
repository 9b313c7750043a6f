//! P4: the bell over Redis against Streams used by hand, and what is due in `PostgreSQL`, taken and begun, against a claim one by one.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use benches::instant::Answers;
use benches::postgres::{
    Bodies, Interactive, LOOK, Part, Server, Sold, Spread, Stand, audit, pace,
};
use benches::report::Figure;
use benches::shop::Failure;
use conformance::servers::Redis;
use eraflazz_core::ids::OrderId;
use eraflazz_core::ports::{Due, Queue, Store};
use eraflazz_store_postgres::{BellSettings, RedisQueue};
use redis::aio::MultiplexedConnection;
use redis::streams::StreamReadReply;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Entries a call, of both.
const BATCH: usize = 100;

/// Who take them, as an engine has workers.
const WORKERS: usize = 2;

/// Entries that may be rung and not yet done.
const UNDER_WAY: usize = 10_000;

/// Members whose orders are due.
const MEMBERS: u32 = 1_000;

pub(crate) async fn measure(orders: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    Ok(vec![bell(orders * 10).await?, sweep(orders, place).await?])
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
fn figure(line: &str, (ours, peer): (u64, u64), unit: &'static str, floor: f64) -> Figure {
    Figure {
        line: line.to_owned(),
        value: ours as f64,
        unit,
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor,
        goal: 0.0,
        better: "higher",
        audit: "n/a".to_owned(),
    }
}

async fn bell(count: usize) -> Result<Figure, Failure> {
    let server = Redis::start();
    let peer = by_hand(&server, count).await?;
    let server = Redis::start();
    let queue = RedisQueue::open(&server.address().into(), &BellSettings::default())?;
    let ours = through(Arc::new(queue), count).await?;
    Ok(Figure {
        goal: 0.75,
        ..figure("P4", (ours, peer), "entries/s", 0.5)
    })
}

/// Rings, takes and acknowledges so many, each once.
async fn through(queue: Arc<RedisQueue>, count: usize) -> Result<u64, Failure> {
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    let began = Instant::now();
    let ringing = tokio::spawn({
        let (queue, room) = (Arc::clone(&queue), Arc::clone(&room));
        async move {
            for from in (0..count).step_by(BATCH) {
                room.acquire_many(u32::try_from(BATCH)?).await?.forget();
                let some: Vec<Due> = (from..count.min(from + BATCH)).map(due).collect();
                queue.push(&some).await;
            }
            Ok::<_, Failure>(())
        }
    });
    let heard = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let (queue, room) = (Arc::clone(&queue), Arc::clone(&room));
        let heard = Arc::clone(&heard);
        workers.spawn(async move {
            loop {
                let taken = queue.take(BATCH).await;
                queue.ack(&taken).await;
                heard.fetch_add(taken.len(), Ordering::Relaxed);
                room.add_permits(taken.len());
            }
        });
    }
    while heard.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = began.elapsed();
    ringing.await??;
    workers.shutdown().await;
    let (left, heard) = (queue.depth().await, heard.load(Ordering::Relaxed));
    if heard == count && left == 0 {
        Ok(pace(count, took))
    } else {
        Err(format!("{heard} of {count} entries were heard, {left} are left").into())
    }
}

fn due(n: usize) -> Due {
    let id = u128::try_from(n).unwrap_or_default();
    Due::Order(OrderId(uuid::Uuid::from_u128(id << 64 | id)))
}

/// The same with the commands that a user would write, a connection for each side: produced, read by a group, acknowledged.
async fn by_hand(server: &Redis, count: usize) -> Result<u64, Failure> {
    let client = redis::Client::open(server.address())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    let made: redis::RedisResult<()> = redis::cmd("XGROUP")
        .arg(&["CREATE", "jobs", "workers", "0", "MKSTREAM"])
        .query_async(&mut redis)
        .await;
    made?;
    let consumed = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let produced = tokio::spawn(async move {
        for from in (0..count).step_by(BATCH) {
            produce(&mut redis, from..count.min(from + BATCH)).await?;
        }
        Ok::<_, Failure>(())
    });
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let mut redis = client.get_multiplexed_async_connection().await?;
        let consumed = Arc::clone(&consumed);
        workers.spawn(async move {
            while consumed.load(Ordering::Relaxed) < count {
                consumed.fetch_add(consume(&mut redis).await?, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        });
    }
    while consumed.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = began.elapsed();
    produced.await??;
    while let Some(done) = workers.join_next().await {
        done??;
    }
    Ok(pace(count, took))
}

async fn produce(
    redis: &mut MultiplexedConnection,
    some: std::ops::Range<usize>,
) -> Result<(), Failure> {
    let mut pipeline = redis::Pipeline::with_capacity(some.len());
    for n in some {
        let id = uuid::Uuid::from_u128(u128::try_from(n)?).to_string();
        pipeline
            .cmd("XADD")
            .arg(&["jobs", "*", "order", &id])
            .ignore();
    }
    Ok(pipeline.query_async(redis).await?)
}

async fn consume(redis: &mut MultiplexedConnection) -> Result<usize, Failure> {
    let read: Option<StreamReadReply> = redis::cmd("XREADGROUP")
        .arg(&["GROUP", "workers", "one", "COUNT", &BATCH.to_string()])
        .arg(&["BLOCK", "100", "STREAMS", "jobs", ">"])
        .query_async(redis)
        .await?;
    let keys = read.map(|read| read.keys).unwrap_or_default();
    let ids: Vec<String> = keys
        .into_iter()
        .flat_map(|key| key.ids)
        .map(|id| id.id)
        .collect();
    if !ids.is_empty() {
        let acknowledged: usize = redis::cmd("XACK")
            .arg(&["jobs", "workers"])
            .arg(&ids)
            .query_async(redis)
            .await?;
        if acknowledged != ids.len() {
            return Err("an entry was acknowledged twice".into());
        }
    }
    Ok(ids.len())
}

/// Orders that are due and that nobody rang for: taken, and their intent committed.
async fn sweep(orders: usize, place: &Path) -> Result<Figure, Failure> {
    let server = Server::start(place);
    let url = held(&server, orders).await?;
    let silent = Part {
        answers: Answers::Never,
        ..Part::default()
    };
    let stand = Stand::join(&url, silent).await?;
    let running = tokio::spawn(stand.engine.clone().run(CancellationToken::new()));
    stand.engine.ready().await;
    let began = Instant::now();
    while stand.store.depth().await?.held > 0 {
        tokio::time::sleep(LOOK).await;
    }
    let ours = pace(orders, began.elapsed());
    // As a process that dies: nobody waits for suppliers who never answer.
    running.abort();
    drop(running.await);
    drop(stand);
    let sold = Sold {
        sent: u64::try_from(orders)?,
        ..Sold::default()
    };
    let mut verdict = audit(&url, sold).await?;

    let begun = Bodies::of(&url).await?;
    let fewer = orders / 4;
    let url = held(&server, fewer).await?;
    let peer = Interactive::open(&url).await?;
    let peer = peer.claims(fewer, &begun).await?;
    if verdict == "ok" {
        let sold = Sold {
            sent: u64::try_from(fewer)?,
            ..Sold::default()
        };
        verdict = audit(&url, sold).await?;
    }
    Ok(Figure {
        goal: 8.0,
        audit: verdict,
        ..figure("P4.sweep", (ours, peer), "orders/s", 4.0)
    })
}

/// A database with so many orders that are due.
async fn held(server: &Server, orders: usize) -> Result<String, Failure> {
    let url = server.database().await?;
    let stand = Stand::open(&url, MEMBERS, Part::default()).await?;
    stand.submit(Spread::Wide, 0, orders, usize::MAX).await?;
    Ok(url)
}
