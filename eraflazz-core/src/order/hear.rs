//! Hearing: what an order becomes when something is read about one of its attempts. The one reducer for replies, callbacks and
//! status reads.

use bytes::Bytes;

use super::adopt::{Adopted, adopt, is_older, is_unlinked};
use super::against::{
    contradiction, contradicts_itself, deny_what_was_delivered, renew_dispute, weigh_hints,
    weigh_unproven,
};
use super::bind::bind;
use super::context::{Context, Decision, Note};
use super::follow::{Next, follow};
use super::judge::{Class, judge};
use super::log::{Channel, Entry};
use super::mark::mark;
use super::model::{Aggregate, AttemptState, OrderState};
use super::news::{changes_anything, contest, is_worth_a_look, novelty};
use super::said::{Novelty, Saying};
use super::step::{Illegal, Step};
use super::watch;
use crate::ids::AttemptNo;
use crate::money::Money;
use crate::supplier::{Claim, Profile, Reason, Sighting};
use crate::text::TheirRef;

/// What was heard about an attempt.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Through what.
    pub channel: Channel,
    /// What was read; nothing counts as one `Unclear`.
    pub sightings: Vec<Sighting>,
    /// Which of the supplier's ids in it are other attempts', of those that are [`in_question`](super::in_question()).
    pub taken: Vec<TheirRef>,
    /// The raw bytes.
    pub raw: Bytes,
}

/// Reduces what was heard about attempt `no`: binds, judges and follows each sighting, and gives the one commit that keeps the evidence with its
/// effect (INV-20). Pure. Hearing the same again changes neither money nor state; a signed callback whose like was heard before changes not even
/// the order's version: all that is written is that it left the inbox (E-6).
///
/// An [`Illegal`] result means that the state machine does not know the move: keep the bytes with [`keep_unread`] and call a person.
pub fn hear(
    agg: &Aggregate,
    no: AttemptNo,
    heard: Heard,
    ctx: Context<'_>,
) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    let profile = step
        .profile(no)
        .ok_or_else(|| step.illegal("a supplier that is not registered"))?;
    let Heard {
        channel,
        sightings,
        mut taken,
        raw,
    } = heard;
    let sightings = or_unreadable(sightings);
    taken.extend(older(&step, no, &sightings));
    let logged = channel;
    let channel = match novelty(&mut step, no, &sightings, channel)? {
        Novelty::New => channel,
        Novelty::Known if is_worth_a_look(&step, no, &sightings, channel, &taken, profile) => {
            channel.as_hint()
        }
        Novelty::Known => return Ok(step.leave_inbox(channel)),
        Novelty::TooMany if !changes_anything(&step, no, &sightings, channel, &taken, profile) => {
            return Ok(step.leave_inbox(channel));
        }
        Novelty::TooMany => {
            step.alert("a supplier said more different things of one attempt than are remembered");
            channel.as_hint()
        }
    };
    end_call(&mut step, no, &sightings, channel)?;
    link(&mut step, no, &sightings, channel, &taken)?;
    let mut classes = Vec::with_capacity(sightings.len());
    let mut ask_soon = false;
    if contradicts_itself(&step, no, &sightings, channel, &taken) {
        let class = contradiction(&mut step, no, channel);
        classes.push(class);
        mark(&mut step, no, class, None, channel)?;
        ask_soon = class == Class::Hint;
    } else {
        for sighting in &sightings {
            let binding = binding(&mut step, no, sighting, channel, &taken)?;
            let bound = binding == Binding::Ours;
            let class = judge_one(&step, no, binding, sighting, channel, profile)?;
            classes.push(class);
            if binding != Binding::Others {
                deny_what_was_delivered(&mut step, no, sighting, channel, profile)?;
            }
            let was_in_conflict = step
                .attempt(no)
                .is_some_and(|attempt| attempt.state == AttemptState::Conflict);
            mark(&mut step, no, class, bound.then_some(sighting), channel)?;
            match follow(class, sighting.reason) {
                Next::Stay | Next::Wait => {}
                Next::AskSoon => ask_soon = true,
                Next::Settle => step.delivered(no)?,
                Next::Late => step.delivered_late(no)?,
                Next::LateInDispute => step.heard_late(no)?,
                Next::Reverse => step.reverse(no)?,
                Next::Dispute => step.dispute(),
                Next::Uphold => step.uphold(no)?,
                Next::Reroute(reroute) => step.undelivered(no, Some(reroute), sighting.reason)?,
                Next::End => step.undelivered(no, None, sighting.reason)?,
            }
            let is_surplus = step.attempt(no).is_some_and(|attempt| attempt.surplus);
            if was_in_conflict
                && is_surplus
                && matches!(class, Class::Success | Class::RejectedFormed)
            {
                step.close_review_if_settled();
            }
            if bound {
                if is_unread_bill(class, sighting) {
                    step.bill_unread(no)?;
                }
                if matches!(class, Class::Nothing | Class::Upheld) {
                    bill_again(&mut step, no, sighting, channel)?;
                }
                renew_dispute(&mut step, sighting.claim, channel);
                tell(&mut step, no, class, sighting);
            }
        }
    }
    step.settle_heard()?;
    contest(&mut step, no, &sightings, channel, &classes)?;
    weigh_unproven(&mut step, no, channel, profile)?;
    weigh_hints(&mut step, no, &sightings, channel, &taken, profile)?;
    reschedule(&mut step, no, profile, ask_soon);
    if let Channel::Callback { inbox, .. } = channel {
        step.changes().inbox_done.push(inbox);
    }
    let then = step.take_then();
    Ok(step.finish(
        Entry::Heard {
            attempt: no,
            channel: logged,
            sightings,
            taken,
            classes,
            then,
        },
        raw,
    ))
}

