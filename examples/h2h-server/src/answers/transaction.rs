//! An order as its member sees it.

use eraflazz_core::catalog::{Product, Snapshot, Warning};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Order, OrderState, PublicStatus, Refusal, Returned};
use eraflazz_core::supplier::Reason;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::ErrorCode;
use crate::openapi::{Shown, words};

/// The transaction object of the API. Receivers ignore a smaller `revision` than they know.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Transaction {
    /// The caller's reference.
    pub ref_id: String,
    /// Our id.
    #[schema(value_type = words::Uuid)]
    pub trx_id: String,
    /// The code people read aloud.
    pub trx_code: String,
    /// What was bought.
    pub product: String,
    /// For whom, in normal form.
    pub destination: String,
    /// One of the five words.
    #[schema(value_type = words::PublicStatus)]
    pub status: &'static str,
    /// The same for people.
    pub status_text: &'static str,
    /// Whether a person is looking at it; the status stays what it is.
    pub under_review: bool,
    /// Two digits for old parsers: 00 delivered, 03 not yet known, others not delivered.
    #[schema(pattern = "^[0-9]{2}$")]
    pub rc: &'static str,
    /// The serial number, once there is one.
    #[schema(required = true)]
    pub sn: Option<String>,
    /// What it costs, whole rupiah.
    pub price: i64,
    /// How much of it has gone back to the balance since, whole rupiah; absent while nothing has. Of `REFUND` it is the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<i64>,
    /// The wallet after the hold commit, never updated later; `None` if nothing was held.
    #[schema(required = true)]
    pub balance_remaining: Option<i64>,
    /// The same under its other name.
    #[schema(required = true)]
    pub balance_after: Option<i64>,
    /// What happened, for people.
    pub message: &'static str,
    /// Rises by one with every change of this object.
    pub revision: u32,
    /// When it was accepted or refused.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it last changed: it moves with `revision`.
    #[schema(format = "date-time")]
    pub updated_at: String,
    /// Something to look at although the order was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<&'static str>,
}

impl Shown for Transaction {
    fn example() -> Value {
        json!({
            "ref_id": "TRX-0001", "trx_id": "019b7706-8000-7a1b-8c3d-4e5f60718293", "trx_code": "TRX-20260101-0A1B2C3D",
            "product": "XL10", "destination": "6287812345678", "status": "SUCCESS", "status_text": "Sukses", "under_review": false,
            "rc": "00", "sn": "0123456789012345", "price": 10_500, "balance_remaining": 489_500, "balance_after": 489_500,
            "message": "Transaksi berhasil.", "revision": 3,
            "created_at": "2026-01-01T07:00:00.000+07:00", "updated_at": "2026-01-01T07:00:02.000+07:00",
        })
    }
}

impl Transaction {
    /// `order` as its member sees it; `catalog` gives the product's code.
    pub fn of(order: &Order, catalog: &Snapshot) -> Self {
        let status = order.status();
        let balance = order.balance_after.map(Money::floor_rupiah);
        let product = catalog.product(order.product);
        let delivery = order.delivery.as_ref().filter(|_| shows_goods(order.state));
        Self {
            ref_id: order.ref_id.to_string(),
            trx_id: order.id.to_string(),
            trx_code: order.trx_code.to_string(),
            product: product.map_or_else(String::new, |product: &Product| product.code.to_string()),
            destination: order.destination.as_str().to_owned(),
            status: status.word(),
            status_text: status.text(),
            under_review: order.under_review(),
            rc: rc(status),
            sn: delivery
                .and_then(|delivery| delivery.sn.as_ref())
                .map(ToString::to_string),
            price: order.quote.sell.floor_rupiah(),
            refunded: Some(order.refunded().floor_rupiah()).filter(|back| *back > 0),
            balance_remaining: balance,
            balance_after: balance,
            message: message(order),
            revision: order.revision,
            created_at: order.created_at.to_string(),
            updated_at: order.updated_at.to_string(),
            warning: None,
        }
    }

