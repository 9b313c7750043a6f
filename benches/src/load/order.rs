//! Orders as a member's server sends them: strict JSON, signed by scheme B, each under a nonce and a reference of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use h2h_server::auth::{Signed, sign_b};
use http::Request;
use http_body_util::Full;

use crate::shop::Failure;

/// Who orders what.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// The public part of the API key.
    pub key: String,
    /// The secret that requests are signed with.
    pub secret: String,
    /// The product code.
    pub product: String,
    /// What the references begin with; a second run needs another one, or its orders are repetitions.
    pub run: String,
    /// The first four digits of the destinations.
    pub prefix: String,
    /// How many milliseconds the answer may wait until the order has ended; 0 for an answer as soon as it is accepted.
    pub wait: u32,
}

impl Buyer {
    /// The n-th order of the run. Always the same but for timestamp and signature.
    pub fn order(&self, n: u64) -> Result<Request<Full<Bytes>>, Failure> {
        let Self {
            key,
            secret,
            product,
            run,
            prefix,
            wait,
        } = self;
        let body = format!(
            r#"{{"ref_id":"{run}-{n}","product":"{product}","destination":"{prefix}{:08}"}}"#,
            n % 100_000_000
        );
        let path = match wait {
            0 => "/api/v1/transactions".to_owned(),
            wait => format!("/api/v1/transactions?wait={wait}"),
        };
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let (timestamp, nonce) = (timestamp.to_string(), format!("{run}-{n:08}"));
        let signed = Signed {
            timestamp: &timestamp,
            nonce: &nonce,
            method: "POST",
            path_and_query: &path,
            body: body.as_bytes(),
        };
        let signature = sign_b(&signed, secret.as_bytes());
        let request = Request::post(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("x-api-key", key)
            .header("x-timestamp", timestamp)
            .header("x-nonce", nonce)
            .header("x-signature", signature)
            .body(Full::new(Bytes::from(body)))?;
        Ok(request)
    }
}
