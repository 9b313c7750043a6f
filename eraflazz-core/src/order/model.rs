//! An order and its attempts, as plain values.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::catalog::{Destination, ProductKind, QuotaKey};
use crate::commit::{CaseKey, CaseKind};
use crate::ids::{
    AttemptNo, InquiryId, MappingId, MemberId, OrderId, ProductId, SupplierId, SupplierRef, TrxCode,
};
use crate::ledger::{Effect, EffectKey};
use crate::member::LateSuccess;
use crate::money::Money;
use crate::pricing::Quote;
use crate::supplier::{Profile, Reason, Status};
use crate::text::{RefId, ReplyCode, Sku, Sn, Target, TheirRef};
use crate::time::{BusinessDay, Timestamp};

/// One customer request, keyed for ever by `(member, ref_id)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Our id; members see it as `trx_id`.
    pub id: OrderId,
    /// Rises with every commit of the order: the compare-and-swap (INV-8) and the lease token of its attempt (INV-27).
    pub version: u32,
    /// Rises by one with every change of what members see.
    pub revision: u32,
    /// The code people read aloud.
    pub trx_code: TrxCode,
    /// Whose order.
    pub member: MemberId,
    /// The caller's reference.
    pub ref_id: RefId,
    /// What the caller asked for, for telling a repetition from another request (INV-18).
    pub fingerprint: Fingerprint,
    /// What is bought.
    pub product: ProductId,
    /// For whom, in normal form.
    pub destination: Destination,
    /// The duplicate-business guard, if the member has one (INV-19).
    pub guard: Option<Guard>,
    /// Who pays.
    pub payer: Payer,
    /// What was agreed, frozen (INV-16).
    pub quote: Quote,
    /// Where the order stands.
    pub state: OrderState,
    /// Whether a person should look at it, and why.
    pub review: Option<Review>,
    /// Whether a success without serial number waits for one.
    pub sn_required: bool,
    /// What a late success does to money that went back (D36).
    pub late_success: LateSuccess,
    /// When it was accepted or refused.
    pub created_at: Timestamp,
    /// When it was born or what members see of it last changed: it moves with `revision`.
    pub updated_at: Timestamp,
    /// After this a HELD order is returned instead of routed.
    pub deadline: Timestamp,
    /// When the engine must look at it again; `None` once nothing can happen by itself (INV-26).
    pub next_action_at: Option<Timestamp>,
    /// The wallet after the hold commit, never updated later.
    pub balance_after: Option<Money>,
    /// What was delivered, once it was.
    pub delivery: Option<Delivery>,
    /// How often the order has ended and turned since: the number of its next late journal.
    pub turns: u16,
    /// Of a bill: the inquiry that is paid, and the only route there is (E-35).
    pub bill: Option<Box<Bill>>,
    /// What people gave back of it, oldest first: at most [`MAX_REFUNDS`](super::MAX_REFUNDS).
    pub refunds: Vec<Refunded>,
}

/// The inquiry that a bill's order pays: one route, one supplier, one reference, no other (E-35).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Which inquiry.
    pub inquiry: InquiryId,
    /// Through which mapping it was made.
    pub mapping: MappingId,
    /// At which supplier.
    pub supplier: SupplierId,
    /// Under which reference: the payment has the same (INV-11).
    pub supplier_ref: SupplierRef,
    /// The supplier's product code then.
    pub sku: Sku,
    /// The destination as the supplier was told it.
    pub target: Target,
    /// What the supplier said it takes.
    pub cost: Money,
}

/// What was delivered for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// By which attempt.
    pub attempt: AttemptNo,
    /// The serial number, if there is one.
    pub sn: Option<Sn>,
    /// What it cost us.
    pub cost: Money,
    /// Whether the house paid (absorbed late success).
    pub absorbed: bool,
    /// How much of what the member paid for it has gone back: by its supplier's reversal all of it at once, by a person's refunds in parts. Never more than
    /// was paid; of what the house paid, nothing.
    pub refunded: Money,
    /// Whether its supplier took it back. A delivery that a person has refunded in full stands all the same: the supplier owes nothing for it.
    pub taken_back: bool,
}

impl Delivery {
    /// A delivery as it is booked: nothing of it has gone back.
    pub const fn new(attempt: AttemptNo, sn: Option<Sn>, cost: Money, absorbed: bool) -> Self {
        Self {
            attempt,
            sn,
            cost,
            absorbed,
            refunded: Money::ZERO,
            taken_back: false,
        }
    }
}

