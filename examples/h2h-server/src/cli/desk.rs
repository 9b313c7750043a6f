//! Where a command's requests go: to a running server over HTTP, or to the handlers of this program over a store that it holds itself.
//!
//! Either way it is the same request to the same route with the same answer; only who asks is established differently: by a signature,
//! or by sitting at the machine.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use eraflazz_core::engine::SystemDice;
use eraflazz_core::ports::Dice as _;
use eraflazz_core::text::Operator;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::check::CheckTold;
use crate::audit::AuditFile;
use crate::auth::{API_KEY, AtTheDesk, NONCE, SIGNATURE, Signed, TIMESTAMP, sign_b};
use crate::strict::{Problem, Problems};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read at the desk.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Where requests go.
pub struct Desk {
    reach: Reach,
}

enum Reach {
    /// A server that runs.
    Server {
        http: reqwest::Client,
        base: String,
        key: String,
        secret: SecretString,
    },
    /// The handlers themselves.
    Here { router: Router, seat: AtTheDesk },
}

/// Why there is no answer, or none that was wished for.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// What is needed to ask is not there.
    #[error("{0}")]
    NotReady(String),
    /// The settings are wrong; everything that is.
    #[error("the settings are wrong:\n{0}")]
    Settings(Problems),
    /// The seed that they name is wrong; everything that is.
    #[error("{0}")]
    Seed(Problems),
    /// The store could be read, and its books do not close.
    #[error("the books do not close:\n{}", .0.differences.join("\n"))]
    BooksOpen(CheckTold),
    /// Nobody answers.
    #[error("{base} does not answer: {why}")]
    Unreachable {
        /// Where.
        base: String,
        /// Why.
        why: String,
    },
    /// The server refused. Nothing was done.
    #[error("{}", refusal(.0))]
    Refused(Value),
    /// It was done, and the answer cannot be written where it was to go.
    #[error("it was done, and the answer could not be written: {0}")]
    Untold(std::io::Error),
    /// The answer cannot be understood.
    #[error("the answer cannot be understood: {0}")]
    Strange(String),
}

impl DeskError {
    /// The failure for machines: its words in `error`, and beside them what they are made of.
    pub fn told(&self) -> Value {
        let error = self.to_string();
        match self {
            Self::Settings(wrong) | Self::Seed(wrong) => {
                let problems = wrong.all().iter().map(|Problem { field, rule }| {
                    json!({"field": field, "rule": rule, "from": wrong.origin(field)})
                });
                json!({"error": error, "problems": problems.collect::<Vec<_>>()})
            }
            Self::BooksOpen(found) => {
                let mut told = json!(found);
                told["error"] = error.into();
                told
            }
            Self::Refused(answer) => json!({"error": error, "answer": answer}),
            Self::NotReady(_) | Self::Unreachable { .. } | Self::Untold(_) | Self::Strange(_) => {
                json!({"error": error})
            }
        }
    }
}

/// A refusal in lines: the code and the message, then each field with its rule.
fn refusal(body: &Value) -> String {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!("{}: {}", text("error_code"), text("message"))];
    for fault in body["errors"].as_array().into_iter().flatten() {
        let (place, rule) = (fault["pointer"].as_str(), fault["detail"].as_str());
        let place = place
            .filter(|place| !place.is_empty())
            .unwrap_or("the whole");
        lines.push(format!("  {place}: {}", rule.unwrap_or_default()));
    }
    lines.join("\n")
}

