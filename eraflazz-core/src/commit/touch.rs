//! What a batch of units reads and writes, told before it is decided: a store locks and loads just that.

use std::collections::BTreeSet;

use super::changes::{Changes, Nonce, PaymentWrite};
use super::view::GuardKey;
use crate::catalog::{Destination, QuotaKey};
use crate::ids::{
    GatewayId, InboxId, MemberId, OrderId, PaymentId, ProductId, SubjectId, SupplierId,
    SupplierRef, TrxCode,
};
use crate::ledger::{Account, Amount, Transfer};
use crate::money::Money;
use crate::order::Order;
use crate::payment::PaymentCode;
use crate::text::{RefId, Sku, Target, TheirRef};
use crate::time::BusinessDay;

/// The keys of every row that [`apply`](fn@super::apply) asks a [`View`](super::View) for while it decides these units, whatever it decides. Sorted, so that whoever
/// locks what exists of them in this order never waits in a circle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// Orders that are written, with all their attempts, and orders whose row of the outbox is: whoever holds an order owns its effects and what
    /// must be told of it.
    pub orders: BTreeSet<OrderId>,
    /// Wallets: of money that moves, of flags, and of who places an order, since a member's wallet stands for its references and guards as well.
    pub wallets: BTreeSet<MemberId>,
    /// References of new orders.
    pub refs: BTreeSet<(MemberId, RefId)>,
    /// Codes of new orders.
    pub trx_codes: BTreeSet<TrxCode>,
    /// Live guards of new orders.
    pub guards: BTreeSet<Guarded>,
    /// References at suppliers.
    pub supplier_refs: BTreeSet<(SupplierId, SupplierRef)>,
    /// Ids of suppliers by which an attempt is known that they know no reference of ours for.
    pub their_refs: BTreeSet<(SupplierId, TheirRef)>,
    /// Goods with which an attempt is alone.
    pub exclusive: BTreeSet<(SupplierId, Sku, Target)>,
    /// Suppliers whose dispute is drawn on only as far as it goes: nobody else draws on it before the batch has ended.
    pub disputes: BTreeSet<SupplierId>,
    /// Quotas that attempts take of or give back to: nobody else does before the batch has ended.
    pub quotas: BTreeSet<QuotaKey>,
    /// Whose effects are asked for.
    pub subjects: BTreeSet<SubjectId>,
    /// Callbacks that are applied, or counted as tried.
    pub inbox: BTreeSet<InboxId>,
    /// Nonces that are spent.
    pub nonces: BTreeSet<Nonce>,
    /// Orders whose row of the outbox is written or done with.
    pub outbox: BTreeSet<OrderId>,
    /// Members whose endpoint is asked for or changes.
    pub endpoints: BTreeSet<MemberId>,
    /// Deposits that are written.
    pub payments: BTreeSet<PaymentId>,
    /// Codes of new deposits.
    pub payment_codes: BTreeSet<PaymentCode>,
    /// Payments of gateways by which a deposit is known.
    pub payment_refs: BTreeSet<(GatewayId, TheirRef)>,
    /// Exact amounts that a deposit awaits on an account.
    pub awaited: BTreeSet<(GatewayId, Money)>,
}

/// A [`GuardKey`] of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guarded {
    /// Whose order.
    pub member: MemberId,
    /// The day in Jakarta.
    pub day: BusinessDay,
    /// What.
    pub product: ProductId,
    /// For whom.
    pub destination: Destination,
    /// The how-manieth of the day.
    pub counter: u8,
}

impl Guarded {
    /// What the order guards, while its guard is live.
    pub fn by(order: &Order) -> Option<Self> {
        let guard = order.guard.as_ref().filter(|guard| guard.live)?;
        Some(Self {
            member: order.member,
            day: guard.day,
            product: order.product,
            destination: order.destination.clone(),
            counter: guard.counter,
        })
    }
}

impl From<&GuardKey<'_>> for Guarded {
    fn from(key: &GuardKey<'_>) -> Self {
        Self {
            member: key.member,
            day: key.day,
            product: key.product,
            destination: key.destination.clone(),
            counter: key.counter,
        }
    }
}

/// The keys of all rows that these units touch.
pub fn touched(units: &[Changes]) -> Touch {
    let mut touch = Touch::default();
    for unit in units {
        touch.unit(unit);
    }
    touch
}

