//! Which attempt a ruling speaks of, and whether it may: what a person can be asked about an order.

use super::model::{Aggregate, Attempt, AttemptState, OrderState};
use super::ruling::RulingKind;
use crate::commit::CaseKind;
use crate::ids::AttemptNo;

/// How an attempt stands to its order, as far as rulings are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The order waits for its outcome.
    Live,
    /// Another attempt delivered; it may deliver a second time.
    Surplus,
    /// It delivered a second time; its cost is booked as the house's loss (INV-14).
    Second,
    /// The order was delivered by it.
    Delivery,
    /// The order was delivered by it, and that was taken back.
    Reversed,
    /// It was reported delivered, and that is booked nowhere yet.
    Heard,
    /// It is proven undelivered.
    Undelivered,
}

impl Standing {
    pub(super) fn of(agg: &Aggregate, attempt: &Attempt) -> Self {
        let state = agg.order.state;
        let delivery = agg.order.delivery.as_ref().map(|was| was.attempt);
        if state == OrderState::InFlight(attempt.no) {
            Self::Live
        } else if attempt.is_open_surplus() {
            Self::Surplus
        } else if attempt.is_second_delivery() {
            Self::Second
        } else if delivery == Some(attempt.no) && agg.order.is_delivered() {
            Self::Delivery
        } else if delivery == Some(attempt.no) && agg.order.is_taken_back() {
            Self::Reversed
        } else if attempt.state == AttemptState::LateSuccess {
            Self::Heard
        } else {
            Self::Undelivered
        }
    }
}

/// What may be ruled about the order as it stands, for whoever shows a person the choice. Where several attempts can be meant, the ruling must name one; of
/// an attempt that nobody is asked about more may be ruled by naming it ([`may_rule_of`]).
pub fn may_rule(agg: &Aggregate) -> Vec<RulingKind> {
    let order = &agg.order;
    let is_in_flight = matches!(order.state, OrderState::InFlight(_));
    let may = |kind: &RulingKind| match kind {
        RulingKind::KeepWaiting => is_in_flight && order.review.is_some(),
        RulingKind::Cancel => order.state == OrderState::Held && agg.attempts.is_empty(),
        RulingKind::Delivered
        | RulingKind::NotDelivered
        | RulingKind::Reclaim
        | RulingKind::Absorb => match meant(agg, *kind) {
            Meant::One(attempt) => may(*kind, agg, attempt),
            Meant::Several => true,
            Meant::Nothing => false,
        },
    };
    RulingKind::ALL.into_iter().filter(may).collect()
}

/// What may be ruled of this attempt; nothing if the order does not have it.
pub fn may_rule_of(agg: &Aggregate, no: AttemptNo) -> Vec<RulingKind> {
    let Some(attempt) = agg.attempt(no) else {
        return Vec::new();
    };
    let kinds = RulingKind::ALL.into_iter();
    kinds.filter(|kind| may(*kind, agg, attempt)).collect()
}

/// Whether a person may close a case of this kind, having looked, without a ruling. A review ends with a ruling. So does the case of a second purchase that may
/// still deliver: its supplier may have billed it, and until somebody says what became of it the books know nothing of that (INV-32).
pub fn may_close(kind: CaseKind, agg: Option<&Aggregate>) -> bool {
    match kind {
        CaseKind::Escalated | CaseKind::Disputed => false,
        CaseKind::Surplus => agg.is_none_or(|agg| agg.open_surplus().is_none()),
        CaseKind::LateSuccess
        | CaseKind::Reversed
        | CaseKind::OverCap
        | CaseKind::Broken
        | CaseKind::Unreadable
        | CaseKind::Orphan
        | CaseKind::Hinted
        | CaseKind::DepositAmount
        | CaseKind::DepositTurned => true,
    }
}

/// INV-13: that it did not deliver can be said once its last send has completed.
fn may(kind: RulingKind, agg: &Aggregate, attempt: &Attempt) -> bool {
    let is_too_early = kind == RulingKind::NotDelivered && attempt.send_open;
    is_legal(kind, agg, attempt) && !is_too_early
}

