//! Locks and reads the rows that a batch touches: disputes before quotas before orders before wallets before deposits before callbacks, each in the order of their ids, and everything else under those
//! locks.
//!
//! What is there is locked. What is not there yet has an owner that is: whoever holds a member's wallet owns its references and guards, whoever holds an
//! order owns its attempts, its effects and what must be told of it. Each statement reads as of its own beginning, so what is read after a lock was
//! granted has seen whatever the one before had committed. For what nobody owns (a code, a reference at a supplier or of its own, money of the house alone, a member without
//! wallet) two may both find nothing; then one of them meets the constraint, and asks again.

use eraflazz_core::commit::{Guarded, Nonce, OutboxRow};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, MemberId, OrderId, PaymentId, SubjectId, SupplierId,
    SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, AvailableChange, EffectKey, TransferRow, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, Order};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::text::{RefId, Sku, Target, TheirRef};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::codec::{self, decode};
use crate::error::Trouble;
use crate::ledger::on_its_side;
use crate::rows::{Rows, Slot};
use crate::sql;
use crate::together::{Cells, Found, Part, Reading, Reads};
use crate::value::{At, account_of, effect_of, hundredths, money, odd, quota_key, quota_use};

/// Writes the batch's own id, which collides if an earlier run of it was committed, and locks and reads everything that the batch touches.
pub(crate) async fn load(
    batch: Uuid,
    rows: &mut Rows,
    conn: &mut PgConnection,
) -> Result<(), Trouble> {
    disputes(rows, conn).await?;
    quotas(rows, conn).await?;
    lock(batch, rows, conn).await?;
    read(rows, conn).await
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

/// What nothing was taken of yet has no row to lock, and whoever takes of a quota must be alone with it: a lock by its name, as of a dispute, in the order of their keys.
async fn quotas(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    for key in rows.touch.quotas.clone() {
        let (day, supplier, mapping) = quota_key(key);
        let name = format!("quota:{day}:{supplier}:{mapping}");
        let alone = sqlx::query(sql::LOCK_HOUSE).bind(name);
        alone.execute(&mut *conn).await?;
        let used = sqlx::query_as(sql::QUOTA);
        let used = used.bind(day).bind(supplier).bind(mapping);
        let used: Option<(i64, i64)> = used.fetch_optional(&mut *conn).await?;
        if let Some((orders, amount)) = used {
            let used = quota_use(orders, amount)?;
            rows.quotas.insert(key, Slot::kept(used));
        }
    }
    Ok(())
}

/// What is locked.
#[derive(Clone, Copy, Debug)]
enum Locked {
    Order,
    Wallet,
    Payment,
    Callback,
}

impl Part for Locked {
    fn reading(self) -> Reading {
        let (statement, columns): (_, &[_]) = match self {
            Self::Order => (sql::LOCK_ORDERS, &["uuid", "bytea"]),
            Self::Wallet => (
                sql::LOCK_WALLETS,
                &[
                    "uuid", "bigint", "bigint", "bigint", "bigint", "boolean", "bigint",
                ],
            ),
            Self::Payment => (sql::LOCK_PAYMENTS, &["uuid", "bytea"]),
            Self::Callback => (sql::LOCK_INBOX, &["uuid", "integer"]),
        };
        Reading { statement, columns }
    }
}

/// One statement: it goes through its parts in their order, and each part through its rows; the batch's id is written when it has come to its end. So a twin that runs
/// is waited for, at its rows or at its id, before anything is read to be decided on.
async fn lock(batch: Uuid, rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let mut reads = Reads::new();
    reads.beside(sql::BEGIN_BATCH).bind(batch);
    let touch = &rows.touch;
    let asked = [
        (Locked::Order, uuids(&touch.orders, |id| id.0)),
        (Locked::Wallet, uuids(&touch.wallets, |id| id.0)),
        (Locked::Payment, uuids(&touch.payments, |id| id.0)),
        (Locked::Callback, uuids(&touch.inbox, |id| id.0)),
    ];
    for (what, ids) in asked {
        if !ids.is_empty() {
            reads.part(what).bind(ids);
        }
    }
    for found in reads.send(conn).await? {
        let cells = found.cells();
        match found.kind {
            Locked::Order => {
                let order: Order = decode(codec::ORDERS, cells.get::<Uuid>(0)?, cells.get(1)?)?;
                rows.orders.insert(order.id, Slot::kept(order));
            }
            Locked::Wallet => {
                let wallet = wallet(cells)?;
                rows.wallets.insert(wallet.member, Slot::kept(wallet));
            }
            Locked::Payment => {
                let row: Payment = decode(codec::PAYMENTS, cells.get::<Uuid>(0)?, cells.get(1)?)?;
                rows.payments.insert(row.id, Slot::kept(row));
            }
            Locked::Callback => {
                rows.inbox.insert(InboxId(cells.get(0)?));
            }
        }
    }
    Ok(())
}

/// What is read under the locks.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Attempt,
    Ref,
    TrxCode,
    Guard,
    SupplierRef,
    TheirRef,
    Exclusive,
    PaymentCode,
    PaymentRef,
    Awaited,
    Effect,
    Nonce,
    Outbox,
    Endpoint,
}

