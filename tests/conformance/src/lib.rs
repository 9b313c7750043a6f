//! The conformance kit: what every store, queue and supplier adapter must do, as tests that anybody can run on their own.
//!
//! The traits in [`eraflazz_core::ports`] say what they promise; the kit asks whether an implementation keeps it. Each suite is one macro, called
//! once at the top of a file under `tests/`. It expands to one `#[test]` a case, named after the promise or the invariant that the case holds:
//!
//! ```ignore
//! // A store: anything that implements the four store ports. `fresh` gives an empty one, as `async fn fresh() -> Arc<dyn Books>`.
//! conformance::store_suite!(fresh);
//!
//! // A queue, from an `async fn fresh() -> Arc<dyn Queue>`.
//! conformance::queue_suite!(fresh);
//!
//! // A payment gateway: the adapter, and an honest fake of its provider, from an `async fn start() -> MyGateway`.
//! conformance::gateway_suite!(MyGateway::start);
//!
//! // A supplier: the adapter, and an honest fake of its provider. What goes wrong between the two is the kit's business.
//! conformance::supplier_suite! {
//!     fixture: MyFixture::start,
//!     status: Dedicated, callback: Signed, price_cap: Enforced, price_list: Present,
//!     reference: Ours, product: Told, price: Told, serial: Told, cuts: Shown,
//! }
//!
//! // Where it takes payments of bills: a fixture that is a `BillFixture` too.
//! conformance::bill_suite!(MyFixture::start);
//! ```
//!
//! What a supplier cannot do is an argument, not an early return: a case that such a claim makes pointless is listed as *ignored*, with the claim
//! as its reason, and one case checks that the claims are those of the adapter's [`Profile`](eraflazz_core::supplier::Profile).
//!
//! A case fails by panicking. Nothing here waits on the real clock, except for an answer that must come; a call of an adapter that does not
//! end is a failure too.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

pub mod gateway;
pub mod queue;
pub mod servers;
pub mod store;
pub mod supplier;
mod vault;

pub use gateway::GatewayFixture;
pub use store::Books;
pub use supplier::{BillFixture, Code, Delivery, Line, Means, Said, SupplierFixture};
pub use vault::SampleVault;

/// Runs one case to its end on a runtime of its own, with several threads so that what can race does.
pub fn run(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap()
        .block_on(case);
}

/// One `#[test]` for each named case of a module of the kit, each on a fresh subject.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($fresh:expr; $($module:ident::$group:ident: $($case:ident)+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::run(async { $crate::$module::$group::$case(($fresh)().await).await });
            }
        )+)+
    };
}

/// The same cases where a claim makes them pointless: listed as ignored, with the claim as the reason.
#[doc(hidden)]
#[macro_export]
macro_rules! skipped_cases {
    ($why:literal; $($module:ident::$group:ident: $($case:ident)+;)+) => {
        $($(
            #[test]
            #[ignore = $why]
            fn $case() {
                panic!("skipped: {}", $why);
            }
        )+)+
    };
}
