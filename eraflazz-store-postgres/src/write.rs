//! Writes what a batch left, in one statement. Only where a batch lets go of a key that it takes as well is what lets go written before, so that no constraint stands
//! between two rows of one batch.

use std::collections::BTreeMap;

use eraflazz_core::commit::{Case, CaseKey, CaseWrite};
use eraflazz_core::ids::{OrderId, SupplierId};
use eraflazz_core::order::{Attempt, AttemptState, LogRow, Order};
use eraflazz_core::payment::Payment;
use eraflazz_core::text::TheirRef;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::codec::{self, encode};
use crate::error::Trouble;
use crate::rows::{Fate, Rows};
use crate::sql;
use crate::together::{Arguments, Writes};
use crate::value::{At, case_kind, hundredths, order_state, quota_key, review};

/// Writes everything that changed.
pub(crate) async fn write(rows: &Rows, conn: &mut PgConnection) -> Result<(), Trouble> {
    let mut writes = Writes::default();
    orders(rows, Fate::Changed, &mut writes)?;
    attempts(rows, |it| !rows.takes_what_was_freed(it), &mut writes)?;
    payments(rows, Fate::Changed, &mut writes)?;
    // The server promises no order among the parts of a statement; that it keeps ours today is no reason to rely on it.
    if rows.takes_what_it_frees() {
        std::mem::take(&mut writes).send(conn).await?;
    }
    attempts(rows, |it| rows.takes_what_was_freed(it), &mut writes)?;
    orders(rows, Fate::New, &mut writes)?;
    new_attempts(rows, &mut writes)?;
    their_refs(rows, &mut writes);
    payments(rows, Fate::New, &mut writes)?;
    log(rows, &mut writes)?;
    transfers(rows, &mut writes);
    wallets(rows, &mut writes);
    inbox(rows, &mut writes);
    nonces(rows, &mut writes);
    quotas(rows, &mut writes);
    told(rows, &mut writes)?;
    writes.send(conn).await?;
    cases(&rows.news.cases, conn).await
}

fn orders(rows: &Rows, fate: Fate, writes: &mut Writes) -> Result<(), Trouble> {
    let slots = rows.orders.values().filter(|slot| slot.fate == fate);
    let all: Vec<&Order> = slots.map(|slot| &slot.value).collect();
    if all.is_empty() {
        return Ok(());
    }
    let body = |order: &&Order| encode(codec::ORDERS, order.id.0, order);
    let bodies = all.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    let sn = |order: &Order| {
        let sn = order.delivery.as_ref()?.sn.as_ref()?;
        Some(sn.as_str().to_owned())
    };
    let cost = |order: &Order| {
        let delivery = order.delivery.as_ref()?;
        Some(hundredths(delivery.cost))
    };
    let is_live = |order: &Order| order.guard.as_ref().is_some_and(|guard| guard.live);
    let is_under_way = |order: &Order| {
        rows.attempts_of(order.id)
            .any(|attempt| attempt.state.is_open())
    };
    let statement = match fate {
        Fate::New => sql::INSERT_ORDERS,
        Fate::Kept | Fate::Changed => sql::UPDATE_ORDERS,
    };
    let arguments = writes
        .exactly(all.len(), statement)
        .bind(of(&all, |order| order.id.0))
        .bind(of(&all, |order| i64::from(order.version)))
        .bind(of(&all, |order| i64::from(order.revision)))
        .bind(of(&all, |order| order_state(order.state)))
        .bind(of(&all, |order| order.review.map(review)))
        .bind(of(&all, cost))
        .bind(of(&all, sn))
        .bind(of(&all, is_live))
        .bind(of(&all, is_under_way))
        .bind(of(&all, |order| At(order.updated_at)))
        .bind(of(&all, |order| order.next_action_at.map(At)))
        .bind(bodies);
    if fate == Fate::New {
        arguments
            .bind(of(&all, |order| order.trx_code.to_string()))
            .bind(of(&all, |order| order.member.0))
            .bind(of(&all, |order| order.ref_id.to_string()))
            .bind(of(&all, |order| i64::from(order.product.0)))
            .bind(of(&all, |order| order.destination.as_str().to_owned()))
            .bind(of(&all, |order| hundredths(order.quote.sell)))
            .bind(of(&all, |order| {
                order.guard.as_ref().map(|guard| guard.day.days())
            }))
            .bind(of(&all, |order| {
                order.guard.as_ref().map(|guard| i16::from(guard.counter))
            }))
            .bind(of(&all, |order| At(order.created_at)));
    } else {
        arguments.bind(of(&all, |order| hundredths(order.refunded())));
    }
    Ok(())
}

