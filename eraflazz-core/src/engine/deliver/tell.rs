//! One try: the order as it is now, to the endpoint as it is now.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::commit::{OutboxRow, Unavailable};
use crate::engine::Engine;
use crate::ports::{Message, Notifier};
use crate::webhook::{Answer, Delivery, EndpointRow, EventId, Outcome};

/// A try that ended.
pub(super) struct Tried {
    /// What was due.
    pub(super) row: OutboxRow,
    /// What it brought.
    pub(super) brought: Brought,
}

/// What a try brought.
pub(super) enum Brought {
    /// There is nothing to tell, or nobody to tell it to.
    Void,
    /// The store did not answer: nothing was sent.
    Unread,
    /// It was sent.
    Sent(Box<Sent>),
}

/// What was sent, and what came back.
pub(super) struct Sent {
    /// The version of the endpoint that was called.
    pub(super) version: u32,
    /// The try.
    pub(super) delivery: Delivery,
}

impl Engine {
    /// Starts a try; what it brings comes out at `put`, whatever the notifier does.
    pub(super) fn start_try(
        &self,
        row: OutboxRow,
        notifier: &Arc<dyn Notifier>,
        put: &mpsc::UnboundedSender<Tried>,
    ) {
        let (engine, notifier, put) = (self.clone(), Arc::clone(notifier), put.clone());
        let span = tracing::error_span!(parent: None, "webhook", trace_id = %row.order);
        let task = Box::pin(async move {
            let brought = match engine.what_to_tell(&row).await {
                Ok(Some((endpoint, message))) => Brought::Sent(Box::new(
                    engine.tell(&row, notifier, endpoint, message).await,
                )),
                Ok(None) => Brought::Void,
                Err(error) => {
                    tracing::warn!(trace_id = %row.order, %error, "an order could not be read for its webhook");
                    Brought::Unread
                }
            };
            // Nobody hears it once the engine has stopped; then it is due again (C10).
            let _ = put.send(Tried { row, brought });
        });
        self.inner.io.spawn(task.instrument(span));
    }

    /// The order as it is now and the endpoint of its member as it is now (E-34); `None` if there is nothing to tell.
    async fn what_to_tell(
        &self,
        row: &OutboxRow,
    ) -> Result<Option<(EndpointRow, Message)>, Unavailable> {
        let Some(agg) = self.inner.store.orders(&[row.order]).await?.pop().flatten() else {
            tracing::error!(trace_id = %row.order, "an outbox row without its order");
            return Ok(None);
        };
        if agg.order.member != row.member {
            tracing::error!(trace_id = %row.order, member = %row.member, "an outbox row names another member than its order (INV-34)");
            return Ok(None);
        }
        let Some(endpoint) = self.inner.members.endpoint(row.member).await? else {
            return Ok(None);
        };
        if !endpoint.endpoint.format.tells(&agg.order) {
            return Ok(None);
        }
        let message = Message {
            order: agg.order,
            catalog: self.inner.catalog.snapshot().await?,
            at: self.inner.clock.now(),
        };
        Ok(Some((endpoint, message)))
    }

    /// Sends it, bounded in time and safe against a panic of the notifier.
    async fn tell(
        &self,
        row: &OutboxRow,
        notifier: Arc<dyn Notifier>,
        EndpointRow {
            endpoint, version, ..
        }: EndpointRow,
        message: Message,
    ) -> Sent {
        let (event, at) = (EventId::of(&message.order), message.at);
        let call = async move { notifier.notify(&endpoint, &message).await };
        let mut call = self.inner.io.spawn(call.in_current_span());
        let limit = self.inner.settings.webhook.timeout;
        let answer = tokio::select! {
            biased;
            ended = &mut call => ended.unwrap_or_else(|_| Answer::bare(Outcome::Broken)),
            () = self.inner.clock.sleep(limit.saturating_add(limit / 10)) => {
                call.abort();
                Answer::bare(Outcome::TimedOut)
            }
        };
        let took = self.inner.clock.now().since(at);
        tracing::debug!(
            trace_id = %row.order,
            member = %row.member,
            event = %event,
            outcome = answer.outcome.word(),
            code = answer.outcome.code(),
            "webhook tried"
        );
        Sent {
            version,
            delivery: Delivery {
                event,
                at,
                took,
                tries: row.tries.saturating_add(1),
                answer,
            },
        }
    }
}
