//! Locks and reads the rows that a batch touches: disputes before orders before wallets before callbacks, each in the order of their ids, and everything else under those
//! locks.
//!
//! What is there is locked. What is not there yet has an owner that is: whoever holds a member's wallet owns its references and guards, whoever holds an
//! order owns its attempts, its effects and what must be told of it. Each statement reads as of its own beginning, so what is read after a lock was
//! granted has seen whatever the one before had committed. For what nobody owns (a code, a reference at a supplier or of its own, money of the house alone, a member without
//! wallet) two may both find nothing; then one of them meets the constraint, and asks again.

use eraflazz_core::commit::OutboxRow;
use eraflazz_core::ids::{AttemptNo, InboxId, MemberId, OrderId, SubjectId};
use eraflazz_core::ledger::{Account, AvailableChange, EffectKey, TransferRow, Wallet};
use eraflazz_core::order::{Attempt, Order};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::codec::{self, decode};
use crate::error::Trouble;
use crate::ledger::on_its_side;
use crate::rows::{Rows, Slot};
use crate::sql;
use crate::value::{At, account_of, effect_of, money, odd};

/// Locks and reads everything.
pub(crate) async fn load(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    disputes(rows, conn).await?;
    orders(rows, conn).await?;
    wallets(rows, conn).await?;
    inbox(rows, conn).await?;
    keys_of_orders(rows, conn).await?;
    keys_of_attempts(rows, conn).await?;
    effects(rows, conn).await?;
    nonces(rows, conn).await?;
    told(rows, conn).await
}

/// House accounts have no row to lock, so that nobody waits for them. Whoever draws on a dispute only as far as it goes must be alone with it: a lock by its name, kept until
/// the transaction ends, and taken before any row. What others book into it meanwhile only makes it more.
async fn disputes(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    for supplier in rows.touch.disputes.clone() {
        let account = Account::Dispute(supplier);
        let lock = sqlx::query(sql::LOCK_HOUSE).bind(account.to_string());
        lock.execute(&mut *conn).await?;
        let owed = sqlx::query_scalar(sql::HOUSE).bind(account.to_string());
        let owed = on_its_side(account, owed.fetch_one(&mut *conn).await?);
        rows.disputes.insert(supplier, owed);
    }
    Ok(())
}

async fn orders(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    if rows.touch.orders.is_empty() {
        return Ok(());
    }
    let ids = uuids(&rows.touch.orders, |id| id.0);
    for row in all(sqlx::query(sql::LOCK_ORDERS).bind(&ids), conn).await? {
        let id: Uuid = row.try_get(0)?;
        let order: Order = decode(codec::ORDERS, id, row.try_get(1)?)?;
        rows.orders.insert(order.id, Slot::kept(order));
    }
    if rows.orders.is_empty() {
        return Ok(());
    }
    let known: Vec<Uuid> = rows.orders.keys().map(|id| id.0).collect();
    for row in all(sqlx::query(sql::ATTEMPTS).bind(&known), conn).await? {
        let order: Uuid = row.try_get(0)?;
        let attempt: Attempt = decode(codec::ATTEMPTS, order, row.try_get(1)?)?;
        let me = (attempt.order, attempt.no);
        rows.attempts.insert(me, Slot::kept(attempt));
    }
    Ok(())
}

async fn wallets(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    if rows.touch.wallets.is_empty() {
        return Ok(());
    }
    let ids = uuids(&rows.touch.wallets, |id| id.0);
    for row in all(sqlx::query(sql::LOCK_WALLETS).bind(&ids), conn).await? {
        let wallet = wallet(&row)?;
        rows.wallets.insert(wallet.member, Slot::kept(wallet));
    }
    Ok(())
}

async fn inbox(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    if rows.touch.inbox.is_empty() {
        return Ok(());
    }
    let ids = uuids(&rows.touch.inbox, |id| id.0);
    for row in all(sqlx::query(sql::LOCK_INBOX).bind(&ids), conn).await? {
        rows.inbox.insert(InboxId(row.try_get(0)?));
    }
    Ok(())
}

