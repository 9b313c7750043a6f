//! Balance and price list.

use std::time::Duration;

use sandbox::{Config, ProductRow, Sandbox};
use serde_json::json;

use crate::buyer::{Buyer, quick};

#[tokio::test]
async fn the_balance_is_the_deposit_and_nothing_else() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    buyer.buy("B-1", "xld10", "0812").await;
    let answer = buyer.balance().await.unwrap();
    assert_eq!(answer.text, r#"{"data":{"deposit":990000}}"#);
    for (body, rc) in [
        (
            json!({"cmd": "deposit", "username": "x", "sign": "y"}),
            "42",
        ),
        (
            json!({"cmd": "deposit", "username": "eraflazz_demo", "sign": "y"}),
            "41",
        ),
        (
            json!({"cmd": "saldo", "username": "eraflazz_demo", "sign": "y"}),
            "40",
        ),
        (json!({"cmd": "deposit", "username": "eraflazz_demo"}), "40"),
    ] {
        let answer = buyer.send("/cek-saldo", body.to_string()).await.unwrap();
        assert_eq!(answer.data["rc"], rc, "{body}");
    }
}

#[tokio::test]
async fn the_price_list_filters_and_is_limited() {
    let token = ProductRow {
        category: "PLN".into(),
        brand: "PLN".into(),
        kind: "Token".into(),
        ..ProductRow::new("pln20", 20_200)
    };
    let products = vec![ProductRow::new("xld10", 10_000), token];
    let sandbox = Sandbox::start(Config {
        products,
        ..quick()
    })
    .await
    .unwrap();
    let buyer = Buyer::of(&sandbox);
    let five_minutes = Duration::from_mins(5);

    let all = buyer.price_list(json!({})).await.unwrap().data;
    assert_eq!(all.as_array().unwrap().len(), 2);
    let row = all[1].as_object().unwrap();
    assert_eq!(
        (&row["type"], &row["price"]),
        (&json!("Token"), &json!(20_200))
    );
    assert_eq!(row.len(), 15, "the fields of the documented row");

    let refused = buyer.price_list(json!({})).await.unwrap().data;
    assert_eq!((refused.is_object(), &refused["rc"]), (true, &json!("83")));
    for (filter, count) in [
        (json!({"brand": "pln"}), 1),
        (json!({"category": "Pulsa"}), 1),
        (json!({"type": "Data"}), 0),
        (json!({"cmd": "pasca"}), 15),
    ] {
        sandbox.advance(five_minutes);
        let rows = buyer.price_list(filter.clone()).await.unwrap().data;
        assert_eq!(rows.as_array().unwrap().len(), count, "{filter}");
    }

    // One code has a window of its own, a second long.
    let one = buyer
        .price_list(json!({"code": "PLN20"}))
        .await
        .unwrap()
        .data;
    assert_eq!(one[0]["buyer_sku_code"], "pln20");
    assert_eq!(
        buyer
            .price_list(json!({"code": "xld10"}))
            .await
            .unwrap()
            .data["rc"],
        "83"
    );
    sandbox.advance(Duration::from_secs(1));
    assert!(
        buyer
            .price_list(json!({"code": "xld10"}))
            .await
            .unwrap()
            .data
            .is_array()
    );
    assert_eq!(
        buyer
            .price_list(json!({"cmd": "hotel"}))
            .await
            .unwrap()
            .data["rc"],
        "40"
    );
}

#[tokio::test]
async fn a_new_price_counts_from_the_next_purchase() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    buyer.buy("B-1", "xld10", "0812").await;
    sandbox.put_product(ProductRow::new("XLD10", 10_500));
    assert_eq!(buyer.buy("B-2", "xld10", "0812").await["price"], 10_500);
    assert_eq!(buyer.buy("B-1", "xld10", "0812").await["price"], 10_000);
    assert_eq!(sandbox.balance(), 1_000_000 - 10_000 - 10_500);
}
