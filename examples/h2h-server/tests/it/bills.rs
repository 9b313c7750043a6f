//! Bills over HTTP, against the sandbox: asked about, paid, read back (E-35).

use std::time::Duration;

use reqwest::Method;
use sandbox::{Endpoint, Fault, Match, Plan, State};
use serde_json::{Value, json};

use crate::house::{Client, House, PATIENCE, SEED, Told, nonce, seconds};

/// What is sold besides: a bill of PLN, one of PDAM, tokens for a PLN meter, and something that nothing can be asked about.
const BILLS: &str = r#"
[[categories]]
slug = "tagihan"
name = "Tagihan"

[[products]]
code = "PLNPASCA"
name = "PLN Pascabayar"
category = "tagihan"
destination = { digits = [12, 12] }
base_price = 0
kind = "postpaid"
sn_required = true

[[products]]
code = "PDAM"
name = "PDAM"
category = "tagihan"
destination = { digits = [7, 7] }
base_price = 0
kind = "postpaid"

[[products]]
code = "TOKEN20"
name = "Token PLN 20.000"
category = "tagihan"
destination = "pln_meter"
base_price = 20000

[[mappings]]
product = "PLNPASCA"
supplier = "digiflazz"
sku = "pln"
cost = 0

[[mappings]]
product = "PDAM"
supplier = "digiflazz"
sku = "pdam"
cost = 0

[[mappings]]
product = "TOKEN20"
supplier = "digiflazz"
sku = "pln20"
cost = 20000

[[prices]]
tier = "retail"
category = "tagihan"
flat = 750
"#;

async fn house() -> House {
    House::open_selling(&format!("{SEED}{BILLS}"), &[]).await
}

async fn ask(client: &Client, ref_id: &str, product: &str, destination: &str) -> Told {
    let body = json!({"ref_id": ref_id, "product": product, "destination": destination});
    client
        .post_bytes("/api/v1/inquiries", body.to_string().as_bytes())
        .await
}

fn paying(ref_id: &str, inquiry: &Told) -> Value {
    json!({"ref_id": ref_id, "product": "PLNPASCA", "destination": inquiry.data("destination"), "inquiry_id": inquiry.data("inquiry_id")})
}

#[tokio::test]
async fn e_35_a_bill_is_asked_about_paid_and_its_serial_number_read() {
    let house = house().await;
    let (agen, before) = (house.agen(), house.agen().balance().await);
    let told = ask(&agen, "CEK-1", "plnpasca", "530000000001").await;
    assert_eq!(told.http, 200, "{}", told.text);
    let data = &told.body["data"];
    assert_eq!(data["kind"], "bill");
    assert_eq!(data["customer_name"], "Nama Pelanggan Pertama");
    assert_eq!(
        (&data["price"], &data["total"], &data["admin"]),
        (&json!(10_750), &json!(11_000), &json!(2_500))
    );
    let power = json!({"label": "daya", "value": "1300"});
    assert!(
        data["details"].as_array().unwrap().contains(&power),
        "{data}"
    );
    assert_eq!(agen.balance().await, before, "asking costs nothing");
    assert_eq!(told.headers["cache-control"], "private, no-store");

    let paid = agen.post_and_wait(&paying("BAYAR-1", &told)).await;
    assert_eq!(
        (paid.data("status"), paid.data("sn")),
        ("SUCCESS", "S1234554321N")
    );
    assert_eq!(paid.body["data"]["price"], 10_750);
    assert_eq!(agen.balance().await, before - 10_750);
    let ledger = house.sandbox.ledger();
    assert_eq!(ledger.purchases.len(), 1);
    assert_eq!(
        (ledger.purchases[0].posts, ledger.purchases[0].deliveries),
        (1, 1)
    );
    assert!(
        ledger.closes() && ledger.violations.is_empty(),
        "{ledger:?}"
    );
    house.close().await;
}

