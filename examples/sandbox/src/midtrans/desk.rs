//! What the gateway knows, and the moves that it allows.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use super::Settings;
use crate::{
    clock,
    gateway::{Letter, Reply, Spoils, deliver},
    premises::Premises,
};

const IDEMPOTENCY_MS: i64 = 5 * 60_000;
const KEY_CHARS_MAX: usize = 46;
/// Waits before a notification is sent again, in minutes.
const RETRIES: [u32; 5] = [2, 10, 30, 90, 210];
const METHODS: [&str; 7] = [
    "bank_transfer",
    "echannel",
    "gopay",
    "shopeepay",
    "qris",
    "credit_card",
    "cstore",
];

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its key.
    pub key: String,
    /// How much.
    pub amount: i64,
}

/// A payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Midtrans's id of it.
    pub transaction_id: String,
    /// The merchant's.
    pub order_id: String,
    /// What is asked for.
    pub amount: i64,
    /// What has become of it.
    pub status: String,
    /// Given back so far.
    pub refunds: Vec<Refund>,
    kind: String,
    fraud: Option<String>,
    details: Value,
    created_ms: i64,
    settled_ms: Option<i64>,
    notify: Option<String>,
}

#[derive(Debug, Default)]
struct Books {
    payments: Vec<Payment>,
    /// Snap pages: order id to token.
    pages: BTreeMap<String, String>,
    /// Successful answers by idempotency key, and until when.
    remembered: BTreeMap<String, (i64, Value)>,
    creates: u32,
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) premises: Arc<Premises>,
    pub(super) spoils: Spoils,
    books: Mutex<Books>,
}

fn says(code: &str, message: &str) -> Reply {
    Reply::ok(
        json!({ "status_code": code, "status_message": message, "id": "6c1f0b1e-0000-4000-8000-000000000001" }),
    )
}

fn invalid(message: &str) -> Reply {
    Reply {
        http: 400,
        body: json!({
            "status_code": "400", "status_message": "One or more parameters in the payload is invalid.",
            "validation_messages": [message], "id": "6c1f0b1e-0000-4000-8000-000000000001",
        }),
    }
}

