//! Members, their keys and endpoints, and the terms of their wallets.

use std::sync::Arc;

use async_trait::async_trait;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Member, MemberStatus};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{ChangeError, KnownKey, Members, Vault};
use eraflazz_core::text::{KeyId, Slug};
use eraflazz_core::webhook::{Endpoint, EndpointRow, EndpointState};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, Row, Transaction};
use uuid::Uuid;

use crate::codec::{self, decode, encode};
use crate::error::{Trouble, uncertain};
use crate::gather::{Found, Gather};
use crate::sealed::{SealedEndpoint, SealedKey};
use crate::store::PostgresStore;
use crate::tries::{Early, until_settled};
use crate::value::{hundredths, odd};
use crate::{load, sql};

/// Who calls and who orders: asked for with every request.
pub(crate) struct Callers {
    members: Gather<Uuid, Arc<Member>>,
    keys: Gather<String, KnownKey>,
}

impl Callers {
    pub(crate) fn over(pool: &PgPool, vault: &Arc<dyn Vault>) -> Self {
        let of_members = pool.clone();
        let (of_keys, vault) = (pool.clone(), Arc::clone(vault));
        Self {
            members: Gather::start(move |ids| read_members(of_members.clone(), ids)),
            keys: Gather::start(move |ids| read_keys(of_keys.clone(), Arc::clone(&vault), ids)),
        }
    }
}

async fn read_members(pool: PgPool, ids: Vec<Uuid>) -> Result<Found<Uuid, Arc<Member>>, Trouble> {
    let rows = sqlx::query_as(sql::MEMBERS_BY_ID)
        .bind(ids)
        .fetch_all(&pool);
    let rows: Vec<(Uuid, Vec<u8>)> = rows.await?;
    let member = |(id, body): (Uuid, Vec<u8>)| {
        let member = decode(codec::MEMBERS, id, &body);
        (id, member.map(Arc::new))
    };
    Ok(rows.into_iter().map(member).collect())
}

/// A key's id and body, and its member's.
type KeyRow = (String, Vec<u8>, Option<Uuid>, Option<Vec<u8>>);

async fn read_keys(
    pool: PgPool,
    vault: Arc<dyn Vault>,
    ids: Vec<String>,
) -> Result<Found<String, KnownKey>, Trouble> {
    let rows = sqlx::query_as(sql::KEYS_BY_ID).bind(ids).fetch_all(&pool);
    let rows: Vec<KeyRow> = rows.await?;
    let known = |id: &str, key: &[u8], member: Option<(Uuid, Vec<u8>)>| {
        let key = open_key(id, key, &*vault)?;
        let member = member.map(|(id, body)| decode(codec::MEMBERS, id, &body));
        Ok((Arc::new(key), member.transpose()?.map(Arc::new)))
    };
    let rows = rows.into_iter().map(|(id, key, member, body)| {
        let known = known(&id, &key, member.zip(body));
        (id, known)
    });
    Ok(rows.collect())
}

#[async_trait]
impl Members for PostgresStore {
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable> {
        self.callers.members.row(id.0).await
    }

    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable> {
        let query = sqlx::query_as(sql::MEMBER_BY_CODE).bind(code.as_str());
        let row = query.fetch_optional(&self.pool).await;
        let row: Option<(Uuid, Vec<u8>)> = row.map_err(Trouble::from)?;
        let member = row.map(|(id, body)| decode(codec::MEMBERS, id, &body));
        Ok(member.transpose()?.map(Arc::new))
    }

    async fn key(&self, id: &KeyId) -> Result<Option<KnownKey>, Unavailable> {
        self.callers.keys.row(id.as_str().to_owned()).await
    }

    async fn keys(&self) -> Result<Vec<Arc<ApiKey>>, Unavailable> {
        let query = sqlx::query_as(sql::KEYS).fetch_all(&self.pool);
        let rows: Vec<(String, Vec<u8>)> = query.await.map_err(Trouble::from)?;
        let keys = rows
            .iter()
            .map(|(id, body)| open_key(id, body, &*self.vault));
        Ok(keys
            .map(|key| key.map(Arc::new))
            .collect::<Result<_, _>>()?)
    }

    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable> {
        let query = sqlx::query_as(sql::MEMBERS).fetch_all(&self.pool);
        let rows: Vec<(Uuid, Vec<u8>)> = query.await.map_err(Trouble::from)?;
        let members = rows
            .iter()
            .map(|(id, body)| decode(codec::MEMBERS, id, body));
        Ok(members
            .map(|member| member.map(Arc::new))
            .collect::<Result<_, Trouble>>()?)
    }

