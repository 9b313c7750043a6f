//! A member's deposit through a gateway as its member sees it, and why nothing was done about one.

use eraflazz_core::engine::DepositError;
use eraflazz_core::payment::{DepositStatus, PayWith, Payment};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::refusal::{field_error, unavailable};
use crate::error::{ApiError, ErrorCode};
use crate::gateways::Gateways;
use crate::openapi::{Shown, words};

/// What a member is told of a deposit that stands so.
const fn message(status: DepositStatus) -> &'static str {
    match status {
        DepositStatus::Pending => "Deposit menunggu pembayaran.",
        DepositStatus::Paid => "Deposit sudah masuk ke saldo.",
        DepositStatus::Expired => "Deposit kedaluwarsa tanpa pembayaran.",
        DepositStatus::Cancelled => "Deposit dibatalkan.",
        DepositStatus::Failed => {
            "Deposit gagal dibuat atau ditolak. Buat deposit baru dengan ref_id baru."
        }
        DepositStatus::Review => "Pembayaran sedang diperiksa petugas.",
        DepositStatus::Reversed => "Pembayaran ditarik kembali oleh bank atau gateway.",
    }
}

/// The deposit object of the API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = GatewayDeposit)]
pub(crate) struct Deposit {
    /// Our id.
    #[schema(value_type = words::Uuid)]
    id: String,
    /// The caller's reference.
    ref_id: String,
    /// Through which gateway.
    gateway: String,
    /// How it is paid.
    #[schema(value_type = words::PayMethod)]
    method: &'static str,
    /// How it stands; only `PAID` is in the balance.
    #[schema(value_type = words::DepositStatus)]
    status: DepositStatus,
    /// What was asked for, whole rupiah; of a transfer exactly what is to be transferred, a code of up to three digits included.
    amount: i64,
    /// What the customer pays, a fee included, once the gateway has said so; whole rupiah.
    #[schema(required = true)]
    payable: Option<i64>,
    /// What the balance has of it, whole rupiah.
    credited: i64,
    /// What to pay with, while it can be paid; null before the gateway has answered.
    #[schema(required = true)]
    pay: Option<Pay>,
    /// Our reference at the gateway, for questions about it.
    code: String,
    /// What happened, for people.
    message: &'static str,
    /// Until when it can be paid.
    #[schema(format = "date-time")]
    expires_at: String,
    /// When it was asked for.
    #[schema(format = "date-time")]
    created_at: String,
    /// When it last changed.
    #[schema(format = "date-time")]
    updated_at: String,
}

/// What the customer needs to pay: whichever of these there is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DepositPay)]
struct Pay {
    /// A virtual account number, a store's code, a bill's key; of a transfer the number of the bank account.
    #[schema(required = true)]
    code: Option<String>,
    /// Mandiri's biller code; of a transfer the bank and the holder of the account.
    #[schema(required = true)]
    biller: Option<String>,
    /// A page or an app to go on in.
    #[schema(required = true)]
    url: Option<String>,
    /// The text of a QR code.
    #[schema(required = true)]
    qr_text: Option<String>,
    /// A picture of it.
    #[schema(required = true)]
    qr_url: Option<String>,
    /// The token of the gateway's page.
    #[schema(required = true)]
    token: Option<String>,
}

impl Shown for Deposit {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-8a1b-8c3d-4e5f60718293", "ref_id": "DEP-0001", "gateway": "tripay", "method": "qris", "status": "PENDING",
            "amount": 100_000, "payable": 100_000, "credited": 0,
            "pay": {
                "code": null, "biller": null, "url": "https://tripay.co.id/checkout/T12345000000001ABCD", "qr_text": "00020101021226",
                "qr_url": "https://tripay.co.id/qr/T12345000000001ABCD", "token": null,
            },
            "code": "E0001KDVDYMR00G70R7Z", "message": "Deposit menunggu pembayaran.",
            "expires_at": "2026-01-01T08:00:00.000+07:00", "created_at": "2026-01-01T07:00:00.000+07:00", "updated_at": "2026-01-01T07:00:01.000+07:00",
        })
    }
}

impl Deposit {
    /// `payment` as its member sees it; `gateways` give the name of its gateway.
    pub(crate) fn of(payment: &Payment, gateways: &Gateways) -> Self {
        let status = payment.status();
        let is_told = status == DepositStatus::Pending && payment.pay_with != PayWith::default();
        let gateway = gateways.name(payment.gateway);
        Self {
            id: payment.id.to_string(),
            ref_id: payment.ref_id.to_string(),
            gateway: gateway.map_or_else(String::new, ToString::to_string),
            method: payment.method.word(),
            status,
            amount: payment.amount.floor_rupiah(),
            payable: payment
                .payable
                .map(eraflazz_core::money::Money::floor_rupiah),
            credited: payment.credited().floor_rupiah(),
            pay: is_told.then(|| Pay::of(&payment.pay_with)),
            code: payment.code.to_string(),
            message: message(status),
            expires_at: payment.expires_at.to_string(),
            created_at: payment.created_at.to_string(),
            updated_at: payment.updated_at.to_string(),
        }
    }

    /// What happened, for people.
    pub(crate) const fn message(&self) -> &'static str {
        self.message
    }
}

impl Pay {
    fn of(with: &PayWith) -> Self {
        let PayWith {
            code,
            biller,
            url,
            qr_text,
            qr_url,
            token,
        } = with.clone();
        Self {
            code,
            biller,
            url,
            qr_text,
            qr_url,
            token,
        }
    }
}

/// Nothing was done about a deposit. Nothing was charged by it, ever: a deposit only brings money in.
pub(crate) fn deposit_error(error: DepositError) -> ApiError {
    match error {
        DepositError::MemberSuspended => ApiError::plain(ErrorCode::MemberSuspended),
        DepositError::UnknownGateway => field_error(
            "gateway",
            "no such gateway; GET /api/v1/deposits/channels names them",
        ),
        DepositError::NotFound => ApiError::plain(ErrorCode::DepositNotFound),
        DepositError::Field { field, rule } => ApiError::invalid(field, rule),
        DepositError::RefMismatch => ApiError::plain(ErrorCode::RefIdMismatch),
        DepositError::NotOffered => ApiError::not_cancellable(
            "gateway ini tidak dapat membatalkan, deposit yang tidak dibayar kedaluwarsa sendiri",
        ),
        DepositError::WrongState => ApiError::not_cancellable("keadaannya sudah berubah"),
        DepositError::AmountTaken => field_error(
            "amount",
            "every exact amount for it is awaited; ask for another one",
        ),
        DepositError::TooManyOpen { max } => ApiError::invalid(
            "gateway",
            format!("at most {max} tickets can be open; pay or cancel one"),
        ),
        DepositError::TooSoon { retry_after } => ApiError::rate_limited(retry_after),
        DepositError::Overloaded { retry_after } => ApiError::overloaded(retry_after),
        DepositError::Unavailable(error) => unavailable(&error),
        DepositError::UnknownMember | DepositError::Internal(_) => {
            tracing::error!(%error, "nothing could be done about a deposit");
            ApiError::plain(ErrorCode::InternalError)
        }
    }
}
