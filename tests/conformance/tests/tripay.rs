//! The Tripay adapter keeps the promises of a payment gateway, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::Line;
use conformance::gateway::{Fate, GatewayFixture};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Amount, Bank, Environment, Expected, Method, NewPayment, PaymentClaim, PaymentCode, PaymentRef,
    PaymentState, against,
};
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::supplier::RawRequest;
use eraflazz_payments::tripay::{Config, Tripay};
use sandbox::gateway::{Call, Spoil};
use sandbox::tripay::{Fate as Becomes, Settings};

#[path = "support/payment.rs"]
mod support;

struct AtSandbox {
    tripay: Tripay,
    line: Line,
    fake: sandbox::tripay::Tripay,
    codes: support::Codes,
}

impl AtSandbox {
    async fn start() -> Self {
        Self::at(Settings::default()).await
    }

    async fn at(settings: Settings) -> Self {
        let fake = sandbox::tripay::Tripay::start(settings).await.unwrap();
        let line = Line::to(&fake.base_url()).await;
        let settings = fake.settings();
        let config = Config {
            base_url: line.url().to_owned(),
            timing: support::timing(),
            ..Config::new(
                Environment::Sandbox,
                settings.merchant_code.as_str(),
                settings.api_key.as_str(),
                settings.private_key.as_str(),
            )
        };
        Self {
            tripay: Tripay::new(config).unwrap(),
            line,
            fake,
            codes: support::Codes::default(),
        }
    }

    fn newest(&self, code: PaymentCode) -> String {
        let mut payments = self.fake.payments(code.as_str());
        payments.pop().unwrap().reference
    }
}

impl GatewayFixture for AtSandbox {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.tripay
    }

    fn line(&self) -> &Line {
        &self.line
    }

    fn payment(&self) -> NewPayment {
        support::payment(self.codes.next(), Method::Bank(Bank::Bca))
    }

    fn made(&self, code: PaymentCode) -> usize {
        self.fake.payments(code.as_str()).len()
    }

    fn asked(&self) -> u32 {
        self.fake.creates()
    }

    fn becomes(&self, code: PaymentCode, fate: Fate) {
        let fate = match fate {
            Fate::Paid => Becomes::Paid,
            Fate::Expired => Becomes::Expired,
        };
        assert!(self.fake.settle(&self.newest(code), fate));
    }

    fn notice(&self, code: PaymentCode) -> RawRequest {
        support::request(self.fake.letter(&self.newest(code)).unwrap())
    }

    fn signed_text(&self, _code: PaymentCode) -> (String, String) {
        ("44000".to_owned(), "94000".to_owned())
    }
}

conformance::gateway_suite!(AtSandbox::start);

fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

fn expected(code: PaymentCode) -> Expected {
    Expected {
        reference: PaymentRef::ours(code),
        amount: Amount::Fixed(rupiah(44_000)),
        payable: None,
    }
}

/// Every way to pay: made, paid, told by a genuine callback, and looked up.
#[tokio::test]
async fn every_method_is_created_paid_and_looked_up() {
    let world = AtSandbox::start().await;
    let methods = world.tripay.profile().methods.clone();
    assert_eq!(methods.len(), 18);
    for method in methods {
        let payment = support::payment(world.codes.next(), method);
        let made = world.tripay.create(&payment).await;
        let seen = &made.sightings[0];
        assert_eq!(
            seen.claim,
            PaymentClaim::Is(PaymentState::Pending),
            "{method:?}: {made:?}"
        );
        let with = &seen.pay_with;
        assert!(with.code.is_some() || with.url.is_some() || with.qr_text.is_some());
        world.becomes(payment.code, Fate::Paid);
        let notice = world.tripay.read_callback(&world.notice(payment.code));
        let told = &notice.unwrap().sightings[0];
        assert_eq!(
            against(&expected(payment.code), told),
            Ok(Some(rupiah(44_000)))
        );
        let reference = PaymentRef {
            theirs: seen.their_ref.clone(),
            ..PaymentRef::ours(payment.code)
        };
        let looked = world.tripay.look(&reference).await;
        assert_eq!(
            looked.sightings[0].claim,
            PaymentClaim::Is(PaymentState::Settled)
        );
    }
}

