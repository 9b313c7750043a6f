//! Reports: one unsigned GET for each change of a purchase after its first reply.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use url::form_urlencoded;

use super::{
    faults::spoilt,
    seller::Seller,
    words::{self, Telling},
};
use crate::{fault::Fault, rc::Status, webhook::Delivery};

impl Seller {
    /// Starts a new purchase's future: each later change with its report. One that is delivered or has failed is reported besides.
    pub(super) fn drive(self: &Arc<Self>, id: usize) {
        let seller = Arc::clone(self);
        self.premises
            .later(async move { seller.future_of(id).await });
    }

    async fn future_of(&self, id: usize) {
        let order = |seller: &Self| {
            let desk = seller.desk();
            let order = desk.books.order(id)?;
            Some((order.row.rc.clone(), order.plan.later.clone()))
        };
        let Some((code, later)) = order(self) else {
            return;
        };
        if words::find(&code).is_some_and(|number| number.status != Status::Pending) {
            self.report(id).await;
        }
        for step in later {
            sleep(Duration::from_millis(step.after_ms)).await;
            if let Some(number) = words::find(&step.rc) {
                self.settle(id, number);
                self.report(id).await;
            }
        }
    }

    /// Reports a purchase as it stands, spoilt as its plan says.
    pub(super) async fn report(&self, id: usize) {
        let found = {
            let desk = self.desk();
            let order = desk.books.order(id);
            order.and_then(|order| {
                let telling = self.telling(&desk, id, self.premises.clock.now_ms())?;
                Some((telling, order.row.rc.clone(), order.plan.on_webhooks()))
            })
        };
        let Some((telling, code, faults)) = found else {
            return;
        };
        if faults.contains(&Fault::WebhookNever) {
            return;
        }
        let telling = spoilt(telling, &faults);
        let query = query_of(&telling, &code, &telling.ref_id);
        let copies = faults.iter().find_map(|fault| {
            if let Fault::WebhookRepeated(times) = fault {
                Some(*times)
            } else {
                None
            }
        });
        for _ in 0..copies.unwrap_or(1) {
            self.deliver(&query).await;
        }
        if faults.contains(&Fault::WebhookUnknownRef) {
            self.deliver(&query_of(&telling, &code, "123456789012345678"))
                .await;
        }
    }

    /// Calls the report address with `query`; nowhere if none is set.
    pub(super) async fn deliver(&self, query: &str) {
        let post = &self.premises.post;
        let Some(url) = post.url() else {
            return;
        };
        let joint = if url.contains('?') { '&' } else { '?' };
        let request = post.http.get(format!("{url}{joint}{query}"));
        let letter = Delivery {
            event: "report".to_owned(),
            body: query.to_owned(),
            signature: None,
            http_status: None,
            at_ms: self.premises.clock.now_ms(),
        };
        post.send(request, letter).await;
    }
}

fn query_of(telling: &Telling, code: &str, ref_id: &str) -> String {
    let message = Telling {
        ref_id: ref_id.to_owned(),
        ..telling.clone()
    };
    form_urlencoded::Serializer::new(String::new())
        .append_pair("t", &telling.number)
        .append_pair("refid", ref_id)
        .append_pair("status", code)
        .append_pair("price", &telling.charged.to_string())
        .append_pair("sn", &telling.sn)
        .append_pair("message", &message.first())
        .finish()
}