/// What a person gave back of an order's price, under a reference of the desk's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// The desk's reference: with the order, it happens once for ever (INV-6).
    pub reference: RefId,
    /// How much.
    pub amount: Money,
    /// The number of its journal, `refund:O:n`.
    pub n: u16,
}

/// Where an order stands (money-safety section 6). Disputed and escalated are not states but [`Review`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderState {
    /// Refused on the merits at birth; the same `ref_id` keeps this answer.
    Refused(Refusal),
    /// Money held, no live attempt; waits for a route.
    Held,
    /// Exactly one live attempt.
    InFlight(AttemptNo),
    /// Delivered and paid.
    Succeeded,
    /// Not delivered, the money went back.
    Returned(Returned),
    /// Delivered and paid, then the money went back: its supplier reversed it, or a person refunded all of it.
    Reversed,
    /// Delivered after the money went back.
    LateDelivered,
}

impl OrderState {
    /// True while the order can still be delivered by our own act.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::InFlight(_))
    }
}

/// Why an order was refused at birth. Kept, so that the same `ref_id` keeps that answer (INV-6, INV-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// The wallet cannot pay.
    InsufficientBalance {
        /// The price.
        needed: Money,
        /// What could be spent.
        available: Money,
    },
    /// No supplier can sell it below the cap.
    ProductUnavailable,
    /// The product is closed.
    ProductClosed,
    /// The product is in its cut-off window.
    ProductCutOff,
    /// The destination does not fit the product.
    InvalidDestination,
    /// The price is above the caller's `max_price`.
    PriceChanged {
        /// The price.
        sell: Money,
    },
    /// The same goods for the same destination on the same day (INV-19).
    DuplicateOrder {
        /// The earlier order.
        earlier: OrderId,
    },
    /// The member's wallet is frozen.
    MemberFrozen,
}

impl Refusal {
    /// Every word of [`Refusal::word`].
    pub const WORDS: [&'static str; 8] = [
        "insufficient_balance",
        "product_unavailable",
        "product_closed",
        "product_cut_off",
        "invalid_destination",
        "price_changed",
        "duplicate_order",
        "member_frozen",
    ];

    /// In one word, for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::ProductUnavailable => "product_unavailable",
            Self::ProductClosed => "product_closed",
            Self::ProductCutOff => "product_cut_off",
            Self::InvalidDestination => "invalid_destination",
            Self::PriceChanged { .. } => "price_changed",
            Self::DuplicateOrder { .. } => "duplicate_order",
            Self::MemberFrozen => "member_frozen",
        }
    }
}

/// Why an order's money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Returned {
    /// Every route was tried and proven undelivered; the last reason.
    Rejected(Reason),
    /// Its deadline passed before a route was found.
    Deadline,
    /// The caller cancelled it before anything was sent.
    Cancelled,
}

/// Who pays for an order (D32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payer {
    /// A member's wallet.
    Wallet(MemberId),
}

/// A 128-bit digest of what the caller asked for: product, destination, counter, maximum price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 16]);

/// The duplicate-business guard (INV-19): unique among orders with `live`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The day in Jakarta, fixed at acceptance.
    pub day: BusinessDay,
    /// 1 unless the caller asked for the n-th purchase of the same goods that day.
    pub counter: u8,
    /// Cleared when the order ends without delivery, never set again.
    pub live: bool,
}

/// Why a person should look at an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Review {
    /// Its checks are used up or it waits too long. It still settles by itself.
    Escalated {
        /// The version at which it began: the number of its case.
        case: u32,
    },
    /// Contradictory signals. No money moves by itself but by an authenticated read begun after them (INV-21).
    Disputed {
        /// The version at which it began: the number of its case.
        case: u32,
        /// When the contradiction was heard.
        since: Timestamp,
    },
}

