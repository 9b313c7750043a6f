//! The suite for supplier adapters, played against a fake of their provider.
//!
//! An adapter's author writes a [`SupplierFixture`]: the adapter, and a fake provider on loopback that can play every [`Scene`] and counts
//! what reached it. The cases then ask whether the adapter reads each scene for what it proves, and for no more.

pub mod asks;
pub mod callbacks;
pub mod doubts;
mod hearing;
pub mod profile;
pub mod reads;
pub mod sends;

use async_trait::async_trait;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Callback, Purchase, RawRequest};

/// An adapter in front of a fake provider. Fresh for each case; dropped after it.
#[async_trait]
pub trait SupplierFixture: Send + Sync {
    /// The adapter, with a short timeout (a second or two) and no pause between two calls for one reference.
    fn supplier(&self) -> &dyn Supplier;

    /// A purchase that nobody has seen: another reference each time, goods that the fake sells, a cap above their price, `send` 1.
    fn purchase(&self) -> Purchase;

    /// How the provider treats requests to purchase from now on. It starts with [`Scene::Deliver`].
    async fn play(&self, scene: Scene);

    /// From now on every call that only reads (balance, price list, status) is answered with an HTML page.
    async fn spoil_reads(&self);

    /// How many requests to purchase arrived under this reference.
    async fn arrivals(&self, reference: &SupplierRef) -> u32;

    /// How often goods were delivered under this reference.
    async fn deliveries(&self, reference: &SupplierRef) -> u32;

    /// A genuine callback of the provider that says this.
    fn callback(&self, said: Said<'_>) -> RawRequest;

    /// The header, in lower case, that carries a callback's signature; `None` if callbacks are not signed.
    fn signature_header(&self) -> Option<&'static str>;
}

/// What the provider does with a request to purchase. "Answers" means over the real protocol, as the provider would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Delivers, and says so with everything it says on success.
    Deliver,
    /// Refuses before anything was formed.
    RefuseUnformed,
    /// Forms a transaction that fails for good.
    RefuseFormed,
    /// Accepts; the outcome is not known yet.
    Pending,
    /// Delivers and closes the connection without a byte of answer.
    AnswerLost,
    /// Delivers and breaks off in the middle of the answer.
    AnswerCut,
    /// Delivers, but a proxy answers with an HTML page and HTTP 502.
    HtmlPage,
    /// Delivers and never answers.
    Silence,
    /// Delivers and answers with a code or word that the provider never published.
    UnknownWord,
    /// Delivers and answers about another reference.
    WrongReference,
    /// Delivers and answers about another destination.
    WrongTarget,
    /// Nobody listens at the provider's address.
    Unreachable,
}

/// What a callback of the provider says.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// That this purchase was delivered.
    Delivered(&'a Purchase),
    /// These bytes, signed as the provider signs.
    Bytes(&'a [u8]),
}

/// What the suite was told about the adapter; checked against its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// How the fate of an attempt is asked for.
    pub status: StatusClaim,
    /// What a callback proves.
    pub callback: Callback,
    /// Whether the provider refuses above a price that we send.
    pub price_cap: PriceCap,
}

/// [`Status`](eraflazz_core::supplier::Status) without its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusClaim {
    /// A call that only asks.
    Dedicated,
    /// A list of recent transactions.
    Listing,
    /// The purchase itself, sent again.
    Resubmit,
    /// No way to ask.
    None,
}

/// Whether a price cap in the request is honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceCap {
    /// The provider refuses above it.
    Enforced,
    /// The provider takes none.
    Unknown,
}

#[doc(hidden)]
pub use eraflazz_core::supplier::Callback as CallbackClaim;

