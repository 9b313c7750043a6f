//! Questions cannot take the engine down either (T-24, INV-28): an adapter that hangs, blocks its thread, panics or floods while it is asked about a purchase, a
//! bill or its prices proves nothing, is told of, and is nobody else's trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use end_to_end::{Alerts, FastClock, Gate, Script, Setup, World, dedicated, minutes, rp};
use eraflazz_core::catalog::ProductKind;
use eraflazz_core::engine::{Engine, InquireError, Inquired, NewInquiry};
use eraflazz_core::ids::SupplierId;
use eraflazz_core::money::Money;
use eraflazz_core::order::{AttemptState, Order, OrderState, Review};
use eraflazz_core::ports::{Ledger, Supplier};
use eraflazz_core::supplier::{
    Answer, AttemptView, Claim, Exchange, Finding, InquiryError, PriceList, Profile, Purchase,
    Question, RawRequest, ReadError, Reading, Reason, Sighting, Status, Unauthenticated,
};
use eraflazz_store_memory::LocalQueue;
use tokio_util::sync::CancellationToken;

/// What is wrong with an adapter that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// It blocks its thread until the test is over.
    Blocks,
    /// It never answers.
    Hangs,
    Panics,
    /// Its answers have a gigabyte.
    Floods,
    /// Its answers say a million things.
    Babbles,
}

/// An adapter of which something is wrong once it is asked: then nobody knows what became of what it was sent. Otherwise it delivers.
struct Adapter {
    wrong: Wrong,
    profile: Profile,
    sends: AtomicUsize,
    questions: AtomicUsize,
    over: Arc<Gate>,
}

impl Adapter {
    fn new(wrong: Wrong, over: &Arc<Gate>) -> Arc<Self> {
        Arc::new(Self {
            wrong,
            profile: profile(),
            sends: AtomicUsize::new(0),
            questions: AtomicUsize::new(0),
            over: Arc::clone(over),
        })
    }

    fn sends(&self) -> usize {
        self.sends.load(Ordering::Relaxed)
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::Relaxed)
    }

    async fn misbehave(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
        match self.wrong {
            Wrong::Blocks => self.over.wait(),
            Wrong::Hangs => std::future::pending().await,
            Wrong::Panics => std::panic::panic_any("the adapter fell over"),
            Wrong::Nothing | Wrong::Floods | Wrong::Babbles => {}
        }
    }
}

fn profile() -> Profile {
    Profile {
        bills: Some(Status::Dedicated),
        ..dedicated()
    }
}

fn delivered() -> Sighting {
    Sighting::new(Claim::Delivered, Reason::None)
}

#[async_trait]
impl Supplier for Adapter {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        self.sends.fetch_add(1, Ordering::Relaxed);
        if self.wrong != Wrong::Nothing {
            return Exchange::unclear(Bytes::new(), Reason::Timeout);
        }
        let delivered = Sighting {
            our_ref: Some(purchase.supplier_ref),
            target: Some(purchase.target.clone()),
            price: Some(rp(9_900)),
            ..delivered()
        };
        Exchange::answered(Bytes::from_static(b"{}"), vec![delivered])
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        self.misbehave().await;
        let delivered = Sighting {
            our_ref: Some(attempt.supplier_ref),
            ..delivered()
        };
        match self.wrong {
            // Zeros that are never touched cost nothing: only whoever reads them pays.
            Wrong::Floods => Exchange::answered(vec![0; 1 << 30].into(), vec![delivered]),
            Wrong::Babbles => Exchange::answered(Bytes::new(), vec![delivered; 1_000_000]),
            Wrong::Nothing | Wrong::Blocks | Wrong::Hangs | Wrong::Panics => {
                Exchange::unclear(Bytes::new(), Reason::None)
            }
        }
    }

    async fn inquire(&self, _: &Question) -> Result<Finding, InquiryError> {
        self.misbehave().await;
        Ok(Finding::of_bill(rp(9_800)))
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        Ok(rp(1_000_000))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        self.misbehave().await;
        Ok(PriceList::default())
    }

    fn read_callback(&self, _: &RawRequest) -> Result<Reading, Unauthenticated> {
        Ok(Reading {
            sightings: Vec::new(),
            answer: Answer::ok(),
        })
    }
}

/// Members, money and a catalog with the suppliers `a`, which is the cheaper one, and `b`; both pay bills.
async fn shop() -> World {
    Setup::default()
        .supplier(profile(), Script::delivers())
        .supplier(profile(), Script::delivers())
        .build()
        .await
}

/// An engine with `a` as it is and a `b` of which nothing is wrong, on this test's thread and in its time.
fn here(world: &World, a: &Arc<Adapter>, b: &Arc<Adapter>) -> Engine {
    let clock = end_to_end::VirtualClock::starting(world.now());
    let engine = Engine::builder(
        Arc::clone(world.store()),
        Arc::new(LocalQueue::new()),
        Arc::new(clock),
    )
    .supplier("a", Arc::<Adapter>::clone(a))
    .supplier("b", Arc::<Adapter>::clone(b))
    .supplier_io(tokio::runtime::Handle::current())
    .build()
    .unwrap();
    run(&engine, &CancellationToken::new());
    engine
}

