//! What a deposit becomes by what its gateway says: the pure step from one row to the next, with its money, its log row and what a person must see.
//!
//! Only an answer to a question of ours moves anything (INV-35); notifications say that it is time to ask ([`noticed`]). The same answer again, and any answers in
//! any order, end in the same row: by rank ([`follow`]), with one booking ([`Payment::booked`]).

use std::time::Duration;

use bytes::Bytes;

use super::against::{Mismatch, against};
use super::entry::{DepositEntry, Seen, Through};
use super::follow::{Evidence, Follow, follow};
use super::profile::GatewayProfile;
use super::row::{Booked, BookedTo, Payment, Stage};
use super::sighting::{PayWith, PaymentClaim, PaymentReason, PaymentSighting};
use super::state::PaymentState;
use crate::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, PaymentWrite};
use crate::money::Money;
use crate::order::{Entry, LogRow};
use crate::time::Timestamp;

/// An answer of the gateway about a deposit.
#[derive(Clone, Debug)]
pub struct HeardPayment {
    /// To what.
    pub through: Through,
    /// What was read.
    pub sightings: Vec<PaymentSighting>,
    /// The bytes.
    pub raw: Bytes,
}

/// The unit by which `row` hears this at `now`. It always moves the next check; a log row is in it when anything else moved, or when it answers a create or an act.
/// `ruled_by` is how long a person has for a case.
pub fn hear(
    row: &Payment,
    heard: HeardPayment,
    profile: &GatewayProfile,
    ruled_by: Duration,
    now: Timestamp,
) -> Changes {
    let mut step = Step {
        next: row.clone(),
        cases: Vec::new(),
        asks: false,
        now,
    };
    let mut seen: Vec<&PaymentSighting> = heard.sightings.iter().collect();
    seen.sort_by_key(|sighting| place(sighting));
    for sighting in seen {
        step.one(sighting, heard.through, profile);
    }
    let Step {
        mut next,
        cases,
        asks,
        ..
    } = step;
    let is_news = next != *row;
    if (next.stage, next.state) == (row.stage, row.state) {
        next.checks = row.checks.saturating_add(1);
    } else {
        next.checks = 0;
    }
    next.next_check_at = if asks {
        Some(now)
    } else {
        next.next_check(profile, now)
    };
    if heard.through == Through::Look {
        next.looked_at = Some(now);
    }
    let mut unit = moved(row, next, now);
    let version = row.version.saturating_add(1);
    unit.cases = cases
        .into_iter()
        .map(|(kind, amount)| {
            CaseWrite::Open(Case {
                key: CaseKey {
                    subject: row.id.into(),
                    version,
                    kind,
                },
                amount,
                opened_at: now,
                deadline: now.plus(ruled_by),
            })
        })
        .collect();
    if is_news || heard.through != Through::Look {
        let after = unit.payments.first().map(|write| &write.payment);
        let entry = Entry::Deposit(DepositEntry::Heard {
            through: heard.through,
            seen: heard.sightings.iter().map(Seen::from).collect(),
            stage: after.map_or(row.stage, |after| after.stage),
            state: after.map_or(row.state, |after| after.state),
        });
        unit.log
            .push(LogRow::new(row.id.into(), version, now, entry).with_raw(heard.raw));
    }
    unit
}

/// Whether a notification that says `sightings` may be news of `row`: then the gateway is asked, and nothing else follows from it. One that nobody can read may be.
pub fn noticed(row: &Payment, sighting: &PaymentSighting, profile: &GatewayProfile) -> bool {
    let Some(state) = sighting.state() else {
        return true;
    };
    match follow(row.state, state, Evidence::Callback(profile.callback)) {
        Follow::Ask | Follow::Rise(_) | Follow::Turn(_) => true,
        Follow::Same | Follow::Late => row.stage != Stage::Made,
    }
}

/// Which of several sightings counts first: of the payments under our reference the paid one is ours, then one that can be paid.
pub fn foremost(sightings: &[PaymentSighting]) -> Option<&PaymentSighting> {
    sightings.iter().min_by_key(|sighting| place(sighting))
}

/// The unit that makes `next` of `row`, with the money that goes with it.
pub(crate) fn moved(row: &Payment, mut next: Payment, now: Timestamp) -> Changes {
    next.version = row.version.saturating_add(1);
    next.updated_at = now;
    let mut unit = Changes::at(now);
    unit.transfers = next.journals_since(Some(row));
    unit.payments.push(PaymentWrite {
        payment: next,
        replaces: Some(row.version),
    });
    unit
}

/// Of several payments under our reference the paid one is ours first, then one that can be paid.
fn place(sighting: &PaymentSighting) -> u8 {
    match sighting.state() {
        Some(state) if state.rank() >= PaymentState::Captured.rank() => 0,
        Some(state) if !state.is_unpaid_end() => 1,
        Some(_) => 2,
        None => 3,
    }
}

struct Step {
    next: Payment,
    cases: Vec<(CaseKind, Option<Money>)>,
    /// Something was said that only a look may prove.
    asks: bool,
    now: Timestamp,
}