/// Keeps bytes that could not be read or reduced: the evidence alone, and a SENDING attempt becomes UNKNOWN (money-safety section 5, E-23).
pub fn keep_unread(
    agg: &Aggregate,
    no: AttemptNo,
    channel: Channel,
    raw: Bytes,
    ctx: Context<'_>,
) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    end_call(&mut step, no, &[], channel)?;
    let attempt = step.touch(no)?;
    if attempt.state == AttemptState::Sending {
        attempt.state = AttemptState::Unknown;
    }
    if let Some(profile) = step.profile(no) {
        reschedule(&mut step, no, profile, false);
    }
    if let Channel::Callback { inbox, .. } = channel {
        step.changes().inbox_tries.push(inbox);
    }
    step.alert("an answer could not be read");
    Ok(step.finish(
        Entry::Unread {
            attempt: no,
            channel,
        },
        raw,
    ))
}

/// The answer to the last call ends it; answers to earlier ones and callbacks do not.
fn end_call(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let profile = step.profile(no);
    let checks = profile.map_or(0, |profile| profile.poll.len());
    let attempt = step.touch(no)?;
    let asked_at = profile.map(|profile| attempt.call_began(profile));
    let ends_send =
        matches!(channel, Channel::Reply { send } if send == attempt.sends) && attempt.send_open;
    // The answer to an earlier question, come late, says nothing of what is asked now: the question stays open, and its answer may be another.
    let is_last = |began| asked_at.is_none_or(|asked| began >= asked);
    let ends_ask = matches!(channel, Channel::Status { began } if is_last(began))
        && attempt.call_open
        && !attempt.send_open;
    if ends_send {
        attempt.send_open = false;
        attempt.last_send_ended_at = Some(now);
    }
    // A question that never left is no look: the one at a rejected attempt is made again (E-3). So it is after what says neither yes nor no, but no more often
    // than the supplier has checks: it may never say more.
    let is_unsent = |said: &Sighting| said.claim == Claim::NotSent;
    let is_unsent = !sightings.is_empty() && sightings.iter().all(is_unsent);
    let is_answered = sightings.iter().any(|said| said.claim.is_definitive());
    let is_asked_again = is_unsent || (!is_answered && usize::from(attempt.checks) < checks);
    let is_lost_look = ends_ask && is_asked_again && attempt.is_looked_at();
    if ends_send || ends_ask {
        attempt.call_open = false;
    }
    if (ends_send || ends_ask) && !is_lost_look {
        attempt.last_call_ended_at = Some(now);
    }
    Ok(())
}

/// An attempt of which no transaction of the supplier's is known gets the one row of a list that can be it. Several are a person's to tell apart.
fn link(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let Some(attempt) = step.attempt(no) else {
        return Ok(());
    };
    let is_list = matches!(channel, Channel::Status { .. });
    if !is_list || !is_unlinked(attempt) || !attempt.state.is_open() {
        return Ok(());
    }
    match adopt(attempt, sightings, taken, now) {
        Adopted::One(theirs) => step.touch(no)?.their_ref = Some(theirs.clone()),
        Adopted::Several if step.order.state == OrderState::InFlight(no) => step.escalate(),
        Adopted::Several | Adopted::Nobody => {}
    }
    Ok(())
}

/// What was read; nothing is one that cannot be read.
fn or_unreadable(mut sightings: Vec<Sighting>) -> Vec<Sighting> {
    if sightings.is_empty() {
        sightings.push(Sighting::new(Claim::Unclear, Reason::Unreadable));
    }
    sightings
}

/// The supplier's own ids of purchases that some of these sightings show to be older than the send: another sighting that names one without its time is
/// about the same old purchase, and no more proof of anything than the first (INV-10).
fn older(step: &Step<'_>, no: AttemptNo, sightings: &[Sighting]) -> Vec<TheirRef> {
    let Some(attempt) = step.attempt(no).filter(|attempt| is_unlinked(attempt)) else {
        return Vec::new();
    };
    // In a list every row says its time, as a rule, and is judged by it.
    if sightings.iter().all(|said| said.formed_at.is_some()) {
        return Vec::new();
    }
    let before = |said: &&Sighting| said.formed_at.is_some_and(|at| is_older(attempt, at));
    let named = sightings.iter().filter(before);
    named.filter_map(|said| said.their_ref.clone()).collect()
}

