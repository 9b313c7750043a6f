//! Messages out: telling a member of an order.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalog::Snapshot;
use crate::order::Order;
use crate::time::Timestamp;
use crate::webhook::{Answer, Endpoint, EventId, EventKind};

/// Whoever carries messages to members' endpoints. It renders and sends one message and decides nothing: what follows is core's business.
///
/// Implementations never retry, follow no redirect, verify the address at every call, read and keep little of the answer, and return within
/// [`Policy::timeout`](crate::webhook::Policy::timeout) (a call that does not is cut off). They may be called from several tasks at once.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends the message, once. Never fails: what went wrong is in the answer. The same message again carries the same event id.
    async fn notify(&self, endpoint: &Endpoint, message: &Message) -> Answer;
}

/// What is to be told: an order as it is at this moment.
#[derive(Clone, Debug)]
pub struct Message {
    /// The order.
    pub order: Order,
    /// The catalog that names its product.
    pub catalog: Arc<Snapshot>,
    /// When it is sent.
    pub at: Timestamp,
}

impl Message {
    /// Its id.
    pub const fn event(&self) -> EventId {
        EventId::of(&self.order)
    }

    /// What kind of event it is.
    pub const fn kind(&self) -> EventKind {
        EventKind::of(&self.order)
    }
}
