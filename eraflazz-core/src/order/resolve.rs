//! Resolutions: a person's rulings, and the caller's cancel. Ordinary events, applied to the state underneath a review.

use bytes::Bytes;

use super::context::{Context, Decision};
use super::follow::Reroute;
use super::log::Entry;
use super::model::{Aggregate, Attempt, AttemptState, OrderState, Returned};
use super::question::{self, Meant, Standing};
use super::ruling::{Resolution, Ruling};
use super::step::{Illegal, Step};
use crate::commit::{CaseKey, CaseKind, CaseWrite};
use crate::ids::AttemptNo;
use crate::member::LateSuccess;
use crate::money::Money;
use crate::route::Explanation;
use crate::supplier::Reason;
use crate::text::{Operator, Sn};
use crate::time::Timestamp;

/// What the order becomes by a person's ruling. The ruling itself is the evidence. `in_dispute` is what the supplier of a reversed delivery still owes us
/// for reversals, by the books; it counts for [`Resolution::Reclaim`] and [`Resolution::Absorb`] of a reversed order alone. Suppliers credit in sums that
/// name no order, so neither the order nor its log can tell: whoever decides reads the account first.
///
/// # Errors
/// The state does not have the move, of the attempt that is named; or none is named and several can be meant.
pub fn resolve(
    agg: &Aggregate,
    ruling: Ruling,
    by: Operator,
    in_dispute: Money,
    ctx: Context<'_>,
) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    let Ruling {
        resolution,
        attempt,
    } = ruling;
    if resolution
        .cost()
        .is_some_and(|cost| !cost.is_transferable())
    {
        return Err(step.illegal("a cost that cannot be booked"));
    }
    let about = about(agg, &step, &resolution, attempt)?;
    match about {
        Some(attempt) => rule(&mut step, agg, attempt, &resolution, in_dispute)?,
        None => rule_on_order(&mut step, agg, &resolution)?,
    }
    step.settle_heard()?;
    if let Some(attempt) = about
        && (attempt.hinted.is_some() || attempt.hint_case.is_some())
    {
        // Who rules about an attempt has looked into what was said of it, and into nothing that was said of another.
        looked_into(&mut step, attempt.no)?;
    }
    let then = step.take_then();
    Ok(step.finish(
        Entry::Resolved {
            resolution,
            attempt: about.map(|attempt| attempt.no),
            by,
            then,
        },
        Bytes::new(),
    ))
}

/// The attempt that the ruling speaks of, if it is one that speaks of any. A ruling on the wrong purchase books what never happened, so none is guessed.
fn about<'a>(
    agg: &'a Aggregate,
    step: &Step<'_>,
    resolution: &Resolution,
    named: Option<AttemptNo>,
) -> Result<Option<&'a Attempt>, Illegal> {
    let kind = resolution.kind();
    if !kind.is_about_an_attempt() {
        let Some(_) = named else { return Ok(None) };
        return Err(step.illegal("an attempt in a ruling that speaks of none"));
    }
    let no = match named {
        Some(no) => no,
        None => match question::meant(agg, kind) {
            Meant::One(attempt) => attempt.no,
            Meant::Several => {
                return Err(step.illegal("a ruling that does not say which attempt it speaks of"));
            }
            Meant::Nothing => return Err(step.illegal("this resolution")),
        },
    };
    let attempt = agg.attempt(no);
    let attempt = attempt.ok_or_else(|| step.illegal("a ruling on an attempt it does not have"))?;
    if !question::is_legal(kind, agg, attempt) {
        return Err(step.illegal("this resolution of that attempt"));
    }
    Ok(Some(attempt))
}