impl Review {
    /// The case that says why.
    pub fn case(self, order: OrderId) -> CaseKey {
        let (version, kind) = match self {
            Self::Escalated { case } => (case, CaseKind::Escalated),
            Self::Disputed { case, .. } => (case, CaseKind::Disputed),
        };
        CaseKey {
            subject: order.into(),
            version,
            kind,
        }
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; the states are in `state`"
)]
/// One route of an order to one supplier; sent once, or again under the resend rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Of which order.
    pub order: OrderId,
    /// Its number, from 1.
    pub no: AttemptNo,
    /// What kind of goods: how its fate is asked for depends on it.
    pub kind: ProductKind,
    /// Through which mapping it was routed.
    pub mapping: MappingId,
    /// To which supplier.
    pub supplier: SupplierId,
    /// Our reference there (INV-11).
    pub supplier_ref: SupplierRef,
    /// Their id, once known.
    pub their_ref: Option<TheirRef>,
    /// Their code of the last answer that changed something, once one had a code: for people.
    pub code: Option<ReplyCode>,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as this supplier writes it.
    pub target: Target,
    /// What it may cost at most (INV-17).
    pub cap: Money,
    /// What the catalog said it costs when it was routed.
    pub expected_cost: Money,
    /// Where it stands.
    pub state: AttemptState,
    /// How often it was sent, counted in the intent commit (INV-13).
    pub sends: u32,
    /// Only one live attempt per (supplier, SKU, target): the supplier does not know our reference.
    pub exclusive: bool,
    /// Of which quotas of the day on which it was intended it takes.
    pub counted: Counted,
    /// A later attempt that an earlier one's late success made needless. Still followed, never sent again.
    pub surplus: bool,
    /// When it was first intended.
    pub first_sent_at: Timestamp,
    /// Until when somebody may be calling the supplier about it.
    pub lease_until: Timestamp,
    /// Whether the last send is still under way as far as we know.
    pub send_open: bool,
    /// Whether any call (send or ask) is still under way as far as we know.
    pub call_open: bool,
    /// When the last send ended.
    pub last_send_ended_at: Option<Timestamp>,
    /// When the last call (send or ask) ended.
    pub last_call_ended_at: Option<Timestamp>,
    /// How many status checks were begun.
    pub checks: u16,
    /// A doubtful rejection, once heard (INV-13).
    pub doubt: Option<Timestamp>,
    /// When last a failure was heard that was no proof: a delivery that may be older than it contradicts it (INV-21).
    pub denied: Option<Timestamp>,
    /// What a message that is no proof said last, while it is open: evidence that may be older than it and settles the attempt the other way is looked into (INV-35).
    pub unproven: Option<Unproven>,
    /// A reversal of a success, once heard, and through what.
    pub reversal: Option<ReversalHeard>,
    /// The serial number, once read.
    pub sn: Option<Sn>,
    /// What the supplier billed, once read.
    pub billed: Option<Money>,
    /// What signed callbacks have said about it: each counts once (E-6).
    pub said: Said,
    /// Since when a message that is no proof speaks against how it was settled, and no read has said which of them is right (INV-35): one that nobody
    /// signed, or one whose very words were contradicted before (E-6).
    pub hinted: Option<Timestamp>,
    /// The version under which a person has the case of that, once one had. While the attempt is open it outlasts the case: only a ruling ends it (E-9).
    pub hint_case: Option<u32>,
}

/// What a message that is no proof said of an open attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unproven {
    /// When it was received.
    pub at: Timestamp,
    /// That it was delivered; else that it was not.
    pub delivered: bool,
}

/// Of which quotas an attempt takes: those that there were when it was intended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Of its supplier's.
    pub at_supplier: bool,
    /// Of its route's.
    pub by_route: bool,
}

/// Through which authenticated channels a late reversal was heard. It takes a status read and another one (section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversalHeard {
    /// By a status read.
    pub by_read: bool,
    /// By a signed callback or a reply.
    pub by_message: bool,
}

/// Where an attempt stands (money-safety section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttemptState {
    /// Intended; bytes may be leaving.
    Sending,
    /// Proven: no byte left.
    NotSent,
    /// Proven: undelivered.
    Rejected {
        /// Whether a transaction had been formed.
        formed: bool,
        /// Why.
        reason: Reason,
        /// Since when this is known.
        at: Timestamp,
    },
    /// The supplier works on it.
    Pending,
    /// Nothing is proven.
    Unknown,
    /// Delivered, but the serial number that the product needs is missing.
    AwaitSn,
    /// Delivered.
    Success,
    /// Two definitive signals contradict each other.
    Conflict,
    /// Delivered after it was proven undelivered.
    LateSuccess,
    /// Undelivered after it was delivered.
    LateReversal,
    /// Proven: no byte left, and we ourselves kept it back: this process was stopping, or the intent was committed too late ([`Reason::Withheld`]). `NOT_SENT`
    /// for the order and its money; but nobody refused anything, so its route is not used up by it (INV-30).
    Withheld,
}

