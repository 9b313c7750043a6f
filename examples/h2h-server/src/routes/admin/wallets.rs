//! `/api/v1/admin/members/{code}/freeze` and `…/thaw`: a wallet takes no new orders, or takes them again. What is open settles.

use axum::extract::State;

use super::given::given;
use super::members::answer;
use super::names::{Named, member_of_path};
use super::not_done;
use crate::admin::{MemberTold, WalletNote};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;

/// No new orders. A frozen wallet stays so.
pub(super) async fn freeze(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<MemberTold>, ApiError> {
    set(&app, code, &call, true, "Saldo agen dibekukan.").await
}

/// New orders again.
pub(super) async fn thaw(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<MemberTold>, ApiError> {
    set(&app, code, &call, false, "Saldo agen dicairkan.").await
}

async fn set(
    app: &App,
    code: Named,
    call: &Call,
    frozen: bool,
    message: &str,
) -> Result<Success<MemberTold>, ApiError> {
    let wanted: WalletNote = call.json()?;
    let member = member_of_path(app, code).await?;
    call.about(format!("member {}: {}", member.code, given(&wanted)));
    app.engine()
        .freeze(member.id, frozen, &wanted.note, &call.operator)
        .await
        .map_err(not_done)?;
    answer(app, &member, message).await
}