/// Neither asked again nor paid again, whoever repeats.
#[tokio::test]
async fn inv_18_inquiries_and_payments_are_repeated_without_effect() {
    let house = house().await;
    let agen = house.agen();
    let first = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    house.sandbox.owe("530000000001", 99_000);
    let again = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    assert_eq!(again.body["data"], first.body["data"]);
    let other = ask(&agen, "CEK-1", "PLNPASCA", "530000000002").await;
    assert_eq!(other.refusal(), (422, "REF_ID_MISMATCH"));
    house.sandbox.owe("530000000001", 10_000);

    let order = paying("BAYAR-1", &first);
    let paid = agen.post_and_wait(&order).await;
    assert_eq!(paid.data("status"), "SUCCESS");
    let repeated = agen.post_and_wait(&order).await;
    assert_eq!(repeated.body["data"], paid.body["data"]);
    assert_eq!(repeated.headers["idempotent-replayed"], "true");
    let second = agen.post(&paying("BAYAR-2", &first)).await;
    assert_eq!(second.refusal(), (409, "INQUIRY_USED"));
    assert_eq!(house.sandbox.ledger().purchases.len(), 1);
    house.close().await;
}

/// Another member's inquiry is none (INV-34); nor does one pay for another customer or product, and a bill without one is not paid.
#[tokio::test]
async fn e_35_only_an_inquiry_of_ones_own_pays_and_only_what_it_was_about() {
    let house = house().await;
    let (agen, other) = (house.agen(), house.other());
    let told = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    let foreign = other.post(&paying("CURI-1", &told)).await;
    assert_eq!(foreign.refusal(), (404, "INQUIRY_NOT_FOUND"));
    let mut absent = paying("CURI-1", &told);
    absent["inquiry_id"] = json!("0190a1b2-0000-7000-8000-000000000000");
    let absent = other.post(&absent).await;
    assert_eq!(absent.but_id(), foreign.but_id());

    let mut twisted = paying("BAYAR-1", &told);
    twisted["destination"] = json!("530000000002");
    assert_eq!(
        agen.post(&twisted).await.refused_field(),
        (422, "/inquiry_id")
    );
    let mut twisted = paying("BAYAR-1", &told);
    twisted["product"] = json!("PDAM");
    twisted["destination"] = json!("1013226");
    assert_eq!(
        agen.post(&twisted).await.refused_field(),
        (422, "/inquiry_id")
    );
    let mut without = paying("BAYAR-1", &told);
    without.as_object_mut().unwrap().remove("inquiry_id");
    assert_eq!(
        agen.post(&without).await.refused_field(),
        (422, "/inquiry_id")
    );
    let mut prepaid = crate::house::order("BAYAR-1", "087800001230");
    prepaid["inquiry_id"] = json!(told.data("inquiry_id"));
    assert_eq!(
        agen.post(&prepaid).await.refused_field(),
        (422, "/inquiry_id")
    );
    // None of that was kept, nor did it use the inquiry up.
    let paid = agen.post_and_wait(&paying("BAYAR-1", &told)).await;
    assert_eq!(paid.data("status"), "SUCCESS");
    house.close().await;
}

#[tokio::test]
async fn e_35_an_inquiry_that_is_over_is_not_paid() {
    let more = [("ENGINE__INQUIRY_TTL", "1m"), ("TIME_SCALE", "600")];
    let house = House::open_selling(&format!("{SEED}{BILLS}"), &more).await;
    let agen = house.agen();
    let told = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    let (began, engine) = (std::time::Instant::now(), house.server.engine());
    // Both are told in Jakarta's time, to the millisecond.
    while engine.now().to_string().as_str() <= told.data("expires_at") {
        assert!(
            began.elapsed() < PATIENCE,
            "it lasts for ever: {}",
            told.text
        );
        tokio::task::yield_now().await;
    }
    let late = agen.post(&paying("TELAT-1", &told)).await;
    assert_eq!(late.refusal(), (409, "INQUIRY_EXPIRED"));
    let again = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    assert_eq!(
        again.body["data"], told.body["data"],
        "the reference keeps its answer"
    );
    house.close().await;
}

