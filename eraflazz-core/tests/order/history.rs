//! Random histories: whatever is heard, tended or ruled in whatever order, each commit passes the commit rule and the desk's audit.

use std::time::Duration;

use eraflazz_core::ids::AttemptNo;
use eraflazz_core::member::LateSuccess;
use eraflazz_core::order::{Channel, Resolution};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};
use proptest::prelude::*;

use super::desk::{CAP, COST, DOUBTFUL, Desk, NO, Next, RESUBMIT, SELL, Setup, YES, their_ref};
use super::view::money;

#[derive(Clone, Debug)]
enum Input {
    Hear {
        attempt: usize,
        channel: u8,
        back: u64,
        said: Vec<(usize, u8)>,
        reason: usize,
    },
    Tend {
        twin: bool,
    },
    Due,
    Wait(u64),
    Rule(usize),
    Refund(usize, i64),
    Cancel,
}

const CLAIMS: [Claim; 7] = [
    Claim::Delivered,
    YES,
    NO,
    DOUBTFUL,
    Claim::Pending,
    Claim::Unclear,
    Claim::NotSent,
];
const REASONS: [Reason; 6] = [
    Reason::Other,
    Reason::BadDestination,
    Reason::Duplicate,
    Reason::SupplierFunds,
    Reason::OutOfStock,
    Reason::NotFound,
];
const STATUSES: [Status; 4] = [Status::Dedicated, RESUBMIT, Status::Listing, Status::None];

/// Nothing, a part, most of the price, all of it, and more.
const AMOUNTS: [i64; 5] = [0, 1, SELL / 5 * 3, SELL, SELL + 1];

fn input() -> impl Strategy<Value = Input> {
    let said = prop::collection::vec((0..CLAIMS.len(), 0_u8..8), 0..3);
    let hear = (0_usize..4, 0_u8..5, 0_u64..400, said, 0..REASONS.len());
    prop_oneof![
        6 => hear.prop_map(|(attempt, channel, back, said, reason)| Input::Hear {
            attempt, channel, back, said, reason,
        }),
        2 => any::<bool>().prop_map(|twin| Input::Tend { twin }),
        3 => Just(Input::Due),
        2 => (0_u64..4_000).prop_map(Input::Wait),
        1 => (0_usize..5).prop_map(Input::Rule),
        1 => (0_usize..6, 0_usize..AMOUNTS.len()).prop_map(|(name, amount)| Input::Refund(name, AMOUNTS[amount])),
        1 => Just(Input::Cancel),
    ]
}

fn plan() -> impl Strategy<Value = Next> {
    prop_oneof![
        3 => (0_u16..3).prop_map(Next::Go),
        1 => (0_u16..3).prop_map(|supplier| Next::GoAt(supplier, CAP + 1)),
        1 => (0_u64..300).prop_map(|wait| Next::Wait(Duration::from_secs(wait))),
    ]
}

fn sighting(desk: &Desk, no: u16, claim: usize, look: u8, reason: usize) -> Sighting {
    let full = Sighting {
        reason: REASONS[reason],
        ..desk.delivered(no)
    };
    let full = Sighting {
        claim: CLAIMS[claim],
        ..full
    };
    match look {
        0 => Sighting { sn: None, ..full },
        1 => Sighting {
            price: Some(money(CAP + 100)),
            ..full
        },
        2 => Sighting {
            price: Some(money(COST - 1)),
            ..full
        },
        3 => Sighting {
            their_ref: Some(their_ref("Q-1")),
            ..full
        },
        4 => Sighting {
            target: None,
            ..full
        },
        _ => full,
    }
}

fn step(desk: &mut Desk, input: &Input) {
    match input {
        Input::Hear {
            attempt,
            channel,
            back,
            said,
            reason,
        } => {
            if desk.rows.attempts.is_empty() {
                return;
            }
            let no = u16::try_from(attempt % desk.rows.attempts.len() + 1).unwrap();
            let sightings = said
                .iter()
                .map(|(claim, look)| sighting(desk, no, *claim, *look, *reason))
                .collect();
            let sends = desk.attempt(no).sends;
            let began = eraflazz_core::time::Timestamp::from_micros(
                desk.now.micros() - i64::try_from(*back).unwrap() * 1_000_000,
            );
            let channel = match channel {
                0 => Channel::Reply { send: sends },
                1 => Channel::Reply { send: 1 },
                2 => Channel::Status { began },
                3 => desk.callback_channel(true),
                _ => desk.callback_channel(false),
            };
            desk.hear(no, channel, sightings).unwrap();
        }
        Input::Tend { twin } => {
            desk.tend_with_twin(*twin);
        }
        Input::Due => {
            if let Some(due) = desk.order().next_action_at {
                desk.wait_until(due);
                desk.tend();
            }
        }
        Input::Wait(seconds) => desk.wait(Duration::from_secs(*seconds)),
        Input::Rule(which) => {
            let resolution = match which {
                0 => Resolution::Delivered {
                    sn: None,
                    cost: Some(money(COST)),
                },
                1 => Resolution::NotDelivered {
                    proof: "text".to_owned(),
                },
                2 => Resolution::RECLAIM,
                3 => Resolution::ABSORB,
                _ => Resolution::KeepWaiting { until: desk.now },
            };
            // An illegal ruling is refused and leaves no trace; a legal one is audited like any commit.
            let _ = desk.resolve(resolution);
        }
        Input::Refund(name, amount) => {
            let _ = desk.refund(&format!("cs-{name}"), *amount);
        }
        Input::Cancel => {
            let _ = desk.cancel();
        }
    }
    assert!(desk.rows.attempts.len() < usize::from(AttemptNo(u16::MAX).0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inv_07_random_histories_keep_every_invariant(
        statuses in prop::collection::vec(0..STATUSES.len(), 3),
        settle in prop::collection::vec(prop_oneof![Just(0_u64), Just(240_u64)], 3),
        sn_required in any::<bool>(),
        absorb in any::<bool>(),
        plans in prop::collection::vec(plan(), 0..5),
        inputs in prop::collection::vec(input(), 1..40),
    ) {
        let mut desk = Desk::held(Setup {
            sn_required,
            late_success: if absorb { LateSuccess::Absorb } else { LateSuccess::Reclaim },
            ..Setup::of(Status::Dedicated)
        });
        for (place, profile) in desk.world.profiles.iter_mut().enumerate() {
            profile.status = STATUSES[statuses[place]];
            profile.settle_delay = Duration::from_secs(settle[place]);
        }
        for plan in plans {
            desk.then(plan);
        }
        for input in &inputs {
            step(&mut desk, input);
        }
    }
}