/// Whether section 6 has the move, whenever it may be said.
pub(super) fn is_legal(kind: RulingKind, agg: &Aggregate, attempt: &Attempt) -> bool {
    let (state, is_disputed) = (agg.order.state, agg.order.is_disputed());
    let is_returned = matches!(state, OrderState::Returned(_));
    let is_reversed = agg.order.is_taken_back();
    let standing = Standing::of(agg, attempt);
    match kind {
        RulingKind::Delivered => match standing {
            Standing::Live | Standing::Surplus => true,
            Standing::Second => attempt.is_contradicted(),
            Standing::Delivery => is_disputed,
            Standing::Reversed => false,
            // Of money that went back and was paid again once, it is said who pays.
            Standing::Heard | Standing::Undelivered => !is_reversed,
        },
        RulingKind::NotDelivered => match standing {
            Standing::Live | Standing::Surplus | Standing::Second | Standing::Delivery => true,
            Standing::Reversed => is_disputed,
            Standing::Heard => !is_returned,
            Standing::Undelivered => false,
        },
        RulingKind::Reclaim | RulingKind::Absorb => match standing {
            Standing::Heard | Standing::Undelivered => is_returned || is_reversed,
            Standing::Second | Standing::Reversed => is_reversed,
            Standing::Live | Standing::Surplus | Standing::Delivery => false,
        },
        RulingKind::KeepWaiting | RulingKind::Cancel => false,
    }
}

/// What a ruling speaks of that names no attempt.
pub(super) enum Meant<'a> {
    /// This one: nothing else can be meant.
    One(&'a Attempt),
    /// Several can be meant.
    Several,
    /// The order does not have the move, unless an attempt is named that nobody is asked about.
    Nothing,
}

/// Whether an attempt that stands so is one of those looked for.
type Picked<'a> = dyn Fn(&Attempt, Standing) -> bool + 'a;

/// What such a ruling speaks of where it names no attempt: what a person is asked about, else what the order was settled by.
pub(super) fn meant(agg: &Aggregate, kind: RulingKind) -> Meant<'_> {
    let legal: Vec<(&Attempt, Standing)> = agg
        .attempts
        .iter()
        .filter(|attempt| is_legal(kind, agg, attempt))
        .map(|attempt| (attempt, Standing::of(agg, attempt)))
        .collect();
    let only = |picked: &Picked<'_>| {
        let mut all = legal.iter().filter(|(it, standing)| picked(it, *standing));
        match (all.next(), all.next()) {
            (Some((attempt, _)), None) => Meant::One(attempt),
            (Some(_), Some(_)) => Meant::Several,
            (None, _) => Meant::Nothing,
        }
    };
    let by_turns: [&Picked<'_>; 4] = [
        &|attempt, _| agg.is_asked_about(attempt),
        &|_, standing| standing == Standing::Delivery,
        // What the member of a reversed order has is the second delivery, if there is one.
        &|_, standing| standing == Standing::Second && agg.order.is_taken_back(),
        &|_, standing| standing == Standing::Reversed,
    ];
    for picked in by_turns {
        let meant = only(picked);
        if !matches!(meant, Meant::Nothing) {
            return meant;
        }
    }
    if matches!(agg.order.state, OrderState::Returned(_)) {
        return only(&|_, _| true);
    }
    Meant::Nothing
}

impl Aggregate {
    /// True of an attempt whose outcome a person can be asked for: it is open, what was said of it contradicts itself, it was reported delivered and is not
    /// booked, or a message that is no proof denies how it was settled.
    pub fn is_asked_about(&self, attempt: &Attempt) -> bool {
        let standing = Standing::of(self, attempt);
        matches!(
            standing,
            Standing::Live | Standing::Surplus | Standing::Heard
        ) || attempt.is_contradicted()
            || attempt.hint_case.is_some()
    }
}
