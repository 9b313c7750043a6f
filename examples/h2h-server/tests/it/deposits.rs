//! Members' deposits through payment gateways, over HTTP and through the sandboxes of the gateways.

use std::path::Path;
use std::time::Instant;

use eraflazz_core::payment::Payment;
use reqwest::Method;
use sandbox::gateway::Letter;
use sandbox::midtrans::{self, Midtrans};
use sandbox::tripay::{self, Fate, Tripay};
use serde_json::{Value, json};

use crate::commands::{asked, said};
use crate::durable::{KEY, place};
use crate::house::{Client, House, PATIENCE, Told, nonce, order, seconds};

const TRIPAY: &str = "/api/v1/webhooks/tripay";
const MIDTRANS: &str = "/api/v1/webhooks/midtrans/payment-notification";

/// The settings of a gateway at the sandbox of Tripay.
pub(crate) fn at_tripay(gateway: &Tripay) -> Vec<(&'static str, String)> {
    let merchant = gateway.settings();
    vec![
        ("GATEWAY__TRIPAY__KIND", "tripay".to_owned()),
        ("GATEWAY__TRIPAY__ENVIRONMENT", "sandbox".to_owned()),
        ("GATEWAY__TRIPAY__NUMBER", "1".to_owned()),
        ("GATEWAY__TRIPAY__BASE_URL", gateway.base_url()),
        (
            "GATEWAY__TRIPAY__MERCHANT_CODE",
            merchant.merchant_code.clone(),
        ),
        ("GATEWAY__TRIPAY__API_KEY", merchant.api_key.clone()),
        ("GATEWAY__TRIPAY__PRIVATE_KEY", merchant.private_key.clone()),
        ("GATEWAY__TRIPAY__METHODS", "qris,va_bri,dana".to_owned()),
        ("GATEWAY__TRIPAY__MAX", "1000000".to_owned()),
        // At the pace of these tests five seconds.
        ("GATEWAY__TRIPAY__TIMEOUT", "5m".to_owned()),
    ]
}

/// The same at that of Midtrans.
fn at_midtrans(gateway: &Midtrans) -> Vec<(&'static str, String)> {
    vec![
        ("GATEWAY__MIDTRANS__KIND", "midtrans".to_owned()),
        ("GATEWAY__MIDTRANS__ENVIRONMENT", "sandbox".to_owned()),
        ("GATEWAY__MIDTRANS__NUMBER", "2".to_owned()),
        ("GATEWAY__MIDTRANS__BASE_URL", gateway.base_url()),
        ("GATEWAY__MIDTRANS__SNAP_URL", gateway.snap_url()),
        (
            "GATEWAY__MIDTRANS__SERVER_KEY",
            gateway.settings().server_key.clone(),
        ),
        ("GATEWAY__MIDTRANS__TIMEOUT", "5m".to_owned()),
    ]
}

/// Checks are far off, so that what happens happens by a notification or by somebody's word.
const SELDOM: [(&str, &str); 1] = [("GATEWAY__TRIPAY__POLL", "1d")];
const SELDOM_AT_MIDTRANS: [(&str, &str); 1] = [("GATEWAY__MIDTRANS__POLL", "1d")];

