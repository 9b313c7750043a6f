//! The world of one test: a store, suppliers, members with money, and the engine that runs between them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eraflazz_core::catalog::{
    Buyers, CatalogChange, Category, DestinationRule, Goods, Mapping, Price, PriceRule, Product,
    Snapshot, SupplierInfo, Tier, TierId,
};
use eraflazz_core::commit::{Case, CaseKind};
use eraflazz_core::engine::{
    CallbackError, CallbackTaken, Engine, FloatMove, GatewayRules, InquireError, Inquired,
    MoneyMove, NewDeposit, NewInquiry, NewOrder, Settings, SubmitError, SupplierRules,
};
use eraflazz_core::ids::{
    BankId, CategoryId, Epoch, GatewayId, MappingId, MemberId, ProductId, SupplierId,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{Member, MemberKind};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, Order};
use eraflazz_core::payment::{Customer, Method, Payment, PaymentState};
use eraflazz_core::ports::{Catalog, Clock, Duty, Ledger, Members, Page, Queue, Store};
use eraflazz_core::supplier::Profile;
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Format, HookSecret, Signing};
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::disk::Disk;
use crate::life::Life;
use crate::lifeline::{Lifeline, Post, Wire};
use crate::pace::Counter;
use crate::profiles::resubmit;
use crate::receivers::Receivers;
use crate::record::{Elsewhere, Record};
use crate::recount::recount;
use crate::statement::{Statement, account};
use crate::supplier::{Fake, Say, Script};
use crate::till::{Till, TillWire};
use crate::time::{SeededDice, VirtualClock};

/// So many minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// So many seconds.
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// So many rupiah.
pub fn rp(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

/// What a world is made of. Product `P10` is sold at Rp 10 500; the suppliers `a`, `b`, `c`, … deliver it at Rp 9 800, 9 900, 10 000, …
pub struct Setup {
    suppliers: Vec<(Profile, Script)>,
    rules: Vec<(char, SupplierRules)>,
    settings: Settings,
    deposit: i64,
    float: i64,
    epoch: Timestamp,
    bell: fn() -> Arc<dyn Queue>,
    disk: Option<Disk>,
    database: Option<Arc<dyn Elsewhere>>,
    sn_required: bool,
    among_others: bool,
    pace: Option<Arc<Counter>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            suppliers: Vec::new(),
            rules: Vec::new(),
            settings: Settings::default(),
            deposit: 100_000_000,
            float: 100_000_000,
            epoch: VirtualClock::MORNING,
            bell: || Arc::new(LocalQueue::new()),
            disk: None,
            database: None,
            sn_required: false,
            among_others: false,
            pace: None,
        }
    }
}

/// Whoever is always on duty.
#[derive(Debug)]
struct OnDuty;

impl Duty for OnDuty {
    fn is_ours(&self) -> bool {
        true
    }
}

impl Setup {
    /// Another supplier, dearer than the ones before, with its usual script.
    #[must_use]
    pub fn supplier(mut self, profile: Profile, usually: Script) -> Self {
        self.suppliers.push((profile, usually));
        self
    }

    /// The house's own rules about a supplier.
    #[must_use]
    pub fn rules(mut self, supplier: char, rules: SupplierRules) -> Self {
        self.rules.push((supplier, rules));
        self
    }

    /// Changes the engine's settings.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// What each member has at the start, in rupiah; nothing for 0.
    #[must_use]
    pub const fn deposit(mut self, rupiah: i64) -> Self {
        self.deposit = rupiah;
        self
    }

    /// What each supplier has of ours at the start, in rupiah.
    #[must_use]
    pub const fn float(mut self, rupiah: i64) -> Self {
        self.float = rupiah;
        self
    }

    /// When the world begins.
    #[must_use]
    pub const fn at(mut self, epoch: Timestamp) -> Self {
        self.epoch = epoch;
        self
    }

    /// Another bell.
    #[must_use]
    pub const fn bell(mut self, bell: fn() -> Arc<dyn Queue>) -> Self {
        self.bell = bell;
        self
    }

