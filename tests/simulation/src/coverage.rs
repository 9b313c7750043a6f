//! Which states have met which inputs under which faults: counted, so that what was never tried is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eraflazz_core::commit::Changes;
use eraflazz_core::order::{AttemptState, Channel, Entry, Order, OrderState, Resolution, Returned};
use eraflazz_core::supplier::{Claim, Formed};

use crate::fault::Fault;
use crate::scene::parcel_of;

/// How an order stood, what came, and the fault that had struck it last.
pub type Met = (&'static str, &'static str, &'static str);

/// What has met in one world.
#[derive(Debug, Default)]
pub struct Coverage(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    states: HashMap<u128, &'static str>,
    /// What struck each parcel last; a destination that somebody made up is any number.
    last_fault: HashMap<u32, Fault>,
    /// What struck everybody last, and how many such faults there were.
    everywhere: Option<(u64, Fault)>,
    /// How many of those an order has outlived.
    outlived: HashMap<u128, u64>,
    /// Looked up at every commit, and sorted once ([`Coverage::met`]).
    met: HashMap<Met, u64>,
}

/// Something that was written down of an order.
pub struct Written<'a> {
    /// The order after it.
    pub order: &'a Order,
    /// What came.
    pub input: &'static str,
    /// How it stands now.
    pub state: &'static str,
}

/// What one unit writes of orders.
pub fn written(unit: &Changes) -> impl Iterator<Item = Written<'_>> {
    unit.orders.iter().map(|write| {
        let order = &write.order;
        let live = unit
            .attempts
            .iter()
            .find(|attempt| order.state == OrderState::InFlight(attempt.no));
        let row = unit.log.iter().find(|row| row.version == order.version);
        Written {
            order,
            input: row.map_or("(nothing)", |row| input(&row.entry)),
            state: state(order, live.map(|attempt| attempt.state)),
        }
    })
}

impl Coverage {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fault struck this parcel; without one, whoever was under way.
    pub fn struck(&self, fault: Fault, parcel: Option<u32>) {
        let mut inner = self.inner();
        let Some(parcel) = parcel else {
            let before = inner.everywhere.map_or(0, |(count, _)| count);
            inner.everywhere = Some((before + 1, fault));
            return;
        };
        inner.last_fault.insert(parcel, fault);
    }

    /// This was committed of an order.
    pub fn committed(&self, id: u128, destination: &str, input: &'static str, state: &'static str) {
        let mut inner = self.inner();
        // What a commit does not say of the live attempt is as it was.
        let before = inner.states.get(&id).copied().unwrap_or("(new)");
        if state != "in_flight" || !before.starts_with("in_flight") {
            inner.states.insert(id, state);
        }
        let fault = parcel_of(destination)
            .and_then(|parcel| inner.last_fault.get(&parcel).copied())
            .map_or("-", Fault::word);
        *inner.met.entry((before, input, fault)).or_default() += 1;
        // And what struck everybody since the last that came of this order.
        let (count, everywhere) = inner.everywhere.unzip();
        let outlived = inner.outlived.insert(id, count.unwrap_or(0));
        let is_news = outlived.is_some_and(|outlived| Some(outlived) < count);
        if let Some(fault) = everywhere.filter(|_| is_news) {
            let met = (before, input, fault.word());
            *inner.met.entry(met).or_default() += 1;
        }
    }

    /// Everything that met, and how often.
    pub fn met(&self) -> BTreeMap<Met, u64> {
        self.inner().met.clone().into_iter().collect()
    }
}

/// The pairs of a state and an input that never met, of those states and inputs that were seen at all.
pub fn never_met(met: &BTreeMap<Met, u64>) -> Vec<(&'static str, &'static str)> {
    let states: BTreeSet<_> = met.keys().map(|(state, _, _)| *state).collect();
    let inputs: BTreeSet<_> = met.keys().map(|(_, input, _)| *input).collect();
    let seen: BTreeSet<_> = met
        .keys()
        .map(|(state, input, _)| (*state, *input))
        .collect();
    let all = states
        .into_iter()
        .flat_map(|state| inputs.iter().map(move |input| (state, *input)));
    all.filter(|pair| !seen.contains(pair)).collect()
}

