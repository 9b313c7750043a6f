//! T-20 and T-21: a process with a canary for every secret, through all that can go well and wrong. None of them is in what it said, what it answered or
//! what it wrote.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::buyers::Caller;
use crate::house::{House, dewi};
use crate::program::until;

const USERNAME: &str = "canary-username-19d3";
const API_KEY: &str = "canary-api-key-5b7e-2c41";
const WEBHOOK_SECRET: &str = "canary-webhook-secret-8d02";
const PROXY_PASSWORD: &str = "canary-proxy-password-77aa";
const FAR_KEY: &str = "canary-far-api-key-c9e1-04";
const FAR_SECRET: &str = "canary-far-webhook-secret-36";
const VAULT_KEY: &str = "ca4a21e500112233445566778899aabbccddeeff0102030405060708090a0b0c";
const OTHER_VAULT_KEY: &str = "0ca4a21e500112233445566778899aabbccddeeff0102030405060708090a0b0";
const MEMBER: &str = "test-secret-of-agen-0001-abcdef";
const OPERATOR: &str = "test-secret-of-dewi-0001-abcdef";
const FAR_MEMBER: &str = "canary-member-secret-4e4e-0001";

/// Too short for a secret.
const SHORT: &str = "canary-short";
const ORDERS: &str = "/api/v1/transactions";

/// A supplier that is tried first and never reached, because of its proxy; and a member.
const MORE: &str = r#"
[[suppliers]]
slug = "far"
name = "Far"
float = 1000000

[[mappings]]
product = "NOW"
supplier = "far"
sku = "NOW"
cost = 9000

[[members]]
code = "jauh"
tier = "retail"
kind = "h2h"

[[members.keys]]
id = "ek_test_jauh_0001"
secret = "canary-member-secret-4e4e-0001"
scopes = ["trx:read"]
"#;

async fn house() -> House {
    let account = sandbox::Config {
        username: USERNAME.to_owned(),
        api_key: API_KEY.to_owned(),
        webhook_secret: Some(WEBHOOK_SECRET.to_owned()),
        ..sandbox::Config::default()
    };
    let proxy = format!("http://user:{PROXY_PASSWORD}@127.0.0.1:9");
    let level = "info,h2h_server=trace,eraflazz_core=trace,eraflazz_suppliers=trace,eraflazz_store_memory=trace";
    let more = [
        ("STORE__VAULT_KEY", VAULT_KEY),
        ("LOG__LEVEL", level),
        ("SUPPLIERS__FAR__KIND", "digiflazz"),
        ("SUPPLIERS__FAR__BASE_URL", "http://127.0.0.1:9/v1"),
        ("SUPPLIERS__FAR__USERNAME", USERNAME),
        ("SUPPLIERS__FAR__API_KEY", FAR_KEY),
        ("SUPPLIERS__FAR__WEBHOOK_SECRET", FAR_SECRET),
        ("SUPPLIERS__FAR__PROXY", &proxy),
    ];
    House::build_with("canaries", &more, account, MORE).await
}

/// What is heard and read, and what must not be in it.
#[derive(Default)]
struct Search {
    canaries: Vec<String>,
    heard: Vec<(String, Vec<u8>)>,
}

impl Search {
    fn hear(&mut self, whence: &str, said: impl Into<Vec<u8>>) {
        self.heard.push((whence.to_owned(), said.into()));
    }

    /// The answer, which is heard.
    async fn call(
        &mut self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: &str,
    ) -> (u16, Value) {
        let (status, answer) = caller.call(method, path, body).await.unwrap();
        self.hear(path, answer.to_string());
        (status, answer)
    }

    /// The answer that tells a new secret, once: it is a canary from then on. What else it says is heard.
    async fn secret(&mut self, caller: &Caller, path: &str, body: &Value) {
        let told = caller.call(Method::POST, path, &body.to_string()).await;
        let (status, mut answer) = told.unwrap();
        assert_eq!(status, 200, "{answer}");
        let secret = answer["data"]["secret"].take();
        let secret = secret.as_str().unwrap();
        self.canaries
            .push(secret.trim_start_matches("whsec_").to_owned());
        self.hear(path, answer.to_string());
    }

