//! Acceptance: the birth of an order, HELD or REFUSED.

use sha2::{Digest, Sha256};

use super::log::{Entry, LogRow};
use super::model::{Bill, Fingerprint, Guard, Order, OrderState, Payer, Refusal};
use crate::catalog::Destination;
use crate::commit::{Changes, Nonce, OrderWrite, OutboxRow};
use crate::ids::{InquiryId, MemberId, OrderId, ProductId, TrxCode};
use crate::ledger::rules;
use crate::member::LateSuccess;
use crate::money::Money;
use crate::pricing::Quote;
use crate::route::Explanation;
use crate::text::{ProductCode, RefId};
use crate::time::Timestamp;

/// Everything a new order is made of.
#[derive(Clone, Debug)]
pub struct Draft {
    /// A freshly minted id.
    pub id: OrderId,
    /// A freshly minted code.
    pub trx_code: TrxCode,
    /// Whose.
    pub member: MemberId,
    /// The caller's reference.
    pub ref_id: RefId,
    /// What the caller asked for.
    pub fingerprint: Fingerprint,
    /// What is bought.
    pub product: ProductId,
    /// For whom.
    pub destination: Destination,
    /// The duplicate guard's counter, for members that have the guard.
    pub counter: Option<u8>,
    /// What was agreed.
    pub quote: Quote,
    /// Whether a success without serial number waits for one.
    pub sn_required: bool,
    /// What a late success does to returned money.
    pub late_success: LateSuccess,
    /// When a HELD order stops looking for a route.
    pub deadline: Timestamp,
    /// The inquiry that is paid, of a bill.
    pub bill: Option<Box<Bill>>,
    /// Now.
    pub now: Timestamp,
}

impl Draft {
    /// What `order` was made of: for making it again under another id, or as REFUSED.
    pub fn of(order: &Order) -> Self {
        Self {
            id: order.id,
            trx_code: order.trx_code,
            member: order.member,
            ref_id: order.ref_id.clone(),
            fingerprint: order.fingerprint,
            product: order.product,
            destination: order.destination.clone(),
            counter: order.guard.as_ref().map(|guard| guard.counter),
            quote: order.quote,
            sn_required: order.sn_required,
            late_success: order.late_success,
            deadline: order.deadline,
            bill: order.bill.clone(),
            now: order.created_at,
        }
    }

    fn order(self, state: OrderState) -> Order {
        let held = state == OrderState::Held;
        let guard = self.counter.map(|counter| Guard {
            day: self.now.business_day(),
            counter,
            live: held,
        });
        Order {
            id: self.id,
            version: 1,
            revision: 1,
            trx_code: self.trx_code,
            member: self.member,
            ref_id: self.ref_id,
            fingerprint: self.fingerprint,
            product: self.product,
            destination: self.destination,
            guard,
            payer: Payer::Wallet(self.member),
            quote: self.quote,
            state,
            review: None,
            sn_required: self.sn_required,
            late_success: self.late_success,
            created_at: self.now,
            updated_at: self.now,
            deadline: self.deadline,
            next_action_at: held.then_some(self.now),
            balance_after: None,
            delivery: None,
            turns: 0,
            bill: self.bill,
            refunds: Vec::new(),
        }
    }
}

/// The order is born HELD: its price set aside, all in one commit. One that pays a bill uses up its inquiry in the same commit, so that no other order
/// ever pays that (E-35).
pub fn accept(draft: Draft) -> Changes {
    let (now, quote) = (draft.now, draft.quote);
    let order = draft.order(OrderState::Held);
    let mut changes = Changes::at(now);
    changes.transfers = rules::hold(&order);
    changes.log.push(LogRow::new(
        order.id.into(),
        1,
        now,
        Entry::Accepted { quote },
    ));
    changes.outbox.push(OutboxRow::now(&order, now));
    let inquiry = order.bill.as_ref().map(|bill| bill.inquiry);
    changes.nonces.extend(inquiry.map(Nonce::of_inquiry));
    changes.orders.push(OrderWrite {
        order,
        replaces: None,
    });
    changes
}

/// The order is born REFUSED and final, so that the same `ref_id` keeps this answer. `routes` is what was found of each route, if that was why.
pub fn refuse(draft: Draft, refusal: Refusal, routes: Explanation) -> Changes {
    let now = draft.now;
    let order = draft.order(OrderState::Refused(refusal));
    let mut changes = Changes::at(now);
    changes.log.push(LogRow::new(
        order.id.into(),
        1,
        now,
        Entry::Refused { refusal, routes },
    ));
    changes.orders.push(OrderWrite {
        order,
        replaces: None,
    });
    changes
}

impl Fingerprint {
    /// The digest of a request's business fields as the caller wrote them, `destination` letter by letter: `0812…` and `62812…` are one mobile number
    /// but two meters, and what a product's destination is, is today's catalog's business. No rule of the catalog and no setting has a say here, so
    /// that the same request is the same for ever (INV-6, INV-18), and another spelling is another request, on the safe side (E-18).
    pub fn of(
        product: &ProductCode,
        destination: &str,
        counter: Option<u8>,
        max_price: Option<Money>,
        inquiry: Option<InquiryId>,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(product.as_str().as_bytes());
        // No code holds it: where one field ends and the next begins is certain.
        hash.update([0, counter.unwrap_or(1)]);
        hash.update(max_price.map_or(i64::MIN, Money::hundredths).to_le_bytes());
        hash.update(destination.as_bytes());
        if let Some(inquiry) = inquiry {
            // No destination holds it.
            hash.update([0]);
            hash.update(inquiry.0.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Self(short)
    }
}