pub(crate) async fn house_at(gateways: &[(&'static str, String)], more: &[(&str, &str)]) -> House {
    let own = gateways.iter().map(|(key, value)| (*key, value.as_str()));
    let all: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
    House::open_with(&all).await
}

/// A house with Tripay, which knows where to tell it.
async fn with_tripay(more: &[(&str, &str)]) -> (House, Tripay) {
    let gateway = Tripay::start(tripay::Settings::default()).await.unwrap();
    let house = house_at(&at_tripay(&gateway), more).await;
    gateway.set_callback_url(house.url(TRIPAY));
    (house, gateway)
}

async fn with_midtrans(more: &[(&str, &str)]) -> (House, Midtrans) {
    let gateway = Midtrans::start(midtrans::Settings::default())
        .await
        .unwrap();
    let house = house_at(&at_midtrans(&gateway), more).await;
    gateway.set_notification_url(house.url(MIDTRANS));
    (house, gateway)
}

fn deposit(ref_id: &str, gateway: &str, amount: i64) -> Value {
    json!({
        "ref_id": ref_id, "gateway": gateway, "method": "qris", "amount": amount,
        "customer": {"name": "Toko Maju", "email": "kasir@toko-maju.example", "phone": "081234567890"},
    })
}

impl Client {
    async fn pay_in(&self, wanted: &Value) -> Told {
        let body = wanted.to_string();
        self.post_bytes("/api/v1/deposits", body.as_bytes()).await
    }

    async fn deposit(&self, id: &str) -> Told {
        self.get(&format!("/api/v1/deposits/{id}")).await
    }

    async fn does(&self, id: &str, what: &str) -> Told {
        let path = format!("/api/v1/deposits/{id}/{what}");
        self.post_bytes(&path, b"").await
    }

    /// The deposit, once it has this status.
    async fn until_deposit(&self, id: &str, status: &str) -> Told {
        let began = Instant::now();
        loop {
            let told = self.deposit(id).await;
            if told.data("status") == status {
                return told;
            }
            assert!(began.elapsed() < PATIENCE, "not {status}: {}", told.text);
            tokio::task::yield_now().await;
        }
    }
}

/// Tripay's own id of this deposit.
fn theirs(gateway: &Tripay, told: &Told) -> String {
    let mut payments = gateway.payments(told.data("code"));
    assert_eq!(payments.len(), 1, "{}", told.text);
    payments.remove(0).reference
}

async fn post(house: &House, path: &str, letter: &Letter) -> Told {
    let http = house.agen().http;
    let mut request = http.post(house.url(path)).body(letter.body.clone());
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    Told::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_22_what_is_paid_is_credited_once_however_often_it_is_told() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    assert_eq!(told.http, 200, "{}", told.text);
    assert_eq!(told.data("status"), "PENDING");
    let pay = &told.body["data"]["pay"];
    assert_eq!(pay["qr_text"], "SANDBOX MODE", "{pay}");
    assert_eq!(told.body["data"]["payable"], 50_000);
    assert_eq!(told.headers["cache-control"], "private, no-store");
    let id = told.data("id").to_owned();
    assert_eq!(agen.balance().await, before, "nothing came yet");

    let theirs = theirs(&gateway, &told);
    assert!(gateway.settle(&theirs, Fate::Paid));
    gateway.announce(&theirs);
    let paid = agen.until_deposit(&id, "PAID").await;
    assert_eq!(paid.body["data"]["credited"], 50_000);
    assert_eq!(
        paid.body["data"]["pay"],
        Value::Null,
        "nobody pays it again"
    );
    assert_eq!(agen.balance().await, before + 50_000);

    // The same word again, and another genuine one.
    let letter = gateway.letter(&theirs).unwrap();
    let reworded = gateway.tester(&letter.body.replace("a\\/b", "c"));
    for letter in [&letter, &letter, &reworded] {
        let answer = post(&house, TRIPAY, letter).await;
        assert_eq!(
            (answer.http, answer.text.as_str()),
            (200, r#"{"success":true}"#)
        );
    }
    agen.does(&id, "check").await;
    assert_eq!(agen.balance().await, before + 50_000);
    let mutations = agen.get("/api/v1/mutations").await;
    let rows = mutations.body["data"]["mutations"].as_array().unwrap();
    let of_it = rows.iter().filter(|row| row["reference_id"] == id.as_str());
    assert_eq!(of_it.count(), 1, "{}", mutations.text);
    // It can be spent.
    let bought = agen.post_and_wait(&order("T-1", "087800007001")).await;
    assert_eq!(bought.data("status"), "SUCCESS");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_35_a_notification_that_proves_nothing_is_a_401_and_is_not_kept() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let (id, theirs) = (told.data("id"), theirs(&gateway, &told));
    let genuine = gateway.letter(&theirs).unwrap();
    let altered = Letter {
        body: genuine.body.replace("UNPAID", "PAID"),
        ..genuine.clone()
    };
    let unsigned = Letter {
        headers: Vec::new(),
        ..genuine.clone()
    };
    let refused = post(&house, TRIPAY, &unsigned).await;
    assert_eq!(refused.refusal(), (401, "UNAUTHENTICATED"));
    let nobody = post(&house, "/api/v1/webhooks/nobody", &genuine).await;
    let odd = post(&house, "/api/v1/webhooks/%ff", &genuine).await;
    let altered = post(&house, TRIPAY, &altered).await;
    for told in [altered, nobody, odd] {
        assert_eq!(told.but_id(), refused.but_id());
    }
    let long = gateway.tester(&format!("\"{}\"", "x".repeat(64 * 1024)));
    assert_eq!(
        post(&house, TRIPAY, &long).await.refusal(),
        (413, "BODY_TOO_LARGE")
    );
    let payment = Payment::id_of(house.member("agen").await, &"D-1".parse().unwrap());
    assert_eq!(payment.to_string(), id);
    let log = house.server.engine().ledger().log(payment.into()).await;
    let log = log.unwrap();
    let raw: String = log
        .iter()
        .map(|row| String::from_utf8_lossy(&row.raw).into_owned())
        .collect();
    assert!(
        !raw.contains("total_amount"),
        "a notification was kept: {raw}"
    );

    // A genuine one that says it is paid, while the gateway says that it is not: the gateway is asked, and it counts.
    let premature = gateway.tester(&genuine.body.replace("UNPAID", "PAID"));
    assert_eq!(post(&house, TRIPAY, &premature).await.http, 200);
    agen.does(id, "check").await;
    assert_eq!(agen.deposit(id).await.data("status"), "PENDING");
    assert_eq!(agen.balance().await, before);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_18_the_same_ref_id_asks_for_nothing_twice() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let wanted = deposit("D-1", "tripay", 50_000);
    let first = agen.pay_in(&wanted).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = agen.pay_in(&wanted).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.text, first.text);
    let body = wanted.to_string();
    let request = agen.signed(
        &Method::POST,
        "/api/v1/deposits",
        body.as_bytes(),
        seconds(),
        &nonce(),
    );
    let keyed = request
        .header("Idempotency-Key", "D-2")
        .send()
        .await
        .unwrap();
    assert_eq!(Told::of(keyed).await.refused_field(), (422, "/ref_id"));
    let many = (0..8).map(|_| {
        let (agen, wanted) = (agen.clone(), deposit("D-2", "tripay", 20_000));
        tokio::spawn(async move { agen.pay_in(&wanted).await.data("id").to_owned() })
    });
    let many: Vec<_> = many.collect();
    let mut ids = Vec::new();
    for one in many {
        ids.push(one.await.unwrap());
    }
    assert!(
        ids.iter().all(|id| *id == ids[0] && !id.is_empty()),
        "{ids:?}"
    );
    let other = agen.pay_in(&deposit("D-1", "tripay", 50_001)).await;
    assert_eq!(other.refusal(), (422, "REF_ID_MISMATCH"));
    // References of orders are another matter.
    let order = agen.post_and_wait(&order("D-1", "087800007002")).await;
    assert_eq!(order.data("status"), "SUCCESS");
    assert_eq!(gateway.creates(), 2);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused_by_field_and_rule() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    for (pointer, value, field) in [
        ("/amount", json!(9_999), "/amount"),
        ("/amount", json!(1_000_001), "/amount"),
        ("/amount", json!(0), "/amount"),
        ("/amount", json!("50000"), "/amount"),
        ("/gateway", json!("midtrans"), "/gateway"),
        ("/method", json!("cash"), "/method"),
        ("/method", json!("va_bca"), "/method"),
        ("/customer/name", json!(" "), "/customer/name"),
        ("/customer/email", json!("kasir"), "/customer/email"),
        ("/customer/phone", json!("0812"), "/customer/phone"),
        ("/customer", json!({"name": "x"}), "/customer/email"),
        ("/ref_id", json!("D|1"), "/ref_id"),
    ] {
        let mut wanted = deposit("D-1", "tripay", 50_000);
        *wanted.pointer_mut(pointer).unwrap() = value.clone();
        let told = agen.pay_in(&wanted).await;
        assert_eq!(told.refused_field(), (422, field), "{value}: {}", told.text);
        assert!(
            !told.body["errors"][0]["detail"]
                .as_str()
                .unwrap()
                .is_empty()
        );
    }
    let few = agen.pay_in(&deposit("D-1", "tripay", 1)).await;
    let rule = few.body["errors"][0]["detail"].as_str().unwrap();
    assert_eq!(rule, "10000 to 1000000 rupiah at this gateway");
    let mut more = deposit("D-1", "tripay", 50_000);
    more["credited"] = json!(1);
    assert_eq!(agen.pay_in(&more).await.refused_field(), (422, "/credited"));
    assert_eq!(gateway.creates(), 0, "nobody was asked");
    // The reference is still free.
    assert_eq!(
        agen.pay_in(&deposit("D-1", "tripay", 10_000)).await.http,
        200
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_34_nobody_sees_or_touches_anothers_deposit() {
    let (house, _gateway) = with_tripay(&SELDOM).await;
    let (agen, other) = (house.agen(), house.other());
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let id = told.data("id");
    let absent = other.deposit("00000000-0000-0000-0000-000000000000").await;
    assert_eq!(absent.refusal(), (404, "DEPOSIT_NOT_FOUND"));
    for told in [
        other.deposit(id).await,
        other.deposit("D-1").await,
        other.does(id, "check").await,
        other.does(id, "cancel").await,
    ] {
        assert_eq!(told.but_id(), absent.but_id());
    }
    let of_other = other.get("/api/v1/deposits").await;
    assert_eq!(of_other.body["data"]["deposits"], json!([]));
    // The same reference of another member is another deposit.
    let theirs = other.pay_in(&deposit("D-1", "tripay", 20_000)).await;
    assert_ne!(theirs.data("id"), id);
    for n in 2..=3 {
        agen.pay_in(&deposit(&format!("D-{n}"), "tripay", 50_000))
            .await;
    }
    let first = agen.get("/api/v1/deposits?limit=2").await;
    let refs = |told: &Told| -> Vec<String> {
        let rows = told.body["data"]["deposits"].as_array().unwrap();
        rows.iter()
            .map(|row| row["ref_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(refs(&first), ["D-3", "D-2"]);
    let cursor = first.data("next_cursor");
    let rest = agen
        .get(&format!("/api/v1/deposits?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(refs(&rest), ["D-1"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_the_gateway_asked_once_in_ten_seconds() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let id = told.data("id");
    gateway.settle(&theirs(&gateway, &told), Fate::Paid);
    let checked = agen.does(id, "check").await;
    assert_eq!(checked.data("status"), "PAID", "{}", checked.text);
    assert_eq!(agen.balance().await, before + 50_000);
    let soon = agen.does(id, "check").await;
    assert_eq!(soon.refusal(), (429, "RATE_LIMITED"));
    let wait: u64 = soon.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    house.close().await;
}

/// The notification is lost for ever: the sweep finds the money.
#[tokio::test(flavor = "multi_thread")]
async fn inv_26_money_that_nobody_tells_of_is_found() {
    let (house, gateway) = with_tripay(&[]).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    gateway.settle(&theirs(&gateway, &told), Fate::Paid);
    agen.until_deposit(told.data("id"), "PAID").await;
    assert_eq!(agen.balance().await, before + 50_000);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_29_money_that_comes_after_the_end_is_credited_once() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let (id, theirs) = (told.data("id"), theirs(&gateway, &told));
    gateway.settle(&theirs, Fate::Expired);
    gateway.announce(&theirs);
    let over = agen.until_deposit(id, "EXPIRED").await;
    assert_eq!(over.body["data"]["credited"], 0);
    let late = agen.does(id, "cancel").await;
    assert_eq!(late.data("status"), "EXPIRED", "it is over already");
    gateway.settle(&theirs, Fate::Paid);
    gateway.announce(&theirs);
    agen.until_deposit(id, "PAID").await;
    assert_eq!(agen.balance().await, before + 50_000);
    let cancel = agen.does(id, "cancel").await;
    assert_eq!(cancel.refusal(), (409, "DEPOSIT_NOT_CANCELLABLE"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_32_what_is_given_back_leaves_the_balance() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let (id, theirs) = (told.data("id"), theirs(&gateway, &told));
    gateway.settle(&theirs, Fate::Paid);
    gateway.announce(&theirs);
    agen.until_deposit(id, "PAID").await;
    gateway.settle(&theirs, Fate::Refund);
    gateway.announce(&theirs);
    let back = agen.until_deposit(id, "REVERSED").await;
    assert_eq!(back.body["data"]["credited"], 0);
    assert_eq!(agen.balance().await, before);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_07_a_server_that_dies_between_the_payment_and_its_word_credits_once() {
    let data = place("deposits");
    let kept = |data: &Path| {
        [
            ("STORE__KIND".to_owned(), "folder".to_owned()),
            ("STORE__DATA".to_owned(), data.to_str().unwrap().to_owned()),
            ("STORE__VAULT_KEY".to_owned(), KEY.to_owned()),
        ]
    };
    let kept = kept(&data);
    let kept: Vec<(&str, &str)> = kept.iter().map(|(key, value)| (&**key, &**value)).collect();
    let more = [&kept[..], &SELDOM[..]].concat();
    let gateway = Tripay::start(tripay::Settings::default()).await.unwrap();
    let house = house_at(&at_tripay(&gateway), &more).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let (id, theirs) = (told.data("id").to_owned(), theirs(&gateway, &told));
    house.close().await;

    gateway.settle(&theirs, Fate::Paid);
    let house = house_at(&at_tripay(&gateway), &more).await;
    let agen = house.agen();
    assert_eq!(agen.deposit(&id).await.data("status"), "PENDING");
    let letter = gateway.letter(&theirs).unwrap();
    assert_eq!(post(&house, TRIPAY, &letter).await.http, 200);
    agen.until_deposit(&id, "PAID").await;
    house.close().await;

    let house = house_at(&at_tripay(&gateway), &more).await;
    let agen = house.agen();
    assert_eq!(post(&house, TRIPAY, &letter).await.http, 200);
    agen.does(&id, "check").await;
    assert_eq!(agen.deposit(&id).await.data("status"), "PAID");
    assert_eq!(agen.balance().await, before + 50_000);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_paid_with_is_told_with_limits_and_fees() {
    let gateway = Tripay::start(tripay::Settings {
        customer_bears: true,
        ..tripay::Settings::default()
    });
    let gateway = gateway.await.unwrap();
    let more = Midtrans::start(midtrans::Settings::default())
        .await
        .unwrap();
    let both = [at_tripay(&gateway), at_midtrans(&more)].concat();
    let house = house_at(&both, &SELDOM).await;
    let agen = house.agen();
    let told = agen.get("/api/v1/deposits/channels").await;
    let rows = told.body["data"]["channels"].as_array().unwrap();
    let of = |gateway: &str, method: &str| {
        let found = rows
            .iter()
            .find(|row| row["gateway"] == gateway && row["method"] == method);
        found.unwrap_or_else(|| panic!("no {method} at {gateway}: {}", told.text))
    };
    let qris = of("tripay", "qris");
    assert_eq!(
        (&qris["min"], &qris["max"]),
        (&json!(10_000), &json!(1_000_000))
    );
    assert_eq!(qris["fee"], json!({"flat": 750, "ppm": 7_000}));
    assert_eq!(of("midtrans", "gopay")["fee"], Value::Null);
    assert_eq!(
        rows.iter().filter(|row| row["gateway"] == "tripay").count(),
        3
    );
    assert!(rows.iter().all(|row| row["method"] != "card"));
    // A fee that the customer bears comes on top, and is not credited.
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "tripay", 100_000)).await;
    assert_eq!(told.body["data"]["payable"], 101_450);
    gateway.settle(&theirs(&gateway, &told), Fate::Paid);
    agen.does(told.data("id"), "check").await;
    assert_eq!(agen.balance().await, before + 100_000);
    // A gateway that says nothing stands as the settings have it.
    gateway.shut_door();
    let other = house_at(&both, &SELDOM).await;
    let told = other.agen().get("/api/v1/deposits/channels").await;
    let rows = told.body["data"]["channels"].as_array().unwrap();
    let tripay: Vec<&Value> = rows
        .iter()
        .filter(|row| row["gateway"] == "tripay")
        .collect();
    assert!(tripay.len() == 3 && tripay.iter().all(|row| row["fee"].is_null()));
    other.close().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn midtrans_is_believed_when_it_is_asked_and_calls_off_what_is_unpaid() {
    let (house, gateway) = with_midtrans(&SELDOM_AT_MIDTRANS).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "midtrans", 50_000)).await;
    assert_eq!(told.data("status"), "PENDING", "{}", told.text);
    let (id, code) = (told.data("id"), told.data("code"));
    // Its signature leaves the status out: a genuine one is sent again with another. It is kept, the gateway is asked, and nothing moves.
    let letter = gateway.letter(code).unwrap();
    let lie = Letter {
        body: letter.body.replace("\"pending\"", "\"settlement\""),
        ..letter.clone()
    };
    assert_ne!(lie.body, letter.body);
    assert_eq!(post(&house, MIDTRANS, &lie).await.http, 200);
    agen.does(id, "check").await;
    assert_eq!(
        (agen.deposit(id).await.data("status"), agen.balance().await),
        ("PENDING", before)
    );
    gateway.settle(code, "settlement");
    gateway.announce(code);
    agen.until_deposit(id, "PAID").await;
    assert_eq!(agen.balance().await, before + 50_000);
    // The same door by the general address; and one for subscriptions, which carry no signature.
    let letter = gateway.letter(code).unwrap();
    assert_eq!(
        post(&house, "/api/v1/webhooks/midtrans", &letter)
            .await
            .http,
        200
    );
    let recurring = Letter {
        body: r#"{"event_name":"subscription.charge","transaction":{"transaction_status":"settlement"}}"#.to_owned(),
        ..letter
    };
    let path = "/api/v1/webhooks/midtrans/recurring-notification";
    assert_eq!(
        post(&house, path, &recurring).await.refusal(),
        (401, "UNAUTHENTICATED")
    );
    assert_eq!(agen.balance().await, before + 50_000);

    let told = agen.pay_in(&deposit("D-2", "midtrans", 20_000)).await;
    for _ in 0..2 {
        let cancelled = agen.does(told.data("id"), "cancel").await;
        assert_eq!(cancelled.data("status"), "CANCELLED", "{}", cancelled.text);
    }
    house.close().await;
    let (house, _gateway) = with_tripay(&SELDOM).await;
    let agen = house.agen();
    let told = agen.pay_in(&deposit("D-1", "tripay", 50_000)).await;
    let cancelled = agen.does(told.data("id"), "cancel").await;
    assert_eq!(cancelled.refusal(), (409, "DEPOSIT_NOT_CANCELLABLE"));
    assert_eq!(
        agen.deposit(told.data("id")).await.data("status"),
        "PENDING"
    );
    house.close().await;
}

/// Whoever holds a genuine notification whose signature leaves fields out can send it with others for ever, and each is another.
#[tokio::test(flavor = "multi_thread")]
async fn t_16_what_is_genuine_is_bounded_as_well() {
    let (house, gateway) = with_tripay(&[("GATEWAY__TRIPAY__NOTIFICATIONS_PER_MINUTE", "2")]).await;
    let letter =
        |n: u32| gateway.tester(&format!(r#"{{"reference":"DEV-T{n}","status":"UNPAID"}}"#));
    for (n, expected) in [(1, 200), (2, 200), (3, 429)] {
        let forged = Letter {
            headers: Vec::new(),
            ..letter(n)
        };
        assert_eq!(
            post(&house, TRIPAY, &forged).await.http,
            401,
            "uses nothing up"
        );
        assert_eq!(post(&house, TRIPAY, &letter(n)).await.http, expected);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_return_show_and_credit_nothing() {
    let (house, gateway) = with_midtrans(&SELDOM_AT_MIDTRANS).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let told = agen.pay_in(&deposit("D-1", "midtrans", 50_000)).await;
    let code = told.data("code");
    let _ = gateway;
    for page in ["finish", "unfinish", "error"] {
        let path = format!(
            "/deposits/{page}?order_id={code}&status_code=200&transaction_status=settlement"
        );
        let shown = agen.http.get(house.url(&path)).send().await.unwrap();
        assert_eq!(shown.status(), 200);
        let policy = shown.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none'; base-uri 'none'"),
            "{policy}"
        );
        let text = shown.text().await.unwrap();
        assert!(text.starts_with("<!DOCTYPE html>") && !text.contains(code));
    }
    assert_eq!(
        agen.deposit(told.data("id")).await.data("status"),
        "PENDING"
    );
    assert_eq!(agen.balance().await, before);
    house.close().await;
}

/// Everybody's, by member and by how they stand, page by page.
#[tokio::test(flavor = "multi_thread")]
async fn operators_see_every_deposit() {
    let (house, gateway) = with_tripay(&SELDOM).await;
    let (agen, other, dewi) = (house.agen(), house.other(), house.dewi());
    for n in 1..=3 {
        agen.pay_in(&deposit(&format!("D-{n}"), "tripay", 50_000))
            .await;
    }
    let told = other.pay_in(&deposit("D-9", "tripay", 20_000)).await;
    gateway.settle(&theirs(&gateway, &told), Fate::Paid);
    other.does(told.data("id"), "check").await;
    let refs = async |query: &str| {
        let (mut refs, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/admin/deposits?limit=2{query}{cursor}");
            let page = dewi.get(&path).await;
            assert_eq!(page.http, 200, "{}", page.text);
            for row in page.body["data"]["deposits"].as_array().unwrap() {
                refs.push(row["ref_id"].as_str().unwrap().to_owned());
            }
            match page.body["data"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return refs,
            }
        }
    };
    assert_eq!(refs("").await, ["D-9", "D-3", "D-2", "D-1"]);
    assert_eq!(refs("&member=agen").await, ["D-3", "D-2", "D-1"]);
    assert_eq!(refs("&status=PENDING").await, ["D-3", "D-2", "D-1"]);
    assert_eq!(refs("&status=PAID").await, ["D-9"]);
    assert_eq!(refs("&status=PAID&member=agen").await, [""; 0]);
    let row = dewi.get("/api/v1/admin/deposits?status=PAID").await;
    let row = &row.body["data"]["deposits"][0];
    assert_eq!(
        (&row["gateway"], &row["state"], &row["credited"]),
        (&json!("tripay"), &json!("settled"), &json!(20_000))
    );
    let nobody = "&cursor=00000000-0000-0000-0000-000000000000";
    assert_eq!(refs(nobody).await, [""; 0]);
    for (query, field) in [
        ("member=siapa", "/member"),
        ("status=paid", "/status"),
        ("limit=0", "/limit"),
        ("cursor=7", "/cursor"),
    ] {
        let told = dewi.get(&format!("/api/v1/admin/deposits?{query}")).await;
        assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    }
    house.close().await;
}

/// Without --fix it tells what it would do and changes nothing; with it the money is there.
#[tokio::test(flavor = "multi_thread")]
async fn operators_have_gateways_asked_by_commands() {
    let (house, gateway) = with_midtrans(&SELDOM_AT_MIDTRANS).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let mut codes = Vec::new();
    for n in 1..=3 {
        let told = agen
            .pay_in(&deposit(&format!("D-{n}"), "midtrans", 50_000))
            .await;
        codes.push(told.data("code").to_owned());
    }
    let [paid, open, last] = &codes[..] else {
        panic!("{codes:?}")
    };
    gateway.settle(paid, "settlement");
    let run = async |line: &str| said(asked(&house, line)).await;
    let actions = |told: &Value| -> Vec<(String, String, bool)> {
        let rows = told.as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        rows.map(|row| {
            let done = row["done"].as_bool().unwrap();
            (text(&row["code"]), text(&row["action"]), done)
        })
        .collect()
    };
    let wanted = |action: &str, done| {
        vec![
            (last.clone(), "none".to_owned(), false),
            (open.clone(), "none".to_owned(), false),
            (paid.clone(), action.to_owned(), done),
        ]
    };
    let looked = run("payments check-all --json").await.json();
    assert_eq!(actions(&looked), wanted("credit", false), "{looked}");
    assert_eq!(agen.balance().await, before);
    let shown = run("payments check-all").await.out;
    for word in [&**paid, "settled", "would be credited"] {
        assert!(shown.contains(word), "{shown}");
    }
    let fixed = run("payments check-all --fix --json").await.json();
    assert_eq!(actions(&fixed), wanted("credit", true), "{fixed}");
    assert_eq!(agen.balance().await, before + 50_000);
    let again = run("payments check-all --fix --json").await.json();
    assert_eq!(actions(&again).len(), 2, "what is paid is pending no more");

    // Whatever it stands at, one is asked about by its code.
    let lower = open.to_ascii_lowercase();
    gateway.settle(open, "settlement");
    let checked = run(&format!("payments check-status {lower} --json")).await;
    assert_eq!(checked.json()["action"], "credit");
    let checked = run(&format!("payments check-status {open}")).await.out;
    assert!(checked.contains("settled"), "{checked}");
    assert_eq!(agen.balance().await, before + 100_000);
    let nobody = run("payments check-status E0001KDVDYMR00G70R7Z").await;
    assert_ne!(nobody.code, 0);
    assert!(nobody.err.contains("NOT_FOUND"), "{}", nobody.err);
    assert_ne!(run("payments check-status D-1").await.code, 0);

    // Its time is not over.
    let none = run("payments cleanup-expired --json").await.json();
    assert_eq!(none, json!([]));
    let listed = run("payments list --status PENDING").await.out;
    assert!(listed.contains(&**last) && !listed.contains(&**paid));
    house.close().await;
}
