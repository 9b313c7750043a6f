//! A small world: a store with members in it, and the units that orders are made of.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use eraflazz_core::catalog::{CatalogChange, CatalogData, QuotaKey, QuotaUse, Tier, TierId};
use eraflazz_core::commit::{Case, Changes, Done, OrderWrite, OutboxRow, Refused, Verdict};
use eraflazz_core::ids::{
    AttemptNo, BankId, Epoch, InboxId, Installation, MappingId, MemberId, OrderId, ProductId,
    RefShape, SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::rules::{self, LateBill};
use eraflazz_core::ledger::{TransferRow, Wallet};
use eraflazz_core::member::{
    ApiKey, KeyHolder, KeyState, LateSuccess, Member, MemberKind, Scope, Scopes,
};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    self, Aggregate, Attempt, AttemptState, Counted, Delivery, Draft, Fingerprint, LogRow, Order,
    OrderState, Returned, Said,
};
use eraflazz_core::ports::{
    Catalog, ChangeError, Depth, Due, InboxRow, InboxState, Ledger, Members, OrderFilter, Outbox,
    Page, Store, SupplierFunds,
};
use eraflazz_core::pricing::Quote;
use eraflazz_core::supplier::{Claim, RawRequest, Reason, Sighting};
use eraflazz_core::text::{KeyId, RefId, Sku, Slug, Target};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{
    Endpoint, EndpointRow, EndpointUrl, Format, HookSecret, Report, Signing,
};
use eraflazz_store_memory::MemoryStore;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
pub(crate) const BANK: BankId = BankId(0);
pub(crate) const SUPPLIER: SupplierId = SupplierId(0);

/// The answer of a call that never waits: the memory store has nothing to wait for.
pub(crate) fn now<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the memory store waited"),
    }
}

pub(crate) fn rp(rupiah: i64) -> Money {
    Money::rupiah(rupiah).unwrap()
}

pub(crate) fn member(n: u8) -> MemberId {
    MemberId(Uuid::from_u128(0xA000 + u128::from(n)))
}

pub(crate) fn order_id(n: u64) -> OrderId {
    OrderId(Uuid::from_u128(0xB000_0000 + u128::from(n)))
}

pub(crate) fn subject(n: u64) -> SubjectId {
    SubjectId(Uuid::from_u128(0xC000_0000 + u128::from(n)))
}

pub(crate) fn ref_id(text: &str) -> RefId {
    RefId::new(text).unwrap()
}

/// Ten bytes that differ for each `n`.
fn roll(n: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&n.to_be_bytes());
    bytes[0..2].copy_from_slice(&n.to_le_bytes()[..2]);
    bytes
}

/// A store with a catalog of one tier.
pub(crate) fn store() -> MemoryStore {
    with_tier(MemoryStore::new())
}

pub(crate) fn with_tier(store: MemoryStore) -> MemoryStore {
    now(store.change(vec![tier()])).unwrap();
    store
}

pub(crate) fn tier() -> CatalogChange {
    CatalogChange::PutTier(Tier {
        id: TierId(0),
        slug: Slug::new("retail").unwrap(),
        name: "Retail".to_owned(),
    })
}

pub(crate) fn terms(n: u8, credit: i64) -> Member {
    let code = Slug::new(&format!("m{n}")).unwrap();
    let mut terms = Member::new(member(n), code, TierId(0), MemberKind::Shop);
    terms.credit_limit = rp(credit);
    terms
}

/// A store with one member that has this much.
pub(crate) fn shop(rupiah: i64) -> MemoryStore {
    let store = store();
    join(&store, 1, rupiah, 0);
    store
}

/// Puts the member in place of whatever is there.
pub(crate) fn set_member(store: &MemoryStore, member: Member) -> Result<(), ChangeError> {
    let over = now(store.member(member.id)).unwrap();
    now(store.put_member(member, over))
}

