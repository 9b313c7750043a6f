//! What a class writes into the attempt.

use super::judge::Class;
use super::log::Channel;
use super::model::{Attempt, AttemptState, ReversalHeard, Unproven};
use super::step::{Illegal, Step};
use crate::ids::AttemptNo;
use crate::supplier::{Claim, Profile, Reason, Sighting};
use crate::time::Timestamp;

/// Writes what the class says into the attempt; nothing of what does not bind (E-9).
pub(super) fn mark(
    step: &mut Step<'_>,
    no: AttemptNo,
    class: Class,
    sighting: Option<&Sighting>,
    channel: Channel,
) -> Result<(), Illegal> {
    let (now, profile) = (step.ctx.now, step.profile(no));
    let attempt = step.touch(no)?;
    let reason = sighting.map_or(Reason::Contradiction, |sighting| sighting.reason);
    let delivered = |attempt: &mut Attempt| {
        let Some(sighting) = sighting else { return };
        attempt.sn = sighting.sn.clone().or_else(|| attempt.sn.take());
        attempt.billed = sighting
            .price
            .filter(|price| price.is_transferable())
            .or(attempt.billed);
    };
    match class {
        Class::Hint => unproven(attempt, sighting, channel.received_at(now)),
        Class::Nothing | Class::Upheld | Class::LateReversal => {}
        Class::NotSent if reason == Reason::Withheld => attempt.state = AttemptState::Withheld,
        Class::NotSent => attempt.state = AttemptState::NotSent,
        Class::RejectedUnformed => {
            attempt.state = AttemptState::Rejected {
                formed: false,
                reason,
                at: now,
            }
        }
        Class::RejectedFormed => {
            attempt.state = AttemptState::Rejected {
                formed: true,
                reason,
                at: now,
            }
        }
        Class::Doubt => {
            attempt.doubt = attempt.doubt.or(Some(channel.received_at(now)));
            if attempt.state == AttemptState::Sending {
                attempt.state = AttemptState::Unknown;
            }
        }
        Class::Pending => attempt.state = AttemptState::Pending,
        Class::Unknown => attempt.state = AttemptState::Unknown,
        Class::AwaitSn => {
            attempt.state = AttemptState::AwaitSn;
            delivered(attempt);
        }
        Class::Success => {
            if may_be_older_than_a_failure(attempt, channel, profile) {
                attempt.reversal = Some(ReversalHeard {
                    by_read: false,
                    by_message: true,
                });
            }
            attempt.state = AttemptState::Success;
            delivered(attempt);
        }
        Class::LateSuccess | Class::LateHeard => {
            if may_be_older_than_its_rejection(attempt, channel) {
                attempt.reversal = Some(ReversalHeard {
                    by_read: false,
                    by_message: true,
                });
            }
            attempt.state = AttemptState::LateSuccess;
            delivered(attempt);
        }
        Class::ReversalHeard => attempt.reversal = Some(heard_through(attempt, channel)),
        Class::Conflict => {
            if attempt.state.is_open() {
                attempt.state = AttemptState::Conflict;
            } else if attempt.state == AttemptState::LateSuccess {
                attempt.reversal = Some(heard_through(attempt, channel));
            }
        }
    }
    if sighting.is_some_and(|sighting| sighting.claim.is_failure())
        && matches!(class, Class::Nothing | Class::Unknown | Class::Doubt)
        && attempt.state.is_open()
    {
        attempt.denied = attempt.denied.max(Some(channel.received_at(now)));
    }
    if let Some(sighting) = sighting.filter(|_| class != Class::Hint)
        && attempt.their_ref.is_none()
    {
        attempt.their_ref.clone_from(&sighting.their_ref);
    }
    if let Some(code) = sighting.and_then(|sighting| sighting.code.as_ref())
        && !matches!(class, Class::Hint | Class::Nothing)
    {
        attempt.code = Some(code.clone());
    }
    Ok(())
}

/// Remembers what nobody signed and says of an open attempt how it ended: of several the one that came last.
fn unproven(attempt: &mut Attempt, sighting: Option<&Sighting>, at: Timestamp) {
    let Some(said) = sighting.filter(|said| said.claim.is_definitive()) else {
        return;
    };
    if attempt.state.is_open() && attempt.unproven.is_none_or(|earlier| earlier.at <= at) {
        attempt.unproven = Some(Unproven {
            at,
            delivered: said.claim == Claim::Delivered,
        });
    }
}

/// Whether a delivery that comes after a rejection may have been said before it: its call began, or it was received, no later than the rejection was heard (the
/// clock may stand still). Then nobody knows whether the supplier delivered after all or took the delivery back, and the rejection speaks against it as it would have, had it come last (INV-21).
fn may_be_older_than_its_rejection(attempt: &Attempt, channel: Channel) -> bool {
    let AttemptState::Rejected { at, .. } = attempt.state else {
        return false;
    };
    match channel {
        Channel::Reply { .. } => true,
        Channel::Status { began } => began <= at,
        Channel::Callback { received_at, .. } => received_at <= at,
    }
}

/// The same of a failure that was heard and was no proof.
fn may_be_older_than_a_failure(
    attempt: &Attempt,
    channel: Channel,
    profile: Option<&Profile>,
) -> bool {
    let denied = attempt.denied;
    denied.is_some_and(|denied| may_be_older(attempt, channel, profile, denied))
}

/// Whether what comes through the channel may have been said before `heard`.
pub(super) fn may_be_older(
    attempt: &Attempt,
    channel: Channel,
    profile: Option<&Profile>,
    heard: Timestamp,
) -> bool {
    let said_since = match channel {
        Channel::Reply { send } if send < attempt.sends => return true,
        Channel::Reply { .. } => match profile {
            Some(profile) => attempt.call_began(profile),
            None => return true,
        },
        Channel::Status { began } => began,
        Channel::Callback { received_at, .. } => received_at,
    };
    said_since <= heard
}

/// Through what a reversal of this attempt has been heard, this channel included.
fn heard_through(attempt: &Attempt, channel: Channel) -> ReversalHeard {
    let heard = attempt.reversal.unwrap_or_default();
    let is_read = matches!(channel, Channel::Status { .. });
    ReversalHeard {
        by_read: heard.by_read || is_read,
        by_message: heard.by_message || !is_read,
    }
}
