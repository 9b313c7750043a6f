//! A supplier: where the goods are bought.

use async_trait::async_trait;

use crate::money::Money;
use crate::supplier::{
    AttemptView, Exchange, PriceList, Profile, Purchase, RawRequest, ReadError, Reading,
    Unauthenticated,
};

/// A supplier adapter. It reads and writes one provider's protocol and decides nothing: what a reply means for an order is
/// core's business.
///
/// Implementations keep no state about orders, never retry or follow redirects by themselves, and return from every call within
/// [`Profile::timeout`] (a call that does not is cut off and its attempt is UNKNOWN). Every method may be called from several tasks
/// at once. The conformance kit (`tests/conformance`) checks these promises.
#[async_trait]
pub trait Supplier: Send + Sync {
    /// What this supplier can and cannot do. Constant for the life of the adapter.
    fn profile(&self) -> &Profile;

    /// Sends a purchase. Called once per intent commit; called again with the same business fields only under the resend rule, when
    /// [`Profile::status`] is `Resubmit` and [`Purchase::send`] counts it.
    ///
    /// Never fails: what went wrong is in the sightings. `NotSent` only with proof that no byte was written; once a byte may have
    /// left, everything that is not a whole, understood answer is `Unclear`.
    async fn send(&self, purchase: &Purchase) -> Exchange;

    /// Asks what became of an attempt. Never buys. Called only if [`Profile::status`] is `Dedicated` or `Listing`; an adapter without
    /// such a call answers `Unclear`, which changes nothing.
    async fn ask(&self, attempt: &AttemptView) -> Exchange;

    /// What is left of our deposit there. Reads only.
    async fn balance(&self) -> Result<Money, ReadError>;

    /// The prepaid price list. Reads only; respects the provider's own limits by answering [`ReadError::TooSoon`].
    async fn price_list(&self) -> Result<PriceList, ReadError>;

    /// Verifies and reads a callback. Pure: no clock, no network; the same request gives the same reading every time. A request that
    /// is not provably the supplier's is [`Unauthenticated`], for profiles with `callback = Signed` always by signature over the
    /// raw body. What cannot be understood is a reading with an `Unclear` sighting or none, never an error.
    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated>;
}