async fn keys_of_orders(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let refs: Vec<_> = rows.touch.refs.iter().collect();
    if !refs.is_empty() {
        let members: Vec<Uuid> = refs.iter().map(|(member, _)| member.0).collect();
        let texts: Vec<&str> = refs.iter().map(|(_, ref_id)| ref_id.as_str()).collect();
        let query = sqlx::query(sql::REFS).bind(&members).bind(&texts);
        for row in all(query, conn).await? {
            let key = named(&refs, &row)?.clone();
            rows.refs.insert(key, OrderId(row.try_get(1)?));
        }
    }
    let codes: Vec<_> = rows.touch.trx_codes.iter().collect();
    if !codes.is_empty() {
        let texts: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        for row in all(sqlx::query(sql::TRX_CODES).bind(&texts), conn).await? {
            rows.trx_codes.insert(*named(&codes, &row)?);
        }
    }
    let guards: Vec<_> = rows.touch.guards.iter().collect();
    if !guards.is_empty() {
        let members: Vec<Uuid> = guards.iter().map(|key| key.member.0).collect();
        let days: Vec<i32> = guards.iter().map(|key| key.day.days()).collect();
        let products: Vec<i64> = guards.iter().map(|key| i64::from(key.product.0)).collect();
        let destinations: Vec<&str> = guards.iter().map(|key| key.destination.as_str()).collect();
        let counters: Vec<i16> = guards.iter().map(|key| i16::from(key.counter)).collect();
        let query = sqlx::query(sql::GUARDS)
            .bind(&members)
            .bind(&days)
            .bind(&products)
            .bind(&destinations)
            .bind(&counters);
        for row in all(query, conn).await? {
            let key = named(&guards, &row)?.clone();
            rows.guards.insert(key, OrderId(row.try_get(1)?));
        }
    }
    Ok(())
}

async fn keys_of_attempts(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let refs: Vec<_> = rows.touch.supplier_refs.iter().collect();
    if !refs.is_empty() {
        let suppliers: Vec<i32> = refs.iter().map(|(id, _)| i32::from(id.0)).collect();
        let texts: Vec<&str> = refs.iter().map(|(_, text)| text.as_str()).collect();
        let query = sqlx::query(sql::SUPPLIER_REFS).bind(&suppliers);
        for row in all(query.bind(&texts), conn).await? {
            let key = *named(&refs, &row)?;
            rows.supplier_refs.insert(key, me(&row)?);
        }
    }
    let theirs: Vec<_> = rows.touch.their_refs.iter().collect();
    if !theirs.is_empty() {
        let suppliers: Vec<i32> = theirs.iter().map(|(id, _)| i32::from(id.0)).collect();
        let texts: Vec<&str> = theirs.iter().map(|(_, text)| text.as_str()).collect();
        let query = sqlx::query(sql::THEIR_REFS).bind(&suppliers);
        for row in all(query.bind(&texts), conn).await? {
            let key = named(&theirs, &row)?.clone();
            rows.their_refs.insert(key, OrderId(row.try_get(1)?));
        }
    }
    let goods: Vec<_> = rows.touch.exclusive.iter().collect();
    if !goods.is_empty() {
        let suppliers: Vec<i32> = goods.iter().map(|(id, ..)| i32::from(id.0)).collect();
        let skus: Vec<&str> = goods.iter().map(|(_, sku, _)| sku.as_str()).collect();
        let targets: Vec<&str> = goods.iter().map(|(_, _, target)| target.as_str()).collect();
        let query = sqlx::query(sql::EXCLUSIVE)
            .bind(&suppliers)
            .bind(&skus)
            .bind(&targets);
        for row in all(query, conn).await? {
            let key = named(&goods, &row)?.clone();
            rows.exclusive.insert(key, me(&row)?);
        }
    }
    Ok(())
}

async fn effects(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    if rows.touch.subjects.is_empty() {
        return Ok(());
    }
    let subjects = uuids(&rows.touch.subjects, |id| id.0);
    for row in all(sqlx::query(sql::EFFECTS).bind(&subjects), conn).await? {
        let row = transfer(&row)?;
        rows.effects.entry(row.key).or_default().rows.push(row);
    }
    Ok(())
}

async fn nonces(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let nonces: Vec<_> = rows.touch.nonces.iter().collect();
    if nonces.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = nonces.iter().map(|nonce| nonce.key.as_str()).collect();
    let texts: Vec<&[u8]> = nonces.iter().map(|nonce| nonce.nonce.as_bytes()).collect();
    let query = sqlx::query(sql::NONCES).bind(&keys).bind(&texts);
    for row in all(query, conn).await? {
        let spent = named(&nonces, &row)?.clone();
        rows.nonces.insert(spent);
    }
    Ok(())
}