impl Desk {
    pub(super) fn new(settings: Settings, premises: Arc<Premises>) -> Self {
        Self {
            settings,
            premises,
            spoils: Spoils::default(),
            books: Mutex::default(),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn creates(&self) -> u32 {
        self.books().creates
    }

    pub(super) fn payment(&self, id: &str) -> Option<Payment> {
        self.books().find(id).cloned()
    }

    pub(super) fn settle(&self, id: &str, status: &str) -> bool {
        let now = self.premises.clock.now_ms();
        let mut books = self.books();
        books.find_mut(id).is_some_and(|payment| {
            status.clone_into(&mut payment.status);
            if status == "settlement" {
                payment.settled_ms = Some(now);
            }
            true
        })
    }

    pub(super) fn charge(&self, body: &Value, key: &str, notify: Option<String>) -> Reply {
        let now = self.premises.clock.now_ms();
        let mut books = self.books();
        books.creates += 1;
        let kind = body["payment_type"].as_str().unwrap_or_default();
        // Documented as not supported for these.
        let forgets =
            body["bank_transfer"]["bank"] == "permata" || body["cstore"]["store"] == "indomaret";
        let has_key = (1..=KEY_CHARS_MAX).contains(&key.len()) && !forgets;
        if let Some((until, answer)) = books.remembered.get(key).filter(|_| has_key)
            && now < *until
        {
            return Reply::ok(answer.clone());
        }
        let (order_id, amount) = match ordered(body) {
            Ok(ordered) => ordered,
            Err(message) => return invalid(message),
        };
        if !METHODS.contains(&kind) {
            return says("402", "Payment channel is not activated.");
        }
        if body.get(kind).is_none_or(Value::is_null) {
            return invalid("payment details are required");
        }
        let is_taken = books
            .find(&order_id)
            .is_some_and(|known| !matches!(known.status.as_str(), "expire" | "cancel"));
        if is_taken {
            return says(
                "406",
                "The request could not be completed due to a conflict with the current state of the target resource, please try again",
            );
        }
        let number = books.payments.len() + 1;
        let transaction_id = format!("be03df7d-0000-4000-8000-{number:012}");
        let (details, status, has_fraud) = details(kind, body, number);
        let payment = Payment {
            transaction_id,
            order_id,
            amount,
            status: status.to_owned(),
            refunds: Vec::new(),
            kind: kind.to_owned(),
            fraud: has_fraud.then(|| "accept".to_owned()),
            details,
            created_ms: now,
            settled_ms: None,
            notify,
        };
        let code = if status == "pending" { "201" } else { "200" };
        let answer = self.told(&payment, code, "Success, transaction is created");
        books.payments.push(payment);
        if has_key {
            books
                .remembered
                .insert(key.to_owned(), (now + IDEMPOTENCY_MS, answer.clone()));
        }
        Reply::ok(answer)
    }

    pub(super) fn page(&self, body: &Value) -> Reply {
        let mut books = self.books();
        books.creates += 1;
        let refuse = |message: &str| Reply {
            http: 400,
            body: json!({ "error_messages": [message] }),
        };
        let order_id = match ordered(body) {
            Ok((order_id, _)) => order_id,
            Err(message) => return refuse(message),
        };
        if books.find(&order_id).is_some() {
            return refuse("transaction_details.order_id has already been taken");
        }
        // An older page of this order stops to work.
        let token = format!("66e4fa55-fdac-4ef9-91b5-{:012}", books.creates);
        books.pages.insert(order_id, token.clone());
        Reply {
            http: 201,
            body: json!({ "token": token, "redirect_url": format!("https://app.sandbox.midtrans.com/snap/v3/redirection/{token}") }),
        }
    }

    pub(super) fn status(&self, id: &str) -> Reply {
        let books = self.books();
        books.find(id).map_or_else(missing, |payment| {
            let code = match payment.status.as_str() {
                "pending" => "201",
                "expire" => "407",
                "deny" | "cancel" => "202",
                _ => "200",
            };
            let mut told = self.told(payment, code, "Success, transaction is found");
            told["signature_key"] = json!(self.signature(payment, code));
            Reply::ok(told)
        })
    }

    /// Cancel, expire, approve, deny, capture.
    pub(super) fn act(&self, id: &str, verb: &str) -> Reply {
        let mut books = self.books();
        let Some(payment) = books.find_mut(id) else {
            return missing();
        };
        let (from, to, code): (&[&str], &str, &str) = match verb {
            "cancel" => (&["pending", "authorize", "capture"], "cancel", "200"),
            "expire" => (&["pending"], "expire", "407"),
            "capture" => (&["authorize"], "capture", "200"),
            "approve" | "deny" if payment.fraud.as_deref() != Some("challenge") => (&[], "", ""),
            "approve" => (&["capture"], "capture", "200"),
            _ => (&["capture"], "deny", "200"),
        };
        if !from.contains(&payment.status.as_str()) {
            return says(
                "412",
                "Merchant cannot modify the status of the transaction",
            );
        }
        to.clone_into(&mut payment.status);
        if verb == "approve" {
            payment.fraud = Some("accept".to_owned());
        }
        let payment = payment.clone();
        Reply::ok(self.told(&payment, code, "Success"))
    }

    pub(super) fn refund(&self, id: &str, body: &Value) -> Reply {
        let mut books = self.books();
        let Some(payment) = books.find_mut(id) else {
            return missing();
        };
        let can = matches!(
            payment.kind.as_str(),
            "credit_card" | "gopay" | "shopeepay" | "qris"
        );
        if !can || !matches!(payment.status.as_str(), "settlement" | "partial_refund") {
            return says(
                "412",
                "Merchant cannot modify the status of the transaction",
            );
        }
        let given: i64 = payment.refunds.iter().map(|refund| refund.amount).sum();
        let amount = body["amount"].as_i64().unwrap_or(payment.amount - given);
        let key = body["refund_key"].as_str().unwrap_or_default();
        if !key.is_empty() && payment.refunds.iter().any(|refund| refund.key == key) {
            return says("406", "Duplicate refund ID");
        }
        if amount <= 0 || amount > payment.amount - given {
            return says("414", "Refund amount is refused");
        }
        payment.refunds.push(Refund {
            key: key.to_owned(),
            amount,
        });
        let word = if given + amount == payment.amount {
            "refund"
        } else {
            "partial_refund"
        };
        word.clone_into(&mut payment.status);
        let payment = payment.clone();
        let mut told = self.told(&payment, "200", "Success, refund request is approved");
        told["refund_chargeback_id"] = json!(202_502_070_943_231_234_i64);
        told["refund_amount"] = json!(format!("{amount}.00"));
        told["refund_key"] = json!(key);
        if let Some(fields) = told.as_object_mut() {
            fields.remove("refunds");
        }
        Reply::ok(told)
    }

    pub(super) fn by_body(body: &Value) -> &str {
        body["transaction_id"].as_str().unwrap_or_default()
    }

    fn signature(&self, payment: &Payment, code: &str) -> String {
        let mut hash = Sha512::new();
        hash.update(format!(
            "{}{code}{}.00{}",
            payment.order_id, payment.amount, self.settings.server_key
        ));
        base16ct::lower::encode_string(&hash.finalize())
    }

    /// A payment as answers and notifications show it: what has no value is left out.
    fn told(&self, payment: &Payment, code: &str, message: &str) -> Value {
        let mut told = json!({
            "status_code": code, "status_message": message, "transaction_id": payment.transaction_id, "order_id": payment.order_id,
            "merchant_id": self.settings.merchant_id, "gross_amount": format!("{}.00", payment.amount), "currency": "IDR",
            "payment_type": payment.kind, "transaction_time": clock::local(payment.created_ms), "transaction_status": payment.status,
            "expiry_time": clock::local(payment.created_ms + 86_400_000),
        });
        if let Some(fraud) = &payment.fraud {
            told["fraud_status"] = json!(fraud);
        }
        if let Some(at) = payment.settled_ms {
            told["settlement_time"] = json!(clock::local(at));
        }
        if let Some(details) = payment.details.as_object() {
            for (name, value) in details {
                told[name] = value.clone();
            }
        }
        if !payment.refunds.is_empty() {
            let sum: i64 = payment.refunds.iter().map(|refund| refund.amount).sum();
            told["refund_amount"] = json!(format!("{sum}.00"));
            told["refunds"] = payment
                .refunds
                .iter()
                .map(|refund| json!({ "refund_chargeback_id": 1, "refund_amount": format!("{}.00", refund.amount), "refund_key": refund.key }))
                .collect();
        }
        told
    }

    pub(super) fn letter(&self, id: &str) -> Option<Letter> {
        let books = self.books();
        let payment = books.find(id)?;
        let code = match payment.status.as_str() {
            "pending" | "authorize" => "201",
            "deny" | "cancel" | "expire" | "failure" => "202",
            _ => "200",
        };
        let mut told = self.told(payment, code, "midtrans payment notification");
        told["signature_key"] = json!(self.signature(payment, code));
        Some(Letter {
            url: payment.notify.clone().or_else(|| self.premises.post.url()),
            headers: vec![("User-Agent".to_owned(), "Veritrans".to_owned())],
            body: told.to_string(),
        })
    }

    pub(super) fn send(self: &Arc<Self>, letter: Letter) {
        let desk = Arc::clone(self);
        self.premises.later(async move {
            let mut tries = 0;
            loop {
                let answer = deliver(&desk.premises.post.http, &letter).await;
                let status = answer.map(|(status, _)| status);
                let most = match status {
                    Some(200..=303) => 0,
                    Some(500) => 1,
                    Some(400 | 404) => 2,
                    Some(503) => 4,
                    _ => RETRIES.len(),
                };
                if tries >= most {
                    return;
                }
                let minutes = RETRIES.get(tries).copied().unwrap_or_default();
                tokio::time::sleep(desk.settings.retry_minute * minutes).await;
                tries += 1;
            }
        });
    }
}

impl Books {
    /// The newest first: an order id is free again once its payment has expired or was called off.
    fn find(&self, id: &str) -> Option<&Payment> {
        let mut newest = self.payments.iter().rev();
        newest.find(|known| known.order_id == id || known.transaction_id == id)
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut Payment> {
        let mut newest = self.payments.iter_mut().rev();
        newest.find(|known| known.order_id == id || known.transaction_id == id)
    }
}

pub(super) fn missing() -> Reply {
    says("404", "Transaction doesn't exist.")
}

/// Order id and amount of a request, if they and the items keep the vendor's rules.
fn ordered(body: &Value) -> Result<(String, i64), &'static str> {
    let details = &body["transaction_details"];
    let order_id = details["order_id"].as_str().unwrap_or_default();
    let is_id = (1..=50).contains(&order_id.len())
        && order_id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_~.".contains(&b));
    if !is_id {
        return Err("transaction_details.order_id is invalid");
    }
    let amount = details["gross_amount"]
        .as_i64()
        .filter(|amount| *amount > 0);
    let amount = amount.ok_or("transaction_details.gross_amount is required")?;
    let Some(items) = body["item_details"].as_array() else {
        return Ok((order_id.to_owned(), amount));
    };
    let mut sum = 0;
    for item in items {
        let name = item["name"].as_str().unwrap_or_default();
        if !(1..=50).contains(&name.chars().count()) {
            return Err("item_details.name is too long");
        }
        let price = item["price"]
            .as_i64()
            .ok_or("item_details.price is required")?;
        sum += price * item["quantity"].as_i64().unwrap_or(0);
    }
    if sum == amount {
        Ok((order_id.to_owned(), amount))
    } else {
        Err("transaction_details.gross_amount is not equal to the sum of item_details")
    }
}

/// What each way to pay adds, the state it begins in, and whether the fraud check has a word.
fn details(kind: &str, body: &Value, number: usize) -> (Value, &'static str, bool) {
    let (va, asked) = (format!("8127850025{number:06}"), &body[kind]);
    match kind {
        "bank_transfer" if asked["bank"] == "permata" => {
            (json!({ "permata_va_number": va }), "pending", true)
        }
        "bank_transfer" => {
            let has_fraud = asked["bank"] != "cimb";
            let rows = json!([{ "bank": asked["bank"], "va_number": va }]);
            (json!({ "va_numbers": rows }), "pending", has_fraud)
        }
        "echannel" => (
            json!({ "bill_key": va, "biller_code": "70012" }),
            "pending",
            true,
        ),
        "cstore" => {
            let is_indomaret = asked["store"] == "indomaret";
            let told = json!({ "store": asked["store"], "payment_code": va });
            (told, "pending", !is_indomaret)
        }
        "credit_card" => {
            if asked["authentication"] == json!(true) {
                let url = "https://api.sandbox.midtrans.com/v2/token/rba/redirect/x";
                return (json!({ "redirect_url": url }), "pending", true);
            }
            let is_reserved = asked["type"] == "authorize";
            let status = if is_reserved { "authorize" } else { "capture" };
            (
                json!({ "masked_card": "48111111-1114", "bank": "bni" }),
                status,
                true,
            )
        }
        _ => {
            let told = json!({
                "actions": [
                    { "name": "generate-qr-code", "method": "GET", "url": format!("https://api.sandbox.midtrans.com/v2/{kind}/{number}/qr-code") },
                    { "name": "deeplink-redirect", "method": "GET", "url": format!("gojek://gopay/merchanttransfer?tref={number}") },
                ],
            });
            (told, "pending", kind != "gopay")
        }
    }
}
