//! What goes wrong with a request: one closed table of codes, and the error that carries one.
//!
//! A 4xx on an order means that nothing was charged; after a 5xx the caller repeats the same `ref_id`. A top-up that failed is
//! no error: it is a 200 with a failed order. Codes never change their meaning; texts may.

use std::time::Duration;

use axum::http::StatusCode;

use eraflazz_core::money::Money;
use eraflazz_core::text::RefId;
use eraflazz_core::time::Timestamp;

use crate::auth::AuthError;
use crate::strict::{Fault, Rule};
use crate::wording::rupiah;

/// Every `error_code` that a caller can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorCode {
    /// The body is not the JSON we read.
    MalformedJson,
    /// The body is not the XML we read.
    MalformedXml,
    /// A header of the signature is not there.
    MissingHeader,
    /// The wallet does not reach; kept with the order.
    InsufficientBalance,
    /// Unknown key, wrong signature or replay; which of them is not told.
    Unauthenticated,
    /// The caller's clock is off.
    TimestampOutOfRange,
    /// The key may not be used from there.
    IpNotAllowed,
    /// The key may not do that.
    ScopeMissing,
    /// The member may not order.
    MemberSuspended,
    /// The wallet is frozen; kept with the order.
    MemberFrozen,
    /// No such order of this member.
    TransactionNotFound,
    /// No such product.
    ProductNotFound,
    /// No such inquiry of this member.
    InquiryNotFound,
    /// No such customer, or nothing is owed.
    BillNotFound,
    /// No such deposit of this member.
    DepositNotFound,
    /// No such path.
    RouteNotFound,
    /// An operator asks for something that is not there.
    NotFound,
    /// The path exists, not for this method.
    MethodNotAllowed,
    /// The body came too slowly.
    RequestTimeout,
    /// The same goods for the same number on the same day; kept with the order.
    DuplicateOrder,
    /// The price is above the caller's `max_price`; kept with the order.
    PriceChanged,
    /// The inquiry is over.
    InquiryExpired,
    /// An order has paid the inquiry, or tried to.
    InquiryUsed,
    /// The deposit has gone on, or its gateway cannot call one off.
    DepositNotCancellable,
    /// What an operator wants to add is there already, with other contents.
    AlreadyExists,
    /// The reference of an operator's movement belongs to another movement.
    ReferenceMismatch,
    /// The order is not any more as the operator saw it; nothing was done.
    OrderChanged,
    /// What an operator wants to change is not any more as it was seen; nothing was done.
    DataChanged,
    /// What an operator asks for is not possible as things stand.
    NotPossible,
    /// More than 64 KiB.
    BodyTooLarge,
    /// Neither `application/json` nor `application/xml`, or compressed.
    UnsupportedMediaType,
    /// A field breaks its rule.
    ValidationFailed,
    /// The `ref_id` was used for something else.
    RefIdMismatch,
    /// The number does not fit the product; kept with the order.
    InvalidDestination,
    /// Nothing can be asked about this product.
    InquiryNotOffered,
    /// Nobody can sell it now; kept with the order.
    ProductUnavailable,
    /// In its daily closed window; kept with the order.
    ProductCutOff,
    /// Too many calls.
    RateLimited,
    /// Our fault; the body says no more than that (T-20).
    InternalError,
    /// Closed for a while.
    Maintenance,
    /// Too many orders wait; nothing was kept (D18).
    Overloaded,
    /// Nobody could be asked now, or nobody gave an answer.
    InquiryUnavailable,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The HTTP status, also the envelope's `code`.
    pub status: StatusCode,
    /// The envelope's `error_code`.
    pub word: &'static str,
    /// What people are told, unless the error knows more.
    pub text: &'static str,
    /// Whether the very same request may be sent again and can then fare better.
    pub retryable: bool,
    /// Whether the order was kept as REFUSED: the same `ref_id` keeps this answer for ever (INV-6, INV-18).
    pub kept: bool,
}

