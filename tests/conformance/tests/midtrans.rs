//! The Midtrans adapter keeps the promises of a payment gateway, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::Line;
use conformance::gateway::{Fate, GatewayFixture};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Act, Bank, Card, Environment, Evidence, Follow, Method, NewPayment, PaymentClaim, PaymentCode,
    PaymentExchange, PaymentReason, PaymentRef, PaymentSighting, PaymentState, follow,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::RawRequest;
use eraflazz_payments::midtrans::{Config, Midtrans};
use sandbox::midtrans::Settings;

#[path = "support/payment.rs"]
mod support;

struct AtSandbox {
    midtrans: Midtrans,
    line: Line,
    fake: sandbox::midtrans::Midtrans,
    codes: support::Codes,
}

impl AtSandbox {
    async fn start() -> Self {
        let fake = sandbox::midtrans::Midtrans::start(Settings::default())
            .await
            .unwrap();
        let line = Line::to(&fake.base_url()).await;
        let address = line.url().trim_end_matches('/').to_owned();
        let config = Config {
            snap_url: format!("{address}/snap/v1"),
            base_url: address,
            merchant_id: Some(fake.settings().merchant_id.clone()),
            timing: support::timing(),
            ..Config::new(Environment::Sandbox, fake.settings().server_key.as_str())
        };
        Self {
            midtrans: Midtrans::new(config).unwrap(),
            line,
            fake,
            codes: support::Codes::default(),
        }
    }
}

impl AtSandbox {
    async fn done(&self, payment: &PaymentRef, what: &Act) -> PaymentExchange {
        self.midtrans.act(payment, what).await
    }
}

impl GatewayFixture for AtSandbox {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.midtrans
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn payment(&self) -> NewPayment {
        support::payment(self.codes.next(), Method::Bank(Bank::Bca))
    }

    fn made(&self, code: PaymentCode) -> usize {
        usize::from(self.fake.payment(code.as_str()).is_some())
    }

    fn asked(&self) -> u32 {
        self.fake.creates()
    }

    fn becomes(&self, code: PaymentCode, fate: Fate) {
        let status = match fate {
            Fate::Paid => "settlement",
            Fate::Expired => "expire",
        };
        assert!(self.fake.settle(code.as_str(), status));
    }

    fn notice(&self, code: PaymentCode) -> RawRequest {
        support::request(self.fake.letter(code.as_str()).unwrap())
    }

    fn signed_text(&self, _code: PaymentCode) -> (String, String) {
        ("44000.00".to_owned(), "94000.00".to_owned())
    }
}

conformance::gateway_suite!(AtSandbox::start);

fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

fn only(exchange: &PaymentExchange) -> &PaymentSighting {
    assert_eq!(exchange.sightings.len(), 1, "{exchange:?}");
    &exchange.sightings[0]
}

fn card(authenticate: bool, reserve_only: bool) -> Card {
    Card {
        token: "48111111-1114-token-of-the-form".to_owned(),
        authenticate,
        reserve_only,
    }
}

fn refund(key: &str, amount: i64, direct: bool) -> Act {
    Act::Refund {
        key: key.parse().unwrap(),
        amount: rupiah(amount),
        reason: "goods could not be delivered".to_owned(),
        direct,
    }
}

/// Every way to pay: made, paid, told by a genuine notification, and looked up.
#[tokio::test]
async fn every_method_is_charged_paid_and_looked_up() {
    let world = AtSandbox::start().await;
    let methods = world.midtrans.profile().methods.clone();
    assert_eq!(methods.len(), 13);
    for method in methods.into_iter().filter(|m| *m != Method::Page) {
        let mut payment = support::payment(world.codes.next(), method);
        payment.return_url = Some("https://shop.example.test/finish".to_owned());
        payment.card = (method == Method::Card).then(|| card(true, false));
        let made = world.midtrans.create(&payment).await;
        let seen = only(&made);
        assert_eq!(
            seen.claim,
            PaymentClaim::Is(PaymentState::Pending),
            "{method:?}: {made:?}"
        );
        let with = &seen.pay_with;
        assert!(
            with.code.is_some() || with.url.is_some() || with.qr_url.is_some(),
            "{method:?}: nothing to pay by"
        );
        assert_eq!(
            with.biller.is_some(),
            method == Method::Bank(Bank::Mandiri),
            "{method:?}"
        );
        world.becomes(payment.code, Fate::Paid);
        let notice = world.midtrans.read_callback(&world.notice(payment.code));
        assert!(notice.unwrap().sightings[0].state().unwrap().is_paid());
        let looked = world.midtrans.look(&PaymentRef::ours(payment.code)).await;
        assert_eq!(
            only(&looked).claim,
            PaymentClaim::Is(PaymentState::Settled),
            "{method:?}"
        );
        assert_eq!(only(&looked).amount, Some(rupiah(44_000)));
    }
}