/// Puts the endpoint in place of whatever is there.
pub(crate) fn set_endpoint(store: &MemoryStore, endpoint: Endpoint) -> Result<(), ChangeError> {
    let over = now(store.endpoint(endpoint.member)).unwrap();
    now(store.put_endpoint(endpoint, over.map(|row| row.endpoint)))
}

/// Adds a member with this much money and credit.
pub(crate) fn join(store: &MemoryStore, n: u8, rupiah: i64, credit: i64) {
    set_member(store, terms(n, credit)).unwrap();
    if rupiah > 0 {
        done(store, deposit(u64::from(n), n, rupiah));
    }
}

/// A deposit of the member under the subject `n`.
pub(crate) fn deposit(n: u64, of: u8, rupiah: i64) -> Changes {
    let mut unit = Changes::at(NOW);
    unit.transfers = rules::deposit(subject(n), member(of), BANK, rp(rupiah));
    unit
}

pub(crate) fn draft(n: u64, of: u8, sell: i64) -> Draft {
    Draft {
        bill: None,
        id: order_id(n),
        trx_code: TrxCode::mint(NOW, &roll(n)),
        member: member(of),
        ref_id: ref_id(&format!("R-{n}")),
        fingerprint: Fingerprint([0; 16]),
        product: ProductId(0),
        destination: Target::new("+6281234567890").unwrap().into(),
        counter: None,
        quote: Quote {
            sell: rp(sell),
            base: rp(sell),
            cost_cap: rp(sell),
            catalog_version: 1,
        },
        sn_required: false,
        late_success: LateSuccess::Reclaim,
        deadline: NOW,
        now: NOW,
    }
}

/// The acceptance of order `n`.
pub(crate) fn accept(n: u64, of: u8, sell: i64) -> Changes {
    order::accept(draft(n, of, sell))
}

/// The order as the store has it.
pub(crate) fn look(store: &MemoryStore, n: u64) -> Aggregate {
    now(store.orders(&[order_id(n)]))
        .unwrap()
        .pop()
        .flatten()
        .unwrap()
}

/// The next version of the order, in this state, and nothing else.
pub(crate) fn next(agg: &Aggregate, state: OrderState) -> Changes {
    let mut order = agg.order.clone();
    let replaces = Some(order.version);
    order.version += 1;
    order.state = state;
    order.next_action_at = state.is_open().then_some(NOW);
    let mut unit = Changes::at(NOW);
    unit.orders.push(OrderWrite { order, replaces });
    unit
}

/// A first look at attempt `no` of the order: SENDING to [`SUPPLIER`] under a reference of its own.
pub(crate) fn attempt(agg: &Aggregate, no: u16) -> Attempt {
    let letter = Installation::new('E').unwrap();
    let number = u64::try_from(agg.order.id.0.as_u128() & 0xFFFF_FFFF).unwrap();
    let dice = roll(number * 100 + u64::from(no));
    let minted = SupplierRef::mint(
        RefShape::Alphanumeric,
        letter,
        Epoch::default(),
        NOW,
        &spread(dice),
    );
    Attempt {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        order: agg.order.id,
        no: AttemptNo(no),
        mapping: MappingId(0),
        supplier: SUPPLIER,
        supplier_ref: minted,
        their_ref: None,
        code: None,
        sku: Sku::new("xld10").unwrap(),
        target: Target::new("081234567890").unwrap(),
        cap: agg.order.quote.cost_cap,
        expected_cost: agg.order.quote.cost_cap,
        state: AttemptState::Sending,
        sends: 1,
        exclusive: false,
        surplus: false,
        first_sent_at: NOW,
        lease_until: NOW,
        send_open: true,
        call_open: true,
        last_send_ended_at: None,
        last_call_ended_at: None,
        checks: 0,
        doubt: None,
        denied: None,
        unproven: None,
        reversal: None,
        sn: None,
        billed: None,
        said: Said::default(),
        hinted: None,
        hint_case: None,
        counted: Counted::default(),
    }
}

