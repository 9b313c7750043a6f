//! What the gateway knows: payments, standing codes, and what is still to be told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Settings, channels::channel};
use crate::{
    gateway::{Letter, Reply, Spoils, deliver},
    premises::Premises,
};

/// Callbacks that are not taken are sent again so often.
const RESENDS: u32 = 3;

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Waits.
    Unpaid,
    /// Paid.
    Paid,
    /// Not paid in time.
    Expired,
    /// Failed at the bank.
    Failed,
    /// Given back.
    Refund,
}

impl Fate {
    const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Paid => "PAID",
            Self::Expired => "EXPIRED",
            Self::Failed => "FAILED",
            Self::Refund => "REFUND",
        }
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Tripay's id of it.
    pub reference: String,
    /// The merchant's reference.
    pub merchant_ref: String,
    /// The standing code it was paid by.
    pub uuid: Option<String>,
    /// What has become of it.
    pub fate: Fate,
    /// What the customer pays.
    pub amount: i64,
    /// Fees: the merchant's, the customer's.
    pub fees: (i64, i64),
    method: String,
    name: String,
    pay_code: String,
    customer: String,
    callback_url: Option<String>,
    expires: i64,
    created: i64,
    paid: Option<i64>,
    items: Value,
}

impl Payment {
    const fn received(&self) -> i64 {
        self.amount - self.fees.0 - self.fees.1
    }
}

/// What a create asks for.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) method: String,
    pub(super) merchant_ref: String,
    pub(super) amount: i64,
    pub(super) customer: [String; 3],
    pub(super) items: Vec<(String, String, i64, i64)>,
    pub(super) callback_url: Option<String>,
    pub(super) expired_time: Option<i64>,
    pub(super) signature: String,
}

