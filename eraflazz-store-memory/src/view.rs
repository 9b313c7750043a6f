//! The store's rows as a commit reads and writes them.

use eraflazz_core::commit::{Case, CaseWrite, GuardKey, Nonce, OutboxRow, View};
use eraflazz_core::ids::{AttemptNo, InboxId, MemberId, OrderId, SupplierId, SupplierRef, TrxCode};
use eraflazz_core::ledger::{Account, EffectKey, Normal, Receipt, Wallet};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order, OrderState};
use eraflazz_core::text::{RefId, Sku, Target};

use crate::state::{OrderRow, State};

impl View for State {
    fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id).map(|row| &row.order)
    }

    fn by_ref(&self, member: MemberId, ref_id: &RefId) -> Option<OrderId> {
        self.by_ref.get(&(member, ref_id.clone())).copied()
    }

    fn has_trx_code(&self, code: &TrxCode) -> bool {
        self.trx_codes.contains(code)
    }

    fn by_guard(&self, key: &GuardKey<'_>) -> Option<OrderId> {
        self.guards
            .get(&(
                key.day,
                key.member,
                key.product,
                key.destination.clone(),
                key.counter,
            ))
            .copied()
    }

    fn by_supplier_ref(
        &self,
        supplier: SupplierId,
        supplier_ref: &SupplierRef,
    ) -> Option<(OrderId, AttemptNo)> {
        self.by_supplier_ref
            .get(&(supplier, *supplier_ref))
            .copied()
    }

    fn attempt(&self, order: OrderId, no: AttemptNo) -> Option<&Attempt> {
        self.orders
            .get(&order)?
            .attempts
            .iter()
            .find(|attempt| attempt.no == no)
    }

    fn live_attempt(&self, order: OrderId) -> Option<AttemptNo> {
        self.orders
            .get(&order)?
            .attempts
            .iter()
            .find(|attempt| attempt.state.is_live())
            .map(|attempt| attempt.no)
    }

    fn exclusive_attempt(
        &self,
        supplier: SupplierId,
        sku: &Sku,
        target: &Target,
    ) -> Option<(OrderId, AttemptNo)> {
        self.exclusive
            .get(&(supplier, sku.clone(), target.clone()))
            .copied()
    }

    fn wallet(&self, member: MemberId) -> Option<Wallet> {
        self.wallets.get(&member).copied()
    }

    fn effect(&self, key: &EffectKey) -> Option<Receipt> {
        let (from, to) = *self.effects.get(key)?;
        Some(Receipt {
            rows: self.transfers.get(from..to)?.to_vec(),
        })
    }

    fn has_effect(&self, key: &EffectKey) -> bool {
        self.effects.contains_key(key)
    }

    fn has_inbox(&self, id: InboxId) -> bool {
        self.inbox.contains_key(&id)
    }

    fn has_nonce(&self, nonce: &Nonce) -> bool {
        self.nonces.contains(nonce)
    }

    fn put_order(&mut self, order: Order) {
        self.unindex(order.id);
        if let Some(due) = order.next_action_at {
            self.due.insert((due, order.id));
        }
        self.count(order.state, true);
        if self.orders.contains_key(&order.id) {
            self.move_guard(&order);
            if let Some(row) = self.orders.get_mut(&order.id) {
                row.order = order;
            }
        } else {
            self.add(order);
        }
    }

    fn put_attempt(&mut self, attempt: Attempt) {
        let key = (attempt.supplier, attempt.supplier_ref);
        self.by_supplier_ref
            .insert(key, (attempt.order, attempt.no));
        if let Some(their_ref) = &attempt.their_ref {
            self.by_their_ref
                .insert((attempt.supplier, their_ref.clone()), attempt.order);
        }
        if attempt.exclusive {
            let goods = (
                attempt.supplier,
                attempt.sku.clone(),
                attempt.target.clone(),
            );
            if attempt.state.is_live() {
                self.exclusive.insert(goods, (attempt.order, attempt.no));
            } else if self.exclusive.get(&goods) == Some(&(attempt.order, attempt.no)) {
                self.exclusive.remove(&goods);
            }
        }
        let Some(row) = self.orders.get_mut(&attempt.order) else {
            return;
        };
        let known = row.attempts.iter_mut().find(|known| known.no == attempt.no);
        let was = known.as_ref().map_or(Money::ZERO, |known| known.exposure());
        let exposure = self.exposure.entry(attempt.supplier).or_default();
        let moved = attempt
            .exposure()
            .checked_sub(was)
            .and_then(|delta| exposure.checked_add(delta));
        *exposure = moved.unwrap_or(*exposure);
        match known {
            Some(known) => *known = attempt,
            None => row.attempts.push(attempt),
        }
        let goods = (row.order.product, row.order.destination.clone());
        if row.attempts.iter().any(|attempt| attempt.state.is_open()) {
            self.in_flight
                .entry(goods)
                .or_default()
                .insert(row.order.id);
        } else if let Some(orders) = self.in_flight.get_mut(&goods) {
            orders.remove(&row.order.id);
            if orders.is_empty() {
                self.in_flight.remove(&goods);
            }
        }
    }

    fn put_log(&mut self, row: LogRow) {
        self.log.entry(row.subject).or_default().push(row);
    }

    fn put_transfers(&mut self, receipt: &Receipt) {
        for row in &receipt.rows {
            let place = self.transfers.len();
            self.effects.entry(row.key).or_insert((place, place)).1 = place + 1;
            if let Some(change) = row.available {
                self.mutations.entry(change.member).or_default().push(place);
            }
            for (account, credited) in [(row.debit, false), (row.credit, true)] {
                if account.wallet().is_none() {
                    shift(
                        self.house.entry(account).or_default(),
                        account,
                        credited,
                        row.amount,
                    );
                }
            }
            self.transfers.push(*row);
        }
    }

    fn put_wallet(&mut self, wallet: Wallet) {
        self.wallets.insert(wallet.member, wallet);
    }

    fn remove_inbox(&mut self, id: InboxId) {
        self.inbox.remove(&id);
    }

    fn count_inbox_try(&mut self, id: InboxId) {
        if let Some(row) = self.inbox.get_mut(&id) {
            row.tries = row.tries.saturating_add(1);
        }
    }

    fn put_case(&mut self, case: CaseWrite) {
        match case {
            CaseWrite::Open(case) => {
                self.cases.entry(case.key).or_insert(case);
            }
            CaseWrite::Extend { key, deadline } => {
                if let Some(case) = self.cases.get_mut(&key) {
                    *case = Case {
                        deadline,
                        ..case.clone()
                    };
                }
            }
            CaseWrite::Close(key) => {
                self.cases.remove(&key);
            }
        }
    }

    fn put_nonce(&mut self, nonce: Nonce) {
        self.nonces.insert(nonce);
    }

    fn put_outbox(&mut self, row: OutboxRow) {
        self.outbox.insert((row.order, row.revision), row);
    }
}