/// Why an attempt was refused, in one word.
fn refused_for(state: AttemptState) -> Option<String> {
    if let AttemptState::Rejected { reason, .. } = state {
        Some(format!("{reason:?}"))
    } else {
        None
    }
}

/// The columns of an attempt that change.
fn columns<'w>(
    all: &[&Attempt],
    arguments: &'w mut Arguments,
) -> Result<&'w mut Arguments, Trouble> {
    let body = |attempt: &&Attempt| encode(codec::ATTEMPTS, attempt.order.0, attempt);
    let bodies = all.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    Ok(arguments
        .bind(of(all, |attempt| attempt.order.0))
        .bind(of(all, |attempt| i32::from(attempt.no.0)))
        .bind(of(all, |attempt| text(attempt.their_ref.as_ref())))
        .bind(of(all, |attempt| attempt.state.word()))
        .bind(of(all, |attempt| attempt.state.is_live()))
        .bind(of(all, |attempt| attempt.state.is_open()))
        .bind(of(all, Attempt::is_exclusive))
        .bind(of(all, |attempt| i64::from(attempt.sends)))
        .bind(of(all, |attempt| attempt.billed.map(hundredths)))
        .bind(of(all, |attempt| text(attempt.sn.as_ref())))
        .bind(of(all, |attempt| refused_for(attempt.state)))
        .bind(of(all, |attempt| text(attempt.code.as_ref())))
        .bind(of(all, |attempt| At(attempt.lease_until)))
        .bind(bodies))
}

fn attempts(
    rows: &Rows,
    which: impl Fn(&Attempt) -> bool,
    writes: &mut Writes,
) -> Result<(), Trouble> {
    let slots = rows.attempts.values();
    let changed = slots.filter(|slot| slot.fate == Fate::Changed && which(&slot.value));
    let all: Vec<&Attempt> = changed.map(|slot| &slot.value).collect();
    if !all.is_empty() {
        columns(&all, writes.exactly(all.len(), sql::UPDATE_ATTEMPTS))?;
    }
    Ok(())
}

fn new_attempts(rows: &Rows, writes: &mut Writes) -> Result<(), Trouble> {
    let slots = rows.attempts.values();
    let new = slots.filter(|slot| slot.fate == Fate::New);
    let all: Vec<&Attempt> = new.map(|slot| &slot.value).collect();
    if !all.is_empty() {
        columns(&all, writes.exactly(all.len(), sql::INSERT_ATTEMPTS))?
            .bind(of(&all, |attempt| i32::from(attempt.supplier.0)))
            .bind(of(&all, |attempt| attempt.supplier_ref.to_string()))
            .bind(of(&all, |attempt| attempt.sku.to_string()))
            .bind(of(&all, |attempt| attempt.target.to_string()))
            .bind(of(&all, |attempt| hundredths(attempt.cap)))
            .bind(of(&all, |attempt| At(attempt.first_sent_at)));
    }
    Ok(())
}