impl ErrorCode {
    /// All of them, in order.
    pub const ALL: [Self; 42] = [
        Self::MalformedJson,
        Self::MalformedXml,
        Self::MissingHeader,
        Self::InsufficientBalance,
        Self::Unauthenticated,
        Self::TimestampOutOfRange,
        Self::IpNotAllowed,
        Self::ScopeMissing,
        Self::MemberSuspended,
        Self::MemberFrozen,
        Self::TransactionNotFound,
        Self::ProductNotFound,
        Self::InquiryNotFound,
        Self::BillNotFound,
        Self::DepositNotFound,
        Self::RouteNotFound,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::DuplicateOrder,
        Self::PriceChanged,
        Self::InquiryExpired,
        Self::InquiryUsed,
        Self::DepositNotCancellable,
        Self::AlreadyExists,
        Self::ReferenceMismatch,
        Self::OrderChanged,
        Self::DataChanged,
        Self::NotPossible,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::RefIdMismatch,
        Self::InvalidDestination,
        Self::InquiryNotOffered,
        Self::ProductUnavailable,
        Self::ProductCutOff,
        Self::RateLimited,
        Self::InternalError,
        Self::Maintenance,
        Self::Overloaded,
        Self::InquiryUnavailable,
    ];

    /// The row of this code.
    #[rustfmt::skip]
    pub const fn facts(self) -> Facts {
        use StatusCode as S;
        match self {
            Self::MalformedJson => final_row(S::BAD_REQUEST, "MALFORMED_JSON", "Isi permintaan bukan JSON yang benar."),
            Self::MalformedXml => final_row(S::BAD_REQUEST, "MALFORMED_XML", "Isi permintaan bukan XML yang benar."),
            Self::MissingHeader => final_row(S::BAD_REQUEST, "MISSING_HEADER", "Header wajib tidak ada."),
            Self::InsufficientBalance => kept_row(S::BAD_REQUEST, "INSUFFICIENT_BALANCE", "Saldo tidak cukup."),
            Self::Unauthenticated => final_row(S::UNAUTHORIZED, "UNAUTHENTICATED", "API key atau tanda tangan tidak sah."),
            Self::TimestampOutOfRange => final_row(S::UNAUTHORIZED, "TIMESTAMP_OUT_OF_RANGE", "Waktu permintaan berselisih lebih dari 300 detik dari waktu server."),
            Self::IpNotAllowed => final_row(S::FORBIDDEN, "IP_NOT_ALLOWED", "Alamat IP tidak terdaftar."),
            Self::ScopeMissing => final_row(S::FORBIDDEN, "SCOPE_MISSING", "API key tidak berhak atas permintaan ini."),
            Self::MemberSuspended => final_row(S::FORBIDDEN, "MEMBER_SUSPENDED", "Akun dinonaktifkan."),
            Self::MemberFrozen => kept_row(S::FORBIDDEN, "MEMBER_FROZEN", "Saldo akun dibekukan sementara."),
            Self::TransactionNotFound => final_row(S::NOT_FOUND, "TRANSACTION_NOT_FOUND", "Transaksi tidak ditemukan."),
            Self::ProductNotFound => final_row(S::NOT_FOUND, "PRODUCT_NOT_FOUND", "Kode produk tidak ditemukan."),
            Self::InquiryNotFound => final_row(S::NOT_FOUND, "INQUIRY_NOT_FOUND", "Cek tagihan tidak ditemukan."),
            Self::BillNotFound => final_row(S::NOT_FOUND, "BILL_NOT_FOUND", "Pelanggan tidak ditemukan atau tagihan belum tersedia."),
            Self::DepositNotFound => final_row(S::NOT_FOUND, "DEPOSIT_NOT_FOUND", "Deposit tidak ditemukan."),
            Self::RouteNotFound => final_row(S::NOT_FOUND, "ROUTE_NOT_FOUND", "Alamat tidak ditemukan."),
            Self::NotFound => final_row(S::NOT_FOUND, "NOT_FOUND", "Data tidak ditemukan."),
            Self::MethodNotAllowed => final_row(S::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Metode tidak berlaku untuk alamat ini."),
            Self::RequestTimeout => repeatable_row(S::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "Isi permintaan terlalu lama diterima."),
            Self::DuplicateOrder => kept_row(S::CONFLICT, "DUPLICATE_ORDER", "Transaksi ganda: produk dan tujuan yang sama sudah pernah hari ini."),
            Self::PriceChanged => kept_row(S::CONFLICT, "PRICE_CHANGED", "Harga di atas max_price."),
            Self::InquiryExpired => final_row(S::CONFLICT, "INQUIRY_EXPIRED", "Cek tagihan sudah kedaluwarsa; cek ulang dengan ref_id baru."),
            Self::InquiryUsed => final_row(S::CONFLICT, "INQUIRY_USED", "Cek tagihan sudah dipakai transaksi lain; cek ulang dengan ref_id baru."),
            Self::DepositNotCancellable => final_row(S::CONFLICT, "DEPOSIT_NOT_CANCELLABLE", "Deposit ini tidak dapat dibatalkan."),
            Self::AlreadyExists => final_row(S::CONFLICT, "ALREADY_EXISTS", "Data dengan nama itu sudah ada dengan isi lain."),
            Self::ReferenceMismatch => final_row(S::CONFLICT, "REFERENCE_MISMATCH", "Referensi itu sudah dipakai untuk mutasi lain."),
            Self::OrderChanged => final_row(S::CONFLICT, "ORDER_CHANGED", "Transaksi sudah berubah sejak dilihat; lihat kembali."),
            Self::DataChanged => final_row(S::CONFLICT, "DATA_CHANGED", "Data sudah berubah sejak dilihat; lihat kembali."),
            Self::NotPossible => final_row(S::CONFLICT, "NOT_POSSIBLE", "Tidak mungkin dalam keadaan sekarang."),
            Self::BodyTooLarge => final_row(S::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "Isi permintaan lebih dari 64 KiB."),
            Self::UnsupportedMediaType => final_row(S::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "Isi permintaan harus application/json atau application/xml tanpa kompresi."),
            Self::ValidationFailed => final_row(S::UNPROCESSABLE_ENTITY, "VALIDATION_FAILED", "Ada isian yang tidak sah."),
            Self::RefIdMismatch => final_row(S::UNPROCESSABLE_ENTITY, "REF_ID_MISMATCH", "ref_id sudah dipakai untuk transaksi lain."),
            Self::InvalidDestination => kept_row(S::UNPROCESSABLE_ENTITY, "INVALID_DESTINATION", "Nomor tujuan salah."),
            Self::InquiryNotOffered => final_row(S::UNPROCESSABLE_ENTITY, "INQUIRY_NOT_OFFERED", "Produk ini tidak memerlukan atau tidak mendukung pengecekan."),
            Self::ProductUnavailable => kept_row(S::UNPROCESSABLE_ENTITY, "PRODUCT_UNAVAILABLE", "Produk sedang tidak tersedia."),
            Self::ProductCutOff => kept_row(S::UNPROCESSABLE_ENTITY, "PRODUCT_CUT_OFF", "Produk sedang cut off."),
            Self::RateLimited => repeatable_row(S::TOO_MANY_REQUESTS, "RATE_LIMITED", "Terlalu banyak permintaan, coba lagi nanti."),
            Self::InternalError => repeatable_row(S::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Terjadi gangguan pada server. Ulangi dengan ref_id yang sama."),
            Self::Maintenance => repeatable_row(S::SERVICE_UNAVAILABLE, "MAINTENANCE", "Server sedang dalam pemeliharaan."),
            Self::Overloaded => repeatable_row(S::SERVICE_UNAVAILABLE, "OVERLOADED", "Antrean penuh. Transaksi belum diterima, coba lagi nanti."),
            Self::InquiryUnavailable => repeatable_row(S::SERVICE_UNAVAILABLE, "INQUIRY_UNAVAILABLE", "Pengecekan sedang tidak tersedia, coba lagi nanti."),
        }
    }
}

const fn final_row(status: StatusCode, word: &'static str, text: &'static str) -> Facts {
    Facts {
        status,
        word,
        text,
        retryable: false,
        kept: false,
    }
}

const fn kept_row(status: StatusCode, word: &'static str, text: &'static str) -> Facts {
    Facts {
        kept: true,
        ..final_row(status, word, text)
    }
}

const fn repeatable_row(status: StatusCode, word: &'static str, text: &'static str) -> Facts {
    Facts {
        retryable: true,
        ..final_row(status, word, text)
    }
}

/// A field that breaks a rule, as `errors[]` shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// JSON pointer to the field, empty for the whole body.
    pub pointer: String,
    /// The rule's stable code.
    pub code: &'static str,
    /// The rule in words.
    pub detail: String,
}

impl From<&Fault> for FieldError {
    fn from(fault: &Fault) -> Self {
        Self {
            pointer: fault.pointer(),
            code: fault.rule().code(),
            detail: fault.detail().to_owned(),
        }
    }
}

/// A refused request: a code and what it promises to tell beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    code: ErrorCode,
    told: Box<Told>,
}

