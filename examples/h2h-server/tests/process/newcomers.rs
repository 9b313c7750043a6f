//! A supplier that comes, and a key of it that changes, while several servers run over one database: whoever is told, all of them buy there.

use conformance::servers::Postgres;
use reqwest::Method;
use sandbox::{ProductRow, Sandbox};
use serde_json::{Value, json};

use crate::buyers::Caller;
use crate::cluster::{PARTS, Part, said};
use crate::house::{House, dewi};
use crate::program::until;

const KEY: &str = "canary-key-of-the-newcomer-0001";

async fn newcomer() -> Sandbox {
    let config = sandbox::Config {
        username: "newcomer".to_owned(),
        api_key: KEY.to_owned(),
        webhook_secret: Some("canary-hook-of-the-newcomer-0001".to_owned()),
        opening_balance: 50_000_000,
        products: vec![ProductRow::new("NOW", 9_000)],
        ..sandbox::Config::default()
    };
    Sandbox::start(config).await.unwrap()
}

async fn asked(caller: &Caller, path: &str, body: Value) -> Value {
    let path = format!("/api/v1/admin{path}");
    let (method, body) = if body.is_null() {
        (Method::GET, String::new())
    } else {
        (Method::POST, body.to_string())
    };
    let (status, told) = caller.call(method, &path, &body).await.unwrap();
    assert_eq!(status, 200, "{path}: {told}");
    told["data"].clone()
}

/// So often was somebody seated by this process.
async fn is_seated(part: &Part, times: usize) {
    let line = "seated by its account in the catalog";
    until("a process that takes the account on", async || {
        let seated = part.process.said().matches(line).count();
        (seated >= times).then_some(())
    })
    .await;
}

async fn buys(agen: &Caller, ref_id: &str, destination: &str) -> String {
    let body = json!({"ref_id": ref_id, "product": "NOW", "destination": destination});
    let path = "/api/v1/transactions?wait=8000";
    let (status, told) = agen
        .call(Method::POST, path, &body.to_string())
        .await
        .unwrap();
    assert_eq!(status, 200, "{told}");
    told["data"]["status"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn t_21_a_supplier_that_one_server_is_given_is_bought_from_by_all() {
    let server = Postgres::shared();
    let house = House::build("newcomers", &[]).await;
    let house = house.in_database(&server.database());
    said(&house, &["migrate"]).await;
    let newcomer = newcomer().await;
    let api = Part::start(&house, PARTS[0]).await;
    let worker = Part::start(&house, PARTS[2]).await;
    let agen = house.agen(api.base.clone());
    let dewi = dewi(&agen);
    let settings = json!({
        "kind": "digiflazz", "base_url": newcomer.base_url(), "username": "newcomer", "api_key": "canary-key-that-is-no-more-01",
        "webhook_secret": "canary-hook-of-the-newcomer-0001",
    });
    let new = json!({"slug": "baru", "name": "Baru", "settings": settings});
    asked(&dewi, "/suppliers", new).await;
    for (path, body) in [
        (
            "/floats",
            json!({"supplier": "baru", "amount": 50_000_000, "source": "bca", "reference": "N-1", "kind": "bought"}),
        ),
        (
            "/mappings",
            json!({"product": "NOW", "supplier": "baru", "sku": "NOW", "cost": 9_000}),
        ),
        (
            "/catalog/switch",
            json!({"supplier": "digiflazz", "active": false}),
        ),
    ] {
        asked(&dewi, path, body).await;
    }
    is_seated(&worker, 1).await;
    // Whoever works the order buys under the key that is no more, and is refused.
    assert_eq!(buys(&agen, "N-1", "087800007101").await, "FAILED");
    assert_eq!(newcomer.deliveries_to("087800007101"), 0);
    let seen = asked(&dewi, "/suppliers/baru", Value::Null).await;
    let change = json!({"version": seen["version"], "settings": {"api_key": KEY}});
    asked(&dewi, "/suppliers/baru", change).await;
    is_seated(&worker, 2).await;
    // It knows of the deposit there as soon as it has looked at what others booked.
    let mut tries = 0;
    let number = until("a purchase under the new key", async || {
        tries += 1;
        let number = format!("0878000072{tries:02}");
        let status = buys(&agen, &format!("N-{tries}-new"), &number).await;
        (status == "SUCCESS").then_some(number)
    })
    .await;
    assert_eq!(newcomer.deliveries_to(&number), 1);

    let logs = [&api, &worker].map(|part| part.process.said()).concat();
    assert!(!logs.contains("canary-"), "a secret is in a log");
    drop((api, worker));
    newcomer.stop().await;
    house.remove();
}
