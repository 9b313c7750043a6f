//! The addresses of the server.

mod admin;
mod balance;
mod callbacks;
mod health;
mod mutations;
mod page;
mod products;
mod transactions;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::cors;
use crate::door::{hide_panic, name_request};
use crate::error::{ApiError, ErrorCode};

/// Every address, inside the layer that names requests and hides panics.
pub fn router(app: App) -> Router {
    // Whole paths, not nested: nesting hides the prefix from handlers, and signatures cover the path as it was sent.
    Router::new()
        .route(
            "/api/v1/transactions",
            post(transactions::create).get(transactions::list),
        )
        .route("/api/v1/transactions/{ref_id}", get(transactions::show))
        .route("/api/v1/balance", get(balance::show))
        .route("/api/v1/products", get(products::list))
        .route("/api/v1/mutations", get(mutations::list))
        .route(
            "/api/v1/callbacks/supplier/{supplier}",
            post(callbacks::take),
        )
        // Before the layer of pages, which answers what a browser asks ahead by a method that no route has.
        .method_not_allowed_fallback(not_allowed)
        .layer(cors::layer(app.cors_origins()))
        .merge(admin::routes(&app))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(async || ApiError::plain(ErrorCode::RouteNotFound))
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(hide_panic))
        .layer(from_fn_with_state(app.clone(), name_request))
        .with_state(app)
}

async fn not_allowed() -> ApiError {
    ApiError::plain(ErrorCode::MethodNotAllowed)
}
