//! What the engine answers when it cannot do what was asked.

use std::time::Duration;

use crate::catalog::DestinationError;
use crate::commit::Unavailable;
use crate::inquiry::NotPayable;
use crate::order::Illegal;
use crate::pricing::QuoteError;
use crate::supplier::Reason;

/// Why an order was not taken. Nothing was charged and nothing is kept: the same `ref_id` is free, except after
/// [`SubmitError::Unavailable`] with `may_have_committed`, where repeating it gives the answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// No such member.
    #[error("unknown member")]
    UnknownMember,
    /// The member is suspended.
    #[error("the member is suspended")]
    MemberSuspended,
    /// No such product.
    #[error("unknown product")]
    UnknownProduct,
    /// A field breaks its rule.
    #[error("{field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// The `ref_id` belongs to another request of this member.
    #[error("the ref_id belongs to another request")]
    RefMismatch,
    /// The product's price cannot be computed: a fault of the catalog.
    #[error("no price: {0}")]
    Quote(QuoteError),
    /// The inquiry that it names cannot be paid: ask again under a new reference (E-35).
    #[error(transparent)]
    Inquiry(NotPayable),
    /// Too many orders wait for a route.
    #[error("too many orders wait")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// Prices changed between quote and commit; repeat the same request.
    #[error("something changed meanwhile, repeat the request")]
    Conflict,
    /// New orders are not taken: the books do not add up, or the engine is stopping.
    #[error("new orders are not taken: {0}")]
    Stopped(&'static str),
    /// New orders are not taken yet: a start has not come through its checks ([`Engine::hold_orders`](super::Engine::hold_orders)). Repeat the same request soon.
    #[error("new orders are not taken yet: {0}")]
    NotReady(&'static str),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(Unavailable),
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// Why an inquiry was not answered. Nothing is kept: the same `ref_id` is free.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InquireError {
    /// No such member.
    #[error("unknown member")]
    UnknownMember,
    /// The member is suspended.
    #[error("the member is suspended")]
    MemberSuspended,
    /// No such product.
    #[error("unknown product")]
    UnknownProduct,
    /// The destination does not fit the product.
    #[error("destination: {0}")]
    Destination(DestinationError),
    /// Nothing can be asked about this product: it has a known price, or none of its suppliers has the question.
    #[error("nothing can be asked about this product")]
    NotOffered,
    /// The product is closed now, or nobody can be asked now.
    #[error("nobody can be asked now")]
    Closed,
    /// The `ref_id` belongs to another inquiry of this member.
    #[error("the ref_id belongs to another inquiry")]
    RefMismatch,
    /// The suppliers say no: there is no such customer or bill ([`Reason::BadDestination`]), or they do not serve it now.
    #[error("refused: {reason:?}")]
    Refused {
        /// Why.
        reason: Reason,
    },
    /// No supplier gave an answer that could be understood.
    #[error("no supplier answered")]
    NoAnswer,
    /// What it comes to has no price for this member: a fault of the catalog.
    #[error("no price: {0}")]
    Quote(QuoteError),
    /// Too many inquiries are out.
    #[error("too many inquiries are out")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(Unavailable),
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// Why nothing was done about a deposit through a gateway.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DepositError {
    /// No such member.
    #[error("unknown member")]
    UnknownMember,
    /// The member is suspended.
    #[error("the member is suspended")]
    MemberSuspended,
    /// No gateway has that name.
    #[error("unknown gateway")]
    UnknownGateway,
    /// No such deposit; another member's looks the same (INV-34).
    #[error("not found")]
    NotFound,
    /// A field breaks its rule.
    #[error("{field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// The `ref_id` belongs to another deposit of this member.
    #[error("the ref_id belongs to another deposit")]
    RefMismatch,
    /// The gateway cannot do that.
    #[error("the gateway cannot do that")]
    NotOffered,
    /// The deposit's state does not allow it.
    #[error("the deposit's state does not allow it")]
    WrongState,
    /// Every exact amount for what was asked for is awaited by somebody.
    #[error("every exact amount for it is awaited")]
    AmountTaken,
    /// The member has tickets enough that can be paid.
    #[error("at most {max} tickets can be open")]
    TooManyOpen {
        /// How many there may be.
        max: usize,
    },
    /// It was looked at a moment ago.
    #[error("it was looked at a moment ago")]
    TooSoon {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many calls to the gateway are out, or the engine is stopping.
    #[error("too many calls to the gateway are out")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store did not answer. Repeating the same request gives the answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// Why an operation on an order or on money was not done. Nothing of it was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OperationError {
    /// No such order, member or supplier (a foreign one looks the same, INV-34).
    #[error("not found")]
    NotFound,
    /// The order changed since it was looked at; nothing was decided. Look again.
    #[error("the order has version {version} by now")]
    Changed {
        /// The current version.
        version: u32,
    },
    /// The order's state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// A field breaks its rule.
    #[error("{field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// The reference belongs to another movement.
    #[error("the reference belongs to a movement with another {field}")]
    RefMismatch {
        /// What is another one there: `amount`, `bank`, `member` or `supplier`.
        field: &'static str,
    },
    /// The store refused it.
    #[error("refused: {0}")]
    Refused(crate::commit::Refused),
    /// Somebody else changed the order again and again meanwhile.
    #[error("the order keeps changing, try again")]
    Contended,
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a run did not begin. Nothing was worked by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Another run of this engine works; an engine has one at a time. For a second one on the same store build another engine.
    #[error("the engine runs already")]
    AlreadyRunning,
    /// The settings name an epoch below one whose references are in the record: what is minted now could be a reference that was sent before (INV-31).
    #[error(
        "{set} is below {minted}, which references in the record carry: an epoch only ever rises"
    )]
    EpochLowered {
        /// As the settings have it.
        set: u16,
        /// The highest that the record has.
        minted: u16,
    },
    /// The store could not be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What is wrong with how an engine was put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A setting breaks its rule.
    #[error("settings.{field}: {rule}")]
    Setting {
        /// Which.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// A supplier is registered twice.
    #[error("supplier {0}: registered twice")]
    SupplierTwice(String),
    /// There are rules about a supplier that is not registered.
    #[error("supplier {0}: rules, but no adapter")]
    RulesOfNobody(String),
    /// A supplier's name is no slug.
    #[error("supplier {0}: a name is 1 to 32 characters of a-z 0-9 _ -, starting with a letter")]
    SupplierName(String),
    /// A supplier's profile contradicts itself.
    #[error("supplier {name}: profile.{field}: {rule}")]
    Profile {
        /// Whose.
        name: String,
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// A gateway's name or number is taken, or its name is no slug.
    #[error(
        "gateway {0}: a name is 1 to 32 characters of a-z 0-9 _ -, starting with a letter; name and number are its own"
    )]
    GatewayName(String),
    /// A gateway's profile or rules contradict themselves.
    #[error("gateway {name}: {field}: {rule}")]
    Gateway {
        /// Whose.
        name: String,
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// Gateways with play money and with real money.
    #[error(
        "gateway {0}: another environment than the gateways before it; play money and real money never share books"
    )]
    Environments(String),
    /// The host refused threads for supplier calls.
    #[error("no threads for supplier calls: {0}")]
    Threads(String),
}
