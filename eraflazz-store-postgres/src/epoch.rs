//! Which life of the record this is (INV-31).

use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::Epoch;

use crate::error::{Trouble, uncertain};
use crate::sql;
use crate::store::PostgresStore;
use crate::value::odd;

impl PostgresStore {
    /// The epoch of the record. Whoever sends compares it with what is kept outside of the database, which a restore takes back and a file does not.
    pub async fn epoch(&self) -> Result<Epoch, Unavailable> {
        let query = sqlx::query_scalar(sql::EPOCH).fetch_one(&self.pool);
        let number: i32 = query.await.map_err(Trouble::from)?;
        let epoch = u16::try_from(number).ok().and_then(Epoch::new);
        Ok(epoch.ok_or_else(|| odd("the epoch"))?)
    }

    /// Raises it from `from` to `to`; false if it is not `from` any more, or `to` is no higher. Nobody who sends under an epoch of before may still run. Only the
    /// owner of the schema may; anybody else is told which right is missing.
    pub async fn raise_epoch(&self, from: Epoch, to: Epoch) -> Result<bool, Unavailable> {
        let raise = sqlx::query(sql::RAISE_EPOCH).bind(i32::from(from.number()));
        let raised = raise.bind(i32::from(to.number())).execute(&self.pool).await;
        let raised = raised.map_err(|error| not_raised(&error.into()))?;
        Ok(raised.rows_affected() == 1)
    }
}

/// Why it was not raised: a right that is missing is named, and then nothing was.
fn not_raised(trouble: &Trouble) -> Unavailable {
    if !trouble.is_denied() {
        return uncertain(trouble);
    }
    Unavailable {
        may_have_committed: false,
        why: "this role has no UPDATE on eraflazz.epoch: only the owner of the schema raises the epoch, as whom it is migrated".to_owned(),
    }
}
