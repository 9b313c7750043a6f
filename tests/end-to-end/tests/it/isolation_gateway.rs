//! The adapter of a payment gateway cannot take the engine down either (T-24, INV-28): orders are sold while it blocks its threads, panics, or brings more than an
//! answer can hold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use end_to_end::{FastClock, Gate, Script, Setup, Till, World, minutes, resubmit, rp};
use eraflazz_core::engine::{CallbackError, Engine, GatewayRules};
use eraflazz_core::ids::GatewayId;
use eraflazz_core::money::Money;
use eraflazz_core::order::OrderState;
use eraflazz_core::payment::{
    Act, GatewayProfile, NewPayment, Payment, PaymentClaim, PaymentExchange, PaymentReading,
    PaymentReason, PaymentRef, PaymentSighting, PaymentState,
};
use eraflazz_core::ports::{PaymentGateway, Supplier};
use eraflazz_core::supplier::{
    Answer, AttemptView, Claim, Exchange, Finding, InquiryError, PriceList, Profile, Purchase,
    Question, RawRequest, ReadError, Reading, Reason, Sighting, Unauthenticated,
};
use eraflazz_store_memory::LocalQueue;
use tokio_util::sync::CancellationToken;

/// What is wrong with the gateway's adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Its calls and its reader block their threads until the test is over.
    Blocks,
    /// They panic.
    Panics,
    /// Its answers have a gigabyte, and its reader says a million things.
    Floods,
}

struct Gateway {
    wrong: Wrong,
    profile: GatewayProfile,
    over: Arc<Gate>,
}

impl Gateway {
    fn misbehave(&self) -> PaymentExchange {
        let pending = PaymentClaim::Is(PaymentState::Pending);
        let seen = PaymentSighting::new(pending, PaymentReason::None);
        match self.wrong {
            Wrong::Blocks => self.over.wait(),
            Wrong::Panics => std::panic::panic_any("the adapter fell over"),
            // Zeros that are never touched cost nothing: only whoever reads them pays.
            Wrong::Floods => return PaymentExchange::answered(vec![0; 1 << 30].into(), vec![seen]),
        }
        PaymentExchange::unclear(Bytes::new(), PaymentReason::Timeout)
    }
}

#[async_trait]
impl PaymentGateway for Gateway {
    fn profile(&self) -> &GatewayProfile {
        &self.profile
    }

    async fn create(&self, _: &NewPayment) -> PaymentExchange {
        self.misbehave()
    }

    async fn look(&self, _: &PaymentRef) -> PaymentExchange {
        self.misbehave()
    }

    async fn act(&self, _: &PaymentRef, _: &Act) -> PaymentExchange {
        self.misbehave()
    }

    fn read_callback(&self, _: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        let says = match self.wrong {
            Wrong::Blocks => {
                self.over.wait();
                0
            }
            Wrong::Panics => std::panic::panic_any("the reader fell over"),
            // One more than there may be: of many more it would be told somewhere behind as well.
            Wrong::Floods => 1_001,
        };
        let seen = PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::None);
        Ok(PaymentReading {
            sightings: vec![seen; says],
            answer: Answer::ok(),
        })
    }
}

/// A supplier that delivers.
struct Good(Profile);

#[async_trait]
impl Supplier for Good {
    fn profile(&self) -> &Profile {
        &self.0
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        let delivered = Sighting {
            our_ref: Some(purchase.supplier_ref),
            target: Some(purchase.target.clone()),
            price: Some(rp(9_900)),
            ..Sighting::new(Claim::Delivered, Reason::None)
        };
        Exchange::answered(Bytes::from_static(b"{}"), vec![delivered])
    }

    async fn ask(&self, _: &AttemptView) -> Exchange {
        Exchange::unclear(Bytes::new(), Reason::None)
    }

    async fn inquire(&self, _: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        Ok(rp(1_000_000))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Ok(PriceList::default())
    }

    fn read_callback(&self, _: &RawRequest) -> Result<Reading, Unauthenticated> {
        Err(Unauthenticated)
    }
}