/// Makes of the order what the ruling says.
fn rule(
    step: &mut Step<'_>,
    agg: &Aggregate,
    attempt: &Attempt,
    resolution: &Resolution,
    in_dispute: Money,
) -> Result<(), Illegal> {
    let (no, standing) = (attempt.no, Standing::of(agg, attempt));
    match (resolution, standing) {
        (Resolution::Delivered { sn, cost }, Standing::Live) => {
            write_delivery(step, no, AttemptState::Success, sn.clone(), *cost)?;
            step.delivered(no)
        }
        (Resolution::NotDelivered { .. }, Standing::Live) => {
            reject(step, no)?;
            step.undelivered(no, Some(Reroute::PLAIN), Reason::Other)
        }
        (Resolution::Delivered { sn, cost }, Standing::Surplus | Standing::Second) => {
            rule_on_second(step, no, Some((sn.clone(), *cost)))
        }
        (Resolution::NotDelivered { .. }, Standing::Surplus | Standing::Second) => {
            rule_on_second(step, no, None)
        }
        (Resolution::Delivered { .. }, Standing::Delivery) => {
            step.uphold(no)?;
            step.rest();
            Ok(())
        }
        (Resolution::NotDelivered { .. }, Standing::Delivery) => step.reverse(no),
        (Resolution::Delivered { sn, cost }, Standing::Heard | Standing::Undelivered) => {
            write_late_delivery(step, no, sn.clone(), *cost)?;
            deliver_late(step, no, in_dispute)
        }
        (Resolution::NotDelivered { .. }, Standing::Heard | Standing::Reversed) => {
            let attempt = step.touch(no)?;
            if attempt.state == AttemptState::LateSuccess {
                attempt.state = AttemptState::LateReversal;
            }
            step.uphold(no)
        }
        (
            Resolution::Reclaim { cost: Some(_), .. } | Resolution::Absorb { cost: Some(_), .. },
            Standing::Second,
        ) => Err(step.illegal("a cost of a delivery whose cost is booked")),
        (Resolution::Reclaim { sn, cost } | Resolution::Absorb { sn, cost }, _) => {
            if standing == Standing::Second {
                let attempt = step.touch(no)?;
                attempt.sn = sn.clone().or_else(|| attempt.sn.take());
            } else {
                write_late_delivery(step, no, sn.clone(), *cost)?;
            }
            let absorb = matches!(resolution, Resolution::Absorb { .. });
            step.take_again(no, absorb, in_dispute)
        }
        (
            Resolution::Delivered { .. } | Resolution::NotDelivered { .. },
            Standing::Reversed | Standing::Undelivered,
        )
        | (Resolution::KeepWaiting { .. } | Resolution::Cancel, _) => {
            Err(step.illegal("this resolution of that attempt"))
        }
    }
}

/// A person has found that what was not delivered, or is not known to be booked, was: as if its supplier had said so late, and nothing is asked any more.
fn deliver_late(step: &mut Step<'_>, no: AttemptNo, in_dispute: Money) -> Result<(), Illegal> {
    step.touch(no)?.reversal = None;
    match step.order.state {
        OrderState::Returned(_) => {
            let absorb = step.order.late_success == LateSuccess::Absorb;
            step.take_again(no, absorb, in_dispute)
        }
        OrderState::Succeeded | OrderState::LateDelivered | OrderState::Reversed
            if step.order.is_delivered() =>
        {
            step.delivered_late(no)?;
            step.close_review_if_settled();
            step.rest();
            Ok(())
        }
        OrderState::Held | OrderState::InFlight(_) => step.delivered_late(no),
        OrderState::Succeeded
        | OrderState::LateDelivered
        | OrderState::Reversed
        | OrderState::Refused(_) => Err(step.illegal("this resolution")),
    }
}

/// Makes of the order what a ruling says that speaks of no attempt.
fn rule_on_order(
    step: &mut Step<'_>,
    agg: &Aggregate,
    resolution: &Resolution,
) -> Result<(), Illegal> {
    match (resolution, agg.order.state) {
        (Resolution::KeepWaiting { until }, OrderState::InFlight(_)) => keep_waiting(step, *until),
        (Resolution::Cancel, OrderState::Held) if agg.attempts.is_empty() => {
            step.give_back(Returned::Cancelled);
            Ok(())
        }
        _ => Err(step.illegal("this resolution")),
    }
}

/// The caller takes the order back. Legal only before the first intent.
pub fn cancel(agg: &Aggregate, ctx: Context<'_>) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    if agg.order.state != OrderState::Held || !agg.attempts.is_empty() {
        return Err(step.illegal("a cancel"));
    }
    step.give_back(Returned::Cancelled);
    Ok(step.finish(
        Entry::Returned {
            why: Returned::Cancelled,
            routes: Explanation::default(),
        },
        Bytes::new(),
    ))
}

