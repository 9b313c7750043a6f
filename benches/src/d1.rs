//! D1: genuine notifications of a gateway over HTTP, each verified and stored in `PostgreSQL` before it is answered, against an echo of the same bodies; a thousand
//! connections at once. Afterwards every deposit must have been credited, once.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use benches::load::echo::Echo;
use benches::load::{Load, Outcome, Pace, Requests};
use benches::postgres::{Part, Server, Sold, Stand, audit, credited};
use benches::report::Figure;
use benches::shop::Failure;
use bytes::Bytes;
use eraflazz_core::engine::{Engine, GatewayRules, NewDeposit};
use eraflazz_core::ids::{GatewayId, MemberId};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, Customer, Environment, GatewayProfile, Method, NewPayment, PayWith, PaymentClaim,
    PaymentCode, PaymentExchange, PaymentReading, PaymentReason, PaymentRef, PaymentSighting,
    PaymentState,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::{RawRequest, Unauthenticated};
use eraflazz_payments::tripay::{Config, Tripay};
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http_body_util::Full;
use serde_json::json;
use sha2::Sha256;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::door::{Door, GATEWAY, PRIVATE_KEY, answered, vault};

/// Connections of the generator, as the target says.
const CONNECTIONS: u32 = 1_000;

/// Members that take turns.
const MEMBERS: u32 = 64;

/// Deposits that are asked for at once.
const AT_ONCE: usize = 100;

/// What each of them pays in.
const AMOUNT: i64 = 50_000;

/// How long it may take until all are credited.
const PATIENCE: Duration = Duration::from_mins(5);

/// What goes to the server and to its peer.
type Letters = Vec<(Bytes, String)>;

pub(crate) async fn measure(deposits: usize, place: &Path) -> Result<Vec<Figure>, Failure> {
    let server = Server::start(place);
    let url = server.database().await?;
    let part = Part {
        vault: Arc::new(vault()?),
        gateway: Some(gateway()?),
        ..Part::default()
    };
    drop(Stand::open(&url, MEMBERS, part.clone()).await?);
    let stand = Stand::join(&url, part).await?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(stand.engine.clone().run(shutdown.clone()));
    stand.engine.ready().await;
    let letters = letters(&stand.engine, &stand.members, deposits).await?;

    let echo = Echo::start().await?;
    let peer = answered(&send(&echo.address, &letters).await?)?;
    drop(echo);
    let door = Door::open(&stand.engine).await?;
    let outcome = send(&door.address, &letters).await?;
    let ours = answered(&outcome)?;
    let began = Instant::now();
    while credited(&url).await? < u64::try_from(deposits)? && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    shutdown.cancel();
    running.await??;
    door.close().await?;
    let audit = verdict(&url, deposits).await?;
    Ok(figures(ours, peer, &outcome, &audit))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates and microseconds far below 2^52, for a report"
)]
fn figures(ours: u64, peer: u64, outcome: &Outcome, audit: &str) -> Vec<Figure> {
    let rate = Figure {
        line: "D1".to_owned(),
        value: ours as f64,
        unit: "webhooks/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 0.05,
        goal: 0.15,
        better: "higher",
        audit: audit.to_owned(),
    };
    let p99 = Figure {
        line: "D1.p99".to_owned(),
        value: outcome.summary().p99_us as f64 / 1e3,
        unit: "ms",
        baseline: None,
        ratio: None,
        floor: 500.0,
        goal: 200.0,
        better: "lower",
        audit: audit.to_owned(),
    };
    vec![rate, p99]
}

/// Every deposit was credited, and the books hold.
async fn verdict(url: &str, deposits: usize) -> Result<String, Failure> {
    let credited = credited(url).await?;
    if credited != u64::try_from(deposits)? {
        return Ok(format!(
            "{credited} of {deposits} deposits are credited once"
        ));
    }
    audit(url, Sold::default()).await
}

/// Asks for deposits, and gives what the gateway will send when they are paid.
async fn letters(engine: &Engine, members: &[MemberId], count: usize) -> Result<Letters, Failure> {
    let mut letters = Vec::with_capacity(count);
    let mut asking = JoinSet::new();
    for n in 0..count {
        let wish = NewDeposit {
            member: members[n % members.len()],
            ref_id: format!("D{n}").parse()?,
            gateway: GATEWAY.to_owned(),
            method: Method::Qris,
            amount: Money::rupiah(AMOUNT).ok_or("out of range")?,
            customer: Customer {
                name: "Sample".to_owned(),
                email: "sample@example.com".to_owned(),
                phone: "081234567890".to_owned(),
            },
        };
        let engine = engine.clone();
        asking.spawn(async move { engine.open_deposit(wish).await });
        if asking.len() >= AT_ONCE
            && let Some(asked) = asking.join_next().await
        {
            letters.push(letter(&asked??.code)?);
        }
    }
    while let Some(asked) = asking.join_next().await {
        letters.push(letter(&asked??.code)?);
    }
    Ok(letters)
}