#[tokio::test]
async fn e_28_the_customers_fee_is_not_booked() {
    let world = AtSandbox::at(Settings {
        customer_bears: true,
        ..Settings::default()
    })
    .await;
    let payment = world.payment();
    let made = world.tripay.create(&payment).await;
    assert_eq!(made.sightings[0].amount, Some(rupiah(49_500)));
    world.becomes(payment.code, Fate::Paid);
    let looked = world.tripay.look(&PaymentRef::ours(payment.code)).await;
    let expected = Expected {
        payable: made.sightings[0].amount,
        ..expected(payment.code)
    };
    assert_eq!(
        against(&expected, &looked.sightings[0]),
        Ok(Some(rupiah(44_000)))
    );
}

#[tokio::test]
async fn a_standing_code_takes_many_payments_each_of_its_own() {
    let world = AtSandbox::start().await;
    let mut payment = support::payment(world.codes.next(), Method::Bank(Bank::Bca));
    payment.amount = Amount::Open;
    payment.items.clear();
    let made = world.tripay.create(&payment).await;
    let standing = made.sightings[0].standing.clone().unwrap();
    let reference = PaymentRef {
        standing: Some(standing.clone()),
        ..PaymentRef::ours(payment.code)
    };
    let nothing = world.tripay.look(&reference).await;
    assert_eq!(nothing.sightings[0].claim, PaymentClaim::NotFound);
    for amount in [12_345, 50_000] {
        world.fake.pay_open(standing.as_str(), amount).unwrap();
    }
    let looked = world.tripay.look(&reference).await;
    let expected = Expected {
        reference,
        amount: Amount::Open,
        payable: None,
    };
    let booked: Vec<_> = looked
        .sightings
        .iter()
        .map(|seen| against(&expected, seen).unwrap().unwrap())
        .collect();
    assert_eq!(booked, [rupiah(50_000), rupiah(12_345)]);
    assert_ne!(looked.sightings[0].their_ref, looked.sightings[1].their_ref);
}

#[tokio::test]
async fn channels_fees_and_instructions_are_read() {
    let world = AtSandbox::start().await;
    let channels = world.tripay.channels().await.unwrap();
    assert_eq!(channels.len(), 20);
    let qris = channels.iter().find(|one| one.code == "QRIS2").unwrap();
    assert_eq!((qris.fee_merchant.ppm, qris.active), (7_000, true));
    let fees = world.tripay.fees(rupiah(100_000), Some("QRIS2")).await;
    assert_eq!(fees.unwrap()[0].borne_by.merchant, rupiah(1_450));
    let all = world.tripay.fees(rupiah(100_000), None).await.unwrap();
    assert_eq!(all.len(), 20);
    let how = world.tripay.instructions("BCAVA", "57897", rupiah(44_000));
    assert!(how.await.unwrap()[0].steps[0].contains("57897"));
    let nowhere = world.tripay.instructions("NOWHERE", "1", rupiah(1)).await;
    assert!(nowhere.is_err());
}

#[tokio::test]
async fn inv_35_the_testers_payment_of_nothing_is_no_money() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.tripay.create(&payment).await;
    let reference = world.newest(payment.code);
    let body = format!(
        r#"{{"reference":"{reference}","merchant_ref":"{}","status":"PAID","total_amount":0,"amount_received":0,"paid_at":null}}"#,
        payment.code
    );
    let notice = support::request(world.fake.tester(&body));
    let reading = world.tripay.read_callback(&notice).unwrap();
    assert_eq!(reading.sightings[0].claim, PaymentClaim::Unclear);
    assert_eq!(reading.answer.body.as_ref(), br#"{"success":true}"#);
}

#[tokio::test]
async fn a_list_that_lags_behind_says_not_found_and_then_finds() {
    let world = AtSandbox::start().await;
    let payment = world.payment();
    world.fake.spoil(Call::Create, Spoil::Lost);
    world.tripay.create(&payment).await;
    world.fake.spoil(Call::Look, Spoil::NotFound);
    let reference = PaymentRef::ours(payment.code);
    let early = world.tripay.look(&reference).await;
    assert_eq!(early.sightings[0].claim, PaymentClaim::NotFound);
    assert!(!world.tripay.profile().not_found_settles.is_zero());
    let later = world.tripay.look(&reference).await;
    assert_eq!(
        later.sightings[0].claim,
        PaymentClaim::Is(PaymentState::Pending)
    );
}
