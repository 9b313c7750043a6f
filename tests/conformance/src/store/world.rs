//! The small world in which the cases play: a catalog, members with money, and orders made of plain values.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eraflazz_core::catalog::{
    CatalogChange, Category, Destination, DestinationRule, Product, QuotaKey, QuotaUse,
    SupplierInfo, Tier, TierId,
};
use eraflazz_core::commit::{Case, Changes, Done, OrderWrite, Refused, Verdict};
use eraflazz_core::ids::{
    AttemptNo, BankId, CategoryId, InboxId, MappingId, MemberId, OrderId, ProductId, SubjectId,
    SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{EffectKey, TransferRow, Wallet, rules};
use eraflazz_core::member::{LateSuccess, Member, MemberKind};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Counted, Entry, Fingerprint, Guard, LogRow, Order,
    OrderState, Payer, Returned, Said,
};
use eraflazz_core::ports::{Depth, Due, InboxRow, InboxState, OutboxDepth, Page, SupplierFunds};
use eraflazz_core::pricing::Quote;
use eraflazz_core::supplier::{RawRequest, Reason};
use eraflazz_core::text::{Sku, Target};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Endpoint, EndpointRow, EndpointUrl, Format, HookSecret, Signing};

use super::Books;

/// When everything happens, unless a case says otherwise.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// Later than anything is due.
pub(super) const MUCH_LATER: Timestamp = Timestamp::from_millis(1_900_000_000_000);
pub(super) const SUPPLIER: SupplierId = SupplierId(0);
pub(super) const BANK: BankId = BankId(0);
const EVERYTHING: Page = Page {
    limit: Page::MAX,
    skip: 0,
};

pub(super) fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

/// A store with a catalog, and the ids that were minted in it.
pub(super) struct World {
    pub(super) store: Arc<dyn Books>,
    minted: AtomicU64,
    seen: Mutex<Seen>,
}

/// Everything that a picture must look at, whether or not it was accepted.
#[derive(Clone, Default)]
struct Seen {
    orders: Vec<Order>,
    subjects: Vec<SubjectId>,
    inbox: Vec<InboxId>,
    members: Vec<MemberId>,
}

/// All that can be read of a store. Two equal pictures: nothing happened between them.
#[derive(Debug, PartialEq)]
pub(super) struct Picture {
    transfers: Vec<TransferRow>,
    wallets: Vec<Wallet>,
    mutations: Vec<Vec<TransferRow>>,
    orders: Vec<Option<Aggregate>>,
    by_ref: Vec<Option<Aggregate>>,
    lists: Vec<Vec<Order>>,
    in_flight: Vec<Vec<OrderId>>,
    logs: Vec<Vec<LogRow>>,
    cases: Vec<Case>,
    due: Vec<Due>,
    depth: Depth,
    funds: Vec<SupplierFunds>,
    quotas: Vec<(QuotaKey, QuotaUse)>,
    inbox: Vec<Option<InboxRow>>,
    outbox: Vec<(OutboxDepth, Option<EndpointRow>)>,
    members: Vec<Arc<Member>>,
    catalog_version: u64,
}

impl World {
    /// The store with one tier, one category, two suppliers and two products.
    pub(super) async fn open(store: Arc<dyn Books>) -> Self {
        store.change(shelves()).await.unwrap();
        Self {
            store,
            minted: AtomicU64::new(1),
            seen: Mutex::default(),
        }
    }

    /// The same, and a member with this much to spend.
    pub(super) async fn with_member(store: Arc<dyn Books>, balance: i64) -> (Self, MemberId) {
        let world = Self::open(store).await;
        let member = world.member("budi", balance, 0).await;
        (world, member)
    }

    /// A member with this balance and credit limit, both in rupiah.
    pub(super) async fn member(&self, code: &str, balance: i64, credit: i64) -> MemberId {
        let member = Member {
            credit_limit: rupiah(credit),
            ..self.stranger(code)
        };
        let id = member.id;
        self.store.put_member(member, None).await.unwrap();
        self.seen.lock().unwrap().members.push(id);
        if balance > 0 {
            let unit = self.money(|subject| rules::deposit(subject, id, BANK, rupiah(balance)));
            self.done(unit).await;
        }
        id
    }

