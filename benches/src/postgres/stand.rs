//! A shop over a database.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::SampleVault;
use eraflazz_core::engine::{Engine, GatewayRules, Settings};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ports::{Clock, Depth, Members, PaymentGateway, Vault};
use eraflazz_store_postgres::{
    PostgresBell, PostgresClock, PostgresDuty, PostgresStore, StoreSettings, Works,
};
use hdrhistogram::Histogram;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::instant::Answers;
use crate::shop::{Failure, eager, engine, fill, fund, order};

/// Suppliers, and products, of which each has one.
pub const GOODS: u16 = 10;

/// Orders that one call submits, and how many call at once.
const AT_ONCE: usize = 125;
const CALLERS: usize = 16;

/// How often the database is asked how many are open: often enough to hold a number, and seldom enough to cost nothing.
pub const LOOK: Duration = Duration::from_millis(100);

/// How long one order may take, at a rate that is far below what the engine can do.
const SETTLED: Duration = Duration::from_secs(30);

/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Whose orders they are, and of which supplier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Spread {
    /// Everybody's, everywhere.
    #[default]
    Wide,
    /// One member's.
    Member,
    /// One supplier's.
    Supplier,
}

impl Spread {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Member => "member",
            Self::Supplier => "supplier",
        }
    }
}

/// An engine of this process over a database, as a server of the role `all` has it.
#[derive(Debug)]
pub struct Stand {
    /// The engine; run it.
    pub engine: Engine,
    /// Its store.
    pub store: Arc<PostgresStore>,
    /// Who buys.
    pub members: Vec<MemberId>,
}

/// What a process is, beside the others.
#[derive(Clone)]
pub struct Part {
    /// Its store.
    pub store: StoreSettings,
    /// Its engine.
    pub engine: Settings,
    /// Whether it works orders or only accepts them.
    pub works: Works,
    /// What its suppliers do.
    pub answers: Answers,
    /// What seals secrets.
    pub vault: Arc<dyn Vault>,
    /// Where members pay in, if they do: its name, the house's rules about it, and its adapter.
    pub gateway: Option<(String, GatewayRules, Arc<dyn PaymentGateway>)>,
}

impl Default for Part {
    fn default() -> Self {
        Self {
            store: StoreSettings::default(),
            engine: eager(),
            works: Works::Here,
            answers: Answers::AtOnce,
            vault: Arc::new(SampleVault),
            gateway: None,
        }
    }
}

impl Stand {
    /// Over the database at `url`, which has a schema and nothing else: so many members are made, and have money.
    pub async fn open(url: &str, members: u32, part: Part) -> Result<Self, Failure> {
        let (store, clock) = Box::pin(over(url, &part)).await?;
        let ids = Box::pin(fill(&*store, &*clock, GOODS, members)).await?;
        let stand = Self::with_engine(store, clock, part, ids)?;
        Box::pin(fund(&stand.engine, GOODS, &stand.members)).await?;
        Ok(stand)
    }

    /// Over a database that another one was opened over.
    pub async fn join(url: &str, part: Part) -> Result<Self, Failure> {
        let (store, clock) = Box::pin(over(url, &part)).await?;
        let members = store.members().await?;
        let ids = members.iter().map(|member| member.id).collect();
        Self::with_engine(store, clock, part, ids)
    }