/// The faults and the states of orders that they never struck, of all faults and of those states that were seen at all.
pub fn never_struck(met: &BTreeMap<Met, u64>) -> Vec<(&'static str, &'static str)> {
    let states: BTreeSet<_> = met.keys().map(|(state, _, _)| *state).collect();
    let struck: BTreeSet<_> = met
        .keys()
        .map(|(state, _, fault)| (*fault, *state))
        .collect();
    let faults = Fault::ALL.iter().map(|fault| fault.word());
    let all = faults.flat_map(|fault| states.iter().map(move |state| (fault, *state)));
    all.filter(|pair| !struck.contains(pair)).collect()
}

/// Everything that can come of an order, as far as its log has words for it.
const INPUTS: [&str; 19] = [
    "accepted",
    "refused",
    "intent",
    "resend",
    "check",
    "unread",
    "lease passed",
    "escalated",
    "cancelled",
    "deadline passed",
    "returned",
    "ruled delivered",
    "ruled not delivered",
    "ruled reclaim",
    "ruled absorb",
    "ruled keep waiting",
    "ruled cancel",
    "case closed",
    "refunded",
];

/// Everything that can be heard.
const CLAIMS: [&str; 7] = [
    "not sent",
    "refused",
    "failed",
    "failed, doubtfully",
    "pending",
    "delivered",
    "unclear",
];

/// Everything through which it can be heard.
const CHANNELS: [&str; 5] = ["reply", "reply to a resend", "status", "callback", "hint"];

/// Every way in which an order can stand when something comes; nothing comes of one that was refused.
const STATES: [&str; 11] = [
    "(new)",
    "held",
    "in_flight/sending",
    "in_flight/pending",
    "in_flight/unknown",
    "in_flight/await_sn",
    "in_flight/conflict",
    "succeeded",
    "returned",
    "reversed",
    "late_delivered",
];

/// The states in which nothing ever came, and the inputs that never occurred at all.
pub fn never_seen(met: &BTreeMap<Met, u64>) -> (Vec<&'static str>, Vec<String>) {
    let states: BTreeSet<&str> = met.keys().map(|(state, _, _)| *state).collect();
    let inputs: BTreeSet<&str> = met.keys().map(|(_, input, _)| *input).collect();
    let heard = CHANNELS.iter().flat_map(|channel| {
        CLAIMS
            .iter()
            .map(move |claim| format!("{channel}: {claim}"))
    });
    let all = INPUTS.iter().map(|input| (*input).to_owned()).chain(heard);
    (
        STATES
            .into_iter()
            .filter(|state| !states.contains(state))
            .collect(),
        all.filter(|input| !inputs.contains(input.as_str()))
            .collect(),
    )
}

const fn state(order: &Order, live: Option<AttemptState>) -> &'static str {
    match (order.state, live) {
        (OrderState::Refused(_), _) => "refused",
        (OrderState::Held, _) => "held",
        (OrderState::InFlight(_), None) => "in_flight",
        (OrderState::InFlight(_), Some(attempt)) => match attempt {
            AttemptState::Sending => "in_flight/sending",
            AttemptState::Pending => "in_flight/pending",
            AttemptState::Unknown => "in_flight/unknown",
            AttemptState::AwaitSn => "in_flight/await_sn",
            AttemptState::Conflict => "in_flight/conflict",
            AttemptState::NotSent
            | AttemptState::Withheld
            | AttemptState::Rejected { .. }
            | AttemptState::Success
            | AttemptState::LateSuccess
            | AttemptState::LateReversal => "in_flight/other",
        },
        (OrderState::Succeeded, _) => "succeeded",
        (OrderState::Returned(_), _) => "returned",
        (OrderState::Reversed, _) => "reversed",
        (OrderState::LateDelivered, _) => "late_delivered",
    }
}