    async fn put_member(
        &self,
        member: Member,
        over: Option<Arc<Member>>,
    ) -> Result<(), ChangeError> {
        let has_tier = || Ok::<_, Unavailable>(self.shelf.snapshot()?.tier(member.tier).is_some());
        if !has_tier()? {
            // Another process may have just added it.
            self.shelf
                .refresh(&self.pool)
                .await
                .map_err(Unavailable::from)?;
        }
        if !has_tier()? {
            return Err(refused("tier", "must be a tier of the catalog"));
        }
        let wanted = Arc::new((member, over));
        in_a_transaction(&self.pool, move |mut tx: Tx| {
            let wanted = Arc::clone(&wanted);
            async move {
                let (member, over) = &*wanted;
                put_member(&mut tx, member, over.as_deref()).await?;
                Ok(tx)
            }
        })
        .await
    }

    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError> {
        let wanted = Arc::new((key, Arc::clone(&self.vault)));
        in_a_transaction(&self.pool, move |mut tx: Tx| {
            let wanted = Arc::clone(&wanted);
            async move {
                let (key, vault) = &*wanted;
                put_key(&mut tx, key, &**vault).await?;
                Ok(tx)
            }
        })
        .await
    }

    async fn endpoint(&self, member: MemberId) -> Result<Option<EndpointRow>, Unavailable> {
        let query = sqlx::query(sql::ENDPOINT).bind(member.0);
        let row = query.fetch_optional(&self.pool).await;
        let row = row.map_err(Trouble::from)?;
        let row = row
            .as_ref()
            .map(|row| endpoint_row(member, row, &*self.vault));
        Ok(row.transpose()?)
    }

    async fn put_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
    ) -> Result<(), ChangeError> {
        if let Some(report) = endpoint.format.report() {
            report.check().map_err(|rule| refused("format", rule))?;
        }
        let wanted = Arc::new((endpoint, over, Arc::clone(&self.vault)));
        in_a_transaction(&self.pool, move |mut tx: Tx| {
            let wanted = Arc::clone(&wanted);
            async move {
                let (endpoint, over, vault) = &*wanted;
                put_endpoint(&mut tx, endpoint, over.as_deref(), &**vault).await?;
                Ok(tx)
            }
        })
        .await
    }

    async fn remove_endpoint(&self, member: MemberId) -> Result<(), ChangeError> {
        in_a_transaction(&self.pool, move |mut tx: Tx| async move {
            let remove = sqlx::query(sql::REMOVE_ENDPOINT).bind(member.0);
            remove.execute(&mut *tx).await?;
            Ok(tx)
        })
        .await
    }
}

/// A transaction on a connection of its own.
type Tx = Transaction<'static, Postgres>;

/// Changes something in a transaction of its own, in a task of its own: whoever hangs up leaves none open. What ends early is rolled back, and done again with fresh
/// reads if it lost a race.
async fn in_a_transaction<C, F>(pool: &PgPool, change: C) -> Result<(), ChangeError>
where
    C: Fn(Tx) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Tx, Early>> + Send,
{
    let pool = pool.clone();
    let task = tokio::spawn(async move { until_settled(|| once(&pool, &change)).await });
    let lost = |_| Err(ChangeError::Unavailable(uncertain(&odd("a change"))));
    task.await.unwrap_or_else(lost)
}

async fn once<C, F>(pool: &PgPool, change: &C) -> Result<(), Early>
where
    C: Fn(Tx) -> F,
    F: Future<Output = Result<Tx, Early>>,
{
    let tx = change(pool.begin().await?).await?;
    let committed = tx.commit().await;
    committed.map_err(|error| ChangeError::Unavailable(uncertain(&error.into())).into())
}

fn endpoint_row(member: MemberId, row: &PgRow, vault: &dyn Vault) -> Result<EndpointRow, Trouble> {
    let version: i64 = row.try_get(0)?;
    let sealed: SealedEndpoint = decode(codec::ENDPOINTS, member.0, row.try_get(2)?)?;
    Ok(EndpointRow {
        version: u32::try_from(version).map_err(|_| odd("the version of an endpoint"))?,
        state: decode(codec::ENDPOINT_STATES, member.0, row.try_get(1)?)?,
        endpoint: Arc::new(sealed.open(vault)?),
    })
}

