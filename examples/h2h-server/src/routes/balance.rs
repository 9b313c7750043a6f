//! `GET /api/v1/balance`.

use axum::extract::{Request, State};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Need, admit};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::Shown;
use crate::strict::read_query;

use super::page::Nothing;

/// A wallet in whole rupiah.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Wallet {
    /// What can be spent; below zero while credit is used.
    balance: i64,
    /// What open orders hold.
    held: i64,
    /// What is owed after late successes that the wallet could not pay; netted from the next deposit.
    receivable: i64,
    /// How far below zero the balance may go.
    credit_limit: i64,
    /// Always `IDR`.
    currency: &'static str,
}

impl Shown for Wallet {
    fn example() -> Value {
        json!({"balance": 489_500, "held": 10_500, "receivable": 0, "credit_limit": 0, "currency": "IDR"})
    }
}

pub(super) async fn show(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Wallet>, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    read_query::<Nothing>(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let wallet = app
        .engine()
        .wallet(call.member.id)
        .await
        .map_err(|error| unavailable(&error))?
        .ok_or_else(|| ApiError::plain(ErrorCode::InternalError))?;
    let told = Wallet {
        balance: wallet.available.floor_rupiah(),
        held: wallet.held.floor_rupiah(),
        receivable: wallet.receivable.floor_rupiah(),
        credit_limit: wallet.credit_limit.floor_rupiah(),
        currency: "IDR",
    };
    Ok(Success::new("Saldo.", told))
}