    /// A member that the store does not know yet.
    pub(super) fn stranger(&self, code: &str) -> Member {
        let id = MemberId::mint(NOW, &self.dice());
        Member::new(id, code.parse().unwrap(), TierId(0), MemberKind::H2h)
    }

    /// A unit that moves money of no order.
    pub(super) fn money(
        &self,
        transfers: impl FnOnce(SubjectId) -> Vec<eraflazz_core::ledger::Transfer>,
    ) -> Changes {
        Changes {
            transfers: transfers(self.subject()),
            ..Changes::at(NOW)
        }
    }

    pub(super) fn subject(&self) -> SubjectId {
        let subject = SubjectId::mint(NOW, &self.dice());
        self.seen.lock().unwrap().subjects.push(subject);
        subject
    }

    /// An order for `sell` rupiah that nobody has seen yet, of another reference and destination than any before.
    pub(super) fn order(&self, member: MemberId, sell: i64) -> Order {
        let dice = self.dice();
        let number = self.minted.load(Ordering::Relaxed);
        let order = Order {
            bill: None,
            id: OrderId::mint(NOW, &dice),
            version: 1,
            revision: 1,
            trx_code: TrxCode::mint(NOW, &dice),
            member,
            ref_id: format!("A-{number}").parse().unwrap(),
            fingerprint: Fingerprint([7; 16]),
            product: ProductId(0),
            destination: destination(number),
            guard: None,
            payer: Payer::Wallet(member),
            quote: Quote {
                sell: rupiah(sell),
                base: rupiah(sell),
                cost_cap: rupiah(sell),
                catalog_version: 1,
            },
            state: OrderState::Held,
            review: None,
            sn_required: false,
            late_success: LateSuccess::Reclaim,
            created_at: NOW,
            updated_at: NOW,
            deadline: NOW.plus(Duration::from_hours(1)),
            next_action_at: Some(NOW),
            balance_after: None,
            delivery: None,
            turns: 0,
            refunds: Vec::new(),
        };
        self.seen.lock().unwrap().orders.push(order.clone());
        order
    }

    /// An order that the store has accepted, as it reads.
    pub(super) async fn accepted(&self, member: MemberId, sell: i64) -> Order {
        let order = self.order(member, sell);
        self.done(accept(&order)).await;
        self.read(order.id).await.order
    }

    /// An order on its way through its first attempt, and that attempt.
    pub(super) async fn in_flight(&self, member: MemberId, sell: i64) -> (Order, Attempt) {
        let order = self.accepted(member, sell).await;
        let attempt = self.attempt(&order, 1);
        let order = step(&order, OrderState::InFlight(AttemptNo(1)));
        self.done(unit(&order, [&attempt])).await;
        (order, attempt)
    }

    /// The same at this supplier, which does not know our reference.
    pub(super) async fn in_flight_at(
        &self,
        member: MemberId,
        supplier: SupplierId,
    ) -> (Order, Attempt) {
        let order = self.accepted(member, 1_000).await;
        let attempt = Attempt {
            supplier,
            exclusive: true,
            ..self.attempt(&order, 1)
        };
        let order = step(&order, OrderState::InFlight(AttemptNo(1)));
        self.done(unit(&order, [&attempt])).await;
        (order, attempt)
    }

    /// The same at the usual supplier.
    pub(super) async fn exclusive(&self, member: MemberId) -> (Order, Attempt) {
        self.in_flight_at(member, SUPPLIER).await
    }

