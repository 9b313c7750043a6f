//! `/api/v1/deposits`: members' deposits through payment gateways. Nothing here credits anything: only what a gateway answers when the engine asks it does.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use eraflazz_core::engine::{DepositError, NewDeposit as Wanted};
use eraflazz_core::ids::PaymentId;
use eraflazz_core::money::Money;
use eraflazz_core::payment::Payment;
use eraflazz_core::text::Slug;
use serde::Deserialize as _;
use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::{Deposit, deposit_error};
use crate::app::App;
use crate::auth::{Admitted, Need, admit};
use crate::body::read_as_said;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::gateways::Channel;
use crate::openapi::{Shown, words};
use crate::requests::NewDeposit;
use crate::strict::read_query;

use super::page::{Cursor, Listed, Nothing, PageQuery};
use super::transactions::{IDEMPOTENT_REPLAYED, STARTING, check_idempotency_key};

const CACHE_CONTROL: HeaderName = HeaderName::from_static("cache-control");

/// What is in the place of `{id}`.
pub(super) type Named = Result<Path<String>, PathRejection>;

/// A way to pay, as it may be used now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DepositChannel)]
pub(super) struct ChannelTold {
    /// The gateway.
    #[schema(value_type = words::Slug)]
    gateway: String,
    /// How it is paid.
    #[schema(value_type = words::PayMethod)]
    method: &'static str,
    /// The gateway's own name of it, if it tells.
    #[schema(required = true)]
    name: Option<String>,
    /// The least amount, whole rupiah.
    min: i64,
    /// The largest.
    max: i64,
    /// What the customer bears on top of the amount, if the gateway tells.
    #[schema(required = true)]
    fee: Option<FeeTold>,
}

/// A fee: a fixed part and a share of the amount.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DepositFee)]
struct FeeTold {
    /// Whatever the amount, whole rupiah.
    flat: i64,
    /// Of the amount, in millionths: 0.7 % is 7000.
    ppm: i64,
}

impl Shown for ChannelTold {
    fn example() -> Value {
        json!({
            "gateway": "tripay", "method": "qris", "name": "QRIS by ShopeePay", "min": 10_000, "max": 5_000_000, "fee": {"flat": 0, "ppm": 0},
        })
    }
}

impl From<Channel> for ChannelTold {
    fn from(channel: Channel) -> Self {
        Self {
            gateway: channel.gateway.to_string(),
            method: channel.method.word(),
            name: channel.name,
            min: channel.min.floor_rupiah(),
            max: channel.max.floor_rupiah(),
            fee: channel.fee.map(|fee| FeeTold {
                flat: fee.flat.floor_rupiah(),
                ppm: fee.ppm,
            }),
        }
    }
}

/// Asks a gateway for a deposit, once. The same `ref_id` again gives the same deposit as it is now, with `Idempotent-Replayed: true`, and asks nobody.
pub(super) async fn create(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::ORDER).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let wanted: NewDeposit = read_as_said(&call.headers, &call.body)?;
    check_idempotency_key(&call.headers, &wanted.ref_id)?;
    let ref_id = wanted.ref_id.clone();
    if !app.engine().is_ready() {
        return Err(ApiError::maintenance(STARTING).about(ref_id));
    }
    let member = call.member.id;
    let known = Payment::id_of(member, &ref_id);
    let known = app.engine().deposit_of(member, known).await;
    let is_known = known.map_err(deposit_error)?.is_some();
    let gateway = wanted.gateway;
    let new = Wanted {
        member,
        ref_id: wanted.ref_id,
        gateway: gateway.as_str().to_owned(),
        method: wanted.method,
        amount: wanted.amount,
        customer: wanted.customer.into(),
    };
    let opened = app.engine().open_deposit(new).await;
    let payment = opened.map_err(|error| not_opened(&app, &gateway, error).about(ref_id))?;
    let mut response = told(&app, &payment);
    if is_known {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, yes);
    }
    Ok(response)
}

/// Why nothing was asked for: of an amount with the limits that it breaks.
fn not_opened(app: &App, gateway: &Slug, error: DepositError) -> ApiError {
    if let DepositError::Field {
        field: "amount", ..
    } = error
        && let Some((min, max)) = app.gateways().limits(gateway)
    {
        let [min, max] = [min, max].map(Money::floor_rupiah);
        return ApiError::invalid("amount", format!("{min} to {max} rupiah at this gateway"));
    }
    deposit_error(error)
}

/// The member's deposits, newest first. An entry may show up again on the next page if others were added meanwhile; none is left out.
pub(super) async fn list(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Listed<Deposit>>, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    let query: PageQuery =
        read_query(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let rows = app.engine().deposits_of(call.member.id, &page).await;
    let rows = rows.map_err(deposit_error)?;
    let items = rows.iter().map(|row| Deposit::of(row, app.gateways()));
    Ok(Success::new(
        "Daftar deposit.",
        Listed::new("deposits", items.collect(), &page, cursor),
    ))
}

/// One deposit. Another member's, an absent one and a malformed id look the same (INV-34).
pub(super) async fn show(
    State(app): State<App>,
    id: Named,
    request: Request,
) -> Result<Response, ApiError> {
    let (call, id) = asked(&app, id, request, Need::READ).await?;
    let found = app.engine().deposit_of(call.member.id, id).await;
    let payment = found.map_err(deposit_error)?;
    let payment = payment.ok_or_else(|| ApiError::plain(ErrorCode::DepositNotFound))?;
    Ok(told(&app, &payment))
}

/// The same, after the gateway was asked: once in ten seconds.
pub(super) async fn check(
    State(app): State<App>,
    id: Named,
    request: Request,
) -> Result<Response, ApiError> {
    let (call, id) = asked(&app, id, request, Need::READ).await?;
    let checked = app.engine().check_deposit(call.member.id, id).await;
    Ok(told(&app, &checked.map_err(deposit_error)?))
}

/// Calls it off. Called off again it is given as it is.
pub(super) async fn cancel(
    State(app): State<App>,
    id: Named,
    request: Request,
) -> Result<Response, ApiError> {
    let (call, id) = asked(&app, id, request, Need::ORDER).await?;
    let cancelled = app.engine().cancel_deposit(call.member.id, id).await;
    Ok(told(&app, &cancelled.map_err(deposit_error)?))
}

/// What can be paid with.
pub(super) async fn channels(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Listed<ChannelTold>>, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let channels = app.gateways().channels(app.engine().now()).await;
    let channels = channels.into_iter().map(ChannelTold::from).collect();
    Ok(Success::new(
        "Cara pembayaran.",
        Listed::whole("channels", channels),
    ))
}

async fn asked(
    app: &App,
    id: Named,
    request: Request,
    need: Need,
) -> Result<(Admitted, PaymentId), ApiError> {
    let call = admit(app, request, need).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let id = id
        .ok()
        .and_then(|Path(text)| PaymentId::deserialize(StrDeserializer::<Error>::new(&text)).ok())
        .ok_or_else(|| ApiError::plain(ErrorCode::DepositNotFound))?;
    Ok((call, id))
}

/// What a customer pays with is for this caller alone.
fn told(app: &App, payment: &Payment) -> Response {
    let deposit = Deposit::of(payment, app.gateways());
    let mut response = Success::new(deposit.message(), deposit).into_response();
    let private = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(CACHE_CONTROL, private);
    response
}
