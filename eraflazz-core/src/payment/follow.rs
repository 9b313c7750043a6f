//! What follows from a sighting, given what is known: by rank, never by arrival (money-safety 8.5).

use super::profile::CallbackProof;
use super::state::PaymentState;

/// Where a sighting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A notification, with what its signature proves.
    Callback(CallbackProof),
    /// The answer to a question of ours: authenticated and of now.
    Look,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It is what is known.
    Same,
    /// It is older than what is known: kept, and without effect.
    Late,
    /// It may be news, and does not prove it: ask the gateway (INV-35).
    Ask,
    /// The payment has gone on to this state.
    Rise(PaymentState),
    /// The payment has turned from an end, or back: money for one that had expired, or a settlement that was taken back. Booked as what it is, and a
    /// person hears of it (E-29, E-32).
    Turn(PaymentState),
}

/// What follows from `seen` where `known` is known. The same again, an older one and one out of order change nothing: applying any sequence of
/// notifications in any order, each any number of times, ends where the gateway's own answer says.
pub fn follow(known: PaymentState, seen: PaymentState, evidence: Evidence) -> Follow {
    if seen == known {
        return Follow::Same;
    }
    let rises = seen.rank() > known.rank() && !known.is_unpaid_end();
    let turns = is_turn(known, seen);
    match evidence {
        Evidence::Look if rises => Follow::Rise(seen),
        Evidence::Look if turns => Follow::Turn(seen),
        Evidence::Callback(CallbackProof::Whole) if rises && seen.is_unpaid_end() => {
            Follow::Rise(seen)
        }
        Evidence::Callback(_) if rises || turns => Follow::Ask,
        // Of one rank, or lower without a legal turn: older than what is known, also where the gateway itself answers so.
        Evidence::Look | Evidence::Callback(_) => Follow::Late,
    }
}

/// Moves that are not upwards, and happen.
const fn is_turn(known: PaymentState, seen: PaymentState) -> bool {
    match known {
        // The customer paid after all; or one end is corrected by another.
        PaymentState::Failed
        | PaymentState::Denied
        | PaymentState::Cancelled
        | PaymentState::Expired => seen.rank() >= 2,
        // Called off before or after settlement, or taken back by the bank.
        PaymentState::Captured | PaymentState::Settled => {
            matches!(seen, PaymentState::Denied | PaymentState::Cancelled)
        }
        // A refund that its bank did not pay.
        PaymentState::PartlyRefunded | PaymentState::PartlyChargedBack => {
            matches!(
                seen,
                PaymentState::Settled
                    | PaymentState::PartlyRefunded
                    | PaymentState::PartlyChargedBack
            )
        }
        PaymentState::Refunded | PaymentState::ChargedBack => {
            matches!(seen, PaymentState::ChargedBack | PaymentState::Refunded)
        }
        PaymentState::Authorized | PaymentState::Challenged => {
            matches!(seen, PaymentState::Authorized | PaymentState::Challenged)
        }
        PaymentState::Pending => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaymentState as S;

    const PROOFS: [CallbackProof; 2] = [CallbackProof::Whole, CallbackProof::Hint];

    #[test]
    fn inv_35_no_notification_moves_money_by_itself() {
        for known in S::ALL {
            for seen in S::ALL {
                for proof in PROOFS {
                    let then = follow(known, seen, Evidence::Callback(proof));
                    let moves = matches!(then, Follow::Rise(_) | Follow::Turn(_));
                    assert!(!moves || seen.is_unpaid_end(), "{known:?} {seen:?}");
                    assert!(
                        !moves || known.rank() < 2,
                        "{known:?} {seen:?} undid something"
                    );
                    assert!(!moves || proof == CallbackProof::Whole);
                }
            }
        }
    }

    #[test]
    fn the_same_again_is_nothing_new() {
        for state in S::ALL {
            for evidence in [Evidence::Look, Evidence::Callback(CallbackProof::Whole)] {
                assert_eq!(follow(state, state, evidence), Follow::Same);
            }
        }
    }

    #[test]
    fn a_late_pending_moves_nothing() {
        for known in S::ALL {
            let then = follow(known, S::Pending, Evidence::Look);
            assert!(matches!(then, Follow::Late | Follow::Same), "{known:?}");
        }
    }

    #[test]
    fn e_29_money_after_the_end_is_a_turn() {
        for end in [S::Expired, S::Cancelled, S::Denied, S::Failed] {
            assert_eq!(
                follow(end, S::Settled, Evidence::Look),
                Follow::Turn(S::Settled)
            );
            assert_eq!(
                follow(end, S::Settled, Evidence::Callback(CallbackProof::Whole)),
                Follow::Ask
            );
        }
    }

    #[test]
    fn e_32_a_settlement_taken_back_is_a_turn() {
        assert_eq!(
            follow(S::Settled, S::Denied, Evidence::Look),
            Follow::Turn(S::Denied)
        );
        assert_eq!(follow(S::Settled, S::Expired, Evidence::Look), Follow::Late);
    }

    #[test]
    fn capture_then_settlement_is_one_payment_going_on() {
        assert_eq!(
            follow(S::Captured, S::Settled, Evidence::Look),
            Follow::Rise(S::Settled)
        );
        assert_eq!(
            follow(S::Settled, S::Captured, Evidence::Look),
            Follow::Late
        );
    }

    #[test]
    fn what_looks_say_in_any_order_ends_at_the_highest() {
        let story = [S::Pending, S::Captured, S::Settled, S::PartlyRefunded];
        let mut orders = 0;
        for a in story {
            for b in story {
                for c in story {
                    for d in story {
                        let known = [a, b, c, d].into_iter().fold(S::Pending, |known, seen| {
                            match follow(known, seen, Evidence::Look) {
                                Follow::Rise(state) => state,
                                // Settled after a refund in part is a turn by design; a notification never gets here with it.
                                Follow::Turn(_) | Follow::Same | Follow::Late | Follow::Ask => {
                                    known
                                }
                            }
                        });
                        let highest = [a, b, c, d].into_iter().max_by_key(|s| s.rank());
                        assert_eq!(Some(known), highest);
                        orders += 1;
                    }
                }
            }
        }
        assert_eq!(orders, 256);
    }
}
