//! A house for one test: a sandbox, the server, and clients that sign by themselves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use eraflazz_core::ids::MemberId;
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Format};
use h2h_server::auth::{Signed, sign_a, sign_b};
use h2h_server::seed::Seed;
use h2h_server::serve::{Running, start_with};
use h2h_server::settings::{Settings, Source};
use reqwest::Method;
use reqwest::header::HeaderMap;
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::document;
use crate::receiver::Receiver;

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const SEED: &str = include_str!("seed.toml");

/// Held while a program is started: until it is, it has every open file of this process, the locks of folders included.
pub(crate) static SPAWNING: Mutex<()> = Mutex::new(());

/// Waits until no program is being started, so that a folder that was closed can be opened again.
pub(crate) fn nobody_spawns() {
    drop(SPAWNING.lock().unwrap_or_else(PoisonError::into_inner));
}

pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: Running,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With these settings, each `SECTION__KEY`.
    pub(crate) async fn open_with(more: &[(&str, &str)]) -> Self {
        Self::open_selling(SEED, more).await
    }

    /// The same, filled from another seed.
    pub(crate) async fn open_selling(seed: &str, more: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(sandbox::Config {
            opening_balance: 100_000_000,
            ..sandbox::Config::default()
        })
        .await
        .unwrap();
        let account = sandbox.config();
        let own = [
            ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("STORE__KIND", "memory".to_owned()),
            ("ENGINE__INSTALLATION", "T".to_owned()),
            ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz".to_owned()),
            ("SUPPLIERS__DIGIFLAZZ__BASE_URL", sandbox.base_url()),
            ("SUPPLIERS__DIGIFLAZZ__USERNAME", account.username.clone()),
            ("SUPPLIERS__DIGIFLAZZ__API_KEY", account.api_key.clone()),
            (
                "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
                account.webhook_secret.clone().unwrap(),
            ),
            ("TIME_SCALE", "60".to_owned()),
        ];
        let mut variables: HashMap<String, String> = own
            .into_iter()
            .map(|(key, value)| (format!("ERAFLAZZ__{key}"), value))
            .collect();
        for (key, value) in more {
            variables.insert(format!("ERAFLAZZ__{key}"), (*value).to_owned());
        }
        let settings = Settings::load(&Source::new().environment(variables)).unwrap();
        let seed = Seed::read(seed).unwrap();
        nobody_spawns();
        let server = start_with(settings, Some(seed)).await.unwrap();
        let house = Self { sandbox, server };
        house
            .sandbox
            .set_webhook_url(house.url("/api/v1/callbacks/supplier/digiflazz"));
        house
    }

    /// With endpoints on this machine, at these receivers.
    pub(crate) async fn open_for(receivers: &[&Receiver], more: &[(&str, &str)]) -> Self {
        let ports: Vec<String> = receivers.iter().map(|one| one.port.to_string()).collect();
        let ports = ports.join(",");
        let here = [
            ("WEBHOOKS__PLAIN_HTTP", "true"),
            ("WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8"),
            ("WEBHOOKS__PORTS", ports.as_str()),
        ];
        Self::open_with(&[&here[..], more].concat()).await
    }

    pub(crate) async fn member(&self, code: &str) -> MemberId {
        let members = self.server.engine().members();
        let member = members.member_by_code(&code.parse().unwrap()).await;
        member.unwrap().unwrap().id
    }

    /// The member is told there from now on.
    pub(crate) async fn listens(&self, code: &str, url: &str, format: Format) {
        let member = self.member(code).await;
        let endpoint = Endpoint {
            member,
            url: EndpointUrl::new(url).unwrap(),
            format,
        };
        let by = "operator".parse().unwrap();
        let engine = self.server.engine();
        let over = engine.members().endpoint(member).await.unwrap();
        let over = over.map(|row| row.endpoint);
        engine.set_endpoint(endpoint, over, &by).await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    /// The member with most tests: unlimited calls, 50,000,000 rupiah.
    pub(crate) fn agen(&self) -> Client {
        self.client("ek_test_agen_0001", "test-secret-of-agen-0001-abcdef")
    }

    pub(crate) fn other(&self) -> Client {
        self.client("ek_test_lain_0001", "test-secret-of-lain-0001-abcdef")
    }

    /// The operator who may do everything.
    pub(crate) fn dewi(&self) -> Client {
        self.client("ek_test_dewi_0001", "test-secret-of-dewi-0001-abcdef")
    }

    pub(crate) fn client(&self, key: &str, secret: &str) -> Client {
        Client {
            base: format!("http://{}", self.server.address()),
            key: key.to_owned(),
            secret: secret.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) async fn close(self) {
        self.server.stop().await.unwrap();
        self.sandbox.stop().await;
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) http: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) http: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Told {
    /// An answer, which is one that the document knows.
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self::held(None, response).await
    }

    async fn held(method: Option<&Method>, response: reqwest::Response) -> Self {
        let (http, headers) = (response.status().as_u16(), response.headers().clone());
        let path = response.url().path().to_owned();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let kind = headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        document::hold(
            method.map(Method::as_str),
            &path,
            http,
            kind.unwrap_or_default(),
            &body,
        );
        Self {
            http,
            headers,
            text,
            body,
        }
    }

    pub(crate) fn data(&self, field: &str) -> &str {
        self.body["data"][field].as_str().unwrap_or_default()
    }

    /// The first field that was refused.
    pub(crate) fn refused_field(&self) -> (u16, &str) {
        let pointer = self.body["errors"][0]["pointer"].as_str();
        (self.http, pointer.unwrap_or("none is named"))
    }

    /// The HTTP status and the error code, for comparing both at once.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.http, self.body["error_code"].as_str().unwrap_or(""))
    }

    /// The body but for the name of the request.
    pub(crate) fn but_id(&self) -> String {
        let id = self.body["request_id"].as_str().unwrap_or_default();
        self.text.replace(id, "")
    }
}