/// A house with a supplier that delivers and a gateway of which something is wrong, on threads of its own.
struct House {
    world: World,
    engine: Engine,
    over: Arc<Gate>,
    shutdown: CancellationToken,
}

impl House {
    async fn with(wrong: Wrong) -> Self {
        let world = Setup::default();
        let world = world.supplier(resubmit(), Script::delivers()).build().await;
        let over = Arc::new(Gate::default());
        let gateway = Gateway {
            wrong,
            profile: Till::usual_profile(),
            over: Arc::clone(&over),
        };
        let rules = GatewayRules {
            id: GatewayId(1),
            min: rp(10_000),
            max: rp(10_000_000),
            expires_in: minutes(60),
            notify_url: None,
        };
        let clock = FastClock::starting(world.now());
        let store = Arc::clone(world.store());
        let engine = Engine::builder(store, Arc::new(LocalQueue::new()), Arc::new(clock))
            .supplier("a", Arc::new(Good(resubmit())))
            .gateway("till", rules, Arc::new(gateway))
            .build()
            .unwrap();
        let shutdown = CancellationToken::new();
        tokio::spawn({
            let (engine, shutdown) = (engine.clone(), shutdown.clone());
            async move { engine.run(shutdown).await.unwrap() }
        });
        engine.ready().await;
        Self {
            world,
            engine,
            over,
            shutdown,
        }
    }

    /// An order is delivered, whatever the gateway does meanwhile.
    async fn sells(&self) {
        let wish = self.world.wish("A-1", "081234567890");
        let order = self.engine.submit(wish).await.unwrap().order;
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.world.look(&order).await.order.state != OrderState::Succeeded {
            assert!(Instant::now() < deadline, "not sold in a minute");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for deposits, some at once.
    fn pay_in(&self, count: usize) -> Vec<tokio::task::JoinHandle<Payment>> {
        let ask = |n: usize| {
            let engine = self.engine.clone();
            let new = self
                .world
                .paying_in(self.world.h2h, &format!("D-{n}"), 50_000);
            tokio::spawn(async move { engine.open_deposit(new).await.unwrap() })
        };
        (0..count).map(ask).collect()
    }

    /// Somebody sends this in the gateway's name.
    async fn notify(engine: Engine) -> CallbackError {
        let request = RawRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: [].into(),
            body: Bytes::from_static(b"x"),
            source: None,
        };
        engine.payment_callback("till", request).await.unwrap_err()
    }

    fn end(self) {
        self.shutdown.cancel();
        self.over.open();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_calls_of_a_gateway_that_block_are_given_up_and_block_no_order() {
    let house = House::with(Wrong::Blocks).await;
    let deposits = house.pay_in(4);
    house.sells().await;
    for deposit in deposits {
        let deposit = deposit.await.unwrap();
        assert!(deposit.booked.is_none(), "nothing was heard");
    }
    house.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_readers_of_notifications_that_block_are_given_up_and_block_no_order() {
    let house = House::with(Wrong::Blocks).await;
    let notices: Vec<_> = (0..20)
        .map(|_| tokio::spawn(House::notify(house.engine.clone())))
        .collect();
    house.sells().await;
    for notice in notices {
        let refused = notice.await.unwrap();
        assert!(
            matches!(refused, CallbackError::Unavailable(_)),
            "{refused:?}"
        );
    }
    house.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_a_gateway_that_panics_or_floods_is_unclear_and_sells_go_on() {
    for wrong in [Wrong::Panics, Wrong::Floods] {
        let house = House::with(wrong).await;
        let deposits = house.pay_in(2);
        let refused = House::notify(house.engine.clone()).await;
        assert!(
            matches!(refused, CallbackError::Unavailable(_)),
            "{wrong:?}: {refused:?}"
        );
        house.sells().await;
        for deposit in deposits {
            let deposit = deposit.await.unwrap();
            assert!(deposit.booked.is_none(), "{wrong:?}");
        }
        house.end();
    }
}
