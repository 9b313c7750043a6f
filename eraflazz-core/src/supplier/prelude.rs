//! Everything that the author of an adapter names: `use eraflazz_core::supplier::prelude::*`.

pub use async_trait::async_trait;
pub use bytes::Bytes;

pub use super::{
    Answer, Asked, AttemptView, Callback, Claim, Exchange, Finding, Formed, InquiryError, NotFound,
    PriceList, PriceRow, Profile, Purchase, Question, RawRequest, ReadError, Reading, Reason,
    Reference, Repeat, Sighting, SnPolicy, Status, Ticket, TicketError, TicketOrder,
    Unauthenticated, Written,
};
pub use crate::catalog::{CutOff, ProductKind};
pub use crate::ids::{RefShape, SupplierRef};
pub use crate::money::Money;
pub use crate::ports::Supplier;
pub use crate::text::{Sku, Sn, Target, TheirRef};
