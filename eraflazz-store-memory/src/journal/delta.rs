//! A unit in short: of an order or an attempt that is known already only what can move.
//!
//! Most of an order is agreed at acceptance and never changes (INV-16), most of an attempt when it is intended (INV-11). What an order writes in
//! its life is then little more than what it was born with. The short form is used only if it gives back exactly what it was made of; anything
//! else is written whole, so that no rule about what may change has to hold here.

use std::borrow::Cow;

use eraflazz_core::commit::{
    CaseWrite, Changes, EndpointStateWrite, Nonce, OrderWrite, OutboxKey, OutboxRow, PaymentWrite,
    QuotaLimit, View, WalletFlag,
};
use eraflazz_core::ids::{AttemptNo, InboxId, OrderId};
use eraflazz_core::ledger::Transfer;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Attempt, AttemptState, Delivery, LogRow, Order, OrderState, ReversalHeard, Review, Said,
    Unproven,
};
use eraflazz_core::text::{ReplyCode, Sn, TheirRef};
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// [`Changes`] in short.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Unit<'a> {
    at: Timestamp,
    orders: Vec<Orders<'a>>,
    attempts: Vec<Attempts<'a>>,
    log: Cow<'a, [LogRow]>,
    transfers: Cow<'a, [Transfer]>,
    inbox_done: Cow<'a, [InboxId]>,
    inbox_tries: Cow<'a, [InboxId]>,
    cases: Cow<'a, [CaseWrite]>,
    wallet_flags: Cow<'a, [WalletFlag]>,
    nonces: Cow<'a, [Nonce]>,
    outbox: Cow<'a, [OutboxRow]>,
    outbox_done: Cow<'a, [OutboxKey]>,
    endpoint_states: Cow<'a, [EndpointStateWrite]>,
    payments: Cow<'a, [PaymentWrite]>,
    quotas: Cow<'a, [QuotaLimit]>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "written, an order is borrowed; read, there are few at once, and a box each would cost more"
)]
#[derive(Debug, Serialize, Deserialize)]
enum Orders<'a> {
    Whole(Cow<'a, OrderWrite>),
    Moved(OrderMoved),
}

#[derive(Debug, Serialize, Deserialize)]
enum Attempts<'a> {
    Whole(Cow<'a, Attempt>),
    Moved(AttemptMoved),
}

/// What can change about an order. Its version is one higher.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OrderMoved {
    id: OrderId,
    revision: u32,
    state: OrderState,
    review: Option<Review>,
    guard_is_live: bool,
    updated_at: Timestamp,
    next_action_at: Option<Timestamp>,
    delivery: Option<Delivery>,
    turns: u16,
}

/// What can change about an attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AttemptMoved {
    order: OrderId,
    no: AttemptNo,
    their_ref: Option<TheirRef>,
    code: Option<ReplyCode>,
    state: AttemptState,
    sends: u32,
    surplus: bool,
    lease_until: Timestamp,
    send_open: bool,
    call_open: bool,
    last_send_ended_at: Option<Timestamp>,
    last_call_ended_at: Option<Timestamp>,
    checks: u16,
    doubt: Option<Timestamp>,
    denied: Option<Timestamp>,
    unproven: Option<Unproven>,
    reversal: Option<ReversalHeard>,
    sn: Option<Sn>,
    billed: Option<Money>,
    said: Said,
    hinted: Option<Timestamp>,
    hint_case: Option<u32>,
}

