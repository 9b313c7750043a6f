//! The suite for stores: verdicts, money, reads, callbacks, races.
//!
//! A store that passes it is interchangeable with any other: the engine looks at verdicts and reads only.

pub mod batches;
pub mod catalog;
pub mod inbox;
pub mod inquiries;
pub mod members;
pub mod money;
pub mod outbox;
pub mod payments;
pub mod quotas;
pub mod races;
pub mod reads;
pub mod refusals;
pub mod rules;
mod world;

use eraflazz_core::ports::{Catalog, Ledger, Members, Outbox, Store};

/// Everything that a store is: the five ports of one set of rows.
pub trait Books: Store + Ledger + Catalog + Members + Outbox {}

impl<T: Store + Ledger + Catalog + Members + Outbox> Books for T {}

/// All cases for a store. Takes a function that gives a fresh, empty `Arc<dyn Books>` each time it is called and awaited.
#[macro_export]
macro_rules! store_suite {
    ($fresh:expr) => {
        $crate::cases! { $fresh;
            store::refusals:
                inv_18_a_ref_id_belongs_to_one_order_for_ever
                inv_19_the_same_goods_again_today_are_refused
                inv_19_a_guard_that_ended_frees_the_slot_and_is_never_set_again
                inv_04_a_wallet_pays_down_to_its_floor_and_no_further
                inv_08_a_step_from_another_version_is_stale
                a_frozen_wallet_holds_nothing_new_and_settles_what_is_open
                inv_11_minted_ids_are_taken_once
                inv_10_an_order_has_one_live_attempt
                inv_11_an_exclusive_attempt_is_alone_with_its_goods
                inv_11_a_suppliers_own_id_belongs_to_one_attempt
                inv_06_an_effect_done_answers_with_its_first_receipt
                a_nonce_is_used_once
                e_06_a_callback_is_applied_once
                a_refused_unit_with_everything_in_it_leaves_no_trace;
            store::rules:
                inv_16_what_was_agreed_never_changes
                inv_11_what_an_attempt_buys_never_changes
                inv_11_attempts_are_numbered_without_gaps
                inv_09_an_attempt_comes_with_its_order
                inv_07_a_hold_is_settled_once_on_one_side
                inv_07_an_open_order_has_its_money_held_and_a_final_one_has_not
                inv_05_amounts_are_above_zero_and_bounded
                inv_01_a_transfer_has_two_accounts
                inv_04_a_hold_gives_no_more_than_it_has
                inv_08_versions_start_at_one_and_rise_by_one
                money_needs_a_wallet;
            store::batches:
                each_unit_sees_what_the_accepted_ones_before_it_left
                what_is_let_go_of_may_be_taken_in_the_same_batch
                a_refused_unit_does_not_stop_the_others
                nothing_to_commit_is_nothing
                inv_06_committed_units_repeated_change_nothing;
            store::money:
                inv_07_hold_and_capture_move_the_agreed_amounts
                inv_07_e_20_e_21_what_goes_back_is_at_most_the_price
                inv_07_hold_and_release_give_everything_back
                mutations_show_the_balance_before_and_after_newest_first
                up_to_takes_what_is_there_and_the_rest_is_owed
                owed_is_netted_once_and_never_twice
                inv_01_a_transfer_between_members_moves_both_wallets_at_once
                t_17_what_a_supplier_owes_is_drawn_once
                inv_03_wallets_are_the_sum_of_their_transfers
                inv_01_house_accounts_are_the_sum_of_their_transfers
                inv_06_money_by_hand_moves_once_however_it_is_spelt;
            store::reads:
                orders_are_found_by_every_reference
                orders_are_answered_in_the_order_asked
                inv_31_the_newest_reference_is_known_by_supplier_and_installation
                e_12_orders_are_found_by_a_serial_number
                inv_26_what_is_due_comes_longest_overdue_first
                open_orders_are_counted_by_state
                in_flight_is_told_by_goods_and_destination
                inv_32_funds_show_the_deposit_and_what_may_still_be_billed
                a_members_orders_are_listed_newest_first_and_filtered
                inv_20_the_log_keeps_every_row_in_order
                cases_open_move_and_close
                transfers_are_read_in_pages
                inv_03_a_trial_balance_is_of_one_moment;
            store::inbox:
                a_callback_waits_until_it_is_applied
                the_same_callback_again_changes_nothing
                a_callback_set_aside_is_kept_and_no_longer_due
                an_orphan_leaves_by_a_commit
                inv_28_failed_tries_are_counted
                e_07_orphans_are_found_by_what_they_name;
            store::inquiries:
                an_inquiry_is_kept_and_the_first_one_stands
                e_35_an_inquiry_is_paid_once
                e_35_a_bill_uses_up_its_inquiry
                e_35_a_bill_is_paid_where_and_as_it_was_asked
                e_35_what_is_no_bill_is_not_paid_as_one;
            store::payments:
                inv_22_a_deposit_is_found_by_every_reference
                deposits_are_listed_newest_first_by_member_and_status
                inv_22_a_deposit_is_opened_once
                inv_08_a_unit_writes_a_deposit_and_each_of_its_keys_once
                inv_08_a_deposit_step_from_another_version_is_stale
                inv_22_a_deposit_is_credited_once
                inv_23_an_exact_amount_is_awaited_by_one_deposit
                inv_23_a_line_of_a_statement_is_consumed_once
                inv_23_what_nobody_awaited_is_claimed_once
                t_17_of_many_that_consume_one_line_one_does
                inv_22_a_payment_of_a_gateway_is_one_deposit
                inv_22_what_was_asked_of_a_gateway_never_changes
                inv_22_money_of_a_gateway_moves_with_its_deposit
                inv_24_a_reversal_is_booked_in_full_and_who_spent_it_is_frozen
                inv_24_no_more_is_taken_back_than_came_in
                e_28_another_amount_lies_in_suspense
                inv_26_deposits_are_due_longest_overdue_first
                t_17_of_many_credits_of_one_deposit_one_is_made;
            store::quotas:
                a_quota_counts_what_may_have_been_bought
                what_is_above_a_quota_is_refused
                what_takes_of_a_quota_brings_its_limit
                what_is_given_back_may_be_taken_in_the_same_unit
                each_day_has_a_quota_of_its_own
                t_17_a_quota_is_taken_to_the_last_and_never_passed;
            store::outbox:
                inv_29_what_must_be_told_comes_with_its_change
                inv_29_the_newest_revision_of_an_order_is_told
                inv_29_delivered_rows_leave_unless_news_came
                who_does_not_listen_is_told_nothing
                a_failed_try_waits_and_a_used_up_one_is_parked
                much_for_one_hides_nothing_from_another
                an_endpoint_set_again_begins_anew
                a_removed_endpoint_takes_what_waits_along
                wrong_endpoints_are_refused_by_field;
            store::catalog:
                an_empty_store_has_an_empty_catalog
                a_change_is_made_whole_or_not_at_all
                repeating_a_change_raises_the_version_only;
            store::members:
                a_member_is_found_by_id_and_code
                a_new_member_has_an_empty_wallet_and_keeps_it
                a_change_of_what_was_changed_meanwhile_is_refused
                wrong_members_are_refused_by_field
                a_member_has_two_active_keys_at_most
                an_operator_has_keys_of_its_own
                a_revoked_key_stays_revoked;
            store::races:
                t_17_of_many_orders_with_one_ref_one_is_taken
                t_17_the_last_rupiah_is_held_once
                t_17_one_effect_happens_once
                t_17_one_callback_is_applied_once
                t_17_of_many_steps_from_one_version_one_is_taken
                inv_19_of_many_twins_one_is_taken
                inv_11_of_many_attempts_that_claim_one_purchase_one_gets_it
                t_17_of_many_changes_of_one_member_none_is_lost
                e_27_a_hot_wallet_holds_what_it_can_pay;
        }
    };
}
