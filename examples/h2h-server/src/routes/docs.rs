//! `GET /api/v1/openapi.json`, `GET /docs` and what the page asks for: the API for readers. They hold no secret, so no key is asked for;
//! an address has its limit, since the page is large.

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use bytes::Bytes;

use crate::app::App;
use crate::auth::anonymous;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{Page, SECURITY_POLICY};
use crate::strict::BYTES_MAX;

/// The document, written down once when the router is made.
#[derive(Clone, Debug)]
pub(super) struct Document(pub(super) Bytes);

/// The document.
pub(super) async fn document(
    State(app): State<App>,
    Extension(Document(text)): Extension<Document>,
    request: Request,
) -> Result<Response, ApiError> {
    anonymous(&app, request, BYTES_MAX).await?;
    Ok(answer("application/json", Body::from(text)))
}

/// The page.
pub(super) async fn page(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    anonymous(&app, request, BYTES_MAX).await?;
    Ok(file(Page::index()))
}

/// What the page asks for.
pub(super) async fn part(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    anonymous(&app, request, BYTES_MAX).await?;
    let found = name.ok().and_then(|Path(name)| Page::file(&name));
    found
        .map(file)
        .ok_or_else(|| ApiError::plain(ErrorCode::RouteNotFound))
}

fn file(page: Page) -> Response {
    let body = match page.bytes {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    answer(page.kind, Body::from(body))
}

fn answer(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "max-age=300"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