/// A reference takes its dice from the first five bytes.
fn spread(dice: [u8; 10]) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..5].copy_from_slice(&dice[5..]);
    bytes
}

pub(crate) const REJECTED: AttemptState = AttemptState::Rejected {
    formed: false,
    reason: Reason::OutOfStock,
    at: NOW,
};
pub(crate) const RETURNED: OrderState = OrderState::Returned(Returned::Deadline);

pub(crate) fn in_flight(no: u16) -> OrderState {
    OrderState::InFlight(AttemptNo(no))
}

/// The intent of attempt `no`.
pub(crate) fn intend(agg: &Aggregate, no: u16) -> Changes {
    let mut unit = next(agg, in_flight(no));
    unit.attempts.push(attempt(agg, no));
    unit
}

/// The attempt as the store has it, in another state.
pub(crate) fn turned(agg: &Aggregate, no: u16, state: AttemptState) -> Attempt {
    let mut attempt = agg.attempt(AttemptNo(no)).unwrap().clone();
    attempt.state = state;
    attempt
}

/// Delivered by attempt `no` at this cost.
pub(crate) fn capture(agg: &Aggregate, no: u16, cost: i64) -> Changes {
    let mut unit = next(agg, OrderState::Succeeded);
    unit.attempts.push(turned(agg, no, AttemptState::Success));
    unit.transfers = rules::capture(&agg.order, SUPPLIER, rp(cost));
    unit.orders[0].order.delivery = Some(delivery(no, cost, false));
    unit
}

pub(crate) fn delivery(no: u16, cost: i64, absorbed: bool) -> Delivery {
    Delivery::new(AttemptNo(no), None, rp(cost), absorbed)
}

/// The money back, with what becomes of attempt `no`, if there is one.
pub(crate) fn release(agg: &Aggregate, no: Option<u16>) -> Changes {
    let mut unit = next(agg, RETURNED);
    if let Some(no) = no {
        unit.attempts.push(turned(agg, no, REJECTED));
    }
    unit.transfers = rules::release(&agg.order);
    unit
}

/// A success taken back.
pub(crate) fn refund(agg: &Aggregate, no: u16) -> Changes {
    let mut unit = next(agg, OrderState::Reversed);
    unit.attempts
        .push(turned(agg, no, AttemptState::LateReversal));
    unit.orders[0].order.turns += 1;
    let order = unit.orders[0].order.clone();
    let cost = order.delivery.as_ref().unwrap().cost;
    unit.transfers = rules::reverse(&order, order.turns, SUPPLIER, cost);
    taken_back(&mut unit);
    unit
}

/// The delivery of the unit's order is its supplier's again.
pub(crate) fn taken_back(unit: &mut Changes) {
    let order = &mut unit.orders[0].order;
    let sell = order.quote.sell;
    let delivery = order.delivery.as_mut().unwrap();
    delivery.taken_back = true;
    delivery.refunded = if delivery.absorbed { Money::ZERO } else { sell };
}

/// Delivered after all.
pub(crate) fn reclaim(agg: &Aggregate, no: u16, cost: i64) -> Changes {
    let mut unit = next(agg, OrderState::LateDelivered);
    unit.attempts
        .push(turned(agg, no, AttemptState::LateSuccess));
    unit.orders[0].order.turns += 1;
    unit.orders[0].order.delivery = Some(delivery(no, cost, false));
    let order = unit.orders[0].order.clone();
    unit.transfers = rules::reclaim(&order, order.turns, LateBill::of(SUPPLIER, rp(cost)));
    unit
}

pub(crate) fn commit(store: &MemoryStore, unit: Changes) -> Verdict {
    now(store.commit(vec![unit])).unwrap().pop().unwrap()
}

pub(crate) fn done(store: &MemoryStore, unit: Changes) -> Done {
    match commit(store, unit) {
        Verdict::Done(done) => done,
        Verdict::Refused(refused) => panic!("refused: {refused}"),
    }
}

