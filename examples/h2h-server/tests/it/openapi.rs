//! The document of the API: everything that is served is in it, and whatever it shows is so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::engine::{Engine, SystemClock};
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use h2h_server::app::App;
use h2h_server::error::ErrorCode;
use h2h_server::routes::router;
use h2h_server::seller::texts::Sentences;
use h2h_server::settings::Seller;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::document::{DOCUMENT, operations, responses, there, validator};
use crate::house::{House, Told};
use crate::seller::ON;
use crate::starting::settings;

/// Every value under `key`, anywhere.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (name, inside) in map {
                if name == key {
                    found.push(inside);
                }
                under(inside, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inside| under(inside, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let mut references = Vec::new();
    under(&DOCUMENT, "$ref", &mut references);
    assert!(references.len() > 100);
    let used: BTreeSet<&str> = references.iter().map(|one| one.as_str().unwrap()).collect();
    for name in &used {
        let there = DOCUMENT.pointer(name.strip_prefix('#').unwrap());
        assert!(there.is_some(), "{name} is not there");
    }
    for kind in ["schemas", "headers", "responses", "examples"] {
        for name in DOCUMENT["components"][kind].as_object().unwrap().keys() {
            // Only shown for those who meet it: no route has it.
            if name == "METHOD_NOT_ALLOWED" {
                continue;
            }
            let whole = format!("#/components/{kind}/{name}");
            assert!(used.contains(whole.as_str()), "nobody needs {whole}");
        }
    }
}

#[test]
fn every_link_leads_from_something_to_somewhere() {
    let all = operations(&DOCUMENT);
    let mut count = 0;
    for (path, _, told) in &all {
        let links = told["responses"]["200"]["links"].as_object();
        for (_, link) in links.into_iter().flatten() {
            let (_, _, there) = all
                .iter()
                .find(|(_, _, there)| there["operationId"] == link["operationId"])
                .unwrap_or_else(|| panic!("{path} leads nowhere: {link}"));
            let (place, from) = link["parameters"]
                .as_object()
                .unwrap()
                .iter()
                .next()
                .unwrap();
            assert_eq!(there["parameters"][0]["name"], *place);
            let pointer = from
                .as_str()
                .unwrap()
                .strip_prefix("$response.body#")
                .unwrap();
            let example = &told["responses"]["200"]["content"]["application/json"]["example"];
            assert!(
                example.pointer(pointer).is_some(),
                "{path} has no {pointer}"
            );
            count += 1;
        }
    }
    assert!(count > 5);
}

#[test]
fn every_example_validates() {
    let mut count = 0;
    let mut check = |schema: &Value, example: &Value, place: &str| {
        let validator = validator(schema);
        if let Err(error) = validator.validate(example) {
            panic!("{place}: {error} at {}", error.instance_path());
        }
        count += 1;
    };
    let event = &DOCUMENT["webhooks"]["transaction"]["post"]["requestBody"]["content"];
    let event = &event["application/json"];
    check(&event["schema"], &event["example"], "webhook");
    for (path, method, told) in operations(&DOCUMENT) {
        for parameter in told["parameters"].as_array().unwrap() {
            if !parameter["example"].is_null() {
                let place = format!("{method} {path} {}", parameter["name"]);
                check(&parameter["schema"], &parameter["example"], &place);
            }
        }
        let mut contents = vec![("request".to_owned(), &told["requestBody"]["content"])];
        for (status, response) in responses(told) {
            contents.push((status, &response["content"]));
        }
        for (name, content) in contents {
            for (kind, body) in content.as_object().into_iter().flatten() {
                let place = format!("{method} {path} {name} {kind}");
                if !body["example"].is_null() {
                    check(&body["schema"], &body["example"], &place);
                }
                for (word, example) in body["examples"].as_object().into_iter().flatten() {
                    let place = format!("{place} {word}");
                    check(&body["schema"], &there(example)["value"], &place);
                }
            }
        }
    }
    assert!(count > 400, "only {count} examples");
}

#[test]
fn every_request_and_every_answer_has_an_example() {
    for (path, method, told) in operations(&DOCUMENT) {
        let bodies = [&told["requestBody"], &told["responses"]["200"]];
        for body in bodies.iter().filter(|body| !body.is_null()) {
            for (kind, content) in body["content"].as_object().unwrap() {
                let raw = content.as_object().unwrap().is_empty();
                assert!(
                    raw || !content["example"].is_null(),
                    "{method} {path} {kind}"
                );
            }
        }
    }
}

#[test]
fn every_code_is_in_the_document_with_its_status() {
    let mut met = BTreeSet::new();
    for (_, _, told) in operations(&DOCUMENT) {
        for (status, response) in responses(told) {
            for word in response["content"]["application/json"]["examples"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(word, _)| word)
            {
                let code = ErrorCode::ALL
                    .into_iter()
                    .find(|code| code.facts().word == word);
                assert_eq!(code.unwrap().facts().status.as_str(), status);
                met.insert(word.as_str());
            }
        }
    }
    for code in ErrorCode::ALL {
        // No route answers it: it says that there is none for this method.
        let beside = code == ErrorCode::MethodNotAllowed;
        assert!(beside || met.contains(code.facts().word), "{code:?}");
    }
}

/// The paths and methods of the router, from what it prints about itself.
fn of_the_router() -> BTreeSet<(String, String)> {
    let store = Arc::new(MemoryStore::new());
    let queue = Arc::new(LocalQueue::new());
    let engine = Engine::builder(store, queue, Arc::new(SystemClock::start()));
    let mut settings = settings("127.0.0.1:0", "");
    settings.seller = Some(Seller {
        realm: "toko".parse().unwrap(),
        wait: Duration::ZERO,
        sentences: Sentences::default(),
    });
    let app = App::new(engine.build().unwrap(), &settings, CancellationToken::new());
    let printed = format!("{:?}", router(app));
    let ours = printed.split("fallback_router").next().unwrap();

    // `RouteId(1): MethodRouter(… allow_header: Bytes(b"GET,HEAD") …)`, and later `RouteId(1): "/path"`.
    let mut methods = BTreeMap::new();
    let mut routes = BTreeSet::new();
    for part in ours.split("RouteId(").skip(1) {
        let (id, rest) = part.split_once("): ").unwrap();
        if let Some(path) = rest.strip_prefix('"') {
            let path = path.split('"').next().unwrap();
            for method in methods.remove(id).unwrap_or_default() {
                routes.insert((path.to_owned(), method));
            }
        } else {
            let allowed = rest.split("allow_header: Bytes(b\"").nth(1).unwrap();
            let allowed = allowed.split('"').next().unwrap().split(',');
            let allowed: Vec<String> = allowed.map(str::to_owned).collect();
            methods.insert(id.to_owned(), allowed);
        }
    }
    assert!(
        methods.is_empty(),
        "the router prints itself in another way by now"
    );
    // A read answers HEAD as well, without a body.
    routes.retain(|(_, method)| method != "HEAD");
    routes
}

/// The router knows its own routes; what it prints of them is the other side of the list.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_in_the_document_and_the_reverse() {
    let told: BTreeSet<(String, String)> = operations(&DOCUMENT)
        .into_iter()
        .map(|(path, method, _)| (path, method))
        .collect();
    assert_eq!(of_the_router(), told);

    let house = House::open_with(&ON).await;
    let http = house.agen().http;
    for (path, method, _) in operations(&DOCUMENT) {
        let path = path
            .replace("{supplier}", "nobody")
            .replace("{realm}", "toko")
            .replace("{file}", "start.js");
        let path = path.replace(['{', '}'], "");
        let method = method.parse().unwrap();
        let answer = http.request(method, house.url(&path)).send().await.unwrap();
        let told = Told::of(answer).await;
        let refused = told.refusal();
        assert_ne!(refused.1, "ROUTE_NOT_FOUND", "{path}");
        assert_ne!(refused.0, 405, "{path}");
    }
    house.close().await;
}