fn input(entry: &Entry) -> &'static str {
    match entry {
        Entry::Accepted { .. } => "accepted",
        Entry::Refused { .. } => "refused",
        Entry::Intent { send: 1, .. } => "intent",
        Entry::Intent { .. } => "resend",
        Entry::Check { .. } => "check",
        Entry::Heard {
            channel, sightings, ..
        } => heard(*channel, sightings.first().map(|first| first.claim)),
        Entry::Unread { .. } => "unread",
        Entry::LeasePassed { .. } => "lease passed",
        Entry::Escalated { .. } => "escalated",
        Entry::Returned { why, .. } => match why {
            Returned::Cancelled => "cancelled",
            Returned::Deadline => "deadline passed",
            Returned::Rejected(_) => "returned",
        },
        Entry::Resolved { resolution, .. } => match resolution {
            Resolution::Delivered { .. } => "ruled delivered",
            Resolution::NotDelivered { .. } => "ruled not delivered",
            Resolution::Reclaim { .. } => "ruled reclaim",
            Resolution::Absorb { .. } => "ruled absorb",
            Resolution::KeepWaiting { .. } => "ruled keep waiting",
            Resolution::Cancel => "ruled cancel",
        },
        Entry::Money { .. } | Entry::WalletFlag { .. } => "money",
        Entry::CaseClosed { .. } => "case closed",
        Entry::Refunded { .. } => "refunded",
        Entry::Orphan { .. } => "orphan booked",
        Entry::Deposit(_) => "deposit",
    }
}

const fn heard(channel: Channel, claim: Option<Claim>) -> &'static str {
    macro_rules! claims {
        ($channel:literal) => {
            match claim {
                Some(Claim::NotSent) => concat!($channel, ": not sent"),
                Some(Claim::Refused { formed: Formed::No }) => concat!($channel, ": refused"),
                Some(Claim::Refused {
                    formed: Formed::Yes,
                }) => concat!($channel, ": failed"),
                Some(Claim::Refused {
                    formed: Formed::Doubtful,
                }) => concat!($channel, ": failed, doubtfully"),
                Some(Claim::Pending) => concat!($channel, ": pending"),
                Some(Claim::Delivered) => concat!($channel, ": delivered"),
                Some(Claim::Unclear) | None => concat!($channel, ": unclear"),
            }
        };
    }
    match channel {
        Channel::Reply { send: 1 } => claims!("reply"),
        Channel::Reply { .. } => claims!("reply to a resend"),
        Channel::Status { .. } => claims!("status"),
        Channel::Callback { signed: true, .. } => claims!("callback"),
        Channel::Callback { signed: false, .. } => claims!("hint"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOODS: &str = "0812000000007";

    #[test]
    fn a_fault_meets_what_comes_after_it() {
        let parcel = parcel_of(GOODS);
        assert!(parcel.is_some());
        let coverage = Coverage::default();
        coverage.struck(Fault::ClockSetBack, None);
        coverage.committed(1, GOODS, "accepted", "held");
        coverage.struck(Fault::ReplyLost, parcel);
        coverage.committed(1, GOODS, "intent", "in_flight/sending");
        coverage.struck(Fault::StorageTorn, None);
        coverage.committed(1, GOODS, "unread", "in_flight/unknown");
        coverage.committed(1, GOODS, "status: delivered", "succeeded");
        let met: Vec<Met> = coverage.met().into_keys().collect();
        assert_eq!(
            met,
            [
                ("(new)", "accepted", "-"),
                ("held", "intent", "reply_lost"),
                ("in_flight/sending", "unread", "reply_lost"),
                ("in_flight/sending", "unread", "storage_torn"),
                ("in_flight/unknown", "status: delivered", "reply_lost"),
            ]
        );
    }

    #[test]
    fn what_never_met_is_told() {
        let met = BTreeMap::from([
            (("held", "intent", "reply_lost"), 2),
            (("succeeded", "hint: failed", "-"), 1),
        ]);
        let never = [("held", "hint: failed"), ("succeeded", "intent")];
        assert_eq!(never_met(&met), never);
        let struck = never_struck(&met);
        assert_eq!(struck.len(), 2 * Fault::ALL.len() - 1);
        assert!(struck.contains(&("reply_lost", "succeeded")));
        assert!(!struck.contains(&("reply_lost", "held")));
        let (states, inputs) = never_seen(&met);
        assert_eq!(states.len(), STATES.len() - 2);
        assert_eq!(
            inputs.len(),
            INPUTS.len() + CHANNELS.len() * CLAIMS.len() - 2
        );
    }
}
