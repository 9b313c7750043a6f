//! The price list: page by page, with a tag that says whether it reads as before.

use serde_json::{Value, json};

use crate::house::House;

fn codes(told: &Value) -> Vec<String> {
    let rows = told["data"]["products"].as_array().unwrap();
    let code = |row: &Value| row["code"].as_str().unwrap().to_owned();
    rows.iter().map(code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_list_comes_page_by_page_and_tells_what_a_destination_must_be() {
    let house = House::open().await;
    let agen = house.agen();
    let whole = agen.get("/api/v1/products").await;
    let all = codes(&whole.body);
    assert_eq!(all, ["XL10", "NONE1", "SHUT1"]);
    assert_eq!(whole.body["data"]["next_cursor"], Value::Null);
    let schemas: Vec<&Value> = whole.body["data"]["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["target_schema"])
        .collect();
    let xl = json!({"kind": "phone", "operators": ["xl"], "strict": false});
    let any = json!({"kind": "phone", "operators": [], "strict": false});
    assert_eq!(schemas, [&xl, &any, &any]);

    let (mut seen, mut path) = (Vec::new(), "/api/v1/products?limit=2".to_owned());
    for pages in 1.. {
        let page = agen.get(&path).await;
        seen.extend(codes(&page.body));
        let Some(next) = page.body["data"]["next_cursor"].as_str() else {
            assert_eq!(pages, 2);
            break;
        };
        path = format!("/api/v1/products?limit=2&cursor={next}");
    }
    assert_eq!(seen, all);
    for query in [
        "limit=0",
        "limit=201",
        "cursor=x",
        "cursor=",
        "updated_since=2026-01-01",
    ] {
        let told = agen.get(&format!("/api/v1/products?{query}")).await;
        assert_eq!(told.refusal(), (422, "VALIDATION_FAILED"), "{query}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_list_that_reads_as_before_is_not_sent_again() {
    let house = House::open().await;
    let (agen, dewi) = (house.agen(), house.dewi());
    let first = agen.get("/api/v1/products").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let again = agen.get_unless("/api/v1/products", &known).await;
        assert_eq!((again.http, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.headers["etag"], tag.as_str());
    }
    let other = agen.get_unless("/api/v1/products", "\"other\"").await;
    assert_eq!(other.http, 200);
    let path = "/products/XL10/base-price";
    let changed = dewi.admin(path, &json!({"base_price": 11_000})).await;
    assert_eq!(changed.http, 200, "{}", changed.text);
    let dearer = agen.get_unless("/api/v1/products", &tag).await;
    assert_eq!(dearer.http, 200);
    assert_eq!(dearer.body["data"]["products"][0]["price"], 11_500);
    assert_ne!(dearer.headers["etag"], tag.as_str());
    house.close().await;
}
