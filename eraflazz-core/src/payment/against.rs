//! Whether a sighting is about a payment of ours: reference, identity and amount, against our own row and never against the message.

use super::code::PaymentRef;
use super::create::Amount;
use super::sighting::PaymentSighting;
use super::state::PaymentState;
use crate::money::Money;

/// What our row says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its references.
    pub reference: PaymentRef,
    /// What was asked for.
    pub amount: Amount,
    /// What the gateway said at create that the customer pays, a fee of his included. `None` while its answer is unknown.
    pub payable: Option<Money>,
}

/// Why a sighting moves nothing of this payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It names another reference than ours, or none.
    #[error("it names another reference than ours, or none")]
    Reference,
    /// It is another payment under our reference: paid twice, or tried again.
    #[error("it is another payment under the same reference")]
    OtherPayment,
    /// It does not say how much was paid.
    #[error("it does not say how much was paid")]
    NoAmount,
    /// Another amount than ours.
    #[error("{seen} was paid, and {expected} was asked for")]
    Amount {
        /// What it says.
        seen: Money,
        /// What our row says.
        expected: Money,
    },
}

/// Holds `seen` against our row. A payment that was paid must say how much, and for a fixed amount exactly ours.
///
/// `Ok` is the amount to book for a paid one: without the customer's fee (never what the message calls its total).
pub fn against(expected: &Expected, seen: &PaymentSighting) -> Result<Option<Money>, Mismatch> {
    let names_us = seen
        .our_ref
        .as_ref()
        .is_some_and(|echo| echo.as_str() == expected.reference.ours.as_str());
    let is_standing = expected.reference.standing.is_some()
        && seen.standing == expected.reference.standing
        && seen.our_ref.is_none();
    if !(names_us || is_standing) {
        return Err(Mismatch::Reference);
    }
    let is_open = expected.amount == Amount::Open;
    if let (Some(known), Some(other), false) =
        (&expected.reference.theirs, &seen.their_ref, is_open)
        && known != other
    {
        return Err(Mismatch::OtherPayment);
    }
    let must_say = seen
        .state()
        .is_some_and(|state| state.rank() >= PaymentState::Captured.rank());
    let Some(amount) = seen.amount else {
        return if must_say {
            Err(Mismatch::NoAmount)
        } else {
            Ok(None)
        };
    };
    if must_say && !amount.is_positive() {
        return Err(Mismatch::NoAmount);
    }
    let fee = seen.fees.map_or(Money::ZERO, |fees| fees.customer);
    let net = amount.checked_sub(fee).ok_or(Mismatch::NoAmount)?;
    match (expected.amount, expected.payable) {
        (Amount::Open, _) => Ok(Some(net)),
        (Amount::Fixed(_), Some(payable)) if payable != amount => Err(Mismatch::Amount {
            seen: amount,
            expected: payable,
        }),
        (Amount::Fixed(asked), _) if net != asked => Err(Mismatch::Amount {
            seen: net,
            expected: asked,
        }),
        (Amount::Fixed(asked), _) => Ok(Some(asked)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::payment::{Fees, PaymentClaim, PaymentCode, PaymentReason};

    const OURS: &str = "E0001KDVDYMR00G70R7Z";

    fn rupiah(amount: i64) -> Money {
        Money::rupiah(amount).unwrap()
    }

    fn expected() -> Expected {
        Expected {
            reference: PaymentRef {
                theirs: Some("T1".parse().unwrap()),
                ..PaymentRef::ours(PaymentCode::parse(OURS).unwrap())
            },
            amount: Amount::Fixed(rupiah(44_000)),
            payable: None,
        }
    }

    fn paid(amount: i64) -> PaymentSighting {
        PaymentSighting {
            our_ref: Some(OURS.parse().unwrap()),
            their_ref: Some("T1".parse().unwrap()),
            amount: Some(rupiah(amount)),
            ..PaymentSighting::new(PaymentClaim::Is(PaymentState::Settled), PaymentReason::None)
        }
    }

    #[test]
    fn inv_22_only_exactly_our_amount_is_booked() {
        assert_eq!(
            against(&expected(), &paid(44_000)),
            Ok(Some(rupiah(44_000)))
        );
        for wrong in [43_999, 44_001, 4_400_000] {
            assert!(matches!(
                against(&expected(), &paid(wrong)),
                Err(Mismatch::Amount { .. })
            ));
        }
        assert_eq!(against(&expected(), &paid(0)), Err(Mismatch::NoAmount));
        let silent = PaymentSighting {
            amount: None,
            ..paid(1)
        };
        assert_eq!(against(&expected(), &silent), Err(Mismatch::NoAmount));
    }

    #[test]
    fn e_28_a_customers_fee_is_not_ours_to_book() {
        let with_fee = PaymentSighting {
            fees: Some(Fees {
                merchant: Money::ZERO,
                customer: rupiah(1_250),
                received: rupiah(44_000),
            }),
            ..paid(45_250)
        };
        assert_eq!(against(&expected(), &with_fee), Ok(Some(rupiah(44_000))));
        let known = Expected {
            payable: Some(rupiah(45_250)),
            ..expected()
        };
        assert_eq!(against(&known, &with_fee), Ok(Some(rupiah(44_000))));
        assert!(against(&known, &paid(44_000)).is_err());
        let taken_from_ours = PaymentSighting {
            amount: Some(rupiah(44_000)),
            ..with_fee
        };
        assert!(
            against(&expected(), &taken_from_ours).is_err(),
            "what was asked for did not arrive"
        );
    }

    #[test]
    fn inv_22_a_second_payment_under_our_reference_is_another_payment() {
        let second = PaymentSighting {
            their_ref: Some("T2".parse().unwrap()),
            ..paid(44_000)
        };
        assert_eq!(against(&expected(), &second), Err(Mismatch::OtherPayment));
    }

    #[test]
    fn what_names_somebody_else_or_nobody_is_not_ours() {
        for our_ref in [None, Some("E0001KDVDYMR00G70R8Z".parse().unwrap())] {
            let other = PaymentSighting {
                our_ref,
                ..paid(44_000)
            };
            assert_eq!(against(&expected(), &other), Err(Mismatch::Reference));
        }
    }

    #[test]
    fn what_is_paid_under_a_standing_code_is_known_by_that_code_alone() {
        let standing = Expected {
            reference: PaymentRef {
                standing: Some("VA-1".parse().unwrap()),
                ..expected().reference
            },
            amount: Amount::Open,
            ..expected()
        };
        let through = |code: &str, our_ref: Option<&str>| PaymentSighting {
            our_ref: our_ref.map(|echo| echo.parse().unwrap()),
            standing: code.parse().ok(),
            ..paid(12_345)
        };
        let ours = against(&standing, &through("VA-1", None));
        assert_eq!(ours, Ok(Some(rupiah(12_345))));
        let stranger = "E0001KDVDYMR00G70R8Z";
        for other in [through("VA-2", None), through("VA-1", Some(stranger))] {
            assert_eq!(against(&standing, &other), Err(Mismatch::Reference));
        }
    }

    #[test]
    fn an_open_amount_is_what_was_paid() {
        let open = Expected {
            amount: Amount::Open,
            ..expected()
        };
        assert_eq!(against(&open, &paid(12_345)), Ok(Some(rupiah(12_345))));
    }
}
