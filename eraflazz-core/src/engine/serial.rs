//! Serial numbers that come twice: a supplier that sells one delivery to two orders. Somebody should look; nothing waits for it (E-12).

use std::time::Duration;

use super::Engine;
use crate::commit::Unavailable;
use crate::ids::{OrderId, ProductId, SupplierId};
use crate::order::Aggregate;
use crate::text::Sn;

/// How long ago another order may have had the number.
const WITHIN: Duration = Duration::from_hours(30 * 24);

/// Orders with the same number that are looked at; one that is no piece of the same batch is enough.
const AT_MOST: usize = 16;

/// A serial number that an attempt was just given.
pub(super) struct Fresh {
    order: OrderId,
    product: ProductId,
    serial: (SupplierId, Sn),
}

/// The serial numbers that a commit has given to attempts of an order.
pub(super) fn fresh<'a>(
    before: &'a Aggregate,
    after: &'a Aggregate,
) -> impl Iterator<Item = Fresh> + 'a {
    after.attempts.iter().filter_map(|attempt| {
        let had = before.attempt(attempt.no).and_then(|was| was.sn.as_ref());
        let sn = attempt.sn.as_ref().filter(|sn| had != Some(sn))?;
        Some(Fresh {
            order: after.order.id,
            product: after.order.product,
            serial: (attempt.supplier, sn.clone()),
        })
    })
}

impl Engine {
    /// Raises an alert for each of these numbers that another order of its supplier has had within 30 days. One look for a whole batch.
    pub(super) async fn compare_serials(&self, fresh: Vec<Fresh>) {
        if fresh.is_empty() {
            return;
        }
        let since = self.inner.clock.now().minus(WITHIN);
        let serials: Vec<_> = fresh.iter().map(|fresh| fresh.serial.clone()).collect();
        let found = match self.inner.store.by_sn(&serials, since, AT_MOST).await {
            Ok(found) => found,
            Err(error) => {
                self.warn_seldom("serial numbers could not be compared", &error);
                return;
            }
        };
        for (fresh, found) in fresh.iter().zip(found) {
            let others = found.into_iter().filter(|id| *id != fresh.order);
            match self.strange_among(others.collect(), fresh.product).await {
                Ok(Some(other)) => {
                    tracing::warn!(
                        trace_id = %fresh.order,
                        %other,
                        supplier = self.named(fresh.serial.0),
                        alert = "a serial number was seen on another order of this supplier",
                        "alert"
                    );
                    self.inner.meter.alert("order");
                }
                Ok(None) => {}
                Err(error) => self.warn_seldom("a serial number could not be compared", &error),
            }
        }
    }

    /// The first of these orders that is no piece of the same batch of vouchers. Only goods that are sold many at a time (`multi`) come in
    /// batches, and a batch is of one product: there the pieces may share one number.
    async fn strange_among(
        &self,
        others: Vec<OrderId>,
        product: ProductId,
    ) -> Result<Option<OrderId>, Unavailable> {
        let Some(first) = others.first() else {
            return Ok(None);
        };
        let snapshot = self.inner.catalog.snapshot().await?;
        let goods = snapshot.product(product);
        if !goods.is_some_and(|goods| goods.multi) {
            return Ok(Some(*first));
        }
        let others = self.inner.store.orders(&others).await?;
        let mut others = others.into_iter().flatten().map(|other| other.order);
        Ok(others
            .find(|other| other.product != product)
            .map(|other| other.id))
    }
}
