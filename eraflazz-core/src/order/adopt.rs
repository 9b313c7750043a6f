//! Adoption: which transaction of a supplier that knows no reference of ours is this attempt's (money-safety section 5, "Listing"; INV-11).
//!
//! Such a supplier names what it did by its own ids alone. Until an attempt is known by one, two things can make it known: the answer to its own send,
//! and a row of the supplier's list. Whoever takes another purchase for it settles an order by what was never bought for it. So an id belongs to one
//! attempt for ever, which the commit rule holds; the answer to a send may name neither another attempt's purchase nor one older than the send
//! ([`bind`](super::bind())); and of a list exactly one row may be meant ([`adopt`]), or a person finds out.

use std::collections::BTreeSet;

use super::log::Channel;
use super::model::Attempt;
use crate::supplier::Sighting;
use crate::text::TheirRef;
use crate::time::Timestamp;

/// What a list says of an attempt that no transaction is known of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopted<'a> {
    /// No row can be it. Proves nothing: it may not be listed yet.
    Nobody,
    /// Exactly this transaction can.
    One(&'a TheirRef),
    /// Several can: a person has to find out which.
    Several,
}

/// Which of `rows` is the attempt's: the one transaction of its product, for its destination, at its price, that the supplier formed after it was sent and
/// that is not in `taken`, the ids that are other attempts'. Pure. A row is the attempt's only by what it says: one without its id, product, destination or
/// time is nobody's.
///
/// The supplier's clock decides what is older than the send, to the second. One that is slow hides the purchase. Of a list that says of any row a time that
/// has not come yet nothing is adopted: its clock is fast, and would make older purchases new. Either way a person finds out, and no money moves.
pub fn adopt<'a>(
    attempt: &Attempt,
    rows: &'a [Sighting],
    taken: &[TheirRef],
    now: Timestamp,
) -> Adopted<'a> {
    let mut found: Option<&TheirRef> = None;
    if is_fast(rows, now) {
        return Adopted::Nobody;
    }
    for named in candidates(attempt, rows) {
        if taken.iter().any(|other| other.same_as(named)) {
            continue;
        }
        match found {
            Some(first) if !first.same_as(named) => return Adopted::Several,
            Some(_) => {}
            None => found = Some(named),
        }
    }
    found.map_or(Adopted::Nobody, Adopted::One)
}

/// Of which of the supplier's ids it must be known whether they are other attempts', before `sightings` are heard about this one: give those that are to
/// [`hear`](super::hear()) as [`Heard::taken`](super::Heard). Empty for an attempt that is known by our reference or by theirs.
pub fn in_question(
    attempt: &Attempt,
    channel: Channel,
    sightings: &[Sighting],
    now: Timestamp,
) -> BTreeSet<TheirRef> {
    if !is_unlinked(attempt) {
        return BTreeSet::new();
    }
    match channel {
        Channel::Status { .. } if is_fast(sightings, now) => BTreeSet::new(),
        Channel::Status { .. } => candidates(attempt, sightings).cloned().collect(),
        Channel::Reply { .. } | Channel::Callback { .. } => {
            let named = sightings.iter().filter_map(|said| said.their_ref.clone());
            named.collect()
        }
    }
}

/// Whether the supplier knows no reference of ours for the attempt, and we none of its own.
pub(super) const fn is_unlinked(attempt: &Attempt) -> bool {
    attempt.exclusive && attempt.their_ref.is_none()
}

/// Whether the attempt is known by one of the supplier's own ids: after a list of theirs that may be another's.
pub(super) const fn is_linked(attempt: &Attempt) -> bool {
    attempt.exclusive && attempt.their_ref.is_some()
}

/// Whether a purchase that was formed then was there before the attempt was sent. Suppliers tell the time in whole seconds.
pub(super) fn is_older(attempt: &Attempt, formed_at: Timestamp) -> bool {
    formed_at.seconds() < attempt.first_sent_at.seconds()
}

fn is_fast(rows: &[Sighting], now: Timestamp) -> bool {
    let mut times = rows.iter().filter_map(|row| row.formed_at);
    times.any(|at| at.seconds() > now.seconds())
}

fn candidates<'a>(attempt: &Attempt, rows: &'a [Sighting]) -> impl Iterator<Item = &'a TheirRef> {
    let can_be = move |row: &&Sighting| {
        let is_product = row
            .sku
            .as_ref()
            .is_some_and(|named| named.same_as(&attempt.sku));
        let is_for = row
            .target
            .as_ref()
            .is_some_and(|named| named.same_as(&attempt.target));
        let is_price =
            !row.price_unread && row.price.is_none_or(|price| price == attempt.expected_cost);
        let is_newer = row.formed_at.is_some_and(|at| !is_older(attempt, at));
        is_product && is_for && is_price && is_newer
    };
    rows.iter()
        .filter(can_be)
        .filter_map(|row| row.their_ref.as_ref())
}
