//! Serial numbers that come twice: a supplier that sells one delivery to two orders. Somebody should look; nothing waits for it (E-12).

use std::time::Duration;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::{OrderId, SupplierId};
use crate::order::{Aggregate, Order};
use crate::text::Sn;

/// How long ago another order may have had the number.
const WITHIN: Duration = Duration::from_hours(30 * 24);

/// Orders with the same number that are looked at; one that is no piece of the same batch is enough.
const AT_MOST: usize = 16;

impl Engine {
    /// Raises an alert if this commit gave an attempt a serial number that another order of its supplier has had within 30 days.
    pub(super) async fn compare_serials(&self, before: &Aggregate, after: &Aggregate) {
        for attempt in &after.attempts {
            let had = before.attempt(attempt.no).and_then(|was| was.sn.as_ref());
            let Some(sn) = attempt.sn.as_ref().filter(|sn| had != Some(sn)) else {
                continue;
            };
            match self
                .other_with_serial(&after.order, attempt.supplier, sn)
                .await
            {
                Ok(Some(other)) => tracing::warn!(
                    trace_id = %after.order.id,
                    %other,
                    supplier = attempt.supplier.0,
                    alert = "a serial number was seen on another order of this supplier",
                    "alert"
                ),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a serial number could not be compared"),
            }
        }
    }

    /// Another order with this number that is no piece of the same batch of vouchers. Only goods that are sold many at a time (`multi`) come in
    /// batches, and a batch is of one product: there the pieces may share one number.
    async fn other_with_serial(
        &self,
        order: &Order,
        supplier: SupplierId,
        sn: &Sn,
    ) -> Result<Option<OrderId>, Unavailable> {
        let since = self.inner.clock.now().minus(WITHIN);
        let found = self.inner.store.by_sn(supplier, sn, since, AT_MOST).await?;
        let others: Vec<OrderId> = found.into_iter().filter(|id| *id != order.id).collect();
        let Some(first) = others.first() else {
            return Ok(None);
        };
        let snapshot = self.inner.catalog.snapshot().await?;
        let product = snapshot.product(order.product);
        if !product.is_some_and(|product| product.multi) {
            return Ok(Some(*first));
        }
        let others = self.inner.store.orders(&others).await?;
        let mut strange = others
            .into_iter()
            .flatten()
            .map(|other| other.order)
            .filter(|other| other.product != order.product);
        Ok(strange.next().map(|other| other.id))
    }
}
