//! A member's deposit through a gateway, as the store keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::against::Expected;
use super::code::{PaymentCode, PaymentRef};
use super::create::Amount;
use super::method::Method;
use super::profile::GatewayProfile;
use super::sighting::{PayWith, PaymentReason};
use super::state::PaymentState;
use crate::ids::{BankId, GatewayId, MemberId, PaymentId};
use crate::ledger::{Account, Transfer, rules};
use crate::money::Money;
use crate::text::{RefId, TheirRef};
use crate::time::Timestamp;

/// Waits before the checks of a deposit that ended without money: it may be paid all the same (E-29), and whose notification is lost is heard so.
const AFTER_THE_END: [Duration; 2] = [Duration::from_mins(10), Duration::from_hours(24)];
/// Waits before the first looks for a payment whose create was not answered; then those of the gateway.
const AFTER_DOUBT: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// So long after its time is over a deposit is looked at as before: what was paid at the last moment, and the end that the gateway itself sees.
const AFTER_EXPIRY: Duration = Duration::from_hours(1);
/// When what is still open then is tidied up, after midnight in Jakarta.
const TIDIED_AT: Duration = Duration::from_hours(3);

/// A member's deposit through a gateway. Who, how, how much and under which reference never change; money is credited once ([`Payment::booked`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id, which follows from whose it is and the member's reference: [`Payment::id_of`].
    pub id: PaymentId,
    /// Whose.
    pub member: MemberId,
    /// The member's reference.
    pub ref_id: RefId,
    /// What was asked for, in short: the same reference with another one is another request.
    pub fingerprint: [u8; 32],
    /// At which gateway.
    pub gateway: GatewayId,
    /// Our reference there.
    pub code: PaymentCode,
    /// How it is paid.
    pub method: Method,
    /// What is asked for, and credited.
    pub amount: Money,
    /// What the customer pays, a fee of his included, once the gateway has said so.
    pub payable: Option<Money>,
    /// How far the create is.
    pub stage: Stage,
    /// What the gateway's own answers have said of it.
    pub state: PaymentState,
    /// The gateway's id of the payment, once known (INV-22). Never changes then.
    pub theirs: Option<TheirRef>,
    /// What the customer needs to pay.
    pub pay_with: PayWith,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// Until then the create may be under way.
    pub lease_until: Timestamp,
    /// When it is looked at next; `None` once nothing is expected any more.
    pub next_check_at: Option<Timestamp>,
    /// When it was looked at last.
    pub looked_at: Option<Timestamp>,
    /// Looks since its state last changed.
    pub checks: u16,
    /// What was booked when it was paid.
    pub booked: Option<Booked>,
    /// How much of that was taken back since.
    pub taken_back: Money,
    /// In how many parts.
    pub reversals: u16,
    /// Whether a person was called because the gateway tells of money that does not fit.
    pub doubted: bool,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Rises by one with every commit: the compare-and-swap.
    pub version: u32,
}

/// How far the create is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It was intended, and what became of it is not known. It is never asked for again: looked up by our reference.
    Asked,
    /// The gateway has it.
    Made,
    /// The gateway refused it, or nothing was sent. Nobody can pay it.
    Refused(PaymentReason),
    /// Its answer was lost and the gateway does not know it, also after the time that the gateway's profile asks for.
    NeverMade,
}

/// What was booked of a deposit that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// How much.
    pub amount: Money,
    /// To whom.
    pub to: BookedTo,
    /// What the gateway kept of it, borne by the house.
    pub fee: Money,
}

/// Whose a deposit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookedTo {
    /// The member's.
    Member,
    /// Nobody's yet: another amount came than was asked for (E-28).
    Suspense,
}

