//! The language between core and supplier adapters: what is sent, what was read, what a supplier can do.
//!
//! The trait itself is [`ports::Supplier`](crate::ports::Supplier).

mod inquiry;
pub mod prelude;
mod profile;
mod purchase;
mod sighting;
mod ticket;

pub use inquiry::{Asked, Detail, Finding, InquiryError, Line, Question};
pub use profile::{Callback, NotFound, Profile, Reference, Repeat, SnPolicy, Status};
pub use purchase::{
    Answer, AttemptView, PriceList, PriceRow, Purchase, RawRequest, ReadError, Reading,
    Unauthenticated,
};
pub use sighting::{Claim, Exchange, Formed, Reason, Sighting, Written};
pub use ticket::{Ticket, TicketError, TicketOrder};
