//! For whoever watches over the process.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::envelope::Success;

/// The process answers.
pub(super) async fn alive() -> Response {
    Success::new("Server hidup.", json!({"status": "ok"})).into_response()
}

/// The process takes orders: it has caught up with what an earlier one left, the store answers, and it is not stopping.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let is_ready = !app.stopping().is_cancelled()
        && app.engine().is_ready()
        && app.engine().catalog().await.is_ok();
    if is_ready {
        Success::new("Server siap.", json!({"status": "ready"})).into_response()
    } else {
        let told =
            axum::Json(json!({"code": 503, "status": "error", "message": "Server belum siap."}));
        (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
    }
}
