//! The first of the two closed tables: `(attempt, sighting) -> class` (money-safety section 5, INV-13).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::log::Channel;
use super::model::{Attempt, AttemptState};
use crate::supplier::{Claim, Formed, NotFound, Profile, Reason, Sighting, SnPolicy, Status};
use crate::time::Timestamp;

/// What core makes of a sighting, given the attempt's history. Closed on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Stored; the attempt stays as it is.
    Nothing,
    /// Proven: no byte left.
    NotSent,
    /// Proven: refused before a transaction was formed.
    RejectedUnformed,
    /// Proven: formed and finally failed.
    RejectedFormed,
    /// Refused or failed, but not proof yet: open as it was, the doubt is noted.
    Doubt,
    /// Accepted, in process.
    Pending,
    /// Nothing is proven.
    Unknown,
    /// Delivered; the serial number that the product needs is missing.
    AwaitSn,
    /// Delivered.
    Success,
    /// Delivered after proof of non-delivery.
    LateSuccess,
    /// A success is said to be undelivered after all; not yet believed.
    ReversalHeard,
    /// The same, confirmed by a second authenticated channel.
    LateReversal,
    /// It contradicts what is known, without an order between the signals.
    Conflict,
    /// A hint that cannot be believed by itself: worth asking about.
    Hint,
    /// An authenticated read begun after a contradiction confirms that the delivery stands.
    Upheld,
}

/// What a judgement rests on besides the attempt and the sighting.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// What the supplier can do.
    pub profile: &'a Profile,
    /// Whether the product's deliveries carry a serial number.
    pub sn_required: bool,
    /// How much later a doubtful rejection must be said again (60 s, INV-13).
    pub doubt_wait: Duration,
    /// If the order is disputed: since when.
    pub disputed_since: Option<Timestamp>,
    /// When the sighting was received.
    pub now: Timestamp,
}

/// Judges a sighting that binds. Pure and total: every combination has a class.
pub fn judge(attempt: &Attempt, sighting: &Sighting, channel: Channel, bench: &Bench<'_>) -> Class {
    let authenticated = match channel {
        Channel::Reply { .. } | Channel::Status { .. } => true,
        Channel::Callback { signed, .. } => signed,
    };
    let only_proof_there_is =
        sighting.claim == Claim::Delivered && bench.profile.status == Status::None;
    if !authenticated && !only_proof_there_is {
        return Class::Hint;
    }
    if bench.disputed_since.is_some() || attempt.state == AttemptState::Conflict {
        return judge_disputed(attempt, sighting, channel, bench);
    }
    match sighting.claim {
        Claim::NotSent => not_sent(attempt, channel),
        Claim::Refused { formed: Formed::No } => refused_unformed(attempt, channel),
        Claim::Refused {
            formed: Formed::Yes,
        } => refused_formed(attempt, channel, bench),
        Claim::Refused {
            formed: Formed::Doubtful,
        } => refused_doubtfully(attempt, channel, bench),
        Claim::Pending => pending(attempt),
        Claim::Delivered => delivered(attempt, sighting, bench),
        Claim::Unclear => unclear(attempt, sighting, channel, bench),
    }
}

/// After a contradiction only an authenticated read begun after it settles (INV-21); everything else is stored.
fn judge_disputed(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    bench: &Bench<'_>,
) -> Class {
    let Channel::Status { began } = channel else {
        return Class::Nothing;
    };
    if bench.disputed_since.is_some_and(|since| began <= since) {
        return Class::Nothing;
    }
    match (attempt.state, sighting.claim) {
        (AttemptState::Conflict, Claim::Delivered) => success_by_sn(sighting, attempt, bench),
        (
            AttemptState::Conflict,
            Claim::Refused {
                formed: Formed::Yes,
            },
        ) => Class::RejectedFormed,
        (AttemptState::Success, Claim::Delivered) => Class::Upheld,
        (
            AttemptState::Success,
            Claim::Refused {
                formed: Formed::Yes | Formed::Doubtful,
            },
        ) => {
            if attempt.reversal.is_some_and(|heard| heard.by_message) {
                Class::LateReversal
            } else {
                Class::Nothing
            }
        }
        _ => Class::Nothing,
    }
}

/// Only the reply to the one and only send proves that nothing left.
fn not_sent(attempt: &Attempt, channel: Channel) -> Class {
    let only_send = channel == Channel::Reply { send: 1 } && attempt.sends == 1;
    match attempt.state {
        AttemptState::Sending | AttemptState::Unknown if only_send => Class::NotSent,
        AttemptState::Sending
        | AttemptState::Unknown
        | AttemptState::Pending
        | AttemptState::AwaitSn
        | AttemptState::Conflict
        | AttemptState::Success
        | AttemptState::NotSent
        | AttemptState::Rejected { .. }
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => Class::Nothing,
    }
}

/// "No transaction formed" speaks of one POST only: it proves something as the reply to the first and only send.
fn refused_unformed(attempt: &Attempt, channel: Channel) -> Class {
    let only_send = channel == Channel::Reply { send: 1 } && attempt.sends == 1;
    match attempt.state {
        AttemptState::Sending | AttemptState::Unknown | AttemptState::Pending if only_send => {
            Class::RejectedUnformed
        }
        AttemptState::Sending => Class::Unknown,
        AttemptState::Unknown
        | AttemptState::Pending
        | AttemptState::AwaitSn
        | AttemptState::Conflict
        | AttemptState::Success
        | AttemptState::NotSent
        | AttemptState::Rejected { .. }
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => Class::Nothing,
    }
}

