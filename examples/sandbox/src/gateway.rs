//! What the fake payment gateways have in common: faults of their answers, and notifications that are sent again until they are taken.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
};
use serde_json::Value;

use crate::door::Caller;

/// What is asked of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A payment is asked for.
    Create,
    /// A payment is asked about.
    Look,
    /// Something is done with a payment.
    Act,
}

/// What goes wrong with one answer. What was asked for is done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// The connection ends without a byte of answer.
    Lost,
    /// It ends in the middle of the body.
    Cut,
    /// A page of somebody in front, with this status.
    Page(u16),
    /// JSON that says nothing, with this status.
    Empty(u16),
    /// The answer comes this many milliseconds late.
    Late(u64),
    /// It is not found, though it is there: for lists that lag behind.
    NotFound,
}

/// Faults that wait for their call; one an answer.
#[derive(Debug, Default)]
pub(crate) struct Spoils(Mutex<VecDeque<(Call, Spoil)>>);

impl Spoils {
    pub(crate) fn add(&self, call: Call, spoil: Spoil) {
        self.queue().push_back((call, spoil));
    }

    pub(crate) fn next(&self, call: Call) -> Option<Spoil> {
        let mut queue = self.queue();
        let at = queue.iter().position(|(waits, _)| *waits == call)?;
        queue.remove(at).map(|(_, spoil)| spoil)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<(Call, Spoil)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer, before anything goes wrong with it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) http: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) const fn ok(body: Value) -> Self {
        Self { http: 200, body }
    }

    /// As PHP prints it where `slashes` is set: with escaped slashes.
    pub(crate) async fn send(
        self,
        spoil: Option<Spoil>,
        caller: &Caller,
        slashes: bool,
    ) -> Response<Body> {
        let (mut http, mut kind) = (self.http, "application/json");
        let mut text = self.body.to_string();
        if slashes {
            text = text.replace('/', "\\/");
        }
        match spoil {
            Some(Spoil::Lost) => caller.scissors.cut(),
            Some(Spoil::Cut) => caller.scissors.cut_halfway(),
            Some(Spoil::Page(status)) => {
                (http, kind) = (status, "text/html");
                text = format!("<html><body><h1>{status}</h1></body></html>");
            }
            Some(Spoil::Empty(status)) => {
                http = status;
                "{}".clone_into(&mut text);
            }
            Some(Spoil::Late(millis)) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
            Some(Spoil::NotFound) | None => {}
        }
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::from_u16(http).unwrap_or(StatusCode::BAD_GATEWAY);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        response
    }
}

/// A notification as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where it goes; nowhere if no address is known.
    pub url: Option<String>,
    /// Headers beside the content type.
    pub headers: Vec<(String, String)>,
    /// The body, exactly.
    pub body: String,
}

/// Sends `letter`, and says with which status and text it was answered; `None` if it was not.
pub(crate) async fn deliver(http: &reqwest::Client, letter: &Letter) -> Option<(u16, String)> {
    let url = letter.url.as_ref()?;
    let mut request = http
        .post(url)
        .header("Content-Type", "application/json")
        .body(letter.body.clone());
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.unwrap_or_default()))
}
