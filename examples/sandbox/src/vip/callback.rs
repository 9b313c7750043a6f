//! Callbacks: one POST for each change of an order, with a header that is the same every time, and a body written in one of five ways.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::sleep;
use url::form_urlencoded::Serializer;

use super::{Encoding, seller::Seller, telling::spoilt, words};
use crate::{
    fault::Fault,
    rc::Status,
    webhook::{Delivery, Signing},
};

const FORM: &str = "application/x-www-form-urlencoded";

impl Encoding {
    /// The body, and its content type.
    fn body(self, fields: &Map<String, Value>) -> (String, &'static str) {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => value.to_string(),
        };
        let form = |named: &dyn Fn(&str) -> String| {
            let pairs = fields
                .iter()
                .map(|(name, value)| (named(name), text(value)));
            Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        match self {
            Self::Json => (json!({ "data": fields }).to_string(), "application/json"),
            Self::FlatJson => (json!(fields).to_string(), "application/json"),
            Self::Form => (form(&|name| format!("data[{name}]")), FORM),
            Self::FlatForm => (form(&str::to_owned), FORM),
            Self::FormOfJson => {
                let mut body = Serializer::new(String::new());
                body.append_pair("data", &json!(fields).to_string());
                (body.finish(), FORM)
            }
        }
    }
}

impl Seller {
    /// Starts a new order's future: each later change with its callback. One that is delivered or has failed is told of besides.
    pub(super) fn drive(self: &Arc<Self>, id: usize) {
        let seller = Arc::clone(self);
        self.premises
            .later(async move { seller.future_of(id).await });
    }

    async fn future_of(&self, id: usize) {
        let found = {
            let desk = self.desk();
            let order = desk.books.order(id);
            order.map(|order| (order.row.rc.clone(), order.plan.later.clone()))
        };
        let Some((code, later)) = found else {
            return;
        };
        if words::find(&code).is_some_and(|word| word.status != Status::Pending) {
            self.call(id).await;
        }
        for step in later {
            sleep(Duration::from_millis(step.after_ms)).await;
            if let Some(word) = words::find(&step.rc) {
                self.settle(id, word);
                self.call(id).await;
            }
        }
    }

    /// Tells of an order as it stands, spoilt as its plan says.
    pub(super) async fn call(&self, id: usize) {
        let found = {
            let desk = self.desk();
            let faults = desk.books.order(id).map(|order| order.plan.on_webhooks());
            let encoding = if desk.called_by_form.contains(&id) {
                Encoding::Form
            } else {
                desk.encoding
            };
            self.telling(&desk, id)
                .zip(faults)
                .map(|(telling, faults)| (telling, faults, encoding))
        };
        let Some((telling, faults, encoding)) = found else {
            return;
        };
        if faults.contains(&Fault::WebhookNever) {
            return;
        }
        let signing = if faults.contains(&Fault::WebhookWrongSignature) {
            Signing::Wrong
        } else if faults.contains(&Fault::WebhookUnsigned) {
            Signing::None
        } else {
            Signing::Right
        };
        let mut fields = spoilt(telling, &faults).fields(&self.settings);
        let copies = faults.iter().find_map(|fault| {
            if let Fault::WebhookRepeated(times) = fault {
                Some(*times)
            } else {
                None
            }
        });
        let (body, kind) = encoding.body(&fields);
        for _ in 0..copies.unwrap_or(1) {
            self.deliver(&body, kind, signing).await;
        }
        if faults.contains(&Fault::WebhookUnknownRef) {
            fields.insert("trxid".to_owned(), json!("NOBODY-ORDERED-THIS"));
            let (body, kind) = encoding.body(&fields);
            self.deliver(&body, kind, Signing::Right).await;
        }
    }

    /// Posts a body to the account's address; nowhere if none is set.
    pub(super) async fn deliver(&self, body: &str, kind: &str, signing: Signing) {
        let post = &self.premises.post;
        let Some(url) = post.url() else {
            return;
        };
        let signature = match signing {
            Signing::Right => Some(self.settings.sign()),
            Signing::Wrong => Some("0".repeat(32)),
            Signing::None => None,
        };
        let mut request = post
            .http
            .post(&url)
            .header("Content-Type", kind)
            .body(body.to_owned());
        if let Some(signature) = &signature {
            request = request.header("X-Client-Signature", signature);
        }
        let letter = Delivery {
            event: "callback".to_owned(),
            body: body.to_owned(),
            signature,
            http_status: None,
            at_ms: self.premises.clock.now_ms(),
        };
        post.send(request, letter).await;
    }
}
