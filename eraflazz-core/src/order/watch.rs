//! When an order must be looked at again, as data: leases, status checks, escalation, settle delays.

use std::time::Duration;

use super::context::{Context, Policy};
use super::model::{Attempt, AttemptState, Order, OrderState, Review, disputed};
use crate::supplier::{Profile, Status};
use crate::time::Timestamp;

/// Why an attempt may not be sent again (money-safety section 5, "Resend rule").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResendRefused {
    /// Its order is not waiting for it any more.
    #[error("the order does not wait for this attempt")]
    NotWanted,
    /// The supplier is not asked by sending again.
    #[error("this supplier is not asked by sending again")]
    NotThisSupplier,
    /// A call is still under way as far as we know.
    #[error("a call is under way")]
    CallOpen,
    /// Its outcome is settled or disputed.
    #[error("nothing is to be learnt by sending again")]
    NotOpen,
    /// Too soon after the last call.
    #[error("too soon after the last call")]
    TooSoon,
    /// Too old: the supplier might take it for a new purchase.
    #[error("too old")]
    TooOld,
}

/// Whether the live attempt may be sent again as a status check. Such a resend is a purchase, so every condition must hold.
pub fn may_resend(
    order: &Order,
    attempt: &Attempt,
    profile: &Profile,
    now: Timestamp,
) -> Result<(), ResendRefused> {
    let Status::Resubmit {
        max_age,
        min_interval,
    } = attempt.status(profile)
    else {
        return Err(ResendRefused::NotThisSupplier);
    };
    if profile.failed_ref_may_run_again {
        return Err(ResendRefused::NotThisSupplier);
    }
    if order.state != OrderState::InFlight(attempt.no) || attempt.surplus || order.is_disputed() {
        return Err(ResendRefused::NotWanted);
    }
    if attempt.call_open {
        return Err(ResendRefused::CallOpen);
    }
    if !matches!(
        attempt.state,
        AttemptState::Pending | AttemptState::Unknown | AttemptState::AwaitSn
    ) {
        return Err(ResendRefused::NotOpen);
    }
    if attempt.age(now) >= max_age / 2 {
        return Err(ResendRefused::TooOld);
    }
    let ended = attempt.last_call_ended_at.unwrap_or(attempt.lease_until);
    if now < ended.plus(min_interval) {
        return Err(ResendRefused::TooSoon);
    }
    Ok(())
}

/// When the next status check of an open attempt is due; `None` if none will ever be made.
pub(super) fn next_check(
    order: &Order,
    attempt: &Attempt,
    profile: &Profile,
    now: Timestamp,
) -> Option<Timestamp> {
    if order.is_disputed() && !can_ask(attempt, profile) {
        return None;
    }
    let ended = attempt.last_call_ended_at.unwrap_or(attempt.first_sent_at);
    let wait = next_wait(attempt, profile);
    let wait = match attempt.status(profile) {
        Status::Resubmit {
            max_age,
            min_interval,
        } => {
            if attempt.age(now) >= max_age / 2 {
                return None;
            }
            wait.max(min_interval)
        }
        Status::Dedicated | Status::Listing | Status::None => wait,
    };
    (attempt.age(now) < profile.poll_max_age).then(|| ended.plus(wait))
}

/// When an open attempt's order goes before a person (INV-33): its checks are used up, or it waits too long.
pub(super) fn escalate_at(
    attempt: &Attempt,
    profile: Option<&Profile>,
    policy: &Policy,
) -> Timestamp {
    let used_up = profile.is_none_or(|profile| usize::from(attempt.checks) >= profile.poll.len());
    if used_up {
        return attempt.last_call_ended_at.unwrap_or(attempt.first_sent_at);
    }
    let patience = match attempt.state {
        AttemptState::Pending | AttemptState::AwaitSn => policy.escalate_pending,
        AttemptState::Sending
        | AttemptState::Unknown
        | AttemptState::Conflict
        | AttemptState::NotSent
        | AttemptState::Withheld
        | AttemptState::Rejected { .. }
        | AttemptState::Success
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => policy.escalate_unknown,
    };
    attempt.first_sent_at.plus(patience)
}