/// All cases for a supplier adapter. `fixture` is a function that gives a fresh [`SupplierFixture`] each time it is called and awaited; the
/// rest are claims, by which cases are skipped: `status` (a [`StatusClaim`]), `callback` (`Signed` or `Hint`), `price_cap` (a [`PriceCap`]) and
/// `price_list` (`Present`, or `Absent` if the provider has none for programs).
#[macro_export]
macro_rules! supplier_suite {
    (fixture: $fresh:expr, status: $status:ident, callback: $callback:ident, price_cap: $cap:ident, price_list: $list:ident $(,)?) => {
        #[test]
        fn the_claims_are_those_of_the_profile() {
            let claims = $crate::supplier::Claims {
                status: $crate::supplier::StatusClaim::$status,
                callback: $crate::supplier::CallbackClaim::$callback,
                price_cap: $crate::supplier::PriceCap::$cap,
            };
            $crate::run(async {
                $crate::supplier::profile::the_claims_are_those_of_the_profile(($fresh)().await, claims);
            });
        }
        $crate::cases! { $fresh;
            supplier::profile:
                the_profile_is_sane_and_constant;
            supplier::sends:
                one_send_is_one_request_and_one_purchase
                e_09_a_delivery_names_its_goods_and_its_price
                a_refusal_that_formed_nothing_is_unformed
                inv_13_a_failure_that_was_formed_says_so
                a_purchase_under_way_is_pending
                inv_09_who_cannot_be_reached_was_certainly_not_asked
                purchases_side_by_side_are_not_mixed_up;
            supplier::doubts:
                e_01_a_lost_answer_proves_nothing
                a_cut_answer_proves_nothing
                an_html_page_proves_nothing
                e_01_silence_proves_nothing_and_ends
                a_word_never_published_proves_nothing
                e_09_an_answer_about_another_reference_binds_to_nothing
                e_09_an_answer_about_another_destination_binds_to_nothing;
            supplier::reads:
                the_balance_is_an_amount
                a_balance_that_fails_is_an_error_never_zero
                a_balance_of_nobody_is_an_error_never_zero;
            supplier::callbacks:
                a_genuine_callback_is_read_and_binds
                the_same_callback_reads_the_same
                no_bytes_make_it_panic_or_deliver;
        }
        $crate::supplier_cases_by_status!($status $fresh);
        $crate::supplier_cases_by_callback!($callback $fresh);
        $crate::supplier_cases_by_price_cap!($cap $fresh);
        $crate::supplier_cases_by_price_list!($list $fresh);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_status {
    (Dedicated $fresh:expr) => {
        $crate::supplier_asking_cases!(run $fresh);
        $crate::supplier_resending_cases!(skip "the profile's status is Dedicated: nothing is sent twice");
        $crate::supplier_mute_cases!(skip "the profile's status is Dedicated: it can be asked");
    };
    (Listing $fresh:expr) => {
        $crate::supplier_asking_cases!(run $fresh);
        $crate::supplier_resending_cases!(skip "the profile's status is Listing: nothing is sent twice");
        $crate::supplier_mute_cases!(skip "the profile's status is Listing: it can be asked");
    };
    (Resubmit $fresh:expr) => {
        $crate::supplier_asking_cases!(skip "the profile's status is Resubmit: there is no call that only asks");
        $crate::supplier_resending_cases!(run $fresh);
        $crate::supplier_mute_cases!(run $fresh);
    };
    (None $fresh:expr) => {
        $crate::supplier_asking_cases!(skip "the profile's status is None: there is no way to ask");
        $crate::supplier_resending_cases!(skip "the profile's status is None: nothing is sent twice");
        $crate::supplier_mute_cases!(run $fresh);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_asking_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::asks:
                asking_finds_a_delivery_whose_answer_was_lost
                asking_never_buys
                inv_12_a_stranger_is_never_proof
                inv_12_a_spoilt_status_proves_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_resending_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::asks:
                inv_13_sent_again_it_is_bought_once
                inv_11_sent_again_the_request_is_the_same;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_mute_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::asks:
                without_a_status_call_asking_says_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_callback {
    (Signed $fresh:expr) => {
        $crate::supplier_signature_cases!(run $fresh);
    };
    (Hint $fresh:expr) => {
        $crate::supplier_signature_cases!(skip "the profile's callback is Hint: it carries no signature");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_signature_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::callbacks:
                inv_35_a_changed_body_is_refused
                t_08_a_missing_or_mangled_signature_is_refused
                t_08_a_repeated_signature_is_refused;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_price_cap {
    (Enforced $fresh:expr) => {
        $crate::supplier_cap_cases!(run $fresh);
    };
    (Unknown $fresh:expr) => {
        $crate::supplier_cap_cases!(skip "the profile's price_cap_field is false: no cap can be sent");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cap_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::sends:
                inv_17_nothing_is_bought_above_the_cap;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_price_list {
    (Present $fresh:expr) => {
        $crate::supplier_price_list_cases!(run $fresh);
        $crate::supplier_no_price_list_cases!(skip "there is a price list");
    };
    (Absent $fresh:expr) => {
        $crate::supplier_price_list_cases!(skip "there is no price list for programs");
        $crate::supplier_no_price_list_cases!(run $fresh);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_price_list_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::reads:
                the_price_list_has_what_is_sold
                a_price_list_that_fails_is_an_error_never_empty
                a_price_list_of_nobody_is_an_error_never_empty;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_no_price_list_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::reads:
                without_a_price_list_reading_it_is_an_error;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! run_or_skip {
    (run $fresh:expr; $($cases:tt)+) => { $crate::cases! { $fresh; $($cases)+ } };
    (skip $why:literal; $($cases:tt)+) => { $crate::skipped_cases! { $why; $($cases)+ } };
}
