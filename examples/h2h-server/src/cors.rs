//! Which pages may call the members' API from a browser.
//!
//! None, unless their exact origin is in `server.cors_origins`. No cookie and no other credential of the browser is ever let through: who calls is
//! proven by the signature alone. Administration and callbacks are for no page.

use std::time::Duration;

use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use tower::util::{Either, option_layer};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::auth::{API_KEY, NONCE, SIGNATURE, TIMESTAMP};
use crate::envelope::X_REQUEST_ID;
use crate::settings::Origin;

/// How long a browser may remember what it may send.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The layer for these origins; for none, no layer, and not a byte of any answer is different.
pub fn layer(origins: &[Origin]) -> Either<CorsLayer, tower::layer::util::Identity> {
    let layer = (!origins.is_empty()).then(|| {
        let origins: Vec<HeaderValue> = origins.iter().map(|one| one.header().clone()).collect();
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([
                HeaderName::from_static(API_KEY),
                HeaderName::from_static(TIMESTAMP),
                HeaderName::from_static(NONCE),
                HeaderName::from_static(SIGNATURE),
                HeaderName::from_static("idempotency-key"),
                CONTENT_TYPE,
                ACCEPT,
            ])
            .expose_headers([
                X_REQUEST_ID,
                RETRY_AFTER,
                HeaderName::from_static("idempotent-replayed"),
            ])
            .max_age(REMEMBERED)
    });
    option_layer(layer)
}