/// Moves a house account's balance, on its normal side.
fn shift(balance: &mut Money, account: Account, credited: bool, amount: Money) {
    let grows = credited == (account.normal() == Normal::Credit);
    let moved = if grows {
        balance.checked_add(amount)
    } else {
        balance.checked_sub(amount)
    };
    *balance = moved.unwrap_or(*balance);
}

impl State {
    fn count(&mut self, state: OrderState, comes: bool) {
        let counter = match state {
            OrderState::Held => &mut self.depth.held,
            OrderState::InFlight(_) => &mut self.depth.in_flight,
            OrderState::Refused(_)
            | OrderState::Succeeded
            | OrderState::Returned(_)
            | OrderState::Reversed
            | OrderState::LateDelivered => return,
        };
        *counter = if comes {
            *counter + 1
        } else {
            counter.saturating_sub(1)
        };
    }

    fn unindex(&mut self, id: OrderId) {
        let Some(row) = self.orders.get(&id) else {
            return;
        };
        if let Some(due) = row.order.next_action_at {
            self.due.remove(&(due, id));
        }
        let state = row.order.state;
        self.count(state, false);
    }

    fn add(&mut self, order: Order) {
        self.by_ref
            .insert((order.member, order.ref_id.clone()), order.id);
        self.trx_codes.insert(order.trx_code);
        self.of_member
            .entry(order.member)
            .or_default()
            .push(order.id);
        self.move_guard(&order);
        self.orders.insert(
            order.id,
            OrderRow {
                order,
                attempts: Vec::new(),
            },
        );
    }

    fn move_guard(&mut self, order: &Order) {
        let Some(guard) = &order.guard else { return };
        let key = (
            guard.day,
            order.member,
            order.product,
            order.destination.clone(),
            guard.counter,
        );
        if guard.live {
            self.guards.insert(key, order.id);
        } else if self.guards.get(&key) == Some(&order.id) {
            self.guards.remove(&key);
        }
    }
}
