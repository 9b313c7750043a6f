//! `/api/v1/admin/orders`: finding an order, and everything about one.

use std::time::Duration;

use axum::extract::State;
use chrono::NaiveDate;
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::ids::{MemberId, OrderId, TrxCode};
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Entry, LogRow, Order, OrderState, Review, may_rule,
};
use eraflazz_core::ports::{OrderFilter, Page};
use eraflazz_core::time::Timestamp;

use super::names::{Codes, Named, catalog, member_of_field, named};
use super::not_read;
use super::story::tell_log;
use crate::admin::{AttemptTold, OrderRow, OrderSearch, OrderTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

/// Orders that fit, newest first.
pub(super) async fn find(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<OrderRow>>, ApiError> {
    let search: OrderSearch = call.query()?;
    let limit = usize::from(search.limit.unwrap_or(50));
    if !(1..=Page::MAX).contains(&limit) {
        return Err(ApiError::invalid("limit", "1 to 200"));
    }
    let (catalog, codes) = (catalog(&app).await?, Codes::read(&app).await?);
    let member = match &search.member {
        Some(code) => Some(member_of_field(&app, "member", code).await?.id),
        None => None,
    };
    let found: Vec<Order> = match (&search.trx_code, &search.ref_id, member) {
        (Some(code), _, _) => {
            let found = coded(&app, code).await?.map(|agg| agg.order);
            let asked = filter(&search);
            let fits = |order: &Order| {
                asked.fits(order) && member.is_none_or(|member| order.member == member)
            };
            found.filter(fits).into_iter().collect()
        }
        (None, Some(ref_id), Some(member)) => {
            let found = app.engine().order(member, ref_id).await;
            found.map_err(not_read)?.into_iter().collect()
        }
        _ => look_through(&app, &search, member, &codes, limit).await?,
    };
    let rows = found
        .iter()
        .map(|order| row(order, &catalog, &codes))
        .collect();
    Ok(Success::new(
        "Daftar transaksi.",
        Listed::whole("orders", rows),
    ))
}

/// The orders of one business day that fit, of one member or of all.
async fn look_through(
    app: &App,
    search: &OrderSearch,
    member: Option<MemberId>,
    codes: &Codes,
    limit: usize,
) -> Result<Vec<Order>, ApiError> {
    let from = day_of(search, app.engine().now())?;
    let filter = OrderFilter {
        from: Some(from),
        to: Some(from.plus(Duration::from_hours(24))),
        ..filter(search)
    };
    let everybody = || codes.all().map(|member| member.id).collect();
    let members: Vec<MemberId> = member.map_or_else(everybody, |member| vec![member]);
    let mut found = Vec::new();
    for member in members {
        let newest = Page::first(limit);
        let orders = app.engine().orders(member, &filter, &newest).await;
        found.extend(orders.map_err(not_read)?);
    }
    found.sort_by_key(|order| std::cmp::Reverse((order.created_at, order.id)));
    found.truncate(limit);
    Ok(found)
}

/// What is asked of an order, whenever it was.
fn filter(search: &OrderSearch) -> OrderFilter {
    // A number is stored with its country; people write 0 for it.
    let number = search.destination.as_deref();
    let number = number.map(|number| number.strip_prefix('0').unwrap_or(number));
    OrderFilter {
        status: search.status,
        ref_id: search.ref_id.clone(),
        destination_end: number.map(ToOwned::to_owned),
        ..OrderFilter::default()
    }
}

/// The order with this code, as people write it.
async fn coded(app: &App, code: &str) -> Result<Option<Aggregate>, ApiError> {
    let Ok(code) = code.to_ascii_uppercase().parse::<TrxCode>() else {
        return Ok(None);
    };
    app.engine().coded(&code).await.map_err(not_read)
}

/// When the day begins that is looked through: the one asked for, or today.
fn day_of(search: &OrderSearch, now: Timestamp) -> Result<Timestamp, ApiError> {
    let date = match &search.on {
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| ApiError::invalid("on", "a day like 2026-01-31"))?,
        None => now.wib().date_naive(),
    };
    let midnight = date
        .and_hms_opt(0, 0, 0)
        .and_then(|local| local.and_local_timezone(*now.wib().offset()).single())
        .ok_or_else(|| ApiError::invalid("on", "a day like 2026-01-31"))?;
    Ok(Timestamp::from_micros(midnight.timestamp_micros()))
}

/// One order with its attempts and its log.
pub(super) async fn show(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<OrderTold>, ApiError> {
    call.query::<Nothing>()?;
    let agg = order_of_path(&app, id).await?;
    call.about(format!("order {}", agg.order.trx_code));
    answer(&app, &agg, "Transaksi.").await
}

/// The order of a path: its id, or its code.
pub(super) async fn order_of_path(app: &App, id: Named) -> Result<Aggregate, ApiError> {
    let absent = || ApiError::plain(ErrorCode::NotFound);
    let text: String = named(id)?;
    if text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("TRX-"))
    {
        return coded(app, &text).await?.ok_or_else(absent);
    }
    let id = serde_json::from_value::<OrderId>(text.into()).map_err(|_| absent())?;
    let found = app.engine().aggregate(id).await.map_err(not_read)?;
    found.ok_or_else(absent)
}

pub(super) async fn answer(
    app: &App,
    agg: &Aggregate,
    message: &str,
) -> Result<Success<OrderTold>, ApiError> {
    let (catalog, codes) = (catalog(app).await?, Codes::read(app).await?);
    let log = app.engine().ledger().log(agg.order.id.into()).await;
    let log = log.map_err(not_read)?;
    let order = &agg.order;
    let delivery = order.delivery.as_ref();
    let told = OrderTold {
        row: row(order, &catalog, &codes),
        cost_cap: order.quote.cost_cap,
        cost: delivery.map(|delivery| delivery.cost),
        sn: delivery.and_then(|delivery| delivery.sn.as_ref().map(ToString::to_string)),
        next_action_at: order.next_action_at.map(|at| at.to_string()),
        attempts: agg
            .attempts
            .iter()
            .map(|attempt| tell_attempt(attempt, &log, &catalog))
            .collect(),
        log: log.iter().map(|row| tell_log(row, &catalog)).collect(),
        may: may_rule(agg),
    };
    Ok(Success::new(message, told))
}

/// An order on one line.
pub(super) fn row(order: &Order, catalog: &Snapshot, codes: &Codes) -> OrderRow {
    let product = catalog.product(order.product);
    OrderRow {
        id: order.id.to_string(),
        trx_code: order.trx_code.to_string(),
        member: codes.of(order.member),
        ref_id: order.ref_id.to_string(),
        product: product.map_or_else(String::new, |product| product.code.to_string()),
        destination: order.destination.as_str().to_owned(),
        status: order.status().word().to_owned(),
        state: state(order.state),
        review: order.review.map(|review| {
            match review {
                Review::Escalated { .. } => "escalated",
                Review::Disputed { .. } => "disputed",
            }
            .to_owned()
        }),
        version: order.version,
        price: order.quote.sell.floor_rupiah(),
        created_at: order.created_at.to_string(),
        updated_at: order.updated_at.to_string(),
    }
}

fn state(state: OrderState) -> String {
    match state {
        OrderState::Refused(why) => format!("refused: {why:?}"),
        OrderState::Held => "held".to_owned(),
        OrderState::InFlight(no) => format!("in flight: attempt {no}"),
        OrderState::Succeeded => "succeeded".to_owned(),
        OrderState::Returned(why) => format!("returned: {why:?}"),
        OrderState::Reversed => "reversed".to_owned(),
        OrderState::LateDelivered => "delivered late".to_owned(),
    }
}

fn tell_attempt(attempt: &Attempt, log: &[LogRow], catalog: &Snapshot) -> AttemptTold {
    let supplier = catalog.supplier(attempt.supplier);
    AttemptTold {
        no: attempt.no.0,
        supplier: supplier.map_or_else(String::new, |supplier| supplier.slug.to_string()),
        sku: attempt.sku.to_string(),
        supplier_ref: attempt.supplier_ref.as_str().to_owned(),
        their_ref: attempt.their_ref.as_ref().map(ToString::to_string),
        state: match attempt.state {
            AttemptState::Rejected { reason, .. } => format!("rejected: {reason:?}"),
            state @ (AttemptState::Sending
            | AttemptState::NotSent
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::AwaitSn
            | AttemptState::Success
            | AttemptState::Conflict
            | AttemptState::LateSuccess
            | AttemptState::LateReversal) => format!("{state:?}").to_lowercase(),
        },
        why: why(attempt, log, catalog),
        sends: attempt.sends,
        checks: attempt.checks,
        cap: attempt.cap,
        cost: attempt.cost(),
        sn: attempt.sn.as_ref().map(ToString::to_string),
        first_sent_at: attempt.first_sent_at.to_string(),
        surplus: attempt.surplus,
    }
}

/// Why this supplier: what was found of every route when the attempt was first intended.
fn why(attempt: &Attempt, log: &[LogRow], catalog: &Snapshot) -> String {
    let words = |entry: &Entry| {
        if let Entry::Intent {
            attempt: no,
            send: 1,
            why,
            ..
        } = entry
            && *no == attempt.no
        {
            return Some(why.in_words(catalog).to_string());
        }
        None
    };
    let rode_along = |entry: &Entry| {
        if let Entry::Heard { then, .. } | Entry::Resolved { then, .. } = entry {
            return then.as_deref().and_then(words);
        }
        None
    };
    log.iter()
        .find_map(|row| words(&row.entry).or_else(|| rode_along(&row.entry)))
        .unwrap_or_default()
}