/// When the order of a live attempt must be looked at again. Never "never" (INV-33): an order that only a person or a callback can move is
/// looked at when a person's time is up, and one whose supplier is not registered every [`Policy::escalate_pending`], since it may be back.
pub(super) fn next_action(
    order: &Order,
    attempt: &Attempt,
    profile: Option<&Profile>,
    policy: &Policy,
    now: Timestamp,
) -> Option<Timestamp> {
    if attempt.call_open {
        return Some(attempt.lease_until);
    }
    let check = profile.and_then(|profile| next_check(order, attempt, profile, now));
    let escalation = order
        .review
        .is_none()
        .then(|| escalate_at(attempt, profile, policy));
    match (check, escalation) {
        (Some(check), Some(escalation)) => Some(check.min(escalation)),
        (None, None) if profile.is_none() => Some(now.plus(policy.escalate_pending)),
        (None, None) => Some(now.plus(policy.case_deadline)),
        (one, other) => one.or(other),
    }
}

/// When a final order must be looked at for one of its attempts. At the end of a call under way; else, at a supplier that can be asked without
/// buying, soon for an open surplus attempt or one that a hint speaks against ([`hint_look`]), and once for an attempt rejected after a transaction was
/// formed: should it have delivered all the same, that is known early. An open surplus attempt that cannot be asked about (any more) calls a person,
/// again and again (INV-26). Otherwise a callback or a person moves it.
pub(super) fn next_look(attempt: &Attempt, order: &Order, ctx: Context<'_>) -> Option<Timestamp> {
    let surplus = attempt.is_open_surplus();
    let last_look = match attempt.state {
        AttemptState::Rejected {
            formed: true, at, ..
        } => (attempt.call_open || attempt.last_call_ended_at <= Some(at)).then_some(at),
        AttemptState::Sending
        | AttemptState::NotSent
        | AttemptState::Withheld
        | AttemptState::Rejected { .. }
        | AttemptState::Pending
        | AttemptState::Unknown
        | AttemptState::AwaitSn
        | AttemptState::Success
        | AttemptState::Conflict
        | AttemptState::LateSuccess
        | AttemptState::LateReversal => None,
    };
    if order.state.is_open() || !(surplus || last_look.is_some() || attempt.hinted.is_some()) {
        return None;
    }
    if attempt.call_open {
        return Some(attempt.lease_until);
    }
    if needs_a_person(attempt, ctx) {
        return Some(ctx.now.plus(ctx.policy.case_deadline));
    }
    let Some(profile) = ctx.world.profile(attempt.supplier) else {
        let away = |_| ctx.now.plus(ctx.policy.escalate_pending);
        return attempt.hinted.map(away);
    };
    let since = if surplus {
        Some(attempt.last_call_ended_at.unwrap_or(attempt.lease_until))
    } else {
        last_look.filter(|_| attempt.status(profile) == Status::Dedicated)
    };
    let again = last_look.and_then(|at| look_again(attempt, at, profile));
    let planned = since
        .filter(|_| may_ask(attempt, profile, ctx.now))
        .map(|since| since.plus(first_wait(profile)))
        .map(|first| again.map_or(first, |again| again.max(first)));
    let hinted = hint_look(attempt, profile, ctx.now);
    planned.into_iter().chain(hinted).min()
}

/// How soon a rejected attempt may be looked at again, if the look that was made got no answer: when its lease is over, and later on as rarely as any check.
fn look_again(attempt: &Attempt, rejected_at: Timestamp, profile: &Profile) -> Option<Timestamp> {
    let has_looked = attempt.call_began(profile) > rejected_at;
    let is_late = usize::from(attempt.checks) >= profile.poll.len();
    let wait = if is_late {
        profile.poll_later
    } else {
        Duration::ZERO
    };
    has_looked.then(|| attempt.lease_until.plus(wait))
}

/// When the supplier is asked whether a hint about a settled attempt is true: at once, but no sooner after the last call than a status check would
/// be made. However many hints come, one look answers all before it, and the looks grow as rare as checks do.
fn hint_look(attempt: &Attempt, profile: &Profile, now: Timestamp) -> Option<Timestamp> {
    let hinted = attempt.hinted.filter(|_| may_ask(attempt, profile, now))?;
    let ended = attempt.last_call_ended_at.unwrap_or(attempt.lease_until);
    // A look that got no answer is no end of a call, and no reason to hurry.
    let since = ended.max(attempt.call_began(profile));
    Some(hinted.max(since.plus(next_wait(attempt, profile))))
}

/// Whether a message that is no proof and speaks against how the attempt was settled is news: nothing of that kind is looked into yet, or a read of it is
/// under way that may have been answered before this was said. Where nobody can be asked: a person was not told of one today.
pub(super) fn takes_hint(attempt: &Attempt, profile: &Profile, ctx: Context<'_>) -> bool {
    match attempt.hinted {
        None => true,
        Some(_) if may_ask(attempt, profile, ctx.now) => attempt.call_open && !attempt.send_open,
        Some(told) => ctx.now >= told.plus(ctx.policy.case_deadline),
    }
}