impl Touch {
    fn unit(&mut self, unit: &Changes) {
        for write in &unit.orders {
            let order = &write.order;
            self.orders.insert(order.id);
            self.subjects.insert(order.id.into());
            if write.replaces.is_none() {
                self.wallets.insert(order.member);
                self.refs.insert((order.member, order.ref_id.clone()));
                self.trx_codes.insert(order.trx_code);
                self.guards.extend(Guarded::by(order));
            }
        }
        for attempt in &unit.attempts {
            self.orders.insert(attempt.order);
            self.quotas.extend(attempt.quota_keys_of(unit.at));
            self.supplier_refs
                .insert((attempt.supplier, attempt.supplier_ref));
            if let (true, Some(theirs)) = (attempt.exclusive, &attempt.their_ref) {
                self.their_refs.insert((attempt.supplier, theirs.clone()));
            }
            if attempt.is_exclusive() {
                let goods = (
                    attempt.supplier,
                    attempt.sku.clone(),
                    attempt.target.clone(),
                );
                self.exclusive.insert(goods);
            }
        }
        for PaymentWrite { payment, replaces } in &unit.payments {
            self.payments.insert(payment.id);
            self.subjects.insert(payment.id.into());
            if replaces.is_none() {
                self.payment_codes.insert(payment.code);
            }
            let theirs = payment.theirs.clone();
            self.payment_refs
                .extend(theirs.map(|theirs| (payment.gateway, theirs)));
            self.awaited.extend(payment.awaits());
        }
        for transfer in &unit.transfers {
            self.subjects.insert(transfer.key.subject);
            self.wallets.extend(wallets(transfer));
            if let (Amount::Covered(_), Account::Dispute(supplier)) =
                (transfer.amount, transfer.credit)
            {
                self.disputes.insert(supplier);
            }
        }
        let flagged = unit.wallet_flags.iter().map(|flag| flag.member);
        self.wallets.extend(flagged);
        self.inbox.extend(&unit.inbox_done);
        self.inbox.extend(&unit.inbox_tries);
        self.nonces.extend(unit.nonces.iter().cloned());
        let told = unit.outbox.iter().map(|row| row.order);
        for order in told.chain(unit.outbox_done.iter().map(|key| key.order)) {
            self.orders.insert(order);
            self.outbox.insert(order);
        }
        let listening = unit.outbox.iter().map(|row| row.member);
        self.endpoints.extend(listening);
        let called = unit.endpoint_states.iter().map(|write| write.member);
        self.endpoints.extend(called);
    }
}

/// The members whose wallets the transfer may move.
fn wallets(transfer: &Transfer) -> impl Iterator<Item = MemberId> {
    let rest = match transfer.amount {
        Amount::UpTo { rest, .. } => Some(rest),
        Amount::Exact(_) | Amount::Covered(_) | Amount::Owed { .. } => None,
    };
    [Some(transfer.debit), Some(transfer.credit), rest]
        .into_iter()
        .flatten()
        .filter_map(Account::wallet)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::commit::{EndpointStateWrite, OutboxKey, OutboxRow, WalletFlag};
    use crate::ids::BankId;
    use crate::ledger::rules;
    use crate::time::Timestamp;
    use crate::webhook::EndpointState;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn member(number: u128) -> MemberId {
        MemberId(Uuid::from_u128(number))
    }

    /// What a unit without an order reads: each kind of write names its rows, `rest` accounts and twice-named rows included.
    #[test]
    fn everything_a_unit_names_is_touched_once() {
        let subject = SubjectId(Uuid::from_u128(9));
        let order = |number| OrderId(Uuid::from_u128(number));
        let inbox = |number| InboxId(Uuid::from_u128(number));
        let nonce = Nonce {
            key: "ek_test_1".parse().unwrap(),
            nonce: "once".to_owned(),
        };
        let row = OutboxRow {
            order: order(1),
            member: member(4),
            revision: 2,
            due: None,
            tries: 1,
        };
        let unit = Changes {
            transfers: rules::correct_deposit(subject, member(1), BankId(0), Money::MAX_AMOUNT),
            inbox_done: vec![inbox(1)],
            inbox_tries: vec![inbox(2), inbox(1)],
            wallet_flags: vec![WalletFlag {
                member: member(2),
                frozen: true,
            }],
            nonces: vec![nonce.clone()],
            outbox: vec![row],
            outbox_done: vec![OutboxKey {
                order: order(2),
                revision: 1,
            }],
            endpoint_states: vec![EndpointStateWrite {
                member: member(3),
                version: 1,
                state: EndpointState::WELL,
            }],
            ..Changes::at(NOW)
        };
        let expected = Touch {
            orders: [order(1), order(2)].into(),
            wallets: [member(1), member(2)].into(),
            subjects: [subject].into(),
            inbox: [inbox(1), inbox(2)].into(),
            nonces: [nonce].into(),
            outbox: [order(1), order(2)].into(),
            endpoints: [member(3), member(4)].into(),
            ..Touch::default()
        };
        assert_eq!(touched(&[unit.clone(), unit]), expected);
    }

    /// What a supplier owes is somebody's alone only where it must suffice.
    #[test]
    fn t_17_a_dispute_that_must_suffice_is_touched() {
        let (subject, amount) = (SubjectId(Uuid::from_u128(9)), Money::MAX_AMOUNT);
        let of = |transfers| {
            let unit = Changes {
                transfers,
                ..Changes::at(NOW)
            };
            touched(&[unit]).disputes
        };
        let supplier = SupplierId(3);
        let within = rules::dispute_credited(subject, supplier, amount);
        assert_eq!(of(within), [supplier].into());
        let beyond = rules::dispute_credited_beyond(subject, supplier, amount);
        assert_eq!(of(beyond), [].into());
    }

    /// What the wallet cannot pay is owed, by whoever owes it.
    #[test]
    fn inv_04_the_one_who_owes_the_rest_is_touched_too() {
        let subject = SubjectId(Uuid::from_u128(9));
        let mut transfers = rules::correct_deposit(subject, member(1), BankId(0), Money::ZERO);
        transfers[0].amount = Amount::UpTo {
            amount: Money::MAX_AMOUNT,
            rest: Account::Receivable(member(7)),
        };
        let unit = Changes {
            transfers,
            ..Changes::at(NOW)
        };
        let wallets = touched(&[unit]).wallets;
        assert_eq!(wallets, [member(1), member(7)].into());
    }
}
