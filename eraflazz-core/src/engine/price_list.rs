//! Reading a supplier's price list, for whoever keeps the catalog by it.

use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::Engine;
use crate::catalog::ProductKind;
use crate::ids::SupplierId;
use crate::supplier::{PriceList, ReadError};

impl Engine {
    /// The supplier's list of goods of this kind, read now on the supplier's own threads. `None` if no adapter goes by its name. Reads only; asking again too soon is the
    /// provider's to refuse ([`ReadError::TooSoon`]), and whoever asks keeps what was read.
    pub async fn price_list(
        &self,
        supplier: SupplierId,
        goods: ProductKind,
    ) -> Option<Result<PriceList, ReadError>> {
        let adapter = self.inner.board.adapter(supplier)?;
        let began = self.inner.clock.now();
        let span =
            tracing::error_span!(parent: None, "price list", supplier = self.named(supplier));
        let limit = super::call::patience(adapter.profile());
        let call = async move {
            match goods {
                ProductKind::Prepaid => adapter.price_list().await,
                ProductKind::Postpaid => adapter.bill_list().await,
            }
        };
        let mut call =
            AbortOnDropHandle::new(self.line(supplier).spawn(call.instrument(span.clone())));
        let answer = tokio::select! {
            biased;
            answer = &mut call => answer.ok(),
            () = self.inner.clock.sleep(limit) => None,
        };
        let took = self.inner.clock.now().since(began);
        let place = self.inner.board.place(supplier);
        self.inner.meter.called(place, "price_list", took);
        Some(answer.unwrap_or_else(|| {
            let _asked = span.entered();
            self.tell_of_adapter(
                "an adapter panicked or did not come back while its price list was read",
            );
            Err(ReadError::Unreachable("no answer".to_owned()))
        }))
    }
}
