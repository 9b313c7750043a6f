//! Hearing: what an order becomes when something is read about one of its attempts. The one reducer for replies, callbacks and
//! status reads.

use bytes::Bytes;

use super::adopt::{Adopted, adopt, is_linked, is_unlinked};
use super::bind::{Unbound, bind};
use super::context::{Context, Decision, Note};
use super::follow::{Next, follow};
use super::judge::{Bench, Class, judge, speaks_against};
use super::log::{Channel, Entry};
use super::model::{Aggregate, Attempt, AttemptState, OrderState, ReversalHeard, Review};
use super::said::{Novelty, Saying};
use super::step::{Illegal, Step};
use super::watch;
use crate::ids::AttemptNo;
use crate::money::Money;
use crate::supplier::{Claim, Formed, Profile, Reason, Sighting};
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
        mut sightings,
        taken,
        raw,
    } = heard;
    if sightings.is_empty() {
        sightings.push(Sighting::new(Claim::Unclear, Reason::Unreadable));
    }
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

/// Whether a signed callback says something that none has said before; remembers it. Anything else is always new.
fn novelty(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
) -> Result<Novelty, Illegal> {
    let Channel::Callback { signed: true, .. } = channel else {
        return Ok(Novelty::New);
    };
    let saying = Saying::of(sightings);
    let attempt = step.touch(no)?;
    let novelty = attempt.said.novelty(saying);
    attempt.said.remember(saying);
    Ok(novelty)
}

