//! The provider's HTTP face under `/v1`: reads the raw body, lets the shop decide, answers as well or as badly
//! as was asked for.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, State},
    http::{Response, StatusCode, header},
    routing::post,
};
use serde_json::json;

use crate::{
    door::Caller,
    fault::Fault,
    shop::{Shop, Told},
    webhook::Signing,
    wire::is_about_bills,
};

pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/v1/cek-saldo", post(balance))
        .route("/v1/price-list", post(price_list))
        .route("/v1/deposit", post(ticket))
        .route("/v1/transaction", post(transaction))
        .route("/v1/inquiry-pln", post(pln_customer))
        .route("/v1/report/hooks/{hook_id}/pings", post(ping))
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found"))
        .with_state(shop)
}

async fn balance(
    State(shop): State<Arc<Shop>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    answer(shop.balance(&body, caller.address.ip()), &caller).await
}

async fn price_list(
    State(shop): State<Arc<Shop>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    answer(shop.price_list(&body, caller.address.ip()), &caller).await
}

async fn ticket(
    State(shop): State<Arc<Shop>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    answer(shop.ticket(&body, caller.address.ip()), &caller).await
}

async fn pln_customer(
    State(shop): State<Arc<Shop>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    answer(shop.pln_customer(&body, caller.address.ip()), &caller).await
}

async fn transaction(
    State(shop): State<Arc<Shop>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    // Held until the answer is ready, or until the caller hangs up and this future is dropped.
    let (told, _under_way) = if is_about_bills(&body) {
        shop.bill(&body, caller.address.ip())
    } else {
        shop.purchase(&body, caller.address.ip())
    };
    if let Some(id) = told.born {
        let webhook_first = shop.counter().books.order(id).is_some_and(|order| {
            order
                .plan
                .on_webhooks()
                .contains(&Fault::WebhookBeforeAnswer)
        });
        if webhook_first {
            shop.announce(id, "create", told.data.clone()).await;
        }
        shop.drive(id, told.data.clone(), webhook_first);
    }
    answer(told, &caller).await
}

async fn ping(State(shop): State<Arc<Shop>>, Path(hook_id): Path<String>) -> Response<Body> {
    let body = shop.ping_body(&hook_id);
    shop.deliver("ping", &body, Signing::Right, None).await;
    reply(200, "application/json", body.to_string())
}

async fn answer(told: Told, caller: &Caller) -> Response<Body> {
    let Told {
        mut data,
        mut http,
        faults,
        ..
    } = told;
    let mut late = Duration::ZERO;
    let mut instead = None;
    for fault in &faults {
        fault.distort(&mut data);
        match fault {
            Fault::Late { millis } => late = Duration::from_millis(*millis),
            Fault::Lost => caller.scissors.cut(),
            Fault::CutBody => caller.scissors.cut_halfway(),
            Fault::HttpStatus(status) => http = *status,
            Fault::EmptyBody(status) => instead = Some(reply(*status, "text/plain", String::new())),
            Fault::HtmlPage(status) => {
                let page = format!("<html><body><h1>{status} Bad gateway</h1></body></html>");
                instead = Some(reply(*status, "text/html", page));
            }
            Fault::MessageOnly
            | Fault::BareRefusal
            | Fault::RefusePost(_)
            | Fault::WrongRef
            | Fault::WrongDestination
            | Fault::LowercaseSku
            | Fault::Contradiction
            | Fault::UppercaseStatus
            | Fault::SayRc(_)
            | Fault::NumericRc
            | Fault::PriceAsText
            | Fault::PriceAsDecimal
            | Fault::SnMissing
            | Fault::SnNull
            | Fault::SnEmpty
            | Fault::BalanceMissing
            | Fault::ObjectForList(_)
            | Fault::WebhookBeforeAnswer
            | Fault::WebhookRepeated(_)
            | Fault::WebhookReordered
            | Fault::WebhookWrongSignature
            | Fault::WebhookUnsigned
            | Fault::WebhookWrongDestination
            | Fault::WebhookUnknownRef
            | Fault::WebhookNever => {}
        }
    }
    if !late.is_zero() {
        tokio::time::sleep(late).await;
    }
    instead.unwrap_or_else(|| {
        reply(
            http,
            "application/json",
            json!({ "data": data }).to_string(),
        )
    })
}

fn reply(status: u16, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
