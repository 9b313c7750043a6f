//! Everything that memory has, and the indexes over it.
//!
//! Rows are written by [`View`](eraflazz_core::commit::View) and by the ports; every index is kept by the write that changes its row.
//!
//! Without a folder that is everything there is. With one, what was settled before the last checkpoint is in the archive instead: then what is here is
//! newer than what the archive has of it, and whatever a commit touches is brought here first (`fetch`).

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use eraflazz_core::catalog::{Destination, QuotaKey, QuotaUse};
use eraflazz_core::commit::{Case, CaseKey, Nonce};
use eraflazz_core::ids::{
    AttemptNo, InboxId, MemberId, OrderId, ProductId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, EffectKey, Normal, Receipt, Wallet};
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::order::{Aggregate, Attempt, LogRow, Order, OrderState};
use eraflazz_core::ports::{Depth, InboxRow, InboxState};
use eraflazz_core::text::{KeyId, RefId, Sku, Slug, Target, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};
use eraflazz_core::webhook::{Endpoint, EndpointRow, EndpointState};

use crate::outbox::OutboxRows;

mod history;
mod inquiries;
mod payments;
mod recede;
mod seal;
mod serials;
mod window;

pub(crate) use history::{History, Slot};
use inquiries::Inquiries;
use payments::Payments;
pub(crate) use recede::Leaving;
pub(crate) use seal::{Sealed, Shelves};
use serials::Serials;
pub(crate) use window::{Placed, Window};

/// A hash map that lies the same way in every run (D1). Never iterated where the order shows.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
/// The set of it.
pub(crate) type Set<K> = HashSet<K, BuildHasherDefault<DefaultHasher>>;

/// A live duplicate guard, owned.
pub(crate) type GuardRow = (BusinessDay, MemberId, ProductId, Destination, u8);

/// How many log rows most orders end with: accepted, sent, answered.
const LOG_ROWS: usize = 3;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Orders with their attempts, their money and their log.
    pub(crate) orders: Map<OrderId, Slot>,
    /// Money and log without an order.
    subjects: Map<SubjectId, History>,
    pub(crate) by_ref: Map<(MemberId, RefId), OrderId>,
    pub(crate) trx_codes: Map<TrxCode, OrderId>,
    pub(crate) guards: Map<GuardRow, OrderId>,
    /// A member's orders as they came since the last checkpoint began.
    pub(crate) of_member: Map<MemberId, Vec<OrderId>>,
    pub(crate) due: BTreeSet<(Timestamp, OrderId)>,
    /// How many orders are open.
    pub(crate) depth: Depth,

    pub(crate) by_supplier_ref: Map<(SupplierId, SupplierRef), (OrderId, AttemptNo)>,
    pub(crate) by_their_ref: Map<(SupplierId, TheirRef), OrderId>,
    pub(crate) by_sn: Serials,
    pub(crate) exclusive: Map<(SupplierId, Sku, Target), (OrderId, AttemptNo)>,
    /// Orders with an open attempt, by what they buy for whom.
    pub(crate) under_way: Map<(ProductId, Destination), Vec<OrderId>>,

    /// Every transfer since the last checkpoint began, in the order of commits.
    pub(crate) transfers: Window,
    /// Where in `transfers` the changes of a member's `available` lie.
    pub(crate) mutations: Map<MemberId, Vec<u64>>,
    /// Balances of house accounts in hundredths, on their normal side.
    pub(crate) houses: BTreeMap<Account, i128>,
    pub(crate) wallets: Map<MemberId, Wallet>,

    pub(crate) inbox: BTreeMap<InboxId, InboxRow>,
    /// Callbacks that are due; orphans and the quarantined are not.
    pub(crate) inbox_waiting: BTreeSet<InboxId>,
    /// Orphans by the transactions that they name.
    pub(crate) orphans: Map<(SupplierId, TheirRef), BTreeSet<InboxId>>,
    pub(crate) inquiries: Inquiries,
    pub(crate) payments: Payments,
    /// What is used of quotas today and yesterday.
    pub(crate) quotas: BTreeMap<QuotaKey, QuotaUse>,
    pub(crate) cases: BTreeMap<CaseKey, Case>,
    pub(crate) nonces: Set<Nonce>,
    pub(crate) outbox: OutboxRows,

    pub(crate) members: BTreeMap<MemberId, Arc<Member>>,
    pub(crate) by_code: BTreeMap<Slug, MemberId>,
    pub(crate) keys: BTreeMap<KeyId, Arc<ApiKey>>,
    pub(crate) endpoints: BTreeMap<MemberId, EndpointRow>,

    /// Whether there is an archive, and so whether changes are noted for it.
    is_archived: bool,
    /// What was written since the last checkpoint began, each order once, new ones in the order of their birth.
    changed: Vec<OrderId>,
    changed_subjects: Vec<SubjectId>,
    /// Ids of suppliers that became known since, with the order that has each.
    new_their_refs: Vec<(SupplierId, TheirRef, OrderId)>,
    /// What came from the archive since: it leaves again unless it moves.
    fetched: Vec<OrderId>,
    /// The checkpoint that is being written, or that orders are leaving after.
    pub(crate) sealed: Option<Arc<Sealed>>,
}

