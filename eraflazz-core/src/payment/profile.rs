//! What a gateway can and cannot do.

use std::collections::BTreeSet;
use std::time::Duration;

use super::create::ActKind;
use super::method::Method;

/// What an adapter declares about its gateway. Every field is required, as in a supplier's [`Profile`](crate::supplier::Profile).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayProfile {
    /// Play money or real money. Two environments are two adapters with two keys.
    pub environment: Environment,
    /// The methods of payments with a fixed amount.
    pub methods: BTreeSet<Method>,
    /// The methods of standing codes, on which the customer chooses the amount.
    pub open_methods: BTreeSet<Method>,
    /// What [`act`](crate::ports::PaymentGateway::act) can do.
    pub acts: BTreeSet<ActKind>,
    /// What a second create under the same reference does.
    pub second_create: SecondCreate,
    /// What a notification proves.
    pub callback: CallbackProof,
    /// How long after a create whose answer was lost "not found" is asked about again before it is taken for "was never made".
    pub not_found_settles: Duration,
    /// Whether what is refunded may be less than what was paid.
    pub refunds_in_part: bool,
    /// How long after it was paid a payment may still be denied by a bank. Money of so young a payment is not to be spent.
    pub reversal_window: Duration,
    /// Waits before each check of a payment that is pending; the last one is repeated.
    pub poll: Vec<Duration>,
    /// Age after which a payment is checked no more.
    pub poll_max_age: Duration,
    /// Total time for one call, answer included.
    pub timeout: Duration,
    /// Calls under way at once, at most. Kept by the engine.
    pub max_in_flight: u32,
}

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Play money.
    Sandbox,
    /// Real money.
    Production,
}

/// What a second create under the same reference does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondCreate {
    /// It is refused: there is one payment.
    Refused,
    /// It makes another payment that can be paid too. Never create again before a look by our reference.
    MakesAnother,
}

/// What a notification proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackProof {
    /// Its signature covers every field that is used, but not when it was written: an old one may come again.
    Whole,
    /// Its signature leaves out fields that are used: a hint, whatever it says (INV-35).
    Hint,
}
