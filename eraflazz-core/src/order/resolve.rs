//! Resolutions: a person's rulings, and the caller's cancel. Ordinary events, applied to the state underneath a review.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::context::{Context, Decision};
use super::follow::Reroute;
use super::log::Entry;
use super::model::{Aggregate, Attempt, AttemptState, OrderState, Returned};
use super::step::{Illegal, Step};
use crate::commit::CaseWrite;
use crate::ids::AttemptNo;
use crate::member::LateSuccess;
use crate::money::Money;
use crate::supplier::Reason;
use crate::text::{Operator, Sn};
use crate::time::Timestamp;

/// What a person rules about an order (D38). Each is legal only where section 6 of money-safety has the move.
///
/// A ruling on a dispute comes first, and of several things in dispute on the order's own delivery; then `Delivered` and `NotDelivered` speak of the second
/// delivery that is denied or contradicts itself. Without one, while a delivered order still has an open surplus attempt
/// ([`open_surplus`](Aggregate::open_surplus)), `Delivered` and `NotDelivered` speak of that attempt: it delivered a second time, at the house's cost,
/// or it did not; the delivery that settled the order stands (INV-14). Where a person's case is about a second delivery that a message denies
/// ([`hinted_second`](Aggregate::hinted_second)), `NotDelivered` speaks of that one. A ruling answers what was said of the attempt that it speaks of; what was
/// said of another stays before a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// The supplier's text or statement proves delivery.
    Delivered {
        /// The serial number, if there is one.
        sn: Option<Sn>,
        /// What it cost, if it is known to differ from the catalog's.
        cost: Option<Money>,
    },
    /// The supplier's text or statement proves non-delivery.
    NotDelivered {
        /// The text or the statement line.
        proof: String,
    },
    /// Delivered after the money went back: the member pays again.
    Reclaim,
    /// Delivered after the money went back: the house pays.
    Absorb,
    /// Wait longer.
    KeepWaiting {
        /// Until when a person has time.
        until: Timestamp,
    },
    /// Take it back: only before anything was intended, as the caller itself may.
    Cancel,
}

/// The rulings without what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulingKind {
    /// [`Resolution::Delivered`].
    Delivered,
    /// [`Resolution::NotDelivered`].
    NotDelivered,
    /// [`Resolution::Reclaim`].
    Reclaim,
    /// [`Resolution::Absorb`].
    Absorb,
    /// [`Resolution::KeepWaiting`].
    KeepWaiting,
    /// [`Resolution::Cancel`].
    Cancel,
}

impl RulingKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Delivered,
        Self::NotDelivered,
        Self::Reclaim,
        Self::Absorb,
        Self::KeepWaiting,
        Self::Cancel,
    ];

    /// Its name in requests and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::NotDelivered => "not_delivered",
            Self::Reclaim => "reclaim",
            Self::Absorb => "absorb",
            Self::KeepWaiting => "keep_waiting",
            Self::Cancel => "cancel",
        }
    }
}

