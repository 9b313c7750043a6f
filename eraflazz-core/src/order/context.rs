//! What a decision rests on besides the order, and what it brings besides the write.

use std::time::Duration;

use super::judge::Class;
use super::model::{Attempt, Order};
use crate::catalog::Quota;
use crate::commit::Changes;
use crate::ids::{AttemptNo, MappingId, OrderId, ProductId, SupplierId, SupplierRef};
use crate::money::Money;
use crate::route::Explanation;
use crate::supplier::{Profile, Reason};
use crate::text::{Sku, Target};
use crate::time::Timestamp;

/// Rules of the house that decisions need, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Waits before asking the same supplier again after a rejection that invites it.
    pub invited_retry: Vec<Duration>,
    /// How long a HELD order looks for a route.
    pub order_deadline: Duration,
    /// Next try of a HELD order whose routes are merely full, spaced or behind an open breaker; later if there are many.
    pub held_retry: Duration,
    /// How much later a doubtful rejection must be said again (INV-13).
    pub doubt_wait: Duration,
    /// A pending order is put before a person after this (INV-33).
    pub escalate_pending: Duration,
    /// An order in doubt is put before a person after this (INV-33).
    pub escalate_unknown: Duration,
    /// How long a person has for a case.
    pub case_deadline: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self {
            invited_retry: vec![minutes(1), minutes(2), minutes(5)],
            order_deadline: minutes(10),
            held_retry: Duration::from_secs(1),
            doubt_wait: minutes(1),
            escalate_pending: minutes(15),
            escalate_unknown: minutes(120),
            case_deadline: minutes(24 * 60),
        }
    }
}

/// A route an order can take now: everything an intent needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Through which mapping.
    pub mapping: MappingId,
    /// To which supplier.
    pub supplier: SupplierId,
    /// A freshly minted reference.
    pub supplier_ref: SupplierRef,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as this supplier writes it.
    pub target: Target,
    /// What the catalog says it costs.
    pub cost: Money,
    /// How long the call may take before the attempt is UNKNOWN.
    pub lease: Duration,
    /// The supplier does not know our reference.
    pub exclusive: bool,
    /// How much is bought at the supplier in a day.
    pub supplier_quota: Quota,
    /// How much is bought by the route in a day.
    pub route_quota: Quota,
    /// Why this one.
    pub why: Explanation,
}

/// What routing found for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// This route, now.
    Go(Box<Route>),
    /// Something may open later.
    Wait {
        /// When to look again.
        until: Timestamp,
    },
    /// Nothing is left, and why.
    Exhausted(Explanation),
}

/// What a decision may ask of the engine's surroundings. All answers are values that the engine holds already: nothing here
/// waits.
pub trait Surroundings {
    /// What the supplier can do; `None` if it is not registered any more.
    fn profile(&self, supplier: SupplierId) -> Option<&Profile>;

    /// The best route left for the order, whose attempts are all proven undelivered. Mints the reference of the route it gives.
    fn plan(&self, order: &Order, attempts: &[Attempt]) -> Plan;

    /// What is found of each of its routes now, for the log of an order that goes no further. Takes nothing.
    fn found(&self, order: &Order, attempts: &[Attempt]) -> Explanation;

    /// Whether a slot that the order waits for, for a purchase or a status check, is kept for it now: then it is due, whenever it meant to look again.
    fn has_turn(&self, _order: OrderId) -> bool {
        false
    }
}

/// What a decision rests on besides the order.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The time, by the engine's clock.
    pub now: Timestamp,
    /// The rules of the house.
    pub policy: &'a Policy,
    /// Suppliers and routes.
    pub world: &'a dyn Surroundings,
}

/// A decision: the write, the call to make once it is committed, and what others should hear of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The write.
    pub changes: Changes,
    /// The call to make, only after the write is committed.
    pub call: Option<Call>,
    /// For health, alerts and the catalog; none of them moves money.
    pub notes: Vec<Note>,
}

/// A call that a committed intent allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Send this attempt.
    Send(AttemptNo),
    /// Ask about this attempt.
    Ask(AttemptNo),
}

/// What others should hear of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A judged outcome, for health and breakers.
    Outcome {
        /// Of which supplier.
        supplier: SupplierId,
        /// For which product.
        product: ProductId,
        /// What core made of it.
        class: Class,
        /// Why.
        reason: Reason,
    },
    /// The supplier said what is left of our deposit.
    Balance {
        /// Which supplier.
        supplier: SupplierId,
        /// What is left.
        left: Money,
    },
    /// The supplier as a whole is out of order.
    Trip {
        /// Which.
        supplier: SupplierId,
        /// Why.
        reason: Reason,
    },
    /// A route billed above the cap: switch it off (INV-17).
    RouteOff {
        /// Which.
        mapping: MappingId,
    },
    /// Something a person should hear of now.
    Alert {
        /// About which order.
        order: OrderId,
        /// What, without secrets, numbers or serial numbers.
        what: &'static str,
    },
}
