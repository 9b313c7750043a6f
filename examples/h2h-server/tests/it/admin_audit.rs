//! INV-37, T-3: whatever an operator does leaves one line of who, what, about what, when and how it ended.

use serde_json::json;

use crate::admin_access::{call, routes};
use crate::house::{House, nonce};
use crate::leaks::captured;

#[tokio::test(flavor = "multi_thread")]
async fn t_03_every_route_of_administration_leaves_one_line() {
    let log = captured();
    let house = House::open().await;
    let dewi = house.dewi();
    let mut done = 0;
    let mut asked = Vec::new();
    let mut secrets = vec![dewi.secret.clone()];
    for (method, path, _, body) in routes() {
        let told = call(&dewi, &method, path, &body, &nonce()).await;
        let request = told.headers["x-request-id"].to_str().unwrap().to_owned();
        let refusal = told.body["error_code"].as_str();
        let result = refusal.unwrap_or("done").to_owned();
        done += usize::from(result == "done");
        secrets.extend(told.body["data"]["secret"].as_str().map(str::to_owned));
        asked.push((method, path, request, result, told.http));
    }
    house.close().await;
    assert!(done >= 24, "most of them were done: {done}");
    assert!(secrets.len() >= 3, "a key and an endpoint were made");

    let log = log.text();
    for (method, path, request, result, http) in asked {
        let mut lines = log
            .lines()
            .filter(|line| line.contains(" audit: ") && line.contains(&request));
        let line = lines.next().unwrap_or_default();
        let parts = [
            "operator=\"dewi\"".to_owned(),
            "key=\"ek_test_dewi_0001\"".to_owned(),
            format!("result=\"{result}\""),
            format!("status={http}"),
            "source=127.0.0.1".to_owned(),
            "T".to_owned(),
        ];
        for part in parts {
            assert!(line.contains(&part), "{method} {path}: {part} in {line}");
        }
        assert!(!line.contains("action=\"\""), "{line}");
        let changed = method == reqwest::Method::POST && result == "done";
        let is_about_nothing = line.contains("subject=\"\"");
        assert!(!(changed && is_about_nothing), "about what? {line}");
        assert!(lines.next().is_none(), "one line: {method} {path}");
    }
    for secret in secrets {
        assert!(!log.contains(secret.trim_start_matches("whsec_")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_only_checks_says_so_in_its_line() {
    let log = captured();
    let house = House::open().await;
    let dewi = house.dewi();
    let catalog = json!({"categories": [{"slug": "game", "name": "Game"}]});
    for (query, subject) in [
        ("?check=true", "1 entries, only checked"),
        ("", "1 entries"),
    ] {
        let path = format!("/catalog/import{query}");
        let told = dewi.admin(&path, &catalog).await;
        assert_eq!(told.http, 200, "{}", told.text);
        let request = told.headers["x-request-id"].to_str().unwrap().to_owned();
        let text = log.text();
        let line = text
            .lines()
            .find(|line| line.contains(" audit: ") && line.contains(&request));
        let subject = format!("subject=\"{subject}\"");
        assert!(line.is_some_and(|line| line.contains(&subject)), "{line:?}");
    }
    house.close().await;
}
