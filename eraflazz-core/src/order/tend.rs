//! Tending: what an order does when its `next_action_at` has come and nothing was heard. Never fails an order by age (INV-12).

use bytes::Bytes;

use super::context::{Call, Context, Decision};
use super::follow::{Next, after_rejection};
use super::log::Entry;
use super::model::{Aggregate, AttemptState, OrderState, Returned};
use super::step::{Illegal, Step};
use super::watch;
use crate::ids::AttemptNo;
use crate::route::Explanation;
use crate::supplier::{Profile, Reason, Status};

/// What a due order does now. `twin_in_flight` says whether another order of ours for the same goods and destination is under way; it matters
/// only after a rejection as duplicate. Gives `None` if there is nothing to do and nothing to move.
pub fn tend(
    agg: &Aggregate,
    twin_in_flight: bool,
    ctx: Context<'_>,
) -> Result<Option<Decision>, Illegal> {
    let is_due = agg.order.next_action_at.is_some_and(|due| due <= ctx.now);
    let is_out = match agg.order.state {
        OrderState::InFlight(no) => agg.attempt(no).is_some_and(|attempt| attempt.call_open),
        OrderState::Held
        | OrderState::Succeeded
        | OrderState::LateDelivered
        | OrderState::Returned(_)
        | OrderState::Reversed
        | OrderState::Refused(_) => false,
    };
    if !is_due && (is_out || !ctx.world.has_turn(agg.order.id)) {
        return Ok(None);
    }
    match agg.order.state {
        OrderState::Held => Ok(Some(tend_held(agg, twin_in_flight, ctx))),
        OrderState::InFlight(no) => tend_attempt(agg, no, ctx).map(Some),
        OrderState::Succeeded
        | OrderState::LateDelivered
        | OrderState::Returned(_)
        | OrderState::Reversed => tend_ended(agg, ctx).map(Some),
        OrderState::Refused(_) => Ok(None),
    }
}

/// HELD: route it, wait for a route, or give the money back.
fn tend_held(agg: &Aggregate, twin_in_flight: bool, ctx: Context<'_>) -> Decision {
    let mut step = Step::new(agg, ctx);
    if let Some(settled_at) = watch::settled_at(&agg.attempts, ctx).filter(|at| *at > ctx.now) {
        step.order.next_action_at = Some(settled_at);
        return step.finish_silently();
    }
    if ctx.now >= step.order.deadline {
        let routes = ctx.world.found(&step.order, &agg.attempts);
        let why = Returned::Deadline;
        step.give_back(why);
        return step.finish(Entry::Returned { why, routes }, Bytes::new());
    }
    let last = agg.attempts.last().map(|attempt| attempt.state);
    let reason = match last {
        Some(AttemptState::Rejected { reason, .. }) => reason,
        Some(_) => Reason::Other,
        None => Reason::ProductClosed,
    };
    if reason == Reason::Duplicate && twin_in_flight {
        step.order.next_action_at =
            Some(ctx.now.plus(ctx.policy.held_retry).min(step.order.deadline));
        return step.finish_silently();
    }
    if after_rejection(reason) == Next::End {
        let why = Returned::Rejected(reason);
        step.give_back(why);
        let routes = Explanation::default();
        return step.finish(Entry::Returned { why, routes }, Bytes::new());
    }
    match step.route_or_return(reason) {
        Some(entry) => step.finish(entry, Bytes::new()),
        None => step.finish_silently(),
    }
}

/// `IN_FLIGHT`: a lease that passed, an escalation, a status check.
fn tend_attempt(agg: &Aggregate, no: AttemptNo, ctx: Context<'_>) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    let profile = step.profile(no);
    let attempt = step
        .attempt(no)
        .ok_or_else(|| step.illegal("a live attempt it does not have"))?;
    if attempt.call_open {
        return if ctx.now >= attempt.lease_until {
            pass_lease(step, no)
        } else {
            Ok(wait(step, no))
        };
    }
    if step.order.review.is_none() && ctx.now >= watch::escalate_at(attempt, profile, ctx.policy) {
        step.escalate();
        move_on(&mut step, no);
        return Ok(step.finish(Entry::Escalated { attempt: no }, Bytes::new()));
    }
    let Some(profile) = profile else {
        return Ok(wait(step, no));
    };
    // What only asks is asked whenever the order is due: a hint may have made it due before the schedule did (INV-35).
    let is_due = watch::next_check(&step.order, attempt, profile, ctx.now)
        .is_some_and(|due| due <= ctx.now || watch::can_ask(attempt, profile));
    if !is_due {
        return Ok(wait(step, no));
    }
    let number = attempt.checks.saturating_add(1);
    let lease_until = ctx.now.plus(profile.lease());
    match attempt.status(profile) {
        Status::Dedicated | Status::Listing => {
            step.call_again(no, Call::Ask(no), lease_until)?;
            Ok(step.finish(
                Entry::Check {
                    attempt: no,
                    number,
                },
                Bytes::new(),
            ))
        }
        Status::Resubmit { .. }
            if watch::may_resend(&step.order, attempt, profile, ctx.now).is_ok() =>
        {
            let (supplier, mapping, send) = (attempt.supplier, attempt.mapping, attempt.sends + 1);
            step.call_again(no, Call::Send(no), lease_until)?;
            let entry = Entry::Intent {
                attempt: no,
                supplier,
                mapping,
                send,
                why: Explanation::default(),
            };
            Ok(step.finish(entry, Bytes::new()))
        }
        Status::Resubmit { .. } | Status::None => {
            let attempt = step.touch(no)?;
            attempt.checks = number;
            attempt.last_call_ended_at = Some(ctx.now);
            Ok(wait(step, no))
        }
    }
}