/// When the supplier of what is disputed is asked next; `None` if the order is not disputed, or its supplier cannot be asked without buying, or
/// not any more. Soon after the last word of it, then ever more rarely, as the profile says of any check (money-safety section 6).
pub(super) fn next_read(
    order: &Order,
    attempts: &[Attempt],
    ctx: Context<'_>,
) -> Option<Timestamp> {
    let Some(Review::Disputed { since, .. }) = order.review else {
        return None;
    };
    let attempt = disputed(order, attempts)?;
    if attempt.call_open {
        return Some(attempt.lease_until);
    }
    let profile = ctx.world.profile(attempt.supplier)?;
    if !may_ask(attempt, profile, ctx.now) {
        return None;
    }
    let first = since.plus(first_wait(profile));
    let asked = attempt.last_call_ended_at.filter(|ended| *ended > since);
    let again = asked.map(|ended| ended.plus(next_wait(attempt, profile)));
    Some(again.map_or(first, |again| again.max(first)))
}

/// How long after the last call the next status check is made: ever longer, as the profile says.
pub(super) fn next_wait(attempt: &Attempt, profile: &Profile) -> Duration {
    let wait = profile.poll.get(usize::from(attempt.checks)).copied();
    wait.unwrap_or(profile.poll_later)
}

/// Whether nobody can be expected to say any more if a hint about a settled attempt is true: the supplier's days of being asked are over, or it has
/// said neither yes nor no for [`Policy::escalate_unknown`] since the hint and the order's end.
pub(super) fn gives_up_hint(attempt: &Attempt, order: &Order, ctx: Context<'_>) -> bool {
    let Some(hinted) = attempt.hinted.filter(|_| !attempt.call_open) else {
        return false;
    };
    let too_long = ctx.now
        >= hinted
            .max(order.updated_at)
            .plus(ctx.policy.escalate_unknown);
    match ctx.world.profile(attempt.supplier) {
        Some(profile) if !can_ask(attempt, profile) => false,
        Some(profile) => too_long || !may_ask(attempt, profile, ctx.now),
        None => too_long,
    }
}

/// Whether this is an open surplus attempt that only a callback or a person can settle: asking would be buying, or its days of asking are over.
pub(super) fn needs_a_person(attempt: &Attempt, ctx: Context<'_>) -> bool {
    let may_ask = ctx
        .world
        .profile(attempt.supplier)
        .is_some_and(|profile| may_ask(attempt, profile, ctx.now));
    attempt.is_open_surplus() && !attempt.call_open && !may_ask
}

/// Whether the supplier can be asked about this attempt without buying, and its days of being asked are not over.
pub(super) fn may_ask(attempt: &Attempt, profile: &Profile, now: Timestamp) -> bool {
    can_ask(attempt, profile) && attempt.age(now) < profile.poll_max_age
}

/// Whether asking is a call that only asks: neither a purchase nor impossible.
pub(super) const fn can_ask(attempt: &Attempt, profile: &Profile) -> bool {
    match attempt.status(profile) {
        Status::Dedicated | Status::Listing => true,
        Status::Resubmit { .. } | Status::None => false,
    }
}

fn first_wait(profile: &Profile) -> Duration {
    profile.poll.first().copied().unwrap_or(profile.poll_later)
}

/// When the settle delays of all formed rejections are over; `None` if there are none. Nobody knows the delay of a supplier that is not registered: it
/// is taken to be [`Policy::escalate_pending`], longer than any that a profile should name without a reason.
pub(super) fn settled_at(attempts: &[Attempt], ctx: Context<'_>) -> Option<Timestamp> {
    let delay = |supplier| match ctx.world.profile(supplier) {
        Some(profile) => profile.settle_delay,
        None => ctx.policy.escalate_pending,
    };
    attempts
        .iter()
        .filter_map(|attempt| match attempt.state {
            AttemptState::Rejected {
                formed: true, at, ..
            } => Some(at.plus(delay(attempt.supplier))),
            AttemptState::Sending
            | AttemptState::NotSent
            | AttemptState::Withheld
            | AttemptState::Rejected { .. }
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::AwaitSn
            | AttemptState::Success
            | AttemptState::Conflict
            | AttemptState::LateSuccess
            | AttemptState::LateReversal => None,
        })
        .max()
}
