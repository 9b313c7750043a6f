//! A payment gateway that follows a script: it makes payments, is paid, tells of it, and does not always answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, ActKind, Amount, Bank, CallbackProof, Environment, Fees, GatewayProfile, Method,
    NewPayment, PayWith, PaymentClaim, PaymentCode, PaymentExchange, PaymentReading, PaymentReason,
    PaymentRef, PaymentSighting, PaymentState, SecondCreate,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{Answer, RawRequest, Unauthenticated};

use crate::life::Life;
use crate::points::Place;

/// What comes of a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// It is made and answered.
    It,
    /// It is made, and the answer is lost.
    Lost,
    /// The request is lost.
    Nothing,
    /// It is refused.
    Refused(PaymentReason),
}

/// A payment as the gateway has it.
#[derive(Clone, Debug)]
struct Held {
    theirs: String,
    amount: Money,
    state: PaymentState,
    refunded: Option<Money>,
    fee: Money,
}

#[derive(Debug, Default)]
struct Inside {
    held: BTreeMap<PaymentCode, Held>,
    script: VecDeque<Makes>,
    creates: BTreeMap<PaymentCode, u32>,
    looks: u32,
    /// So many looks find nothing.
    blind: u32,
    /// How long a look takes.
    takes: Duration,
    /// Looks that are out, and the most there were at once.
    out: (u32, u32),
}

/// The gateway.
#[derive(Debug)]
pub struct Till {
    profile: GatewayProfile,
    inside: Mutex<Inside>,
}

impl Till {
    /// What a gateway like this one declares.
    pub fn usual_profile() -> GatewayProfile {
        profile()
    }
}

impl Default for Till {
    fn default() -> Self {
        Self {
            profile: profile(),
            inside: Mutex::default(),
        }
    }
}

fn profile() -> GatewayProfile {
    GatewayProfile {
        environment: Environment::Sandbox,
        methods: [Method::Qris, Method::Bank(Bank::Bri)].into(),
        open_methods: [].into(),
        acts: [ActKind::Cancel].into(),
        second_create: SecondCreate::MakesAnother,
        callback: CallbackProof::Whole,
        not_found_settles: Duration::from_mins(2),
        refunds_in_part: true,
        reversal_window: Duration::from_mins(10),
        poll: [2, 5].map(Duration::from_mins).to_vec(),
        poll_max_age: Duration::from_hours(48),
        timeout: Duration::from_secs(30),
        max_in_flight: 100,
    }
}

impl Till {
    /// What comes of the next creates; then each is made and answered.
    pub fn will(&self, makes: impl IntoIterator<Item = Makes>) {
        self.inside.lock().unwrap().script.extend(makes);
    }

    /// So many looks find nothing, whatever is there.
    pub fn is_blind(&self, looks: u32) {
        self.inside.lock().unwrap().blind = looks;
    }

    /// What has become of the payment, from now on.
    pub fn becomes(&self, code: PaymentCode, state: PaymentState) {
        self.change(code, |held| held.state = state);
    }

    /// The customer paid so much, in rupiah.
    pub fn takes(&self, code: PaymentCode, rupiah: i64) {
        self.change(code, |held| {
            held.amount = Money::rupiah(rupiah).unwrap();
            held.state = PaymentState::Settled;
        });
    }

    /// So much of it went back, in rupiah.
    pub fn gives_back(&self, code: PaymentCode, rupiah: i64) {
        self.change(code, |held| {
            held.refunded = Some(Money::rupiah(rupiah).unwrap());
            held.state = PaymentState::PartlyRefunded;
        });
    }

    /// It keeps so much of it, in rupiah.
    pub fn keeps(&self, code: PaymentCode, rupiah: i64) {
        self.change(code, |held| held.fee = Money::rupiah(rupiah).unwrap());
    }

    fn change(&self, code: PaymentCode, change: impl FnOnce(&mut Held)) {
        change(self.inside.lock().unwrap().held.get_mut(&code).unwrap());
    }

    /// How often each payment was asked for.
    pub fn creates(&self) -> Vec<u32> {
        let inside = self.inside.lock().unwrap();
        inside.creates.values().copied().collect()
    }

    /// The references of its payments.
    pub fn codes(&self) -> Vec<PaymentCode> {
        self.inside.lock().unwrap().held.keys().copied().collect()
    }

    /// How often it was asked what became of one.
    pub fn looks(&self) -> u32 {
        self.inside.lock().unwrap().looks
    }

    /// How long a look takes from now on.
    pub fn takes_so_long(&self, time: Duration) {
        self.inside.lock().unwrap().takes = time;
    }

    /// How many looks were out at once, at most.
    pub fn looks_at_once(&self) -> u32 {
        self.inside.lock().unwrap().out.1
    }

    fn looks_begin(&self) -> Duration {
        let mut inside = self.inside.lock().unwrap();
        inside.out.0 += 1;
        inside.out.1 = inside.out.1.max(inside.out.0);
        inside.takes
    }

    fn looks_end(&self) {
        self.inside.lock().unwrap().out.0 -= 1;
    }

    /// A genuine notification that says this of the payment; `n` makes it another one.
    pub fn notice(&self, code: PaymentCode, state: PaymentState, n: u32) -> RawRequest {
        let inside = self.inside.lock().unwrap();
        let held = &inside.held[&code];
        let (theirs, amount) = (&held.theirs, held.amount.floor_rupiah());
        notice(&format!("{code}|{theirs}|{}|{amount}|{n}", state.word()))
    }

