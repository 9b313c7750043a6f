//! The page.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE as HEADER};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::auth::Call;

/// The text format of Prometheus.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page at the server's own address. It takes a call that was let in, so without its gate it stays shut.
pub async fn page(State(app): State<App>, _: Call) -> Response {
    told(&app).await
}

/// The page and nothing else, for a listener that only this machine reaches.
pub fn open_page(app: App) -> Router {
    Router::new()
        .route(
            "/metrics",
            get(async |State(app): State<App>| told(&app).await),
        )
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(app)
}

async fn told(app: &App) -> Response {
    let page = app.monitor().render(app.engine()).await;
    ([(HEADER, CONTENT_TYPE), (CACHE_CONTROL, "no-store")], page).into_response()
}
