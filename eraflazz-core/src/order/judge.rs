//! The first of the two closed tables: `(attempt, sighting) -> class` (money-safety section 5, INV-13).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::adopt::is_linked;
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
    /// An authenticated read begun after a contradiction confirms what was settled before it.
    Upheld,
    /// Delivered after proof of non-delivery, heard while the order is disputed: kept, and settled once the dispute is over.
    LateHeard,
}

impl Class {
    /// Every word of [`Class::word`].
    pub const WORDS: [&'static str; 16] = [
        "nothing",
        "not_sent",
        "rejected_unformed",
        "rejected_formed",
        "doubt",
        "pending",
        "unknown",
        "await_sn",
        "success",
        "late_success",
        "reversal_heard",
        "late_reversal",
        "conflict",
        "hint",
        "upheld",
        "late_heard",
    ];

    /// In one word, for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::NotSent => "not_sent",
            Self::RejectedUnformed => "rejected_unformed",
            Self::RejectedFormed => "rejected_formed",
            Self::Doubt => "doubt",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::AwaitSn => "await_sn",
            Self::Success => "success",
            Self::LateSuccess => "late_success",
            Self::ReversalHeard => "reversal_heard",
            Self::LateReversal => "late_reversal",
            Self::Conflict => "conflict",
            Self::Hint => "hint",
            Self::Upheld => "upheld",
            Self::LateHeard => "late_heard",
        }
    }
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
    /// When the sighting was received: for a callback, when it came in.
    pub received_at: Timestamp,
}

/// Judges a sighting that binds. Pure and total: every combination has a class.
pub fn judge(attempt: &Attempt, sighting: &Sighting, channel: Channel, bench: &Bench<'_>) -> Class {
    let authenticated = match channel {
        Channel::Reply { .. } | Channel::Status { .. } => true,
        Channel::Callback { signed, .. } => signed,
    };
    if !authenticated && !may_capture_unsigned(attempt, sighting, bench) {
        return Class::Hint;
    }
    if bench.disputed_since.is_some() || attempt.state == AttemptState::Conflict {
        return judge_disputed(attempt, sighting, channel, bench);
    }
    judge_undisputed(attempt, sighting, channel, bench)
}

/// The one exception of INV-35: where there is no way to ask, an unsigned report of success may capture. It takes nothing back and takes
/// nothing again, so the attempt must be open.
fn may_capture_unsigned(attempt: &Attempt, sighting: &Sighting, bench: &Bench<'_>) -> bool {
    sighting.claim == Claim::Delivered
        && attempt.status(bench.profile) == Status::None
        && attempt.state.is_open()
}

/// Whether a message that nobody signed would change anything about a settled attempt if it were believed: then it is worth a look (INV-35).
pub(super) fn speaks_against(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    bench: &Bench<'_>,
) -> bool {
    !attempt.state.is_open()
        && judge_undisputed(attempt, sighting, channel, bench) != Class::Nothing
}

