//! Deposits through gateways, and the indexes over them.

use std::collections::{BTreeMap, BTreeSet};

use eraflazz_core::ids::{GatewayId, MemberId, PaymentId};
use eraflazz_core::payment::{Payment, PaymentCode};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

/// All of them. They are few beside orders, and stay.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    rows: BTreeMap<PaymentId, Payment>,
    by_code: BTreeMap<PaymentCode, PaymentId>,
    by_theirs: BTreeMap<(GatewayId, TheirRef), PaymentId>,
    due: BTreeSet<(Timestamp, PaymentId)>,
    of_member: BTreeSet<(MemberId, Timestamp, PaymentId)>,
}

impl Payments {
    pub(crate) fn get(&self, id: PaymentId) -> Option<&Payment> {
        self.rows.get(&id)
    }

    pub(crate) fn coded(&self, code: &PaymentCode) -> Option<PaymentId> {
        self.by_code.get(code).copied()
    }

    pub(crate) fn of(&self, gateway: GatewayId, theirs: &TheirRef) -> Option<PaymentId> {
        self.by_theirs.get(&(gateway, theirs.clone())).copied()
    }

    /// What is due, longest overdue first.
    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Payment> {
        let due = self.due.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, id)| self.rows.get(id))
    }

    /// A member's, newest first.
    pub(crate) fn of_member(&self, member: MemberId) -> impl Iterator<Item = &Payment> {
        let first = PaymentId(uuid::Uuid::nil());
        let last = PaymentId(uuid::Uuid::max());
        let (begin, end) = (
            Timestamp::from_micros(i64::MIN),
            Timestamp::from_micros(i64::MAX),
        );
        let all = self
            .of_member
            .range((member, begin, first)..=(member, end, last));
        all.rev().filter_map(|(_, _, id)| self.rows.get(id))
    }

    /// Writes one, new or replaced.
    pub(crate) fn put(&mut self, payment: Payment) {
        let id = payment.id;
        if let Some(theirs) = &payment.theirs {
            self.by_theirs.insert((payment.gateway, theirs.clone()), id);
        }
        if let Some(old) = self.rows.get(&id) {
            if let Some(at) = old.next_check_at {
                self.due.remove(&(at, id));
            }
        } else {
            self.by_code.insert(payment.code, id);
            self.of_member
                .insert((payment.member, payment.created_at, id));
        }
        if let Some(at) = payment.next_check_at {
            self.due.insert((at, id));
        }
        self.rows.insert(id, payment);
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Payment> {
        self.rows.values()
    }
}