/// The refusal of the unit, which must leave no trace.
pub(crate) fn refused(store: &MemoryStore, unit: Changes) -> Refused {
    let before = trace(store);
    let Verdict::Refused(refused) = commit(store, unit) else {
        panic!("the unit was committed");
    };
    assert_eq!(trace(store), before, "a refused unit left a trace");
    refused
}

/// The unit is refused as one that breaks this invariant.
pub(crate) fn breaks(store: &MemoryStore, invariant: &str, unit: Changes) {
    let refused = refused(store, unit);
    let Refused::Broken { invariant: found } = refused else {
        panic!("refused, but as {refused:?}");
    };
    assert!(found.starts_with(invariant), "{found}");
}

pub(crate) fn wallet(store: &MemoryStore, of: u8) -> Wallet {
    now(store.wallet(member(of))).unwrap().unwrap()
}

pub(crate) fn transfers(store: &MemoryStore) -> Vec<TransferRow> {
    now(store.transfers(0, usize::MAX)).unwrap()
}

/// Everything that a unit could have written and that the ports show.
fn trace(store: &MemoryStore) -> impl PartialEq + std::fmt::Debug + use<> {
    picture(store)
}

/// All that the ports show. Two equal pictures: the same store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    orders: Vec<Aggregate>,
    found: Vec<[Option<OrderId>; 3]>,
    carriers: Vec<Vec<OrderId>>,
    under_way: BTreeSet<OrderId>,
    logs: Vec<Vec<LogRow>>,
    transfers: Vec<TransferRow>,
    wallets: Vec<Wallet>,
    mutations: Vec<Vec<TransferRow>>,
    lists: Vec<Vec<Order>>,
    due: Vec<Due>,
    depth: Depth,
    cases: Vec<Case>,
    funds: Vec<SupplierFunds>,
    quotas: Vec<(QuotaKey, QuotaUse)>,
    inbox: Vec<InboxRow>,
    members: Vec<Arc<Member>>,
    keys: Vec<String>,
    endpoints: Vec<Option<EndpointRow>>,
    to_tell: Vec<OutboxRow>,
    parked: Vec<Vec<OutboxRow>>,
    catalog: (u64, CatalogData),
}

pub(crate) fn picture(store: &MemoryStore) -> Picture {
    let everything = Page::first(Page::MAX);
    let orders: Vec<_> = (0..64)
        .filter_map(|n| now(store.orders(&[order_id(n)])).unwrap().pop().flatten())
        .collect();
    let subjects = orders.iter().map(|agg| agg.order.id.into());
    let logs = subjects.chain((0..64).map(subject));
    let found = orders.iter().map(|agg| {
        let last = agg.attempts.last();
        let ours = last.map(|last| now(store.by_supplier_ref(last.supplier, &last.supplier_ref)));
        let theirs = last.and_then(|last| {
            Some(now(
                store.by_their_ref(last.supplier, last.their_ref.as_ref()?)
            ))
        });
        let by_ref = Some(now(store.by_ref(agg.order.member, &agg.order.ref_id)));
        [ours, theirs, by_ref].map(|agg| agg.and_then(Result::unwrap).map(|agg| agg.order.id))
    });
    let members = now(store.members()).unwrap();
    let of_members = || members.iter().map(|member| member.id);
    let snapshot = now(store.snapshot()).unwrap();
    let goods = &draft(0, 1, 1).destination;
    let keys = (0..8).filter_map(|n| now(store.key(&key_id(n))).unwrap());
    let attempts = orders.iter().flat_map(|agg| &agg.attempts);
    let serials = attempts.filter_map(|attempt| Some((attempt.supplier, attempt.sn.clone()?)));
    let serials: BTreeSet<_> = serials.collect();
    let serials: Vec<_> = serials.into_iter().collect();
    let under_way = now(store.in_flight_for(ProductId(0), goods, 64)).unwrap();
    Picture {
        found: found.collect(),
        carriers: now(store.by_sn(&serials, NOW, 64)).unwrap(),
        under_way: under_way.into_iter().collect(),
        logs: logs
            .map(|subject| now(store.log(subject)).unwrap())
            .collect(),
        transfers: transfers(store),
        wallets: now(store.wallets()).unwrap(),
        mutations: of_members()
            .map(|id| now(store.mutations(id, &everything)).unwrap())
            .collect(),
        lists: of_members()
            .map(|id| now(store.orders_of(id, &OrderFilter::default(), &everything)).unwrap())
            .collect(),
        due: now(store.due(MUCH_LATER, usize::MAX)).unwrap(),
        depth: now(store.depth()).unwrap(),
        cases: now(store.open_cases(&everything)).unwrap(),
        funds: now(store.supplier_funds()).unwrap(),
        quotas: now(store.quotas_used(NOW.business_day())).unwrap(),
        inbox: (0..64)
            .filter_map(|n| now(store.inbox(inbox_id(n))).unwrap())
            .collect(),
        keys: keys
            .map(|(key, _)| format!("{key:?} {}", key.secret.expose_secret()))
            .collect(),
        endpoints: of_members()
            .map(|id| now(store.endpoint(id)).unwrap())
            .collect(),
        to_tell: now(store.due_outbox(MUCH_LATER, &BTreeSet::new(), 64, 1_000)).unwrap(),
        parked: of_members()
            .map(|id| now(store.parked(id, &everything)).unwrap())
            .collect(),
        catalog: (snapshot.version(), snapshot.data()),
        members,
        orders,
    }
}

