//! `POST /api/v1/callbacks/supplier/{supplier}`: what suppliers report later.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use eraflazz_core::engine::CallbackError;
use eraflazz_core::supplier::RawRequest;
use eraflazz_core::text::Slug;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Anonymous, AuthError, anonymous};
use crate::error::{ApiError, ErrorCode};
use crate::strict::BYTES_MAX;

/// When a supplier of which too many callbacks wait may send again.
pub(super) const FULL: Duration = Duration::from_secs(10);

/// Who sends, by the path; `None` if nobody can be called so.
pub(super) fn sender(name: Result<Path<String>, PathRejection>) -> Option<Slug> {
    let Path(name) = name.ok()?;
    Slug::new(&name).ok()
}

/// Takes a callback as it is: the engine verifies it, stores it, and gives the answer that this provider expects. An unknown
/// supplier and a wrong signature look the same.
pub(super) async fn take(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let call = anonymous(&app, request, BYTES_MAX).await?;
    let now = app.engine().now();
    let refused = || ApiError::unauthenticated(AuthError::Refused, now);
    let supplier = sender(name).ok_or_else(refused)?;
    let limit = app.callbacks_per_minute(&supplier).await;
    let limit = limit.ok_or_else(refused)?;
    let not_taken = |error| match error {
        CallbackError::Unauthenticated => refused(),
        CallbackError::TooLarge => ApiError::plain(ErrorCode::BodyTooLarge),
        CallbackError::TooMany => ApiError::maintenance(FULL),
        CallbackError::Unavailable(error) => unavailable(&error),
    };
    let engine = app.engine();
    let verified = engine.verify_callback(supplier.as_str(), raw(call)).await;
    let verified = verified.map_err(not_taken)?;
    // Only now: what a stranger sends uses up what is taken from its address, not what is taken of the supplier.
    let counted = app
        .suppliers()
        .take_together(app.tally(), supplier, Some(limit), now);
    counted.await?;
    let taken = engine.take_callback(verified).await.map_err(not_taken)?;
    Ok(exact(taken.answer))
}

/// The request as it came, for whoever verifies it.
pub(super) fn raw(call: Anonymous) -> RawRequest {
    RawRequest {
        method: call.parts.method.as_str().to_owned(),
        path: call
            .parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: headers(&call.parts.headers),
        body: call.body,
        source: Some(call.source),
    }
}

/// Headers by name; what is no text counts as there and empty, so that nobody takes a repeated header for a single one.
fn headers(received: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in received {
        headers
            .entry(name.as_str().to_owned())
            .or_default()
            .push(value.to_str().unwrap_or_default().to_owned());
    }
    headers
}

pub(super) fn exact(answer: eraflazz_core::supplier::Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    response
}