    /// The store is on a disk, and a process that begins reads it from there.
    #[must_use]
    pub fn on_disk(mut self) -> Self {
        self.disk = Some(Disk::default());
        self
    }

    /// The store is in this database, which is emptied first. Each process reaches it by a line of its own, which ends when the process does.
    #[must_use]
    pub fn in_database(mut self, database: Arc<dyn Elsewhere>) -> Self {
        self.database = Some(database);
        self
    }

    /// Other processes work on the same store; this one is on duty.
    #[must_use]
    pub const fn among_others(mut self) -> Self {
        self.among_others = true;
        self
    }

    /// All processes count their calls to suppliers here.
    #[must_use]
    pub fn paced_by(mut self, counter: &Arc<Counter>) -> Self {
        self.pace = Some(Arc::clone(counter));
        self
    }

    /// The product carries a serial number, or none.
    #[must_use]
    pub const fn with_sn(mut self, required: bool) -> Self {
        self.sn_required = required;
        self
    }

    /// The world, with its engine built and not yet running.
    pub async fn build(mut self) -> World {
        if self.suppliers.is_empty() {
            self = self.supplier(resubmit(), Script::delivers());
        }
        let home = match (self.database, self.disk) {
            (Some(database), _) => {
                database.is_emptied();
                Home::Database(database)
            }
            (None, Some(disk)) => Home::Disk(Arc::new(disk.open()), disk),
            (None, None) => Home::Memory(Arc::new(MemoryStore::new())),
        };
        let store = home.seen_by_all();
        let catalog = catalog(self.suppliers.len(), self.sn_required);
        store.change(catalog).await.unwrap();
        let payers = (0_u16..).zip(&self.suppliers);
        let payers = payers.filter(|(_, (profile, _))| profile.bills.is_some());
        let payers: Vec<u16> = payers.map(|(n, _)| n).collect();
        if !payers.is_empty() {
            let bill = bill(self.suppliers.len(), &payers);
            store.change(bill).await.unwrap();
        }
        let clock = Arc::new(VirtualClock::starting(self.epoch));
        let mut suppliers = Vec::new();
        for (id, (profile, usually)) in (0_u16..).zip(self.suppliers) {
            let (id, price) = (SupplierId(id), cost(id));
            let fake = Fake::new(id, profile, usually, price, Arc::clone(&store));
            suppliers.push(Arc::new(fake));
        }
        let shop = MemberId::mint(clock.now(), &[1; 10]);
        let h2h = MemberId::mint(clock.now(), &[2; 10]);
        for (id, code, kind) in [
            (shop, "budi", MemberKind::Shop),
            (h2h, "server", MemberKind::H2h),
        ] {
            let member = Member::new(id, code.parse().unwrap(), TierId(0), kind);
            store.put_member(member, None).await.unwrap();
        }
        let dice = Arc::new(SeededDice::new(20_260_101));
        let parts = Parts {
            store,
            clock,
            suppliers,
            receivers: Arc::default(),
            till: Arc::default(),
            statement: Arc::default(),
            dice,
            settings: self.settings,
            rules: self.rules,
            bell: self.bell,
            home,
            among_others: self.among_others,
            pace: self.pace,
        };
        let (engine, life) = parts.engine();
        let shutdown = CancellationToken::new();
        let lives = Mutex::new(vec![Arc::clone(&life)]);
        let world = World {
            parts,
            engine,
            life,
            shutdown,
            running: None,
            lives,
            shop,
            h2h,
        };
        for fake in &world.parts.suppliers {
            world.float(fake.id, self.float).await;
        }
        if self.deposit > 0 {
            world.deposit(shop, "opening shop", self.deposit).await;
            world.deposit(h2h, "opening h2h", self.deposit).await;
        }
        world
    }

    /// The world, running.
    pub async fn start(self) -> World {
        let mut world = self.build().await;
        world.run();
        world
    }
}

