//! The sandbox's own endpoints, as another process uses them.

use sandbox::{Ledger, Match, Plan, Sandbox, Script, State};
use serde_json::{Value, json};

use crate::{
    buyer::{Buyer, quick, until},
    receiver::Receiver,
};

struct Remote {
    http: reqwest::Client,
    base: String,
}

impl Remote {
    async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let url = format!("{}/{path}", self.base);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn ledger(&self) -> Ledger {
        let url = format!("{}/ledger", self.base);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn another_process_scripts_settles_and_reads_the_books() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let remote = Remote {
        http,
        base: sandbox.control_url(),
    };

    assert_eq!(
        remote
            .post("webhook-url", &json!({"url": receiver.url}))
            .await
            .0,
        204
    );
    let script = Script {
        which: Match::CustomerNo("0812".into()),
        plan: Plan::pending(),
    };
    let script = serde_json::to_value(script).unwrap();
    assert_eq!(script["match"], json!({"customer_no": "0812"}));
    assert_eq!(remote.post("script", &script).await.0, 204);

    assert_eq!(buyer.buy("P-1", "xld10", "0812").await["status"], "Pending");
    assert_eq!(
        remote
            .post("settle", &json!({"ref_id": "P-1", "rc": "00"}))
            .await
            .0,
        204
    );
    assert_eq!(
        remote
            .post("settle", &json!({"ref_id": "P-2", "rc": "00"}))
            .await
            .0,
        404
    );
    until("update", || {
        receiver.story().contains(&"update Sukses".to_owned())
    })
    .await;

    assert_eq!(
        remote.post("top-up", &json!({"amount": 5})).await.1,
        "990005"
    );
    let row = json!({"buyer_sku_code": "s5", "price": 5_200});
    assert_eq!(remote.post("product", &row).await.0, 204);
    assert_eq!(buyer.buy("P-3", "s5", "0813").await["price"], 5_200);
    assert_eq!(remote.post("advance", &json!({"seconds": 60})).await.0, 200);

    let ledger = remote.ledger().await;
    assert_eq!(ledger, sandbox.ledger());
    assert!(ledger.closes());
    assert_eq!(
        ledger.purchase("P-1").map(|row| row.state),
        Some(State::Sukses)
    );
    assert_eq!(ledger.deliveries_to("0812"), 1);
}

#[tokio::test]
async fn a_script_nobody_can_read_is_an_error_and_changes_nothing() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let remote = Remote {
        http,
        base: sandbox.control_url(),
    };
    for body in [
        json!({"match": "next", "plan": {"rc": "02"}, "typo": 1}),
        json!({"match": "nexxt", "plan": {"rc": "02"}}),
        json!({"match": "next", "plan": {"rc": "02", "faults": [{"fault": "melt"}]}}),
    ] {
        assert_eq!(remote.post("script", &body).await.0, 422, "{body}");
    }
    assert_eq!(
        Buyer::of(&sandbox).buy("P-1", "xld10", "0812").await["rc"],
        "00"
    );
}
