//! Webhooks: what members are told about their orders without asking.
//!
//! Whatever members must learn of an order is written in the commit of the change (INV-29): an [`OutboxRow`](crate::commit::OutboxRow) without a body. While
//! the engine runs it takes what is due, renders the order *as it is then* and hands it to the [`Notifier`](crate::ports::Notifier); the answer
//! decides what follows: done, again later by [`Policy`], or parked for a person. So a member hears the newest revision of each order at
//! least once; revisions in between may be skipped, an event may come twice, and events of different orders come in any order.
//!
//! A member has one [`Endpoint`], set by an operator. Without one (or while it is disabled) nothing is written for it; what it missed is
//! sent with [`Engine::replay`](crate::engine::Engine::replay). An endpoint that answers 410, that took nothing for five days or that is hopelessly behind is
//! disabled until an operator sets it again. A webhook that fails never changes an order.

mod endpoint;
mod event;
mod policy;
mod secret;

pub use endpoint::{
    Disabled, Endpoint, EndpointRow, EndpointState, EndpointUrl, Format, Report, ReportField,
    Signing,
};
pub use event::{Answer, Delivery, EventId, EventKind, Outcome};
pub use policy::{Next, Policy};
pub use secret::{HookSecret, SecretError};
