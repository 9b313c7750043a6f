//! Calls that only read: a price list, a balance, what is owed, a ticket. Each is made on the supplier's own threads, bounded in time and safe against a panic of the adapter.

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::Engine;
use super::call::patience;
use crate::catalog::ProductKind;
use crate::ids::SupplierId;
use crate::ports::Supplier;
use crate::supplier::{PriceList, ReadError, Ticket, TicketError, TicketOrder};

/// An adapter that panicked, or did not come back in its time. It was told of.
pub(super) struct NoAnswer;

impl From<NoAnswer> for ReadError {
    fn from(NoAnswer: NoAnswer) -> Self {
        Self::Unreachable("no answer".to_owned())
    }
}

impl Engine {
    /// What the supplier's adapter answers; `None` if it has none. `read` names the call in logs and metrics.
    pub(super) async fn read_call<F, T>(
        &self,
        supplier: SupplierId,
        read: &'static str,
        put: impl FnOnce(Arc<dyn Supplier>) -> F,
    ) -> Option<Result<T, NoAnswer>>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let adapter = self.inner.board.adapter(supplier)?;
        let began = self.inner.clock.now();
        let named = self.named(supplier);
        let span = tracing::error_span!(parent: None, "supplier_read", read, supplier = named);
        let limit = patience(adapter.profile());
        let call = put(adapter).instrument(span.clone());
        let mut call = AbortOnDropHandle::new(self.line(supplier).spawn(call));
        let answer = tokio::select! {
            biased;
            answer = &mut call => answer.map_err(|_| NoAnswer),
            () = self.inner.clock.sleep(limit) => Err(NoAnswer),
        };
        let took = self.inner.clock.now().since(began);
        let place = self.inner.board.place(supplier);
        self.inner.meter.called(place, read, took);
        if answer.is_err() {
            let _asked = span.entered();
            self.tell_of_adapter("an adapter panicked or did not come back from a call that reads");
        }
        Some(answer)
    }

    /// The supplier's list of goods of this kind, read now. `None` if no adapter goes by its name. Reads only; asking again too soon is the provider's to
    /// refuse ([`ReadError::TooSoon`]), and whoever asks keeps what was read.
    pub async fn price_list(
        &self,
        supplier: SupplierId,
        goods: ProductKind,
    ) -> Option<Result<PriceList, ReadError>> {
        let list = |adapter: Arc<dyn Supplier>| async move {
            match goods {
                ProductKind::Prepaid => adapter.price_list().await,
                ProductKind::Postpaid => adapter.bill_list().await,
            }
        };
        let answer = self.read_call(supplier, "price_list", list).await?;
        Some(answer.unwrap_or_else(|none| Err(none.into())))
    }

    /// A ticket by which to pay into our account at the supplier. `None` if no adapter goes by its name. Moves no money and books nothing: what was paid is booked by
    /// [`Engine::float`]. Asked again it gives another ticket.
    pub async fn ticket(
        &self,
        supplier: SupplierId,
        order: TicketOrder,
    ) -> Option<Result<Ticket, TicketError>> {
        let ask = |adapter: Arc<dyn Supplier>| async move { adapter.ticket(&order).await };
        let answer = self.read_call(supplier, "ticket", ask).await?;
        Some(answer.unwrap_or_else(|none| Err(ReadError::from(none).into())))
    }
}
