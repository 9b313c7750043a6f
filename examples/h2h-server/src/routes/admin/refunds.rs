//! `/api/v1/admin/orders/{id}/refunds`: a part or all of the price of a delivery goes back.

use axum::extract::State;
use eraflazz_core::order::{Aggregate, RefundAsked};

use super::names::Named;
use super::not_done;
use super::orders::order_of_path;
use super::rulings::answer_anew;
use crate::admin::{NewRefund, OrderTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;

/// Refunds what is asked for of the order as it was seen. Repeated under its reference, it gives the order as it stands: nothing is paid twice.
pub(super) async fn refund(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<OrderTold>, ApiError> {
    let NewRefund {
        version,
        amount,
        reference,
        note,
    } = call.json()?;
    let amount = amount.0;
    let Aggregate { order, .. } = order_of_path(&app, id).await?;
    call.about(format!(
        "order {} to {}: amount={amount} reference={reference} version={version} note={note}",
        order.trx_code,
        order.destination.masked()
    ));
    let asked = RefundAsked {
        reference,
        amount,
        note,
    };
    app.engine()
        .refund_as_seen(order.id, version, asked, call.operator.clone())
        .await
        .map_err(not_done)?;
    answer_anew(&app, order.id, "Pengembalian dicatat.").await
}
