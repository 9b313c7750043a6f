//! The provider's HTTP face: forms by POST, JSON with status 200 whatever was decided.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, State},
    http::{Response, StatusCode, header},
    routing::post,
};

use super::seller::{Reply, Section, Seller};
use crate::{door::Caller, fault::Fault, form::Form};

pub(super) fn router(seller: Arc<Seller>) -> Router {
    Router::new()
        .route("/api/profile", post(profile))
        .route("/api/prepaid", post(prepaid))
        .route("/api/game-feature", post(game))
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found"))
        .with_state(seller)
}

async fn profile(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    let reply =
        known(&seller, &caller, &body).map_or_else(|sent_away| sent_away, |_| seller.profile());
    answer(reply, &caller).await
}

async fn prepaid(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    take(&seller, Section::Prepaid, &caller, &body).await
}

async fn game(
    State(seller): State<Arc<Seller>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Bytes,
) -> Response<Body> {
    take(&seller, Section::Game, &caller, &body).await
}

/// The form of a caller who may ask.
fn known(seller: &Seller, caller: &Caller, body: &[u8]) -> Result<Form, Reply> {
    let form = Form::read(body).ok_or_else(|| Reply::refuses("Permintaan tidak sesuai"))?;
    let (key, sign) = (form.of("key"), form.of("sign"));
    match seller.objection(key, sign, caller.address.ip()) {
        Some(message) => Err(Reply::refuses(message)),
        None => Ok(form),
    }
}

async fn take(
    seller: &Arc<Seller>,
    section: Section,
    caller: &Caller,
    body: &[u8],
) -> Response<Body> {
    let reply = match known(seller, caller, body) {
        Ok(form) => taken(seller, section, &form),
        Err(sent_away) => sent_away,
    };
    if let Some(id) = reply.born {
        let faults = {
            let desk = seller.desk();
            desk.books.order(id).map(|order| order.plan.on_webhooks())
        };
        if faults.is_some_and(|faults| faults.contains(&Fault::WebhookBeforeAnswer)) {
            seller.call(id).await;
        }
        seller.drive(id);
    }
    answer(reply, caller).await
}

fn taken(seller: &Seller, section: Section, form: &Form) -> Reply {
    match form.of("type") {
        "services" => seller.services(section),
        "order" => {
            let zone = match section {
                Section::Prepaid => "",
                Section::Game => form.of("data_zone"),
            };
            seller.order(section, form.of("service"), form.of("data_no"), zone)
        }
        "status" => {
            let limit = form.of("limit").parse().unwrap_or(10);
            seller.status(section, form.of("trxid"), limit)
        }
        "get-nickname" if section == Section::Game => {
            Seller::nickname(form.of("target"), form.of("additional_target"))
        }
        _ => Reply::refuses("Permintaan tidak sesuai"),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others have changed the body already, or are not played here"
)]
async fn answer(reply: Reply, caller: &Caller) -> Response<Body> {
    let mut text = reply.body.to_string();
    let (mut http, mut kind, mut late) = (200, "application/json", Duration::ZERO);
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
