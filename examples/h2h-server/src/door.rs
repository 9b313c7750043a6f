//! The outermost layer: every request gets its name, every answer carries it, in JSON or in XML, and a panic says no more than "our fault".

use std::any::Any;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use eraflazz_core::ports::Dice as _;
use tracing::Instrument as _;

use crate::app::App;
use crate::envelope::{Failure, RequestId, X_REQUEST_ID};
use crate::error::{ApiError, ErrorCode};
use crate::xml::{self, Enveloped};

/// An error leaves a handler without the name of its request; [`name_request`] writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code().facts().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Names the request, answers it, and puts the name on the answer. One `debug` line a request (D28); neither path nor query
/// nor body nor header is ever logged (INV-37).
pub async fn name_request(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let arrived = app.engine().now();
    let id = RequestId::mint(arrived, &app.dice().roll());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    // Not the path itself: a reference may hold a destination (INV-37).
    let route = request.extensions().get::<MatchedPath>().cloned();
    // At the level of errors, so that it is there whatever is told.
    let span = tracing::error_span!(
        "request",
        request_id = id.as_str(),
        trace_id = tracing::field::Empty
    );
    let wants_xml = xml::is_wanted(request.headers());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let failure = Failure {
            error,
            request_id: id.clone(),
        };
        let headers = std::mem::take(response.headers_mut());
        response = failure.into_response();
        let more = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name?, value)));
        response.headers_mut().extend(more);
    }
    if response.extensions().get::<Enveloped>().is_some() {
        let accept = HeaderValue::from_static("accept");
        response.headers_mut().append(header::VARY, accept);
        if wants_xml {
            response = xml::turned(response).await.unwrap_or_else(|error| {
                let request_id = id.clone();
                Failure { error, request_id }.into_response()
            });
        }
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let took = app.engine().now().since(arrived);
    app.monitor().answered(response.status().as_u16(), took);
    let _inside = span.enter();
    tracing::debug!(
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// A handler that panicked: what it panicked with stays inside (T-20).
pub fn hide_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!(alert = "a request handler panicked", "panic");
    ApiError::plain(ErrorCode::InternalError).into_response()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn broken() -> StatusCode {
        std::panic::panic_any("CANARY in a panic")
    }

    #[tokio::test]
    async fn t_20_a_panic_says_no_more_than_our_fault() {
        let app = Router::new()
            .route("/", get(broken))
            .layer(CatchPanicLayer::custom(hide_panic));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let mut response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let error = response.extensions_mut().remove::<ApiError>().unwrap();
        assert_eq!(error, ApiError::plain(ErrorCode::InternalError));
        let body = axum::body::to_bytes(response.into_body(), 1_024).await;
        assert!(!String::from_utf8_lossy(&body.unwrap()).contains("CANARY"));
    }
}