#[derive(Debug, Default)]
struct Books {
    payments: Vec<Payment>,
    /// Standing codes: uuid to merchant's reference, channel and customer.
    standing: BTreeMap<String, (String, String, String)>,
    creates: u32,
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) premises: Arc<Premises>,
    pub(super) spoils: Spoils,
    books: Mutex<Books>,
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

    fn now(&self) -> i64 {
        self.premises.clock.now_ms() / 1_000
    }

    fn mac(&self, text: &[u8]) -> String {
        let key = self.settings.private_key.as_bytes();
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
            return String::new();
        };
        mac.update(text);
        base16ct::lower::encode_string(&mac.finalize().into_bytes())
    }

    pub(super) fn create(&self, wish: Wish) -> Reply {
        let mut books = self.books();
        books.creates += 1;
        let refuse = |message: &str| Reply {
            http: 400,
            body: json!({ "success": false, "message": message }),
        };
        let Some(found) = channel(&wish.method) else {
            return refuse("Channel pembayaran tidak tersedia");
        };
        let code = &self.settings.merchant_code;
        let signed = format!("{code}{}{}", wish.merchant_ref, wish.amount);
        if self.mac(signed.as_bytes()) != wish.signature {
            return refuse("Invalid signature");
        }
        if !(found.minimum..=found.maximum).contains(&wish.amount) {
            return refuse("Jumlah pembayaran di luar batas");
        }
        let sum: i64 = wish.items.iter().map(|(_, _, price, n)| price * n).sum();
        if wish.items.is_empty() || sum != wish.amount {
            return refuse("order_items tidak sesuai");
        }
        if wish.customer.iter().any(String::is_empty) {
            return refuse("Data pelanggan tidak lengkap");
        }
        let now = self.now();
        let expires = wish.expired_time.unwrap_or(now + 86_400);
        if expires <= now {
            return refuse("expired_time tidak valid");
        }
        let fee = found.fee(wish.amount);
        let fees = if self.settings.customer_bears {
            (0, fee)
        } else {
            (fee, 0)
        };
        let number = books.payments.len() + 1;
        let payment = Payment {
            reference: format!("DEV-{code}{number:09}ABCDE"),
            merchant_ref: wish.merchant_ref,
            uuid: None,
            fate: Fate::Unpaid,
            amount: wish.amount + fees.1,
            fees,
            method: wish.method,
            name: found.name.to_owned(),
            pay_code: format!("5789748{number:08}"),
            customer: wish.customer[0].clone(),
            callback_url: wish.callback_url,
            expires,
            created: now,
            paid: None,
            items: wish
                .items
                .iter()
                .map(|(sku, name, price, quantity)| {
                    json!({ "sku": sku, "name": name, "price": price, "quantity": quantity, "subtotal": price * quantity, "product_url": null, "image_url": null })
                })
                .collect(),
        };
        let data = detail(&payment, found.redirects);
        books.payments.push(payment);
        Reply::ok(json!({ "success": true, "message": "", "data": data }))
    }

    pub(super) fn create_open(
        &self,
        method: &str,
        reference: &str,
        name: &str,
        signature: &str,
    ) -> Reply {
        let mut books = self.books();
        books.creates += 1;
        let code = &self.settings.merchant_code;
        if self.mac(format!("{code}{method}{reference}").as_bytes()) != signature {
            return Reply {
                http: 400,
                body: json!({ "success": false, "message": "Invalid signature" }),
            };
        }
        let uuid = format!("{code}OP{:06}HnpS", books.standing.len() + 1);
        let entry = (reference.to_owned(), method.to_owned(), name.to_owned());
        let data = standing(&uuid, &entry);
        books.standing.insert(uuid, entry);
        Reply::ok(json!({ "success": true, "message": "", "data": data }))
    }

    pub(super) fn open_detail(&self, uuid: &str) -> Reply {
        self.books()
            .standing
            .get(uuid)
            .map_or_else(not_found, |entry| {
                Reply::ok(json!({ "success": true, "message": "", "data": standing(uuid, entry) }))
            })
    }

    /// Its pages are described in another way than those of the other list.
    pub(super) fn open_list(&self, uuid: &str) -> Reply {
        let books = self.books();
        if !books.standing.contains_key(uuid) {
            return not_found();
        }
        let rows: Vec<Value> = books
            .payments
            .iter()
            .rev()
            .filter(|payment| payment.uuid.as_deref() == Some(uuid))
            .map(|payment| {
                json!({
                    "reference": payment.reference, "merchant_ref": payment.merchant_ref, "payment_method": payment.method, "payment_name": payment.name,
                    "customer_name": payment.customer, "amount": payment.amount, "fee_merchant": payment.fees.0, "fee_customer": payment.fees.1,
                    "total_fee": payment.fees.0 + payment.fees.1, "amount_received": payment.received(),
                    "checkout_url": format!("https://tripay.co.id/checkout/{}", payment.reference), "status": payment.fate.word(), "paid_at": payment.paid,
                })
            })
            .collect();
        let total = rows.len();
        Reply::ok(json!({
            "success": true, "message": "", "data": rows,
            "pagination": { "total": total, "data_from": 1, "data_to": total, "per_page": 25, "current_page": 1, "last_page": 1, "next_page": null },
        }))
    }

    pub(super) fn detail(&self, reference: &str) -> Reply {
        let books = self.books();
        let found = books.payments.iter().find(|p| p.reference == reference);
        found.map_or_else(not_found, |payment| {
            let mut data = detail(payment, false);
            // The vendor's sample has it as text.
            data["paid_at"] = payment.paid.map_or(Value::Null, |at| json!(at.to_string()));
            Reply::ok(json!({ "success": true, "message": "Transaction found", "data": data }))
        })
    }

    pub(super) fn check(&self, reference: &str) -> Reply {
        let books = self.books();
        let found = books.payments.iter().find(|p| p.reference == reference);
        found.map_or_else(not_found, |payment| {
            let word = if payment.fate == Fate::Paid {
                "DIBAYAR"
            } else {
                payment.fate.word()
            };
            Reply::ok(
                json!({ "success": true, "message": format!("Status transaksi saat ini {word}") }),
            )
        })
    }

    /// The list: a code is a number in it, and the expiry has another name. `is_empty` plays one that lags behind.
    pub(super) fn list(&self, merchant_ref: &str, status: &str, is_empty: bool) -> Reply {
        let books = self.books();
        let rows: Vec<Value> = books
            .payments
            .iter()
            .rev()
            .filter(|_| !is_empty)
            .filter(|payment| merchant_ref.is_empty() || payment.merchant_ref == merchant_ref)
            .filter(|payment| status.is_empty() || payment.fate.word() == status)
            .take(50)
            .map(|payment| {
                let mut row = detail(payment, false);
                row["pay_code"] = json!(payment.pay_code.parse::<i64>().unwrap_or(0));
                row["expired_at"] = json!(payment.expires);
                row["created_at"] = json!(payment.created);
                row["paid_at"] = json!(payment.paid);
                row["note"] = Value::Null;
                if let Some(fields) = row.as_object_mut() {
                    for name in ["expired_time", "instructions", "qr_string", "qr_url"] {
                        fields.remove(name);
                    }
                }
                row
            })
            .collect();
        let total = rows.len();
        Reply::ok(json!({
            "success": true, "message": "Success", "data": rows,
            "pagination": { "sort": "desc", "offset": { "from": 1, "to": total }, "current_page": 1, "previous_page": null, "next_page": null, "last_page": 1, "per_page": 50, "total_records": total },
        }))
    }

    pub(super) fn payments(&self, merchant_ref: &str) -> Vec<Payment> {
        let books = self.books();
        let ours = books.payments.iter();
        ours.filter(|p| p.merchant_ref == merchant_ref)
            .cloned()
            .collect()
    }

    pub(super) fn creates(&self) -> u32 {
        self.books().creates
    }

    pub(super) fn settle(&self, reference: &str, fate: Fate) -> bool {
        let now = self.now();
        let mut books = self.books();
        let found = books.payments.iter_mut().find(|p| p.reference == reference);
        found.is_some_and(|payment| {
            payment.fate = fate;
            if fate == Fate::Paid {
                payment.paid = Some(now);
            }
            true
        })
    }

    pub(super) fn pay_open(&self, uuid: &str, amount: i64) -> Option<String> {
        let now = self.now();
        let mut books = self.books();
        let (merchant_ref, method, customer) = books.standing.get(uuid)?.clone();
        let number = books.payments.len() + 1;
        let reference = format!("DEV-{}{number:09}OPENS", self.settings.merchant_code);
        let fee = 4_250.min(amount);
        books.payments.push(Payment {
            reference: reference.clone(),
            merchant_ref,
            uuid: Some(uuid.to_owned()),
            fate: Fate::Paid,
            amount,
            fees: (fee, 0),
            name: method.clone(),
            method,
            pay_code: "5789748000".to_owned(),
            customer,
            callback_url: None,
            expires: now,
            created: now,
            paid: Some(now),
            items: json!([]),
        });
        Some(reference)
    }

    pub(super) fn letter(&self, reference: &str) -> Option<Letter> {
        let books = self.books();
        let payment = books.payments.iter().find(|p| p.reference == reference)?;
        let body = json!({
            "reference": payment.reference, "merchant_ref": payment.merchant_ref, "payment_method": payment.name, "payment_method_code": payment.method,
            "total_amount": payment.amount, "fee_merchant": payment.fees.0, "fee_customer": payment.fees.1, "total_fee": payment.fees.0 + payment.fees.1,
            "amount_received": payment.received(), "is_closed_payment": i64::from(payment.uuid.is_none()), "status": payment.fate.word(),
            "paid_at": payment.paid, "note": "a/b",
        });
        let body = body.to_string().replace('/', "\\/");
        Some(self.signed(body, payment.callback_url.clone()))
    }

    pub(super) fn signed(&self, body: String, url: Option<String>) -> Letter {
        let header = |name: &str, value: String| (name.to_owned(), value);
        Letter {
            url: url.or_else(|| self.premises.post.url()),
            headers: vec![
                header("X-Callback-Signature", self.mac(body.as_bytes())),
                header("X-Callback-Event", "payment_status".to_owned()),
            ],
            body,
        }
    }

    /// Only this very answer counts; anything else is tried again.
    pub(super) fn send(self: &Arc<Self>, letter: Letter) {
        let desk = Arc::clone(self);
        self.premises.later(async move {
            for _ in 0..=RESENDS {
                let answer = deliver(&desk.premises.post.http, &letter).await;
                let is_taken = answer.is_some_and(|(status, text)| {
                    let said: Option<Value> = serde_json::from_str(&text).ok();
                    status == 200 && said.is_some_and(|said| said["success"] == json!(true))
                });
                if is_taken {
                    return;
                }
                tokio::time::sleep(desk.settings.resend_after).await;
            }
        });
    }
}

