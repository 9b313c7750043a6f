//! The macro: claims about an adapter and its provider, and the cases that run or are skipped by them.

use eraflazz_core::supplier::Callback;

/// What the suite was told about the adapter; checked against its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// How the fate of an attempt is asked for.
    pub status: StatusClaim,
    /// What a callback proves.
    pub callback: Callback,
    /// Whether the provider refuses above a price that we send.
    pub price_cap: Cap,
    /// Whose reference it knows.
    pub reference: ReferenceClaim,
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
pub enum Cap {
    /// The provider refuses above it.
    Enforced,
    /// The provider takes none.
    Unknown,
}

/// [`Reference`](eraflazz_core::supplier::Reference) without its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceClaim {
    /// The provider echoes ours.
    Ours,
    /// It has only its own.
    Theirs,
}

#[doc(hidden)]
pub use eraflazz_core::supplier::Callback as CallbackClaim;

/// All cases for a supplier adapter. `fixture` is a function that gives a fresh [`SupplierFixture`](crate::SupplierFixture) each time it is called
/// and awaited; the rest are claims, by which cases are skipped:
///
/// | Claim | One of | |
/// |---|---|---|
/// | `status` | `Dedicated`, `Listing`, `Resubmit`, `None` | as in the profile |
/// | `callback` | `Signed`, `Hint` | as in the profile |
/// | `price_cap` | `Enforced`, `Unknown` | as the profile's `price_cap_field` |
/// | `price_list` | `Present`, `Absent` | whether the provider has one for programs |
/// | `reference` | `Ours`, `Theirs` | as in the profile |
/// | `product`, `price`, `serial` | `Told`, `Absent` | whether the answer to a delivery has such a field |
/// | `cuts` | `Shown`, `Hidden` | whether a body shows by itself that its end is missing: JSON and XML do, plain lines do not |
#[macro_export]
macro_rules! supplier_suite {
    (
        fixture: $fresh:expr,
        status: $status:ident,
        callback: $callback:ident,
        price_cap: $cap:ident,
        price_list: $list:ident,
        reference: $reference:ident,
        product: $product:ident,
        price: $price:ident,
        serial: $serial:ident,
        cuts: $cuts:ident $(,)?
    ) => {
        #[test]
        fn the_claims_are_those_of_the_profile() {
            let claims = $crate::supplier::Claims {
                status: $crate::supplier::StatusClaim::$status,
                callback: $crate::supplier::CallbackClaim::$callback,
                price_cap: $crate::supplier::Cap::$cap,
                reference: $crate::supplier::ReferenceClaim::$reference,
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
                the_table_has_a_row_of_each_kind
                a_refusal_that_formed_nothing_is_unformed_for_its_reason
                inv_13_a_failure_that_was_formed_says_so_with_its_reason
                a_purchase_under_way_is_pending
                inv_09_who_cannot_be_reached_was_certainly_not_asked
                purchases_side_by_side_are_not_mixed_up;
            supplier::doubts:
                inv_12_a_code_that_leaves_it_open_proves_nothing
                inv_12_a_code_never_published_proves_nothing
                e_01_a_lost_answer_proves_nothing
                a_cut_answer_proves_nothing
                an_answer_without_an_end_proves_nothing
                an_html_page_proves_nothing
                a_bare_http_status_proves_nothing
                a_redirect_is_not_followed_and_proves_nothing
                e_01_silence_proves_nothing_and_ends
                what_was_read_of_a_bad_answer_is_kept;
            supplier::names:
                e_09_a_delivery_names_its_destination
                e_09_an_answer_about_another_destination_binds_to_nothing;
            supplier::reads:
                the_balance_is_an_exact_amount
                a_balance_that_is_spoilt_is_an_error_never_zero
                a_cut_balance_is_an_error_never_less
                a_refused_balance_is_an_error_never_zero
                a_balance_of_nobody_is_an_error_never_zero
                a_balance_that_never_comes_ends;
            supplier::callbacks:
                a_genuine_callback_is_read_and_binds
                a_callback_is_answered_as_the_provider_expects
                the_same_callback_reads_the_same
                no_bytes_make_it_panic_or_deliver
                what_is_not_understood_is_no_error;
        }
        $crate::supplier_cases_by_status!($status $fresh);
        $crate::supplier_cases_by_callback!($callback $fresh);
        $crate::supplier_cases_by_price_cap!($cap $fresh);
        $crate::supplier_cases_by_price_list!($list $fresh);
        $crate::supplier_cases_by_reference!($reference $status $fresh);
        $crate::supplier_cases_by_product!($product $fresh);
        $crate::supplier_cases_by_price!($price $fresh);
        $crate::supplier_cases_by_serial!($serial $fresh);
        $crate::supplier_cases_by_cuts!($cuts $fresh);
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
                asking_finds_a_purchase_under_way
                inv_13_asking_finds_a_failure_that_was_formed
                asking_never_buys
                inv_12_a_stranger_is_never_proof
                inv_12_a_spoilt_status_proves_nothing
                inv_12_a_silent_status_proves_nothing_and_ends
                inv_12_a_status_call_that_reaches_nobody_proves_nothing
                inv_12_a_status_never_published_proves_nothing
                e_09_a_status_about_another_destination_binds_to_nothing;
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
                t_08_a_part_of_a_signature_is_refused
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
                the_price_list_has_what_is_sold_at_its_price
                a_closed_product_is_never_listed_as_open
                a_row_that_cannot_be_read_is_named
                a_price_list_that_is_spoilt_is_an_error_never_empty
                a_cut_price_list_is_an_error_never_shorter
                a_refused_price_list_is_an_error_never_empty
                a_price_list_of_nobody_is_an_error_never_empty
                a_price_list_that_never_comes_ends;
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
macro_rules! supplier_cases_by_reference {
    (Ours Dedicated $fresh:expr) => {
        $crate::supplier_reference_cases!(run $fresh);
        $crate::supplier_asked_reference_cases!(run $fresh);
    };
    (Ours Listing $fresh:expr) => {
        $crate::supplier_reference_cases!(run $fresh);
        $crate::supplier_asked_reference_cases!(run $fresh);
    };
    (Ours $status:ident $fresh:expr) => {
        $crate::supplier_reference_cases!(run $fresh);
        $crate::supplier_asked_reference_cases!(skip "the profile's status has no call that only asks");
    };
    (Theirs Listing $fresh:expr) => {
        $crate::supplier_cases_by_reference!(Theirs listed $fresh);
        $crate::cases! { $fresh;
            supplier::listing:
                e_09_an_answer_names_the_purchase_by_the_providers_id
                inv_11_a_purchase_whose_answer_was_lost_is_found_in_the_list
                inv_11_of_two_purchases_each_is_found_in_the_list
                inv_11_a_purchase_that_was_found_is_asked_about_by_its_id;
        }
    };
    (Theirs $status:ident $fresh:expr) => {
        $crate::supplier_reference_cases!(skip "the profile's reference is Theirs: ours is not echoed");
        $crate::supplier_asked_reference_cases!(skip "the profile's reference is Theirs: ours is not echoed");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_reference_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::names:
                e_09_a_delivery_names_its_reference
                e_09_an_answer_about_another_reference_binds_to_nothing
                e_09_a_reference_that_cannot_be_ours_binds_to_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_asked_reference_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::asks:
                e_09_a_status_about_another_reference_binds_to_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_product {
    (Told $fresh:expr) => {
        $crate::supplier_product_cases!(run $fresh);
    };
    (Absent $fresh:expr) => {
        $crate::supplier_product_cases!(skip "answers do not name the product");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_product_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::names:
                e_09_a_delivery_names_its_product
                e_09_an_answer_about_another_product_binds_to_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_price {
    (Told $fresh:expr) => {
        $crate::supplier_price_cases!(run $fresh);
    };
    (Absent $fresh:expr) => {
        $crate::supplier_price_cases!(skip "answers do not say what is billed");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_price_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::names:
                t_10_a_delivery_is_billed_to_the_last_hundredth
                t_10_a_price_is_exact_or_absent;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_serial {
    (Told $fresh:expr) => {
        $crate::supplier_serial_cases!(run $fresh);
    };
    (Absent $fresh:expr) => {
        $crate::supplier_serial_cases!(skip "answers carry no serial number");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_serial_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::names:
                e_12_a_serial_number_is_passed_on
                e_12_a_placeholder_is_no_serial_number;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cases_by_cuts {
    (Shown $fresh:expr) => {
        $crate::supplier_cut_cases!(run $fresh);
    };
    (Hidden $fresh:expr) => {
        $crate::supplier_cut_cases!(skip "a body does not show that its end is missing; what is cut has no signature");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! supplier_cut_cases {
    ($($how:tt)+) => {
        $crate::run_or_skip! { $($how)+;
            supplier::callbacks:
                a_cut_callback_is_not_delivered;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! run_or_skip {
    (run $fresh:expr; $($cases:tt)+) => { $crate::cases! { $fresh; $($cases)+ } };
    (skip $why:literal; $($cases:tt)+) => { $crate::skipped_cases! { $why; $($cases)+ } };
}

/// All cases for an adapter of a supplier that takes payments of bills, besides those of [`supplier_suite!`](crate::supplier_suite): an expression that gives a
/// fresh [`BillFixture`](crate::BillFixture) each time it is called and awaited.
#[macro_export]
macro_rules! bill_suite {
    ($fresh:expr) => {
        $crate::cases! { $fresh;
            supplier::bills:
                e_35_the_fate_of_a_payment_is_never_asked_by_paying
                e_35_asking_moves_no_money
                e_35_a_bill_is_paid_for_what_it_was_said_to_come_to
                e_35_a_payment_is_never_sent_twice
                e_35_asking_finds_a_payment_whose_answer_was_lost
                a_customer_of_whom_the_biller_says_no_is_refused
                e_35_half_an_answer_is_no_bill;
        }
    };
}