/// What an error tells beside its code; most tell nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) message: Option<String>,
    pub(crate) ref_id: Option<RefId>,
    pub(crate) earlier_ref_id: Option<RefId>,
    pub(crate) available_at: Option<Timestamp>,
    pub(crate) server_time: Option<Timestamp>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) errors: Vec<FieldError>,
}

impl ApiError {
    /// An error that has nothing to tell beside its code. The constructors below are for those that have.
    pub fn plain(code: ErrorCode) -> Self {
        Self::telling(code, Told::default())
    }

    fn telling(code: ErrorCode, told: Told) -> Self {
        Self {
            code,
            told: Box::new(told),
        }
    }

    fn saying(code: ErrorCode, message: String) -> Self {
        let message = Some(message);
        Self::telling(
            code,
            Told {
                message,
                ..Told::default()
            },
        )
    }

    fn later(code: ErrorCode, wait: Duration) -> Self {
        let retry_after = Some(wait);
        Self::telling(
            code,
            Told {
                retry_after,
                ..Told::default()
            },
        )
    }

    fn pointing(code: ErrorCode, fault: &Fault) -> Self {
        let errors = vec![FieldError::from(fault)];
        Self::telling(
            code,
            Told {
                errors,
                ..Told::default()
            },
        )
    }

    /// Its code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    pub(crate) const fn told(&self) -> &Told {
        &self.told
    }

    /// The order that it is about.
    #[must_use]
    pub fn about(mut self, ref_id: RefId) -> Self {
        self.told.ref_id = Some(ref_id);
        self
    }

    /// The wallet has `available`, the order needs `needed`.
    pub fn insufficient_balance(needed: Money, available: Money) -> Self {
        let (needed, available) = (rupiah(needed), rupiah(available));
        Self::saying(
            ErrorCode::InsufficientBalance,
            format!("Saldo tidak cukup: butuh {needed}, tersedia {available}."),
        )
    }

    /// The same purchase was made under `earlier`.
    pub fn duplicate_order(earlier: RefId) -> Self {
        let earlier_ref_id = Some(earlier);
        Self::telling(
            ErrorCode::DuplicateOrder,
            Told {
                earlier_ref_id,
                ..Told::default()
            },
        )
    }

    /// The price is now `price`, above what the caller allows.
    pub fn price_changed(price: Money) -> Self {
        Self::saying(
            ErrorCode::PriceChanged,
            format!("Harga di atas max_price: sekarang {}.", rupiah(price)),
        )
    }

    /// The product's closed window ends at `available_at`.
    pub fn product_cut_off(available_at: Timestamp) -> Self {
        let available_at = Some(available_at);
        Self::telling(
            ErrorCode::ProductCutOff,
            Told {
                available_at,
                ..Told::default()
            },
        )
    }

    /// The deposit cannot be called off: `why`.
    pub fn not_cancellable(why: &str) -> Self {
        Self::saying(
            ErrorCode::DepositNotCancellable,
            format!("Deposit ini tidak dapat dibatalkan: {why}."),
        )
    }

    /// Too many calls; the next is counted again after `wait`.
    pub fn rate_limited(wait: Duration) -> Self {
        Self::later(ErrorCode::RateLimited, wait)
    }

    /// Too many orders wait.
    pub fn overloaded(wait: Duration) -> Self {
        Self::later(ErrorCode::Overloaded, wait)
    }

    /// Closed for a while.
    pub fn maintenance(wait: Duration) -> Self {
        Self::later(ErrorCode::Maintenance, wait)
    }

    /// Closed for a while, and `why`: for operators.
    pub fn maintenance_because(why: &str, wait: Duration) -> Self {
        Self::telling(
            ErrorCode::Maintenance,
            Told {
                message: Some(format!("Server sedang dalam pemeliharaan: {why}.")),
                retry_after: Some(wait),
                ..Told::default()
            },
        )
    }

    /// The process does not take orders: it is catching up, or stopping; `why`, where there is more to say.
    pub fn not_ready(why: Option<&str>) -> Self {
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        Self::telling(
            ErrorCode::Maintenance,
            Told {
                message: Some(format!("Server belum siap{why}.")),
                retry_after: Some(Duration::from_secs(1)),
                ..Told::default()
            },
        )
    }

    /// The request is not signed as it must be; `now` is told where the clock is the reason.
    pub fn unauthenticated(error: AuthError, now: Timestamp) -> Self {
        match error {
            AuthError::Missing(header) => Self::saying(
                ErrorCode::MissingHeader,
                format!("Header wajib tidak ada: {header}."),
            ),
            AuthError::Timestamp => {
                let server_time = Some(now);
                Self::telling(
                    ErrorCode::TimestampOutOfRange,
                    Told {
                        server_time,
                        ..Told::default()
                    },
                )
            }
            AuthError::Refused => Self::plain(ErrorCode::Unauthenticated),
        }
    }

    /// What an operator asks for is not possible as things stand: `why`.
    pub fn not_possible(why: &str) -> Self {
        Self::saying(
            ErrorCode::NotPossible,
            format!("Tidak mungkin dalam keadaan sekarang: {why}."),
        )
    }

    /// The reference belongs to a movement with another `field`.
    pub fn reference_mismatch(field: &str) -> Self {
        let rule = "another one under this source and reference";
        Self::differing(ErrorCode::ReferenceMismatch, [(field, rule)])
    }

    /// It is there already, with other values of these fields.
    pub fn already_exists<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        let fields = fields.into_iter();
        let rule = "what is there has another one; what exists is changed, not created";
        Self::differing(ErrorCode::AlreadyExists, fields.map(|field| (field, rule)))
    }

    fn differing<'a>(
        code: ErrorCode,
        faults: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let faults = faults.into_iter();
        let faults = faults.map(|(field, rule)| (field.to_owned(), rule.to_owned()));
        Self {
            code,
            ..Self::invalid_all(faults)
        }
    }

    /// The order has `version` by now.
    pub fn order_changed(version: u32) -> Self {
        Self::saying(
            ErrorCode::OrderChanged,
            format!("Transaksi sudah berubah sejak dilihat; sekarang versi {version}."),
        )
    }

    /// The field at `path` (`members.0.code`) breaks `rule`.
    pub fn invalid(path: &str, rule: impl Into<String>) -> Self {
        Self::invalid_all([(path.to_owned(), rule.into())])
    }

    /// Each of these fields breaks its rule; all are told.
    pub fn invalid_all(faults: impl IntoIterator<Item = (String, String)>) -> Self {
        let errors = faults
            .into_iter()
            .map(|(path, detail)| FieldError {
                pointer: pointer(&path),
                code: Rule::Value.code(),
                detail,
            })
            .collect();
        Self::telling(
            ErrorCode::ValidationFailed,
            Told {
                errors,
                ..Told::default()
            },
        )
    }

    /// An XML body that cannot be read.
    pub fn xml(fault: Fault) -> Self {
        let error = Self::from(fault);
        if error.code == ErrorCode::MalformedJson {
            return Self {
                code: ErrorCode::MalformedXml,
                ..error
            };
        }
        error
    }

    /// A query string that cannot be read.
    pub fn query(fault: &Fault) -> Self {
        Self::pointing(ErrorCode::ValidationFailed, fault)
    }

    /// How long to wait, in whole seconds, at least one.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        self.told
            .retry_after
            .map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            .map(|seconds| seconds.max(1))
    }
}

