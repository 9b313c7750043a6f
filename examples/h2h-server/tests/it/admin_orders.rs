//! Orders as operators see them, and what they rule.

use std::time::Instant;

use sandbox::{Match, Plan};
use serde_json::{Value, json};

use crate::house::{Client, House, PATIENCE, Told, order};

/// A house where an order that stays pending is put before a person within a second or two.
async fn impatient() -> House {
    House::open_with(&[("ENGINE__ESCALATE_PENDING", "1m")]).await
}

/// The case of the order with this reference, once it waits for a person.
async fn pending(dewi: &Client, ref_id: &str) -> Value {
    let began = Instant::now();
    loop {
        let told = dewi.get("/api/v1/admin/pending").await;
        let cases = told.body["data"]["pending"].as_array().unwrap();
        if let Some(case) = cases.iter().find(|case| case["order"]["ref_id"] == ref_id) {
            return case.clone();
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{ref_id} is not pending: {}",
            told.text
        );
        tokio::task::yield_now().await;
    }
}

async fn show(dewi: &Client, id: &Value) -> Told {
    dewi.get(&format!("/api/v1/admin/orders/{}", id.as_str().unwrap()))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_33_what_waits_for_a_person_says_why_and_what_may_be_done() {
    let house = impatient().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let number = "087800004001";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::pending());
    agen.post(&order("P-1", number)).await;
    let case = pending(&dewi, "P-1").await;
    assert_eq!(case["kind"], "escalated");
    assert_eq!(
        case["may"],
        json!(["delivered", "not_delivered", "keep_waiting"])
    );
    assert_eq!(case["order"]["destination"], "+6287800004001");
    assert_eq!(
        (&case["overdue"], &case["may_close"]),
        (&json!(false), &json!(false))
    );

    let id = &case["order"]["id"];
    let shown = show(&dewi, id).await;
    let attempt = &shown.body["data"]["attempts"][0];
    assert_eq!(attempt["supplier"], "digiflazz", "{}", shown.text);
    assert_eq!(attempt["why"], "digiflazz (xld10) chosen");
    let choice = &shown.body["data"]["choices"][0];
    assert_eq!(
        (&choice["attempt"], &choice["by"], &choice["roll"]),
        (&json!(1), &json!("lowest cost"), &json!(null))
    );
    let found = json!({"supplier": "digiflazz", "sku": "xld10", "chosen": true, "sellable": true, "found": "chosen"});
    assert_eq!(choice["routes"], json!([found]));
    let log = shown.body["data"]["log"].as_array().unwrap();
    assert_eq!(log[0]["what"], "accepted at 10500");
    assert!(
        log.iter()
            .any(|row| row["raw"].as_str().is_some_and(|raw| raw.contains(number)))
    );

    // A ruling about what nobody sees any more is refused.
    let path = format!("/orders/{}/resolve", id.as_str().unwrap());
    let stale = json!({"version": 1, "resolution": "delivered"});
    assert_eq!(
        dewi.admin(&path, &stale).await.refusal(),
        (409, "ORDER_CHANGED")
    );
    let version = settled_version(&dewi, id).await;
    for cost in [json!(-1), json!(0), json!(1_000_000_000_001_i64)] {
        let ruling = json!({"version": version, "resolution": "delivered", "cost": cost});
        let told = dewi.admin(&path, &ruling).await;
        assert_eq!(told.refused_field(), (422, "/cost"), "{}", told.text);
    }
    // The state is told in the words in which the order shows it.
    let cancel = format!("/orders/{}/cancel", id.as_str().unwrap());
    let reclaim = json!({"version": version, "resolution": "reclaim"});
    for (path, body) in [(&cancel, json!({"version": version})), (&path, reclaim)] {
        let told = dewi.admin(path, &body).await;
        assert_eq!(told.refusal(), (409, "NOT_POSSIBLE"), "{}", told.text);
        assert!(
            told.text.contains("whose state is `in flight: attempt 1`"),
            "{}",
            told.text
        );
    }
    let ruling = json!({"version": version, "resolution": "delivered", "sn": "SN-OF-DESK-1", "cost": "9950.50"});
    let ruled = dewi.admin(&path, &ruling).await;
    assert_eq!(ruled.data("status"), "SUCCESS", "{}", ruled.text);
    assert_eq!(ruled.body["data"]["cost"], "9950.50");
    let last = ruled.body["data"]["log"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        last["what"],
        "dewi ruled: attempt 1 delivered, SN SN-OF-DESK-1"
    );
    let again = dewi.admin(&path, &ruling).await;
    assert_eq!(
        again.refusal(),
        (409, "ORDER_CHANGED"),
        "T-27: a second click changes nothing"
    );
    assert_eq!(agen.balance().await, 49_989_500);
    house.close().await;
}

