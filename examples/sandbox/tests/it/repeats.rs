//! Calls for an id that was used before: what they answer, what they cost, what is held against the caller.

use std::time::Duration;

use sandbox::{ChangedPayload, Config, Fault, Match, Plan, Sandbox, TooSoon, ViolationKind};
use serde_json::json;

use crate::buyer::{Buyer, quick, until};

fn kinds(sandbox: &Sandbox) -> Vec<ViolationKind> {
    sandbox
        .violations()
        .iter()
        .map(|violation| violation.kind)
        .collect()
}

#[tokio::test]
async fn a_known_id_answers_its_current_state_and_costs_nothing() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Any, Plan::pending());
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["status"], "Pending");
    sandbox.settle("R-1", "00").await;
    let sold = buyer.buy("R-1", "XLD10", "0812").await;
    assert_eq!(
        (&sold["status"], &sold["buyer_last_saldo"]),
        (&json!("Sukses"), &json!(990_000))
    );
    let row = sandbox.ledger().purchase("R-1").unwrap().clone();
    assert_eq!((row.posts, row.executions, row.deliveries), (3, 1, 1));
    assert_eq!(kinds(&sandbox), []);
}

#[tokio::test]
async fn a_formed_failure_is_stored_and_an_unformed_refusal_buys_later() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, Plan::rc("54"));
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["rc"], "54");
    assert_eq!(kinds(&sandbox), []);

    sandbox.top_up(-995_000);
    assert_eq!(buyer.buy("R-2", "xld10", "0812").await["rc"], "44");
    sandbox.top_up(995_000);
    assert_eq!(buyer.buy("R-2", "xld10", "0812").await["rc"], "00");
    assert_eq!(kinds(&sandbox), [ViolationKind::AfterRefusal]);
    assert_eq!(sandbox.posts_of("R-2"), 2);
    assert!(sandbox.ledger().closes());
}

#[tokio::test]
async fn a_refusal_the_caller_could_not_read_may_be_asked_about() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(Match::Next, Plan::rc("68").fault(Fault::HtmlPage(502)));
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["rc"], "00");
    assert_eq!(kinds(&sandbox), []);
}

#[tokio::test]
async fn a_refused_call_leaves_the_order_alone() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    let plan = Plan::sukses().fault_on(2, Fault::RefusePost("85".into()));
    sandbox.script(Match::Next, plan);
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["rc"], "00");
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["rc"], "85");
    assert_eq!(buyer.buy("R-1", "xld10", "0812").await["rc"], "00");
    assert_eq!(sandbox.deliveries_to("0812"), 1);

    sandbox.script(
        Match::Next,
        Plan::sukses().fault(Fault::RefusePost("85".into())),
    );
    assert_eq!(buyer.buy("R-2", "xld10", "0813").await["rc"], "85");
    assert_eq!(sandbox.deliveries_to("0813"), 0);
    assert_eq!(buyer.buy("R-2", "xld10", "0813").await["rc"], "00");
}

#[tokio::test]
async fn another_payload_under_a_known_id_is_refused_or_ignored_and_never_bought() {
    for (changed_payload, rc) in [
        (ChangedPayload::Refuse, "49"),
        (ChangedPayload::OldState, "00"),
    ] {
        let sandbox = Sandbox::start(Config {
            changed_payload,
            ..quick()
        })
        .await
        .unwrap();
        let buyer = Buyer::of(&sandbox);
        buyer.buy("R-1", "xld10", "0812").await;
        let other = buyer.buy("R-1", "xld10", "0899").await;
        assert_eq!(other["rc"], rc);
        assert_eq!(
            (sandbox.deliveries_to("0812"), sandbox.deliveries_to("0899")),
            (1, 0)
        );
        assert_eq!(kinds(&sandbox), [ViolationKind::ChangedPayload]);
    }
}

#[tokio::test]
async fn an_id_older_than_ninety_days_buys_anew() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    buyer.buy("R-1", "xld10", "0812").await;
    sandbox.advance(Duration::from_hours(90 * 24 - 1));
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(sandbox.deliveries_to("0812"), 1);
    sandbox.advance(Duration::from_hours(2));
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(sandbox.deliveries_to("0812"), 2);
    assert_eq!(kinds(&sandbox), [ViolationKind::Forgotten]);
    // The new transaction is the one that is known now.
    buyer.buy("R-1", "xld10", "0812").await;
    assert_eq!(
        (sandbox.deliveries_to("0812"), sandbox.balance()),
        (2, 980_000)
    );
}

#[tokio::test]
async fn a_call_too_soon_is_held_against_the_caller_and_may_buy_twice() {
    for (too_soon, bought) in [(TooSoon::Record, 1), (TooSoon::BuyAgain, 2)] {
        let min_interval = Duration::from_mins(1);
        let sandbox = Sandbox::start(Config {
            min_interval,
            too_soon,
            ..quick()
        })
        .await
        .unwrap();
        let buyer = Buyer::of(&sandbox);
        buyer.buy("R-1", "xld10", "0812").await;
        buyer.buy("R-1", "xld10", "0812").await;
        assert_eq!(kinds(&sandbox), [ViolationKind::TooSoon]);
        let row = sandbox.ledger().purchase("R-1").unwrap().clone();
        assert_eq!((row.executions, row.deliveries), (bought, bought));
        assert_eq!(sandbox.balance(), 1_000_000 - 10_000 * i64::from(bought));

        sandbox.advance(min_interval);
        buyer.buy("R-1", "xld10", "0812").await;
        assert_eq!(kinds(&sandbox).len(), 1, "after the interval it is welcome");
        assert!(sandbox.ledger().closes());
    }
}

#[tokio::test]
async fn two_calls_at_a_time_are_held_against_the_caller() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    sandbox.script(
        Match::Next,
        Plan::sukses().fault(Fault::late(Duration::from_secs(1))),
    );
    let late = buyer.buy("R-1", "xld10", "0812");
    let early = async {
        until("the first is in", || sandbox.posts_of("R-1") == 1).await;
        buyer.buy("R-1", "xld10", "0812").await
    };
    let (late, early) = tokio::join!(late, early);
    assert_eq!(late, early);
    assert_eq!(kinds(&sandbox), [ViolationKind::Concurrent]);
    assert_eq!(sandbox.deliveries_to("0812"), 1);
}