/// Ids of suppliers that are known from now on. Those that must be nobody else's meet the constraint if another batch was faster.
fn their_refs(rows: &Rows, writes: &mut Writes) {
    known_as(sql::LINK_THEIR_REFS, &rows.linked, writes);
    let slots = rows.attempts.values();
    let written = slots.filter(|slot| slot.fate != Fate::Kept);
    let mut known = BTreeMap::new();
    for attempt in written.map(|slot| &slot.value) {
        if let Some(theirs) = attempt.their_ref.clone() {
            let key = (attempt.supplier, theirs);
            known.entry(key).or_insert(attempt.order);
        }
    }
    known.retain(|key, _| !rows.linked.contains_key(key));
    known_as(sql::INSERT_THEIR_REFS, &known, writes);
}

fn known_as(
    statement: &'static str,
    known: &BTreeMap<(SupplierId, TheirRef), OrderId>,
    writes: &mut Writes,
) {
    if known.is_empty() {
        return;
    }
    let suppliers: Vec<i32> = known.keys().map(|(id, _)| i32::from(id.0)).collect();
    let texts: Vec<&str> = known.keys().map(|(_, text)| text.as_str()).collect();
    let orders: Vec<Uuid> = known.values().map(|order| order.0).collect();
    let arguments = writes.part(statement);
    arguments.bind(suppliers).bind(texts).bind(orders);
}

fn payments(rows: &Rows, fate: Fate, writes: &mut Writes) -> Result<(), Trouble> {
    let slots = rows.payments.values().filter(|slot| slot.fate == fate);
    let all: Vec<&Payment> = slots.map(|slot| &slot.value).collect();
    if all.is_empty() {
        return Ok(());
    }
    let body = |payment: &&Payment| encode(codec::PAYMENTS, payment.id.0, payment);
    let bodies = all.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    let booked = |payment: &Payment| payment.booked.map(|booked| hundredths(booked.amount));
    let statement = match fate {
        Fate::New => sql::INSERT_PAYMENTS,
        Fate::Kept | Fate::Changed => sql::UPDATE_PAYMENTS,
    };
    let arguments = writes
        .exactly(all.len(), statement)
        .bind(of(&all, |payment| payment.id.0))
        .bind(of(&all, |payment| i64::from(payment.version)))
        .bind(of(&all, |payment| text(payment.theirs.as_ref())))
        .bind(of(&all, |payment| payment.state.word()))
        .bind(of(&all, |payment| payment.status().word()))
        .bind(of(&all, booked))
        .bind(of(&all, |payment| hundredths(payment.taken_back)))
        .bind(of(&all, |payment| payment.next_check_at.map(At)))
        .bind(of(&all, |payment| payment.awaits().is_some()))
        .bind(bodies);
    if fate == Fate::New {
        arguments
            .bind(of(&all, |payment| payment.member.0))
            .bind(of(&all, |payment| payment.ref_id.to_string()))
            .bind(of(&all, |payment| i32::from(payment.gateway.0)))
            .bind(of(&all, |payment| payment.code.to_string()))
            .bind(of(&all, |payment| payment.method.word()))
            .bind(of(&all, |payment| hundredths(payment.amount)))
            .bind(of(&all, |payment| At(payment.created_at)));
    }
    Ok(())
}

fn log(rows: &Rows, writes: &mut Writes) -> Result<(), Trouble> {
    let all: Vec<&LogRow> = rows.news.log.iter().collect();
    if all.is_empty() {
        return Ok(());
    }
    let body = |row: &&LogRow| encode(codec::LOG, row.subject.0, row);
    let bodies = all.iter().map(body).collect::<Result<Vec<_>, _>>()?;
    writes
        .exactly(all.len(), sql::INSERT_LOG)
        .bind(of(&all, |row| row.subject.0))
        .bind(of(&all, |row| i64::from(row.version)))
        .bind(of(&all, |row| At(row.at)))
        .bind(bodies);
    Ok(())
}