/// What is refused, lost or spoilt is no answer, and costs nothing.
#[tokio::test]
async fn an_inquiry_without_an_answer_says_so() {
    let house = house().await;
    let agen = house.agen();
    house.sandbox.owe("530000000009", 0);
    let nothing_owed = ask(&agen, "CEK-1", "PLNPASCA", "530000000009").await;
    assert_eq!(nothing_owed.refusal(), (404, "BILL_NOT_FOUND"));
    let fails = ask(&agen, "CEK-2", "PLNPASCA", "530000000003").await;
    assert_eq!(fails.refusal(), (503, "INQUIRY_UNAVAILABLE"));
    for fault in [
        Fault::Lost,
        Fault::CutBody,
        Fault::EmptyBody(500),
        Fault::HtmlPage(502),
        Fault::WrongRef,
        Fault::WrongDestination,
        Fault::Contradiction,
        Fault::SayRc("90".to_owned()),
        Fault::MessageOnly,
    ] {
        house.sandbox.spoil(Endpoint::Inquiry, fault.clone());
        let spoilt = ask(&agen, "CEK-3", "PLNPASCA", "530000000001").await;
        assert_eq!(spoilt.refusal(), (503, "INQUIRY_UNAVAILABLE"), "{fault:?}");
    }
    // The reference is free: nothing of all that was kept.
    let well = ask(&agen, "CEK-3", "PLNPASCA", "530000000001").await;
    assert_eq!(well.http, 200, "{}", well.text);
    let wrong = ask(&agen, "CEK-4", "PLNPASCA", "53000000000").await;
    assert_eq!(wrong.refused_field(), (422, "/destination"));
    let unknown = ask(&agen, "CEK-4", "NOPE", "53000000000").await;
    assert_eq!(unknown.refusal(), (404, "PRODUCT_NOT_FOUND"));
    let none = ask(&agen, "CEK-4", "XL10", "087800001230").await;
    assert_eq!(none.refusal(), (422, "INQUIRY_NOT_OFFERED"));
    assert!(house.sandbox.ledger().purchases.is_empty());
    house.close().await;
}

/// Whose meter that is, before a token is bought.
#[tokio::test]
async fn a_pln_customer_is_found_before_a_token_is_bought() {
    let house = house().await;
    let agen = house.agen();
    let told = ask(&agen, "CEK-1", "TOKEN20", "12345678901").await;
    let data = &told.body["data"];
    assert_eq!((told.http, &data["kind"]), (200, &json!("customer")));
    assert_eq!(data["customer_name"], "DAVID");
    assert_eq!(
        (&data["inquiry_id"], &data["price"]),
        (&Value::Null, &Value::Null)
    );
    let nobody = ask(&agen, "CEK-2", "TOKEN20", "12345678999").await;
    assert_eq!(nobody.refusal(), (404, "BILL_NOT_FOUND"));
    house.close().await;
}

/// A payment that is pending, lost or failed ends as its supplier says when it is asked by the call that only asks; it is never sent twice.
#[tokio::test]
async fn e_35_a_payment_in_doubt_is_asked_about_and_never_sent_again() {
    let house = house().await;
    let agen = house.agen();
    let cases = [
        ("530000000006", Plan::gagal(), "FAILED"),
        (
            "530000000011",
            Plan::sukses()
                .fault(Fault::Lost)
                .fault_always(Fault::WebhookNever),
            "SUCCESS",
        ),
        (
            "530000000012",
            Plan::gagal().fault(Fault::HtmlPage(502)),
            "FAILED",
        ),
        (
            "530000000013",
            Plan::pending()
                .then(Duration::from_millis(50), "00")
                .fault_always(Fault::WebhookNever),
            "SUCCESS",
        ),
        (
            "530000000014",
            Plan::pending().then(Duration::from_millis(50), "02"),
            "FAILED",
        ),
    ];
    let before = agen.balance().await;
    for (number, plan, _) in &cases {
        house
            .sandbox
            .script(Match::CustomerNo((*number).to_owned()), plan.clone());
    }
    let mut paid = 0;
    for (number, _, status) in &cases {
        let told = ask(&agen, &format!("CEK-{number}"), "PLNPASCA", number).await;
        let ref_id = format!("BAYAR-{number}");
        agen.post(&paying(&ref_id, &told)).await;
        agen.until(&ref_id, status).await;
        paid += i64::from(*status == "SUCCESS");
    }
    assert_eq!(agen.balance().await, before - paid * 10_750);
    let ledger = house.sandbox.ledger();
    assert!(ledger.violations.is_empty(), "{:?}", ledger.violations);
    for row in &ledger.purchases {
        assert_eq!((row.posts, row.executions), (1, 1), "{row:?}");
    }
    let lost = ledger
        .purchases
        .iter()
        .find(|row| row.customer_no == "530000000011");
    assert!(lost.is_some_and(|row| row.asks >= 1 && row.state == State::Sukses));
    house.close().await;
}

