//! The server's HTTP face: GET and POST alike, status 200 whatever happened, text.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, RawForm, State},
    http::{Response, StatusCode, header},
    routing::get,
};

use super::seller::{Reply, Seller};
use crate::{door::Caller, fault::Fault, ledger::Order};

pub(super) fn router(seller: Arc<Seller>) -> Router {
    Router::new()
        .route("/trx", get(trx).post(trx))
        .route("/api/h2h", get(irs).post(irs))
        .route("/balance", get(balance).post(balance))
        .route("/trx/balance", get(balance).post(balance))
        .route("/ticket", get(ticket).post(ticket))
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found"))
        .with_state(seller)
}

async fn trx(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    RawForm(query): RawForm,
) -> Response<Body> {
    let reply = seller.trx(&query);
    sold(&seller, reply, &caller).await
}

async fn irs(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    RawForm(query): RawForm,
) -> Response<Body> {
    let reply = seller.irs(&query);
    sold(&seller, reply, &caller).await
}

/// The answer to an order, and the future of what it formed.
async fn sold(seller: &Arc<Seller>, reply: Reply, caller: &Caller) -> Response<Body> {
    if let Some(id) = reply.born {
        let order = |order: &Order| order.plan.on_webhooks();
        let on_reports = seller.desk().books.order(id).map(order);
        if on_reports.is_some_and(|faults| faults.contains(&Fault::WebhookBeforeAnswer)) {
            seller.report(id).await;
        }
        seller.drive(id);
    }
    answer(seller, reply, caller).await
}

async fn balance(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    RawForm(query): RawForm,
) -> Response<Body> {
    let reply = seller.balance(&query);
    answer(&seller, reply, &caller).await
}

async fn ticket(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    RawForm(query): RawForm,
) -> Response<Body> {
    let reply = seller.ticket(&query);
    answer(&seller, reply, &caller).await
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others have changed the text already, or are not played here"
)]
async fn answer(seller: &Seller, reply: Reply, caller: &Caller) -> Response<Body> {
    let (before, behind) = &seller.settings.adverts;
    let mut text = format!("{before}{}{behind}", reply.text);
    let (mut http, mut kind, mut late) = (200, "text/plain; charset=utf-8", Duration::ZERO);
    for fault in &reply.faults {
        match fault {
            Fault::Late { millis } => late = Duration::from_millis(*millis),
            Fault::Lost => caller.scissors.cut(),
            Fault::CutBody => caller.scissors.cut_halfway(),
            Fault::HttpStatus(status) => http = *status,
            Fault::EmptyBody(status) => {
                http = *status;
                text.clear();
            }
            Fault::HtmlPage(status) => {
                (http, kind) = (*status, "text/html");
                text = format!("<html><body><h1>{status} Bad gateway</h1></body></html>");
            }
            _ => {}
        }
    }
    if !late.is_zero() {
        tokio::time::sleep(late).await;
    }
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(http).unwrap_or(StatusCode::BAD_GATEWAY);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