impl Payment {
    /// The id of the deposit that this member makes under this reference: the same request again finds it, whoever of two at once was first.
    pub fn id_of(member: MemberId, ref_id: &RefId) -> PaymentId {
        let mut hash = Sha256::new();
        hash.update(b"deposit");
        hash.update(member.0.as_bytes());
        hash.update(ref_id.as_str().as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        PaymentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// What the gateway is asked about.
    pub fn reference(&self) -> PaymentRef {
        PaymentRef {
            theirs: self.theirs.clone(),
            ..PaymentRef::ours(self.code)
        }
    }

    /// What its sightings are held against.
    pub fn expected(&self) -> Expected {
        Expected {
            reference: self.reference(),
            amount: Amount::Fixed(self.amount),
            payable: self.payable,
        }
    }

    /// What the member has of it: booked to the member, less what was taken back.
    pub fn credited(&self) -> Money {
        let booked = self
            .booked
            .filter(|booked| booked.to == BookedTo::Member)
            .map_or(Money::ZERO, |booked| booked.amount);
        booked.checked_sub(self.taken_back).unwrap_or(Money::ZERO)
    }

    /// Whether somebody can still pay it, as far as is known.
    pub fn is_payable(&self) -> bool {
        let may_exist = match self.stage {
            Stage::Asked | Stage::Made => true,
            Stage::Refused(_) | Stage::NeverMade => false,
        };
        may_exist && self.state.rank() < PaymentState::Expired.rank()
    }

    /// Whether a transfer of exactly this amount to this account is this deposit, and so no other one's: while it can be paid, and for a day after its end, so that
    /// what comes late or twice is known (INV-23).
    pub fn awaits(&self) -> Option<(GatewayId, Money)> {
        let awaits = self.method == Method::Transfer && self.next_check_at.is_some();
        awaits.then_some((self.gateway, self.amount))
    }

    /// Where its money lies: with the gateway until that pays out, or in a bank account of the house, whose number is the gateway's.
    pub fn account(&self) -> Account {
        if self.method == Method::Transfer {
            Account::Bank(BankId(self.gateway.0))
        } else {
            Account::Clearing(self.gateway)
        }
    }

    /// Where it stands in lists, which are in this order: by when it was asked for.
    pub const fn place(&self) -> (Timestamp, PaymentId) {
        (self.created_at, self.id)
    }

    /// The transfers that lead from `before` to this row: the credit with its one booking, and each reversal with its part (INV-22, INV-24).
    pub fn journals_since(&self, before: Option<&Self>) -> Vec<Transfer> {
        let mut journals = Vec::new();
        let Some(booked) = self.booked else {
            return journals;
        };
        if before.is_none_or(|before| before.booked.is_none()) {
            journals = rules::gateway_deposit(self, booked);
        }
        let had = before.map_or(Money::ZERO, |before| before.taken_back);
        if let Some(more) = self.taken_back.checked_sub(had)
            && more.is_positive()
        {
            let n = self.reversals;
            journals.extend(rules::gateway_reversal(self, booked.to, n, more));
        }
        journals
    }

    /// When it is to be looked at next, having been looked at now.
    pub fn next_check(&self, profile: &GatewayProfile, now: Timestamp) -> Option<Timestamp> {
        let checks = usize::from(self.checks);
        let is_over = self.state.is_unpaid_end() || self.stage == Stage::NeverMade;
        if self.state.is_paid() {
            // A bank may still deny it: one look when that time is over, if nobody says so before.
            let window = profile.reversal_window;
            return (checks == 0 && !window.is_zero()).then(|| now.plus(window));
        }
        if matches!(self.stage, Stage::Refused(_)) || self.state.is_reversed() {
            return None;
        }
        if is_over {
            return AFTER_THE_END.get(checks).map(|wait| now.plus(*wait));
        }
        if now >= self.created_at.plus(profile.poll_max_age) {
            return None;
        }
        let waits: &[Duration] = match self.stage {
            Stage::Asked => &AFTER_DOUBT,
            Stage::Made | Stage::Refused(_) | Stage::NeverMade => &[],
        };
        // In doubt the answer that never came counts as the first check.
        let done = checks.saturating_sub(usize::from(self.stage == Stage::Asked));
        let wait = waits
            .get(done)
            .or_else(|| profile.poll.get(done.saturating_sub(waits.len())))
            .or_else(|| profile.poll.last())?;
        let next = now.plus(*wait);
        if self.is_over_at(next) {
            return Some(next_tidying(self.tidied_from().max(now)));
        }
        Some(next)
    }

    /// Whether its time was over for so long at `at` that it is ended at the gateway if it can still be paid there.
    pub fn is_over_at(&self, at: Timestamp) -> bool {
        at >= self.tidied_from()
    }

    fn tidied_from(&self) -> Timestamp {
        self.expires_at.plus(AFTER_EXPIRY)
    }
}

/// The first 03:00 in Jakarta after `after`.
fn next_tidying(after: Timestamp) -> Timestamp {
    let today = after.business_day().begins().plus(TIDIED_AT);
    if today > after {
        today
    } else {
        today.plus(Duration::from_hours(24))
    }
}
