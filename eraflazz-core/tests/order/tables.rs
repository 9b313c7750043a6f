//! The closed tables of section 5, row by row, against an oracle that was written from the text of the law; and binding.

use std::time::Duration;

use eraflazz_core::order::follow::{Next, Reroute, after_rejection, follow};
use eraflazz_core::order::{
    Attempt, AttemptState, Bench, Channel, Class, ReversalHeard, Unbound, bind, judge,
};
use eraflazz_core::supplier::{Claim, NotFound, Reason, Sighting, SnPolicy, Status};
use eraflazz_core::text::{Sku, Sn, Target};
use eraflazz_core::time::Timestamp;

use super::desk::{DOUBTFUL, Desk, NO, ONE, RESUBMIT, Setup, YES, profile, sees, their_ref};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const CLAIMS: [Claim; 7] = [
    Claim::NotSent,
    NO,
    YES,
    DOUBTFUL,
    Claim::Pending,
    Claim::Delivered,
    Claim::Unclear,
];

fn ago(seconds: u64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() - i64::try_from(seconds).unwrap() * 1_000_000)
}

fn states() -> [AttemptState; 11] {
    use AttemptState::{
        AwaitSn, Conflict, LateReversal, LateSuccess, NotSent, Pending, Rejected, Sending, Success,
        Unknown, Withheld,
    };
    let rejected = Rejected {
        formed: true,
        reason: Reason::Other,
        at: ago(200),
    };
    [
        Sending,
        NotSent,
        Withheld,
        rejected,
        Pending,
        Unknown,
        AwaitSn,
        Success,
        Conflict,
        LateSuccess,
        LateReversal,
    ]
}

