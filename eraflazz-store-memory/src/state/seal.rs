//! The start of a checkpoint: what changed since the one before it is set apart, as it is at this moment.
//!
//! Nothing is copied: orders are shared until they change again, everything else that only grows is handed over. Readers still find it
//! here until the archive has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eraflazz_core::catalog::{QuotaKey, QuotaUse, Snapshot};
use eraflazz_core::commit::{Case, Nonce, OutboxRow};
use eraflazz_core::ids::{MemberId, OrderId, SubjectId, SupplierId};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::{Account, Wallet};
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::order::{Aggregate, LogRow};
use eraflazz_core::payment::Payment;
use eraflazz_core::ports::InboxRow;
use eraflazz_core::text::TheirRef;
use eraflazz_core::webhook::EndpointRow;

use super::{Map, Set, State, Window};
use crate::journal::End;

/// Log rows that were added; none if there were none.
pub(crate) type NewLog = Option<Arc<[LogRow]>>;

/// What one checkpoint brings to the archive.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// The last batch whose effects are in here.
    pub(crate) end: End,
    /// Orders that were written, with the log rows that they got; new ones in the order of their birth.
    pub(crate) orders: Vec<(Arc<Aggregate>, NewLog)>,
    /// The same of what is no order.
    pub(crate) subjects: Vec<(SubjectId, NewLog)>,
    pub(crate) transfers: Window,
    pub(crate) of_member: Map<MemberId, Vec<OrderId>>,
    pub(crate) mutations: Map<MemberId, Vec<u64>>,
    pub(crate) their_refs: Vec<(SupplierId, TheirRef, OrderId)>,
    pub(crate) nonces: Set<Nonce>,
    /// What came from the archive meanwhile.
    pub(crate) fetched: Vec<OrderId>,
    pub(crate) shelves: Shelves,
}

/// What stays in memory, all of it.
#[derive(Debug)]
pub(crate) struct Shelves {
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) houses: BTreeMap<Account, i128>,
    pub(crate) inbox: Vec<InboxRow>,
    pub(crate) inquiries: Vec<Inquiry>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) quotas: BTreeMap<QuotaKey, QuotaUse>,
    pub(crate) cases: Vec<Case>,
    pub(crate) outbox: Vec<OutboxRow>,
    pub(crate) members: Vec<Arc<Member>>,
    pub(crate) keys: Vec<Arc<ApiKey>>,
    pub(crate) endpoints: Vec<EndpointRow>,
    pub(crate) catalog: Arc<Snapshot>,
}

impl State {
    /// Sets apart what the checkpoint through `end` brings. The one before it must be over.
    pub(crate) fn seal(&mut self, end: End, catalog: Arc<Snapshot>) -> Arc<Sealed> {
        let orders = std::mem::take(&mut self.changed).into_iter();
        let orders = orders.filter_map(|id| {
            let slot = self.orders.get_mut(&id)?;
            Some((Arc::clone(&slot.agg), slot.history.seal()))
        });
        let orders = orders.collect();
        let subjects = std::mem::take(&mut self.changed_subjects).into_iter();
        let subjects = subjects.filter_map(|id| Some((id, self.subjects.get_mut(&id)?.seal())));
        let subjects = subjects.collect();
        let next = Window::at(self.transfers.end());
        let sealed = Arc::new(Sealed {
            end,
            orders,
            subjects,
            transfers: std::mem::replace(&mut self.transfers, next),
            of_member: std::mem::take(&mut self.of_member),
            mutations: std::mem::take(&mut self.mutations),
            their_refs: std::mem::take(&mut self.new_their_refs),
            nonces: std::mem::take(&mut self.nonces),
            fetched: std::mem::take(&mut self.fetched),
            shelves: self.shelves(catalog),
        });
        self.sealed = Some(Arc::clone(&sealed));
        sealed
    }

    fn shelves(&self, catalog: Arc<Snapshot>) -> Shelves {
        Shelves {
            wallets: self.wallets.values().copied().collect(),
            houses: self.houses.clone(),
            inbox: self.inbox.values().cloned().collect(),
            inquiries: self.inquiries.rows().cloned().collect(),
            payments: self.payments.rows().cloned().collect(),
            quotas: self.quotas.clone(),
            cases: self.cases.values().cloned().collect(),
            outbox: self.outbox.rows().collect(),
            members: self.members.values().cloned().collect(),
            keys: self.keys.values().cloned().collect(),
            endpoints: self.endpoints.values().cloned().collect(),
            catalog,
        }
    }
}
