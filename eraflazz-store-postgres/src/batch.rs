//! One transaction: a batch from its id to its COMMIT.

use std::time::{SystemTime, UNIX_EPOCH};

use eraflazz_core::commit::{Changes, Verdict, apply, touched};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::error::Trouble;
use crate::load::load;
use crate::rows::Rows;
use crate::value::odd;
use crate::write::write;

/// Why a run of a batch gave no answers.
#[derive(Debug)]
pub(crate) enum Failed {
    /// An earlier run of it was committed: the answers computed then stand.
    Collided,
    /// What went wrong.
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Failed {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// Runs the units as the batch `id`. While `unsure` holds answers, a COMMIT was sent for them whose acknowledgement did not come; it outlives this future, which may
/// be dropped at any moment with its connection.
pub(crate) async fn run(
    conn: &mut PgConnection,
    id: Uuid,
    units: &[Changes],
    unsure: &mut Option<Vec<Verdict>>,
) -> Result<Vec<Verdict>, Failed> {
    let mut tx = conn.begin().await?;
    match decide(&mut tx, id, units, unsure).await {
        Ok(Decided::Accepted(verdicts)) => {
            *unsure = Some(verdicts);
            tx.commit().await?;
            Ok(unsure.take().unwrap_or_default())
        }
        Ok(Decided::Refused(verdicts)) => {
            tx.rollback().await?;
            Ok(verdicts)
        }
        Err(failed) => {
            // What went wrong first is what matters; a connection that cannot roll back says so when it is used again.
            drop(tx.rollback().await);
            Err(failed)
        }
    }
}

/// What was decided about a batch.
enum Decided {
    /// Something was accepted, and is written.
    Accepted(Vec<Verdict>),
    /// All of it was refused.
    Refused(Vec<Verdict>),
}

async fn decide(
    tx: &mut PgConnection,
    id: Uuid,
    units: &[Changes],
    unsure: &mut Option<Vec<Verdict>>,
) -> Result<Decided, Failed> {
    let mut rows = Rows::of(touched(units));
    if let Err(trouble) = load(id, &mut rows, tx).await {
        return Err(match trouble.constraint() {
            Some("batches_pkey") => Failed::Collided,
            _ => Failed::Trouble(trouble),
        });
    }
    // It waited for its twin, if there was one, and went through: no earlier run was committed, nor ever will be.
    *unsure = None;
    let verdicts = apply(units.to_vec(), &mut rows);
    if rows.strayed() {
        return Err(odd("a batch asked for a row that it had not said it touches").into());
    }
    let is_done = |verdict: &Verdict| matches!(verdict, Verdict::Done(_));
    if !verdicts.iter().any(is_done) {
        return Ok(Decided::Refused(verdicts));
    }
    write(&rows, tx).await?;
    Ok(Decided::Accepted(verdicts))
}

/// The id of a batch of this moment: it rises with time, so that the newest rows lie together and the oldest are found.
pub(crate) fn batch_id(now: SystemTime, random: [u8; 10]) -> Uuid {
    let since = now.duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