impl State {
    pub(crate) fn write_order(&mut self, order: Order) {
        let (id, state, due) = (order.id, order.state, order.next_action_at);
        let (was, was_due) = if let Some(slot) = self.orders.get_mut(&id) {
            let known = Arc::make_mut(&mut slot.agg);
            let old = std::mem::replace(&mut known.order, order);
            let freed = live_guard(&old).filter(|_| live_guard(&known.order).is_none());
            if let Some(guard) = freed {
                self.guards.remove(&guard);
            }
            note(self.is_archived, &mut slot.history, id, &mut self.changed);
            (Some(old.state), old.next_action_at)
        } else {
            self.index_new(&order);
            self.of_member.entry(order.member).or_default().push(id);
            let attempts = Vec::new();
            let agg = Arc::new(Aggregate { order, attempts });
            // What was noted under its id before it came is its own.
            let mut history = self.subjects.remove(&id.into()).unwrap_or_default();
            history.is_changed = false;
            let mut slot = Slot::new(agg, history);
            note(self.is_archived, &mut slot.history, id, &mut self.changed);
            self.orders.insert(id, slot);
            (None, None)
        };
        if let Some(counter) = was.and_then(|was| self.depth_of(was)) {
            *counter -= 1;
        }
        if let Some(counter) = self.depth_of(state) {
            *counter += 1;
        }
        if was_due != due {
            if let Some(at) = was_due {
                self.due.remove(&(at, id));
            }
            if let Some(at) = due {
                self.due.insert((at, id));
            }
        }
    }

    fn depth_of(&mut self, state: OrderState) -> Option<&mut u64> {
        match state {
            OrderState::Held => Some(&mut self.depth.held),
            OrderState::InFlight(_) => Some(&mut self.depth.in_flight),
            OrderState::Refused(_)
            | OrderState::Succeeded
            | OrderState::Returned(_)
            | OrderState::Reversed
            | OrderState::LateDelivered => None,
        }
    }

    fn index_new(&mut self, order: &Order) {
        self.by_ref
            .insert((order.member, order.ref_id.clone()), order.id);
        self.trx_codes.insert(order.trx_code, order.id);
        if let Some(guard) = live_guard(order) {
            self.guards.insert(guard, order.id);
        }
    }

    pub(crate) fn write_attempt(&mut self, attempt: Attempt) {
        let (id, no) = (attempt.order, attempt.no);
        let Some(slot) = self.orders.get_mut(&id) else {
            return;
        };
        note(self.is_archived, &mut slot.history, id, &mut self.changed);
        if slot.agg.attempt(no).is_none() {
            self.by_supplier_ref
                .insert((attempt.supplier, attempt.supplier_ref), (id, no));
        }
        self.index_attempt(&attempt, true);
        let Some(slot) = self.orders.get_mut(&id) else {
            return;
        };
        let agg = Arc::make_mut(&mut slot.agg);
        if let Some(known) = agg.attempts.iter_mut().find(|known| known.no == no) {
            *known = attempt;
        } else {
            agg.attempts.reserve_exact(1);
            agg.attempts.push(attempt);
        }
        let goods = (agg.order.product, agg.order.destination.clone());
        let is_open = agg.attempts.iter().any(|attempt| attempt.state.is_open());
        self.write_under_way(goods, id, is_open);
    }