/// What outlives a process.
struct Parts {
    /// As it is seen by whoever never dies.
    store: Arc<Lifeline>,
    clock: Arc<VirtualClock>,
    suppliers: Vec<Arc<Fake>>,
    receivers: Arc<Receivers>,
    till: Arc<Till>,
    statement: Arc<Statement>,
    dice: Arc<SeededDice>,
    settings: Settings,
    rules: Vec<(char, SupplierRules)>,
    bell: fn() -> Arc<dyn Queue>,
    home: Home,
    among_others: bool,
    pace: Option<Arc<Counter>>,
}

/// What the record is on.
enum Home {
    Memory(Arc<MemoryStore>),
    Disk(Arc<MemoryStore>, Disk),
    Database(Arc<dyn Elsewhere>),
}

impl Home {
    fn seen_by_all(&self) -> Arc<Lifeline> {
        let record = match self {
            Self::Memory(store) | Self::Disk(store, _) => {
                Record::here(Arc::<MemoryStore>::clone(store))
            }
            Self::Database(database) => Record::of(&**database),
        };
        Arc::new(Lifeline::new(record, Arc::default()))
    }

    /// As a process sees it that begins now.
    fn seen_by_one(&self) -> (Lifeline, Arc<Life>) {
        let (record, life) = match self {
            Self::Memory(store) | Self::Disk(store, _) => (
                Record::here(Arc::<MemoryStore>::clone(store)),
                Life::default(),
            ),
            Self::Database(database) => {
                let (record, line) = Record::by_line(&**database);
                (record, Life::over_line(line))
            }
        };
        let life = Arc::new(life);
        (Lifeline::new(record, Arc::clone(&life)), life)
    }
}

impl Parts {
    /// The store as the process before left it on its disk, if there is one.
    fn read_again(&mut self) {
        let Home::Disk(_, disk) = &self.home else {
            return;
        };
        self.opens(disk.as_left());
    }

    fn opens(&mut self, disk: Disk) {
        self.home = Home::Disk(Arc::new(disk.open()), disk);
        self.store = self.home.seen_by_all();
        for fake in &self.suppliers {
            fake.looks_at(&self.store);
        }
    }

    fn engine(&self) -> (Engine, Arc<Life>) {
        let (line, life) = self.home.seen_by_one();
        let clock = Arc::<VirtualClock>::clone(&self.clock);
        let mut builder = Engine::builder(Arc::new(line), (self.bell)(), clock)
            .dice(Arc::<SeededDice>::clone(&self.dice))
            .settings(self.settings.clone())
            .notifier(Arc::new(Post {
                receivers: Arc::clone(&self.receivers),
                life: Arc::clone(&life),
            }))
            .supplier_io(tokio::runtime::Handle::current());
        for (fake, name) in self.suppliers.iter().zip('a'..) {
            let wire = Wire {
                supplier: Arc::clone(fake),
                life: Arc::clone(&life),
            };
            builder = builder.supplier(name, Arc::new(wire));
        }
        let till = TillWire {
            till: Arc::clone(&self.till),
            life: Arc::clone(&life),
        };
        let limits = GatewayRules {
            id: GatewayId(1),
            min: rp(10_000),
            max: rp(10_000_000),
            expires_in: minutes(60),
            notify_url: None,
        };
        let banks = GatewayRules {
            id: GatewayId(2),
            ..limits.clone()
        };
        builder = builder.gateway("till", limits, Arc::new(till));
        let feed = Arc::<Statement>::clone(&self.statement);
        builder = builder.bank("bca", banks, &account(), feed);
        for (supplier, rules) in &self.rules {
            builder = builder.rules(*supplier, *rules);
        }
        if self.among_others {
            builder = builder.duty(Arc::new(OnDuty));
        }
        if let Some(counter) = &self.pace {
            builder = builder.pace(Arc::<Counter>::clone(counter));
        }
        (builder.build().unwrap(), life)
    }
}

/// A world.
pub struct World {
    parts: Parts,
    /// The engine of the process that lives now.
    pub engine: Engine,
    /// That process's life.
    pub life: Arc<Life>,
    /// Stops it.
    pub shutdown: CancellationToken,
    running: Option<JoinHandle<()>>,
    lives: Mutex<Vec<Arc<Life>>>,
    /// A member of kind shop.
    pub shop: MemberId,
    /// A member of kind H2H.
    pub h2h: MemberId,
}

