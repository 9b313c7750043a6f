//! `POST /api/v1/transfers`: a member gives of its balance to another of its tree.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use eraflazz_core::engine::{NewTransfer as Wanted, TransferError, Transferred};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Need, admit};
use crate::body::read_as_said;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{Shown, words};
use crate::requests::NewTransfer;
use crate::strict::read_query;

use super::page::Nothing;
use super::transactions::{IDEMPOTENT_REPLAYED, STARTING, check_idempotency_key};

/// A transfer that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transfer)]
pub(super) struct Given {
    /// The caller's reference.
    ref_id: String,
    /// Our id of it: `reference_id` among the mutations of both.
    #[schema(value_type = words::Uuid)]
    transfer_id: String,
    /// The code of the member who got it.
    to: String,
    /// How much, whole rupiah.
    amount: i64,
    /// What the caller could spend right after it, never updated later.
    balance_after: i64,
    /// When.
    #[schema(format = "date-time")]
    created_at: String,
}

impl Shown for Given {
    fn example() -> Value {
        json!({
            "ref_id": "TF-0001", "transfer_id": "019b7706-8000-8a1b-8c3d-4e5f60718293", "to": "toko-maju", "amount": 250_000,
            "balance_after": 239_500, "created_at": "2026-01-01T07:00:00.000+07:00",
        })
    }
}

/// Gives once. The same `ref_id` again gives the first result, with `Idempotent-Replayed: true`.
pub(super) async fn create(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::ORDER).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let NewTransfer { ref_id, to, amount } = read_as_said(&call.headers, &call.body)?;
    check_idempotency_key(&call.headers, &ref_id)?;
    let refused = |error: ApiError| error.about(ref_id.clone());
    if !app.engine().is_ready() {
        return Err(refused(ApiError::maintenance(STARTING)));
    }
    let receiver = app.engine().members().member_by_code(&to).await;
    let receiver = receiver.map_err(|error| refused(unavailable(&error)))?;
    let receiver = receiver.ok_or_else(|| refused(nobody()))?;
    let wanted = Wanted {
        from: call.member.id,
        ref_id: ref_id.clone(),
        to: receiver.id,
        amount,
    };
    let given = app.engine().transfer(wanted).await;
    let given = given.map_err(|error| refused(not_given(error)))?;
    let Transferred {
        id,
        balance_after,
        at,
        replayed,
        ..
    } = given;
    let told = Given {
        ref_id: ref_id.to_string(),
        transfer_id: id.to_string(),
        to: to.to_string(),
        amount: amount.floor_rupiah(),
        balance_after: balance_after.floor_rupiah(),
        created_at: at.to_string(),
    };
    let mut response = Success::new("Saldo sudah ditransfer.", told).into_response();
    if replayed {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, yes);
    }
    Ok(response)
}

/// Who is not there and who is of another tree look the same (INV-34).
fn nobody() -> ApiError {
    ApiError::invalid("to", "nobody above or below you in your tree has this code")
}

fn not_given(error: TransferError) -> ApiError {
    match error {
        TransferError::NotFound => nobody(),
        TransferError::MemberSuspended => ApiError::plain(ErrorCode::MemberSuspended),
        TransferError::Frozen => ApiError::plain(ErrorCode::MemberFrozen),
        TransferError::Field { field, rule } => ApiError::invalid(field, rule),
        TransferError::RefMismatch => ApiError::plain(ErrorCode::RefIdMismatch),
        TransferError::Insufficient { .. } => ApiError::plain(ErrorCode::InsufficientBalance),
        TransferError::Stopped(_) => ApiError::maintenance(STARTING),
        TransferError::Unavailable(error) => unavailable(&error),
        TransferError::UnknownMember | TransferError::Internal(_) => {
            tracing::error!(%error, "nothing could be transferred");
            ApiError::plain(ErrorCode::InternalError)
        }
    }
}