/// `products[3].code` as a JSON pointer.
fn pointer(path: &str) -> String {
    path.split(['.', '[', ']'])
        .filter(|part| !part.is_empty())
        .fold(String::new(), |all, part| format!("{all}/{part}"))
}

/// A JSON body that cannot be read.
impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let rule = fault.rule();
        if rule == Rule::TooLarge {
            return Self::plain(ErrorCode::BodyTooLarge);
        }
        let code = if rule.is_malformed() {
            ErrorCode::MalformedJson
        } else {
            ErrorCode::ValidationFailed
        };
        Self::pointing(code, &fault)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;
    use crate::strict::{parse_json, read_json};

    /// The table of the API's documentation, once more and by hand.
    #[rstest]
    #[case(ErrorCode::MalformedJson, 400, "MALFORMED_JSON", false, false)]
    #[case(ErrorCode::MalformedXml, 400, "MALFORMED_XML", false, false)]
    #[case(ErrorCode::MissingHeader, 400, "MISSING_HEADER", false, false)]
    #[case(
        ErrorCode::InsufficientBalance,
        400,
        "INSUFFICIENT_BALANCE",
        false,
        true
    )]
    #[case(ErrorCode::Unauthenticated, 401, "UNAUTHENTICATED", false, false)]
    #[case(
        ErrorCode::TimestampOutOfRange,
        401,
        "TIMESTAMP_OUT_OF_RANGE",
        false,
        false
    )]
    #[case(ErrorCode::IpNotAllowed, 403, "IP_NOT_ALLOWED", false, false)]
    #[case(ErrorCode::ScopeMissing, 403, "SCOPE_MISSING", false, false)]
    #[case(ErrorCode::MemberSuspended, 403, "MEMBER_SUSPENDED", false, false)]
    #[case(ErrorCode::MemberFrozen, 403, "MEMBER_FROZEN", false, true)]
    #[case(
        ErrorCode::TransactionNotFound,
        404,
        "TRANSACTION_NOT_FOUND",
        false,
        false
    )]
    #[case(ErrorCode::ProductNotFound, 404, "PRODUCT_NOT_FOUND", false, false)]
    #[case(ErrorCode::RouteNotFound, 404, "ROUTE_NOT_FOUND", false, false)]
    #[case(ErrorCode::InquiryNotFound, 404, "INQUIRY_NOT_FOUND", false, false)]
    #[case(ErrorCode::BillNotFound, 404, "BILL_NOT_FOUND", false, false)]
    #[case(ErrorCode::DepositNotFound, 404, "DEPOSIT_NOT_FOUND", false, false)]
    #[case(ErrorCode::InquiryExpired, 409, "INQUIRY_EXPIRED", false, false)]
    #[case(ErrorCode::InquiryUsed, 409, "INQUIRY_USED", false, false)]
    #[case(
        ErrorCode::DepositNotCancellable,
        409,
        "DEPOSIT_NOT_CANCELLABLE",
        false,
        false
    )]
    #[case(ErrorCode::InquiryNotOffered, 422, "INQUIRY_NOT_OFFERED", false, false)]
    #[case(ErrorCode::InquiryUnavailable, 503, "INQUIRY_UNAVAILABLE", true, false)]
    #[case(ErrorCode::NotFound, 404, "NOT_FOUND", false, false)]
    #[case(ErrorCode::AlreadyExists, 409, "ALREADY_EXISTS", false, false)]
    #[case(ErrorCode::ReferenceMismatch, 409, "REFERENCE_MISMATCH", false, false)]
    #[case(ErrorCode::OrderChanged, 409, "ORDER_CHANGED", false, false)]
    #[case(ErrorCode::NotPossible, 409, "NOT_POSSIBLE", false, false)]
    #[case(ErrorCode::MethodNotAllowed, 405, "METHOD_NOT_ALLOWED", false, false)]
    #[case(ErrorCode::RequestTimeout, 408, "REQUEST_TIMEOUT", true, false)]
    #[case(ErrorCode::DuplicateOrder, 409, "DUPLICATE_ORDER", false, true)]
    #[case(ErrorCode::PriceChanged, 409, "PRICE_CHANGED", false, true)]
    #[case(ErrorCode::BodyTooLarge, 413, "BODY_TOO_LARGE", false, false)]
    #[case(
        ErrorCode::UnsupportedMediaType,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        false,
        false
    )]
    #[case(ErrorCode::ValidationFailed, 422, "VALIDATION_FAILED", false, false)]
    #[case(ErrorCode::RefIdMismatch, 422, "REF_ID_MISMATCH", false, false)]
    #[case(ErrorCode::InvalidDestination, 422, "INVALID_DESTINATION", false, true)]
    #[case(ErrorCode::ProductUnavailable, 422, "PRODUCT_UNAVAILABLE", false, true)]
    #[case(ErrorCode::ProductCutOff, 422, "PRODUCT_CUT_OFF", false, true)]
    #[case(ErrorCode::RateLimited, 429, "RATE_LIMITED", true, false)]
    #[case(ErrorCode::InternalError, 500, "INTERNAL_ERROR", true, false)]
    #[case(ErrorCode::Maintenance, 503, "MAINTENANCE", true, false)]
    #[case(ErrorCode::Overloaded, 503, "OVERLOADED", true, false)]
    fn every_row_is_as_published(
        #[case] code: ErrorCode,
        #[case] status: u16,
        #[case] word: &str,
        #[case] retryable: bool,
        #[case] kept: bool,
    ) {
        let facts = code.facts();
        assert_eq!(facts.status.as_u16(), status);
        assert_eq!(facts.word, word);
        assert_eq!(facts.retryable, retryable);
        assert_eq!(facts.kept, kept);
        assert!(facts.text.ends_with('.') && facts.text.len() > 10);
    }

    #[test]
    fn the_table_is_complete_and_its_words_are_unique() {
        for (index, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(code as usize, index);
        }
        assert_eq!(
            ErrorCode::InquiryUnavailable as usize + 1,
            ErrorCode::ALL.len()
        );
        let words: BTreeSet<_> = ErrorCode::ALL
            .iter()
            .map(|code| code.facts().word)
            .collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn inv_06_what_is_kept_is_a_4xx_that_the_same_request_cannot_change() {
        for code in ErrorCode::ALL {
            let facts = code.facts();
            assert!(!facts.kept || (facts.status.is_client_error() && !facts.retryable));
            assert!(!facts.status.is_server_error() || facts.retryable);
        }
    }

    #[rstest]
    #[case("{", ErrorCode::MalformedJson, "", "SYNTAX")]
    #[case(r#"{"a":1,"a":2}"#, ErrorCode::MalformedJson, "/a", "DUPLICATE_KEY")]
    #[case(r#"{"a":[1.5]}"#, ErrorCode::ValidationFailed, "/a/0", "NUMBER")]
    fn faults_become_errors_that_point(
        #[case] json: &str,
        #[case] code: ErrorCode,
        #[case] pointer: &str,
        #[case] rule: &str,
    ) {
        let error = ApiError::from(parse_json(json.as_bytes()).unwrap_err());
        assert_eq!(error.code(), code);
        assert_eq!(error.told().errors[0].pointer, pointer);
        assert_eq!(error.told().errors[0].code, rule);
    }

    #[test]
    fn every_fault_is_told_by_its_place() {
        let error = ApiError::invalid_all([
            ("products[3].category".to_owned(), "no such".to_owned()),
            (String::new(), "whole".to_owned()),
        ]);
        let places: Vec<&str> = error
            .told()
            .errors
            .iter()
            .map(|fault| fault.pointer.as_str())
            .collect();
        assert_eq!(places, ["/products/3/category", ""]);
    }

    #[test]
    fn t_11_a_document_beyond_the_cap_is_a_413() {
        let fault = read_json::<u8>(&vec![b' '; 64 * 1024 + 1]).unwrap_err();
        assert_eq!(ApiError::from(fault).code(), ErrorCode::BodyTooLarge);
    }

    #[test]
    fn waits_are_whole_seconds_and_at_least_one() {
        let seconds =
            |millis| ApiError::rate_limited(Duration::from_millis(millis)).retry_after_seconds();
        assert_eq!(
            [seconds(0), seconds(1), seconds(1_000), seconds(1_001)],
            [Some(1), Some(1), Some(1), Some(2)]
        );
    }
}
