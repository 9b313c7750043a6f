//! The order machine: what an order is, and how it moves. Pure: same inputs, same answer, on any machine, any day.
//!
//! An order is born by [`accept()`] (or [`refuse()`]), moves by what is *heard* about its attempts ([`hear()`]), by time ([`tend()`]) and by people
//! ([`resolve()`], [`refund()`], [`cancel()`]). Each gives a [`Decision`]: one write, and at most one call to make once that write is committed.
//!
//! Hearing has stages, each a file: `news` (has a message said that before?), [`bind()`] (is it about this attempt?), [`judge()`] (what does it prove, given
//! the attempt's history?), `mark` (what is written into the attempt?), [`follow`](mod@follow) (what follows for the order?) and `against` (what speaks against
//! what is known, and who looks into it?). Where the supplier knows no reference of ours, [`adopt()`] comes first: which of its transactions is this attempt's?

mod accept;
mod adopt;
mod against;
mod bind;
mod context;
pub mod follow;
mod hear;
mod judge;
mod log;
mod mark;
mod model;
mod news;
mod public;
mod question;
mod refund;
mod resolve;
mod ruling;
mod said;
mod step;
mod tend;
mod watch;

pub use accept::{Draft, accept, refuse};
pub use adopt::{Adopted, adopt, in_question};
pub use bind::{Unbound, bind};
pub use context::{Call, Context, Decision, Note, Plan, Policy, Route, Surroundings};
pub use hear::{Heard, hear, keep_unread};
pub use judge::{Bench, Class, judge};
pub use log::{Channel, Entry, LogRow};
pub use model::{
    Aggregate, Attempt, AttemptState, Bill, Counted, Delivery, Fingerprint, Guard, Order,
    OrderState, Payer, Refunded, Refusal, Returned, ReversalHeard, Review, Unproven,
};
pub use public::PublicStatus;
pub use question::{may_close, may_rule, may_rule_of};
pub use refund::{MAX_REFUNDS, RefundAsked, RefundRefused, refund};
pub use resolve::{cancel, close_case, resolve};
pub use ruling::{Resolution, Ruling, RulingKind};
pub use said::Said;
pub use step::Illegal;
pub use tend::tend;
pub use watch::{ResendRefused, may_resend};