/// Whether words that a signed callback had said before are to be asked about: they say for certain what is not so as the attempt is settled now, so that they
/// were found wrong since, or are true once more (E-6). They may be the same callback delivered again, so they are never believed; and while something of
/// that kind is looked into, or is a standing reversal, they say nothing. A doubtful failure is no certainty: of it that it was contradicted when it was
/// said, or the attempt turned since.
fn is_worth_a_look(
    step: &Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> bool {
    let Some(attempt) = step.attempt(no) else {
        return false;
    };
    let has_turned = matches!(
        attempt.state,
        AttemptState::LateSuccess | AttemptState::LateReversal
    );
    let is_certain = |said: &Sighting| {
        let doubtful = Claim::Refused {
            formed: Formed::Doubtful,
        };
        is_definitive(said.claim) && said.claim != doubtful
    };
    let is_open = has_turned
        || sightings.iter().any(is_certain)
        || attempt.said.is_contested(Saying::of(sightings));
    let stands = attempt.state != AttemptState::LateReversal
        && attempt.reversal.is_some_and(|heard| heard.by_message);
    let bench = bench(step, channel, profile);
    let is_against = || {
        sightings.iter().any(|said| {
            bind(attempt, said, channel, taken).is_ok()
                && speaks_against(attempt, said, channel, &bench)
        })
    };
    is_open && !stands && watch::takes_hint(attempt, profile, step.ctx) && is_against()
}

/// Whether one more saying than are remembered is worth a row in the log: it has the supplier asked, as often as its checks allow, or where it cannot be asked
/// settles what is open. What changes nothing leaves nothing, so that whoever has a supplier's key fills no log with ever new words (T-24).
fn changes_anything(
    step: &Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> bool {
    let Some(attempt) = step.attempt(no) else {
        return false;
    };
    let hint = channel.as_hint();
    let bench = bench(step, hint, profile);
    let mut bound = sightings
        .iter()
        .filter(|said| bind(attempt, said, hint, taken).is_ok());
    if !attempt.state.is_open() {
        return watch::takes_hint(attempt, profile, step.ctx)
            && bound.any(|said| speaks_against(attempt, said, hint, &bench));
    }
    let is_asked_soon = attempt.call_open
        || step
            .order
            .next_action_at
            .is_some_and(|at| at <= step.ctx.now.plus(profile.min_gap));
    let has_checks = usize::from(attempt.checks) < profile.poll.len();
    let has_it_asked = watch::can_ask(profile) && has_checks && !is_asked_soon;
    bound.any(|said| {
        let class = judge(attempt, said, hint, &bench);
        (class == Class::Hint && has_it_asked) || !matches!(class, Class::Hint | Class::Nothing)
    })
}

/// Remembers of what a signed callback says that something contradicts it.
fn contest(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    classes: &[Class],
) -> Result<(), Illegal> {
    let is_signed = matches!(channel, Channel::Callback { signed: true, .. });
    let is_contested = step.order.is_disputed() || classes.contains(&Class::LateReversal);
    if is_signed && is_contested && sightings.iter().any(|said| is_definitive(said.claim)) {
        let saying = Saying::of(sightings);
        step.touch(no)?.said.contest(saying);
    }
    Ok(())
}

/// Says for certain that it was delivered, or that it was not.
const fn is_definitive(claim: Claim) -> bool {
    is_failure(claim) || matches!(claim, Claim::Delivered)
}

/// Says of a purchase that was formed that it failed.
const fn is_failure(claim: Claim) -> bool {
    match claim {
        Claim::Refused {
            formed: Formed::Yes | Formed::Doubtful,
        } => true,
        // Of a question that was not put, or not answered, nothing follows for the purchase.
        Claim::Refused { formed: Formed::No }
        | Claim::NotSent
        | Claim::Pending
        | Claim::Delivered
        | Claim::Unclear => false,
    }
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
    let checks = step.profile(no).map_or(0, |profile| profile.poll.len());
    let attempt = step.touch(no)?;
    let ends_send =
        matches!(channel, Channel::Reply { send } if send == attempt.sends) && attempt.send_open;
    let ends_ask =
        matches!(channel, Channel::Status { .. }) && attempt.call_open && !attempt.send_open;
    if ends_send {
        attempt.send_open = false;
        attempt.last_send_ended_at = Some(now);
    }
    // What we kept back ourselves is no look: the one at a rejected attempt is made again (E-3). So it is after what says neither yes nor no, but no more often
    // than the supplier has checks: it may never say more.
    let is_withheld = |said: &Sighting| said.reason == Reason::Withheld;
    let is_withheld = !sightings.is_empty() && sightings.iter().all(is_withheld);
    let is_answered = sightings.iter().any(|said| is_definitive(said.claim));
    let is_asked_again = is_withheld || (!is_answered && usize::from(attempt.checks) < checks);
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

/// Two definitive claims against each other in one piece of evidence.
fn contradicts_itself(
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
fn contradiction(step: &mut Step<'_>, no: AttemptNo, channel: Channel) -> Class {
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

/// The answer to our own only send, come late, says that nothing was formed, or that nothing was sent, and what was heard before it has settled the order as
/// delivered: a message that perhaps nobody signed, or a purchase of the supplier's list that was taken for ours. It proves nothing about what came after
/// it, so the supplier is asked; where it cannot be, or whose purchase that was is the question, a person finds out (INV-33).
fn deny_what_was_delivered(
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
    let bench = bench(step, channel, profile);
    let unclear = Sighting::new(Claim::Unclear, Reason::Contradiction);
    Ok(match binding {
        Binding::Ours => judge(attempt, sighting, channel, &bench),
        Binding::AdoptedWrong if attempt.state.is_open() => Class::Conflict,
        Binding::AdoptedWrong | Binding::Others => judge(attempt, &unclear, channel, &bench),
    })
}

fn bench<'a>(step: &Step<'_>, channel: Channel, profile: &'a Profile) -> Bench<'a> {
    Bench {
        profile,
        sn_required: step.order.sn_required,
        doubt_wait: step.ctx.policy.doubt_wait,
        disputed_since: match step.order.review {
            Some(Review::Disputed { since, .. }) => Some(since),
            Some(Review::Escalated { .. }) | None => None,
        },
        received_at: channel.received_at(step.ctx.now),
    }
}

/// What is no proof and speaks against how the attempt was settled is looked into: by a read, and where none can be made by a person, who has a case and
/// is told of it once a day (INV-33, INV-35). A read begun after it that says yes or no, and not both, has looked into it.
fn weigh_hints(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let bench = bench(step, channel, profile);
    let says_both = contradicts_itself(step, no, sightings, channel, taken);
    let Some(attempt) = step.attempt(no) else {
        return Ok(());
    };
    let mut bound = sightings
        .iter()
        .filter(|said| bind(attempt, said, channel, taken).is_ok());
    match channel {
        Channel::Status { began } => {
            let says_which = !says_both && bound.any(|said| is_definitive(said.claim));
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

/// A dispute is settled only by a read begun after *all* definitive signals (INV-21): another one moves that point.
fn renew_dispute(step: &mut Step<'_>, claim: Claim, channel: Channel) {
    let is_message = match channel {
        Channel::Reply { .. } => true,
        Channel::Status { .. } => false,
        Channel::Callback { signed, .. } => signed,
    };
    let now = step.ctx.now;
    if let (true, true, Some(Review::Disputed { since, .. })) =
        (is_definitive(claim), is_message, &mut step.order.review)
    {
        *since = now.max(*since);
    }
}

/// Writes what the class says into the attempt; nothing of what does not bind (E-9).
fn mark(
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
        Class::Nothing | Class::Hint | Class::Upheld | Class::LateReversal => {}
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
    if sighting.is_some_and(|sighting| is_failure(sighting.claim))
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
    Ok(())
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
    let Some(denied) = attempt.denied else {
        return false;
    };
    let said_since = match channel {
        Channel::Reply { send } if send < attempt.sends => return true,
        Channel::Reply { .. } => match profile {
            Some(profile) => attempt.call_began(profile),
            None => return true,
        },
        Channel::Status { began } => began,
        Channel::Callback { received_at, .. } => received_at,
    };
    said_since <= denied
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
    let can_ask = watch::can_ask(profile);
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