fn not_found() -> Reply {
    Reply {
        http: 404,
        body: json!({ "success": false, "message": "Transaksi tidak ditemukan" }),
    }
}

fn standing(uuid: &str, (reference, method, name): &(String, String, String)) -> Value {
    json!({
        "uuid": uuid, "merchant_ref": reference, "customer_name": name, "payment_name": method, "payment_method": method,
        "pay_code": "5789748000", "qr_string": null, "qr_url": null,
    })
}

fn detail(payment: &Payment, redirects: bool) -> Value {
    let reference = &payment.reference;
    let is_qr = payment.method.starts_with("QRIS");
    let page = format!("https://tripay.co.id/checkout/{reference}");
    json!({
        "reference": reference, "merchant_ref": payment.merchant_ref, "payment_selection_type": "static", "payment_method": payment.method,
        "payment_name": payment.name, "customer_name": payment.customer, "customer_email": "budi@example.test", "customer_phone": null,
        "callback_url": payment.callback_url, "return_url": null, "amount": payment.amount, "fee_merchant": payment.fees.0,
        "fee_customer": payment.fees.1, "total_fee": payment.fees.0 + payment.fees.1, "amount_received": payment.received(),
        "pay_code": (!is_qr && !redirects).then_some(&payment.pay_code), "pay_url": redirects.then_some(&page), "checkout_url": page,
        "status": payment.fate.word(), "expired_time": payment.expires, "order_items": payment.items,
        "instructions": [{ "title": "m-BCA", "steps": ["Buka m-BCA"] }],
        "qr_string": is_qr.then_some("SANDBOX MODE"), "qr_url": is_qr.then(|| format!("https://tripay.co.id/qr/{reference}")),
    })
}