fn transfers(rows: &Rows, writes: &mut Writes) {
    let all: Vec<_> = rows.news.transfers.iter().collect();
    if all.is_empty() {
        return;
    }
    writes
        .exactly(all.len(), sql::INSERT_TRANSFERS)
        .bind(of(&all, |row| row.key.subject.0))
        .bind(of(&all, |row| row.key.effect.word()))
        .bind(of(&all, |row| i32::from(row.key.n)))
        .bind(of(&all, |row| i16::from(row.line)))
        .bind(of(&all, |row| row.debit.to_string()))
        .bind(of(&all, |row| row.credit.to_string()))
        .bind(of(&all, |row| hundredths(row.amount)))
        .bind(of(&all, |row| At(row.at)))
        .bind(of(&all, |row| row.available.map(|change| change.member.0)))
        .bind(of(&all, |row| {
            row.available.map(|change| hundredths(change.before))
        }))
        .bind(of(&all, |row| {
            row.available.map(|change| hundredths(change.after))
        }));
}

fn wallets(rows: &Rows, writes: &mut Writes) {
    let slots = rows.wallets.values();
    let changed = slots.filter(|slot| slot.fate != Fate::Kept);
    let all: Vec<_> = changed.map(|slot| &slot.value).collect();
    if all.is_empty() {
        return;
    }
    writes
        .exactly(all.len(), sql::UPDATE_WALLETS)
        .bind(of(&all, |wallet| wallet.member.0))
        .bind(of(&all, |wallet| hundredths(wallet.available)))
        .bind(of(&all, |wallet| hundredths(wallet.held)))
        .bind(of(&all, |wallet| hundredths(wallet.receivable)))
        .bind(of(&all, |wallet| wallet.frozen))
        .bind(of(&all, |wallet| wallet.version.cast_signed()));
}

/// Callbacks that are done with are gone, however often they were tried.
fn inbox(rows: &Rows, writes: &mut Writes) {
    let done = &rows.news.inbox_done;
    let tries = rows.news.inbox_tries.iter();
    let tries: Vec<_> = tries.filter(|(id, _)| !done.contains(id)).collect();
    if !tries.is_empty() {
        let ids: Vec<Uuid> = tries.iter().map(|(id, _)| id.0).collect();
        let more: Vec<i32> = tries.iter().map(|(_, more)| **more).collect();
        writes.part(sql::COUNT_TRIES).bind(ids).bind(more);
    }
    if !done.is_empty() {
        let ids: Vec<Uuid> = done.iter().map(|id| id.0).collect();
        writes.exactly(ids.len(), sql::DELETE_INBOX).bind(ids);
    }
}