/// A person looked at a case that no ruling ends, and closes it. What was said against an attempt was looked into with it: the next message is another case
/// (INV-33, INV-35).
///
/// # Errors
/// The case ends with a ruling ([`may_close`](super::may_close)).
pub fn close_case(
    agg: &Aggregate,
    key: CaseKey,
    note: String,
    by: Operator,
    ctx: Context<'_>,
) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    if !question::may_close(key.kind, Some(agg)) {
        return Err(step.illegal("closing a case that a ruling ends"));
    }
    let is_about =
        |attempt: &&Attempt| key.kind == CaseKind::Hinted && attempt.hint_case == Some(key.version);
    let about: Vec<AttemptNo> = agg
        .attempts
        .iter()
        .filter(is_about)
        .map(|it| it.no)
        .collect();
    for no in about {
        looked_into(&mut step, no)?;
    }
    step.changes().cases.push(CaseWrite::Close(key));
    Ok(step.finish(
        Entry::CaseClosed {
            kind: key.kind,
            opened_at: key.version,
            note,
            by,
        },
        Bytes::new(),
    ))
}

fn keep_waiting(step: &mut Step<'_>, until: Timestamp) -> Result<(), Illegal> {
    let Some(review) = step.order.review else {
        return Err(step.illegal("waiting longer without a case"));
    };
    let key = review.case(step.order.id);
    step.changes().cases.push(CaseWrite::Extend {
        key,
        deadline: until,
    });
    Ok(())
}

/// A second delivery that is denied or contradicts itself: it stands, with what it brought, or it was none.
fn rule_on_second(
    step: &mut Step<'_>,
    no: AttemptNo,
    delivered: Option<(Option<Sn>, Option<Money>)>,
) -> Result<(), Illegal> {
    let is_open = step
        .attempt(no)
        .is_some_and(|attempt| attempt.state.is_open());
    match delivered {
        Some((sn, cost)) if is_open => {
            write_delivery(step, no, AttemptState::Success, sn, cost)?;
            step.delivered(no)?;
            step.close_review_if_settled();
        }
        Some(_) => step.uphold(no)?,
        None if is_open => {
            reject(step, no)?;
            step.close_review_if_settled();
        }
        None => step.reverse(no)?,
    }
    step.rest();
    Ok(())
}

/// A person looked into what was said of this attempt: what was planned for that is not to be made any more.
fn looked_into(step: &mut Step<'_>, no: AttemptNo) -> Result<(), Illegal> {
    step.close_hint(no)?;
    if !step.order.state.is_open() {
        step.rest();
    }
    Ok(())
}

/// INV-13: a rejection counts only after the last send completed, whoever says it.
fn reject(step: &mut Step<'_>, no: AttemptNo) -> Result<(), Illegal> {
    let now = step.ctx.now;
    let attempt = step.touch(no)?;
    if attempt.send_open {
        return Err(step.illegal("a ruling of non-delivery while it is being sent"));
    }
    attempt.state = AttemptState::Rejected {
        formed: true,
        reason: Reason::Other,
        at: now,
    };
    Ok(())
}

/// What is booked nowhere is no second delivery, whatever it could have been once: its cost is still to be booked.
fn write_late_delivery(
    step: &mut Step<'_>,
    no: AttemptNo,
    sn: Option<Sn>,
    cost: Option<Money>,
) -> Result<(), Illegal> {
    step.touch(no)?.surplus = false;
    write_delivery(step, no, AttemptState::LateSuccess, sn, cost)
}

fn write_delivery(
    step: &mut Step<'_>,
    no: AttemptNo,
    state: AttemptState,
    sn: Option<Sn>,
    cost: Option<Money>,
) -> Result<(), Illegal> {
    let attempt = step.touch(no)?;
    if attempt.state == AttemptState::LateReversal {
        // What was believed of it is found wrong.
        attempt.reversal = None;
    }
    attempt.state = state;
    attempt.sn = sn.or_else(|| attempt.sn.take());
    attempt.billed = cost.or(attempt.billed);
    Ok(())
}
