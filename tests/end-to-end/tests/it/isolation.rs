//! An adapter cannot take the engine down (T-24, INV-28): what hangs, blocks its thread, panics, or brings more than an answer can hold is
//! bounded, told, and nobody else's trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use end_to_end::{
    Alerts, FastClock, Gate, Gauges, Say, Script, Setup, World, dedicated, resubmit, rp, secs,
};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{CallbackError, Engine, NewOrder, SystemClock};
use eraflazz_core::ids::{InboxId, SupplierId};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, AttemptState, Order, OrderState};
use eraflazz_core::ports::{Clock, Due, InboxState, Ledger, Page, Store, Supplier};
use eraflazz_core::supplier::{
    Answer, AttemptView, Claim, Exchange, Finding, InquiryError, PriceList, Profile, Purchase,
    Question, RawRequest, ReadError, Reading, Reason, Sighting, Unauthenticated,
};
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::LocalQueue;
use tokio_util::sync::CancellationToken;

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Its calls block their thread until the test is over.
    Blocks,
    /// Its calls never end.
    Hangs,
    /// Its calls panic.
    Panics,
    /// Its answers have a gigabyte.
    Floods,
    /// Its answers say a million things.
    Babbles,
    /// Its reader blocks its thread over [`POISON`] until the test is over.
    StopsReading,
}

/// A body that no reader likes.
const POISON: &[u8] = b"poison";

/// An adapter of which something is wrong; otherwise it delivers.
struct Adapter {
    wrong: Wrong,
    profile: Profile,
    calls: AtomicUsize,
    over: Arc<Gate>,
}

