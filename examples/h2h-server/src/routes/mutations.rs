//! `GET /api/v1/mutations`.

use axum::extract::{Request, State};
use eraflazz_core::ledger::{Effect, TransferRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Need, admit};
use crate::envelope::Success;
use crate::error::ApiError;
use crate::openapi::Shown;
use crate::strict::read_query;

use super::page::{Cursor, Listed, PageQuery};

/// A change of what a member can spend. `DEBIT` is in, `CREDIT` is out: the blueprint's words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Mutation {
    /// `DEBIT` is in, `CREDIT` is out.
    #[serde(rename = "type")]
    #[schema(pattern = "^(DEBIT|CREDIT)$")]
    direction: &'static str,
    /// How much, whole rupiah.
    amount: i64,
    /// What could be spent before.
    balance_before: i64,
    /// What can be spent after.
    balance_after: i64,
    /// What happened, for people.
    description: &'static str,
    /// What it belongs to; of an order its `trx_id`.
    reference_id: String,
    /// When.
    #[schema(format = "date-time")]
    created_at: String,
}

impl Shown for Mutation {
    fn example() -> Value {
        json!({
            "type": "CREDIT", "amount": 10_500, "balance_before": 500_000, "balance_after": 489_500,
            "description": "Pembelian", "reference_id": "019b7706-8000-7a1b-8c3d-4e5f60718293",
            "created_at": "2026-01-01T07:00:00.000+07:00",
        })
    }
}

/// The transfers that touched what the member can spend, newest first. An entry may show up again on the next page if others were
/// added meanwhile; none is left out.
pub(super) async fn list(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Listed<Mutation>>, ApiError> {
    let call = admit(&app, request, Need::READ).await?;
    let query: PageQuery =
        read_query(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let rows = app
        .engine()
        .mutations(call.member.id, &page)
        .await
        .map_err(|error| unavailable(&error))?;
    let items = rows.iter().filter_map(mutation).collect();
    Ok(Success::new(
        "Mutasi saldo.",
        Listed::new("mutations", items, &page, cursor),
    ))
}

fn mutation(row: &TransferRow) -> Option<Mutation> {
    let change = row.available?;
    let is_in = change.after > change.before;
    Some(Mutation {
        direction: if is_in { "DEBIT" } else { "CREDIT" },
        amount: row.amount.floor_rupiah(),
        balance_before: change.before.floor_rupiah(),
        balance_after: change.after.floor_rupiah(),
        description: description(row.key.effect),
        reference_id: row.key.subject.to_string(),
        created_at: row.at.to_string(),
    })
}

const fn description(effect: Effect) -> &'static str {
    match effect {
        Effect::Hold => "Pembelian",
        Effect::Capture => "Pembelian selesai",
        Effect::Release => "Pengembalian saldo transaksi gagal",
        Effect::Refund => "Pengembalian harga transaksi",
        Effect::Reclaim => "Pemotongan transaksi yang ternyata berhasil",
        Effect::Absorb | Effect::Surplus | Effect::Unabsorb => "Koreksi transaksi",
        Effect::Deposit
        | Effect::GatewayDeposit
        | Effect::GatewayFee
        | Effect::BankLine
        | Effect::Claim => "Deposit",
        Effect::Repay => "Pelunasan piutang",
        Effect::DepositCorrection => "Koreksi deposit",
        Effect::Transfer => "Transfer saldo",
        Effect::Opening => "Saldo awal",
        Effect::Float | Effect::FloatCorrection | Effect::DisputeCredited => "Penyesuaian",
        Effect::GatewayReversal => "Pembatalan deposit",
    }
}