/// A body and what it is.
struct Content {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Desk {
    /// A desk that asks the server at `base` (`http://127.0.0.1:8080`), signing with this key.
    pub fn at_server(base: &str, key: String, secret: SecretString) -> Result<Self, DeskError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| DeskError::NotReady(error.to_string()))?;
        let reach = Reach::Server {
            http,
            base: base.trim_end_matches('/').to_owned(),
            key,
            secret,
        };
        Ok(Self { reach })
    }

    /// A desk over the routes of this program, for `operator` who sits at it. What is done there leaves its lines in `audit`; without it, as for
    /// whoever only reads, in the log alone.
    pub const fn here(router: Router, operator: Operator, audit: Option<Arc<AuditFile>>) -> Self {
        let seat = AtTheDesk { operator, audit };
        let reach = Reach::Here { router, seat };
        Self { reach }
    }

    /// What `GET path` answers: the `data` of the envelope.
    pub async fn get(&self, path: &str) -> Result<Value, DeskError> {
        self.ask(Method::GET, path, None).await
    }

    /// What `POST path` with this body answers.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Value, DeskError> {
        let bytes =
            serde_json::to_vec(body).map_err(|error| DeskError::Strange(error.to_string()))?;
        let kind = "application/json";
        self.ask(Method::POST, path, Some(Content { kind, bytes }))
            .await
    }

    /// The same for an answer that may take so long.
    pub async fn post_patiently(
        &self,
        path: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<Value, DeskError> {
        let bytes =
            serde_json::to_vec(body).map_err(|error| DeskError::Strange(error.to_string()))?;
        let kind = "application/json";
        let content = Content { kind, bytes };
        self.ask_for(Method::POST, path, Some(content), patience)
            .await
    }

    /// What `POST path` with this file answers.
    pub async fn post_file(
        &self,
        path: &str,
        kind: &'static str,
        bytes: Vec<u8>,
    ) -> Result<Value, DeskError> {
        self.ask(Method::POST, path, Some(Content { kind, bytes }))
            .await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        content: Option<Content>,
    ) -> Result<Value, DeskError> {
        self.ask_for(method, path, content, PATIENCE).await
    }

    async fn ask_for(
        &self,
        method: Method,
        path: &str,
        content: Option<Content>,
        patience: Duration,
    ) -> Result<Value, DeskError> {
        let path = format!("/api/v1/admin{path}");
        let answer = match &self.reach {
            Reach::Server {
                http,
                base,
                key,
                secret,
            } => {
                let url = format!("{base}{path}");
                let request = http.request(method.clone(), url).timeout(patience);
                let body = content.as_ref().map_or(&[][..], |content| &content.bytes);
                let request = signed(request, &method, &path, body, key, secret);
                over_http(request, base, content).await?
            }
            Reach::Here { router, seat } => {
                at_hand(router.clone(), seat.clone(), &method, &path, content).await?
            }
        };
        let mut answer: Value = serde_json::from_slice(&answer)
            .map_err(|error| DeskError::Strange(error.to_string()))?;
        if answer["status"] == "success" {
            Ok(answer["data"].take())
        } else {
            Err(DeskError::Refused(answer))
        }
    }
}

fn signed(
    request: reqwest::RequestBuilder,
    method: &Method,
    path: &str,
    body: &[u8],
    key: &str,
    secret: &SecretString,
) -> reqwest::RequestBuilder {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let timestamp = since_epoch.unwrap_or_default().as_secs().to_string();
    let nonce = base16ct::lower::encode_string(&SystemDice.roll());
    let parts = Signed {
        timestamp: &timestamp,
        nonce: &nonce,
        method: method.as_str(),
        path_and_query: path,
        body,
    };
    let signature = sign_b(&parts, secret.expose_secret().as_bytes());
    request
        .header(API_KEY, key)
        .header(TIMESTAMP, &timestamp)
        .header(NONCE, &nonce)
        .header(SIGNATURE, signature)
}

async fn over_http(
    request: reqwest::RequestBuilder,
    base: &str,
    content: Option<Content>,
) -> Result<Vec<u8>, DeskError> {
    let request = match content {
        Some(Content { kind, bytes }) => request.header(header::CONTENT_TYPE, kind).body(bytes),
        None => request,
    };
    let unreachable = |error: reqwest::Error| DeskError::Unreachable {
        base: base.to_owned(),
        why: root_of(&error),
    };
    let response = request.send().await.map_err(unreachable)?;
    let bytes = response.bytes().await.map_err(unreachable)?;
    Ok(bytes.to_vec())
}

/// The innermost reason: `Connection refused` rather than the way there.
fn root_of(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

async fn at_hand(
    router: Router,
    seat: AtTheDesk,
    method: &Method,
    path: &str,
    content: Option<Content>,
) -> Result<Vec<u8>, DeskError> {
    let strange = |why: &dyn std::fmt::Display| DeskError::Strange(why.to_string());
    let mut request = Request::builder().method(method.as_str()).uri(path);
    let body = match content {
        Some(Content { kind, bytes }) => {
            request = request.header(header::CONTENT_TYPE, kind);
            Body::from(bytes)
        }
        None => Body::empty(),
    };
    let request = request.extension(seat).body(body);
    let request = request.map_err(|error| strange(&error))?;
    let Ok(response) = router.oneshot(request).await;
    let bytes = axum::body::to_bytes(response.into_body(), ANSWER_MAX).await;
    Ok(bytes.map_err(|error| strange(&error))?.to_vec())
}
