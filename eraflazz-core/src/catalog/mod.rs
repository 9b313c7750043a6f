//! The catalog: what is sold, to which kinds of destination, through which suppliers, for how much.
//!
//! Everything here is plain data. [`Snapshot`] is the checked, immutable and versioned whole that quotes and routing read (D8);
//! it changes only as a whole, through [`CatalogChange`]s. What moves by the second (stock in between syncs, health, exposure,
//! breakers) is not in it.

mod account;
mod approval;
mod change;
mod cut_off;
mod destination;
mod error;
mod form;
mod phone;
mod price_book;
mod product;
mod quota;
#[cfg(test)]
pub(crate) mod sample;
mod snapshot;
mod supplier;
pub mod sync;

pub use account::{SealedAccount, SealedAccountError};
pub use approval::{Approval, ApprovalId, Proposal, Run, SyncMark};
pub use change::CatalogChange;
pub use cut_off::{CutOff, CutOffError};
pub use destination::{Destination, DestinationError, DestinationRule, Normalised, Warning};
pub use error::CatalogError;
pub use form::{FormError, TargetForm};
pub use phone::Operator;
pub use price_book::{Buyers, Goods, Price, PriceBook, PriceRule, Tier, TierId};
pub use product::{Category, FieldRule, InputField, Product, ProductKind, WrongField};
pub use quota::{Quota, QuotaKey, QuotaLeft, QuotaUse};
pub use snapshot::{CatalogData, Snapshot};
pub use supplier::{Mapping, SupplierInfo};