/// Cases in their order, as many of a kind at once as follow each other.
async fn cases(writes: &[CaseWrite], conn: &mut PgConnection) -> Result<(), Trouble> {
    for run in writes.chunk_by(|one, next| {
        std::mem::discriminant(one) == std::mem::discriminant(next)
            && !matches!(one, CaseWrite::Extend { .. })
    }) {
        let keys: Vec<CaseKey> = run.iter().map(key_of).collect();
        let subjects: Vec<Uuid> = keys.iter().map(|key| key.subject.0).collect();
        let versions: Vec<i64> = keys.iter().map(|key| i64::from(key.version)).collect();
        let kinds: Vec<&str> = keys.iter().map(|key| case_kind(key.kind)).collect();
        let opened: Vec<&Case> = run.iter().filter_map(opens).collect();
        let query = match run.first() {
            Some(CaseWrite::Open(_)) => sqlx::query(sql::OPEN_CASES)
                .bind(subjects)
                .bind(versions)
                .bind(kinds)
                .bind(of(&opened, |case| case.amount.map(hundredths)))
                .bind(of(&opened, |case| At(case.opened_at)))
                .bind(of(&opened, |case| At(case.deadline))),
            Some(CaseWrite::Extend { deadline, .. }) => sqlx::query(sql::EXTEND_CASES)
                .bind(subjects)
                .bind(versions)
                .bind(kinds)
                .bind(vec![At(*deadline)]),
            Some(CaseWrite::Close(_)) => sqlx::query(sql::CLOSE_CASES)
                .bind(subjects)
                .bind(versions)
                .bind(kinds),
            None => continue,
        };
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

const fn key_of(write: &CaseWrite) -> CaseKey {
    match write {
        CaseWrite::Open(case) => case.key,
        CaseWrite::Extend { key, .. } | CaseWrite::Close(key) => *key,
    }
}

const fn opens(write: &CaseWrite) -> Option<&Case> {
    match write {
        CaseWrite::Open(case) => Some(case),
        CaseWrite::Extend { .. } | CaseWrite::Close(_) => None,
    }
}

fn nonces(rows: &Rows, writes: &mut Writes) {
    let all = &rows.news.nonces;
    if all.is_empty() {
        return;
    }
    let keys: Vec<&str> = all.iter().map(|nonce| nonce.key.as_str()).collect();
    let texts: Vec<&[u8]> = all.iter().map(|nonce| nonce.nonce.as_bytes()).collect();
    let arguments = writes.exactly(all.len(), sql::INSERT_NONCES);
    arguments.bind(keys).bind(texts);
}

/// What is used of quotas.
fn quotas(rows: &Rows, writes: &mut Writes) {
    let slots = rows.quotas.iter();
    let changed = slots.filter(|(_, slot)| slot.fate != Fate::Kept);
    let all: Vec<_> = changed
        .map(|(key, slot)| (quota_key(*key), slot.value))
        .collect();
    if all.is_empty() {
        return;
    }
    let all: Vec<_> = all.iter().collect();
    writes
        .exactly(all.len(), sql::PUT_QUOTAS)
        .bind(of(&all, |((day, _, _), _)| *day))
        .bind(of(&all, |((_, supplier, _), _)| *supplier))
        .bind(of(&all, |((_, _, mapping), _)| *mapping))
        .bind(of(&all, |(_, used)| i64::from(used.orders)))
        .bind(of(&all, |(_, used)| hundredths(used.amount)));
}

/// What must be told of orders, and endpoints as delivery left them.
fn told(rows: &Rows, writes: &mut Writes) -> Result<(), Trouble> {
    let changed = rows
        .outbox
        .iter()
        .filter(|(_, slot)| slot.fate != Fate::Kept);
    let (mut put, mut gone) = (Vec::new(), Vec::new());
    for (order, slot) in changed {
        match &slot.value {
            Some(row) => put.push(row),
            None => gone.push(order.0),
        }
    }
    if !gone.is_empty() {
        writes.part(sql::DELETE_OUTBOX).bind(gone);
    }
    if !put.is_empty() {
        writes
            .part(sql::PUT_OUTBOX)
            .bind(of(&put, |row| row.order.0))
            .bind(of(&put, |row| row.member.0))
            .bind(of(&put, |row| i64::from(row.revision)))
            .bind(of(&put, |row| row.due.map(At)))
            .bind(of(&put, |row| i32::from(row.tries)));
    }
    let slots = rows.endpoints.iter();
    let changed: Vec<_> = slots.filter(|(_, slot)| slot.fate != Fate::Kept).collect();
    if !changed.is_empty() {
        let changed: Vec<_> = changed.iter().collect();
        let states = changed
            .iter()
            .map(|(member, slot)| encode(codec::ENDPOINT_STATES, member.0, &slot.value.1));
        let states = states.collect::<Result<Vec<_>, _>>()?;
        writes
            .part(sql::UPDATE_ENDPOINT_STATES)
            .bind(of(&changed, |(id, _)| id.0))
            .bind(of(&changed, |(_, slot)| i64::from(slot.value.0)))
            .bind(of(&changed, |(_, slot)| slot.value.1.is_active()))
            .bind(states);
    }
    Ok(())
}

/// One column of many rows.
fn of<T, U>(all: &[&T], column: impl Fn(&T) -> U) -> Vec<U> {
    all.iter().map(|row| column(row)).collect()
}

/// A text, if there is one.
fn text<T: std::fmt::Display>(text: Option<&T>) -> Option<String> {
    text.map(ToString::to_string)
}
