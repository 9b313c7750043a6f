//! `GET /api/v1/admin/orders`: the orders of all members together, newest first, page by page.
//!
//! The list of a member is in the order of acceptance, which is that of the clock but for orders that were taken at the same time. A page is therefore
//! cut out of everything that was accepted in one span of time: turning pages leaves no order out and tells none twice.

use std::time::Duration;

use axum::extract::State;
use chrono::NaiveDate;
use eraflazz_core::ids::{MemberId, OrderId};
use eraflazz_core::order::Order;
use eraflazz_core::ports::{OrderFilter, Page};
use eraflazz_core::time::Timestamp;

use super::names::{Codes, catalog, member_of_field};
use super::not_read;
use super::orders::{coded, row};
use crate::admin::{OrderRow, OrderSearch};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::routes::page::{Listed, NO_CURSOR, id_cursor};

/// Where an order stands in the list of all members.
type Place = (Timestamp, OrderId);

const fn place(order: &Order) -> Place {
    (order.created_at, order.id)
}

/// Orders, newest first, and where the next page begins if there is one.
struct Found {
    orders: Vec<Order>,
    next: Option<OrderId>,
}

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
    let before = last_told(&app, &search).await?;
    let (catalog, codes) = (catalog(&app).await?, Codes::read(&app).await?);
    let member = match &search.member {
        Some(code) => Some(member_of_field(&app, "member", code).await?.id),
        None => None,
    };
    let the_one = |found: Option<Order>| Found {
        orders: found
            .filter(|order| comes_after(before, order))
            .into_iter()
            .collect(),
        next: None,
    };
    let Found { orders, next } = match (&search.trx_code, &search.ref_id, member) {
        (Some(code), _, _) => {
            let found = coded(&app, code).await?.map(|agg| agg.order);
            let asked = filter(&search);
            let fits = |order: &Order| {
                asked.fits(order) && member.is_none_or(|member| order.member == member)
            };
            the_one(found.filter(fits))
        }
        (None, Some(ref_id), Some(member)) => {
            the_one(app.engine().order(member, ref_id).await.map_err(not_read)?)
        }
        _ => {
            let everybody = || codes.all().map(|member| member.id).collect();
            let of: Vec<MemberId> = member.map_or_else(everybody, |member| vec![member]);
            look_through(&app, &search, &of, before, limit).await?
        }
    };
    let rows = orders.iter().map(|order| row(order, &catalog, &codes));
    let listed = Listed::until("orders", rows.collect(), next.map(|id| id.to_string()));
    Ok(Success::new("Daftar transaksi.", listed))
}

/// The order that ended the page before. After one that is not there comes nothing.
async fn last_told(app: &App, search: &OrderSearch) -> Result<Option<Place>, ApiError> {
    let Some(cursor) = &search.cursor else {
        return Ok(None);
    };
    let id = id_cursor(cursor).ok_or_else(|| ApiError::invalid("cursor", NO_CURSOR))?;
    let known = app.engine().aggregate(id).await.map_err(not_read)?;
    let first_of_all = Timestamp::from_micros(i64::MIN);
    Ok(Some(
        known.map_or((first_of_all, id), |agg| place(&agg.order)),
    ))
}

fn comes_after(last: Option<Place>, order: &Order) -> bool {
    last.is_none_or(|last| place(order) < last)
}

/// The orders of one business day that fit, of these members.
async fn look_through(
    app: &App,
    search: &OrderSearch,
    members: &[MemberId],
    before: Option<Place>,
    limit: usize,
) -> Result<Found, ApiError> {
    let from = day_of(search, app.engine().now())?;
    let end = from.plus(Duration::from_hours(24));
    let at_last = before.map(|(at, _)| at.plus(Duration::from_micros(1)));
    let mut filter = OrderFilter {
        from: Some(from),
        to: Some(at_last.map_or(end, |at| end.min(at))),
        ..filter(search)
    };
    let (first, is_all) = newest(app, members, &filter, before, Some(limit)).await?;
    let last = match first.get(limit - 1) {
        Some(last) if !is_all || first.len() > limit => last.id,
        _ => {
            return Ok(Found {
                orders: first,
                next: None,
            });
        }
    };
    // A list that was not read to its end may have newer ones further on.
    let mut orders = first;
    if !is_all {
        filter.from = orders.get(limit - 1).map(|last| last.created_at);
        (orders, _) = newest(app, members, &filter, before, None).await?;
    }
    orders.truncate(limit);
    let next = orders.get(limit - 1).map_or(last, |last| last.id);
    Ok(Found {
        orders,
        next: Some(next),
    })
}

/// What of each member's list fits, newest first, and whether that is everything; of each only so many as are `enough`.
async fn newest(
    app: &App,
    members: &[MemberId],
    filter: &OrderFilter,
    before: Option<Place>,
    enough: Option<usize>,
) -> Result<(Vec<Order>, bool), ApiError> {
    let page = Page::first(enough.unwrap_or(Page::MAX));
    let (mut found, mut is_all) = (Vec::new(), true);
    for member in members {
        let mut filter = filter.clone();
        let mut own = 0;
        loop {
            let orders = app.engine().orders(*member, &filter, &page).await;
            let orders = orders.map_err(not_read)?;
            let is_end = orders.len() < page.limit;
            filter.listed_after = orders.last().map(|last| last.id);
            let known = found.len();
            found.extend(
                orders
                    .into_iter()
                    .filter(|order| comes_after(before, order)),
            );
            own += found.len() - known;
            if is_end {
                break;
            }
            if enough.is_some_and(|enough| own >= enough) {
                is_all = false;
                break;
            }
        }
    }
    found.sort_by_key(|order| std::cmp::Reverse(place(order)));
    Ok((found, is_all))
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