impl World {
    /// The store, past every lifeline.
    pub fn store(&self) -> &Arc<Lifeline> {
        &self.parts.store
    }

    /// The catalog as it is now, whichever process changed it.
    pub async fn catalog(&self) -> Arc<Snapshot> {
        // A store learns of the changes of others when it is told, and at once when it changes something itself, be it nothing.
        self.store().change(Vec::new()).await.unwrap()
    }

    /// The n-th supplier.
    pub fn supplier(&self, n: usize) -> &Arc<Fake> {
        &self.parts.suppliers[n]
    }

    /// The gateway `till`.
    pub fn till(&self) -> &Arc<Till> {
        &self.parts.till
    }

    /// What the bank account `bca` is read as.
    pub fn statement(&self) -> &Arc<Statement> {
        &self.parts.statement
    }

    /// A deposit of `member` by QRIS.
    pub fn paying_in(&self, member: MemberId, ref_id: &str, rupiah: i64) -> NewDeposit {
        NewDeposit {
            member,
            ref_id: ref_id.parse().unwrap(),
            gateway: "till".to_owned(),
            method: Method::Qris,
            amount: rp(rupiah),
            customer: Customer {
                name: "Budi".to_owned(),
                email: "budi@example.com".to_owned(),
                phone: "081234567890".to_owned(),
            },
        }
    }

    /// The H2H member asks for a deposit.
    pub async fn pay_in(&self, ref_id: &str, rupiah: i64) -> Payment {
        let new = self.paying_in(self.h2h, ref_id, rupiah);
        self.engine.open_deposit(new).await.unwrap()
    }

    /// The deposit as it is now.
    pub async fn deposit_now(&self, deposit: &Payment) -> Payment {
        self.store().payment(deposit.id).await.unwrap().unwrap()
    }

    /// The till tells that the deposit is in this state, for the `n`-th time.
    pub async fn told(
        &self,
        deposit: &Payment,
        state: PaymentState,
        n: u32,
    ) -> Result<CallbackTaken, CallbackError> {
        let notice = self.till().notice(deposit.code, state, n);
        self.engine.payment_callback("till", notice).await
    }

    /// Members' endpoints.
    pub fn receivers(&self) -> &Arc<Receivers> {
        &self.parts.receivers
    }

    /// The member has an endpoint from now on, at `https://<name>.example/hook`.
    pub async fn listens(&self, member: MemberId, name: &str) {
        let url = EndpointUrl::new(&format!("https://{name}.example/hook")).unwrap();
        let secret = HookSecret::mint(b"0123456789abcdef0123456789abcdef").unwrap();
        let endpoint = Endpoint {
            member,
            url,
            format: Format::Standard(Signing::with(secret)),
        };
        let by = "owner".parse().unwrap();
        let over = self.store().endpoint(member).await.unwrap();
        let over = over.map(|row| row.endpoint);
        let set = self.engine.set_endpoint(endpoint, over, &by).await;
        set.unwrap();
    }

    /// The clock of the host.
    pub fn clock(&self) -> &VirtualClock {
        &self.parts.clock
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Runs the engine.
    pub fn run(&mut self) {
        let (engine, shutdown) = (self.engine.clone(), self.shutdown.clone());
        self.running = Some(tokio::spawn(
            async move { engine.run(shutdown).await.unwrap() },
        ));
    }

    /// Stops the engine and waits until it has drained.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        self.running.take().unwrap().await.unwrap();
    }

    /// A new process on the same store, which runs. Whether the one before was stopped, died or still lives is the test's business, but on a disk
    /// it is the end of what the one before can write.
    pub fn restart(&mut self) {
        self.parts.read_again();
        let (engine, life) = self.parts.engine();
        self.lives.lock().unwrap().push(Arc::clone(&life));
        (self.engine, self.life) = (engine, life);
        self.shutdown = CancellationToken::new();
        self.run();
    }

    /// What is on the disk now, kept elsewhere: a backup.
    pub fn back_up(&self) -> Disk {
        let Home::Disk(_, disk) = &self.parts.home else {
            panic!("there is no disk to back up")
        };
        disk.as_left()
    }

