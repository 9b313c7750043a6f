//! A person gives back a part or all of what a member paid for a delivery.

use super::Engine;
use super::books::TRANSFERABLE;
use super::error::OperationError;
use super::written::check_text;
use crate::ids::OrderId;
use crate::order::{self, MAX_REFUNDS, Order, RefundAsked, RefundRefused};
use crate::text::Operator;

impl Engine {
    /// Gives the member back a part or all of the price of a delivery, whatever its supplier says of it; the supplier owes us nothing for it. The order stays
    /// SUCCEEDED (or `LATE_DELIVERED`) until all of the price went back, and is REVERSED then. Of two that together are more than is left, the second is refused
    /// (E-20). If the supplier reverses the delivery later, only what is left goes back.
    ///
    /// Idempotent by `asked.reference`, of this order for ever: the same amount again gives the order as it stands by now.
    ///
    /// # Errors
    /// [`OperationError::NotFound`]; [`OperationError::Illegal`] if nothing of the price is left, or the order is disputed; [`OperationError::Field`] for an
    /// `amount` that is not above zero or is more than is left (E-21), for a `note`, and for one refund more than [`MAX_REFUNDS`];
    /// [`OperationError::RefMismatch`] if the reference belongs to a refund of another amount.
    pub async fn refund(
        &self,
        order: OrderId,
        asked: RefundAsked,
        by: Operator,
    ) -> Result<Order, OperationError> {
        check_text("note", &asked.note)?;
        self.rule(order, None, |agg, _, ctx| {
            order::refund(agg, &asked, by.clone(), ctx).map_err(OperationError::from)
        })
        .await
    }

    /// The same refund of the order as a person saw it, at this `version`: [`OperationError::Changed`] once anything happened to it. What was refunded under this
    /// reference before is the same refund still.
    pub async fn refund_as_seen(
        &self,
        order: OrderId,
        version: u32,
        asked: RefundAsked,
        by: Operator,
    ) -> Result<Order, OperationError> {
        check_text("note", &asked.note)?;
        self.rule(order, None, |agg, _, ctx| {
            let refund = order::refund(agg, &asked, by.clone(), ctx)?;
            let found = agg.order.version;
            if refund.is_some() && found != version {
                return Err(OperationError::Changed { version: found });
            }
            Ok(refund)
        })
        .await
    }
}

impl From<RefundRefused> for OperationError {
    fn from(refused: RefundRefused) -> Self {
        let (field, rule) = match refused {
            RefundRefused::Illegal(illegal) => return Self::Illegal(illegal),
            RefundRefused::OtherAmount { .. } => return Self::RefMismatch { field: "amount" },
            RefundRefused::NotTransferable => ("amount", TRANSFERABLE),
            RefundRefused::Beyond { .. } => ("amount", "at most what is left of the price"),
            RefundRefused::TooMany => ("reference", TOO_MANY),
        };
        Self::Field { field, rule }
    }
}

/// The rule of [`MAX_REFUNDS`].
const TOO_MANY: &str = "an order has at most 99 refunds";
const _: () = assert!(MAX_REFUNDS == 99, "the rule names it");