impl Adapter {
    fn new(wrong: Wrong, over: &Arc<Gate>) -> Arc<Self> {
        Arc::new(Self {
            wrong,
            profile: resubmit(),
            calls: AtomicUsize::new(0),
            over: Arc::clone(over),
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    async fn misbehave(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.wrong {
            Wrong::Blocks => self.over.wait(),
            Wrong::Hangs => std::future::pending().await,
            Wrong::Panics => std::panic::panic_any("the adapter fell over"),
            Wrong::Nothing | Wrong::Floods | Wrong::Babbles | Wrong::StopsReading => {}
        }
    }
}

#[async_trait]
impl Supplier for Adapter {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        self.misbehave().await;
        let delivered = Sighting {
            our_ref: Some(purchase.supplier_ref),
            target: Some(purchase.target.clone()),
            price: Some(rp(9_900)),
            ..Sighting::new(Claim::Delivered, Reason::None)
        };
        match self.wrong {
            // Zeros that are never touched cost nothing: only whoever reads them pays.
            Wrong::Floods => Exchange::answered(vec![0; 1 << 30].into(), vec![delivered]),
            Wrong::Babbles => {
                Exchange::answered(Bytes::from_static(b"{}"), vec![delivered; 1_000_000])
            }
            Wrong::Nothing | Wrong::Blocks | Wrong::Hangs | Wrong::Panics | Wrong::StopsReading => {
                Exchange::answered(Bytes::from_static(b"{}"), vec![delivered])
            }
        }
    }

    async fn ask(&self, _: &AttemptView) -> Exchange {
        Exchange::unclear(Bytes::new(), Reason::None)
    }

    async fn inquire(&self, _: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        self.misbehave().await;
        Ok(rp(1_000_000))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Ok(PriceList::default())
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        if self.wrong == Wrong::StopsReading && request.body == POISON {
            self.over.wait();
        }
        let say = Sighting::new(Claim::Unclear, Reason::Other);
        let sightings = match self.wrong {
            Wrong::Panics => std::panic::panic_any("the reader fell over"),
            Wrong::Babbles => vec![say; 1_000_000],
            Wrong::Nothing | Wrong::Blocks | Wrong::Hangs | Wrong::Floods | Wrong::StopsReading => {
                vec![say]
            }
        };
        Ok(Reading {
            sightings,
            answer: Answer::ok(),
        })
    }
}

/// Members, money and a catalog with the suppliers `a`, which is the cheaper one, and `b`.
async fn shop() -> World {
    Setup::default()
        .supplier(resubmit(), Script::delivers())
        .supplier(resubmit(), Script::delivers())
        .build()
        .await
}

/// An engine with these adapters on threads of its own, running until the token is cancelled.
fn on_threads(world: &World, a: &Arc<Adapter>, b: &Arc<Adapter>) -> (Engine, CancellationToken) {
    let clock = FastClock::starting(world.now());
    let store = Arc::clone(world.store());
    let engine = Engine::builder(store, Arc::new(LocalQueue::new()), Arc::new(clock))
        .supplier("a", Arc::<Adapter>::clone(a))
        .supplier("b", Arc::<Adapter>::clone(b))
        .build()
        .unwrap();
    let shutdown = CancellationToken::new();
    tokio::spawn({
        let (engine, shutdown) = (engine.clone(), shutdown.clone());
        async move { engine.run(shutdown).await.unwrap() }
    });
    (engine, shutdown)
}

/// The same on this test's thread and in its time, not running yet.
fn here(world: &World, a: &Arc<Adapter>, b: &Arc<Adapter>) -> Engine {
    let clock = end_to_end::VirtualClock::starting(world.now());
    let store = Arc::clone(world.store());
    Engine::builder(store, Arc::new(LocalQueue::new()), Arc::new(clock))
        .supplier("a", Arc::<Adapter>::clone(a))
        .supplier("b", Arc::<Adapter>::clone(b))
        .supplier_io(tokio::runtime::Handle::current())
        .build()
        .unwrap()
}

/// Runs the engine until the test ends.
fn run(engine: &Engine) {
    let engine = engine.clone();
    tokio::spawn(async move { engine.run(CancellationToken::new()).await.unwrap() });
}

async fn submit(engine: &Engine, world: &World, n: usize) -> Order {
    let wish: NewOrder = world.wish(&format!("A-{n}"), &format!("0812345678{n:02}"));
    engine.submit(wish).await.unwrap().order
}

/// Waits, in real time, until the order is so.
async fn until(world: &World, order: &Order, is_so: impl Fn(&Aggregate) -> bool) -> Aggregate {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let agg = world.look(order).await;
        if is_so(&agg) {
            return agg;
        }
        assert!(Instant::now() < deadline, "not in a minute: {agg:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_an_adapter_that_blocks_its_thread_is_given_up_and_blocks_nobody_else() {
    let over = Arc::new(Gate::default());
    let (a, b) = (
        Adapter::new(Wrong::Blocks, &over),
        Adapter::new(Wrong::Nothing, &over),
    );
    let world = shop().await;
    let gauges = Gauges::default();
    let (engine, shutdown) = gauges.under(|| on_threads(&world, &a, &b));
    let struck = submit(&engine, &world, 0).await;
    until(&world, &struck, |_| a.calls() == 1).await;

    // More than any number of shared threads could bear.
    let mut others = Vec::new();
    for n in 1..9 {
        others.push(submit(&engine, &world, n).await);
    }
    for other in &others {
        let agg = until(&world, other, |agg| {
            agg.order.state == OrderState::Succeeded
        })
        .await;
        let delivered = agg.attempts.last().unwrap();
        assert_eq!(delivered.supplier, SupplierId(1));
        for waited in agg
            .attempts
            .iter()
            .filter(|one| one.supplier == SupplierId(0))
        {
            assert_eq!(waited.state, AttemptState::NotSent, "it never began");
        }
    }
    assert_eq!(a.calls(), 1, "nothing was begun behind the one that blocks");
    let agg = until(&world, &struck, |agg| {
        agg.attempts[0].state == AttemptState::Unknown
    })
    .await;
    assert!(matches!(agg.order.state, OrderState::InFlight(_)), "INV-12");
    assert_eq!(agg.attempts.len(), 1, "INV-10: no other route meanwhile");
    let told = || gauges.value("eraflazz_alerts_total{about=\"adapter\"}") >= 1.0;
    until(&world, &struck, |_| told()).await;
    shutdown.cancel();
    over.open();
}

#[tokio::test(start_paused = true)]
async fn t_24_an_answer_of_a_gigabyte_or_of_a_million_things_proves_nothing_and_is_not_kept() {
    for wrong in [Wrong::Floods, Wrong::Babbles] {
        let (alerts, _listening) = Alerts::listen();
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        run(&engine);
        let order = submit(&engine, &world, 0).await;
        world.pass(secs(5)).await;
        let agg = world.look(&order).await;
        assert_eq!(agg.attempts[0].state, AttemptState::Unknown, "{wrong:?}");
        assert_eq!(b.calls(), 0, "INV-12");
        let log = world.store().log(order.id.into()).await.unwrap();
        assert!(log.iter().all(|row| row.raw.len() <= 256 * 1024));
        assert_eq!(
            alerts.count("an adapter brought more than an answer can hold"),
            1
        );
    }
}

#[tokio::test(start_paused = true)]
async fn inv_28_an_adapter_that_hangs_or_panics_is_told_of() {
    for (wrong, told) in [
        (Wrong::Hangs, "an adapter did not come back in its time"),
        (Wrong::Panics, "an adapter panicked"),
    ] {
        let (alerts, _listening) = Alerts::listen();
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        run(&engine);
        let order = submit(&engine, &world, 0).await;
        world.pass(secs(40)).await;
        let agg = world.look(&order).await;
        assert_eq!(agg.attempts[0].state, AttemptState::Unknown, "{wrong:?}");
        assert_eq!(alerts.count(told), 1, "{}", alerts.text());
        assert_eq!(b.calls(), 0, "INV-12");
    }
}

#[tokio::test(start_paused = true)]
async fn a_balance_that_never_comes_is_given_up() {
    for wrong in [Wrong::Hangs, Wrong::Panics] {
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        run(&engine);
        engine.ready().await;
        let asked = tokio::time::timeout(secs(60), engine.check_balance(SupplierId(0))).await;
        assert_eq!(asked, Ok(None), "{wrong:?}");
        assert_eq!(
            engine.check_balance(SupplierId(1)).await,
            Some(rp(1_000_000))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn inv_28_a_callback_whose_reader_panics_or_says_too_much_is_quarantined_after_three_tries() {
    for wrong in [Wrong::Panics, Wrong::Babbles] {
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        let request = end_to_end::report(&[]);
        let taken = engine
            .supplier_callback("a", request.clone())
            .await
            .unwrap();
        assert_eq!(taken.answer, Answer::ok(), "it is stored");
        let waiting = waiting(&world, world.now()).await;
        run(&engine);
        engine.ready().await;
        let order = submit(&engine, &world, 0).await;
        world.pass(secs(10)).await;
        let row = world.store().inbox(waiting).await.unwrap().unwrap();
        assert_eq!(row.state, InboxState::Quarantined, "{wrong:?}");
        assert_eq!(row.tries, 3);
        let state = world.look(&order).await.order.state;
        assert!(state.is_open(), "quarantine is never failed");
        // It names no order that anybody knows: it stands before a person as its supplier's, once.
        for _more in 0..2 {
            let taken = engine.supplier_callback("a", request.clone()).await;
            taken.unwrap();
            world.pass(secs(10)).await;
        }
        let cases = engine.open_cases(&Page::first(9)).await.unwrap();
        let unread = cases
            .iter()
            .filter(|it| it.key.kind == CaseKind::Unreadable);
        assert_eq!(unread.count(), 1, "{cases:?}");
        let shown = engine.orphans(&Page::first(9)).await.unwrap();
        let quarantined = shown.iter().map(|it| (it.quarantined, it.sightings.len()));
        assert_eq!(quarantined.collect::<Vec<_>>(), [(true, 0); 3]);
    }
}

fn body(bytes: &'static [u8]) -> RawRequest {
    RawRequest {
        body: Bytes::from_static(bytes),
        ..end_to_end::report(&[])
    }
}

/// The callback that waits in the inbox.
async fn waiting(world: &World, now: Timestamp) -> InboxId {
    let due = world.store().due(now, 100).await.unwrap();
    let found = due.iter().find_map(|due| match due {
        Due::Inbox(id) => Some(*id),
        Due::Order(_) => None,
    });
    found.unwrap()
}

/// A stranger's body stops the reader before anybody knows that it is a stranger's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv_28_a_callback_over_which_a_reader_stops_is_set_aside_and_stops_nobody_else() {
    let over = Arc::new(Gate::default());
    let (a, b) = (
        Adapter::new(Wrong::StopsReading, &over),
        Adapter::new(Wrong::Nothing, &over),
    );
    let world = shop().await;
    let clock = Arc::new(SystemClock::start());
    let store = Arc::clone(world.store());
    let engine = Engine::builder(
        store,
        Arc::new(LocalQueue::new()),
        Arc::<SystemClock>::clone(&clock),
    )
    .supplier("a", Arc::<Adapter>::clone(&a))
    .supplier("b", Arc::<Adapter>::clone(&b))
    .build()
    .unwrap();
    let taken = engine.supplier_callback("a", body(POISON));
    let taken = tokio::time::timeout(secs(20), taken).await.unwrap();
    assert_eq!(taken.unwrap().answer, Answer::ok(), "it is stored");
    let poison = waiting(&world, clock.now()).await;
    run(&engine);
    engine.ready().await;
    let deadline = Instant::now() + Duration::from_mins(1);
    let row = loop {
        let row = world.store().inbox(poison).await.unwrap().unwrap();
        if row.state == InboxState::Quarantined {
            break row;
        }
        assert!(Instant::now() < deadline, "not in a minute: {row:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!((row.tries, row.signed), (3, false));
    for name in ["a", "b"] {
        let taken = engine.supplier_callback(name, body(b"other")).await;
        assert!(taken.is_ok(), "{name}: {taken:?}");
    }

    // Until no reader is left: then its callbacks are refused, and nothing else is.
    let mut refused = 0;
    for _ in 0..8 {
        let taken = engine.supplier_callback("a", body(POISON)).await;
        refused += usize::from(matches!(taken, Err(CallbackError::Unavailable(_))));
    }
    assert!(refused > 0);
    let taken = engine.supplier_callback("a", body(b"other")).await;
    assert!(
        matches!(taken, Err(CallbackError::Unavailable(_))),
        "{taken:?}"
    );
    let taken = engine.supplier_callback("b", body(b"other")).await;
    assert!(taken.is_ok(), "{taken:?}");
    let order = submit(&engine, &world, 0).await;
    let agg = until(&world, &order, |agg| {
        agg.order.state == OrderState::Succeeded
    })
    .await;
    assert_eq!(
        agg.attempts[0].supplier,
        SupplierId(0),
        "its own calls go on"
    );
    over.open();
}

/// A signed callback as long as one may be, about an order of nobody's or of ours; each says something else.
fn long_report(said: Sighting, n: u32) -> RawRequest {
    let price = Money::rupiah(i64::from(n) + 1);
    let report = end_to_end::report(&[Sighting { price, ..said }]);
    let mut body = report.body.to_vec();
    body.resize(60 * 1024, b' ');
    RawRequest {
        body: body.into(),
        ..report
    }
}

fn nobodys(n: u32) -> Sighting {
    Sighting {
        their_ref: format!("NOBODY-{n}").parse().ok(),
        ..Sighting::new(Claim::Pending, Reason::None)
    }
}

/// So many callbacks of a supplier wait and no more: the others' are taken, and its own orders are settled by what it is asked.
#[tokio::test(start_paused = true)]
async fn t_24_a_flood_of_signed_callbacks_is_refused_and_is_nobody_elses_trouble() {
    let pending = Script::says(Say::Pending).then(Say::Delivered);
    let (alerts, _listening) = Alerts::listen();
    let mut world = Setup::default()
        .supplier(dedicated(), pending.clone())
        .supplier(dedicated(), pending)
        .start()
        .await;
    let flooded = world.submit("A-1").await;
    world.pass(secs(2)).await;
    let first = world.look(&flooded).await.attempts[0].clone();
    assert_eq!(first.supplier, SupplierId(0));
    world.stop().await;

    // Nobody applies anything now.
    let said = Sighting {
        our_ref: Some(first.supplier_ref),
        target: Some(first.target.clone()),
        ..Sighting::new(Claim::Pending, Reason::None)
    };
    let (mut taken, mut refused) = (0, 0);
    for n in 0..1_000 {
        let report = long_report(said.clone(), n);
        match world.engine.supplier_callback("a", report).await {
            Ok(_) => taken += 1,
            Err(CallbackError::TooMany) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(taken * 60 <= 8 * 1024, "{taken}: 8 MiB");
    assert!(taken > 100 && refused > 0);
    let flood = "a supplier sends callbacks faster than they are applied";
    assert_eq!(alerts.count(flood), 1, "told once");
    let short = end_to_end::report(&[nobodys(0)]);
    let other = world.engine.supplier_callback("b", short).await;
    assert!(other.is_ok(), "{other:?}");

    world.shutdown = CancellationToken::new();
    world.run();
    world.engine.ready().await;
    let report = long_report(said, 1_000);
    let after = world.engine.supplier_callback("a", report).await;
    assert!(after.is_ok(), "what was applied makes room: {after:?}");
    let others = world.submit("A-2").await;
    world.settle().await;
    for order in [&flooded, &others] {
        assert_eq!(world.look(order).await.order.state, OrderState::Succeeded);
    }
    let log = world.store().log(flooded.id.into()).await.unwrap();
    assert!(log.len() < 100, "{}", log.len());
    world.audit().await;
}

/// Callbacks about orders of nobody's are let go as they come, not by the clock alone.
#[tokio::test(start_paused = true)]
async fn t_24_a_flood_of_callbacks_about_nobodys_orders_is_let_go_as_it_comes() {
    let world = Setup::default().start().await;
    world.engine.ready().await;
    let (mut sent, mut most) = (0, 0);
    for _ in 0..60 {
        for _ in 0..100 {
            let report = end_to_end::report(&[nobodys(sent)]);
            world.engine.supplier_callback("a", report).await.unwrap();
            sent += 1;
        }
        world.pass(Duration::from_millis(100)).await;
        let kept = world.store().set_aside(None, 10_000).await.unwrap();
        most = most.max(kept.len());
    }
    assert!((1_000..=2_000).contains(&most), "{most}");
}

/// A supplier that takes one call at a time sells again once a call has brought nothing.
#[tokio::test(start_paused = true)]
async fn inv_28_a_call_that_brings_nothing_gives_its_slot_back() {
    for fault in [Say::Never, Say::Panic, Say::NotSent(Reason::Other)] {
        let one_at_a_time = Profile {
            max_in_flight: 1,
            ..resubmit()
        };
        let setup = Setup::default().supplier(one_at_a_time, Script::delivers());
        let world = setup.start().await;
        let struck = Script::says(fault).then(Say::Delivered);
        world.supplier(0).script(struck);
        world.submit("A-0").await;
        world.pass(secs(40)).await;
        let mut others = Vec::new();
        for n in 1..=3 {
            others.push(world.submit(&format!("A-{n}")).await);
        }
        world.pass(secs(5)).await;
        for order in &others {
            let state = world.look(order).await.order.state;
            assert_eq!(state, OrderState::Succeeded, "{fault:?}");
        }
        world.settle().await;
        world.audit().await;
    }
}
