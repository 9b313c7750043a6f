//! What members must still learn, read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use eraflazz_core::commit::{OutboxRow, Unavailable};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ports::{Outbox, OutboxDepth, Page};
use eraflazz_core::time::Timestamp;
use uuid::Uuid;

use crate::error::Trouble;
use crate::load;
use crate::sql;
use crate::store::{PostgresStore, many};
use crate::value::At;

#[async_trait]
impl Outbox for PostgresStore {
    async fn due_outbox(
        &self,
        now: Timestamp,
        busy: &BTreeSet<MemberId>,
        each: usize,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Unavailable> {
        let busy: Vec<Uuid> = busy.iter().map(|member| member.0).collect();
        let rows = sqlx::query(sql::DUE_OUTBOX)
            .bind(At(now))
            .bind(busy)
            .bind(many(each))
            .bind(many(limit))
            .fetch_all(&self.pool);
        let rows = rows.await.map_err(Trouble::from)?;
        Ok(rows
            .iter()
            .map(|row| load::outbox(row.into()))
            .collect::<Result<_, _>>()?)
    }

    async fn outbox_depth(&self, of: Option<MemberId>) -> Result<OutboxDepth, Unavailable> {
        let query = match of {
            Some(member) => sqlx::query_as(sql::OUTBOX_DEPTH_OF).bind(member.0),
            None => sqlx::query_as(sql::OUTBOX_DEPTH),
        };
        let counted = query.fetch_one(&self.pool).await;
        let (waiting, parked): (i64, i64) = counted.map_err(Trouble::from)?;
        Ok(OutboxDepth {
            waiting: waiting.cast_unsigned(),
            parked: parked.cast_unsigned(),
        })
    }

    async fn parked(&self, member: MemberId, page: &Page) -> Result<Vec<OutboxRow>, Unavailable> {
        let rows = sqlx::query(sql::PARKED)
            .bind(member.0)
            .bind(many(page.limit.min(Page::MAX)))
            .bind(many(page.skip))
            .fetch_all(&self.pool);
        let rows = rows.await.map_err(Trouble::from)?;
        Ok(rows
            .iter()
            .map(|row| load::outbox(row.into()))
            .collect::<Result<_, _>>()?)
    }
}