impl<'a> Unit<'a> {
    /// The unit in short, for a reader that has what `view` has.
    pub(crate) fn of(unit: &'a Changes, view: &impl View) -> Self {
        let Changes {
            at,
            orders,
            attempts,
            log,
            transfers,
            inbox_done,
            inbox_tries,
            cases,
            wallet_flags,
            nonces,
            outbox,
            outbox_done,
            endpoint_states,
            payments,
            quotas,
        } = unit;
        let order = |write: &'a OrderWrite| {
            OrderMoved::of(write, view)
                .map_or_else(|| Orders::Whole(Cow::Borrowed(write)), Orders::Moved)
        };
        let attempt = |attempt: &'a Attempt| {
            AttemptMoved::of(attempt, view)
                .map_or_else(|| Attempts::Whole(Cow::Borrowed(attempt)), Attempts::Moved)
        };
        Self {
            at: *at,
            orders: orders.iter().map(order).collect(),
            attempts: attempts.iter().map(attempt).collect(),
            log: log.into(),
            transfers: transfers.into(),
            inbox_done: inbox_done.into(),
            inbox_tries: inbox_tries.into(),
            cases: cases.into(),
            wallet_flags: wallet_flags.into(),
            nonces: nonces.into(),
            outbox: outbox.into(),
            outbox_done: outbox_done.into(),
            endpoint_states: endpoint_states.into(),
            payments: payments.into(),
            quotas: quotas.into(),
        }
    }

    /// The orders that have to be there to make it whole again.
    pub(crate) fn moves(&self) -> impl Iterator<Item = OrderId> {
        let orders = self.orders.iter().filter_map(|order| match order {
            Orders::Whole(_) => None,
            Orders::Moved(moved) => Some(moved.id),
        });
        let attempts = self.attempts.iter().filter_map(|attempt| match attempt {
            Attempts::Whole(_) => None,
            Attempts::Moved(moved) => Some(moved.order),
        });
        orders.chain(attempts)
    }

    /// The unit as it was; `None` if it speaks of an order or attempt that `view` does not have.
    pub(crate) fn whole(self, view: &impl View) -> Option<Changes> {
        let orders = self.orders.into_iter().map(|order| match order {
            Orders::Whole(write) => Some(write.into_owned()),
            Orders::Moved(moved) => moved.onto(view.order(moved.id)?),
        });
        let attempts = self.attempts.into_iter().map(|attempt| match attempt {
            Attempts::Whole(attempt) => Some(attempt.into_owned()),
            Attempts::Moved(moved) => Some(moved.onto(view.attempt(moved.order, moved.no)?)),
        });
        Some(Changes {
            at: self.at,
            orders: orders.collect::<Option<_>>()?,
            attempts: attempts.collect::<Option<_>>()?,
            log: self.log.into_owned(),
            transfers: self.transfers.into_owned(),
            inbox_done: self.inbox_done.into_owned(),
            inbox_tries: self.inbox_tries.into_owned(),
            cases: self.cases.into_owned(),
            wallet_flags: self.wallet_flags.into_owned(),
            nonces: self.nonces.into_owned(),
            outbox: self.outbox.into_owned(),
            outbox_done: self.outbox_done.into_owned(),
            endpoint_states: self.endpoint_states.into_owned(),
            payments: self.payments.into_owned(),
            quotas: self.quotas.into_owned(),
        })
    }
}

impl OrderMoved {
    fn of(write: &OrderWrite, view: &impl View) -> Option<Self> {
        write.replaces?;
        let new = &write.order;
        let old = view.order(new.id)?;
        let moved = Self {
            id: new.id,
            revision: new.revision,
            state: new.state,
            review: new.review,
            guard_is_live: new.guard.as_ref().is_some_and(|guard| guard.live),
            updated_at: new.updated_at,
            next_action_at: new.next_action_at,
            delivery: new.delivery.clone(),
            turns: new.turns,
        };
        (moved.onto(old).as_ref() == Some(write)).then_some(moved)
    }

    fn onto(&self, old: &Order) -> Option<OrderWrite> {
        let mut guard = old.guard.clone();
        if let Some(guard) = &mut guard {
            guard.live = self.guard_is_live;
        }
        let order = Order {
            version: old.version.checked_add(1)?,
            revision: self.revision,
            state: self.state,
            review: self.review,
            guard,
            updated_at: self.updated_at,
            next_action_at: self.next_action_at,
            delivery: self.delivery.clone(),
            turns: self.turns,
            ..old.clone()
        };
        Some(OrderWrite {
            order,
            replaces: Some(old.version),
        })
    }
}

impl AttemptMoved {
    fn of(new: &Attempt, view: &impl View) -> Option<Self> {
        let old = view.attempt(new.order, new.no)?;
        let moved = Self {
            order: new.order,
            no: new.no,
            their_ref: new.their_ref.clone(),
            code: new.code.clone(),
            state: new.state,
            sends: new.sends,
            surplus: new.surplus,
            lease_until: new.lease_until,
            send_open: new.send_open,
            call_open: new.call_open,
            last_send_ended_at: new.last_send_ended_at,
            last_call_ended_at: new.last_call_ended_at,
            checks: new.checks,
            doubt: new.doubt,
            denied: new.denied,
            unproven: new.unproven,
            reversal: new.reversal,
            sn: new.sn.clone(),
            billed: new.billed,
            said: new.said.clone(),
            hinted: new.hinted,
            hint_case: new.hint_case,
        };
        (moved.onto(old) == *new).then_some(moved)
    }

    fn onto(&self, old: &Attempt) -> Attempt {
        Attempt {
            their_ref: self.their_ref.clone(),
            code: self.code.clone(),
            state: self.state,
            sends: self.sends,
            surplus: self.surplus,
            lease_until: self.lease_until,
            send_open: self.send_open,
            call_open: self.call_open,
            last_send_ended_at: self.last_send_ended_at,
            last_call_ended_at: self.last_call_ended_at,
            checks: self.checks,
            doubt: self.doubt,
            denied: self.denied,
            unproven: self.unproven,
            reversal: self.reversal,
            sn: self.sn.clone(),
            billed: self.billed,
            said: self.said.clone(),
            hinted: self.hinted,
            hint_case: self.hint_case,
            ..old.clone()
        }
    }
}

#[cfg(test)]
mod tests;