/// The version once no check is under way: what a person who looks twice sees.
async fn settled_version(dewi: &Client, id: &Value) -> u64 {
    let began = Instant::now();
    let mut last = show(dewi, id).await.body["data"]["version"]
        .as_u64()
        .unwrap();
    let mut same = 0;
    while same < 20 {
        let now = show(dewi, id).await.body["data"]["version"]
            .as_u64()
            .unwrap();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        assert!(began.elapsed() < PATIENCE, "it never rests");
    }
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn t_27_not_delivered_is_ruled_once_and_the_money_is_back() {
    let house = impatient().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let number = "087800004002";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::pending());
    agen.post(&order("P-2", number)).await;
    let case = pending(&dewi, "P-2").await;
    let id = &case["order"]["id"];
    let path = format!("/orders/{}/resolve", id.as_str().unwrap());
    let version = settled_version(&dewi, id).await;
    let ruling = json!({"version": version, "resolution": "not_delivered", "proof": "CS: tidak ada transaksi"});
    let ruled = dewi.admin(&path, &ruling).await;
    assert_eq!(ruled.data("status"), "FAILED", "{}", ruled.text);
    assert_eq!(
        dewi.admin(&path, &ruling).await.refusal(),
        (409, "ORDER_CHANGED")
    );
    assert_eq!(agen.balance().await, 50_000_000);
    let empty = dewi.get("/api/v1/admin/pending").await;
    assert_eq!(
        empty.body["data"]["pending"],
        json!([]),
        "the case ended with the ruling"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nothing_was_sent_for_is_cancelled() {
    // One call every thirty seconds: the second order waits for its turn.
    let slow = [
        ("TIME_SCALE", "2"),
        ("SUPPLIERS__DIGIFLAZZ__MIN_GAP", "60s"),
    ];
    let house = House::open_with(&slow).await;
    let (dewi, agen) = (house.dewi(), house.agen());
    agen.post(&order("C-1", "087800004003")).await;
    agen.until("C-1", "SUCCESS").await;
    let waits = agen.post(&order("C-2", "087800004004")).await;
    let path = format!("/orders/{}", waits.data("trx_id"));
    let shown = dewi.get(&format!("/api/v1/admin{path}")).await;
    assert_eq!(
        shown.body["data"]["may"],
        json!(["cancel"]),
        "{}",
        shown.text
    );
    let mut version = shown.body["data"]["version"].clone();
    let cancelled = loop {
        let told = dewi
            .admin(&format!("{path}/cancel"), &json!({"version": version}))
            .await;
        if told.refusal() != (409, "ORDER_CHANGED") {
            break told;
        }
        version = dewi.get(&format!("/api/v1/admin{path}")).await.body["data"]["version"].clone();
    };
    assert_eq!(cancelled.data("status"), "FAILED", "{}", cancelled.text);
    assert_eq!(agen.balance().await, 49_989_500);
    let version = cancelled.body["data"]["version"].clone();
    let again = dewi
        .admin(&format!("{path}/cancel"), &json!({"version": version}))
        .await;
    assert_eq!(again.refusal(), (409, "NOT_POSSIBLE"));
    let log = cancelled.body["data"]["log"].as_array().unwrap();
    assert_eq!(log.last().unwrap()["what"], "dewi ruled: cancelled");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_found_by_what_people_know_of_it() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let taken = agen.post_and_wait(&order("CARI-1", "087800004005")).await;
    house.other().post(&order("CARI-1", "087800004006")).await;
    let code = taken.data("trx_code");
    let found = async |query: &str| {
        let told = dewi.get(&format!("/api/v1/admin/orders?{query}")).await;
        let rows = told.body["data"]["orders"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let ids: Vec<String> = rows
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        ids
    };
    let own = vec![taken.data("trx_id").to_owned()];
    assert_eq!(found(&format!("trx_code={code}")).await, own);
    assert_eq!(found("member=agen&ref_id=CARI-1").await, own);
    assert_eq!(found("destination=087800004005").await, own);
    assert_eq!(found("status=SUCCESS").await, own);
    assert_eq!(found("ref_id=CARI-1").await.len(), 2);
    assert_eq!(found("on=2020-01-01").await.len(), 0);
    let by_code = dewi.get(&format!("/api/v1/admin/orders/{code}")).await;
    assert_eq!(by_code.data("id"), own[0]);
    for odd in ["x", "TRX-20260101-00000000", "%ff", "TRX-"] {
        let told = dewi.get(&format!("/api/v1/admin/orders/{odd}")).await;
        assert_eq!(told.refusal(), (404, "NOT_FOUND"), "{odd}");
    }
    for (query, field) in [
        ("limit=0", "/limit"),
        ("on=kemarin", "/on"),
        ("member=siapa", "/member"),
        ("id=1", "/id"),
        ("cursor=1.2", "/cursor"),
    ] {
        let told = dewi.get(&format!("/api/v1/admin/orders?{query}")).await;
        assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_a_day_is_on_one_page() {
    let house = House::open().await;
    let dewi = house.dewi();
    let mut all = tokio::task::JoinSet::new();
    for count in 0..12 {
        // No number: refused at once, and an order all the same.
        let who = [house.agen(), house.other()][count % 2].clone();
        all.spawn(async move { who.post(&order(&format!("S-{count}"), "12")).await });
    }
    all.join_all().await;
    let page = async |query: &str| {
        let told = dewi.get(&format!("/api/v1/admin/orders?{query}")).await;
        let data = &told.body["data"];
        let ids: Vec<String> = data["orders"]
            .as_array()
            .unwrap_or_else(|| panic!("{}", told.text))
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        (ids, data["next_cursor"].as_str().map(str::to_owned))
    };
    for asked in ["", "&member=agen", "&status=FAILED"] {
        let (whole, end) = page(&format!("limit=200{asked}")).await;
        assert_eq!(
            (whole.len(), end),
            (if asked.contains("agen") { 6 } else { 12 }, None)
        );
        for limit in [1, 5, 6] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let (ids, next) = page(&format!("limit={limit}{asked}{cursor}")).await;
                assert!(ids.len() == limit || next.is_none(), "{ids:?}");
                seen.extend(ids);
                match next {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen, whole, "{asked} by {limit}");
        }
    }
    let never = "&cursor=019b7706-8000-7a1b-8c3d-4e5f60718293";
    assert_eq!(page(&format!("limit=5{never}")).await, (Vec::new(), None));
    let (one, _) = page("member=agen&ref_id=S-0").await;
    let after = format!("member=agen&ref_id=S-0&cursor={}", one[0]);
    assert_eq!(page(&after).await.0.len(), 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_02_a_ruling_says_what_belongs_to_it_and_nothing_else() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let taken = agen.post_and_wait(&order("R-1", "087800004007")).await;
    let path = format!("/orders/{}/resolve", taken.data("trx_id"));
    for (body, field) in [
        (json!({"version": 1, "resolution": "gone"}), "/resolution"),
        (json!({"resolution": "absorb"}), "/version"),
        (
            json!({"version": 1, "resolution": "not_delivered", "sn": "1234"}),
            "/sn",
        ),
        (
            json!({"version": 1, "resolution": "cancel", "cost": 1}),
            "/cost",
        ),
        (
            json!({"version": 1, "resolution": "cancel", "attempt": 1}),
            "/attempt",
        ),
        (
            json!({"version": 1, "resolution": "delivered", "attempt": 65_536}),
            "/attempt",
        ),
        (
            json!({"version": 1, "resolution": "delivered", "proof": "x"}),
            "/proof",
        ),
        (
            json!({"version": 1, "resolution": "not_delivered"}),
            "/proof",
        ),
        (
            json!({"version": 1, "resolution": "not_delivered", "proof": " "}),
            "/proof",
        ),
        (
            json!({"version": 1, "resolution": "keep_waiting"}),
            "/until",
        ),
        (
            json!({"version": 1, "resolution": "keep_waiting", "until": "2020-01-01T00:00:00+07:00"}),
            "/until",
        ),
        (
            json!({"version": 1, "resolution": "delivered", "refund": true}),
            "/refund",
        ),
    ] {
        let told = dewi.admin(&path, &body).await;
        assert_eq!(told.refused_field(), (422, field), "{body}: {}", told.text);
    }
    // The law has no such move: money is where it was.
    let version = dewi
        .get(&format!("/api/v1/admin/orders/{}", taken.data("trx_id")))
        .await
        .body["data"]["version"]
        .clone();
    let told = dewi
        .admin(&path, &json!({"version": version, "resolution": "reclaim"}))
        .await;
    assert_eq!(told.refusal(), (409, "NOT_POSSIBLE"));
    let close =
        json!({"subject": taken.data("trx_id"), "version": 1, "kind": "surplus", "note": "n"});
    assert_eq!(
        dewi.admin("/cases/close", &close).await.refusal(),
        (404, "NOT_FOUND")
    );
    let close =
        json!({"subject": taken.data("trx_id"), "version": 1, "kind": "escalated", "note": "n"});
    assert_eq!(
        dewi.admin("/cases/close", &close).await.refused_field(),
        (422, "/kind")
    );
    house.close().await;
}

/// Half of it goes back, then the rest: the member sees how much, and then REFUND. What is repeated, late, too much or nothing pays nothing.
#[tokio::test(flavor = "multi_thread")]
async fn e_20_e_21_parts_of_the_price_go_back_until_all_did() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    agen.post(&order("R-1", "087800004011")).await;
    let sold = agen.until("R-1", "SUCCESS").await;
    assert_eq!(agen.balance().await, 49_989_500);
    let id = json!(sold.data("trx_id"));
    let path = format!("/orders/{}/refunds", sold.data("trx_id"));
    let shown = show(&dewi, &id).await;
    let told = &shown.body["data"];
    assert_eq!(
        (&told["refunded"], &told["refundable"]),
        (&json!(0), &json!(10_500))
    );
    let version = told["version"].as_u64().unwrap();
    let refund = |version: u64, reference: &str, amount: Value| json!({"version": version, "reference": reference, "amount": amount, "note": "half of it was used"});
    for wrong in [
        json!(0),
        json!(-1),
        json!("1"),
        json!(1.5),
        json!(1_000_000_000_001_i64),
    ] {
        let told = dewi.admin(&path, &refund(version, "CS-1", wrong)).await;
        assert_eq!(told.refused_field(), (422, "/amount"), "{}", told.text);
    }
    let beyond = dewi
        .admin(&path, &refund(version, "CS-1", json!(10_501)))
        .await;
    assert_eq!(beyond.refused_field(), (422, "/amount"), "{}", beyond.text);
    let stale = refund(version - 1, "CS-1", json!(6_300));
    let stale = dewi.admin(&path, &stale).await;
    assert_eq!(stale.refusal(), (409, "ORDER_CHANGED"));

    let first = refund(version, "CS-1", json!(6_300));
    let part = dewi.admin(&path, &first).await;
    assert_eq!(part.data("status"), "SUCCESS", "{}", part.text);
    assert_eq!(part.body["data"]["refundable"], json!(4_200));
    let log = part.body["data"]["log"].as_array().unwrap();
    assert_eq!(
        log.last().unwrap()["what"],
        "dewi refunded 6300 under CS-1: half of it was used"
    );
    let again = dewi.admin(&path, &first).await;
    assert_eq!(again.body["data"]["version"], part.body["data"]["version"]);
    let other = dewi
        .admin(&path, &refund(version + 1, "CS-1", json!(6_301)))
        .await;
    assert_eq!(other.refusal(), (409, "REFERENCE_MISMATCH"));
    let second = refund(version + 1, "CS-2", json!(6_300));
    let second = dewi.admin(&path, &second).await;
    assert_eq!(second.refused_field(), (422, "/amount"), "{}", second.text);
    assert_eq!(agen.balance().await, 49_995_800);
    let seen = agen.until("R-1", "SUCCESS").await;
    assert_eq!(seen.body["data"]["refunded"], json!(6_300), "{}", seen.text);
    assert_eq!(
        seen.data("message"),
        "Transaksi berhasil. Sebagian harga sudah dikembalikan ke saldo."
    );

    let rest = dewi
        .admin(&path, &refund(version + 1, "CS-2", json!(4_200)))
        .await;
    assert_eq!(rest.data("state"), "reversed", "{}", rest.text);
    let seen = agen.until("R-1", "REFUND").await;
    assert_eq!(seen.body["data"]["refunded"], json!(10_500));
    assert_eq!(agen.balance().await, 50_000_000);
    let none = dewi
        .admin(&path, &refund(version + 2, "CS-3", json!(1)))
        .await;
    assert_eq!(none.refusal(), (409, "NOT_POSSIBLE"), "{}", none.text);
    let again = dewi.admin(&path, &first).await;
    assert_eq!(again.data("status"), "REFUND", "{}", again.text);
    assert_eq!(agen.balance().await, 50_000_000);
    house.close().await;
}
