//! A member's endpoint: a small server that answers as its path says and keeps what it got.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::any};
use serde_json::Value;
use tokio_util::io::ReaderStream;

use crate::house::PATIENCE;

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) method: Method,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn status(&self) -> String {
        self.json()["data"]["status"].as_str().unwrap().to_owned()
    }
}

#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<Vec<Got>>>);

/// Listens on loopback. `/ok` takes everything, a number answers with it, the rest as its name says.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    shelf: Shelf,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let shelf = Shelf::default();
        let app = Router::new()
            .route("/{manner}", any(answer))
            .with_state(shelf.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { port, shelf }
    }

    pub(crate) fn url(&self, manner: &str) -> String {
        format!("http://127.0.0.1:{}/{manner}", self.port)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.shelf.0.lock().unwrap().clone()
    }

    /// What came in, once `enough` says so.
    pub(crate) async fn until(&self, enough: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        let began = Instant::now();
        loop {
            let got = self.got();
            if enough(&got) {
                return got;
            }
            assert!(began.elapsed() < PATIENCE, "not yet: {got:#?}");
            tokio::task::yield_now().await;
        }
    }
}

async fn answer(
    State(shelf): State<Shelf>,
    Path(manner): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let got = Got {
        path: manner.clone(),
        method,
        query: query.unwrap_or_default(),
        headers,
        body,
        at: Instant::now(),
    };
    shelf.0.lock().unwrap().push(got);
    match manner.as_str() {
        "ok" => "OK".into_response(),
        "redirect" => (StatusCode::FOUND, [("location", "/ok")]).into_response(),
        "later" => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")]).into_response(),
        "hangs" => std::future::pending().await,
        "endless" => Body::from_stream(ReaderStream::new(tokio::io::repeat(b'<'))).into_response(),
        code => StatusCode::from_u16(code.parse().unwrap())
            .unwrap()
            .into_response(),
    }
}