    /// The process ends, yesterday's backup takes the place of the record, and a new process begins on it, in this epoch (INV-31).
    pub fn restore(&mut self, backup: Disk, epoch: Epoch) {
        self.life.end();
        self.parts.opens(backup);
        self.parts.settings.epoch = epoch;
        self.restart();
    }

    /// A second process beside the first, which runs until the test ends.
    pub fn rival(&self) -> Engine {
        let (engine, life) = self.parts.engine();
        self.lives.lock().unwrap().push(life);
        let rival = engine.clone();
        tokio::spawn(async move { rival.run(CancellationToken::new()).await.unwrap() });
        engine
    }

    /// Another process over the same store that takes orders and has not begun to work.
    pub fn newcomer(&self) -> Engine {
        let (engine, life) = self.parts.engine();
        self.lives.lock().unwrap().push(life);
        engine
    }

    /// An order of the H2H member for `P10`.
    pub fn wish(&self, ref_id: &str, destination: &str) -> NewOrder {
        self.wish_of(self.h2h, ref_id, destination)
    }

    /// An order of `member` for `P10`.
    pub fn wish_of(&self, member: MemberId, ref_id: &str, destination: &str) -> NewOrder {
        NewOrder::prepaid(
            member,
            ref_id.parse().unwrap(),
            "P10".parse().unwrap(),
            destination,
        )
    }

    /// The H2H member asks what a customer of `BILL` owes.
    pub async fn ask(&self, ref_id: &str, number: &str) -> Result<Inquiry, InquireError> {
        let new = NewInquiry {
            member: self.h2h,
            ref_id: ref_id.parse().unwrap(),
            product: "BILL".parse().unwrap(),
            destination: number.to_owned(),
        };
        match self.engine.inquire(new).await? {
            Inquired::Bill(inquiry) => Ok(*inquiry),
            Inquired::Customer { .. } => panic!("a bill was asked for"),
        }
    }

    /// An order of `member` that pays this bill.
    pub fn pays(&self, member: MemberId, ref_id: &str, inquiry: &Inquiry) -> NewOrder {
        let number = inquiry.destination.as_str();
        let product = "BILL".parse().unwrap();
        NewOrder::prepaid(member, ref_id.parse().unwrap(), product, number).inquiry(inquiry.id)
    }

    /// Submits an order of the H2H member.
    pub async fn submit(&self, ref_id: &str) -> Order {
        let wish = self.wish(ref_id, "081234567890");
        self.engine.submit(wish).await.unwrap().order
    }

    /// Submits an order.
    pub async fn try_submit(&self, wish: NewOrder) -> Result<Order, SubmitError> {
        self.engine.submit(wish).await.map(|taken| taken.order)
    }

    /// The order as it is now, with its attempts.
    pub async fn look(&self, order: &Order) -> Aggregate {
        self.store()
            .orders(&[order.id])
            .await
            .unwrap()
            .pop()
            .flatten()
            .unwrap()
    }

    /// Lets time pass.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Lets time pass until nothing is due any more, for at most three days.
    pub async fn settle(&self) {
        let end = self.now().plus(Duration::from_hours(72));
        while !self
            .store()
            .due(end.plus(Duration::from_hours(24 * 365)), 1)
            .await
            .unwrap()
            .is_empty()
        {
            assert!(self.now() < end, "something is still due after three days");
            self.pass(secs(1)).await;
        }
    }

    /// Money from a bank to a member.
    pub async fn deposit(&self, member: MemberId, reference: &str, rupiah: i64) {
        let money = movement(reference, rupiah);
        self.engine.deposit(member, BankId(0), money).await.unwrap();
    }

    /// Money from a bank to a supplier.
    pub async fn float(&self, supplier: SupplierId, rupiah: i64) {
        let money = movement(&format!("float {supplier} {}", self.now()), rupiah);
        self.engine
            .float(supplier, FloatMove::Bought(BankId(0)), money)
            .await
            .unwrap();
    }

    /// The wallet of a member.
    pub async fn wallet(&self, member: MemberId) -> Wallet {
        self.store().wallet(member).await.unwrap().unwrap()
    }

