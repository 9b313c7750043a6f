//! The gateway's HTTP face: one path prefix for the environment, a bearer key, JSON or forms in, JSON out.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    channels::{CHANNELS, channel},
    desk::{Desk, Wish},
};
use crate::{
    door::Caller,
    gateway::{Call, Reply, Spoil},
};

type Fields = BTreeMap<String, String>;

pub(super) fn router(desk: Arc<Desk>) -> Router {
    let api = Router::new()
        .route("/transaction/create", post(create))
        .route("/open-payment/create", post(create_open))
        .route("/transaction/detail", get(read))
        .route("/transaction/check-status", get(read))
        .route("/merchant/transactions", get(read))
        .route("/merchant/payment-channel", get(read))
        .route("/merchant/fee-calculator", get(read))
        .route("/payment/instruction", get(read))
        .route("/open-payment/{uuid}/{what}", get(read_open))
        .with_state(desk);
    Router::new()
        .nest("/api-sandbox", api)
        .fallback(async || (StatusCode::NOT_FOUND, "<html>404</html>"))
}

/// Whoever has no good key is sent away.
fn objection(desk: &Desk, headers: &HeaderMap) -> Option<Reply> {
    let expected = format!("Bearer {}", desk.settings.api_key);
    let given = headers.get("authorization");
    let is_known = given.is_some_and(|key| key.as_bytes() == expected.as_bytes());
    (!is_known).then(|| Reply {
        http: 401,
        body: json!({ "success": false, "message": "Invalid API Key" }),
    })
}

async fn create(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let reply = objection(&desk, &headers).unwrap_or_else(|| desk.create(wish(&fields(&body))));
    reply
        .send(desk.spoils.next(Call::Create), &caller, true)
        .await
}

async fn create_open(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let fields = fields(&body);
    let of = |name: &str| fields.get(name).map_or("", String::as_str);
    let reply = objection(&desk, &headers).unwrap_or_else(|| {
        desk.create_open(
            of("method"),
            of("merchant_ref"),
            of("customer_name"),
            of("signature"),
        )
    });
    reply
        .send(desk.spoils.next(Call::Create), &caller, true)
        .await
}

async fn read(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    uri: axum::http::Uri,
    Query(query): Query<Fields>,
) -> Response<Body> {
    let of = |name: &str| query.get(name).map_or("", String::as_str);
    let path = uri.path();
    let is_look = path.ends_with("/detail") || path.ends_with("/transactions");
    let spoil = is_look.then(|| desk.spoils.next(Call::Look)).flatten();
    let is_missing = spoil == Some(Spoil::NotFound);
    let amount = of("amount").parse().unwrap_or(0);
    let bears = desk.settings.customer_bears;
    let rows = |rows: Vec<Value>| {
        Reply::ok(json!({ "success": true, "message": "Success", "data": rows }))
    };
    let reply = objection(&desk, &headers).unwrap_or_else(|| {
        match path.rsplit('/').next().unwrap_or_default() {
            "detail" if is_missing => desk.detail(""),
            "detail" => desk.detail(of("reference")),
            "check-status" => desk.check(of("reference")),
            "transactions" => desk.list(of("merchant_ref"), of("status"), is_missing),
            "payment-channel" => rows(CHANNELS.iter().map(|c| c.row(bears)).collect()),
            "fee-calculator" => {
                let wanted = of("code");
                let chosen = CHANNELS
                    .iter()
                    .filter(|c| wanted.is_empty() || c.code == wanted);
                rows(chosen.map(|c| c.quote(amount, bears)).collect())
            }
            _ if channel(of("code")).is_none() => Reply {
                http: 400,
                body: json!({ "success": false, "message": "Channel tidak ditemukan" }),
            },
            _ => {
                let step = "Bayar {{amount}} ke {{pay_code}}"
                    .replace("{{amount}}", of("amount"))
                    .replace("{{pay_code}}", of("pay_code"));
                rows(vec![
                    json!({ "title": "Internet Banking", "steps": [step] }),
                ])
            }
        }
    });
    reply.send(spoil, &caller, true).await
}

async fn read_open(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    headers: HeaderMap,
    Path((uuid, what)): Path<(String, String)>,
) -> Response<Body> {
    let reply = objection(&desk, &headers).unwrap_or_else(|| match what.as_str() {
        "transactions" => desk.open_list(&uuid),
        _ => desk.open_detail(&uuid),
    });
    reply
        .send(desk.spoils.next(Call::Look), &caller, true)
        .await
}

/// A JSON object, or a form with `order_items[0][name]`: flat names either way.
fn fields(body: &[u8]) -> Fields {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let mut flat = Fields::new();
        flatten("", &json, &mut flat);
        return flat;
    }
    form_urlencoded::parse(body).into_owned().collect()
}

fn flatten(name: &str, value: &Value, into: &mut Fields) {
    let inside = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}[{key}]")
        }
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(&inside(key), value, into);
            }
        }
        Value::Array(rows) => {
            for (at, row) in rows.iter().enumerate() {
                flatten(&inside(&at.to_string()), row, into);
            }
        }
        Value::String(text) => {
            into.insert(name.to_owned(), text.clone());
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            into.insert(name.to_owned(), value.to_string());
        }
    }
}

fn wish(fields: &Fields) -> Wish {
    let of = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let number = |name: &str| fields.get(name).and_then(|text| text.parse().ok());
    let mut items = Vec::new();
    while fields.contains_key(&format!("order_items[{}][name]", items.len())) {
        let at = |field: &str| format!("order_items[{}][{field}]", items.len());
        let item = (
            of(&at("sku")),
            of(&at("name")),
            number(&at("price")).unwrap_or(0),
            number(&at("quantity")).unwrap_or(0),
        );
        items.push(item);
    }
    Wish {
        method: of("method"),
        merchant_ref: of("merchant_ref"),
        amount: number("amount").unwrap_or(0),
        customer: ["customer_name", "customer_email", "customer_phone"].map(of),
        items,
        callback_url: fields.get("callback_url").cloned(),
        expired_time: number("expired_time"),
        signature: of("signature"),
    }
}
