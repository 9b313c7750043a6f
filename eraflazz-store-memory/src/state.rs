//! What the store knows: rows, and the indexes by which they are found.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use eraflazz_core::catalog::{Destination, Snapshot};
use eraflazz_core::commit::{Case, CaseKey, Nonce, OutboxRow};
use eraflazz_core::ids::{
    AttemptNo, InboxId, MemberId, OrderId, ProductId, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, EffectKey, TransferRow, Wallet};
use eraflazz_core::member::{ApiKey, Member};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::ports::{Depth, InboxRow};
use eraflazz_core::text::{KeyId, RefId, Sku, Slug, Target, TheirRef};
use eraflazz_core::time::{BusinessDay, Timestamp};

/// A map with a fixed hasher: the same run gives the same order of everything (D1).
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
pub(crate) type Set<K> = HashSet<K, BuildHasherDefault<DefaultHasher>>;

/// The duplicate guard's key, owned.
pub(crate) type GuardRow = (BusinessDay, MemberId, ProductId, Destination, u8);

/// An order with its attempts.
#[derive(Debug)]
pub(crate) struct OrderRow {
    pub(crate) order: Order,
    pub(crate) attempts: Vec<Attempt>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) orders: Map<OrderId, OrderRow>,
    pub(crate) by_ref: Map<(MemberId, RefId), OrderId>,
    pub(crate) trx_codes: Set<TrxCode>,
    pub(crate) guards: Map<GuardRow, OrderId>,
    pub(crate) of_member: Map<MemberId, Vec<OrderId>>,
    pub(crate) by_supplier_ref: Map<(SupplierId, SupplierRef), (OrderId, AttemptNo)>,
    pub(crate) by_their_ref: Map<(SupplierId, TheirRef), OrderId>,
    pub(crate) exclusive: Map<(SupplierId, Sku, Target), (OrderId, AttemptNo)>,
    /// Orders with an attempt under way, by what they buy for whom.
    pub(crate) in_flight: BTreeMap<(ProductId, Destination), BTreeSet<OrderId>>,
    pub(crate) due: BTreeSet<(Timestamp, OrderId)>,
    pub(crate) depth: Depth,

    pub(crate) wallets: Map<MemberId, Wallet>,
    pub(crate) transfers: Vec<TransferRow>,
    /// Where in `transfers` the rows of an effect stand.
    pub(crate) effects: Map<EffectKey, (usize, usize)>,
    /// Places in `transfers` that touched what a member can spend.
    pub(crate) mutations: Map<MemberId, Vec<usize>>,
    pub(crate) house: BTreeMap<Account, Money>,
    pub(crate) exposure: BTreeMap<SupplierId, Money>,

    pub(crate) log: Map<SubjectId, Vec<LogRow>>,
    pub(crate) inbox: BTreeMap<InboxId, InboxRow>,
    pub(crate) outbox: BTreeMap<(OrderId, u32), OutboxRow>,
    pub(crate) cases: BTreeMap<CaseKey, Case>,
    pub(crate) nonces: Set<Nonce>,

    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) members: Map<MemberId, Arc<Member>>,
    pub(crate) member_codes: BTreeMap<Slug, MemberId>,
    pub(crate) keys: BTreeMap<KeyId, Arc<ApiKey>>,
}