    /// Cases that are open.
    pub async fn cases(&self) -> Vec<Case> {
        self.store()
            .open_cases(&Page::first(Page::MAX))
            .await
            .unwrap()
    }

    /// Kinds of the cases that are open.
    pub async fn case_kinds(&self) -> Vec<CaseKind> {
        self.cases()
            .await
            .iter()
            .map(|case| case.key.kind)
            .collect()
    }

    /// The n-th supplier calls back about the given attempt of the order.
    pub async fn call_back(&self, order: &Order, attempt: usize, say: Say) {
        let agg = self.look(order).await;
        let attempt = &agg.attempts[attempt];
        let supplier = self.supplier(attempt.supplier.index());
        let request = supplier.callback(&attempt.supplier_ref, say);
        let name = char::from(b'a' + u8::try_from(attempt.supplier.0).unwrap());
        self.engine
            .supplier_callback(&name.to_string(), request)
            .await
            .unwrap();
    }

    /// The recount at the end of every test.
    pub async fn audit(&self) {
        recount(&**self.store(), &self.parts.suppliers).await;
        for life in self.lives.lock().unwrap().iter() {
            assert!(life.unlogged().is_empty(), "INV-20: {:#?}", life.unlogged());
        }
    }
}

/// A movement of money of this reference.
fn movement(reference: &str, rupiah: i64) -> MoneyMove {
    MoneyMove {
        source: "bank".into(),
        reference: reference.into(),
        amount: rp(rupiah),
        by: "owner".parse().unwrap(),
    }
}

fn cost(supplier: u16) -> Money {
    rp(9_800 + 100 * i64::from(supplier))
}

/// The bill `BILL`, paid by these suppliers, whose routes come after those of `P10`.
fn bill(suppliers: usize, payers: &[u16]) -> Vec<CatalogChange> {
    let product = ProductId(1);
    let code = "BILL".parse().unwrap();
    let rule = DestinationRule::Digits { min: 6, max: 20 };
    let goods = Product::postpaid(product, code, CategoryId(0), rule);
    let mut changes = vec![CatalogChange::PutProduct(goods)];
    let first = u32::try_from(suppliers).unwrap();
    for (id, supplier) in (first..).zip(payers) {
        let sku = "bill".parse().unwrap();
        let supplier = SupplierId(*supplier);
        let mapping = Mapping::new(MappingId(id), product, supplier, sku, Money::ZERO);
        changes.push(CatalogChange::PutMapping(mapping));
    }
    changes
}

fn catalog(suppliers: usize, sn_required: bool) -> Vec<CatalogChange> {
    let (category, tier, product) = (CategoryId(0), TierId(0), ProductId(0));
    let slug = |text: &str| text.parse().unwrap();
    let mut changes = vec![
        CatalogChange::PutTier(Tier {
            id: tier,
            slug: slug("retail"),
            name: "Retail".into(),
        }),
        CatalogChange::PutCategory(Category {
            id: category,
            slug: slug("pulsa"),
            name: "Pulsa".into(),
            active: true,
        }),
        CatalogChange::PutProduct(Product {
            sn_required,
            ..Product::prepaid(
                product,
                "P10".parse().unwrap(),
                category,
                DestinationRule::any_phone(),
                rp(10_000),
            )
        }),
        CatalogChange::PutPrice(PriceRule {
            buyers: Buyers::Tier(tier),
            goods: Goods::Category(category),
            price: Price::Flat(rp(500)),
        }),
    ];
    for (n, name) in (0_u16..).zip('a'..).take(suppliers) {
        changes.push(CatalogChange::PutSupplier(SupplierInfo {
            name: name.to_string(),
            ..SupplierInfo::new(SupplierId(n), slug(&name.to_string()))
        }));
        let sku = format!("{name}10").parse().unwrap();
        let mapping = Mapping::new(
            MappingId(u32::from(n)),
            product,
            SupplierId(n),
            sku,
            cost(n),
        );
        changes.push(CatalogChange::PutMapping(mapping));
    }
    changes
}