fn judge_undisputed(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    bench: &Bench<'_>,
) -> Class {
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

/// After a contradiction only an authenticated read begun after it moves money (INV-21). The listening goes on: what moves none is heard as
/// ever.
fn judge_disputed(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    bench: &Bench<'_>,
) -> Class {
    if let Channel::Status { began } = channel
        && bench.disputed_since.is_none_or(|since| began > since)
    {
        return read_after_dispute(attempt, sighting, channel, bench);
    }
    if attempt.state == AttemptState::Conflict {
        return Class::Nothing;
    }
    match judge_undisputed(attempt, sighting, channel, bench) {
        Class::LateReversal => Class::ReversalHeard,
        Class::LateSuccess => Class::LateHeard,
        still @ (Class::Nothing
        | Class::Hint
        | Class::Doubt
        | Class::Pending
        | Class::Unknown
        | Class::ReversalHeard
        | Class::LateHeard
        | Class::Conflict) => still,
        Class::NotSent
        | Class::RejectedUnformed
        | Class::RejectedFormed
        | Class::AwaitSn
        | Class::Success
        | Class::Upheld => {
            if attempt.state == AttemptState::Sending {
                Class::Unknown
            } else {
                Class::Nothing
            }
        }
    }
}

/// A read begun after the contradiction: it settles the attempt that contradicts itself, and is an ordinary read for the others. Which of two purchases is
/// ours no read of one of them tells, so where that is the contradiction a person settles it.
fn read_after_dispute(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    bench: &Bench<'_>,
) -> Class {
    match (attempt.state, sighting.claim) {
        (AttemptState::Conflict, _) if is_linked(attempt) && attempt.hint_case.is_some() => {
            Class::Nothing
        }
        (AttemptState::Conflict, Claim::Delivered)
            if success_by_sn(sighting, attempt, bench) == Class::Success =>
        {
            Class::Success
        }
        (
            AttemptState::Conflict,
            Claim::Refused {
                formed: Formed::Yes,
            },
        ) if answers_last_send(attempt, channel, bench) => Class::RejectedFormed,
        (AttemptState::Conflict, _) => Class::Nothing,
        (AttemptState::Success | AttemptState::LateSuccess, Claim::Delivered)
        | (
            AttemptState::LateReversal,
            Claim::Refused {
                formed: Formed::Yes | Formed::Doubtful,
            },
        ) => Class::Upheld,
        _ => judge_undisputed(attempt, sighting, channel, bench),
    }
}

/// Only the reply to the one and only send proves that nothing left. Where a message came first that says that it is delivered, or a purchase of the supplier's
/// list was taken for ours meanwhile, the two contradict each other: nobody knows whose that is.
fn not_sent(attempt: &Attempt, channel: Channel) -> Class {
    let only_send = channel == Channel::Reply { send: 1 } && attempt.sends == 1;
    match attempt.state {
        AttemptState::AwaitSn if only_send => Class::Conflict,
        AttemptState::Unknown | AttemptState::Pending if only_send && is_linked(attempt) => {
            Class::Conflict
        }
        AttemptState::Sending | AttemptState::Unknown if only_send => Class::NotSent,
        AttemptState::Sending
        | AttemptState::Unknown
        | AttemptState::Pending
        | AttemptState::AwaitSn
        | AttemptState::Conflict
        | AttemptState::Success
        | AttemptState::NotSent
        | AttemptState::Withheld
        | AttemptState::Rejected { .. }
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => Class::Nothing,
    }
}

/// "No transaction formed" speaks of one POST only: it proves something as the reply to the first and only send, unless a message came first that says that it
/// is delivered, or a purchase of the supplier's list was taken for ours meanwhile.
fn refused_unformed(attempt: &Attempt, channel: Channel) -> Class {
    let only_send = channel == Channel::Reply { send: 1 } && attempt.sends == 1;
    match attempt.state {
        AttemptState::AwaitSn if only_send => Class::Conflict,
        AttemptState::Unknown | AttemptState::Pending if only_send && is_linked(attempt) => {
            Class::Conflict
        }
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
        | AttemptState::Withheld
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
        AttemptState::AwaitSn if answers_last_send(attempt, channel, bench) => Class::Conflict,
        AttemptState::LateSuccess => Class::Conflict,
        AttemptState::Success => reversal(attempt, channel),
        AttemptState::AwaitSn
        | AttemptState::NotSent
        | AttemptState::Withheld
        | AttemptState::Rejected { .. }
        | AttemptState::LateReversal
        | AttemptState::Conflict => Class::Nothing,
    }
}

/// Codes that may still turn out delivered are believed when said again, at least `doubt_wait` (and the settle delay) later.
fn refused_doubtfully(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> Class {
    let is_proof =
        said_again(attempt, channel, bench) && answers_last_send(attempt, channel, bench);
    match attempt.state {
        AttemptState::Sending | AttemptState::Pending | AttemptState::Unknown if is_proof => {
            Class::RejectedFormed
        }
        AttemptState::AwaitSn if is_proof => Class::Conflict,
        AttemptState::Sending
        | AttemptState::Pending
        | AttemptState::Unknown
        | AttemptState::AwaitSn => Class::Doubt,
        AttemptState::LateSuccess => Class::Conflict,
        AttemptState::Success => reversal(attempt, channel),
        AttemptState::NotSent
        | AttemptState::Withheld
        | AttemptState::Rejected { .. }
        | AttemptState::LateReversal
        | AttemptState::Conflict => Class::Nothing,
    }
}

/// A re-check begun late enough after the doubtful code was first heard repeats it, or a callback received late enough does: one that says what no
/// callback before it had said, since [`hear`](super::hear()) passes each saying of that channel on once. So a callback alone is never its own
/// repetition. A re-check counts from its beginning, because its answer may have waited for its commit for minutes.
fn said_again(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> bool {
    let Some(first) = attempt.doubt else {
        return false;
    };
    let at = match channel {
        Channel::Reply { send } if send > 1 && send == attempt.sends => {
            attempt.call_began(bench.profile)
        }
        Channel::Reply { .. } => return false,
        Channel::Status { began } => began,
        Channel::Callback { .. } => bench.received_at,
    };
    at >= first.plus(bench.doubt_wait.max(bench.profile.settle_delay))
}

/// INV-13: a rejection counts only if it was received after the last send of that reference completed.
fn answers_last_send(attempt: &Attempt, channel: Channel, bench: &Bench<'_>) -> bool {
    match channel {
        Channel::Reply { send } => {
            send == attempt.sends
                && (send == 1 || matches!(attempt.status(bench.profile), Status::Resubmit { .. }))
        }
        Channel::Status { began } => begun_after_last_send(attempt, began),
        Channel::Callback { signed, .. } => {
            signed
                && !attempt.send_open
                && attempt.last_send_ended_at.is_none_or(|ended| {
                    // Within one tick nobody knows which was first, and a clock that was set back stands still for long (E-39): of a purchase that was
                    // sent again it may answer the send before.
                    bench.received_at > ended || attempt.sends == 1 && bench.received_at == ended
                })
                && (attempt.sends == 1
                    || matches!(attempt.status(bench.profile), Status::Resubmit { .. }))
        }
    }
}

fn begun_after_last_send(attempt: &Attempt, began: Timestamp) -> bool {
    !attempt.send_open
        && attempt
            .last_send_ended_at
            .is_some_and(|ended| began >= ended)
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
        | AttemptState::Withheld
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
        AttemptState::NotSent | AttemptState::Withheld | AttemptState::Rejected { .. } => {
            Class::LateSuccess
        }
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
    if let (true, Reason::NotFound, Channel::Status { began }, NotFound::ProofAfter(wait)) =
        (open, sighting.reason, channel, bench.profile.not_found)
        && !attempt.send_open
        && attempt
            .last_send_ended_at
            .is_some_and(|ended| began >= ended.plus(wait))
    {
        return Class::RejectedUnformed;
    }
    if attempt.state == AttemptState::Sending {
        Class::Unknown
    } else {
        Class::Nothing
    }
}
