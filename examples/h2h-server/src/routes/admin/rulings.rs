//! `/api/v1/admin/orders/{id}/resolve` and `…/cancel`: a person rules (D38).

use axum::extract::State;
use chrono::DateTime;
use eraflazz_core::ids::{AttemptNo, OrderId};
use eraflazz_core::order::{Aggregate, Resolution, Ruling, RulingKind};
use eraflazz_core::time::Timestamp;

use super::given::given;
use super::names::Named;
use super::orders::{answer, order_of_path};
use super::{not_done, not_read};
use crate::admin::{self, Cancel, OrderTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};

/// Rules about the order as it was seen. Repeated, it is refused: the order has another version by then (T-27).
pub(super) async fn resolve(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<OrderTold>, ApiError> {
    let given_ruling: admin::Ruling = call.json()?;
    let (version, attempt) = (given_ruling.version, given_ruling.attempt);
    let told = given(&given_ruling);
    let ruling = Ruling {
        resolution: resolution(given_ruling, app.engine().now())?,
        attempt: attempt.map(AttemptNo),
    };
    rule(&app, id, &call, version, ruling, &told).await
}

/// Takes the order back: only before anything was sent.
pub(super) async fn cancel(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<OrderTold>, ApiError> {
    let Cancel { version } = call.json()?;
    let told = format!("resolution=cancel version={version}");
    rule(&app, id, &call, version, Resolution::Cancel.into(), &told).await
}

async fn rule(
    app: &App,
    id: Named,
    call: &Call,
    version: u32,
    ruling: Ruling,
    told: &str,
) -> Result<Success<OrderTold>, ApiError> {
    let Aggregate { order, .. } = order_of_path(app, id).await?;
    call.about(format!(
        "order {} to {}: {told}",
        order.trx_code,
        order.destination.masked()
    ));
    app.engine()
        .resolve_as_seen(order.id, version, ruling, call.operator.clone())
        .await
        .map_err(not_done)?;
    answer_anew(app, order.id, "Keputusan dicatat.").await
}

/// The order as it stands after what was done to it.
pub(super) async fn answer_anew(
    app: &App,
    order: OrderId,
    message: &str,
) -> Result<Success<OrderTold>, ApiError> {
    let told = app.engine().aggregate(order).await.map_err(not_read)?;
    let told = told.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    answer(app, &told, message).await
}

/// What belongs to the ruling is there, and nothing else is.
fn resolution(ruling: admin::Ruling, now: Timestamp) -> Result<Resolution, ApiError> {
    let admin::Ruling {
        resolution: kind,
        attempt,
        sn,
        cost,
        proof,
        until,
        ..
    } = ruling;
    let says_delivered = match kind {
        RulingKind::Delivered | RulingKind::Reclaim | RulingKind::Absorb => true,
        RulingKind::NotDelivered | RulingKind::KeepWaiting | RulingKind::Cancel => false,
    };
    let strangers = [
        ("attempt", attempt.is_some() && !kind.is_about_an_attempt()),
        ("sn", sn.is_some() && !says_delivered),
        ("cost", cost.is_some() && !says_delivered),
        ("proof", proof.is_some() && kind != RulingKind::NotDelivered),
        ("until", until.is_some() && kind != RulingKind::KeepWaiting),
    ];
    if let Some((field, _)) = strangers.into_iter().find(|(_, is_there)| *is_there) {
        return Err(ApiError::invalid(
            field,
            "does not belong to this resolution",
        ));
    }
    Ok(match kind {
        RulingKind::Delivered => Resolution::Delivered { sn, cost },
        RulingKind::NotDelivered => Resolution::NotDelivered {
            proof: checked_proof(proof)?,
        },
        RulingKind::Reclaim => Resolution::Reclaim { sn, cost },
        RulingKind::Absorb => Resolution::Absorb { sn, cost },
        RulingKind::KeepWaiting => Resolution::KeepWaiting {
            until: later(until.as_deref(), now)?,
        },
        RulingKind::Cancel => Resolution::Cancel,
    })
}

fn checked_proof(proof: Option<String>) -> Result<String, ApiError> {
    proof
        .filter(|text| (1..=1_000).contains(&text.trim().len()))
        .filter(|text| !text.chars().any(|c| c.is_control() && c != '\n'))
        .ok_or_else(|| {
            let rule = "the supplier's text or the statement line, 1 to 1000 bytes";
            ApiError::invalid("proof", rule)
        })
}

fn later(until: Option<&str>, now: Timestamp) -> Result<Timestamp, ApiError> {
    until
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|moment| Timestamp::from_micros(moment.timestamp_micros()))
        .filter(|until| *until > now)
        .ok_or_else(|| {
            ApiError::invalid("until", "a moment to come, like 2026-01-31T00:00:00+07:00")
        })
}