impl AttemptState {
    /// Every word of [`AttemptState::word`], each once.
    pub const WORDS: [&'static str; 10] = [
        "sending",
        "not_sent",
        "rejected",
        "pending",
        "unknown",
        "await_sn",
        "success",
        "conflict",
        "late_success",
        "late_reversal",
    ];

    /// In one word, for logs and metrics: the states of money-safety section 6.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::NotSent | Self::Withheld => "not_sent",
            Self::Rejected { .. } => "rejected",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::AwaitSn => "await_sn",
            Self::Success => "success",
            Self::Conflict => "conflict",
            Self::LateSuccess => "late_success",
            Self::LateReversal => "late_reversal",
        }
    }

    /// True for the states of which an order has at most one attempt (INV-10).
    pub const fn is_live(self) -> bool {
        match self {
            Self::Sending
            | Self::Pending
            | Self::Unknown
            | Self::AwaitSn
            | Self::Success
            | Self::Conflict => true,
            Self::NotSent
            | Self::Withheld
            | Self::Rejected { .. }
            | Self::LateSuccess
            | Self::LateReversal => false,
        }
    }

    /// True while the outcome is not known.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Sending | Self::Pending | Self::Unknown | Self::AwaitSn | Self::Conflict => true,
            Self::Success
            | Self::NotSent
            | Self::Withheld
            | Self::Rejected { .. }
            | Self::LateSuccess
            | Self::LateReversal => false,
        }
    }

    /// True if proven undelivered.
    pub const fn is_undelivered(self) -> bool {
        match self {
            Self::NotSent | Self::Withheld | Self::Rejected { .. } | Self::LateReversal => true,
            Self::Sending
            | Self::Pending
            | Self::Unknown
            | Self::AwaitSn
            | Self::Conflict
            | Self::Success
            | Self::LateSuccess => false,
        }
    }
}

impl Attempt {
    /// What the delivery costs: what was billed, else what the catalog said.
    pub fn cost(&self) -> Money {
        self.billed.unwrap_or(self.expected_cost)
    }

    /// How its fate is asked for.
    pub const fn status(&self, profile: &Profile) -> Status {
        profile.status_of(self.kind)
    }

    /// What it adds to its supplier's exposure: its cap while it can still be billed (section 1).
    pub fn exposure(&self) -> Money {
        if self.state.is_open() {
            self.cap
        } else {
            Money::ZERO
        }
    }

    /// Whether it counts in its quotas: until it is proven that nothing was bought. What was bought and reversed was bought.
    pub const fn takes_of_quota(&self) -> bool {
        match self.state {
            AttemptState::NotSent | AttemptState::Withheld | AttemptState::Rejected { .. } => false,
            AttemptState::Sending
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::AwaitSn
            | AttemptState::Success
            | AttemptState::Conflict
            | AttemptState::LateSuccess
            | AttemptState::LateReversal => true,
        }
    }

    /// The quotas that it takes of or gives back to by a commit of `now`: none once its day is over.
    pub fn quota_keys_of(&self, now: Timestamp) -> impl Iterator<Item = QuotaKey> + use<> {
        let (day, supplier) = (self.first_sent_at.business_day(), self.supplier);
        let is_today = day == now.business_day();
        let Counted {
            at_supplier,
            by_route,
        } = self.counted;
        let key = move |mapping| QuotaKey {
            day,
            supplier,
            mapping,
        };
        let of_supplier = (is_today && at_supplier).then(|| key(None));
        let of_route = (is_today && by_route).then(|| key(Some(self.mapping)));
        of_supplier.into_iter().chain(of_route)
    }

    /// True while no other attempt for these goods may run at its supplier, because the supplier could not tell them apart (INV-11): its
    /// outcome is open and the supplier does not know our reference. A delivered one is told apart by its own id there.
    pub const fn is_exclusive(&self) -> bool {
        self.exclusive && self.state.is_open()
    }

    /// True while it may still deliver for an order that another attempt has delivered: a second delivery, at the house's cost (INV-14).
    pub const fn is_open_surplus(&self) -> bool {
        self.surplus && self.state.is_open()
    }

    /// Whether a call about it is a last look: it was rejected after a transaction was formed (E-3).
    pub(super) const fn is_looked_at(&self) -> bool {
        matches!(self.state, AttemptState::Rejected { formed: true, .. })
    }

