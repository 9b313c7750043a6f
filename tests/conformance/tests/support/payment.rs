//! What both gateways' fixtures need.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use eraflazz_core::money::Money;
use eraflazz_core::payment::{Amount, Customer, Item, Method, NewPayment, PaymentCode};
use eraflazz_core::supplier::RawRequest;
use eraflazz_core::time::Timestamp;
use eraflazz_payments::Timing;
use sandbox::gateway::Letter;

/// References, another one each time.
#[derive(Default)]
pub(crate) struct Codes(AtomicU32);

impl Codes {
    pub(crate) fn next(&self) -> PaymentCode {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        PaymentCode::parse(&format!("E00017{number:013}Z")).unwrap()
    }
}

pub(crate) fn payment(code: PaymentCode, method: Method) -> NewPayment {
    let amount = Money::rupiah(44_000).unwrap();
    NewPayment {
        code,
        method,
        amount: Amount::Fixed(amount),
        items: vec![Item {
            sku: "DEP".to_owned(),
            name: "Deposit saldo".to_owned(),
            price: amount,
            quantity: 1,
        }],
        customer: Customer {
            name: "Budi".to_owned(),
            email: "budi@example.test".to_owned(),
            phone: "081200000001".to_owned(),
        },
        created_at: Timestamp::from_millis(4_102_444_800_000),
        expires_in: Some(Duration::from_hours(1)),
        notify_url: None,
        return_url: None,
        card: None,
    }
}

pub(crate) fn timing() -> Timing {
    Timing {
        timeout: Duration::from_secs(2),
        ..Timing::default()
    }
}

/// A notification as a server takes it in.
pub(crate) fn request(letter: Letter) -> RawRequest {
    let headers: BTreeMap<String, Vec<String>> = letter
        .headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), vec![value]))
        .collect();
    RawRequest {
        method: "POST".to_owned(),
        path: "/api/v1/webhooks/gateway".to_owned(),
        headers,
        body: letter.body.into(),
        source: None,
    }
}