/// What must be told of orders, and who listens.
async fn told(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    if !rows.touch.outbox.is_empty() {
        let ids = uuids(&rows.touch.outbox, |id| id.0);
        for row in all(sqlx::query(sql::OUTBOX).bind(&ids), conn).await? {
            let row = outbox(&row)?;
            rows.outbox.insert(row.order, Slot::kept(Some(row)));
        }
    }
    if !rows.touch.endpoints.is_empty() {
        let ids = uuids(&rows.touch.endpoints, |id| id.0);
        for row in all(sqlx::query(sql::ENDPOINT_STATES).bind(&ids), conn).await? {
            let version: i64 = row.try_get(1)?;
            let version = u32::try_from(version).map_err(|_| odd("the version of an endpoint"))?;
            let member = MemberId(row.try_get(0)?);
            let state = decode(codec::ENDPOINT_STATES, member.0, row.try_get(2)?)?;
            rows.endpoints.insert(member, Slot::kept((version, state)));
        }
    }
    Ok(())
}

/// All rows of a statement.
async fn all(
    query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    conn: &mut PgConnection,
) -> Result<Vec<PgRow>, Trouble> {
    Ok(query.fetch_all(conn).await?)
}

fn uuids<'a, T: 'a>(ids: impl IntoIterator<Item = &'a T>, uuid: fn(&T) -> Uuid) -> Vec<Uuid> {
    ids.into_iter().map(uuid).collect()
}

/// Which of the keys that were asked for a row answers: its first column is the key's place, from 1.
fn named<'a, T>(keys: &[&'a T], row: &PgRow) -> Result<&'a T, Trouble> {
    let place: i64 = row.try_get(0)?;
    let key = usize::try_from(place - 1).ok();
    let key = key.and_then(|place| keys.get(place));
    key.copied().ok_or_else(|| odd("the place of a key"))
}

/// The attempt that a row names in its second and third column.
fn me(row: &PgRow) -> Result<(OrderId, AttemptNo), Trouble> {
    let no: i32 = row.try_get(2)?;
    let no = u16::try_from(no).map_err(|_| odd("the number of an attempt"))?;
    Ok((OrderId(row.try_get(1)?), AttemptNo(no)))
}

/// A wallet, as `WALLET` and its like select it.
pub(crate) fn wallet(row: &PgRow) -> Result<Wallet, Trouble> {
    let version: i64 = row.try_get(6)?;
    Ok(Wallet {
        member: MemberId(row.try_get(0)?),
        available: money(row.try_get(1)?),
        held: money(row.try_get(2)?),
        receivable: money(row.try_get(3)?),
        credit_limit: money(row.try_get(4)?),
        frozen: row.try_get(5)?,
        version: version.cast_unsigned(),
    })
}

/// A transfer, as `TRANSFERS` and its like select it.
pub(crate) fn transfer(row: &PgRow) -> Result<TransferRow, Trouble> {
    let (effect, n, line): (&str, i32, i16) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let At(at) = row.try_get(7)?;
    let member: Option<Uuid> = row.try_get(8)?;
    let (before, after): (Option<i64>, Option<i64>) = (row.try_get(9)?, row.try_get(10)?);
    let available = match (member, before, after) {
        (Some(member), Some(before), Some(after)) => Some(AvailableChange {
            member: MemberId(member),
            before: money(before),
            after: money(after),
        }),
        _ => None,
    };
    Ok(TransferRow {
        key: EffectKey {
            subject: SubjectId(row.try_get(0)?),
            effect: effect_of(effect)?,
            n: u16::try_from(n).map_err(|_| odd("the number of an effect"))?,
        },
        line: u8::try_from(line).map_err(|_| odd("the line of a journal"))?,
        debit: account_of(row.try_get(4)?)?,
        credit: account_of(row.try_get(5)?)?,
        amount: money(row.try_get(6)?),
        at,
        available,
    })
}

/// What must be told of an order, as `OUTBOX` and its like select it.
pub(crate) fn outbox(row: &PgRow) -> Result<OutboxRow, Trouble> {
    let (revision, tries): (i64, i32) = (row.try_get(2)?, row.try_get(4)?);
    let due: Option<At> = row.try_get(3)?;
    Ok(OutboxRow {
        order: OrderId(row.try_get(0)?),
        member: MemberId(row.try_get(1)?),
        revision: u32::try_from(revision).map_err(|_| odd("the revision of an order"))?,
        due: due.map(|At(at)| at),
        tries: u16::try_from(tries).map_err(|_| odd("the tries of an outbox row"))?,
    })
}
