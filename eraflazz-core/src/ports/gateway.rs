//! A payment gateway: where customers' money comes in.

use async_trait::async_trait;

use crate::payment::{
    Act, GatewayProfile, NewPayment, PaymentExchange, PaymentReading, PaymentRef,
};
use crate::supplier::{RawRequest, Unauthenticated};

/// A gateway adapter. It reads and writes one provider's protocol and decides nothing: whether a payment is ours is for
/// [`against`](crate::payment::against()), what follows from it for [`follow`](crate::payment::follow()).
///
/// Implementations keep no state about payments and never retry or follow redirects by themselves; every call ends within
/// [`GatewayProfile::timeout`]. Every method may be called from several tasks at once. A whole answer is read by one closed table; what is not whole,
/// or not in the table, is `Unclear`.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// What this gateway can and cannot do. Constant for the life of the adapter.
    fn profile(&self) -> &GatewayProfile;

    /// Asks for a payment: one request, once. Its reference is minted for this call and stored before it.
    ///
    /// Never called again with the same reference: after an answer that is `Unclear` the engine *looks* by our reference, and only once nothing was found
    /// for [`not_found_settles`](GatewayProfile::not_found_settles) it asks anew, under a new reference. `NotSent` only with proof that no byte was written. A
    /// payment that breaks a rule ([`NewPayment::check`]) or that the profile does not offer is `NotSent`, without a request.
    async fn create(&self, payment: &NewPayment) -> PaymentExchange;

    /// Asks what has become of a payment. Reads only; asked twice it changes nothing.
    ///
    /// By the gateway's own id where that is known, else by ours: then the answer may hold several payments, each a sighting with the gateway's id of
    /// it. None is `NotFound`.
    async fn look(&self, payment: &PaymentRef) -> PaymentExchange;

    /// Does something with a payment: one request, once. What the profile does not list is `NotSent` with
    /// [`NotOffered`](crate::payment::PaymentReason::NotOffered), without a request.
    ///
    /// Done again, a cancel or an expiry is answered with the state or refused as `WrongState`; a capture likewise; a refund under the same key is the
    /// same refund, or `Duplicate`. Whatever was heard, the engine looks before it books.
    async fn act(&self, payment: &PaymentRef, act: &Act) -> PaymentExchange;

    /// Verifies and reads a notification. Pure: no clock, no network; the same request gives the same reading every time. The signature is held against the
    /// raw bytes, before they are believed in any way; one that does not hold is [`Unauthenticated`]. What cannot be understood is a reading with an
    /// `Unclear` sighting or none, never an error.
    fn read_callback(&self, request: &RawRequest) -> Result<PaymentReading, Unauthenticated>;
}