/// Whatever a route says about scopes is so: the smallest key that the document names passes, and one without the scope does not.
#[tokio::test(flavor = "multi_thread")]
async fn t_03_the_scopes_are_the_ones_that_are_asked_for() {
    let house = House::open().await;
    let keys = [
        ("trx:read", "baca", "0001"),
        ("trx:write", "tulis", "001"),
        ("admin:read", "tono", "0001"),
        ("admin:money", "kasir", "001"),
        ("admin:catalog", "rekrut", "01"),
        ("admin:members", "rekrut", "01"),
    ];
    for (path, method, told) in operations(&DOCUMENT) {
        let Some(scope) = told["security"][0]["key"][0].as_str() else {
            assert_eq!(told["security"], json!([]), "{path}");
            continue;
        };
        let path = path
            .replace("{ref_id}", "A-1")
            .replace("{id}", "nobody-here");
        let path = path.replace("{code}", "nobody").replace("{slug}", "nobody");
        for (name, who, number) in keys {
            let key = format!("ek_test_{who}_{number}");
            let secret = format!("test-secret-of-{who}-{number}-abcdef");
            let client = house.client(&key, &secret);
            let answer = match method.as_str() {
                "GET" => client.get(&path).await,
                _ => client.post_bytes(&path, b"{}").await,
            };
            let passes = name == scope
                || (who == "rekrut" && scope.starts_with("admin:c"))
                || (who == "rekrut" && scope == "admin:members");
            let refused = answer.refusal() == (403, "SCOPE_MISSING");
            assert_eq!(
                refused, !passes,
                "{method} {path} by {name}: {}",
                answer.text
            );
        }
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_document_need_no_key_and_no_network() {
    let house = House::open_with(&ON).await;
    let http = house.agen().http;
    let document = Told::of(
        http.get(house.url("/api/v1/openapi.json"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((document.http, &document.body), (200, &*DOCUMENT));
    for (path, kind) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/start.js", "text/javascript; charset=utf-8"),
        (
            "/docs/swagger-ui-bundle.js",
            "text/javascript; charset=utf-8",
        ),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/favicon-32x32.png", "image/png"),
    ] {
        let part = http.get(house.url(path)).send().await.unwrap();
        assert_eq!(part.status(), 200, "{path}");
        let header = |name: &str| part.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), kind);
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
    let stranger = Told::of(
        http.get(house.url("/docs/index.html"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(stranger.refusal(), (404, "ROUTE_NOT_FOUND"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_can_be_left_out() {
    let house = House::open_with(&[("SERVER__DOCS", "false")]).await;
    let http = house.agen().http;
    for path in ["/docs", "/docs/start.js", "/api/v1/openapi.json"] {
        let told = http.get(house.url(path)).send().await.unwrap();
        assert_eq!(told.status(), 404, "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_readers_are_limited_by_address() {
    let house = House::open_with(&[("LIMITS__PER_ADDRESS", "2")]).await;
    let http = house.agen().http;
    for expected in [200, 200, 429] {
        let told = http.get(house.url("/docs")).send().await.unwrap();
        assert_eq!(told.status(), expected);
    }
    house.close().await;
}