impl Part for Asked {
    fn reading(self) -> Reading {
        let (statement, columns): (_, &[_]) = match self {
            Self::Attempt => (sql::ATTEMPTS, &["uuid", "bytea"]),
            Self::Ref => (sql::REFS, &["bigint", "uuid"]),
            Self::TrxCode => (sql::TRX_CODES, &["bigint", "uuid"]),
            Self::Guard => (sql::GUARDS, &["bigint", "uuid"]),
            Self::SupplierRef => (sql::SUPPLIER_REFS, &["bigint", "uuid", "integer"]),
            Self::TheirRef => (sql::THEIR_REFS, &["bigint", "uuid"]),
            Self::Exclusive => (sql::EXCLUSIVE, &["bigint", "uuid", "integer"]),
            Self::Effect => (
                sql::EFFECTS,
                &[
                    "uuid",
                    "text",
                    "integer",
                    "smallint",
                    "text",
                    "text",
                    "bigint",
                    "timestamptz",
                    "uuid",
                    "bigint",
                    "bigint",
                ],
            ),
            Self::PaymentCode => (sql::PAYMENT_CODES, &["bigint", "uuid"]),
            Self::PaymentRef => (sql::PAYMENT_REFS, &["bigint", "uuid"]),
            Self::Awaited => (sql::AWAITED, &["bigint", "uuid"]),
            Self::Nonce => (sql::NONCES, &["bigint"]),
            Self::Outbox => (
                sql::OUTBOX,
                &["uuid", "uuid", "bigint", "timestamptz", "integer"],
            ),
            Self::Endpoint => (sql::ENDPOINT_STATES, &["uuid", "bigint", "bytea"]),
        };
        Reading { statement, columns }
    }
}

/// The keys that are asked for, in the places by which rows name them.
struct Keys {
    refs: Vec<(MemberId, RefId)>,
    trx_codes: Vec<TrxCode>,
    guards: Vec<Guarded>,
    supplier_refs: Vec<(SupplierId, SupplierRef)>,
    their_refs: Vec<(SupplierId, TheirRef)>,
    exclusive: Vec<(SupplierId, Sku, Target)>,
    payment_codes: Vec<PaymentCode>,
    payment_refs: Vec<(GatewayId, TheirRef)>,
    awaited: Vec<(GatewayId, Money)>,
    nonces: Vec<Nonce>,
}

/// One statement, which sees whatever was committed before the last lock was granted.
async fn read(rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let touch = &rows.touch;
    let keys = Keys {
        refs: touch.refs.iter().cloned().collect(),
        trx_codes: touch.trx_codes.iter().copied().collect(),
        guards: touch.guards.iter().cloned().collect(),
        supplier_refs: touch.supplier_refs.iter().copied().collect(),
        their_refs: touch.their_refs.iter().cloned().collect(),
        exclusive: touch.exclusive.iter().cloned().collect(),
        payment_codes: touch.payment_codes.iter().copied().collect(),
        payment_refs: touch.payment_refs.iter().cloned().collect(),
        awaited: touch.awaited.iter().copied().collect(),
        nonces: touch.nonces.iter().cloned().collect(),
    };
    let mut reads = Reads::new();
    ask_by_id(rows, &mut reads);
    ask_by_key(&keys, &mut reads);
    for found in reads.send(conn).await? {
        note(&found, &keys, rows)?;
    }
    Ok(())
}

fn ask_by_id(rows: &Rows, reads: &mut Reads<Asked>) {
    let touch = &rows.touch;
    let asked = [
        (Asked::Attempt, uuids(rows.orders.keys(), |id| id.0)),
        (Asked::Effect, uuids(&touch.subjects, |id| id.0)),
        (Asked::Outbox, uuids(&touch.outbox, |id| id.0)),
        (Asked::Endpoint, uuids(&touch.endpoints, |id| id.0)),
    ];
    for (what, ids) in asked {
        if !ids.is_empty() {
            reads.part(what).bind(ids);
        }
    }
}

