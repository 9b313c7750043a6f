//! What proves that a purchase was not delivered (INV-13), judged when it is said.
//!
//! A failure counts only if it answers the last send of its reference, and only once that send is over: the reply to it, a status read begun after
//! it, or a signed callback that is received after it; one about a purchase that was sent once may come sooner. That nothing was formed counts only in the reply to the first and only send. A doubtful
//! failure counts when it is said again, long enough after it was said first.

use super::Auditor;

/// How a failure is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No transaction was formed.
    Unformed,
    /// A transaction was formed, and failed.
    Formed,
    /// It failed by a code that may still turn.
    Doubtful,
}

/// Through what it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The reply to this send.
    Reply(u32),
    /// The answer to a question that was asked at this time, in milliseconds.
    Status(u64),
    /// A signed callback.
    Callback,
}

/// Milliseconds after which a doubtful failure that is said again is believed.
const DOUBT: u64 = 60_000;

/// What has been sent and said of one purchase.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// The number of the last send.
    sends: u32,
    /// When its bytes left.
    sent_at: u64,
    /// When it was over, if it is: answered, given up, or its sender dead.
    ended_at: Option<u64>,
    /// When nobody may count on an answer to it any more.
    lease_ends: u64,
    /// When a doubtful failure was first said.
    doubted_at: Option<u64>,
    /// Callbacks at the door, which may be taken in once the send is over.
    at_the_door: Vec<Failure>,
    /// Whether a callback said since the last certain word that it failed, which may have been kept although its sender was turned away.
    pub(super) perhaps_denied: bool,
}

impl Proof {
    pub(super) const fn begins(&mut self, send: u32, at: u64, lease: u64) {
        if send >= self.sends {
            self.sends = send;
            self.sent_at = at;
            self.ended_at = None;
            self.lease_ends = at.saturating_add(lease);
        }
    }

    /// Since when the last send is over, if it is.
    const fn over_since(&self, now: u64) -> Option<u64> {
        match self.ended_at {
            Some(at) => Some(at),
            None if now >= self.lease_ends => Some(self.lease_ends),
            None => None,
        }
    }

    /// Whether `failure`, said like this now, proves non-delivery.
    fn proves(&mut self, failure: Failure, heard: Heard, now: u64) -> bool {
        let answers_last_send = match heard {
            Heard::Reply(send) => send == self.sends,
            Heard::Status(began) => self.over_since(now).is_some_and(|over| began >= over),
            // Of a purchase that was sent once it speaks of that one, whenever it comes.
            Heard::Callback => self.sends == 1 || self.over_since(now).is_some(),
        };
        match failure {
            Failure::Unformed => heard == Heard::Reply(1) && self.sends == 1,
            Failure::Formed => answers_last_send,
            Failure::Doubtful => {
                let first = *self.doubted_at.get_or_insert(now);
                // A re-check counts from its beginning, because its answer may have waited.
                let again = match heard {
                    Heard::Reply(1) => return false,
                    Heard::Reply(_) => self.sent_at,
                    Heard::Status(began) => began,
                    Heard::Callback => now,
                };
                answers_last_send && again >= first + DOUBT
            }
        }
    }
}

impl Auditor {
    /// A supplier says that a purchase failed, and may be believed by what it is said through.
    pub fn failed(
        &mut self,
        parcel: u32,
        reference: u128,
        failure: Failure,
        heard: Heard,
        at: u64,
    ) {
        let Some(deal) = self.deal(parcel, reference) else {
            return;
        };
        if deal.proof.proves(failure, heard, at) {
            self.denied(parcel, reference, failure != Failure::Unformed, at);
        }
    }

    /// A signed callback with a failure is at the door: it counts if the last send is over before it is through.
    pub fn knocks(&mut self, parcel: u32, reference: u128, failure: Failure, at: u64) {
        self.failed(parcel, reference, failure, Heard::Callback, at);
        if let Some(deal) = self.deal(parcel, reference) {
            deal.proof.at_the_door.push(failure);
            deal.proof.perhaps_denied = true;
        }
    }

    /// It is through, or was turned away.
    pub fn knocked(&mut self, parcel: u32, reference: u128, failure: Failure, at: u64) {
        self.failed(parcel, reference, failure, Heard::Callback, at);
        if let Some(deal) = self.deal(parcel, reference) {
            let at_the_door = &mut deal.proof.at_the_door;
            if let Some(place) = at_the_door.iter().position(|known| *known == failure) {
                at_the_door.swap_remove(place);
            }
        }
    }

    /// A send is over for whoever made it: answered, given up, or dead.
    pub fn send_ended(&mut self, parcel: u32, reference: u128, send: u32, at: u64) {
        let Some(deal) = self.deal(parcel, reference) else {
            return;
        };
        if send != deal.proof.sends {
            return;
        }
        deal.proof.ended_at.get_or_insert(at);
        for failure in deal.proof.at_the_door.clone() {
            self.failed(parcel, reference, failure, Heard::Callback, at);
        }
    }

    /// It is proven that a purchase is not delivered, after it had been `formed` there or not.
    pub(super) fn denied(&mut self, parcel: u32, reference: u128, formed: bool, at: u64) {
        let delays: Vec<u64> = self.terms.iter().map(|terms| terms.settle_delay).collect();
        if let Some(deal) = self.deal(parcel, reference)
            && deal.denied_at.is_none()
        {
            deal.denied_at = Some(at);
            if formed {
                deal.settles_at = at + delays[usize::from(deal.supplier)];
            }
        }
    }
}
