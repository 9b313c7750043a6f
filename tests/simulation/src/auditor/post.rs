//! Messages to members: each says what is newest when it is sent, and the newest arrives (INV-29).

use super::{Auditor, Telling};

/// How long, in milliseconds by no clock that jumps, a message may take from the reading of its order to its sending: a slow read of the store.
const GRACE: u64 = 10_000;

impl Auditor {
    /// This member has an endpoint.
    pub fn listens(&mut self, member: u16) {
        self.listening.insert(member);
    }

    /// A commit of this revision failed. Whether the disk kept it shows when it is told, or when the next one follows.
    pub fn perhaps_recorded(&mut self, number: u32, revision: u32) {
        self.orders[number as usize].perhaps = Some(revision);
    }

    /// This revision is told: if its commit failed, the disk has kept it.
    pub fn kept(&mut self, number: u32, revision: u32, at: u64) {
        let order = &mut self.orders[number as usize];
        let known = order.recorded.last().map_or(0, |(known, _)| *known);
        if order.perhaps == Some(revision) && revision == known + 1 {
            order.recorded.push((revision, at));
        }
    }

    /// The record has this version of the order, of this revision, at this price. Of two commits made in one moment the later may be heard of first.
    pub fn recorded(&mut self, number: u32, version: u32, revision: u32, price: i64, at: u64) {
        if let Some(before) = revision.checked_sub(1) {
            self.kept(number, before, at);
        }
        let order = &mut self.orders[number as usize];
        let parcel = Some(order.parcel);
        let known = order.recorded.last().copied();
        if known.is_none_or(|(known, _)| known < revision) {
            order.recorded.push((revision, at));
        }
        if order.price.is_some_and(|known| known != price) {
            self.object(
                parcel,
                format!("r{number} costs another price in the record than the one it was accepted at (INV-16)"),
            );
        }
        let order = &mut self.orders[number as usize];
        let is_older = version < order.version;
        order.version = order.version.max(version);
        let follows = |known: u32| {
            if is_older {
                revision <= known
            } else {
                revision == known || revision == known + 1
            }
        };
        if known.is_some_and(|(known, _)| !follows(known)) {
            self.object(
                parcel,
                format!("r{number} went from {known:?} to revision {revision} (INV-29)"),
            );
        }
    }

    /// A message about the order is sent to its member, with what is known of it.
    pub fn sends_word(&mut self, number: u32, telling: Telling, at: u64) {
        let order = &self.orders[number as usize];
        let (parcel, member) = (Some(order.parcel), order.member);
        let newer = order
            .recorded
            .iter()
            .any(|(revision, since)| *revision > telling.revision && since + GRACE < at);
        if newer {
            self.object(
                parcel,
                format!(
                    "r{number} revision {} is sent to its member, and there was a newer one (INV-29)",
                    telling.revision
                ),
            );
        }
        if !self.listening.contains(&member) {
            self.object(parcel, format!("r{number} is sent to nobody"));
        }
    }

    /// It arrived.
    pub fn posted(&mut self, number: u32, telling: Telling) {
        let order = &mut self.orders[number as usize];
        order.posted = order.posted.max(Some(telling.revision));
        self.told(number, telling);
    }

    /// Nothing is under way any more: whoever listens has heard the newest.
    pub(super) fn judge_post(&mut self, number: usize) {
        let order = &self.orders[number];
        let newest = order.recorded.last().map(|(revision, _)| *revision);
        if order.refused || !self.listening.contains(&order.member) || order.posted == newest {
            return;
        }
        let (parcel, what) = (
            order.parcel,
            format!(
                "r{number} is at revision {newest:?}, and the newest that its member got is {:?} (INV-29)",
                order.posted
            ),
        );
        self.object(Some(parcel), what);
    }
}