    /// Every file under the folder but the seed, where secrets come from.
    fn read_all(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.read_all(&path);
            } else if path.file_name().is_some_and(|name| name != "seed.toml") {
                self.hear(&path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }

    fn finds_nothing(&self) {
        for canary in &self.canaries {
            for form in [
                canary.clone(),
                base16ct::lower::encode_string(canary.as_bytes()),
            ] {
                for (whence, said) in &self.heard {
                    let found = said
                        .windows(form.len())
                        .any(|bytes| bytes == form.as_bytes());
                    assert!(!found, "{form} in {whence}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_t_21_no_secret_is_in_a_log_in_an_answer_or_in_a_file() {
    let house = house().await;
    let mut search = Search::default();
    let secrets = [
        USERNAME,
        API_KEY,
        WEBHOOK_SECRET,
        PROXY_PASSWORD,
        FAR_KEY,
        FAR_SECRET,
        VAULT_KEY,
        OTHER_VAULT_KEY,
        MEMBER,
        OPERATOR,
        FAR_MEMBER,
        SHORT,
    ];
    search.canaries.extend(secrets.map(str::to_owned));
    start_wrongly(&house, &mut search).await;

    let (mut server, agen) = house.serve().await;
    order_well_and_badly(&agen, &mut search).await;
    knock_as_a_stranger(&house, &agen, &mut search).await;
    administer(&house, &agen, &mut search).await;
    server.signal("TERM");
    assert!(server.ends().await, "{}", server.said());
    let said = server.said();
    for word in ["order ended", "audit", "request", "stopped"] {
        assert!(said.contains(word), "the log was captured: {word}");
    }
    search.hear("serve", said);

    command(&house, &mut search).await;
    search.read_all(&house.copy(""));
    let of_the_store = |(whence, _): &&(String, Vec<u8>)| whence.ends_with("journal.redb");
    let files = search.heard.iter().filter(of_the_store).count();
    assert_eq!(files, 2, "the store and its copy were read");
    search.finds_nothing();
    house.remove();
}

/// Settings that are wrong are told without their values.
async fn start_wrongly(house: &House, search: &mut Search) {
    let wrong = [("SUPPLIERS__FAR__API_KEY", SHORT), ("LOG__LEVEL", "loud")];
    let mut refused = house.run_with(&["check-config"], &wrong);
    assert!(!refused.ends().await);
    let said = refused.said();
    assert!(said.contains("suppliers.far.api_key"), "{said}");
    search.hear("check-config", said);
}

async fn order_well_and_badly(agen: &Caller, search: &mut Search) {
    let orders = [
        ("NOW", "SUCCESS"),
        ("LOST", "SUCCESS"),
        ("LATER", "SUCCESS"),
        ("FAIL", "FAILED"),
        ("BACK", "FAILED"),
    ];
    for (n, (product, _)) in orders.into_iter().enumerate() {
        let ref_id = format!("C-{n}");
        let destination = format!("08780000000{n}");
        let body = json!({"ref_id": ref_id, "product": product, "destination": destination});
        let body = body.to_string();
        for _ in 0..2 {
            let (status, told) = search.call(agen, Method::POST, ORDERS, &body).await;
            assert_eq!(status, 200, "{told}");
        }
    }
    for (n, (_, status)) in orders.into_iter().enumerate() {
        let path = format!("{ORDERS}/C-{n}");
        until("the end of an order", async || {
            let (_, told) = agen.call(Method::GET, &path, "").await?;
            (told["data"]["status"] == status).then_some(())
        })
        .await;
        search.call(agen, Method::GET, &path, "").await;
    }
}

/// A wrong secret, bodies that are none, forged callbacks.
async fn knock_as_a_stranger(house: &House, agen: &Caller, search: &mut Search) {
    let wrong = Caller {
        secret: FAR_MEMBER,
        ..agen.clone()
    };
    let (status, _) = search
        .call(&wrong, Method::GET, "/api/v1/balance", "")
        .await;
    assert_eq!(status, 401);
    for body in [
        format!("{{\"ref_id\":\"{MEMBER}"),
        format!("{{\"{OPERATOR}\":1}}"),
    ] {
        // The caller is told which of its own words was wrong; nobody else is.
        let (status, _) = agen.call(Method::POST, ORDERS, &body).await.unwrap();
        assert!(status >= 400);
    }
    for supplier in ["digiflazz", "far"] {
        let url = format!("{}/api/v1/callbacks/supplier/{supplier}", agen.base);
        let forged = house
            .http
            .post(url)
            .header("X-Hub-Signature", format!("sha1={FAR_SECRET}"))
            .body(format!("{{\"data\":\"{WEBHOOK_SECRET}\"}}"));
        let answer = forged.send().await.unwrap();
        search.hear("callback", answer.text().await.unwrap());
    }
}

/// What is secret is told once, where it is made, and never again.
async fn administer(house: &House, agen: &Caller, search: &mut Search) {
    let dewi = dewi(agen);
    let key = json!({"id": "ek_test_neu_00001", "member": "jauh", "scopes": ["trx:read"]});
    search.secret(&dewi, "/api/v1/admin/keys", &key).await;
    let hook = json!({"url": "https://agen.example.com/hook"});
    search
        .secret(&dewi, "/api/v1/admin/members/agen/webhook", &hook)
        .await;
    assert!(house.copies_itself(&dewi, "copy").await);
    for path in [
        "members",
        "members/agen",
        "members/agen/webhook",
        "keys",
        "balances",
        "orders",
        "pending",
        "books",
        "catalog",
    ] {
        let path = format!("/api/v1/admin/{path}");
        let (status, told) = search.call(&dewi, Method::GET, &path, "").await;
        assert_eq!(status, 200, "{told}");
        let (status, _) = search.call(agen, Method::GET, &path, "").await;
        assert_eq!(status, 403);
    }
}

/// Another key opens nothing and says nothing of either; the commands say nothing either.
async fn command(house: &House, search: &mut Search) {
    let other = [("STORE__VAULT_KEY", OTHER_VAULT_KEY)];
    let mut shut = house.run_with(&["serve"], &other);
    assert!(!shut.ends().await);
    search.hear("serve with another key", shut.said());
    for command in ["check", "books", "check-config"] {
        let mut command = house.run(&[command]);
        assert!(command.ends().await, "{}", command.said());
        search.hear("a command", command.said());
    }
}