fn ask_by_key(keys: &Keys, reads: &mut Reads<Asked>) {
    if !keys.refs.is_empty() {
        reads
            .part(Asked::Ref)
            .bind(of(&keys.refs, |(member, _)| member.0))
            .bind(of(&keys.refs, |(_, ref_id)| ref_id.as_str()));
    }
    if !keys.trx_codes.is_empty() {
        let texts = of(&keys.trx_codes, TrxCode::as_str);
        reads.part(Asked::TrxCode).bind(texts);
    }
    if !keys.guards.is_empty() {
        let all = &keys.guards;
        reads
            .part(Asked::Guard)
            .bind(of(all, |key| key.member.0))
            .bind(of(all, |key| key.day.days()))
            .bind(of(all, |key| i64::from(key.product.0)))
            .bind(of(all, |key| key.destination.as_str()))
            .bind(of(all, |key| i16::from(key.counter)));
    }
    if !keys.supplier_refs.is_empty() {
        let all = &keys.supplier_refs;
        reads
            .part(Asked::SupplierRef)
            .bind(of(all, |(supplier, _)| i32::from(supplier.0)))
            .bind(of(all, |(_, text)| text.as_str()));
    }
    if !keys.their_refs.is_empty() {
        let all = &keys.their_refs;
        reads
            .part(Asked::TheirRef)
            .bind(of(all, |(supplier, _)| i32::from(supplier.0)))
            .bind(of(all, |(_, text)| text.as_str()));
    }
    if !keys.exclusive.is_empty() {
        let all = &keys.exclusive;
        reads
            .part(Asked::Exclusive)
            .bind(of(all, |(supplier, ..)| i32::from(supplier.0)))
            .bind(of(all, |(_, sku, _)| sku.as_str()))
            .bind(of(all, |(_, _, target)| target.as_str()));
    }
    if !keys.payment_codes.is_empty() {
        let texts = of(&keys.payment_codes, PaymentCode::as_str);
        reads.part(Asked::PaymentCode).bind(texts);
    }
    if !keys.payment_refs.is_empty() {
        let all = &keys.payment_refs;
        reads
            .part(Asked::PaymentRef)
            .bind(of(all, |(gateway, _)| i32::from(gateway.0)))
            .bind(of(all, |(_, text)| text.as_str()));
    }
    if !keys.awaited.is_empty() {
        let all = &keys.awaited;
        reads
            .part(Asked::Awaited)
            .bind(of(all, |(bank, _)| i32::from(bank.0)))
            .bind(of(all, |(_, amount)| hundredths(*amount)));
    }
    if !keys.nonces.is_empty() {
        let all = &keys.nonces;
        reads
            .part(Asked::Nonce)
            .bind(of(all, |nonce| nonce.key.as_str()))
            .bind(of(all, |nonce| nonce.nonce.as_bytes()));
    }
}

/// Keeps a row that was found.
fn note(found: &Found<Asked>, keys: &Keys, rows: &mut Rows) -> Result<(), Trouble> {
    let cells = found.cells();
    match found.kind {
        Asked::Attempt => {
            let attempt: Attempt = decode(codec::ATTEMPTS, cells.get::<Uuid>(0)?, cells.get(1)?)?;
            let me = (attempt.order, attempt.no);
            rows.attempts.insert(me, Slot::kept(attempt));
        }
        Asked::Ref => {
            let key = named(&keys.refs, cells)?.clone();
            rows.refs.insert(key, OrderId(cells.get(1)?));
        }
        Asked::TrxCode => {
            rows.trx_codes.insert(*named(&keys.trx_codes, cells)?);
        }
        Asked::Guard => {
            let key = named(&keys.guards, cells)?.clone();
            rows.guards.insert(key, OrderId(cells.get(1)?));
        }
        Asked::SupplierRef => {
            let key = *named(&keys.supplier_refs, cells)?;
            rows.supplier_refs.insert(key, me(cells)?);
        }
        Asked::TheirRef => {
            let key = named(&keys.their_refs, cells)?.clone();
            rows.their_refs.insert(key, OrderId(cells.get(1)?));
        }
        Asked::Exclusive => {
            let key = named(&keys.exclusive, cells)?.clone();
            rows.exclusive.insert(key, me(cells)?);
        }
        Asked::PaymentCode => {
            let key = *named(&keys.payment_codes, cells)?;
            rows.payment_codes.insert(key, PaymentId(cells.get(1)?));
        }
        Asked::PaymentRef => {
            let key = named(&keys.payment_refs, cells)?.clone();
            rows.payment_refs.insert(key, PaymentId(cells.get(1)?));
        }
        Asked::Awaited => {
            let key = *named(&keys.awaited, cells)?;
            rows.awaited.insert(key, PaymentId(cells.get(1)?));
        }
        Asked::Effect => {
            let row = transfer(cells)?;
            rows.effects.entry(row.key).or_default().rows.push(row);
        }
        Asked::Nonce => {
            rows.nonces.insert(named(&keys.nonces, cells)?.clone());
        }
        Asked::Outbox => {
            let row = outbox(cells)?;
            rows.outbox.insert(row.order, Slot::kept(Some(row)));
        }
        Asked::Endpoint => {
            let version: i64 = cells.get(1)?;
            let version = u32::try_from(version).map_err(|_| odd("the version of an endpoint"))?;
            let member = MemberId(cells.get(0)?);
            let state = decode(codec::ENDPOINT_STATES, member.0, cells.get(2)?)?;
            rows.endpoints.insert(member, Slot::kept((version, state)));
        }
    }
    Ok(())
}