#[tokio::test]
async fn a_card_is_taken_or_reserved_and_captured() {
    let world = AtSandbox::start().await;
    let mut payment = support::payment(world.codes.next(), Method::Card);
    payment.card = Some(card(false, false));
    let made = world.midtrans.create(&payment).await;
    assert_eq!(only(&made).claim, PaymentClaim::Is(PaymentState::Captured));
    payment.code = world.codes.next();
    payment.card = Some(card(false, true));
    let reserved = world.midtrans.create(&payment).await;
    assert_eq!(
        only(&reserved).claim,
        PaymentClaim::Is(PaymentState::Authorized)
    );
    let reference = PaymentRef {
        theirs: only(&reserved).their_ref.clone(),
        ..PaymentRef::ours(payment.code)
    };
    let captured = world.done(&reference, &Act::Capture(None)).await;
    assert_eq!(
        only(&captured).claim,
        PaymentClaim::Is(PaymentState::Captured)
    );
    let again = world.done(&reference, &Act::Capture(None)).await;
    assert_eq!(only(&again).reason, PaymentReason::WrongState);
}

#[tokio::test]
async fn a_page_has_a_token_and_is_no_payment_before_it_is_used() {
    let world = AtSandbox::start().await;
    let payment = support::payment(world.codes.next(), Method::Page);
    let made = world.midtrans.create(&payment).await;
    let with = &only(&made).pay_with;
    assert!(with.token.is_some() && with.url.is_some(), "{made:?}");
    let looked = world.midtrans.look(&PaymentRef::ours(payment.code)).await;
    assert_eq!(only(&looked).claim, PaymentClaim::NotFound);
}

#[tokio::test]
async fn e_20_refunds_in_part_by_their_keys_never_exceed_what_was_paid() {
    let world = AtSandbox::start().await;
    let payment = support::payment(world.codes.next(), Method::Qris);
    world.midtrans.create(&payment).await;
    let reference = PaymentRef::ours(payment.code);
    let early = world.done(&reference, &refund("rf-0", 1_000, false)).await;
    assert_eq!(only(&early).reason, PaymentReason::WrongState);
    world.becomes(payment.code, Fate::Paid);
    let first = world.done(&reference, &refund("rf-1", 10_000, true)).await;
    assert_eq!(
        only(&first).claim,
        PaymentClaim::Is(PaymentState::PartlyRefunded)
    );
    assert_eq!(only(&first).refunds[0].amount, rupiah(10_000));
    let same = world.done(&reference, &refund("rf-1", 10_000, true)).await;
    assert_eq!(only(&same).reason, PaymentReason::Duplicate);
    let beyond = world.done(&reference, &refund("rf-2", 34_001, false)).await;
    assert_eq!(only(&beyond).reason, PaymentReason::Amount);
    let rest = world.done(&reference, &refund("rf-3", 34_000, false)).await;
    assert_eq!(only(&rest).claim, PaymentClaim::Is(PaymentState::Refunded));
    let looked = world.midtrans.look(&reference).await;
    assert_eq!(only(&looked).refunded, Some(rupiah(44_000)));
    assert_eq!(only(&looked).refunds.len(), 2);
    let books = world.fake.payment(payment.code.as_str()).unwrap();
    assert_eq!(books.refunds.len(), 2);
}

#[tokio::test]
async fn e_32_a_settlement_that_is_taken_back_is_told() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.midtrans.create(&payment).await;
    world.becomes(payment.code, Fate::Paid);
    assert!(world.fake.settle(payment.code.as_str(), "deny"));
    let looked = world.midtrans.look(&PaymentRef::ours(payment.code)).await;
    let state = only(&looked).state().unwrap();
    assert_eq!(
        follow(PaymentState::Settled, state, Evidence::Look),
        Follow::Turn(PaymentState::Denied)
    );
}

#[tokio::test]
async fn an_expiry_says_407_and_has_succeeded() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.midtrans.create(&payment).await;
    let reference = PaymentRef::ours(payment.code);
    let ended = world.done(&reference, &Act::Expire).await;
    assert_eq!(only(&ended).claim, PaymentClaim::Is(PaymentState::Expired));
    let again = world.done(&reference, &Act::Expire).await;
    assert_eq!(only(&again).reason, PaymentReason::WrongState);
}

#[tokio::test]
async fn inv_35_a_genuine_notice_with_another_state_is_no_money() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.midtrans.create(&payment).await;
    world.becomes(payment.code, Fate::Expired);
    let forged = world.tampered(payment.code, "\"expire\"", "\"settlement\"");
    let reading = world.midtrans.read_callback(&forged).unwrap();
    assert_eq!(reading.sightings[0].claim, PaymentClaim::Unclear);
    let looked = world.midtrans.look(&PaymentRef::ours(payment.code)).await;
    assert_eq!(only(&looked).claim, PaymentClaim::Is(PaymentState::Expired));
}

#[tokio::test]
async fn another_merchants_notice_is_unclear() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.midtrans.create(&payment).await;
    world.becomes(payment.code, Fate::Paid);
    let other = world.tampered(payment.code, "G000000001", "G000000002");
    let reading = world.midtrans.read_callback(&other).unwrap();
    assert_eq!(reading.sightings[0].reason, PaymentReason::Merchant);
}
