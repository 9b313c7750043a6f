//! A member's machines: they sign, order, ask how it went, and send again what was not answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use h2h_server::auth::{Signed, sign_b};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::orders::{Number, Orders, Told};

/// How many machines there are.
const MACHINES: usize = 4;
/// How long a machine waits for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Somebody with a key.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
}

impl Caller {
    /// The HTTP status and the whole body; `None` if none came.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &str,
    ) -> Option<(u16, Value)> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let nonce = format!("kill-{:010}", NEXT.fetch_add(1, Ordering::Relaxed));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let timestamp = now.as_secs().to_string();
        let signed = Signed {
            timestamp: &timestamp,
            nonce: &nonce,
            method: method.as_str(),
            path_and_query: path,
            body: body.as_bytes(),
        };
        let signature = sign_b(&signed, self.secret.as_bytes());
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(ANSWER)
            .header("X-Api-Key", self.key)
            .header("X-Timestamp", &timestamp)
            .header("X-Nonce", &nonce)
            .header("X-Signature", signature);
        if !body.is_empty() {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_owned());
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }

    /// What is told about an order; `None` without an answer or while the server says that it has none to give (5xx).
    async fn about(&self, method: Method, path: &str, body: &str) -> Option<Told> {
        let (status, answer) = self.call(method, path, body).await?;
        match status {
            200 => Some(Told::read(&answer["data"])),
            500.. => None,
            _ => panic!("{path} {body}: {answer}"),
        }
    }

    async fn order(&self, orders: &Orders, number: Number) -> bool {
        let body = json!({
            "ref_id": number.ref_id(),
            "product": number.product(),
            "destination": number.destination(),
        })
        .to_string();
        let told = self
            .about(Method::POST, "/api/v1/transactions", &body)
            .await;
        let is_answered = told.is_some();
        match told {
            Some(told) => orders.acknowledged(number, told),
            None => orders.not_answered(number),
        }
        is_answered
    }

    async fn look(&self, orders: &Orders, number: Number, before: Told) {
        let path = format!("/api/v1/transactions/{}", number.ref_id());
        let now = self.about(Method::GET, &path, "").await;
        orders.looked_at(number, before, now);
    }

    /// Every one of these is there and says what may follow on what it said before.
    pub(crate) async fn check(&self, orders: &Orders, numbers: Vec<Number>) {
        for number in numbers {
            let before = orders.take_this(number);
            self.look(orders, number, before).await;
        }
    }

    /// Sends again what was not answered.
    pub(crate) async fn repeat_all(&self, orders: &Orders) {
        while let Some(number) = orders.to_repeat() {
            assert!(
                self.order(orders, number).await,
                "{number:?} is not answered"
            );
        }
    }
}

/// The machines at work, until [`Load::end`].
pub(crate) struct Load {
    enough: CancellationToken,
    machines: JoinSet<()>,
}

impl Load {
    pub(crate) fn on(caller: &Caller, orders: &Arc<Orders>) -> Self {
        let enough = CancellationToken::new();
        let mut machines = JoinSet::new();
        for machine in 0..MACHINES {
            let (caller, orders, enough) = (caller.clone(), Arc::clone(orders), enough.clone());
            machines.spawn(async move {
                let mut turn = machine;
                while !enough.is_cancelled() {
                    let number = orders.to_send();
                    if !caller.order(&orders, number).await {
                        // The server is gone, or busy: whatever there is to say about it says the test.
                        tokio::task::yield_now().await;
                    }
                    turn = turn.wrapping_mul(31).wrapping_add(7);
                    if let Some((number, before)) = orders.take(turn) {
                        caller.look(&orders, number, before).await;
                    }
                }
            });
        }
        Self { enough, machines }
    }

    /// Every machine has put down what it had in hand. Fails if one of them saw something that must not be.
    pub(crate) async fn end(mut self) {
        self.enough.cancel();
        while let Some(ended) = self.machines.join_next().await {
            ended.unwrap();
        }
    }
}