    /// Finds the order by what is written of an attempt. `is_news` if it is not from the archive.
    fn index_attempt(&mut self, attempt: &Attempt, is_news: bool) {
        let me = (attempt.order, attempt.no);
        if let Some(their_ref) = &attempt.their_ref {
            let key = (attempt.supplier, their_ref.clone());
            // The first one to be known by an id keeps it: a supplier that gives it twice is wrong.
            if let Entry::Vacant(free) = self.by_their_ref.entry(key) {
                if self.is_archived && is_news {
                    let (supplier, their_ref) = free.key().clone();
                    self.new_their_refs
                        .push((supplier, their_ref, attempt.order));
                }
                free.insert(attempt.order);
            }
        }
        if let Some(sn) = &attempt.sn {
            self.by_sn.insert(attempt.supplier, sn, attempt.order);
        }
        if attempt.exclusive {
            let goods = (
                attempt.supplier,
                attempt.sku.clone(),
                attempt.target.clone(),
            );
            if attempt.is_exclusive() {
                self.exclusive.insert(goods, me);
            } else if self.exclusive.get(&goods) == Some(&me) {
                self.exclusive.remove(&goods);
            }
        }
    }

    fn write_under_way(&mut self, goods: (ProductId, Destination), id: OrderId, is_open: bool) {
        if is_open {
            let orders = self.under_way.entry(goods).or_default();
            if !orders.contains(&id) {
                orders.push(id);
            }
        } else if let Some(orders) = self.under_way.get_mut(&goods) {
            orders.retain(|known| *known != id);
            if orders.is_empty() {
                self.under_way.remove(&goods);
            }
        }
    }

    pub(crate) fn write_transfers(&mut self, receipt: &Receipt) {
        for row in &receipt.rows {
            let place = self.transfers.end();
            let before = self.history_mut(row.key.subject).follow(place);
            self.transfers.push(Placed { row: *row, before });
            if let Some(change) = row.available {
                self.mutations.entry(change.member).or_default().push(place);
            }
            for (account, side) in [(row.debit, Normal::Debit), (row.credit, Normal::Credit)] {
                if account.wallet().is_none() {
                    let amount = i128::from(row.amount.hundredths());
                    *self.houses.entry(account).or_default() += if account.normal() == side {
                        amount
                    } else {
                        -amount
                    };
                }
            }
        }
    }

    pub(crate) fn write_log(&mut self, row: LogRow) {
        let log = &mut self.history_mut(row.subject).log;
        if log.is_empty() {
            log.reserve_exact(LOG_ROWS);
        }
        log.push(row);
    }

    /// The history of an order or another subject, which changes.
    fn history_mut(&mut self, subject: SubjectId) -> &mut History {
        let id = OrderId(subject.0);
        if let Some(slot) = self.orders.get_mut(&id) {
            note(self.is_archived, &mut slot.history, id, &mut self.changed);
            return &mut slot.history;
        }
        let history = self.subjects.entry(subject).or_default();
        let changed = &mut self.changed_subjects;
        note(self.is_archived, history, subject, changed);
        history
    }

    pub(crate) fn history(&self, subject: SubjectId) -> Option<&History> {
        let slot = self.orders.get(&OrderId(subject.0));
        slot.map(|slot| &slot.history)
            .or_else(|| self.subjects.get(&subject))
    }

    /// Stores a callback. One that is there already stays as it is.
    pub(crate) fn write_inbox(&mut self, row: InboxRow) {
        if !self.inbox.contains_key(&row.id) {
            let (id, state) = (row.id, row.state);
            self.inbox.insert(id, row);
            self.set_inbox_aside(id, state);
        }
    }

    pub(crate) fn set_inbox_aside(&mut self, id: InboxId, to: InboxState) {
        let Some(row) = self.inbox.get_mut(&id) else {
            return;
        };
        row.state = to;
        if to == InboxState::Waiting {
            self.inbox_waiting.insert(id);
        } else {
            self.inbox_waiting.remove(&id);
        }
        self.index_orphan(id);
    }

