//! An outside client: signs its requests as the documentation says and knows nothing of the engine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::Value;

use super::Failure;
use crate::auth::{Signed, sign_b};

/// A member's program.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    key: &'static str,
    secret: &'static str,
    http: reqwest::Client,
    nonces: AtomicU64,
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// A text field of `data`.
    pub(crate) fn text(&self, field: &str) -> String {
        self.body["data"][field]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Client {
    pub(crate) fn new(
        base: String,
        key: &'static str,
        secret: &'static str,
    ) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            base,
            key,
            secret,
            http,
            nonces: AtomicU64::new(0),
        })
    }

    /// Sends an order and waits up to eight seconds for its end.
    pub(crate) async fn order(
        &self,
        ref_id: &str,
        destination: &str,
        wait_ms: u32,
    ) -> Result<Answer, Failure> {
        let body =
            serde_json::json!({ "ref_id": ref_id, "product": "XL10", "destination": destination });
        self.call(
            Method::POST,
            &format!("/api/v1/transactions?wait={wait_ms}"),
            body.to_string(),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.call(Method::GET, path, String::new()).await
    }

    async fn call(&self, method: Method, path: &str, body: String) -> Result<Answer, Failure> {
        let timestamp = SystemTime::now()
            .duration_since(UNIX_EPOCH)?
            .as_secs()
            .to_string();
        let nonce = format!("demo-{:08}", self.nonces.fetch_add(1, Ordering::Relaxed));
        let signed = Signed {
            timestamp: &timestamp,
            nonce: &nonce,
            method: method.as_str(),
            path_and_query: path,
            body: body.as_bytes(),
        };
        let signature = sign_b(&signed, self.secret.as_bytes());
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("X-Api-Key", self.key)
            .header("X-Timestamp", &timestamp)
            .header("X-Nonce", &nonce)
            .header("X-Signature", signature);
        if !body.is_empty() {
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        let response = request.send().await?;
        let http = response.status().as_u16();
        Ok(Answer {
            http,
            body: serde_json::from_slice(&response.bytes().await?)?,
        })
    }
}
