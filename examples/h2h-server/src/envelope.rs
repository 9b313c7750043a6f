//! The one shape of every answer under `/api/v1`: in JSON here, turned into XML at the door for who asks for that.

use axum::http::StatusCode;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use eraflazz_core::text::RefId;
use eraflazz_core::time::Timestamp;

use crate::error::{ApiError, FieldError};
use crate::xml::Enveloped;

/// Header that names a request in answers and logs.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of one request: `req_` and 31 hex digits, the first eleven its moment. Ours alone; what callers send is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A name for a request that arrived `now`, made unique by ten random bytes.
    pub fn mint(now: Timestamp, random: &[u8; 10]) -> Self {
        let millis = now.millis().max(0);
        Self(format!(
            "req_{millis:011x}{}",
            base16ct::lower::encode_string(random)
        ))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that was answered: `{"code":200,"status":"success","message":…,"data":{…}}`.
#[derive(Clone, Debug, Serialize)]
pub struct Success<T> {
    code: u16,
    status: &'static str,
    message: String,
    data: T,
}

impl<T> Success<T> {
    /// `data`, with a word for people.
    pub fn new(message: impl Into<String>, data: T) -> Self {
        Self {
            code: StatusCode::OK.as_u16(),
            status: "success",
            message: message.into(),
            data,
        }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self).into_response();
        response.extensions_mut().insert(Enveloped);
        response
    }
}

/// A request that was refused: `{"code":4xx,"status":"error","error_code":…,"message":…,"request_id":…,"retryable":…}` and what
/// the code has to tell.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Why.
    pub error: ApiError,
    /// Which request.
    pub request_id: RequestId,
}

#[derive(Serialize)]
struct Body<'a> {
    code: u16,
    status: &'static str,
    error_code: &'static str,
    message: &'a str,
    request_id: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier_ref_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { error, request_id } = &self;
        let (facts, told) = (error.code().facts(), error.told());
        let body = Body {
            code: facts.status.as_u16(),
            status: "error",
            error_code: facts.word,
            message: told.message.as_deref().unwrap_or(facts.text),
            request_id: request_id.as_str(),
            retryable: facts.retryable,
            ref_id: told.ref_id.as_ref().map(RefId::as_str),
            earlier_ref_id: told.earlier_ref_id.as_ref().map(RefId::as_str),
            available_at: told.available_at.map(|at| at.to_string()),
            server_time: told.server_time.map(|at| at.to_string()),
            errors: &told.errors,
        };
        let mut response = (facts.status, axum::Json(body)).into_response();
        response.extensions_mut().insert(Enveloped);
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
            headers.insert(X_REQUEST_ID, value);
        }
        if let Some(seconds) = error.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // A body that we stopped reading is still on its way: the connection cannot carry another request.
        if matches!(
            facts.status,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
        ) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use eraflazz_core::money::Money;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::AuthError;
    use crate::error::ErrorCode;
    use crate::strict::{parse_json, parse_query};

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    async fn body_of(response: Response) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), 64 * 1024)
            .await
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn refuse(error: ApiError) -> Response {
        let request_id = RequestId::mint(NOW, &[0xab; 10]);
        Failure { error, request_id }.into_response()
    }

    #[tokio::test]
    async fn a_success_is_the_blueprints_envelope() {
        let response = Success::new("Transaksi diterima.", json!({"trx_id": "x"})).into_response();
        assert_eq!(response.status(), 200);
        assert_eq!(
            body_of(response).await,
            json!({"code":200,"status":"success","message":"Transaksi diterima.","data":{"trx_id":"x"}})
        );
    }

    #[tokio::test]
    async fn a_refusal_is_the_blueprints_envelope() {
        let amount = |rupiah| Money::rupiah(rupiah).unwrap();
        let error = ApiError::insufficient_balance(amount(10_500), amount(9_000))
            .about(RefId::new("TRX-0001").unwrap());
        let response = refuse(error);
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()[X_REQUEST_ID],
            "req_19b76daa800abababababababababab"
        );
        assert!(!response.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(
            body_of(response).await,
            json!({
                "code":400,"status":"error","error_code":"INSUFFICIENT_BALANCE",
                "message":"Saldo tidak cukup: butuh Rp 10.500, tersedia Rp 9.000.",
                "request_id":"req_19b76daa800abababababababababab","retryable":false,"ref_id":"TRX-0001"
            })
        );
    }

    #[tokio::test]
    async fn refusals_tell_what_their_code_promises() {
        let earlier = RefId::new("TRX-0000").unwrap();
        let told = body_of(refuse(ApiError::duplicate_order(earlier))).await;
        assert_eq!(told["earlier_ref_id"], "TRX-0000");

        let told = body_of(refuse(ApiError::product_cut_off(NOW))).await;
        assert_eq!(told["available_at"], "2026-01-01T07:00:00.000+07:00");

        let told = body_of(refuse(ApiError::unauthenticated(AuthError::Timestamp, NOW))).await;
        assert_eq!(told["server_time"], "2026-01-01T07:00:00.000+07:00");

        let told = body_of(refuse(ApiError::unauthenticated(
            AuthError::Missing("x-nonce"),
            NOW,
        )))
        .await;
        assert_eq!(told["message"], "Header wajib tidak ada: x-nonce.");

        let told = body_of(refuse(ApiError::price_changed(Money::ZERO))).await;
        assert_eq!(told["message"], "Harga di atas max_price: sekarang Rp 0.");

        let fault = parse_json(br#"{"a":1,"a":2}"#).unwrap_err();
        let told = body_of(refuse(ApiError::from(fault))).await;
        assert_eq!(
            told["errors"],
            json!([{"pointer":"/a","code":"DUPLICATE_KEY","detail":"a name occurs once in an object"}])
        );

        let fault = parse_query(Some("a[]=1")).unwrap_err();
        let told = body_of(refuse(ApiError::query(&fault))).await;
        assert_eq!(told["error_code"], "VALIDATION_FAILED");
        assert_eq!(told["errors"][0]["pointer"], "/a[]");
    }

    #[test]
    fn retry_after_is_a_header() {
        for error in [
            ApiError::rate_limited(Duration::from_millis(1_500)),
            ApiError::overloaded(Duration::from_secs(2)),
            ApiError::maintenance(Duration::from_secs(2)),
        ] {
            let response = refuse(error);
            assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        }
    }

    #[tokio::test]
    async fn t_20_a_500_says_nothing_but_its_code() {
        let response = refuse(ApiError::plain(ErrorCode::InternalError));
        assert_eq!(response.status(), 500);
        let told = body_of(response).await;
        let names: Vec<&str> = told
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            names,
            [
                "code",
                "error_code",
                "message",
                "request_id",
                "retryable",
                "status"
            ]
        );
        assert_eq!(told["message"], ErrorCode::InternalError.facts().text);
    }

    #[test]
    fn t_11_a_connection_with_an_unread_body_is_closed() {
        for (code, closed) in [
            (ErrorCode::BodyTooLarge, true),
            (ErrorCode::RequestTimeout, true),
            (ErrorCode::ValidationFailed, false),
        ] {
            let response = refuse(ApiError::plain(code));
            assert_eq!(response.headers().contains_key(header::CONNECTION), closed);
        }
    }
}