    /// With something to look at.
    #[must_use]
    pub fn warned(mut self, warning: Option<Warning>) -> Self {
        self.warning = warning.map(warning_text);
        self
    }
}

/// A serial number is shown while the goods are the member's.
const fn shows_goods(state: OrderState) -> bool {
    matches!(
        state,
        OrderState::Succeeded | OrderState::LateDelivered | OrderState::Reversed
    )
}

const fn rc(status: PublicStatus) -> &'static str {
    match status {
        PublicStatus::Success => "00",
        PublicStatus::Pending | PublicStatus::Processing => "03",
        PublicStatus::Failed => "02",
        PublicStatus::Refund => "74",
    }
}

/// What a warning says to people.
pub const fn warning_text(warning: Warning) -> &'static str {
    match warning {
        Warning::OtherOperator(_) => "Nomor tujuan milik operator lain; periksa kembali.",
        Warning::UnknownPrefix => "Awalan nomor tujuan tidak dikenal; periksa kembali.",
    }
}

fn message(order: &Order) -> &'static str {
    match order.state {
        OrderState::Held => "Transaksi diterima dan menunggu diproses.",
        OrderState::InFlight(_) => "Transaksi sedang diproses.",
        OrderState::Succeeded | OrderState::LateDelivered if order.refunded().is_positive() => {
            "Transaksi berhasil. Sebagian harga sudah dikembalikan ke saldo."
        }
        OrderState::Succeeded => "Transaksi berhasil.",
        OrderState::Reversed if order.is_delivered() => {
            "Harga transaksi sudah dikembalikan seluruhnya ke saldo."
        }
        OrderState::Reversed => "Transaksi dibatalkan setelah berhasil. Saldo sudah dikembalikan.",
        OrderState::LateDelivered => match &order.delivery {
            Some(delivery) if delivery.absorbed => {
                "Transaksi berhasil setelah sempat gagal. Saldo tidak dipotong lagi."
            }
            _ => "Transaksi berhasil setelah sempat gagal. Saldo dipotong kembali.",
        },
        OrderState::Returned(Returned::Rejected(reason)) => rejected(reason),
        OrderState::Returned(Returned::Deadline) => {
            "Transaksi gagal: belum ada jalur yang dapat memproses. Saldo sudah dikembalikan."
        }
        OrderState::Returned(Returned::Cancelled) => {
            "Transaksi dibatalkan. Saldo sudah dikembalikan."
        }
        OrderState::Refused(refusal) => code_of(refusal).facts().text,
    }
}

/// Only what concerns the member; how we stand with a supplier is nobody's business.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "few reasons are told; a new one is not, until it is named"
)]
const fn rejected(reason: Reason) -> &'static str {
    match reason {
        Reason::BadDestination => "Transaksi gagal: nomor tujuan salah. Saldo sudah dikembalikan.",
        Reason::OutOfStock => "Transaksi gagal: stok kosong. Saldo sudah dikembalikan.",
        Reason::CutOff => "Transaksi gagal: produk sedang cut off. Saldo sudah dikembalikan.",
        Reason::SellerTrouble | Reason::Unstable | Reason::ProductClosed => {
            "Transaksi gagal: produk sedang gangguan. Saldo sudah dikembalikan."
        }
        _ => "Transaksi gagal. Saldo sudah dikembalikan.",
    }
}

/// The error code of a refusal that is kept.
pub(super) const fn code_of(refusal: Refusal) -> ErrorCode {
    match refusal {
        Refusal::InsufficientBalance { .. } => ErrorCode::InsufficientBalance,
        Refusal::ProductUnavailable | Refusal::ProductClosed => ErrorCode::ProductUnavailable,
        Refusal::ProductCutOff => ErrorCode::ProductCutOff,
        Refusal::InvalidDestination => ErrorCode::InvalidDestination,
        Refusal::PriceChanged { .. } => ErrorCode::PriceChanged,
        Refusal::DuplicateOrder { .. } => ErrorCode::DuplicateOrder,
        Refusal::MemberFrozen => ErrorCode::MemberFrozen,
    }
}