    /// True while what was heard of it speaks both ways: it contradicted itself, or its delivery is denied and nobody has said which is right.
    pub const fn is_contradicted(&self) -> bool {
        match self.state {
            AttemptState::Conflict => true,
            AttemptState::Success | AttemptState::LateSuccess => self.reversal.is_some(),
            AttemptState::Sending
            | AttemptState::NotSent
            | AttemptState::Withheld
            | AttemptState::Rejected { .. }
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::AwaitSn
            | AttemptState::LateReversal => false,
        }
    }

    /// True once it delivered for an order that another attempt had delivered, and that is booked as the house's loss (INV-14).
    pub(super) const fn is_second_delivery(&self) -> bool {
        self.surplus
            && matches!(
                self.state,
                AttemptState::Success | AttemptState::LateSuccess
            )
    }

    /// When its last call began, by its lease.
    pub(super) fn call_began(&self, profile: &Profile) -> Timestamp {
        self.lease_until.minus(profile.lease())
    }

    /// Time since it was first intended.
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.first_sent_at)
    }
}

impl Order {
    /// What kind of goods it is for.
    pub const fn kind(&self) -> ProductKind {
        match self.bill {
            None => ProductKind::Prepaid,
            Some(_) => ProductKind::Postpaid,
        }
    }

    /// The key of this order's journal for `effect`, number `n`.
    pub fn effect(&self, effect: Effect, n: u16) -> EffectKey {
        EffectKey {
            subject: self.id.into(),
            effect,
            n,
        }
    }

    /// True if the order's money is still held.
    pub const fn holds_money(&self) -> bool {
        self.state.is_open()
    }

    /// What of the price can still go back to the member: nothing before a delivery is paid for, nor of one that the house paid or the supplier took back.
    pub fn refundable(&self) -> Money {
        let is_paid_for = matches!(
            self.state,
            OrderState::Succeeded | OrderState::LateDelivered
        );
        let paid_for = self
            .delivery
            .as_ref()
            .filter(|it| is_paid_for && !it.absorbed);
        paid_for
            .and_then(|delivery| self.quote.sell.checked_sub(delivery.refunded))
            .unwrap_or(Money::ZERO)
    }

    /// True of an order that stands as delivered, whoever paid and whatever a person gave back of it.
    pub fn is_delivered(&self) -> bool {
        match self.state {
            OrderState::Succeeded | OrderState::LateDelivered => true,
            OrderState::Reversed => self.delivery.as_ref().is_some_and(|it| !it.taken_back),
            OrderState::Refused(_)
            | OrderState::Held
            | OrderState::InFlight(_)
            | OrderState::Returned(_) => false,
        }
    }

    /// True of an order whose delivery its supplier took back.
    pub fn is_taken_back(&self) -> bool {
        self.state == OrderState::Reversed && !self.is_delivered()
    }

    /// True while money moves by a person or an authenticated read only.
    pub const fn is_disputed(&self) -> bool {
        matches!(self.review, Some(Review::Disputed { .. }))
    }
}

/// An order with everything a decision needs: its attempts in order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The order.
    pub order: Order,
    /// Its attempts, by number.
    pub attempts: Vec<Attempt>,
}

impl Aggregate {
    /// The attempt with this number.
    pub fn attempt(&self, no: AttemptNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.no == no)
    }

    /// The surplus attempt whose outcome is open, if the order has one: live, so there is at most one.
    pub fn open_surplus(&self) -> Option<&Attempt> {
        self.attempts
            .iter()
            .find(|attempt| attempt.is_open_surplus())
    }

    /// What a disputed order that was settled is disputed about first: its own delivery, or another attempt, each of which is asked and ruled about by itself.
    pub fn disputed(&self) -> Option<&Attempt> {
        disputed(&self.order, &self.attempts)
    }

    /// The live attempt, of which there is at most one (INV-10).
    pub fn live(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.state.is_live())
    }
}

/// [`Aggregate::disputed`], of the parts.
pub(super) fn disputed<'a>(order: &Order, attempts: &'a [Attempt]) -> Option<&'a Attempt> {
    if !order.is_disputed() {
        return None;
    }
    let by = order.delivery.as_ref().map(|delivery| delivery.attempt);
    let settled_by = attempts.iter().find(|attempt| Some(attempt.no) == by);
    let of_delivery = settled_by.filter(|attempt| attempt.is_contradicted());
    let of_another = || attempts.iter().find(|other| other.is_contradicted());
    of_delivery.or_else(of_another).or(settled_by)
}
