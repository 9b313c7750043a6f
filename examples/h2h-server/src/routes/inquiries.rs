//! `POST /api/v1/inquiries`: what a bill comes to, or whose meter that is, before anything is bought. Moves no money.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use eraflazz_core::engine::{InquireError, Inquired, NewInquiry};
use eraflazz_core::money::Money;
use eraflazz_core::pricing::QuoteError;
use eraflazz_core::supplier::{Detail, Line, Reason};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::{field_error, unavailable};
use crate::app::App;
use crate::auth::{Need, admit};
use crate::body::read_as_said;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{Shown, words};
use crate::requests::AskedFor;
use crate::strict::read_query;

use super::page::Nothing;
use super::transactions::destination;

const CACHE_CONTROL: HeaderName = HeaderName::from_static("cache-control");

/// What is known after an inquiry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inquiry)]
pub(super) struct Told {
    /// The caller's reference of the inquiry.
    ref_id: String,
    /// `bill`, or `customer` where nothing is owed yet.
    #[schema(pattern = "^(bill|customer)$")]
    kind: &'static str,
    /// Of a bill: what its order names as `inquiry_id`.
    #[schema(required = true, value_type = Option<words::Uuid>)]
    inquiry_id: Option<String>,
    /// About what.
    product: String,
    /// Of whom, in normal form.
    destination: String,
    /// The customer's name, as far as it is told.
    #[schema(required = true)]
    customer_name: Option<String>,
    /// Of a bill: what its order costs, whole rupiah. It is charged exactly that.
    #[schema(required = true)]
    price: Option<i64>,
    /// Of a bill: what the customer is asked for, fees included, whole rupiah.
    #[schema(required = true)]
    total: Option<i64>,
    /// Of a bill: the provider's fee within the total.
    #[schema(required = true)]
    admin: Option<i64>,
    /// Everything else that was told, as it was told: periods, meter readings, power, …
    details: Vec<Noted>,
    /// Of a bill: from then on it cannot be paid any more.
    #[schema(required = true, format = "date-time")]
    expires_at: Option<String>,
}

/// A label and what stands beside it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InquiryDetail)]
struct Noted {
    /// The provider's own key, such as `daya` or `detail.1.periode`.
    label: String,
    /// What it says.
    value: String,
}

impl From<&Detail> for Noted {
    fn from(detail: &Detail) -> Self {
        Self {
            label: detail.label.as_str().to_owned(),
            value: detail.value.as_str().to_owned(),
        }
    }
}

impl Shown for Told {
    fn example() -> Value {
        json!({
            "ref_id": "CEK-0001", "kind": "bill", "inquiry_id": "1c3f9a52-7d0e-8b64-a1f3-5e7c90d2b846", "product": "PLNPASCA",
            "destination": "530000000001", "customer_name": "NAMA PELANGGAN", "price": 11_000, "total": 11_000, "admin": 2_500,
            "details": [{"label": "periode", "value": "201901"}], "expires_at": "2026-01-01T07:30:00.000+07:00",
        })
    }
}

/// Asks. The same `ref_id` again gives the same answer of a bill without asking anybody.
pub(super) async fn create(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::ORDER).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let wanted: AskedFor = read_as_said(&call.headers, &call.body)?;
    let (ref_id, product) = (wanted.ref_id.clone(), wanted.product.clone());
    let destination = destination(&app, &product, &wanted.destination, wanted.fields.as_ref());
    let destination = destination
        .await
        .map_err(|error| error.about(ref_id.clone()))?;
    let new = NewInquiry {
        member: call.member.id,
        ref_id: wanted.ref_id,
        product: wanted.product,
        destination,
    };
    let inquired = app.engine().inquire(new).await;
    let inquired = inquired.map_err(|error| inquire_error(error).about(ref_id.clone()))?;
    let finding = inquired.finding();
    let (bill, destination) = match &inquired {
        Inquired::Bill(inquiry) => (Some(inquiry), &inquiry.destination),
        Inquired::Customer { destination, .. } => (None, destination),
    };
    let rupiah = |amount: Option<Money>| amount.map(Money::floor_rupiah);
    let told = Told {
        ref_id: ref_id.to_string(),
        kind: bill.map_or("customer", |_| "bill"),
        inquiry_id: bill.map(|inquiry| inquiry.id.to_string()),
        product: product.to_string(),
        destination: destination.as_str().to_owned(),
        customer_name: finding
            .customer
            .clone()
            .map(|name: Line| String::from(name)),
        price: rupiah(inquired.sell()),
        total: rupiah(finding.total),
        admin: rupiah(finding.admin),
        details: finding.details().iter().map(Noted::from).collect(),
        expires_at: bill.map(|inquiry| inquiry.expires_at.to_string()),
    };
    let message = if bill.is_some() {
        "Tagihan ditemukan."
    } else {
        "Pelanggan ditemukan."
    };
    let mut response = Success::new(message, told).into_response();
    let private = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(CACHE_CONTROL, private);
    Ok(response)
}

/// An inquiry that was not answered. Nothing was charged, and nothing is kept.
fn inquire_error(error: InquireError) -> ApiError {
    match error {
        InquireError::MemberSuspended => ApiError::plain(ErrorCode::MemberSuspended),
        InquireError::UnknownProduct | InquireError::Quote(QuoteError::NoPrice) => {
            ApiError::plain(ErrorCode::ProductNotFound)
        }
        InquireError::Destination(rule) => field_error("destination", rule.to_string()),
        InquireError::NotOffered => ApiError::plain(ErrorCode::InquiryNotOffered),
        InquireError::RefMismatch => ApiError::plain(ErrorCode::RefIdMismatch),
        InquireError::Refused {
            reason: Reason::BadDestination,
        } => ApiError::plain(ErrorCode::BillNotFound),
        InquireError::Refused { .. } | InquireError::NoAnswer | InquireError::Closed => {
            ApiError::plain(ErrorCode::InquiryUnavailable)
        }
        InquireError::Overloaded { retry_after } => ApiError::overloaded(retry_after),
        InquireError::Unavailable(error) => unavailable(&error),
        InquireError::Quote(
            QuoteError::NotChargeable | QuoteError::NoRoom | QuoteError::NeedsInquiry,
        ) => {
            tracing::error!(alert = "a price rule gives no price that can be charged", %error, "a bill could not be priced");
            ApiError::plain(ErrorCode::ProductNotFound)
        }
        InquireError::UnknownMember | InquireError::Internal(_) => {
            tracing::error!(%error, "an inquiry could not be answered");
            ApiError::plain(ErrorCode::InternalError)
        }
    }
}