/// The law in words of its own: who may be believed, what is proof, and then the rows of table 1.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "the rows of the law's table, in their order"
)]
fn law(attempt: &Attempt, sighting: &Sighting, channel: Channel, bench: &Bench<'_>) -> Class {
    use AttemptState as S;
    let (state, status) = (attempt.state, bench.profile.status);
    let unsettled = matches!(state, S::Sending | S::Pending | S::Unknown | S::AwaitSn);
    if matches!(channel, Channel::Callback { signed: false, .. }) {
        let exception = status == Status::None && sighting.claim == Claim::Delivered;
        if !(exception && (unsettled || state == S::Conflict)) {
            return Class::Hint;
        }
    }
    let read_began = match channel {
        Channel::Status { began } => Some(began),
        Channel::Reply { .. } | Channel::Callback { .. } => None,
    };
    let disputed = bench.disputed_since.is_some() || state == S::Conflict;
    let settles_dispute =
        read_began.is_some_and(|began| bench.disputed_since.is_none_or(|since| began > since));

    // INV-13: received after the last send completed, and weighty enough for so many sends.
    let only_reply = attempt.sends == 1 && channel == Channel::Reply { send: 1 };
    let after_last_send = match channel {
        Channel::Reply { send } => send == attempt.sends,
        Channel::Callback { received_at, .. } => {
            !attempt.send_open
                && attempt
                    .last_send_ended_at
                    .is_none_or(|end| end <= received_at)
        }
        Channel::Status { began } => {
            !attempt.send_open && attempt.last_send_ended_at.is_some_and(|end| end <= began)
        }
    };
    let weighty =
        attempt.sends == 1 || read_began.is_some() || matches!(status, Status::Resubmit { .. });
    let proof = after_last_send && weighty;
    let again = attempt
        .doubt
        .is_some_and(|first| read_began.unwrap_or(NOW).since(first) >= Duration::from_mins(1))
        && channel != Channel::Reply { send: 1 };

    let sn_there = !bench.sn_required || sighting.sn.is_some() || attempt.sn.is_some();
    let reversal = match attempt.reversal {
        Some(heard) if read_began.is_some() && heard.by_message => Class::LateReversal,
        Some(heard) if read_began.is_none() && heard.by_read => Class::LateReversal,
        _ => Class::ReversalHeard,
    };
    if state == S::Conflict {
        return match sighting.claim {
            Claim::Delivered if settles_dispute && sn_there => Class::Success,
            YES if settles_dispute && proof => Class::RejectedFormed,
            Claim::NotSent
            | Claim::Refused { .. }
            | Claim::Pending
            | Claim::Delivered
            | Claim::Unclear => Class::Nothing,
        };
    }
    if disputed && settles_dispute {
        match (state, sighting.claim) {
            (S::Success | S::LateSuccess, Claim::Delivered) | (S::LateReversal, YES | DOUBTFUL) => {
                return Class::Upheld;
            }
            _ => {}
        }
    }
    let open_as_it_was = if state == S::Sending {
        Class::Unknown
    } else {
        Class::Nothing
    };
    let class = match sighting.claim {
        Claim::NotSent if only_reply && matches!(state, S::Sending | S::Unknown) => Class::NotSent,
        NO if only_reply && matches!(state, S::Sending | S::Unknown | S::Pending) => {
            Class::RejectedUnformed
        }
        Claim::NotSent | NO if only_reply && state == S::AwaitSn => Class::Conflict,
        YES | DOUBTFUL if state == S::Success => reversal,
        YES | DOUBTFUL if state == S::LateSuccess => Class::Conflict,
        YES if unsettled && proof && state == S::AwaitSn => Class::Conflict,
        YES if unsettled && proof => Class::RejectedFormed,
        NO | YES => open_as_it_was,
        DOUBTFUL if unsettled && proof && again && state == S::AwaitSn => Class::Conflict,
        DOUBTFUL if unsettled && proof && again => Class::RejectedFormed,
        DOUBTFUL if unsettled => Class::Doubt,
        Claim::NotSent | DOUBTFUL => Class::Nothing,
        Claim::Pending if matches!(state, S::Sending | S::Unknown) => Class::Pending,
        Claim::Pending => Class::Nothing,
        Claim::Delivered if matches!(state, S::NotSent | S::Withheld | S::Rejected { .. }) => {
            Class::LateSuccess
        }
        Claim::Delivered if state == S::LateReversal => Class::Conflict,
        Claim::Delivered if state == S::AwaitSn && sighting.sn.is_none() => Class::Nothing,
        Claim::Delivered if unsettled && sn_there => Class::Success,
        Claim::Delivered if unsettled => Class::AwaitSn,
        Claim::Delivered => Class::Nothing,
        Claim::Unclear => open_as_it_was,
    };
    if !disputed || settles_dispute {
        return class;
    }
    // Disputed: nothing that moves money, but the listening goes on.
    match class {
        Class::LateReversal => Class::ReversalHeard,
        Class::LateSuccess => Class::LateHeard,
        Class::NotSent
        | Class::RejectedUnformed
        | Class::RejectedFormed
        | Class::Success
        | Class::AwaitSn => open_as_it_was,
        quiet @ (Class::Nothing
        | Class::Doubt
        | Class::Pending
        | Class::Unknown
        | Class::ReversalHeard
        | Class::LateHeard
        | Class::Conflict
        | Class::Hint
        | Class::Upheld) => quiet,
    }
}

