//! `/api/v1/admin/orders/{id}`: everything about one order.

use axum::extract::State;
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::ids::{OrderId, TrxCode};
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, LogRow, Order, OrderState, Review, may_rule, may_rule_of,
};

use super::choices::{tell_choices, why};
use super::names::{Codes, Named, catalog, named};
use super::not_read;
use super::story::tell_log;
use crate::admin::{AttemptTold, OrderRow, OrderTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::Nothing;

/// The order with this code, as people write it.
pub(super) async fn coded(app: &App, code: &str) -> Result<Option<Aggregate>, ApiError> {
    let Ok(code) = code.to_ascii_uppercase().parse::<TrxCode>() else {
        return Ok(None);
    };
    app.engine().coded(&code).await.map_err(not_read)
}

/// One order with its attempts and its log.
pub(super) async fn show(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<OrderTold>, ApiError> {
    call.query::<Nothing>()?;
    let agg = order_of_path(&app, id).await?;
    call.about(format!("order {}", agg.order.trx_code));
    answer(&app, &agg, "Transaksi.").await
}

/// The order of a path: its id, or its code.
pub(super) async fn order_of_path(app: &App, id: Named) -> Result<Aggregate, ApiError> {
    let absent = || ApiError::plain(ErrorCode::NotFound);
    let text: String = named(id)?;
    if text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("TRX-"))
    {
        return coded(app, &text).await?.ok_or_else(absent);
    }
    let id = serde_json::from_value::<OrderId>(text.into()).map_err(|_| absent())?;
    let found = app.engine().aggregate(id).await.map_err(not_read)?;
    found.ok_or_else(absent)
}

pub(super) async fn answer(
    app: &App,
    agg: &Aggregate,
    message: &str,
) -> Result<Success<OrderTold>, ApiError> {
    let (catalog, codes) = (catalog(app).await?, Codes::read(app).await?);
    // Without its log an order is still shown, and what was ruled about it is still answered.
    let (log, log_missing) = match app.engine().ledger().log(agg.order.id.into()).await {
        Ok(log) => (log, None),
        Err(unavailable) => (Vec::new(), Some(unavailable.why)),
    };
    let order = &agg.order;
    let delivery = order.delivery.as_ref();
    let told = OrderTold {
        row: row(order, &catalog, &codes),
        cost_cap: order.quote.cost_cap,
        cost: delivery.map(|delivery| delivery.cost),
        refunded: order.refunded(),
        refundable: order.refundable(),
        sn: delivery.and_then(|delivery| delivery.sn.as_ref().map(ToString::to_string)),
        next_action_at: order.next_action_at.map(|at| at.to_string()),
        attempts: agg
            .attempts
            .iter()
            .map(|attempt| tell_attempt(agg, attempt, &log, &catalog))
            .collect(),
        choices: tell_choices(&log, &catalog),
        log: log.iter().map(|row| tell_log(row, &catalog)).collect(),
        log_missing,
        may: may_rule(agg),
    };
    Ok(Success::new(message, told))
}

/// An order on one line.
pub(super) fn row(order: &Order, catalog: &Snapshot, codes: &Codes) -> OrderRow {
    let product = catalog.product(order.product);
    OrderRow {
        id: order.id.to_string(),
        trx_code: order.trx_code.to_string(),
        member: codes.of(order.member),
        ref_id: order.ref_id.to_string(),
        product: product.map_or_else(String::new, |product| product.code.to_string()),
        destination: order.destination.as_str().to_owned(),
        status: order.status().word().to_owned(),
        state: state(order.state),
        review: order.review.map(|review| {
            match review {
                Review::Escalated { .. } => "escalated",
                Review::Disputed { .. } => "disputed",
            }
            .to_owned()
        }),
        version: order.version,
        price: order.quote.sell.floor_rupiah(),
        created_at: order.created_at.to_string(),
        updated_at: order.updated_at.to_string(),
    }
}

fn state(state: OrderState) -> String {
    match state {
        OrderState::Refused(why) => format!("{state}: {why:?}"),
        OrderState::Returned(why) => format!("{state}: {why:?}"),
        OrderState::Held
        | OrderState::InFlight(_)
        | OrderState::Succeeded
        | OrderState::Reversed
        | OrderState::LateDelivered => state.to_string(),
    }
}

fn tell_attempt(
    agg: &Aggregate,
    attempt: &Attempt,
    log: &[LogRow],
    catalog: &Snapshot,
) -> AttemptTold {
    let supplier = catalog.supplier(attempt.supplier);
    AttemptTold {
        no: attempt.no.0,
        supplier: supplier.map_or_else(String::new, |supplier| supplier.slug.to_string()),
        sku: attempt.sku.to_string(),
        supplier_ref: attempt.supplier_ref.as_str().to_owned(),
        their_ref: attempt.their_ref.as_ref().map(ToString::to_string),
        rc: attempt.code.as_ref().map(ToString::to_string),
        state: match attempt.state {
            AttemptState::Rejected { reason, .. } => format!("rejected: {reason:?}"),
            state @ (AttemptState::Sending
            | AttemptState::NotSent
            | AttemptState::Withheld
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::AwaitSn
            | AttemptState::Success
            | AttemptState::Conflict
            | AttemptState::LateSuccess
            | AttemptState::LateReversal) => format!("{state:?}").to_lowercase(),
        },
        why: why(attempt.no, log, catalog),
        sends: attempt.sends,
        checks: attempt.checks,
        cap: attempt.cap,
        cost: attempt.cost(),
        sn: attempt.sn.as_ref().map(ToString::to_string),
        first_sent_at: attempt.first_sent_at.to_string(),
        surplus: attempt.surplus,
        may: may_rule_of(agg, attempt.no),
    }
}
