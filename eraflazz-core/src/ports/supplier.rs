//! A supplier: where the goods are bought.

use async_trait::async_trait;

use crate::money::Money;
use crate::supplier::{
    AttemptView, Exchange, Finding, InquiryError, PriceList, Profile, Purchase, Question,
    RawRequest, ReadError, Reading, Ticket, TicketError, TicketOrder, Unauthenticated,
};

/// A supplier adapter. It reads and writes one provider's protocol and decides nothing: what a reply means for an order is
/// core's business.
///
/// Implementations keep no state about orders and never retry or follow redirects by themselves. Every method may be called from
/// several tasks at once. The conformance kit (`tests/conformance`) checks these promises; `examples/custom-supplier` is the shortest
/// adapter that keeps them.
///
/// **Time.** Every call ends by itself within [`Profile::timeout`]: give your client the same value as its *total* timeout, answer included.
/// The engine cuts `send` and `ask` off 5 s later (they are then as good as `Unclear` with [`Reason::Timeout`]), so the two never race;
/// a read it gives up by then too, and hears nothing of it. A time stamp that the protocol asks for comes from the host's clock, or from one that was
/// handed to your constructor: it is no business field, and may differ between two sends of one reference (INV-11).
///
/// **Pace.** [`Profile::max_in_flight`] and [`Profile::min_gap`] are kept by the engine, for `send` and `ask` together, *before* the call
/// begins. An adapter never waits.
///
/// **What is believed.** A whole answer is read by one closed table of the provider's codes. HTTP status takes part only where the
/// provider's documentation gives it a meaning; by itself (no body, a page) it proves nothing, not even 404 or 503. An answer is whole if
/// its end is known: by `Content-Length`, by chunks, or because the format itself shows it (JSON, XML). Of plain lines that end where the
/// connection does, half looks like all: that is `Unclear`.
///
/// [`Reason::Timeout`]: crate::supplier::Reason::Timeout
#[async_trait]
pub trait Supplier: Send + Sync {
    /// What this supplier can and cannot do. Constant for the life of the adapter.
    fn profile(&self) -> &Profile;

    /// Sends a purchase: one request, once. Called once per intent commit; called again with the same business fields only under the
    /// resend rule, when [`Profile::status`] is `Resubmit` and [`Purchase::send`] counts it.
    ///
    /// Never fails: what went wrong is in the sightings. `NotSent` only with proof that no byte was written (the connection was never
    /// made, or the adapter itself refuses); once a byte may have left, everything that is not a whole, understood answer is `Unclear`.
    async fn send(&self, purchase: &Purchase) -> Exchange;

    /// Asks what became of an attempt. Never buys. Called only if [`Profile::status`] is `Dedicated` or `Listing`; an adapter without
    /// such a call answers `Unclear`, which changes nothing.
    ///
    /// Where the supplier knows no reference of ours and none of its own is known yet ([`AttemptView::their_ref`] is `None`), the answer is its list: a sighting
    /// for each row, whosesoever it is, with its id, product, destination and time ([`Sighting::formed_at`](crate::supplier::Sighting::formed_at)). Core finds
    /// out which is the attempt's ([`adopt`](crate::order::adopt())); an adapter never chooses.
    ///
    /// What is not heard here proves nothing about the purchase. `NotSent` speaks of the question alone: core takes it for no answer and
    /// asks again by the schedule. `Refused` with `Formed::No` changes nothing either (it would speak of one POST only): a failure that
    /// the status call reports is `Formed::Yes` or `Doubtful`, "not found" is `Unclear` with [`Reason::NotFound`](crate::supplier::Reason::NotFound).
    async fn ask(&self, attempt: &AttemptView) -> Exchange;

    /// Asks what a customer owes, or who a customer is. Never buys and never pays. Of a bill the answer is worth something only under the question's own
    /// reference: the payment is a [`Supplier::send`] with that one, and with [`Purchase::kind`] `Postpaid` (E-35).
    ///
    /// A supplier without such a question says [`InquiryError::NotOffered`], without a request; an answer that is not whole and understood is
    /// [`InquiryError::Unread`]; a bill without a readable amount above zero is none.
    async fn inquire(&self, question: &Question) -> Result<Finding, InquiryError>;

    /// What is left of our deposit there. Reads only. Called when somebody asks, and every minute while the supplier is tripped
    /// ([`Reason::SupplierFunds`](crate::supplier::Reason::SupplierFunds), `AccountFault`): a success above zero mends that. An answer without
    /// an amount is an error, never zero.
    async fn balance(&self) -> Result<Money, ReadError>;

    /// The prepaid price list. Reads only; respects the provider's own limits by answering [`ReadError::TooSoon`]. A row that cannot be read is
    /// named in [`PriceList::refused`]; a list without a readable row is [`ReadError::Unreadable`], and so is a list that a provider
    /// does not have: `Ok` with nothing in it would say that nothing is sold.
    async fn price_list(&self) -> Result<PriceList, ReadError>;

    /// The list of bills that can be paid there (pascabayar), as [`Self::price_list`] reads that of prepaid goods; some providers count the two against one limit.
    /// A supplier without one need not say anything about it.
    async fn bill_list(&self) -> Result<PriceList, ReadError> {
        let none = "this supplier has no list of bills";
        Err(ReadError::Unreadable(none.to_owned()))
    }

    /// Asks how much exactly to pay into our account there, and where to. Moves no money and promises none: asked twice, there are two tickets, and one that is not
    /// paid lapses. A ticket below what was asked for is [`ReadError::Unreadable`]. A supplier without tickets need not say anything about them.
    async fn ticket(&self, _order: &TicketOrder) -> Result<Ticket, TicketError> {
        Err(TicketError::NotOffered)
    }

    /// Verifies and reads a callback. Pure: no clock, no network; the same request gives the same reading every time. A request that
    /// is not provably the supplier's is [`Unauthenticated`], for profiles with `callback = Signed` always by signature over the
    /// raw body. Hex in a signature is read in either case unless the provider says which. What cannot be understood is a reading with an
    /// `Unclear` sighting or none, never an error.
    ///
    /// It looks at what a stranger sent: the engine reads on threads of this supplier's own and gives it half a second. A body over which it panics or does
    /// not come back is kept as a hint, read again, and set aside after three tries (INV-28).
    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated>;
}