fn run(engine: &Engine, shutdown: &CancellationToken) {
    let (engine, shutdown) = (engine.clone(), shutdown.clone());
    tokio::spawn(async move { engine.run(shutdown).await.unwrap() });
}

async fn submit(engine: &Engine, world: &World, n: usize) -> Order {
    let wish = world.wish(&format!("A-{n}"), &format!("0812345678{n:02}"));
    engine.submit(wish).await.unwrap().order
}

#[tokio::test(start_paused = true)]
async fn inv_28_a_status_question_that_hangs_panics_or_floods_proves_nothing() {
    for (wrong, told) in [
        (Wrong::Hangs, "an adapter did not come back in its time"),
        (Wrong::Panics, "an adapter panicked"),
        (
            Wrong::Floods,
            "an adapter brought more than an answer can hold",
        ),
        (
            Wrong::Babbles,
            "an adapter brought more than an answer can hold",
        ),
    ] {
        let (alerts, _listening) = Alerts::listen();
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        let order = submit(&engine, &world, 0).await;
        world.pass(minutes(60)).await;
        let agg = world.look(&order).await;
        assert!(a.questions() >= 2, "{wrong:?}: it is asked again");
        assert_eq!(agg.attempts[0].state, AttemptState::Unknown, "{wrong:?}");
        assert!(
            matches!(agg.order.review, Some(Review::Escalated { .. })),
            "INV-33"
        );
        assert_eq!((agg.attempts.len(), b.sends()), (1, 0), "INV-10, INV-12");
        assert!(alerts.count(told) >= 1, "{wrong:?}: {}", alerts.text());
        let log = world.store().log(order.id.into()).await.unwrap();
        assert!(log.iter().all(|row| row.raw.len() <= 256 * 1024));
    }
}

/// The next one is asked instead, unless the member has waited long enough.
#[tokio::test(start_paused = true)]
async fn inv_28_an_inquiry_that_hangs_or_panics_is_given_up() {
    for wrong in [Wrong::Hangs, Wrong::Panics] {
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        engine.ready().await;
        let new = NewInquiry {
            member: world.h2h,
            ref_id: "CEK-1".parse().unwrap(),
            product: "BILL".parse().unwrap(),
            destination: "530000000001".to_owned(),
        };
        let asked = tokio::time::timeout(minutes(2), engine.inquire(new)).await;
        if wrong == Wrong::Hangs {
            assert!(matches!(asked, Ok(Err(InquireError::NoAnswer))));
            assert_eq!((a.questions(), b.questions()), (1, 0));
        } else {
            let Ok(Ok(Inquired::Bill(bill))) = asked else {
                panic!("{asked:?}");
            };
            assert_eq!(bill.supplier, SupplierId(1));
            assert_eq!((a.questions(), b.questions()), (1, 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn inv_28_a_price_list_that_hangs_or_panics_is_given_up() {
    for wrong in [Wrong::Hangs, Wrong::Panics] {
        let over = Arc::default();
        let world = shop().await;
        let (a, b) = (
            Adapter::new(wrong, &over),
            Adapter::new(Wrong::Nothing, &over),
        );
        let engine = here(&world, &a, &b);
        engine.ready().await;
        let list = async |supplier| {
            let list = engine.price_list(SupplierId(supplier), ProductKind::Prepaid);
            tokio::time::timeout(minutes(2), list).await
        };
        assert!(matches!(list(0).await, Ok(Some(Err(_)))), "{wrong:?}");
        assert_eq!(list(1).await, Ok(Some(Ok(PriceList::default()))));
    }
}

/// Each kind of question blocks all threads that `a` has: orders go to `b`.
#[tokio::test(flavor = "multi_thread")]
async fn t_24_questions_that_block_their_threads_block_nobody_else() {
    let over = Arc::new(Gate::default());
    let (a, b) = (
        Adapter::new(Wrong::Blocks, &over),
        Adapter::new(Wrong::Nothing, &over),
    );
    let world = shop().await;
    let clock = FastClock::starting(world.now());
    let engine = Engine::builder(
        Arc::clone(world.store()),
        Arc::new(LocalQueue::new()),
        Arc::new(clock),
    )
    .supplier("a", Arc::<Adapter>::clone(&a))
    .supplier("b", Arc::<Adapter>::clone(&b))
    .build()
    .unwrap();
    let shutdown = CancellationToken::new();
    run(&engine, &shutdown);
    engine.ready().await;
    for _ in 0..8 {
        let engine = engine.clone();
        let list = async move { engine.price_list(SupplierId(0), ProductKind::Prepaid).await };
        tokio::spawn(list);
    }
    let deadline = Instant::now() + Duration::from_mins(1);
    let in_time = async |what: &str| {
        assert!(Instant::now() < deadline, "not in a minute: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    while a.questions() == 0 {
        in_time("it is asked").await;
    }
    for n in 0..8 {
        let order = submit(&engine, &world, n).await;
        while world.look(&order).await.order.state != OrderState::Succeeded {
            in_time("another supplier delivers").await;
        }
    }
    assert_eq!(
        (a.sends(), b.sends()),
        (0, 8),
        "nothing was begun behind it"
    );
    shutdown.cancel();
    over.open();
}