fn uuids<'a, T: 'a>(ids: impl IntoIterator<Item = &'a T>, uuid: fn(&T) -> Uuid) -> Vec<Uuid> {
    ids.into_iter().map(uuid).collect()
}

/// One column of many keys.
fn of<'a, T, U>(keys: &'a [T], column: impl Fn(&'a T) -> U) -> Vec<U> {
    keys.iter().map(column).collect()
}

/// Which of the keys that were asked for a row answers: its first column is the key's place, from 1.
fn named<'a, T>(keys: &'a [T], cells: Cells<'_>) -> Result<&'a T, Trouble> {
    let place: i64 = cells.get(0)?;
    let key = usize::try_from(place - 1).ok();
    let key = key.and_then(|place| keys.get(place));
    key.ok_or_else(|| odd("the place of a key"))
}

/// The attempt that a row names in its second and third column.
fn me(cells: Cells<'_>) -> Result<(OrderId, AttemptNo), Trouble> {
    let no: i32 = cells.get(2)?;
    let no = u16::try_from(no).map_err(|_| odd("the number of an attempt"))?;
    Ok((OrderId(cells.get(1)?), AttemptNo(no)))
}

/// A wallet, as `WALLET` and its like select it.
pub(crate) fn wallet(cells: Cells<'_>) -> Result<Wallet, Trouble> {
    let version: i64 = cells.get(6)?;
    Ok(Wallet {
        member: MemberId(cells.get(0)?),
        available: money(cells.get(1)?),
        held: money(cells.get(2)?),
        receivable: money(cells.get(3)?),
        credit_limit: money(cells.get(4)?),
        frozen: cells.get(5)?,
        version: version.cast_unsigned(),
    })
}

/// A transfer, as `TRANSFERS` and its like select it.
pub(crate) fn transfer(cells: Cells<'_>) -> Result<TransferRow, Trouble> {
    let (effect, n, line): (&str, i32, i16) = (cells.get(1)?, cells.get(2)?, cells.get(3)?);
    let At(at) = cells.get(7)?;
    let member: Option<Uuid> = cells.get(8)?;
    let (before, after): (Option<i64>, Option<i64>) = (cells.get(9)?, cells.get(10)?);
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
            subject: SubjectId(cells.get(0)?),
            effect: effect_of(effect)?,
            n: u16::try_from(n).map_err(|_| odd("the number of an effect"))?,
        },
        line: u8::try_from(line).map_err(|_| odd("the line of a journal"))?,
        debit: account_of(cells.get(4)?)?,
        credit: account_of(cells.get(5)?)?,
        amount: money(cells.get(6)?),
        at,
        available,
    })
}

/// What must be told of an order, as `OUTBOX` and its like select it.
pub(crate) fn outbox(cells: Cells<'_>) -> Result<OutboxRow, Trouble> {
    let (revision, tries): (i64, i32) = (cells.get(2)?, cells.get(4)?);
    let due: Option<At> = cells.get(3)?;
    Ok(OutboxRow {
        order: OrderId(cells.get(0)?),
        member: MemberId(cells.get(1)?),
        revision: u32::try_from(revision).map_err(|_| odd("the revision of an order"))?,
        due: due.map(|At(at)| at),
        tries: u16::try_from(tries).map_err(|_| odd("the tries of an outbox row"))?,
    })
}