fn refused_formed(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> Class {
    match attempt.state {
        AttemptState::Sending | AttemptState::Pending | AttemptState::Unknown => {
            if answers_last_send(attempt, channel, bench) {
                Class::RejectedFormed
            } else if attempt.state == AttemptState::Sending {
                Class::Unknown
            } else {
                Class::Nothing
            }
        }
        AttemptState::AwaitSn | AttemptState::LateSuccess => Class::Conflict,
        AttemptState::Success => reversal(attempt, channel),
        AttemptState::NotSent
        | AttemptState::Rejected { .. }
        | AttemptState::LateReversal
        | AttemptState::Conflict => Class::Nothing,
    }
}

/// Codes that may still turn out delivered are believed when said again, at least `doubt_wait` (and the settle delay) later.
fn refused_doubtfully(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> Class {
    match attempt.state {
        AttemptState::Sending | AttemptState::Pending | AttemptState::Unknown => {
            let wait = bench.doubt_wait.max(bench.profile.settle_delay);
            let again = attempt
                .doubt
                .is_some_and(|first| bench.now.since(first) >= wait);
            let repeats = match channel {
                Channel::Reply { send } => send > 1,
                Channel::Status { .. } | Channel::Callback { .. } => true,
            };
            if again && repeats && answers_last_send(attempt, channel, bench) {
                Class::RejectedFormed
            } else {
                Class::Doubt
            }
        }
        AttemptState::AwaitSn | AttemptState::LateSuccess => Class::Conflict,
        AttemptState::Success => reversal(attempt, channel),
        AttemptState::NotSent
        | AttemptState::Rejected { .. }
        | AttemptState::LateReversal
        | AttemptState::Conflict => Class::Nothing,
    }
}

/// INV-13: a rejection counts only if it was received after the last send of that reference completed.
fn answers_last_send(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> bool {
    match channel {
        Channel::Reply { send } => {
            send == attempt.sends
                && (send == 1 || matches!(bench.profile.status, Status::Resubmit { .. }))
        }
        Channel::Status { .. } => !attempt.send_open,
        Channel::Callback { signed, .. } => {
            signed
                && !attempt.send_open
                && (attempt.sends == 1 || matches!(bench.profile.status, Status::Resubmit { .. }))
        }
    }
}

/// A failure after a success is believed when a status read and another authenticated channel say so.
fn reversal(attempt: &Attempt, channel: Channel) -> Class {
    let heard = attempt.reversal.unwrap_or_default();
    let confirmed = match channel {
        Channel::Status { .. } => heard.by_message,
        Channel::Reply { .. } | Channel::Callback { .. } => heard.by_read,
    };
    if confirmed {
        Class::LateReversal
    } else {
        Class::ReversalHeard
    }
}

fn pending(attempt: &Attempt) -> Class {
    match attempt.state {
        AttemptState::Sending | AttemptState::Unknown => Class::Pending,
        AttemptState::Pending
        | AttemptState::AwaitSn
        | AttemptState::Conflict
        | AttemptState::Success
        | AttemptState::NotSent
        | AttemptState::Rejected { .. }
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => Class::Nothing,
    }
}

fn delivered(attempt: &Attempt, sighting: &Sighting, bench: &Bench<'_>) -> Class {
    match attempt.state {
        AttemptState::Sending | AttemptState::Pending | AttemptState::Unknown => {
            success_by_sn(sighting, attempt, bench)
        }
        AttemptState::AwaitSn if sighting.sn.is_some() => Class::Success,
        AttemptState::NotSent | AttemptState::Rejected { .. } => Class::LateSuccess,
        AttemptState::LateReversal => Class::Conflict,
        AttemptState::AwaitSn
        | AttemptState::Success
        | AttemptState::LateSuccess
        | AttemptState::Conflict => Class::Nothing,
    }
}

fn success_by_sn(sighting: &Sighting, attempt: &Attempt, bench: &Bench<'_>) -> Class {
    let required = match bench.profile.sn_policy {
        SnPolicy::Required => true,
        SnPolicy::Optional => false,
        SnPolicy::ByProduct => bench.sn_required,
    };
    if required && sighting.sn.is_none() && attempt.sn.is_none() {
        Class::AwaitSn
    } else {
        Class::Success
    }
}

/// Proves nothing, with one exception: "not found" where the contract says that it proves non-delivery after a while.
fn unclear(attempt: &Attempt, sighting: &Sighting, channel: Channel, bench: &Bench<'_>) -> Class {
    let open = matches!(attempt.state, AttemptState::Pending | AttemptState::Unknown);
    if let (true, Reason::NotFound, Channel::Status { .. }, NotFound::ProofAfter(wait)) =
        (open, sighting.reason, channel, bench.profile.not_found)
        && !attempt.send_open
        && attempt
            .last_send_ended_at
            .is_some_and(|ended| bench.now.since(ended) >= wait)
    {
        return Class::RejectedUnformed;
    }
    if attempt.state == AttemptState::Sending {
        Class::Unknown
    } else {
        Class::Nothing
    }
}
