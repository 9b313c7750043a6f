//! `/api/v1/admin/books`: the recount.

use axum::extract::State;

use super::not_read;
use crate::admin::BooksTold;
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::routes::page::Nothing;

/// Adds up every transfer from the first one and compares; only reads.
pub(super) async fn recount(
    State(app): State<App>,
    call: Call,
) -> Result<Success<BooksTold>, ApiError> {
    call.query::<Nothing>()?;
    let differences = app.engine().recount().await.map_err(not_read)?;
    let told = BooksTold {
        closes: differences.is_empty(),
        differences: differences.iter().map(ToString::to_string).collect(),
        counted_at: app.engine().now().to_string(),
    };
    let message = if told.closes {
        "Buku cocok."
    } else {
        "Buku tidak cocok."
    };
    Ok(Success::new(message, told))
}
