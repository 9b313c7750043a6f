//! A lane: one task, one connection, one transaction at a time for all who wait.
//!
//! While a transaction runs, arrivals queue; the next one takes all that wait. No timer: an idle lane adds no wait. The task is nobody's future, so whoever
//! hangs up cancels nothing and leaves no open transaction behind; when a transaction has taken too long, its connection goes with it.

use std::time::{Duration, SystemTime};

use eraflazz_core::commit::{Changes, Unavailable, Verdict};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use crate::batch::{Failed, batch_id, run};
use crate::error::{Remedy, Trouble};
use crate::tries::{PATIENCE, Tries};

/// Most units of a batch, and about how many bytes of it.
const UNITS_MAX: usize = 1_000;
const BYTES_MAX: usize = 256 << 10;
/// What waits before a lane at most; then whoever asks waits for its turn to wait.
const WAITING_MAX: usize = 4_096;
/// A transaction that takes longer is given up with its connection.
const RUN_MAX: Duration = Duration::from_secs(12);
/// How long a batch is tried again while it must be found out whether it is committed.
const SETTLING: Duration = Duration::from_secs(30);
/// How often a unit of its own is asked again after a constraint stood in its way.
const RACES_MAX: usize = 8;

/// Units that wait for their verdicts. They are one piece: in order, in one lane.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) units: Vec<Changes>,
    pub(crate) reply: oneshot::Sender<Result<Vec<Verdict>, Unavailable>>,
}

/// Why a batch was not committed.
#[derive(Debug)]
enum Stop {
    /// A constraint stood in the way.
    Wall(Trouble),
    /// For good, as far as this lane is concerned.
    Unavailable(Unavailable),
}

/// Starts a lane. It ends when nobody can ask any more, after its last answer.
pub(crate) fn start(options: PgConnectOptions) -> mpsc::Sender<Ask> {
    let (asks, waiting) = mpsc::channel(WAITING_MAX);
    let lane = Lane {
        options,
        conn: None,
    };
    tokio::spawn(lane.work(waiting));
    asks
}

struct Lane {
    options: PgConnectOptions,
    conn: Option<PgConnection>,
}

impl Lane {
    async fn work(mut self, mut waiting: mpsc::Receiver<Ask>) {
        let mut left_over = None;
        loop {
            let first = match left_over.take() {
                Some(ask) => ask,
                None => match waiting.recv().await {
                    Some(ask) => ask,
                    None => return,
                },
            };
            let (mut count, mut bytes) = (first.units.len(), size(&first.units));
            let mut asks = vec![first];
            while count < UNITS_MAX && bytes < BYTES_MAX {
                let Ok(ask) = waiting.try_recv() else { break };
                count += ask.units.len();
                bytes += size(&ask.units);
                if count > UNITS_MAX {
                    left_over = Some(ask);
                    break;
                }
                asks.push(ask);
            }
            self.serve(asks).await;
        }
    }

    async fn serve(&mut self, asks: Vec<Ask>) {
        let mut units = Vec::new();
        let mut callers = Vec::with_capacity(asks.len());
        for ask in asks {
            callers.push((ask.units.len(), ask.reply));
            units.extend(ask.units);
        }
        match self.commit(&units).await {
            Ok(verdicts) => {
                let mut verdicts = verdicts.into_iter();
                for (count, reply) in callers {
                    let answer = verdicts.by_ref().take(count).collect();
                    drop(reply.send(Ok(answer)));
                }
            }
            Err(Stop::Wall(trouble)) => {
                alarm(&trouble, units.len());
                let mut units = units.into_iter();
                for (count, reply) in callers {
                    let answer = self.one_by_one(units.by_ref().take(count)).await;
                    drop(reply.send(answer));
                }
            }
            Err(Stop::Unavailable(why)) => {
                for (_, reply) in callers {
                    drop(reply.send(Err(why.clone())));
                }
            }
        }
    }

    /// Each unit in a transaction of its own, with fresh reads: what met a constraint because somebody else was faster is refused by the rule now.
    async fn one_by_one(
        &mut self,
        units: impl Iterator<Item = Changes>,
    ) -> Result<Vec<Verdict>, Unavailable> {
        let mut verdicts = Vec::new();
        for unit in units {
            let verdict = self.alone(&unit).await;
            let verdict = verdict.map_err(|why| Unavailable {
                may_have_committed: why.may_have_committed
                    || verdicts.iter().any(|one| matches!(one, Verdict::Done(_))),
                ..why
            });
            verdicts.push(verdict?);
        }
        Ok(verdicts)
    }

