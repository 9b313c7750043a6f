//! The gateway's HTTP face: Basic authorization, JSON both ways.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post},
};
use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::{Desk, missing};
use crate::{
    door::Caller,
    gateway::{Call, Reply, Spoil},
};

pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/v2/charge", post(charge))
        .route("/v2/capture", post(capture))
        .route("/v2/{id}/status", get(status))
        .route("/v2/{id}/refund/online/direct", post(refund))
        .route("/v2/{id}/refund", post(refund))
        .route("/v2/{id}/{verb}", post(act))
        .route("/snap/v1/transactions", post(page))
        .route("/sandbox/settle", post(settle))
        .fallback(async || (StatusCode::NOT_FOUND, "<html>404</html>"))
        .with_state(desk)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Whoever has no good key is sent away.
fn objection(desk: &Desk, headers: &HeaderMap) -> Option<Reply> {
    let key = Base64::encode_string(format!("{}:", desk.settings.server_key).as_bytes());
    (header(headers, "authorization") != format!("Basic {key}")).then(|| Reply {
        http: 401,
        body: json!({ "status_code": "401", "status_message": "Unknown Merchant server_key/id" }),
    })
}

/// A body of JSON; none at all counts as an empty object.
fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| json!({}))
}

async fn charge(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let reply = objection(&desk, &headers).unwrap_or_else(|| {
        let notify = Some(header(&headers, "x-override-notification"));
        let notify = notify.filter(|url| !url.is_empty()).map(str::to_owned);
        desk.charge(&json_of(&body), header(&headers, "idempotency-key"), notify)
    });
    reply
        .send(desk.spoils.next(Call::Create), &caller, false)
        .await
}

async fn page(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let reply = match objection(&desk, &headers) {
        Some(_) => Reply {
            http: 401,
            body: json!({ "error_messages": ["Access denied due to unauthorized transaction"] }),
        },
        None => desk.page(&json_of(&body)),
    };
    reply
        .send(desk.spoils.next(Call::Create), &caller, false)
        .await
}

async fn status(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response<Body> {
    let spoil = desk.spoils.next(Call::Look);
    let reply = objection(&desk, &headers).unwrap_or_else(|| {
        if spoil == Some(Spoil::NotFound) {
            missing()
        } else {
            desk.status(&id)
        }
    });
    reply.send(spoil, &caller, false).await
}

async fn act(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    Path((id, verb)): Path<(String, String)>,
) -> Response<Body> {
    let reply = objection(&desk, &headers).unwrap_or_else(|| match verb.as_str() {
        "cancel" | "expire" | "approve" | "deny" => desk.act(&id, &verb),
        _ => missing(),
    });
    reply
        .send(desk.spoils.next(Call::Act), &caller, false)
        .await
}

async fn capture(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = json_of(&body);
    let reply =
        objection(&desk, &headers).unwrap_or_else(|| desk.act(Desk::by_body(&body), "capture"));
    reply
        .send(desk.spoils.next(Call::Act), &caller, false)
        .await
}

async fn refund(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    let reply = objection(&desk, &headers).unwrap_or_else(|| desk.refund(&id, &json_of(&body)));
    reply
        .send(desk.spoils.next(Call::Act), &caller, false)
        .await
}

/// The body of `POST /sandbox/settle`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    /// Of which payment, by either id.
    order_id: String,
    /// What becomes of it: a `transaction_status`.
    status: String,
}

/// For programs that run the gateway as a separate process: gives a payment a state and sends its notification.
async fn settle(State(desk): State<Arc<Desk>>, Json(body): Json<Settle>) -> StatusCode {
    if !desk.settle(&body.order_id, &body.status) {
        return StatusCode::NOT_FOUND;
    }
    if let Some(letter) = desk.letter(&body.order_id) {
        desk.send(letter);
    }
    StatusCode::NO_CONTENT
}
