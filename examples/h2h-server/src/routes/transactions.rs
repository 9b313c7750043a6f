//! `/api/v1/transactions`: placing orders and looking at them.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use eraflazz_core::engine::{Engine, NewOrder, SubmitError, Submitted};
use eraflazz_core::ids::OrderId;
use eraflazz_core::order::{Order, OrderState, PublicStatus};
use eraflazz_core::ports::{OrderFilter, Page};
use eraflazz_core::text::{DestinationText, ProductCode, RefId, Slug};
use eraflazz_core::time::Timestamp;
use serde::de;
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::answers::{Transaction, refusal, submit_error, unavailable};
use crate::app::App;
use crate::auth::{Need, admit};
use crate::body::read_as_said;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::words;
use crate::requests::{NewTransaction, Wait};
use crate::strict::{Fault, Rule, Segment, read_query};

use super::page::{Limit, Listed, NO_CURSOR, Nothing, id_cursor};

pub(super) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How soon to ask again while the server catches up with what an earlier process left.
pub(super) const STARTING: Duration = Duration::from_secs(1);
/// An acceptance may lose a race twice over; it is tried from the start at most this often.
const TRIES: usize = 3;

/// Places an order. The same `ref_id` again gives the same answer with `Idempotent-Replayed: true`, and buys nothing.
pub(super) async fn create(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::ORDER).await?;
    let wait: Wait = read_query(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let wanted: NewTransaction = read_as_said(&call.headers, &call.body)?;
    check_idempotency_key(&call.headers, &wanted.ref_id)?;
    if !app.engine().is_ready() {
        return Err(ApiError::maintenance(STARTING).about(wanted.ref_id));
    }

    let ref_id = wanted.ref_id.clone();
    let destination = destination(
        &app,
        &wanted.product,
        &wanted.destination,
        wanted.fields.as_ref(),
    );
    let destination = destination
        .await
        .map_err(|error| error.about(ref_id.clone()))?;
    let new = NewOrder {
        inquiry: wanted.inquiry_id,
        member: call.member.id,
        ref_id: wanted.ref_id,
        product: wanted.product,
        destination,
        max_price: wanted.max_price,
        counter: (wanted.counter > 1).then_some(wanted.counter),
    };
    let taken = submit(app.engine(), new)
        .await
        .map_err(|error| submit_error(error).about(ref_id))?;
    trace(&taken.order);
    let mut response = answer(&app, taken.order, taken.warning, wait).await;
    if taken.repeated {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, yes);
    }
    Ok(response)
}

/// The destination with its fields behind it. However they are given, it is the same destination, and so the same order.
pub(super) async fn destination(
    app: &App,
    product: &ProductCode,
    first: &DestinationText,
    fields: Option<&BTreeMap<Slug, DestinationText>>,
) -> Result<String, ApiError> {
    let Some(fields) = fields else {
        return Ok(first.as_str().to_owned());
    };
    let catalog = app.engine().catalog().await;
    let catalog = catalog.map_err(|error| unavailable(&error))?;
    let product = catalog.product_coded(product);
    let product = product.ok_or_else(|| ApiError::plain(ErrorCode::ProductNotFound))?;
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), value.as_str().to_owned()));
    let whole = product.destination_of(first.as_str(), &fields.collect());
    whole.map_err(|wrong| {
        let field = match wrong.field.as_str() {
            "" => "destination".to_owned(),
            name => format!("fields.{name}"),
        };
        ApiError::invalid(&field, wrong.rule)
    })
}

/// What this request says from here on is about this order.
pub(super) fn trace(order: &Order) {
    tracing::Span::current().record("trace_id", tracing::field::display(order.id));
}

pub(super) async fn submit(engine: &Engine, new: NewOrder) -> Result<Submitted, SubmitError> {
    for _ in 1..TRIES {
        match engine.submit(new.clone()).await {
            Err(SubmitError::Conflict) => {}
            decided => return decided,
        }
    }
    engine.submit(new).await
}

async fn answer(
    app: &App,
    order: Order,
    warning: Option<eraflazz_core::catalog::Warning>,
    wait: Wait,
) -> Response {
    let order = wait_final(app, order, wait).await;
    if let OrderState::Refused(why) = order.state {
        return refusal(app.engine(), &order, why).await.into_response();
    }
    match app.engine().catalog().await {
        Ok(catalog) => {
            let transaction = Transaction::of(&order, &catalog).warned(warning);
            Success::new(transaction.message, transaction).into_response()
        }
        Err(error) => unavailable(&error).into_response(),
    }
}

