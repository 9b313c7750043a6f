//! Deposits through gateways, and the indexes over them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use eraflazz_core::ids::{GatewayId, MemberId, PaymentId};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{DepositStatus, Payment, PaymentCode};
use eraflazz_core::ports::PaymentFilter;
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

/// All of them. They are few beside orders, and stay.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    rows: BTreeMap<PaymentId, Payment>,
    by_code: BTreeMap<PaymentCode, PaymentId>,
    by_theirs: BTreeMap<(GatewayId, TheirRef), PaymentId>,
    awaited: BTreeMap<(GatewayId, Money), PaymentId>,
    due: BTreeSet<(Timestamp, PaymentId)>,
    listed: BTreeSet<(Timestamp, PaymentId)>,
    of_member: BTreeSet<(MemberId, Timestamp, PaymentId)>,
    by_status: BTreeSet<(DepositStatus, Timestamp, PaymentId)>,
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

    /// The one that awaits exactly this amount on this account.
    pub(crate) fn awaiting(&self, bank: GatewayId, amount: Money) -> Option<PaymentId> {
        self.awaited.get(&(bank, amount)).copied()
    }

    /// What is due, longest overdue first.
    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Payment> {
        let due = self.due.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, id)| self.rows.get(id))
    }

    /// Those that fit, newest first.
    pub(crate) fn listed(&self, filter: PaymentFilter) -> Box<dyn Iterator<Item = &Payment> + '_> {
        let oldest = (
            Timestamp::from_micros(i64::MIN),
            PaymentId(uuid::Uuid::nil()),
        );
        let newest = (
            Timestamp::from_micros(i64::MAX),
            PaymentId(uuid::Uuid::max()),
        );
        let from = Bound::Included(oldest);
        let to = filter
            .listed_after
            .map_or(Bound::Included(newest), Bound::Excluded);
        let row = |id: &PaymentId| self.rows.get(id);
        match (filter.member, filter.status) {
            (Some(member), status) => {
                let of = |(at, id)| (member, at, id);
                let own = self.of_member.range((from.map(of), to.map(of)));
                let own = own.rev().filter_map(move |(_, _, id)| row(id));
                Box::new(own.filter(move |row| status.is_none_or(|status| row.status() == status)))
            }
            (None, Some(status)) => {
                let of = |(at, id)| (status, at, id);
                let alike = self.by_status.range((from.map(of), to.map(of)));
                Box::new(alike.rev().filter_map(move |(_, _, id)| row(id)))
            }
            (None, None) => {
                let all = self.listed.range((from, to));
                Box::new(all.rev().filter_map(move |(_, id)| row(id)))
            }
        }
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
            self.by_status.remove(&(old.status(), old.created_at, id));
            if let Some(key) = old.awaits() {
                self.awaited.remove(&key);
            }
        } else {
            self.by_code.insert(payment.code, id);
            self.listed.insert(payment.place());
            self.of_member
                .insert((payment.member, payment.created_at, id));
        }
        if let Some(at) = payment.next_check_at {
            self.due.insert((at, id));
        }
        if let Some(key) = payment.awaits() {
            self.awaited.insert(key, id);
        }
        self.by_status
            .insert((payment.status(), payment.created_at, id));
        self.rows.insert(id, payment);
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Payment> {
        self.rows.values()
    }
}
