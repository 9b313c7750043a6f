//! `POST /api/v1/webhooks/{gateway}`: what payment gateways tell of payments. By itself it moves nothing (INV-35): the engine stores it, answers, and asks. What is told of a bank
//! account of the house is the statement itself, signed whole: its lines are consumed before the answer.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use eraflazz_core::engine::CallbackError;
use eraflazz_core::supplier::Answer;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{AuthError, anonymous};
use crate::error::{ApiError, ErrorCode};
use crate::rates::FromGateway;
use crate::strict::BYTES_MAX;

use super::callbacks::{FULL, exact, raw, sender};

/// Takes a notification as it is: the engine verifies it over its bytes, stores it, and gives the answer that this gateway expects. An unknown gateway and what
/// proves nothing look the same, and nothing of either is kept.
pub(super) async fn take(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let call = anonymous(&app, request, BYTES_MAX).await?;
    let now = app.engine().now();
    let refused = || ApiError::unauthenticated(AuthError::Refused, now);
    let gateway = sender(name).ok_or_else(refused)?;
    let limit = app.gateways().notifications_per_minute(&gateway);
    let limit = limit.ok_or_else(refused)?;
    let not_taken = |error| match error {
        CallbackError::Unauthenticated => refused(),
        CallbackError::TooLarge => ApiError::plain(ErrorCode::BodyTooLarge),
        CallbackError::TooMany => ApiError::maintenance(FULL),
        CallbackError::Unavailable(error) => unavailable(&error),
    };
    let engine = app.engine();
    if app.gateways().is_bank(&gateway) {
        let verified = engine.verify_push(gateway.as_str(), raw(call)).await;
        let verified = verified.map_err(not_taken)?;
        counted(&app, gateway, limit, now).await?;
        engine.take_push(verified).await.map_err(not_taken)?;
        return Ok(exact(Answer::ok()));
    }
    let verified = engine.verify_notification(gateway.as_str(), raw(call));
    let verified = verified.await.map_err(not_taken)?;
    counted(&app, gateway, limit, now).await?;
    let taken = engine.take_notification(verified).await;
    Ok(exact(taken.map_err(not_taken)?.answer))
}

/// Counts what is genuine. Only then: what a stranger sends uses up what is taken from its address. What is genuine is bounded as well: a signature that leaves fields
/// out can be sent with others for ever, and each is another notification.
async fn counted(app: &App, gateway: Slug, limit: u32, now: Timestamp) -> Result<(), ApiError> {
    let caller = FromGateway(gateway);
    let taken = app
        .notifications()
        .take_together(app.tally(), caller, Some(limit), now);
    taken.await
}
