//! The sandbox's own endpoints under `/sandbox`, for programs that run it as a separate process: read the
//! books, script purchases, point the webhooks somewhere, move the clock. Unsigned, loopback only.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    config::ProductRow,
    ledger::Ledger,
    script::{Match, Plan},
    shop::Shop,
    webhook::Delivery,
};

pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/sandbox/ledger", get(ledger))
        .route("/sandbox/webhooks", get(webhooks))
        .route("/sandbox/script", post(script))
        .route("/sandbox/webhook-url", post(webhook_url))
        .route("/sandbox/settle", post(settle))
        .route("/sandbox/advance", post(advance))
        .route("/sandbox/top-up", post(top_up))
        .route("/sandbox/product", post(product))
        .with_state(shop)
}

/// The body of `POST /sandbox/script`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Which purchases.
    #[serde(rename = "match")]
    pub which: Match,
    /// How they go.
    pub plan: Plan,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Url {
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    ref_id: String,
    rc: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopUp {
    amount: i64,
}

async fn ledger(State(shop): State<Arc<Shop>>) -> Json<Ledger> {
    Json(shop.counter().books.copy(&shop.config.name))
}

async fn webhooks(State(shop): State<Arc<Shop>>) -> Json<Vec<Delivery>> {
    Json(shop.premises.post.sent())
}

async fn script(State(shop): State<Arc<Shop>>, Json(script): Json<Script>) -> StatusCode {
    shop.counter().rules.add(script.which, script.plan);
    StatusCode::NO_CONTENT
}

async fn webhook_url(State(shop): State<Arc<Shop>>, Json(Url { url }): Json<Url>) -> StatusCode {
    shop.premises.post.set_url(url);
    StatusCode::NO_CONTENT
}

async fn settle(State(shop): State<Arc<Shop>>, Json(body): Json<Settle>) -> StatusCode {
    let id = shop.counter().books.id_of(&body.ref_id);
    let Some(id) = id else {
        return StatusCode::NOT_FOUND;
    };
    shop.settle(id, &body.rc);
    shop.announce_update(id).await;
    StatusCode::NO_CONTENT
}

async fn advance(State(shop): State<Arc<Shop>>, Json(body): Json<Advance>) -> Json<Value> {
    shop.premises
        .clock
        .advance(Duration::from_secs(body.seconds));
    Json(Value::from(shop.premises.clock.now_ms()))
}

async fn top_up(State(shop): State<Arc<Shop>>, Json(body): Json<TopUp>) -> Json<Value> {
    let mut counter = shop.counter();
    counter.books.top_up(body.amount);
    Json(Value::from(counter.books.balance()))
}

async fn product(State(shop): State<Arc<Shop>>, Json(row): Json<ProductRow>) -> StatusCode {
    shop.counter().put_product(row);
    StatusCode::NO_CONTENT
}