/// What Tripay sends of a payment that was paid, and its signature.
fn letter(code: &PaymentCode) -> Result<(Bytes, String), Failure> {
    let body = json!({
        "reference": theirs(code), "merchant_ref": code.as_str(), "payment_method": "QRIS", "payment_method_code": "QRIS2",
        "total_amount": AMOUNT, "fee_merchant": 0, "fee_customer": 0, "total_fee": 0, "amount_received": AMOUNT, "is_closed_payment": 1,
        "status": "PAID", "paid_at": 1_767_243_600, "note": null,
    });
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(PRIVATE_KEY.as_bytes())?;
    mac.update(body.as_bytes());
    let signature = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    Ok((body.into(), signature))
}

fn theirs(code: &PaymentCode) -> String {
    format!("DEV-T0001{code}")
}

async fn send(server: &str, letters: &Letters) -> Result<Outcome, Failure> {
    let load = Load {
        server: server.to_owned(),
        pace: Pace::Closed,
        connections: CONNECTIONS,
        requests: u64::try_from(letters.len())?,
    };
    let letters = letters.clone();
    let requests: Arc<Requests> = Arc::new(move |n| {
        let (body, signature) = &letters[usize::try_from(n)?];
        let request = Request::post(format!("/api/v1/webhooks/{GATEWAY}"))
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("x-callback-event", "payment_status")
            .header("x-callback-signature", signature)
            .body(Full::new(body.clone()))?;
        Ok(request)
    });
    load.run(requests).await
}

/// The gateway, and the house's rules about it.
fn gateway() -> Result<(String, GatewayRules, Arc<dyn PaymentGateway>), Failure> {
    let mut config = Config::new(
        Environment::Sandbox,
        "T0001",
        "DEV-bench-sample-key-0001",
        PRIVATE_KEY,
    );
    "http://127.0.0.1:9/api-sandbox".clone_into(&mut config.base_url);
    let rules = GatewayRules {
        id: GatewayId(1),
        min: Money::rupiah(10_000).ok_or("out of range")?,
        max: Money::rupiah(10_000_000).ok_or("out of range")?,
        expires_in: Duration::from_hours(1),
        notify_url: None,
    };
    let tripay = Tripay::new(config)?;
    let profile = GatewayProfile {
        max_in_flight: 1_000,
        ..tripay.profile().clone()
    };
    let gateway = Arc::new(AtOnce { tripay, profile });
    Ok((GATEWAY.to_owned(), rules, gateway))
}

/// Tripay, whose notifications are read as they are, and whose calls are answered at once: each payment is made, and is paid when it is looked at.
struct AtOnce {
    tripay: Tripay,
    profile: GatewayProfile,
}

#[async_trait]
impl PaymentGateway for AtOnce {
    fn profile(&self) -> &GatewayProfile {
        &self.profile
    }

    async fn create(&self, payment: &NewPayment) -> PaymentExchange {
        sighted(&payment.code, PaymentState::Pending)
    }

    async fn look(&self, payment: &PaymentRef) -> PaymentExchange {
        sighted(&payment.ours, PaymentState::Settled)
    }

    async fn act(&self, _: &PaymentRef, _: &Act) -> PaymentExchange {
        PaymentExchange::not_sent(PaymentReason::NotOffered)
    }

    fn read_callback(&self, request: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        self.tripay.read_callback(request)
    }
}

fn sighted(code: &PaymentCode, state: PaymentState) -> PaymentExchange {
    let seen = PaymentSighting {
        our_ref: code.as_str().parse().ok(),
        their_ref: theirs(code).parse().ok(),
        amount: Money::rupiah(AMOUNT),
        pay_with: PayWith {
            qr_text: Some("sample".to_owned()),
            ..PayWith::default()
        },
        ..PaymentSighting::new(PaymentClaim::Is(state), PaymentReason::None)
    };
    PaymentExchange::answered(Bytes::new(), vec![seen])
}