/// A call that did not come back within its lease is over; what it did is unknown (C4–C6).
fn pass_lease(mut step: Step<'_>, no: AttemptNo) -> Result<Decision, Illegal> {
    let attempt = step.touch(no)?;
    let is_lost_look = attempt.is_looked_at();
    if attempt.state == AttemptState::Sending {
        attempt.state = AttemptState::Unknown;
    }
    if attempt.send_open {
        attempt.last_send_ended_at = Some(attempt.lease_until);
    }
    attempt.send_open = false;
    attempt.call_open = false;
    // The one look at a rejected attempt counts once it was answered: what its process took with it is asked for again, as rarely and as long as any check.
    if !is_lost_look {
        attempt.last_call_ended_at = Some(attempt.lease_until);
    }
    move_on(&mut step, no);
    Ok(step.finish(Entry::LeasePassed { attempt: no }, Bytes::new()))
}

fn wait(mut step: Step<'_>, no: AttemptNo) -> Decision {
    move_on(&mut step, no);
    step.finish_silently()
}

fn move_on(step: &mut Step<'_>, no: AttemptNo) {
    let Some(attempt) = step.attempt(no) else {
        return;
    };
    if !step.order.state.is_open() {
        step.rest();
        return;
    }
    step.order.next_action_at = watch::next_action(
        &step.order,
        attempt,
        step.profile(no),
        step.ctx.policy,
        step.ctx.now,
    );
}

/// A final order acts only for an attempt that is worth a look, or a dispute that an authenticated read can settle.
fn tend_ended(agg: &Aggregate, ctx: Context<'_>) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    if let Some(no) = give_up_hints(&mut step)? {
        // It stays due: what else it waits for is looked at next.
        return Ok(step.finish(Entry::Escalated { attempt: no }, Bytes::new()));
    }
    let looks = agg
        .attempts
        .iter()
        .filter_map(|attempt| Some((watch::next_look(attempt, &agg.order, ctx)?, attempt)));
    let look = looks
        .filter(|(at, _)| *at <= ctx.now)
        .min_by_key(|(at, attempt)| (*at, attempt.no));
    let disputed = agg.disputed();
    let Some(attempt) = look.map(|(_, attempt)| attempt).or(disputed) else {
        step.rest();
        return Ok(remind(step));
    };
    let no = attempt.no;
    if attempt.call_open {
        return if ctx.now >= attempt.lease_until {
            pass_lease(step, no)
        } else {
            Ok(wait(step, no))
        };
    }
    let may_ask = |profile: &&Profile| watch::may_ask(attempt, profile, ctx.now);
    let Some(profile) = step.profile(no).filter(may_ask) else {
        step.rest();
        return Ok(remind(step));
    };
    let number = attempt.checks.saturating_add(1);
    step.call_again(no, Call::Ask(no), ctx.now.plus(profile.lease()))?;
    Ok(step.finish(
        Entry::Check {
            attempt: no,
            number,
        },
        Bytes::new(),
    ))
}

/// Hints that no read answered in time are a person's to look into. Gives the first attempt of which that is so.
fn give_up_hints(step: &mut Step<'_>) -> Result<Option<AttemptNo>, Illegal> {
    let given_up = step
        .attempts
        .iter()
        .filter(|attempt| watch::gives_up_hint(attempt, &step.order, step.ctx));
    let given_up: Vec<AttemptNo> = given_up.map(|attempt| attempt.no).collect();
    for no in &given_up {
        step.touch(*no)?.hinted = None;
        step.open_hint(*no)?;
        step.alert(
            "a message that is no proof speaks against a settled order; its supplier does not say which is right",
        );
    }
    Ok(given_up.first().copied())
}

/// Nothing more is asked about a final order; if one of its attempts may still deliver a second time, a person is called, now and at the next due
/// time.
fn remind(mut step: Step<'_>) -> Decision {
    let ctx = step.ctx;
    if step
        .attempts
        .iter()
        .any(|attempt| watch::needs_a_person(attempt, ctx))
    {
        step.alert("an order may be delivered twice; its second supplier cannot be asked");
        let again = ctx.now.plus(ctx.policy.case_deadline);
        let next = step.order.next_action_at.unwrap_or(again);
        step.order.next_action_at = Some(next.min(again));
    }
    step.finish_silently()
}
