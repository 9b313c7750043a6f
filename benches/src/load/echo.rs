//! The peer of the HTTP lines: an axum server that gives the JSON it was sent back, and does nothing else.

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::shop::Failure;

/// A running echo server; dropping it ends it.
#[derive(Debug)]
pub struct Echo {
    /// `host:port`.
    pub address: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Echo {
    /// Starts one on a free port. Answers every `POST` of JSON.
    pub async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let echo = async |axum::Json(body): axum::Json<serde_json::Value>| axum::Json(body);
        let router = Router::new().fallback(post(echo));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, serving })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