impl Step {
    fn one(&mut self, seen: &PaymentSighting, through: Through, profile: &GatewayProfile) {
        let is_asked = self.next.stage == Stage::Asked;
        match seen.claim {
            // Money moves by a look and by nothing else.
            PaymentClaim::Is(state)
                if !through.proves()
                    && (state.rank() >= PaymentState::Captured.rank()
                        || self.next.booked.is_some()) =>
            {
                self.asks = true;
            }
            PaymentClaim::Is(state) => self.is(seen, state),
            // The reference is taken: by this very create, or by a fault of ours; a look tells.
            PaymentClaim::Refused if seen.reason == PaymentReason::Duplicate => {}
            PaymentClaim::NotSent | PaymentClaim::Refused => {
                if is_asked && through == Through::Create {
                    self.next.stage = Stage::Refused(seen.reason);
                }
            }
            PaymentClaim::NotFound => {
                let settled = self.next.lease_until.plus(profile.not_found_settles);
                let is_over = self.now >= self.next.expires_at.plus(profile.not_found_settles);
                let is_open = self.next.stage == Stage::Made && self.next.is_payable();
                let is_look = through == Through::Look;
                if is_look && is_asked && self.now >= settled {
                    self.next.stage = Stage::NeverMade;
                } else if is_look && is_open && is_over {
                    // A page that nobody chose a way to pay on, or one that the gateway has forgotten. Money that comes all the same turns it (E-29).
                    self.next.state = PaymentState::Expired;
                }
            }
            PaymentClaim::Unclear => {}
        }
    }

    fn is(&mut self, seen: &PaymentSighting, state: PaymentState) {
        let has_money = state.rank() >= PaymentState::Captured.rank();
        let booked = match against(&self.next.expected(), seen) {
            Ok(_) => Some((BookedTo::Member, self.next.amount)),
            Err(Mismatch::Reference) => return,
            Err(Mismatch::OtherPayment | Mismatch::NoAmount) => {
                if has_money {
                    self.doubt(net(seen));
                }
                return;
            }
            Err(Mismatch::Amount { .. }) => {
                if !has_money {
                    self.doubt(None);
                }
                net(seen).map(|amount| (BookedTo::Suspense, amount))
            }
        };
        if self.next.theirs.is_none() && seen.their_ref.is_none() && has_money {
            // What is credited is a payment of theirs (INV-22); this is none.
            return self.doubt(net(seen));
        }
        self.adopt(seen, matches!(booked, Some((BookedTo::Member, _))));
        let known = self.next.state;
        match follow(known, state, Evidence::Look) {
            Follow::Same | Follow::Late | Follow::Ask => {}
            Follow::Rise(state) => self.goes(seen, known, state, booked, false),
            Follow::Turn(state) => self.goes(seen, known, state, booked, true),
        }
    }

    /// What a sighting of this very payment tells beside its state.
    fn adopt(&mut self, seen: &PaymentSighting, fits: bool) {
        let next = &mut self.next;
        next.stage = Stage::Made;
        if next.theirs.is_none() {
            next.theirs.clone_from(&seen.their_ref);
        }
        if !fits {
            return;
        }
        if next.payable.is_none() {
            next.payable = seen.amount;
        }
        if next.pay_with == PayWith::default() {
            next.pay_with = seen.pay_with.clone();
        }
        if let Some(expires_at) = seen.expires_at {
            next.expires_at = expires_at;
        }
    }

    fn goes(
        &mut self,
        seen: &PaymentSighting,
        known: PaymentState,
        state: PaymentState,
        booked: Option<(BookedTo, Money)>,
        turns: bool,
    ) {
        self.next.state = state;
        let is_whole_back = matches!(state, PaymentState::Refunded | PaymentState::ChargedBack);
        let has_come = state.is_paid() || (state.is_reversed() && !is_whole_back);
        if let (true, None, Some((to, amount))) = (has_come, self.next.booked, booked) {
            self.books(seen, to, amount);
            if turns && known.is_unpaid_end() {
                self.cases.push((CaseKind::DepositTurned, Some(amount)));
            }
        } else if state.is_paid() && self.next.taken_back.is_positive() {
            // Taken back once and there again: who has it is for a person to find out.
            let amount = Some(self.next.taken_back);
            self.cases.push((CaseKind::DepositTurned, amount));
        }
        if state.is_unpaid_end() || is_whole_back {
            let all = self.next.booked.map(|booked| booked.amount);
            self.takes_back_to(all);
        } else if state.is_reversed() && self.next.booked.is_some() {
            self.takes_back_to(seen.refunded);
        }
    }

    fn books(&mut self, seen: &PaymentSighting, to: BookedTo, amount: Money) {
        let fee = seen.fees.map_or(Money::ZERO, |fees| fees.merchant);
        let fee = if fee.is_positive() && fee < amount {
            fee
        } else {
            Money::ZERO
        };
        self.next.booked = Some(Booked { amount, to, fee });
        if to == BookedTo::Suspense {
            self.cases.push((CaseKind::DepositAmount, Some(amount)));
        }
    }

    /// Of what was booked so much is gone by now; never more than there was, and never less than before.
    fn takes_back_to(&mut self, total: Option<Money>) {
        let Some(booked) = self.next.booked else {
            return;
        };
        let Some(total) = total.map(|total| total.min(booked.amount)) else {
            return self.doubt(None);
        };
        if total > self.next.taken_back {
            let more = total.checked_sub(self.next.taken_back);
            self.next.taken_back = total;
            self.next.reversals = self.next.reversals.saturating_add(1);
            self.cases.push((CaseKind::DepositTurned, more));
        }
    }

    /// A person is called, once: the gateway tells of money that does not fit.
    fn doubt(&mut self, amount: Option<Money>) {
        if !self.next.doubted {
            self.next.doubted = true;
            self.cases.push((CaseKind::DepositAmount, amount));
        }
    }
}

/// What came in by this sighting, without the customer's fee.
fn net(seen: &PaymentSighting) -> Option<Money> {
    let fee = seen.fees.map_or(Money::ZERO, |fees| fees.customer);
    let net = seen.amount?.checked_sub(fee)?;
    net.is_transferable().then_some(net)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