    /// An attempt that is being sent, under a reference never used.
    pub(super) fn attempt(&self, order: &Order, no: u16) -> Attempt {
        let number = self.minted.fetch_add(1, Ordering::Relaxed);
        Attempt {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            order: order.id,
            no: AttemptNo(no),
            mapping: MappingId(0),
            supplier: SUPPLIER,
            supplier_ref: SupplierRef::parse(&format!("E{number:018}Z")).unwrap(),
            their_ref: None,
            code: None,
            sku: Sku::new("xld10").unwrap(),
            target: order.destination.render(),
            cap: order.quote.cost_cap,
            expected_cost: rupiah(900),
            state: AttemptState::Sending,
            sends: 1,
            exclusive: false,
            surplus: false,
            first_sent_at: NOW,
            lease_until: NOW.plus(Duration::from_mins(2)),
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

    /// The member's endpoint, at `https://<name>.example/hook`.
    pub(super) async fn listens(&self, member: MemberId, name: &str) -> Endpoint {
        let secret = HookSecret::mint(b"0123456789abcdef0123456789abcdef").unwrap();
        let endpoint = Endpoint {
            member,
            url: EndpointUrl::new(&format!("https://{name}.example/hook")).unwrap(),
            format: Format::Standard(Signing::with(secret)),
        };
        let over = self.store.endpoint(member).await.unwrap();
        let over = over.map(|row| row.endpoint);
        self.store
            .put_endpoint(endpoint.clone(), over)
            .await
            .unwrap();
        endpoint
    }

    /// A callback that the store has not seen.
    pub(super) fn callback(&self) -> InboxRow {
        let id = InboxId::mint(NOW, &self.dice());
        self.seen.lock().unwrap().inbox.push(id);
        InboxRow {
            id,
            supplier: SUPPLIER,
            received_at: NOW,
            signed: true,
            sightings: Some(Vec::new()),
            request: RawRequest {
                method: "POST".to_owned(),
                path: "/callback".to_owned(),
                headers: std::collections::BTreeMap::new(),
                body: bytes::Bytes::from_static(b"{}"),
                source: None,
            },
            tries: 0,
            state: InboxState::Waiting,
        }
    }

    /// Commits what must be accepted.
    pub(super) async fn done(&self, unit: Changes) -> Done {
        match self.verdict(unit).await {
            Verdict::Done(done) => done,
            Verdict::Refused(refused) => panic!("refused: {refused}"),
        }
    }

    /// Commits what must be refused, and looks whether it left a trace.
    pub(super) async fn refused(&self, unit: Changes) -> Refused {
        let before = self.picture().await;
        match self.verdict(unit).await {
            Verdict::Done(_) => panic!("accepted what must be refused"),
            Verdict::Refused(refused) => {
                assert_eq!(before, self.picture().await, "refused, but left a trace");
                refused
            }
        }
    }

    /// Commits what must be refused because it breaks an invariant.
    pub(super) async fn broken(&self, unit: Changes) {
        let refused = self.refused(unit).await;
        assert!(
            matches!(refused, Refused::Broken { .. }),
            "refused otherwise: {refused}"
        );
    }

    pub(super) async fn verdict(&self, unit: Changes) -> Verdict {
        let mut verdicts = self.store.commit(vec![unit]).await.unwrap();
        assert_eq!(verdicts.len(), 1, "one verdict a unit");
        verdicts.remove(0)
    }

    pub(super) async fn read(&self, id: OrderId) -> Aggregate {
        self.store.order(id).await.unwrap().unwrap()
    }

    pub(super) async fn wallet(&self, member: MemberId) -> Wallet {
        self.store.wallet(member).await.unwrap().unwrap()
    }

    /// Reads all there is.
    pub(super) async fn picture(&self) -> Picture {
        let seen = self.seen.lock().unwrap().clone();
        let store = &self.store;
        let ids: Vec<OrderId> = seen.orders.iter().map(|order| order.id).collect();
        let mut picture = Picture {
            transfers: store.transfers(0, usize::MAX).await.unwrap(),
            wallets: store.wallets().await.unwrap(),
            mutations: Vec::new(),
            orders: store.orders(&ids).await.unwrap(),
            by_ref: Vec::new(),
            lists: Vec::new(),
            in_flight: Vec::new(),
            logs: Vec::new(),
            cases: store.open_cases(&EVERYTHING).await.unwrap(),
            due: store.due(MUCH_LATER, 1_000).await.unwrap(),
            depth: store.depth().await.unwrap(),
            funds: store.supplier_funds().await.unwrap(),
            quotas: store.quotas_used(NOW.business_day()).await.unwrap(),
            inbox: Vec::new(),
            outbox: Vec::new(),
            members: store.members().await.unwrap(),
            catalog_version: store.snapshot().await.unwrap().version(),
        };
        let all = eraflazz_core::ports::OrderFilter::default();
        for member in seen.members {
            let mutations = store.mutations(member, &EVERYTHING).await.unwrap();
            picture.mutations.push(mutations);
            let list = store.orders_of(member, &all, &EVERYTHING).await.unwrap();
            picture.lists.push(list);
            let depth = store.outbox_depth(Some(member)).await.unwrap();
            let endpoint = store.endpoint(member).await.unwrap();
            picture.outbox.push((depth, endpoint));
        }
        for order in &seen.orders {
            let found = store.by_ref(order.member, &order.ref_id).await.unwrap();
            picture.by_ref.push(found);
            let flying = store.in_flight_for(order.product, &order.destination, 1_000);
            picture.in_flight.push(flying.await.unwrap());
            picture.logs.push(store.log(order.id.into()).await.unwrap());
        }
        for subject in seen.subjects {
            picture.logs.push(store.log(subject).await.unwrap());
        }
        for id in seen.inbox {
            picture.inbox.push(store.inbox(id).await.unwrap());
        }
        picture
    }

    /// The receipt rows of a journal, as the books have them.
    pub(super) async fn journal(&self, key: EffectKey) -> Vec<TransferRow> {
        let rows = self.store.transfers(0, usize::MAX).await.unwrap();
        rows.into_iter().filter(|row| row.key == key).collect()
    }

    fn dice(&self) -> [u8; 10] {
        let number = self.minted.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        bytes
    }
}

fn shelves() -> Vec<CatalogChange> {
    let supplier = |id, slug: &str| {
        CatalogChange::PutSupplier(SupplierInfo::new(SupplierId(id), slug.parse().unwrap()))
    };
    vec![
        CatalogChange::PutTier(Tier {
            id: TierId(0),
            slug: "retail".parse().unwrap(),
            name: "Retail".to_owned(),
        }),
        CatalogChange::PutCategory(Category {
            id: CategoryId(0),
            slug: "pulsa".parse().unwrap(),
            name: "Pulsa".to_owned(),
            active: true,
        }),
        supplier(0, "one"),
        supplier(1, "two"),
        CatalogChange::PutProduct(product(0, "XL10")),
        CatalogChange::PutProduct(product(1, "XL20")),
    ]
}

pub(super) fn product(id: u32, code: &str) -> Product {
    let terms = Product::prepaid(
        ProductId(id),
        code.parse().unwrap(),
        CategoryId(0),
        DestinationRule::any_phone(),
        rupiah(1_000),
    );
    Product {
        brand: "XL".to_owned(),
        ..terms
    }
}

/// The `number`-th mobile number of the world.
pub(super) fn destination(number: u64) -> Destination {
    Destination::from(Target::new(&format!("+62878{number:08}")).unwrap())
}

/// The guard of a first purchase today.
#[expect(clippy::unnecessary_wraps, reason = "what the order's field takes")]
pub(super) fn guard() -> Option<Guard> {
    Some(Guard {
        day: NOW.business_day(),
        counter: 1,
        live: true,
    })
}

/// Accepts a new order: the row, its hold, its first log row.
pub(super) fn accept(order: &Order) -> Changes {
    let entry = Entry::Accepted { quote: order.quote };
    Changes {
        orders: vec![OrderWrite {
            order: order.clone(),
            replaces: None,
        }],
        log: vec![LogRow::new(order.id.into(), order.version, NOW, entry)],
        transfers: rules::hold(order),
        ..Changes::at(NOW)
    }
}

/// The order one version later.
pub(super) fn step(order: &Order, state: OrderState) -> Order {
    Order {
        version: order.version + 1,
        state,
        ..order.clone()
    }
}

/// The order one version later, its money given back and its guard cleared; with the transfers that do it.
pub(super) fn give_back(order: &Order) -> Changes {
    let order = Order {
        guard: order.guard.clone().map(|guard| Guard {
            live: false,
            ..guard
        }),
        next_action_at: None,
        ..step(order, OrderState::Returned(Returned::Cancelled))
    };
    Changes {
        transfers: rules::release(&order),
        ..unit(&order, [])
    }
}

/// Replaces an order by its next version, with attempts.
pub(super) fn unit<'a>(order: &Order, attempts: impl IntoIterator<Item = &'a Attempt>) -> Changes {
    Changes {
        orders: vec![OrderWrite {
            order: order.clone(),
            replaces: Some(order.version - 1),
        }],
        attempts: attempts.into_iter().cloned().collect(),
        ..Changes::at(NOW)
    }
}

/// The attempt, proven undelivered.
pub(super) fn rejected(attempt: &Attempt) -> Attempt {
    Attempt {
        state: AttemptState::Rejected {
            formed: true,
            reason: Reason::OutOfStock,
            at: NOW,
        },
        ..attempt.clone()
    }
}
