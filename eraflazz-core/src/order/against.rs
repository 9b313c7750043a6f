//! What speaks against what is known: evidence that contradicts itself, an answer that denies a delivery, hints against what is settled, and new words in a
//! dispute. None of it moves money by itself (INV-21); all of it is looked into, by a read or by a person (INV-33).

use super::adopt::is_linked;
use super::bind::{Unbound, bind};
use super::judge::{Class, speaks_against};
use super::log::Channel;
use super::mark::may_be_older;
use super::model::{AttemptState, Review};
use super::step::{Illegal, Step};
use super::watch;
use crate::ids::AttemptNo;
use crate::supplier::{Claim, Formed, Profile, Sighting};
use crate::text::TheirRef;

/// Two definitive claims against each other in one piece of evidence.
pub(super) fn contradicts_itself(
    step: &Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
) -> bool {
    let Some(attempt) = step.attempt(no) else {
        return false;
    };
    // What proves nothing because it names what it says was never formed speaks against a delivery all the same.
    let is_about = |said: &Sighting| {
        let binding = bind(attempt, said, channel, taken);
        matches!(binding, Ok(()) | Err(Unbound::UnformedWithName))
    };
    let says = |claims: fn(Claim) -> bool| sightings.iter().any(|s| claims(s.claim) && is_about(s));
    says(|claim| claim == Claim::Delivered)
        && says(|claim| matches!(claim, Claim::Refused { .. } | Claim::NotSent))
}

/// What such evidence is worth: a dispute about an open attempt, and nothing about a settled one or without a signature.
pub(super) fn contradiction(step: &mut Step<'_>, no: AttemptNo, channel: Channel) -> Class {
    step.alert("an answer contradicts itself");
    if matches!(channel, Channel::Callback { signed: false, .. }) {
        Class::Hint
    } else if step
        .attempt(no)
        .is_some_and(|attempt| attempt.state.is_open())
    {
        step.dispute();
        Class::Conflict
    } else {
        Class::Nothing
    }
}

/// The answer to our own only send, come late, says that nothing was formed, or that nothing was sent, and what was heard before it has settled the order as
/// delivered: a message that perhaps nobody signed, or a purchase of the supplier's list that was taken for ours. It proves nothing about what came after
/// it, so the supplier is asked; where it cannot be, or whose purchase that was is the question, a person finds out (INV-33).
pub(super) fn deny_what_was_delivered(
    step: &mut Step<'_>,
    no: AttemptNo,
    sighting: &Sighting,
    channel: Channel,
    profile: &Profile,
) -> Result<(), Illegal> {
    let denies = matches!(
        sighting.claim,
        Claim::NotSent | Claim::Refused { formed: Formed::No }
    );
    let now = step.ctx.now;
    let attempt = step.touch(no)?;
    let is_delivered = attempt.state == AttemptState::Success && attempt.sends == 1;
    if !denies || !is_delivered || !matches!(channel, Channel::Reply { .. }) {
        return Ok(());
    }
    if !is_linked(attempt) && watch::may_ask(attempt, profile, now) {
        attempt.hinted = Some(now);
        return Ok(());
    }
    step.open_hint(no)?;
    step.alert("the answer to a send denies what was delivered, and no read can settle it");
    Ok(())
}

/// What is no proof and speaks against how the attempt was settled is looked into: by a read, and where none can be made by a person, who has a case and
/// is told of it once a day (INV-33, INV-35). A read begun after it that says yes or no, and not both, has looked into it.
pub(super) fn weigh_hints(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let bench = step.bench(channel, profile);
    let says_both = contradicts_itself(step, no, sightings, channel, taken);
    let Some(attempt) = step.attempt(no) else {
        return Ok(());
    };
    let mut bound = sightings
        .iter()
        .filter(|said| bind(attempt, said, channel, taken).is_ok());
    match channel {
        Channel::Status { began } => {
            let says_which = !says_both && bound.any(|said| said.claim.is_definitive());
            let looked_into = says_which && attempt.hinted.is_some_and(|at| at <= began);
            if looked_into {
                step.close_hint(no)?;
            }
        }
        Channel::Callback { signed: false, .. } => {
            if !bound.any(|said| speaks_against(attempt, said, channel, &bench)) {
                return Ok(());
            }
            if !watch::takes_hint(attempt, profile, step.ctx) {
                return Ok(());
            }
            let can_be_asked = watch::may_ask(attempt, profile, now);
            step.touch(no)?.hinted = Some(now);
            if !can_be_asked {
                step.open_hint(no)?;
                step.alert(
                    "a message that is no proof speaks against a settled order; its supplier cannot be asked",
                );
            }
        }
        Channel::Reply { .. } | Channel::Callback { signed: true, .. } => {}
    }
    Ok(())
}

/// What settled the attempt may be older than a message that is no proof and said the opposite while it was open. The evidence stands; whether it is still so is looked into,
/// by a read, and where none can be made by a person.
pub(super) fn weigh_unproven(
    step: &mut Step<'_>,
    no: AttemptNo,
    channel: Channel,
    profile: &Profile,
) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let Some(attempt) = step.attempt(no) else {
        return Ok(());
    };
    let Some(said) = attempt.unproven.filter(|_| !attempt.state.is_open()) else {
        return Ok(());
    };
    let is_delivered = matches!(
        attempt.state,
        AttemptState::Success | AttemptState::LateSuccess
    );
    let is_older = may_be_older(attempt, channel, Some(profile), said.at);
    let can_be_asked = watch::may_ask(attempt, profile, now);
    let attempt = step.touch(no)?;
    attempt.unproven = None;
    if said.delivered == is_delivered || !is_older {
        return Ok(());
    }
    attempt.hinted = Some(now);
    if !can_be_asked {
        step.open_hint(no)?;
        step.alert(
            "a message that is no proof speaks against a settled order; its supplier cannot be asked",
        );
    }
    Ok(())
}

/// A dispute is settled only by a read begun after *all* definitive signals (INV-21): another one moves that point.
pub(super) fn renew_dispute(step: &mut Step<'_>, claim: Claim, channel: Channel) {
    let is_message = match channel {
        Channel::Reply { .. } => true,
        Channel::Status { .. } => false,
        Channel::Callback { signed, .. } => signed,
    };
    let now = step.ctx.now;
    if let (true, true, Some(Review::Disputed { since, .. })) =
        (claim.is_definitive(), is_message, &mut step.order.review)
    {
        *since = now.max(*since);
    }
}
