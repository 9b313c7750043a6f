//! For whoever watches over the process.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::openapi::Shown;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alive {
    /// `ok`.
    status: &'static str,
}

/// The process takes orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ready {
    /// `ready`.
    status: &'static str,
}

impl Shown for Alive {
    fn example() -> Value {
        json!({"status": "ok"})
    }
}

impl Shown for Ready {
    fn example() -> Value {
        json!({"status": "ready"})
    }
}

/// The process answers.
pub(super) async fn alive() -> Success<Alive> {
    Success::new("Server hidup.", Alive { status: "ok" })
}

/// The process takes orders: it has caught up with what an earlier one left, the store takes writes, and it is not stopping.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let is_ready = !app.stopping().is_cancelled()
        && app.engine().is_ready()
        && app.engine().catalog().await.is_ok()
        && app.engine().takes_writes().await.is_ok();
    if is_ready {
        Success::new("Server siap.", Ready { status: "ready" }).into_response()
    } else {
        ApiError::not_ready(app.engine().takes_no_orders()).into_response()
    }
}