/// The order in its final state, or as it stands once the wait is over or the server stops.
pub(super) async fn wait_final(app: &App, order: Order, wait: Wait) -> Order {
    if wait.wait == 0 || !order.state.is_open() {
        return order;
    }
    let limit = Duration::from_millis(u64::from(wait.wait));
    let (engine, accepted) = (app.engine(), order.clone());
    let later = tokio::select! {
        biased;
        later = engine.final_of(accepted, limit) => later.ok(),
        () = app.stopping().cancelled() => {
            engine.order(order.member, &order.ref_id).await.ok().flatten()
        }
    };
    // The order was accepted: a read that fails takes nothing of that back.
    later.unwrap_or(order)
}

/// The header is not needed; if it is there it says what the body says, quoted or not.
pub(super) fn check_idempotency_key(headers: &HeaderMap, ref_id: &RefId) -> Result<(), ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(());
    };
    let text = value.as_bytes();
    let bare = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text);
    if values.next().is_none() && bare == ref_id.as_str().as_bytes() {
        return Ok(());
    }
    let fault = Fault::new(
        Rule::Value,
        "must equal the header Idempotency-Key, or send none",
    );
    Err(fault.under(Segment::Key("ref_id".to_owned())).into())
}

/// One order. Another member's, an absent one and a malformed reference look the same (T-1).
pub(super) async fn show(
    State(app): State<App>,
    ref_id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let absent = || ApiError::plain(ErrorCode::TransactionNotFound);
    let ref_id = ref_id
        .ok()
        .and_then(|Path(text)| RefId::new(&text).ok())
        .ok_or_else(absent)?;
    let order = app
        .engine()
        .order(call.member.id, &ref_id)
        .await
        .map_err(|error| unavailable(&error))?
        .ok_or_else(absent)?;
    trace(&order);
    let catalog = app
        .engine()
        .catalog()
        .await
        .map_err(|error| unavailable(&error))?;
    let transaction = Transaction::of(&order, &catalog);
    Ok(Success::new(transaction.message, transaction).into_response())
}

/// The query of a member's list of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Only those with this status.
    #[serde(default)]
    #[param(value_type = Option<words::PublicStatus>, inline)]
    status: Option<PublicStatus>,
    /// Only those accepted from then on.
    #[serde(default, deserialize_with = "moment")]
    #[param(value_type = Option<words::Moment>, inline)]
    from: Option<Timestamp>,
    /// Only those accepted before then.
    #[serde(default, deserialize_with = "moment")]
    #[param(value_type = Option<words::Moment>, inline)]
    to: Option<Timestamp>,
    /// Where the page begins; the first one unless said.
    #[serde(default, deserialize_with = "last_listed")]
    #[param(value_type = Option<words::OrderCursor>, inline)]
    cursor: Option<OrderId>,
    /// How many entries it has at most; 50 unless said.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// The order that ended the page before. So no page shifts, and none leaves an order out, whatever is accepted or settled meanwhile.
fn last_listed<'de, D: Deserializer<'de>>(source: D) -> Result<Option<OrderId>, D::Error> {
    id_cursor(&String::deserialize(source)?)
        .map(Some)
        .ok_or_else(|| de::Error::custom(NO_CURSOR))
}

fn moment<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(source)?;
    let rule = "a moment like 2026-01-31T00:00:00+07:00 (+ written as %2B)";
    DateTime::parse_from_rfc3339(&text)
        .map(|moment| Some(Timestamp::from_micros(moment.timestamp_micros())))
        .map_err(|_| de::Error::custom(rule))
}

/// The member's orders, newest first.
pub(super) async fn list(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Listed<Transaction>>, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    let query: Query =
        read_query(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let filter = OrderFilter {
        status: query.status,
        from: query.from,
        to: query.to,
        listed_after: query.cursor,
        ..OrderFilter::default()
    };
    let page = Page::first(query.limit.count());
    let orders = app
        .engine()
        .orders(call.member.id, &filter, &page)
        .await
        .map_err(|error| unavailable(&error))?;
    let catalog = app
        .engine()
        .catalog()
        .await
        .map_err(|error| unavailable(&error))?;
    let is_full = orders.len() == page.limit;
    let last = orders.last().filter(|_| is_full);
    let next = last.map(|last| last.id.to_string());
    let items = orders
        .iter()
        .map(|order| Transaction::of(order, &catalog))
        .collect();
    Ok(Success::new(
        "Daftar transaksi.",
        Listed::until("transactions", items, next),
    ))
}
