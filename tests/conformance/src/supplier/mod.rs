//! The suite for supplier adapters, played against a fake of their provider.
//!
//! An adapter's author writes a [`SupplierFixture`]: the adapter, a fake of the provider on loopback, and the kit's [`Line`] between the two.
//!
//! ```text
//! adapter ──> Line (spoils answers) ──> fake (answers as the provider does, keeps books)
//! ```
//!
//! The fake is honest and simple: it sells, refuses and is asked about by the provider's own protocol, refuses what the provider would
//! refuse (a wrong key or signature, a stale time stamp), never buys twice under one reference where the provider promises that, and
//! counts. Everything that can go wrong on the way back (lost, cut, silent, an HTML page, a redirect, another order's name) is done by the line,
//! for every adapter in the same way. The cases then ask whether the adapter reads what it gets for what it proves, and for no more.

pub mod asks;
pub mod bills;
pub mod callbacks;
mod claims;
pub mod doubts;
mod hearing;
mod line;
pub mod listing;
pub mod names;
pub mod profile;
pub mod reads;
pub mod sends;

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Answer, Purchase, RawRequest, Reason};

pub use bills::BillFixture;
#[doc(hidden)]
pub use claims::CallbackClaim;
pub use claims::{Cap, Claims, ReferenceClaim, StatusClaim};
pub use line::Line;
pub(crate) use line::{Cut, Telling};

/// A product of the fake's price list that is closed (see [`SupplierFixture::purchase`]).
pub const CLOSED_SKU: &str = "TUTUP1";

/// An adapter in front of a fake provider. Fresh for each case; dropped after it.
pub trait SupplierFixture: Send + Sync {
    /// The adapter, calling [`Self::line`], with a timeout of 1 to 3 s and no pause between two calls for one reference.
    fn supplier(&self) -> &dyn Supplier;

    /// The line to the fake, made by [`Line::to`].
    fn line(&self) -> &Line;

    /// A purchase that nobody has seen: another reference each time, goods that the fake sells, a cap above their price, `send` 1.
    ///
    /// The fake's price list, if there is one, has three rows: these goods, open; [`CLOSED_SKU`], closed (or left out, if the
    /// provider does that); and one whose price is not above zero.
    fn purchase(&self) -> Purchase;

    /// What the fake says of each delivery.
    fn delivery(&self) -> Delivery;

    /// The provider's table of codes (or words) for purchases, as its documentation explains it; not as the adapter reads it. At least
    /// one row of each kind, but for [`Means::PerhapsFailed`] and [`Means::Open`].
    fn codes(&self) -> Vec<Code>;

    /// A code of the same form that the provider never published.
    fn unpublished(&self) -> &'static str;

    /// What becomes of new purchases from now on, and what their answers and later status answers say: `code` in the place of
    /// the code, the rest as it is with that code. `delivers` says whether goods leave and money is taken, whatever the code says. At first:
    /// the code that means [`Means::Delivered`], delivering. A purchase above its cap is refused by the provider's own code for that, if
    /// it takes caps.
    fn fate(&self, code: &'static str, delivers: bool);

    /// From now on balance and price list are refused as if our key were wrong: the provider's error answer, without what was asked for.
    fn refuse_reads(&self);

    /// How many requests to purchase arrived under this reference.
    fn arrivals(&self, reference: &SupplierRef) -> u32;

    /// How often goods were delivered under this reference.
    fn deliveries(&self, reference: &SupplierRef) -> u32;

    /// A genuine callback of the provider that says this.
    fn callback(&self, said: Said<'_>) -> RawRequest;

    /// The exact answer to a callback that the provider's documentation asks for.
    fn callback_answer(&self) -> Answer;

    /// The header, in lower case, that carries a callback's signature; `None` if callbacks are not signed.
    fn signature_header(&self) -> Option<&'static str>;
}

/// What the fake says of each delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What it bills, and by how much the balance falls. With a fraction of a rupiah, if the provider has such prices.
    pub billed: Money,
    /// The same as it stands in an answer: `10000.50`. Not looked at with `price: Absent`.
    pub written: &'static str,
    /// The serial number, always this one. Not looked at with `serial: Absent`.
    pub sn: &'static str,
}

/// A row of the provider's table of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code or word, as it stands in an answer.
    pub says: &'static str,
    /// What the provider's documentation says that it means.
    pub means: Means,
}

/// What a code means, by the provider's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Delivered.
    Delivered,
    /// Accepted, the outcome is not known yet.
    UnderWay,
    /// Refused, no transaction exists.
    Refused(Reason),
    /// A transaction was formed and has failed for good.
    Failed(Reason),
    /// Called a failure, and yet it may turn out delivered.
    PerhapsFailed(Reason),
    /// Anything may have happened. The documentation's "check again", "timeout", "internal error", "not found".
    Open,
}

/// What a callback of the provider says.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// That this purchase was delivered, with everything that the provider says then.
    Delivered(&'a Purchase),
    /// These bytes in place of what the provider says, signed (or otherwise authenticated) as it does.
    Bytes(&'a [u8]),
}