/// What [`resolve`] would not refuse about the order as it stands, for whoever shows a person the choice.
pub fn may_rule(agg: &Aggregate) -> Vec<RulingKind> {
    let order = &agg.order;
    let (surplus, second) = (ruled_surplus(agg), agg.disputed_surplus());
    let hinted = agg.hinted_second();
    RulingKind::ALL
        .into_iter()
        .filter(|kind| match (kind, order.state) {
            (RulingKind::Delivered, _) if surplus.is_some() => true,
            (RulingKind::NotDelivered, _) if surplus.is_some() => {
                surplus.is_some_and(|attempt| !attempt.send_open)
            }
            (RulingKind::Delivered, _) if second.is_some() => true,
            (RulingKind::NotDelivered, _) if second.is_some() => {
                second.is_some_and(|attempt| !attempt.send_open)
            }
            (RulingKind::NotDelivered, _) if hinted.is_some() => true,
            (RulingKind::Delivered, OrderState::InFlight(_)) => true,
            (RulingKind::NotDelivered, OrderState::InFlight(no)) => {
                agg.attempt(no).is_some_and(|attempt| !attempt.send_open)
            }
            (RulingKind::KeepWaiting, OrderState::InFlight(_)) => order.review.is_some(),
            (RulingKind::Delivered, OrderState::Succeeded | OrderState::LateDelivered) => {
                order.is_disputed() && order.delivery.is_some()
            }
            (RulingKind::NotDelivered, OrderState::Succeeded | OrderState::LateDelivered) => {
                order.delivery.is_some()
            }
            (RulingKind::Delivered, OrderState::Returned(_))
            | (
                RulingKind::Reclaim | RulingKind::Absorb,
                OrderState::Returned(_) | OrderState::Reversed,
            ) => !agg.attempts.is_empty(),
            (RulingKind::NotDelivered, OrderState::Reversed) => {
                order.is_disputed() && !agg.attempts.is_empty()
            }
            (RulingKind::Cancel, OrderState::Held) => agg.attempts.is_empty(),
            _ => false,
        })
        .collect()
}

/// What the order becomes by a person's ruling. The ruling itself is the evidence. `in_dispute` is what the supplier of a reversed delivery still owes us
/// for reversals, by the books; it counts for [`Resolution::Reclaim`] and [`Resolution::Absorb`] of a reversed order alone. Suppliers credit in sums that
/// name no order, so neither the order nor its log can tell: whoever decides reads the account first.
pub fn resolve(
    agg: &Aggregate,
    resolution: Resolution,
    by: Operator,
    in_dispute: Money,
    ctx: Context<'_>,
) -> Result<Decision, Illegal> {
    let mut step = Step::new(agg, ctx);
    if let Resolution::Delivered {
        cost: Some(cost), ..
    } = &resolution
        && !cost.is_transferable()
    {
        return Err(step.illegal("a cost that cannot be booked"));
    }
    let about = rule(&mut step, agg, &resolution, in_dispute)?;
    step.settle_heard()?;
    if let Some(no) = about
        && let Some(attempt) = agg.attempt(no)
        && (attempt.hinted.is_some() || attempt.hint_case.is_some())
    {
        // Who rules about an attempt has looked into what was said of it, and into nothing that was said of another.
        step.close_hint(no)?;
    }
    let then = step.take_then();
    Ok(step.finish(
        Entry::Resolved {
            resolution,
            by,
            then,
        },
        Bytes::new(),
    ))
}