    async fn alone(&mut self, unit: &Changes) -> Result<Verdict, Unavailable> {
        let mut last = None;
        for _race in 0..RACES_MAX {
            match self.commit(std::slice::from_ref(unit)).await {
                Ok(mut verdicts) => {
                    return verdicts.pop().ok_or_else(|| Unavailable {
                        may_have_committed: true,
                        why: "a unit has no verdict".to_owned(),
                    });
                }
                Err(Stop::Wall(trouble)) => last = Some(trouble),
                Err(Stop::Unavailable(why)) => return Err(why),
            }
        }
        let why = last.map_or_else(String::new, |trouble| {
            alarm(&trouble, 1);
            trouble.to_string()
        });
        Err(Unavailable {
            may_have_committed: false,
            why: format!("the database refuses what the rule accepts ({why})"),
        })
    }

    /// Commits the units, or finds out that they are not committed. Only where neither can be settled in time may they be committed all the same.
    async fn commit(&mut self, units: &[Changes]) -> Result<Vec<Verdict>, Stop> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let id = new_id().map_err(Stop::Unavailable)?;
        let mut tries = Tries::begin();
        let mut unsure = None;
        loop {
            let trouble = match self.run(id, units, &mut unsure).await {
                Ok(verdicts) => return Ok(verdicts),
                Err(Failed::Collided) => {
                    // Nobody else has this id: an earlier run of it was committed, and its answers are kept until that is known.
                    return unsure.ok_or_else(|| Stop::Unavailable(unsettled("its answers")));
                }
                Err(Failed::Trouble(trouble)) => trouble,
            };
            let remedy = trouble.remedy();
            if remedy == Remedy::Reconnect || unsure.is_some() {
                self.conn = None;
            }
            let patience = match (&unsure, remedy) {
                (None, Remedy::OneByOne) => return Err(Stop::Wall(trouble)),
                (None, Remedy::GiveUp) => return Err(Stop::Unavailable(trouble.into())),
                (None, Remedy::Retry | Remedy::Reconnect) => PATIENCE,
                (Some(_), _) => SETTLING,
            };
            if !tries.again_within(patience).await {
                return Err(Stop::Unavailable(match unsure {
                    Some(_) => unsettled(&trouble.to_string()),
                    None => trouble.into(),
                }));
            }
        }
    }

    /// Runs the batch once, over a connection that is there or made for it.
    async fn run(
        &mut self,
        id: Uuid,
        units: &[Changes],
        unsure: &mut Option<Vec<Verdict>>,
    ) -> Result<Vec<Verdict>, Failed> {
        let overdue = || Failed::Trouble(sqlx::Error::PoolTimedOut.into());
        let attempt = async {
            let conn = match self.conn.take() {
                Some(conn) => conn,
                None => self.options.connect().await?,
            };
            let conn = self.conn.insert(conn);
            run(conn, id, units, unsure).await
        };
        let answered = timeout(RUN_MAX, attempt).await;
        answered.unwrap_or_else(|_| {
            self.conn = None;
            Err(overdue())
        })
    }
}

/// About how many bytes the units are.
fn size(units: &[Changes]) -> usize {
    let raw = |unit: &Changes| unit.log.iter().map(|row| row.raw.len()).sum::<usize>();
    units.iter().map(|unit| 512 + raw(unit)).sum()
}

/// An id that no batch ever had.
fn new_id() -> Result<Uuid, Unavailable> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| Unavailable {
        may_have_committed: false,
        why: format!("no dice for the id of a batch ({error})"),
    })?;
    Ok(batch_id(SystemTime::now(), random))
}

/// The second wall has held where the first should have, or somebody else was faster where nobody owns a key.
fn alarm(trouble: &Trouble, units: usize) {
    tracing::error!(
        alert = "a constraint of the database fired",
        constraint = trouble.constraint(),
        units,
        %trouble,
        "the units are asked one by one"
    );
}

fn unsettled(why: &str) -> Unavailable {
    Unavailable {
        may_have_committed: true,
        why: format!("a commit was not acknowledged, and what came of it is not known ({why})"),
    }
}
