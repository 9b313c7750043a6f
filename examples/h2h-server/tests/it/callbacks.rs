//! What suppliers report later.

use std::time::{Duration, Instant};

use sandbox::{Match, Plan, Signing};
use serde_json::json;

use crate::house::{House, PATIENCE, Told, order};

const DIGIFLAZZ: &str = "/api/v1/callbacks/supplier/digiflazz";

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_callback_settles_a_pending_order() {
    let house = House::open().await;
    let agen = house.agen();
    let number = "087800004001";
    let plan = Plan::pending().then(Duration::from_millis(100), "00");
    house.sandbox.script(Match::CustomerNo(number.into()), plan);
    let told = agen.post_and_wait(&order("C-1", number)).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    assert_eq!(house.sandbox.deliveries_to(number), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_proves_nothing_is_a_401() {
    let house = House::open().await;
    let http = house.agen().http;
    let post = async |path: &str, signature: Option<&str>| {
        let mut request = http.post(house.url(path)).body("{\"data\":{}}");
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature", signature);
        }
        Told::of(request.send().await.unwrap()).await
    };
    let unsigned = post(DIGIFLAZZ, None).await;
    assert_eq!(unsigned.refusal(), (401, "UNAUTHENTICATED"));
    let wrong = "sha1=0000000000000000000000000000000000000000";
    let wrong = post(DIGIFLAZZ, Some(wrong)).await;
    let unknown = post("/api/v1/callbacks/supplier/nobody", None).await;
    let odd = post("/api/v1/callbacks/supplier/%ff", None).await;
    for told in [wrong, unknown, odd] {
        assert_eq!(told.but_id(), unsigned.but_id());
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_callback_gets_the_providers_answer() {
    let house = House::open().await;
    let body = json!({"data": {"ref_id": "NOBODYS", "buyer_sku_code": "xld10", "customer_no": "087800004002",
        "status": "Sukses", "rc": "00", "message": "ok", "sn": "1"}});
    house
        .sandbox
        .forge_webhook("update", &body, Signing::Right)
        .await;
    house
        .sandbox
        .forge_webhook("update", &body, Signing::Wrong)
        .await;
    let answers: Vec<Option<u16>> = house
        .sandbox
        .webhooks()
        .iter()
        .map(|sent| sent.http_status)
        .collect();
    assert_eq!(answers, [Some(200), Some(401)]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_callbacks_are_limited_by_supplier_and_strangers_use_up_nothing_of_it() {
    let house = House::open_with(&[("SUPPLIERS__DIGIFLAZZ__CALLBACKS_PER_MINUTE", "2")]).await;
    let http = house.agen().http;
    for _ in 0..5 {
        let told = http.post(house.url(DIGIFLAZZ)).body("{}").send().await;
        assert_eq!(told.unwrap().status(), 401);
    }
    let body = json!({"data": {"ref_id": "NOBODYS", "buyer_sku_code": "xld10", "customer_no": "087800004020",
        "status": "Pending", "rc": "03", "message": "ok"}});
    for expected in [200, 200, 429] {
        house
            .sandbox
            .forge_webhook("update", &body, Signing::Right)
            .await;
        let sent = house.sandbox.webhooks().pop().unwrap();
        assert_eq!(sent.http_status, Some(expected));
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_15_what_a_suppliers_clock_says_is_kept_and_decides_nothing() {
    for (n, stamp) in ["1999-01-01T00:00:00Z", "2099-12-31T23:59:59Z"]
        .into_iter()
        .enumerate()
    {
        let house = House::open().await;
        let agen = house.agen();
        let number = format!("08780000401{n}");
        house
            .sandbox
            .script(Match::CustomerNo(number.clone()), Plan::pending());
        agen.post(&order("C-1", &number)).await;
        let began = Instant::now();
        let bought = loop {
            if let Some(bought) = house.sandbox.ledger().purchases.pop() {
                break bought;
            }
            assert!(began.elapsed() < PATIENCE, "nothing was bought");
            tokio::task::yield_now().await;
        };
        let body = json!({"data": {"ref_id": bought.ref_id, "buyer_sku_code": bought.sku, "customer_no": number,
            "status": "Sukses", "rc": "00", "message": "ok", "sn": "SN-1", "price": bought.price,
            "created_at": stamp, "updated_at": stamp, "expired": stamp}});
        house
            .sandbox
            .forge_webhook("update", &body, Signing::Right)
            .await;
        agen.until("C-1", "SUCCESS").await;
        let engine = house.server.engine();
        let key = engine.members().key(&agen.key.parse().unwrap()).await;
        let member = key.unwrap().unwrap().1.unwrap().id;
        let ended = engine.order(member, &"C-1".parse().unwrap()).await;
        let ended = ended.unwrap().unwrap();
        let log = engine.ledger().log(ended.id.into()).await.unwrap();
        // The answer to the purchase may have been read after the callback.
        let mut raw = log.iter().map(|row| String::from_utf8_lossy(&row.raw));
        assert!(raw.any(|raw| raw.contains(stamp)), "it is kept");
        assert!(ended.updated_at <= engine.now() && ended.updated_at >= ended.created_at);
        house.close().await;
    }
}