/// Makes of the order what the ruling says. Gives the attempt that it speaks of, if it speaks of one.
fn rule(
    step: &mut Step<'_>,
    agg: &Aggregate,
    resolution: &Resolution,
    in_dispute: Money,
) -> Result<Option<AttemptNo>, Illegal> {
    let surplus = ruled_surplus(agg).map(|attempt| attempt.no);
    let second = agg.disputed_surplus().map(|attempt| attempt.no);
    let denied = second.or(agg.hinted_second().map(|attempt| attempt.no));
    Ok(match (resolution, agg.order.state) {
        (Resolution::KeepWaiting { until }, OrderState::InFlight(_)) => {
            keep_waiting(step, *until)?;
            None
        }
        (Resolution::Delivered { sn, cost }, _) if let Some(no) = surplus => {
            write_delivery(step, no, AttemptState::Success, sn.clone(), *cost)?;
            step.delivered(no)?;
            step.rest();
            Some(no)
        }
        (Resolution::NotDelivered { .. }, _) if let Some(no) = surplus => {
            reject(step, no)?;
            step.rest();
            Some(no)
        }
        (Resolution::Delivered { sn, cost }, _) if let Some(no) = second => {
            rule_on_second(step, no, Some((sn.clone(), *cost)))?;
            Some(no)
        }
        (Resolution::NotDelivered { .. }, _) if let Some(no) = denied => {
            rule_on_second(step, no, None)?;
            Some(no)
        }
        (Resolution::Delivered { sn, cost }, OrderState::InFlight(no)) => {
            write_delivery(step, no, AttemptState::Success, sn.clone(), *cost)?;
            step.delivered(no)?;
            Some(no)
        }
        (Resolution::NotDelivered { .. }, OrderState::InFlight(no)) => {
            reject(step, no)?;
            step.undelivered(no, Some(Reroute::PLAIN), Reason::Other)?;
            Some(no)
        }
        (Resolution::Delivered { .. }, OrderState::Succeeded | OrderState::LateDelivered)
            if agg.order.is_disputed() =>
        {
            let no = delivered_by(agg, step)?;
            step.uphold(no)?;
            step.rest();
            Some(no)
        }
        (Resolution::NotDelivered { .. }, OrderState::Succeeded | OrderState::LateDelivered) => {
            let no = delivered_by(agg, step)?;
            step.reverse(no)?;
            Some(no)
        }
        (Resolution::Delivered { sn, cost }, OrderState::Returned(_)) => {
            let no = undelivered_attempt(agg, step)?;
            write_delivery(step, no, AttemptState::LateSuccess, sn.clone(), *cost)?;
            let absorb = step.order.late_success == LateSuccess::Absorb;
            step.take_again(no, absorb, in_dispute)?;
            Some(no)
        }
        (
            Resolution::Reclaim | Resolution::Absorb,
            OrderState::Returned(_) | OrderState::Reversed,
        ) => {
            let no = undelivered_attempt(agg, step)?;
            if !agg.attempt(no).is_some_and(Attempt::is_second_delivery) {
                write_delivery(step, no, AttemptState::LateSuccess, None, None)?;
            }
            step.take_again(no, *resolution == Resolution::Absorb, in_dispute)?;
            Some(no)
        }
        (Resolution::Cancel, OrderState::Held) if agg.attempts.is_empty() => {
            step.give_back(Returned::Cancelled);
            None
        }
        (Resolution::NotDelivered { .. }, OrderState::Reversed) if agg.order.is_disputed() => {
            let no = undelivered_attempt(agg, step)?;
            let attempt = step.touch(no)?;
            if attempt.state == AttemptState::LateSuccess {
                attempt.state = AttemptState::LateReversal;
            }
            step.uphold(no)?;
            Some(no)
        }
        _ => return Err(step.illegal("this resolution")),
    })
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

/// The attempt that `Delivered` and `NotDelivered` speak of although the order is delivered.
fn ruled_surplus(agg: &Aggregate) -> Option<&Attempt> {
    let is_settled = matches!(
        agg.order.state,
        OrderState::Succeeded | OrderState::LateDelivered | OrderState::Reversed
    );
    agg.open_surplus()
        .filter(|_| is_settled && !agg.order.is_disputed())
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

fn delivered_by(agg: &Aggregate, step: &Step<'_>) -> Result<AttemptNo, Illegal> {
    agg.order
        .delivery
        .as_ref()
        .map(|delivery| delivery.attempt)
        .ok_or_else(|| step.illegal("a ruling on a delivery it does not have"))
}

/// The attempt that a ruling on returned money speaks of: the one with a reported delivery, else the second delivery that stands after the first was
/// reversed, else the one that was reversed, else the last one.
fn undelivered_attempt(agg: &Aggregate, step: &Step<'_>) -> Result<AttemptNo, Illegal> {
    let reported = agg
        .attempts
        .iter()
        .find(|attempt| attempt.state == AttemptState::LateSuccess && !attempt.surplus);
    let reversed = agg
        .order
        .delivery
        .as_ref()
        .and_then(|delivery| agg.attempt(delivery.attempt));
    let second = agg
        .attempts
        .iter()
        .find(|attempt| attempt.is_second_delivery() && agg.order.state == OrderState::Reversed);
    let chosen: Option<&Attempt> = reported
        .or(second)
        .or(reversed)
        .or_else(|| agg.attempts.last());
    chosen
        .map(|attempt| attempt.no)
        .ok_or_else(|| step.illegal("a delivery: it was never sent"))
}