async fn put_member(
    conn: &mut PgConnection,
    member: &Member,
    over: Option<&Member>,
) -> Result<(), Early> {
    sqlx::query(sql::LOCK_MEMBERS).execute(&mut *conn).await?;
    let there = sqlx::query_scalar(sql::MEMBER).bind(member.id.0);
    let there: Option<Vec<u8>> = there.fetch_optional(&mut *conn).await?;
    let there = there.map(|body| decode(codec::MEMBERS, member.id.0, &body));
    let there: Option<Member> = there.transpose()?;
    ChangeError::unless_overtaken(there.as_ref(), over, member)?;
    let by_code = sqlx::query_as(sql::MEMBER_BY_CODE).bind(member.code.as_str());
    let by_code: Option<(Uuid, Vec<u8>)> = by_code.fetch_optional(&mut *conn).await?;
    if by_code.is_some_and(|(holder, _)| holder != member.id.0) {
        return Err(refused("code", "belongs to another member").into());
    }
    if let Some(upline) = member.upline {
        let known = sqlx::query(sql::MEMBER).bind(upline.0);
        let known = known.fetch_optional(&mut *conn).await?;
        if upline == member.id || known.is_none() {
            return Err(refused("upline", "must be another member that exists").into());
        }
    }
    let limit = member.credit_limit;
    if limit < Money::ZERO || limit.bounded().is_err() {
        let rule = "zero or more, at most 10^12 rupiah";
        return Err(refused("credit_limit", rule).into());
    }
    let old = sqlx::query(sql::LOCK_WALLETS).bind(vec![member.id.0]);
    let old = old.fetch_optional(&mut *conn).await?;
    let old = old
        .as_ref()
        .map(|row| load::wallet(row.into()))
        .transpose()?;
    let mut wallet = old.unwrap_or_else(|| Wallet::new(member.id, limit));
    wallet.credit_limit = limit;
    let spendable = wallet.spendable();
    if spendable.is_none_or(|spendable| spendable < Money::ZERO) {
        let rule = "the member already uses more than that (INV-4)";
        return Err(refused("credit_limit", rule).into());
    }
    let status = match member.status {
        MemberStatus::Active => "active",
        MemberStatus::Suspended => "suspended",
    };
    sqlx::query(sql::PUT_MEMBER)
        .bind(member.id.0)
        .bind(member.code.as_str())
        .bind(member.upline.map(|upline| upline.0))
        .bind(i32::from(member.tier.0))
        .bind(status)
        .bind(encode(codec::MEMBERS, member.id.0, member)?)
        .execute(&mut *conn)
        .await?;
    if old != Some(wallet) {
        sqlx::query(sql::PUT_WALLET)
            .bind(member.id.0)
            .bind(hundredths(limit))
            .bind(wallet.version.wrapping_add(1).cast_signed())
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn put_endpoint(
    conn: &mut PgConnection,
    endpoint: &Endpoint,
    over: Option<&Endpoint>,
    vault: &dyn Vault,
) -> Result<(), Early> {
    sqlx::query(sql::LOCK_MEMBERS).execute(&mut *conn).await?;
    let there = sqlx::query(sql::ENDPOINT).bind(endpoint.member.0);
    let there = there.fetch_optional(&mut *conn).await?;
    let there = there
        .as_ref()
        .map(|row| endpoint_row(endpoint.member, row, vault));
    let there = there.transpose()?;
    let there = there.as_ref().map(|row| &*row.endpoint);
    ChangeError::unless_overtaken(there, over, endpoint)?;
    let sealed = SealedEndpoint::seal(endpoint, vault).map_err(Trouble::from)?;
    let put = sqlx::query(sql::PUT_ENDPOINT)
        .bind(endpoint.member.0)
        .bind(encode(
            codec::ENDPOINT_STATES,
            endpoint.member.0,
            &EndpointState::WELL,
        )?)
        .bind(encode(codec::ENDPOINTS, endpoint.member.0, &sealed)?);
    if put.execute(conn).await?.rows_affected() == 0 {
        return Err(refused("member", "there is no such member").into());
    }
    Ok(())
}

async fn put_key(conn: &mut PgConnection, key: &ApiKey, vault: &dyn Vault) -> Result<(), Early> {
    sqlx::query(sql::LOCK_KEYS).execute(&mut *conn).await?;
    let (member, operator) = match &key.holder {
        KeyHolder::Member(member) | KeyHolder::Buyer(member) => (Some(member.0), None),
        KeyHolder::Operator(operator) => (None, Some(operator.to_string())),
    };
    if let Some(member) = member {
        let known = sqlx::query(sql::MEMBER).bind(member);
        if known.fetch_optional(&mut *conn).await?.is_none() {
            return Err(refused("member", "there is no such member").into());
        }
    }
    let beside = sqlx::query_as(sql::KEYS_BESIDE)
        .bind(key.id.as_str())
        .bind(member)
        .bind(&operator);
    let beside: Vec<(String, Vec<u8>)> = beside.fetch_all(&mut *conn).await?;
    let beside = beside.iter().map(|(id, body)| open_key(id, body, vault));
    let beside = beside.collect::<Result<Vec<_>, _>>()?;
    key.admit(&beside).map_err(ChangeError::from)?;
    let sealed = SealedKey::seal(key, vault).map_err(Trouble::from)?;
    sqlx::query(sql::PUT_KEY)
        .bind(key.id.as_str())
        .bind(member)
        .bind(operator)
        .bind(key.state == KeyState::Active)
        .bind(encode(codec::KEYS, &key.id, &sealed)?)
        .execute(conn)
        .await?;
    Ok(())
}

fn open_key(id: &str, body: &[u8], vault: &dyn Vault) -> Result<ApiKey, Trouble> {
    let sealed: SealedKey = decode(codec::KEYS, id, body)?;
    Ok(sealed.open(vault)?)
}

const fn refused(field: &'static str, rule: &'static str) -> ChangeError {
    ChangeError::Member { field, rule }
}
