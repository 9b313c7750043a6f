//! The suite for payment gateway adapters, played against a fake of their provider.
//!
//! An adapter's author writes a [`GatewayFixture`]: the adapter, a fake of the gateway on loopback, and the kit's [`Line`] between the two. The
//! fake is honest: it makes payments, counts them, and signs what it sends. What goes wrong on the way back is the line's business.

pub mod answers;
pub mod creates;
pub mod notices;

use eraflazz_core::payment::{
    Expected, NewPayment, PaymentCode, PaymentExchange, PaymentRef, PaymentSighting,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::RawRequest;

use crate::supplier::Line;

/// An adapter in front of a fake gateway. Fresh for each case; dropped after it.
pub trait GatewayFixture: Send + Sync {
    /// The adapter, calling [`Self::line`], with a timeout of 1 to 3 s.
    fn gateway(&self) -> &dyn PaymentGateway;

    /// The line to the fake.
    fn line(&self) -> &Line;

    /// A payment that nobody has seen: another reference each time, a fixed amount, a method with a code to pay by that the profile lists.
    fn payment(&self) -> NewPayment;

    /// How many payments the fake has under this reference.
    fn made(&self, code: PaymentCode) -> usize;

    /// How many requests for a payment have reached the fake.
    fn asked(&self) -> u32;

    /// What has become of the newest payment under this reference, from now on.
    fn becomes(&self, code: PaymentCode, fate: Fate);

    /// A genuine notification of that payment as it stands.
    fn notice(&self, code: PaymentCode) -> RawRequest;

    /// The same with this text in its body replaced, signed as before.
    fn tampered(&self, code: PaymentCode, from: &str, to: &str) -> RawRequest {
        let mut notice = self.notice(code);
        let body = String::from_utf8(notice.body.to_vec()).unwrap();
        assert!(body.contains(from), "{from:?} is not in {body}");
        notice.body = body.replace(from, to).into();
        notice
    }

    /// A text that stands in every notification and is covered by the signature, and what a thief would write in its place.
    fn signed_text(&self, code: PaymentCode) -> (String, String);
}

/// What becomes of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Paid in full.
    Paid,
    /// Not paid in time.
    Expired,
}

/// The only sighting of an exchange.
fn only(exchange: &PaymentExchange) -> &PaymentSighting {
    let [one] = exchange.sightings.as_slice() else {
        panic!("one sighting is expected: {exchange:?}");
    };
    one
}

/// What our row says of a payment of which nothing came back.
fn row(payment: &NewPayment) -> Expected {
    Expected {
        reference: PaymentRef::ours(payment.code),
        amount: payment.amount,
        payable: None,
    }
}

/// The whole suite, one `#[test]` a case, each on a fresh fixture.
#[macro_export]
macro_rules! gateway_suite {
    ($fresh:expr) => {
        $crate::cases! {
            $fresh;
            gateway::creates:
                a_payment_is_made_once_and_told_whole
                a_payment_that_breaks_a_rule_is_not_sent
                what_the_profile_does_not_offer_is_not_sent
                e_01_a_create_that_nobody_heard_wrote_nothing
                e_01_a_lost_create_proves_nothing_and_is_found_by_our_reference
                e_03_half_an_answer_proves_nothing
                e_05_a_page_or_a_bare_status_proves_nothing
                a_redirect_is_not_followed
                a_second_create_does_what_the_profile_says
                the_profile_can_be_lived_with;
            gateway::answers:
                nobodys_payment_is_not_found
                a_look_changes_nothing_and_proves_nothing_when_lost
                inv_22_what_was_paid_is_told_with_its_amount_and_its_own_name
                inv_22_another_amount_is_not_ours
                an_expired_payment_is_told
                e_29_money_after_expiry_is_told_as_money
                an_act_that_is_not_listed_is_not_sent
                an_act_on_nobodys_payment_changes_nothing;
            gateway::notices:
                a_genuine_notice_reads_the_same_every_time
                t_08_a_notice_without_its_own_signature_is_nobodys
                t_08_a_notice_with_another_amount_is_nobodys
                inv_35_duplicated_late_and_shuffled_notices_credit_once
                hostile_bytes_are_refused_or_unclear;
        }
    };
}
