//! A plain client that signs right, and the waiting for things that happen later.

use std::time::{Duration, Instant};

use sandbox::{Config, Sandbox, request_sign};
use serde_json::{Map, Value, json};

/// A sandbox for quick tests: no waiting between calls, webhooks within milliseconds.
pub(crate) fn quick() -> Config {
    Config {
        min_interval: Duration::ZERO,
        create_delay: Duration::from_millis(5),
        webhook_delay: Duration::from_millis(30),
        ..Config::default()
    }
}

/// What an answer was: its status, its raw text, its `data` if it had one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) data: Value,
}

pub(crate) struct Buyer {
    http: reqwest::Client,
    base: String,
    username: String,
    key: String,
}

impl Buyer {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: sandbox.base_url(),
            username: sandbox.config().username.clone(),
            key: sandbox.config().api_key.clone(),
        }
    }

    pub(crate) async fn send(&self, path: &str, body: String) -> reqwest::Result<Answer> {
        self.send_within(path, body, Duration::from_secs(10)).await
    }

    async fn send_within(
        &self,
        path: &str,
        body: String,
        within: Duration,
    ) -> reqwest::Result<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .timeout(within);
        let response = request.body(body).send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let data = serde_json::from_str::<Value>(&text)
            .ok()
            .and_then(|mut answer| answer.get_mut("data").map(Value::take))
            .unwrap_or_default();
        Ok(Answer { status, text, data })
    }

    pub(crate) fn purchase(&self, ref_id: &str, sku: &str, number: &str) -> Map<String, Value> {
        let body = json!({
            "username": self.username,
            "buyer_sku_code": sku,
            "customer_no": number,
            "ref_id": ref_id,
            "sign": request_sign(&self.username, &self.key, ref_id),
        });
        body.as_object().unwrap().clone()
    }

    pub(crate) async fn buy(&self, ref_id: &str, sku: &str, number: &str) -> Value {
        self.try_buy(ref_id, sku, number).await.unwrap().data
    }

    pub(crate) async fn try_buy(
        &self,
        ref_id: &str,
        sku: &str,
        number: &str,
    ) -> reqwest::Result<Answer> {
        let body = Value::Object(self.purchase(ref_id, sku, number)).to_string();
        self.send("/transaction", body).await
    }

    pub(crate) async fn buy_within(
        &self,
        ref_id: &str,
        number: &str,
        within: Duration,
    ) -> reqwest::Result<Answer> {
        let body = Value::Object(self.purchase(ref_id, "xld10", number)).to_string();
        self.send_within("/transaction", body, within).await
    }

    pub(crate) async fn balance(&self) -> reqwest::Result<Answer> {
        let sign = request_sign(&self.username, &self.key, "depo");
        let body = json!({"cmd": "deposit", "username": self.username, "sign": sign});
        self.send("/cek-saldo", body.to_string()).await
    }

    pub(crate) async fn price_list(&self, filters: Value) -> reqwest::Result<Answer> {
        let mut body = json!({
            "cmd": "prepaid",
            "username": self.username,
            "sign": request_sign(&self.username, &self.key, "pricelist"),
        });
        let filters = filters.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(filters);
        self.send("/price-list", body.to_string()).await
    }
}

/// Waits for a condition; a test that waits in vain fails.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