/// Whether something is about the attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding {
    /// It is.
    Ours,
    /// It is not.
    Others,
    /// It is ours by its way, and names another purchase than the one of a list that was taken for ours.
    AdoptedWrong,
}

fn binding(
    step: &mut Step<'_>,
    no: AttemptNo,
    sighting: &Sighting,
    channel: Channel,
    taken: &[TheirRef],
) -> Result<Binding, Illegal> {
    let attempt = step
        .attempt(no)
        .ok_or_else(|| step.illegal("an attempt it does not have"))?;
    let Err(unbound) = bind(attempt, sighting, channel, taken) else {
        return Ok(Binding::Ours);
    };
    let is_adopted_wrong = unbound.is_adopted_wrong(attempt, sighting, channel);
    if is_adopted_wrong {
        step.open_hint(no)?;
    }
    let is_usual = step
        .attempt(no)
        .is_some_and(|attempt| unbound.is_usual(attempt, channel));
    if !is_usual {
        step.alert("an answer names another order, product or destination");
    }
    Ok(if is_adopted_wrong {
        Binding::AdoptedWrong
    } else {
        Binding::Others
    })
}

/// What does not bind counts as `Unclear` (E-9), and of an open attempt that names another purchase as its own a contradiction.
fn judge_one(
    step: &Step<'_>,
    no: AttemptNo,
    binding: Binding,
    sighting: &Sighting,
    channel: Channel,
    profile: &Profile,
) -> Result<Class, Illegal> {
    let attempt = step
        .attempt(no)
        .ok_or_else(|| step.illegal("an attempt it does not have"))?;
    let bench = step.bench(channel, profile);
    let unclear = Sighting::new(Claim::Unclear, Reason::Contradiction);
    Ok(match binding {
        Binding::Ours => judge(attempt, sighting, channel, &bench),
        Binding::AdoptedWrong if attempt.state.is_open() => Class::Conflict,
        Binding::AdoptedWrong | Binding::Others => judge(attempt, &unclear, channel, &bench),
    })
}

/// A delivery that counts, with a price that is there and is none.
fn is_unread_bill(class: Class, sighting: &Sighting) -> bool {
    let counts = matches!(
        class,
        Class::AwaitSn | Class::Success | Class::LateSuccess | Class::LateHeard
    );
    let is_none = |price: Money| price < Money::ZERO || price > Money::MAX_AMOUNT;
    counts && (sighting.price_unread || sighting.price.is_some_and(is_none))
}

/// A delivery that is booked is told again with another bill. What is booked stays (INV-6): which of them is true a person finds out, and above the cap the
/// route goes off until then (INV-17). Once for each amount.
fn bill_again(
    step: &mut Step<'_>,
    no: AttemptNo,
    sighting: &Sighting,
    channel: Channel,
) -> Result<(), Illegal> {
    let is_signed = !matches!(channel, Channel::Callback { signed: false, .. });
    let price = sighting.price.filter(|price| price.is_transferable());
    let Some(price) = price.filter(|_| is_signed && sighting.claim == Claim::Delivered) else {
        return Ok(());
    };
    let bill = Saying::of_bill(price);
    let is_news = step.attempt(no).is_some_and(|attempt| {
        matches!(
            attempt.state,
            AttemptState::Success | AttemptState::LateSuccess
        ) && attempt.cost() != price
            && attempt.said.novelty(bill) == Novelty::New
    });
    if is_news {
        step.touch(no)?.said.remember(bill);
        step.billed_again(no, price)?;
    }
    Ok(())
}

/// Tells health and routing what became known.
fn tell(step: &mut Step<'_>, no: AttemptNo, class: Class, sighting: &Sighting) {
    let Some(attempt) = step.attempt(no) else {
        return;
    };
    let supplier = attempt.supplier;
    if let Some(left) = sighting.balance.filter(|_| class != Class::Hint) {
        step.note(Note::Balance { supplier, left });
    }
    if class != Class::Nothing {
        let product = step.order.product;
        step.note(Note::Outcome {
            supplier,
            product,
            class,
            reason: sighting.reason,
        });
    }
}

/// When the order must be looked at again, if this attempt still decides that.
fn reschedule(step: &mut Step<'_>, no: AttemptNo, profile: &Profile, ask_soon: bool) {
    let Some(attempt) = step.attempt(no) else {
        return;
    };
    let can_ask = watch::can_ask(attempt, profile);
    let now = step.ctx.now;
    if step.order.state == OrderState::InFlight(no) && attempt.state.is_open() {
        let due = !attempt.call_open
            && now >= watch::escalate_at(attempt, Some(profile), step.ctx.policy);
        if due {
            step.escalate();
        }
        let Some(attempt) = step.attempt(no) else {
            return;
        };
        let next = watch::next_action(&step.order, attempt, Some(profile), step.ctx.policy, now);
        step.order.next_action_at = if ask_soon && can_ask && !attempt.call_open {
            let ended = attempt.last_call_ended_at.unwrap_or(now);
            Some(now.max(ended.plus(profile.min_gap)))
        } else {
            next
        };
    } else if !step.order.state.is_open() {
        step.rest();
    }
}