/// The supplier takes more than it told: the member pays what was agreed, the cost is booked, a case is opened and the route closed (INV-16, INV-17).
#[tokio::test]
async fn e_35_a_bill_that_changed_its_amount_costs_the_member_what_was_told() {
    let house = house().await;
    let (agen, before) = (house.agen(), house.agen().balance().await);
    let told = ask(&agen, "CEK-1", "PLNPASCA", "530000000001").await;
    house.sandbox.owe("530000000001", 12_000);
    let paid = agen.post_and_wait(&paying("BAYAR-1", &told)).await;
    assert_eq!(paid.data("status"), "SUCCESS");
    assert_eq!(agen.balance().await, before - 10_750);
    let engine = house.server.engine();
    let page = eraflazz_core::ports::Page::first(10);
    let cases = engine.open_cases(&page).await.unwrap();
    let kinds: Vec<_> = cases.iter().map(|case| case.key.kind).collect();
    assert_eq!(kinds, [eraflazz_core::commit::CaseKind::OverCap]);
    let closed = ask(&agen, "CEK-2", "PLNPASCA", "530000000002").await;
    assert_eq!(closed.refusal(), (503, "INQUIRY_UNAVAILABLE"));
    house.close().await;
}

/// As every other call: signed, scoped and counted.
#[tokio::test]
async fn t_03_an_inquiry_needs_a_signature_the_scope_and_a_place_in_the_minute() {
    let house = house().await;
    let body = json!({"ref_id": "CEK-1", "product": "PLNPASCA", "destination": "530000000001"})
        .to_string();
    let path = "/api/v1/inquiries";
    let reader = house.client("ek_test_baca_0001", "test-secret-of-baca-0001-abcdef");
    let refused = reader.post_bytes(path, body.as_bytes()).await;
    assert_eq!(refused.refusal(), (403, "SCOPE_MISSING"));
    let forged = house.client("ek_test_agen_0001", "another-secret-of-agen-abcdef01");
    let refused = forged.post_bytes(path, body.as_bytes()).await;
    assert_eq!(refused.refusal(), (401, "UNAUTHENTICATED"));
    let simple = house
        .agen()
        .signed_simply(&Method::POST, path, body.as_bytes());
    assert_eq!(Told::of(simple.send().await.unwrap()).await.http, 200);
    let late = house.agen().signed(
        &Method::POST,
        path,
        body.as_bytes(),
        seconds() - 400,
        &nonce(),
    );
    assert_eq!(Told::of(late.send().await.unwrap()).await.http, 401);
    let shop = house.client("ek_test_toko_0001", "test-secret-of-toko-0001-abcdef");
    for n in 0..3 {
        let told = ask(&shop, &format!("CEK-{n}"), "PLNPASCA", "530000000001").await;
        assert_eq!(told.http, 200, "{}", told.text);
    }
    let full = ask(&shop, "CEK-3", "PLNPASCA", "530000000001").await;
    assert_eq!(full.refusal(), (429, "RATE_LIMITED"));
    let extra = json!({"ref_id": "CEK-9", "product": "PLNPASCA", "destination": "530000000001", "price": 1}).to_string();
    let refused = house.agen().post_bytes(path, extra.as_bytes()).await;
    assert_eq!(refused.http, 422, "{}", refused.text);
    house.close().await;
}

/// On the price list a bill has a kind and no price.
#[tokio::test]
async fn a_bill_is_listed_without_a_price() {
    let house = house().await;
    let told = house.agen().get("/api/v1/products?category=tagihan").await;
    let rows = told.body["data"]["products"].as_array().unwrap();
    let of = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap();
    assert_eq!(
        (&of("PDAM")["kind"], &of("PDAM")["price"]),
        (&json!("postpaid"), &Value::Null)
    );
    assert_eq!(
        (&of("TOKEN20")["kind"], &of("TOKEN20")["price"]),
        (&json!("prepaid"), &json!(20_750))
    );
    house.close().await;
}