    fn create(&self, payment: &NewPayment) -> PaymentExchange {
        let mut inside = self.inside.lock().unwrap();
        *inside.creates.entry(payment.code).or_default() += 1;
        let makes = inside.script.pop_front().unwrap_or(Makes::It);
        let lost = || PaymentExchange::unclear(Bytes::new(), PaymentReason::Timeout);
        if makes == Makes::Nothing {
            return lost();
        }
        if let Makes::Refused(reason) = makes {
            let refused = PaymentSighting::new(PaymentClaim::Refused, reason);
            return PaymentExchange::answered("no".into(), vec![refused]);
        }
        let Amount::Fixed(amount) = payment.amount else {
            panic!("an amount is fixed")
        };
        let held = Held {
            theirs: format!("T{}", inside.held.len() + 1),
            amount,
            state: PaymentState::Pending,
            refunded: None,
            fee: Money::ZERO,
        };
        let seen = sighting(payment.code, &held);
        inside.held.insert(payment.code, held);
        if makes == Makes::Lost {
            return lost();
        }
        PaymentExchange::answered("made".into(), vec![seen])
    }

    fn look(&self, reference: &PaymentRef) -> PaymentExchange {
        let mut inside = self.inside.lock().unwrap();
        inside.looks += 1;
        let found = if inside.blind > 0 {
            inside.blind -= 1;
            None
        } else {
            inside.held.get(&reference.ours)
        };
        let seen = found.map_or_else(
            || PaymentSighting::new(PaymentClaim::NotFound, PaymentReason::None),
            |held| sighting(reference.ours, held),
        );
        PaymentExchange::answered("seen".into(), vec![seen])
    }

    fn act(&self, reference: &PaymentRef, act: &Act) -> PaymentExchange {
        assert_eq!(*act, Act::Cancel);
        let mut inside = self.inside.lock().unwrap();
        let held = inside.held.get_mut(&reference.ours).unwrap();
        if held.state == PaymentState::Pending {
            held.state = PaymentState::Cancelled;
        }
        PaymentExchange::answered("done".into(), vec![sighting(reference.ours, held)])
    }
}

fn sighting(code: PaymentCode, held: &Held) -> PaymentSighting {
    PaymentSighting {
        our_ref: code.as_str().parse().ok(),
        their_ref: held.theirs.parse().ok(),
        amount: Some(held.amount),
        refunded: held.refunded,
        fees: Some(Fees {
            merchant: held.fee,
            customer: Money::ZERO,
            received: held.amount.checked_sub(held.fee).unwrap(),
        }),
        pay_with: PayWith {
            code: Some("8808123".to_owned()),
            ..PayWith::default()
        },
        ..PaymentSighting::new(PaymentClaim::Is(held.state), PaymentReason::None)
    }
}

/// What the gateway sends, signed.
fn notice(text: &str) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: "/webhooks/till".to_owned(),
        headers: [("x-signed".to_owned(), vec!["yes".to_owned()])].into(),
        body: Bytes::copy_from_slice(text.as_bytes()),
        source: None,
    }
}

/// A notification of a payment that nobody asked for.
pub fn stray(n: u32) -> RawRequest {
    notice(&format!("E0001KDVDYMR00G70R7Z|X{n}|settled|50000|{n}"))
}

/// What a forger sends.
pub fn forged(code: PaymentCode) -> RawRequest {
    RawRequest {
        headers: BTreeMap::new(),
        ..notice(&format!("{code}|T1|settled|50000|1"))
    }
}

/// The gateway as one process sees it.
pub(crate) struct TillWire {
    pub(crate) till: Arc<Till>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl PaymentGateway for TillWire {
    fn profile(&self) -> &GatewayProfile {
        &self.till.profile
    }

    async fn create(&self, payment: &NewPayment) -> PaymentExchange {
        self.life.comes_by(Place::BeforeSend).await;
        let exchange = self.till.create(payment);
        self.life.comes_by(Place::AfterSend).await;
        exchange
    }

    async fn look(&self, payment: &PaymentRef) -> PaymentExchange {
        self.life.comes_by(Place::BeforeAsk).await;
        let takes = self.till.looks_begin();
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        self.till.looks_end();
        let exchange = self.till.look(payment);
        self.life.comes_by(Place::AfterAsk).await;
        exchange
    }

    async fn act(&self, payment: &PaymentRef, act: &Act) -> PaymentExchange {
        self.life.comes_by(Place::BeforeSend).await;
        let exchange = self.till.act(payment, act);
        self.life.comes_by(Place::AfterSend).await;
        exchange
    }

    fn read_callback(&self, request: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        if request.headers.is_empty() {
            return Err(Unauthenticated);
        }
        let body = std::str::from_utf8(&request.body).unwrap();
        let [code, theirs, word, amount, _] = *body.split('|').collect::<Vec<_>>() else {
            panic!("an adapter that cannot read")
        };
        let state = PaymentState::ALL.into_iter().find(|it| it.word() == word);
        let seen = PaymentSighting {
            our_ref: code.parse().ok(),
            their_ref: theirs.parse().ok(),
            amount: amount.parse().ok().and_then(Money::rupiah),
            ..PaymentSighting::new(PaymentClaim::Is(state.unwrap()), PaymentReason::None)
        };
        Ok(PaymentReading {
            sightings: vec![seen],
            answer: Answer::ok(),
        })
    }
}
