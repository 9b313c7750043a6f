//! A webhook receiver that keeps what it got.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use sandbox::webhook_signature;
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) event: String,
    pub(crate) agent: String,
    pub(crate) signature: Option<String>,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) fn data(&self) -> Value {
        serde_json::from_slice::<Value>(&self.body).unwrap()["data"].clone()
    }

    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        self.signature.as_deref() == Some(&webhook_signature(secret, &self.body))
    }
}

type Inbox = Arc<Mutex<Vec<Got>>>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    inbox: Inbox,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let inbox = Inbox::default();
        let app = Router::new()
            .route("/hook", post(keep))
            .with_state(Arc::clone(&inbox));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inbox }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.inbox.lock().unwrap().clone()
    }

    /// Event and status of each webhook in order, for example `create Pending`.
    pub(crate) fn story(&self) -> Vec<String> {
        self.got()
            .iter()
            .map(|got| {
                format!(
                    "{} {}",
                    got.event,
                    got.data()["status"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }
}

async fn keep(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) {
    let header = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    inbox.lock().unwrap().push(Got {
        event: header("X-Digiflazz-Event").unwrap(),
        agent: header("User-Agent").unwrap(),
        signature: header("X-Hub-Signature"),
        body,
    });
}