pub(crate) fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

pub(crate) fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn order(ref_id: &str, destination: &str) -> Value {
    json!({"ref_id": ref_id, "product": "XL10", "destination": destination})
}

impl Client {
    /// A request signed by scheme B, not sent yet.
    pub(crate) fn signed(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        timestamp: u64,
        nonce: &str,
    ) -> reqwest::RequestBuilder {
        let timestamp = timestamp.to_string();
        let signed = Signed {
            timestamp: &timestamp,
            nonce,
            method: method.as_str(),
            path_and_query: path,
            body,
        };
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base))
            .header("X-Api-Key", &self.key)
            .header("X-Timestamp", &timestamp)
            .header("X-Nonce", nonce)
            .header("X-Signature", sign_b(&signed, self.secret.as_bytes()));
        if body.is_empty() {
            request
        } else {
            request
                .header("Content-Type", "application/json")
                .body(body.to_vec())
        }
    }

    /// The same by scheme A.
    pub(crate) fn signed_simply(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
    ) -> reqwest::RequestBuilder {
        let timestamp = seconds().to_string();
        self.http
            .request(method.clone(), format!("{}{path}", self.base))
            .header("X-Api-Key", &self.key)
            .header("X-Timestamp", &timestamp)
            .header(
                "X-Signature",
                sign_a(body, &timestamp, self.secret.as_bytes()),
            )
            .header("Content-Type", "application/json")
            .body(body.to_vec())
    }

    pub(crate) async fn post_bytes(&self, path: &str, body: &[u8]) -> Told {
        let request = self.signed(&Method::POST, path, body, seconds(), &nonce());
        Told::held(Some(&Method::POST), request.send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, order: &Value) -> Told {
        self.post_bytes("/api/v1/transactions", order.to_string().as_bytes())
            .await
    }

    pub(crate) async fn post_and_wait(&self, order: &Value) -> Told {
        let path = "/api/v1/transactions?wait=8000";
        self.post_bytes(path, order.to_string().as_bytes()).await
    }

    /// A change that an operator makes.
    pub(crate) async fn admin(&self, path: &str, body: &Value) -> Told {
        self.post_bytes(&format!("/api/v1/admin{path}"), body.to_string().as_bytes())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Told {
        let request = self.signed(&Method::GET, path, b"", seconds(), &nonce());
        Told::held(Some(&Method::GET), request.send().await.unwrap()).await
    }

    /// A read that the caller may know already, by its tag.
    pub(crate) async fn get_unless(&self, path: &str, tag: &str) -> Told {
        let request = self.signed(&Method::GET, path, b"", seconds(), &nonce());
        let request = request.header("if-none-match", tag);
        Told::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn balance(&self) -> i64 {
        let told = self.get("/api/v1/balance").await;
        told.body["data"]["balance"].as_i64().unwrap()
    }

    /// The order, once it has this status.
    pub(crate) async fn until(&self, ref_id: &str, status: &str) -> Told {
        let began = Instant::now();
        loop {
            let told = self.get(&format!("/api/v1/transactions/{ref_id}")).await;
            if told.data("status") == status {
                return told;
            }
            assert!(began.elapsed() < PATIENCE, "not {status}: {}", told.text);
            tokio::task::yield_now().await;
        }
    }
}