#[test]
fn inv_13_table_one_judges_every_combination_as_the_law_says() {
    let desk = Desk::sending(Setup::of(Status::Dedicated));
    let base = desk.attempt(1).clone();
    let mut seen = 0_u32;
    let callback = |signed| Channel::Callback {
        inbox: eraflazz_core::ids::InboxId(uuid::Uuid::nil()),
        signed,
        received_at: NOW,
    };
    let channels = [
        Channel::Reply { send: 1 },
        Channel::Reply { send: 2 },
        Channel::Status { began: ago(1) },
        Channel::Status { began: ago(100) },
        Channel::Status { began: ago(400) },
        callback(true),
        callback(false),
    ];
    let reversals = [None, Some((true, false)), Some((false, true))];
    for status in [Status::Dedicated, RESUBMIT, Status::Listing, Status::None] {
        let profile = profile(status);
        for (sends, send_open) in [(1, true), (1, false), (2, true), (2, false)] {
            for state in states() {
                for doubt in [None, Some(ago(59)), Some(ago(60)), Some(ago(160))] {
                    for reversal in reversals {
                        let attempt = Attempt {
                            state,
                            sends,
                            send_open,
                            call_open: send_open,
                            last_send_ended_at: (!send_open).then(|| ago(300)),
                            lease_until: NOW.plus(profile.lease()),
                            doubt,
                            reversal: reversal.map(|(by_read, by_message)| ReversalHeard {
                                by_read,
                                by_message,
                            }),
                            ..base.clone()
                        };
                        for disputed_since in [None, Some(ago(50))] {
                            let bench = Bench {
                                profile: &profile,
                                sn_required: true,
                                doubt_wait: Duration::from_mins(1),
                                disputed_since,
                                received_at: NOW,
                            };
                            for channel in channels {
                                for claim in CLAIMS {
                                    for sn in [None, Some(Sn::new("123").unwrap())] {
                                        let sighting = Sighting {
                                            sn,
                                            ..sees(&attempt, claim, Reason::Other)
                                        };
                                        let class = judge(&attempt, &sighting, channel, &bench);
                                        assert_eq!(
                                            class,
                                            law(&attempt, &sighting, channel, &bench),
                                            "{status:?} {sends} open={send_open} {state:?} {doubt:?} {reversal:?} \
                                             {disputed_since:?} {channel:?} {claim:?} {:?}",
                                            sighting.sn
                                        );
                                        seen += 1;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(seen, 4 * 4 * 11 * 4 * 3 * 2 * 7 * 7 * 2);
}

#[test]
fn e_12_a_serial_number_is_asked_for_as_policy_and_product_say() {
    let desk = Desk::sending(Setup::of(Status::Dedicated));
    let attempt = desk.attempt(1);
    let bare = sees(attempt, Claim::Delivered, Reason::None);
    for (policy, by_product, class) in [
        (SnPolicy::Required, false, Class::AwaitSn),
        (SnPolicy::ByProduct, true, Class::AwaitSn),
        (SnPolicy::ByProduct, false, Class::Success),
        (SnPolicy::Optional, true, Class::Success),
    ] {
        let mut profile = profile(Status::Dedicated);
        profile.sn_policy = policy;
        let bench = Bench {
            profile: &profile,
            sn_required: by_product,
            doubt_wait: Duration::from_mins(1),
            disputed_since: None,
            received_at: NOW,
        };
        assert_eq!(
            judge(attempt, &bare, Channel::Reply { send: 1 }, &bench),
            class
        );
    }
}

#[test]
fn inv_12_not_found_is_proof_only_by_contract_and_when_asked_late_enough() {
    let desk = Desk::sending(Setup::of(Status::Dedicated));
    let attempt = Attempt {
        state: AttemptState::Unknown,
        send_open: false,
        call_open: false,
        last_send_ended_at: Some(ago(600)),
        ..desk.attempt(1).clone()
    };
    let unknown = Sighting::new(Claim::Unclear, Reason::NotFound);
    for (not_found, began, class) in [
        (NotFound::NoProof, ago(1), Class::Nothing),
        (
            NotFound::ProofAfter(Duration::from_mins(5)),
            ago(1),
            Class::RejectedUnformed,
        ),
        (
            NotFound::ProofAfter(Duration::from_mins(5)),
            ago(301),
            Class::Nothing,
        ),
        (
            NotFound::ProofAfter(Duration::from_mins(11)),
            ago(1),
            Class::Nothing,
        ),
    ] {
        let mut profile = profile(Status::Dedicated);
        profile.not_found = not_found;
        let bench = Bench {
            profile: &profile,
            sn_required: false,
            doubt_wait: Duration::from_mins(1),
            disputed_since: None,
            received_at: NOW,
        };
        assert_eq!(
            judge(&attempt, &unknown, Channel::Status { began }, &bench),
            class
        );
    }
}

#[test]
fn inv_13_a_doubtful_code_waits_for_the_settle_delay_too() {
    let desk = Desk::sending(Setup::of(RESUBMIT));
    let mut profile = profile(RESUBMIT);
    profile.settle_delay = Duration::from_mins(3);
    for (waited, class) in [(179, Class::Doubt), (180, Class::RejectedFormed)] {
        let attempt = Attempt {
            state: AttemptState::Unknown,
            sends: 2,
            send_open: false,
            doubt: Some(ago(waited)),
            lease_until: NOW.plus(profile.lease()),
            ..desk.attempt(1).clone()
        };
        let bench = Bench {
            profile: &profile,
            sn_required: false,
            doubt_wait: Duration::from_mins(1),
            disputed_since: None,
            received_at: NOW,
        };
        let sighting = sees(&attempt, DOUBTFUL, Reason::Other);
        assert_eq!(
            judge(&attempt, &sighting, Channel::Reply { send: 2 }, &bench),
            class
        );
    }
}

#[test]
fn each_class_has_the_word_that_metrics_know() {
    let classes = [
        Class::Nothing,
        Class::NotSent,
        Class::RejectedUnformed,
        Class::RejectedFormed,
        Class::Doubt,
        Class::Pending,
        Class::Unknown,
        Class::AwaitSn,
        Class::Success,
        Class::LateSuccess,
        Class::ReversalHeard,
        Class::LateReversal,
        Class::Conflict,
        Class::Hint,
        Class::Upheld,
        Class::LateHeard,
    ];
    assert_eq!(classes.map(Class::word), Class::WORDS);
}

#[test]
fn inv_13_how_long_an_answer_waited_to_be_heard_is_no_time_between_two_sayings() {
    let desk = Desk::sending(Setup::of(RESUBMIT));
    for (status, channel) in [
        (RESUBMIT, Channel::Reply { send: 2 }),
        (Status::Dedicated, Channel::Status { began: ago(61) }),
    ] {
        let profile = profile(status);
        for (waited, class) in [(120, Class::Doubt), (121, Class::RejectedFormed)] {
            let attempt = Attempt {
                state: AttemptState::Unknown,
                sends: 2,
                send_open: false,
                last_send_ended_at: Some(ago(130)),
                doubt: Some(ago(waited)),
                lease_until: ago(61).plus(profile.lease()),
                ..desk.attempt(1).clone()
            };
            let bench = Bench {
                profile: &profile,
                sn_required: false,
                doubt_wait: Duration::from_mins(1),
                disputed_since: None,
                received_at: NOW,
            };
            let sighting = sees(&attempt, DOUBTFUL, Reason::Other);
            assert_eq!(judge(&attempt, &sighting, channel, &bench), class);
        }
    }
}

const REASONS: [Reason; 18] = [
    Reason::None,
    Reason::OutOfStock,
    Reason::BadDestination,
    Reason::SupplierFunds,
    Reason::AccountFault,
    Reason::Duplicate,
    Reason::NotFound,
    Reason::CutOff,
    Reason::Price,
    Reason::SellerTrouble,
    Reason::Unstable,
    Reason::ProductClosed,
    Reason::RateLimited,
    Reason::Timeout,
    Reason::Unreadable,
    Reason::Contradiction,
    Reason::Other,
    Reason::Withheld,
];

#[test]
fn table_two_follows_every_class_and_reason_as_decided() {
    for reason in REASONS {
        let invited = [Reason::OutOfStock, Reason::SellerTrouble, Reason::Unstable];
        let tripping = [Reason::SupplierFunds, Reason::AccountFault];
        let rejected = if reason == Reason::BadDestination {
            Next::End
        } else {
            Next::Reroute(Reroute {
                retry_invited: invited.contains(&reason),
                trips_supplier: tripping.contains(&reason),
                after_twin: reason == Reason::Duplicate,
            })
        };
        assert_eq!(after_rejection(reason), rejected);
        for (classes, next) in [
            (
                vec![
                    Class::NotSent,
                    Class::RejectedUnformed,
                    Class::RejectedFormed,
                ],
                rejected,
            ),
            (
                vec![Class::Doubt, Class::Pending, Class::Unknown, Class::AwaitSn],
                Next::Wait,
            ),
            (vec![Class::Nothing], Next::Stay),
            (vec![Class::Hint], Next::AskSoon),
            (vec![Class::Success], Next::Settle),
            (vec![Class::LateSuccess], Next::Late),
            (vec![Class::LateHeard], Next::LateInDispute),
            (vec![Class::LateReversal], Next::Reverse),
            (vec![Class::ReversalHeard, Class::Conflict], Next::Dispute),
            (vec![Class::Upheld], Next::Uphold),
        ] {
            for class in classes {
                assert_eq!(follow(class, reason), next, "{class:?} {reason:?}");
            }
        }
    }
}

#[test]
fn e_09_every_name_must_be_ours() {
    let mut desk = Desk::sending(Setup::of(Status::Dedicated));
    let reply = Channel::Reply { send: 1 };
    let callback = desk.callback_channel(true);
    let attempt = Attempt {
        their_ref: Some(their_ref("Q-77")),
        ..desk.attempt(1).clone()
    };
    let full = sees(&attempt, Claim::Delivered, Reason::None);
    let check = |sighting: &Sighting, channel| bind(&attempt, sighting, channel, &[]);
    assert_eq!(check(&full, reply), Ok(()));
    assert_eq!(check(&full, callback), Ok(()));

    let other_case = Sighting {
        our_ref: eraflazz_core::ids::SupplierRef::parse(
            &attempt.supplier_ref.as_str().to_lowercase(),
        ),
        their_ref: Some(their_ref("q-77")),
        sku: Some(Sku::new("XLD10").unwrap()),
        ..full.clone()
    };
    assert_eq!(check(&other_case, callback), Ok(()));

    let wrong = [
        (
            Sighting {
                our_ref: eraflazz_core::ids::SupplierRef::parse("E00OTHERREF0000000Z"),
                ..full.clone()
            },
            Unbound::OtherRef,
        ),
        (
            Sighting {
                their_ref: Some(their_ref("Q-78")),
                ..full.clone()
            },
            Unbound::OtherTheirRef,
        ),
        (
            Sighting {
                sku: Some(Sku::new("xld25").unwrap()),
                ..full.clone()
            },
            Unbound::OtherProduct,
        ),
        (
            Sighting {
                target: Some(Target::new("087800001234").unwrap()),
                ..full.clone()
            },
            Unbound::OtherTarget,
        ),
    ];
    for (sighting, why) in wrong {
        for claim in CLAIMS {
            let sighting = Sighting {
                claim,
                ..sighting.clone()
            };
            assert_eq!(check(&sighting, reply), Err(why));
            assert_eq!(check(&sighting, callback), Err(why));
        }
    }

    let without = |drop: fn(&mut Sighting)| {
        let mut sighting = full.clone();
        drop(&mut sighting);
        sighting
    };
    let no_target = without(|s| s.target = None);
    assert_eq!(check(&no_target, reply), Err(Unbound::DeliveryWithoutNames));
    let only_target = without(|s| (s.our_ref, s.their_ref, s.sku) = (None, None, None));
    assert_eq!(
        check(&only_target, reply),
        Err(Unbound::DeliveryWithoutNames)
    );
    let by_product = without(|s| (s.our_ref, s.their_ref) = (None, None));
    assert_eq!(check(&by_product, reply), Ok(()));
    assert_eq!(
        check(&by_product, callback),
        Err(Unbound::CallbackWithoutRef)
    );
    let by_their_ref = without(|s| s.our_ref = None);
    assert_eq!(check(&by_their_ref, callback), Ok(()));
    let unknown_to_us = Attempt {
        their_ref: None,
        ..attempt.clone()
    };
    assert_eq!(
        bind(&unknown_to_us, &by_their_ref, callback, &[]),
        Err(Unbound::CallbackWithoutRef)
    );
    let bare = Sighting::new(YES, Reason::Other);
    assert_eq!(check(&bare, reply), Ok(()));
    assert_eq!(check(&bare, callback), Err(Unbound::CallbackWithoutRef));
    assert_eq!(attempt.no, ONE);
}