const MUCH_LATER: Timestamp = Timestamp::from_millis(1_900_000_000_000);

pub(crate) fn inbox_id(n: u64) -> InboxId {
    InboxId(Uuid::from_u128(0xD000_0000 + u128::from(n)))
}

pub(crate) fn key_id(n: u64) -> KeyId {
    KeyId::new(&format!("ek_test_{n}")).unwrap()
}

/// An endpoint whose secrets change over, or of an old panel.
pub(crate) fn endpoint(n: u64, of: u8) -> Endpoint {
    let secret = |which: u64| {
        let mut bytes = *b"0123456789abcdef0123456789abcdef";
        bytes[..8].copy_from_slice(&(n + which).to_be_bytes());
        HookSecret::mint(&bytes).unwrap()
    };
    let format = match n % 4 {
        0 => Format::LegacyGet(Report::default()),
        3 => Format::LegacyPost(Report::digiflazz()),
        1 => Format::Standard(Signing::with(secret(0))),
        _ => Format::Standard(Signing::with(secret(0)).rotated(secret(64))),
    };
    Endpoint {
        member: member(of),
        url: EndpointUrl::new(&format!("https://shop-{n}.example/hook")).unwrap(),
        format,
    }
}

/// A callback that waits.
pub(crate) fn callback(n: u64) -> InboxRow {
    InboxRow {
        id: inbox_id(n),
        supplier: SUPPLIER,
        received_at: NOW,
        signed: true,
        sightings: Some(vec![Sighting::new(Claim::Pending, Reason::None)]),
        request: RawRequest {
            method: "POST".to_owned(),
            path: "/callback".to_owned(),
            headers: [("x-sample".to_owned(), vec!["1".to_owned()])].into(),
            body: Bytes::from(format!("callback {n}")),
            source: Some(std::net::IpAddr::from([127, 0, 0, 1])),
        },
        tries: 0,
        state: InboxState::Waiting,
    }
}

/// An active key of the member.
pub(crate) fn key(n: u64, of: u8) -> ApiKey {
    ApiKey {
        id: key_id(n),
        holder: KeyHolder::Member(member(of)),
        secret: SecretString::from(format!("sample-secret-of-key-{n}-{of}")),
        scopes: Scopes::of(&[Scope::TrxRead]),
        networks: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        state: KeyState::Active,
    }
}