    /// Removes a callback that is applied.
    pub(crate) fn drop_inbox(&mut self, id: InboxId) {
        self.set_inbox_aside(id, InboxState::Quarantined);
        self.inbox.remove(&id);
    }

    /// Finds the callback by what it names while it is an orphan, and only then.
    fn index_orphan(&mut self, id: InboxId) {
        let Some(row) = self.inbox.get(&id) else {
            return;
        };
        let named = row.sightings.iter().flatten();
        for their_ref in named.filter_map(|sighting| sighting.their_ref.as_ref()) {
            let key = (row.supplier, their_ref.clone());
            if row.state == InboxState::Orphan {
                self.orphans.entry(key).or_default().insert(id);
            } else if let Some(ids) = self.orphans.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.orphans.remove(&key);
                }
            }
        }
    }

    /// Writes what is used of a quota. Of days before yesterday nobody asks.
    pub(crate) fn write_quota(&mut self, key: QuotaKey, used: QuotaUse) {
        let since = key.day.days().saturating_sub(1);
        self.quotas.retain(|known, _| known.day.days() >= since);
        self.quotas.insert(key, used);
    }

    /// Writes a member and its wallet, checked before.
    pub(crate) fn write_member(&mut self, member: Member, wallet: Wallet) {
        if let Some(known) = self.members.get(&member.id) {
            let code = known.code.clone();
            self.by_code.remove(&code);
        }
        self.wallets.insert(member.id, wallet);
        self.by_code.insert(member.code.clone(), member.id);
        self.members.insert(member.id, Arc::new(member));
    }

    /// Writes a key, checked before.
    pub(crate) fn write_key(&mut self, key: ApiKey) {
        self.keys.insert(key.id.clone(), Arc::new(key));
    }

    /// Writes an endpoint, checked before: another one from now on, and active.
    pub(crate) fn write_endpoint(&mut self, endpoint: Endpoint) {
        let known = self.endpoints.get(&endpoint.member);
        let row = EndpointRow {
            version: known.map_or(1, |known| known.version.wrapping_add(1)),
            state: EndpointState::WELL,
            endpoint: Arc::new(endpoint),
        };
        self.endpoints.insert(row.endpoint.member, row);
    }

    /// Removes an endpoint with everything that waits for it.
    pub(crate) fn remove_endpoint(&mut self, member: MemberId) {
        self.endpoints.remove(&member);
        self.outbox.forget(member);
    }

    /// How many orders came since the last checkpoint began.
    pub(crate) fn born(&self) -> u64 {
        self.of_member
            .values()
            .map(|orders| orders.len() as u64)
            .sum()
    }

    /// The order with its attempts, as it is now.
    pub(crate) fn aggregate(&self, id: OrderId) -> Option<Aggregate> {
        self.orders.get(&id).map(|slot| Aggregate::clone(&slot.agg))
    }

    /// The transfer at this place, if memory has it.
    pub(crate) fn transfer(&self, place: u64) -> Option<&Placed> {
        if place >= self.transfers.from() {
            return self.transfers.get(place);
        }
        self.sealed.as_ref()?.transfers.get(place)
    }

    /// Whether the effect with this key happened, as far as memory has its subject.
    pub(crate) fn knows(&self, key: &EffectKey) -> bool {
        let history = self.history(key.subject);
        history.is_some_and(|history| self.knows_effect(history, key))
    }

    /// What the effect with this key brought, as far as memory has its subject.
    pub(crate) fn receipt(&self, key: &EffectKey) -> Option<Receipt> {
        let rows = self.journal(self.history(key.subject)?, key);
        (!rows.is_empty()).then_some(Receipt { rows })
    }
}

/// Notes for the next checkpoint that something changed.
fn note<T>(is_archived: bool, history: &mut History, it: T, changed: &mut Vec<T>) {
    if is_archived && !history.is_changed {
        history.is_changed = true;
        changed.push(it);
    }
}

/// The key under which the order's guard is live.
pub(crate) fn live_guard(order: &Order) -> Option<GuardRow> {
    let guard = order.guard.as_ref().filter(|guard| guard.live)?;
    Some((
        guard.day,
        order.member,
        order.product,
        order.destination.clone(),
        guard.counter,
    ))
}