    fn with_engine(
        store: Arc<PostgresStore>,
        clock: Arc<PostgresClock>,
        part: Part,
        members: Vec<MemberId>,
    ) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = clock;
        let bell = PostgresBell::start(&store, Arc::clone(&clock), part.works);
        let duty = PostgresDuty::start(&store, part.works);
        let builder = Engine::builder(Arc::clone(&store), Arc::new(bell), clock);
        let mut builder = builder.duty(Arc::new(duty));
        if let Some((name, rules, gateway)) = part.gateway {
            builder = builder.gateway(name, rules, gateway);
        }
        Ok(Self {
            engine: engine(builder, GOODS, part.engine, part.answers)?,
            store,
            members,
        })
    }

    /// Sells the orders `from` to `from + count`, `in_flight` of them at a time, each from its submit until it is settled: orders a second.
    pub async fn sell(
        &self,
        spread: Spread,
        from: usize,
        count: usize,
        in_flight: usize,
    ) -> Result<u64, Failure> {
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(self.engine.clone().run(shutdown.clone()));
        self.engine.ready().await;
        let began = Instant::now();
        self.submit(spread, from, count, in_flight).await?;
        while self.engine.depth().await? != Depth::default() {
            tokio::time::sleep(LOOK).await;
            if began.elapsed() > PATIENCE {
                return Err("orders are still open after ten minutes".into());
            }
        }
        let took = began.elapsed();
        shutdown.cancel();
        running.await??;
        Ok(pace(count, took))
    }

    /// Submits orders on schedule, whatever comes of them: microseconds from when each was due to be submitted until it was settled.
    pub async fn steady(
        &self,
        from: usize,
        count: usize,
        per_second: u64,
    ) -> Result<Histogram<u64>, Failure> {
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(self.engine.clone().run(shutdown.clone()));
        self.engine.ready().await;
        let (began, mut settling) = (Instant::now(), JoinSet::new());
        for n in 0..count {
            let due = Duration::from_nanos(u64::try_from(n)? * 1_000_000_000 / per_second.max(1));
            tokio::time::sleep_until((began + due).into()).await;
            let (engine, n) = (self.engine.clone(), from + n);
            let member = self.members[n % self.members.len()];
            let wish = order(member, u16::try_from(n % usize::from(GOODS))?, n)?;
            settling.spawn(async move {
                let accepted = engine.submit(wish).await?.order;
                if engine.final_of(accepted, SETTLED).await?.state.is_open() {
                    return Err("an order was not settled in its time".into());
                }
                Ok::<_, Failure>(began.elapsed().saturating_sub(due))
            });
        }
        let mut micros = Histogram::new(3)?;
        while let Some(took) = settling.join_next().await {
            micros.record(u64::try_from(took??.as_micros())?)?;
        }
        shutdown.cancel();
        running.await??;
        Ok(micros)
    }

    /// Submits them, some hundreds a commit, and holds back while `in_flight` are open.
    pub async fn submit(
        &self,
        spread: Spread,
        from: usize,
        count: usize,
        in_flight: usize,
    ) -> Result<(), Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let (open, is_open) = watch::channel(0);
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let caller = Caller {
                engine: self.engine.clone(),
                members: self.members.clone(),
                spread,
                orders: from..from + count,
                next: Arc::clone(&next),
            };
            let mut is_open = is_open.clone();
            callers.spawn(async move {
                while is_open.wait_for(|open| *open < in_flight).await.is_ok()
                    && caller.submit_some().await?
                {}
                Ok::<_, Failure>(())
            });
        }
        drop(is_open);
        let looking = async {
            while !open.is_closed() {
                let depth = self.engine.depth().await?;
                open.send_replace(usize::try_from(depth.held + depth.in_flight)?);
                tokio::time::sleep(LOOK).await;
            }
            Ok::<_, Failure>(())
        };
        let submitting = async {
            while let Some(done) = callers.join_next().await {
                done??;
            }
            Ok::<_, Failure>(())
        };
        tokio::try_join!(looking, submitting).map(drop)
    }
}

/// One of those who order.
struct Caller {
    engine: Engine,
    members: Vec<MemberId>,
    spread: Spread,
    orders: Range<usize>,
    next: Arc<AtomicUsize>,
}

impl Caller {
    /// Submits the next orders, and says whether there were any.
    async fn submit_some(&self) -> Result<bool, Failure> {
        let from = self.orders.start + self.next.fetch_add(AT_ONCE, Ordering::Relaxed);
        let some = from.min(self.orders.end)..self.orders.end.min(from + AT_ONCE);
        let wishes = some.map(|n| {
            let member = match self.spread {
                Spread::Wide | Spread::Supplier => n % self.members.len(),
                Spread::Member => 0,
            };
            let goods = match self.spread {
                Spread::Wide | Spread::Member => n % usize::from(GOODS),
                Spread::Supplier => 0,
            };
            order(self.members[member], u16::try_from(goods)?, n)
        });
        let wishes = wishes.collect::<Result<Vec<_>, _>>()?;
        let is_any = !wishes.is_empty();
        for answer in self.engine.submit_many(wishes).await {
            answer?;
        }
        Ok(is_any)
    }
}

async fn over(url: &str, part: &Part) -> Result<(Arc<PostgresStore>, Arc<PostgresClock>), Failure> {
    let opened = PostgresStore::open(url, Arc::clone(&part.vault), part.store);
    let store = Box::pin(opened).await?;
    let store = Arc::new(store);
    let clock = Arc::new(PostgresClock::start(&store).await?);
    Ok((store, clock))
}

/// A rate in whole units a second.
pub fn pace(count: usize, took: Duration) -> u64 {
    crate::naive::per_second(u64::try_from(count).unwrap_or(u64::MAX), took)
}
