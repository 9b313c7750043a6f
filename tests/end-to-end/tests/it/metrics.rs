//! What people see of an engine: each metric moves by what happened, and by nothing else.
#![expect(
    clippy::float_cmp,
    reason = "whole numbers: a page knows no others, and these are exact"
)]

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use end_to_end::{Gauges, Say, Script, Series, Setup, World, dedicated, resubmit, rp, secs};
use eraflazz_core::engine::meter;
use eraflazz_core::meter::Values;
use eraflazz_core::supplier::{Formed, RawRequest, Reason};
use eraflazz_core::webhook::Outcome;

/// What moved since `before`, without what the store did: that is a test of its own.
fn moved(gauges: &Gauges, before: &Series) -> Vec<(String, f64)> {
    let moved = gauges.moved_since(before).into_iter();
    moved
        .filter(|(name, _)| !name.starts_with("eraflazz_store_"))
        .map(|(name, by)| (name.replace("eraflazz_", ""), by))
        .collect()
}

fn these(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    let expected = expected.iter();
    expected
        .map(|(name, by)| ((*name).to_owned(), *by))
        .collect()
}

fn failed() -> Say {
    Say::Refused(Formed::Yes, Reason::ProductClosed)
}

#[tokio::test(start_paused = true)]
async fn an_order_moves_what_it_did_and_nothing_else() {
    let gauges = Gauges::default();
    let setup = Setup::default()
        .supplier(resubmit(), Script::refuses(Reason::OutOfStock))
        .supplier(resubmit(), Script::delivers().after(secs(2)));
    let world = gauges.watch(setup).await;
    world.engine.ready().await;
    let before = gauges.series();
    world.submit("A-1").await;
    world.pass(secs(5)).await;
    assert_eq!(
        moved(&gauges, &before),
        these(&[
            (r#"order_duration_seconds_count{outcome="delivered"}"#, 1.0),
            (r#"order_duration_seconds_sum{outcome="delivered"}"#, 2.0),
            ("orders_accepted_total", 1.0),
            (r#"orders_settled_total{outcome="delivered"}"#, 1.0),
            (
                r#"supplier_answers_total{supplier="a",class="rejected_unformed"}"#,
                1.0
            ),
            (
                r#"supplier_answers_total{supplier="b",class="success"}"#,
                1.0
            ),
            (
                r#"supplier_attempts_total{supplier="a",state="rejected"}"#,
                1.0
            ),
            (
                r#"supplier_attempts_total{supplier="a",state="sending"}"#,
                1.0
            ),
            (
                r#"supplier_attempts_total{supplier="b",state="sending"}"#,
                1.0
            ),
            (
                r#"supplier_attempts_total{supplier="b",state="success"}"#,
                1.0
            ),
            (
                r#"supplier_call_duration_seconds_count{supplier="a",call="send"}"#,
                1.0
            ),
            (
                r#"supplier_call_duration_seconds_count{supplier="b",call="send"}"#,
                1.0
            ),
            (
                r#"supplier_call_duration_seconds_sum{supplier="b",call="send"}"#,
                2.0
            ),
        ])
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn e_01_a_timeout_counts_as_unknown_until_it_is_known() {
    let gauges = Gauges::default();
    let silent = Script::says(Say::Never).then(Say::Delivered).executing();
    let setup = Setup::default().supplier(dedicated(), silent);
    let world = gauges.watch(setup).await;
    world.submit("A-1").await;
    let value = |name: &str| gauges.value(&format!("eraflazz_{name}"));
    let state = |state| {
        value(&format!(
            r#"supplier_attempts_total{{supplier="a",state="{state}"}}"#
        ))
    };
    while state("unknown") < 1.0 {
        world.pass(secs(1)).await;
    }
    assert_eq!((state("sending"), state("success")), (1.0, 0.0));
    world.engine.measure().await.unwrap();
    assert_eq!((value("orders_in_flight"), value("due")), (1.0, 0.0));
    assert_eq!(value(r#"supplier_exposure_rupiah{supplier="a"}"#), 10_500.0);
    world.settle().await;
    assert_eq!((state("unknown"), state("success")), (1.0, 1.0));
    let call = |call, part| {
        value(&format!(
            r#"supplier_call_duration_seconds_{part}{{supplier="a",call="{call}"}}"#
        ))
    };
    // The adapter's timeout, and the five seconds after which the engine does without it.
    let limit = dedicated().timeout.as_secs_f64() + 5.0;
    assert_eq!((call("send", "count"), call("send", "sum")), (1.0, limit));
    assert_eq!(call("ask", "count"), 1.0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_told_apart() {
    let gauges = Gauges::default();
    let setup = Setup::default()
        .deposit(20_000)
        .settings(|settings| settings.held_max = 2);
    let mut world = gauges.build(setup).await;
    let before = gauges.series();
    world.submit("A-1").await;
    world.submit("A-1").await;
    world.submit("A-2").await;
    let strange = eraflazz_core::engine::NewOrder {
        product: "NONE".parse().unwrap(),
        ..world.wish("A-3", "081234567890")
    };
    world.try_submit(strange).await.unwrap_err();
    let short = world.wish("A-4", "12");
    world.try_submit(short).await.unwrap();
    world.submit_of_the_shop().await;
    world
        .try_submit(world.wish("A-5", "0812"))
        .await
        .unwrap_err();
    assert_eq!(
        moved(&gauges, &before),
        these(&[
            ("orders_accepted_total", 2.0),
            (
                r#"orders_refused_total{reason="insufficient_balance"}"#,
                1.0
            ),
            (r#"orders_refused_total{reason="invalid_destination"}"#, 1.0),
            ("orders_repeated_total", 1.0),
            (r#"submits_turned_away_total{why="overloaded"}"#, 1.0),
            (r#"submits_turned_away_total{why="request"}"#, 1.0),
        ])
    );
    world.run();
    world.settle().await;
    world.audit().await;
}

/// One more order that is taken, from a member with money left.
trait OfTheShop {
    async fn submit_of_the_shop(&self);
}

impl OfTheShop for World {
    async fn submit_of_the_shop(&self) {
        let wish = self.wish_of(self.shop, "S-1", "081234567891");
        self.try_submit(wish).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn e_03_an_outcome_that_turns_counts_again() {
    let gauges = Gauges::default();
    let setup = Setup::default().supplier(resubmit(), Script::says(failed()));
    let world = gauges.watch(setup).await;
    let order = world.submit("A-1").await;
    world.settle().await;
    let settled = |outcome| {
        gauges.value(&format!(
            r#"eraflazz_orders_settled_total{{outcome="{outcome}"}}"#
        ))
    };
    assert_eq!((settled("returned"), settled("late_delivered")), (1.0, 0.0));
    let before = gauges.series();
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    let moved = moved(&gauges, &before);
    let of = |name: &str| {
        let found = moved.iter().find(|(moved, _)| moved == name);
        found.map_or(0.0, |(_, by)| *by)
    };
    assert_eq!(of(r#"orders_settled_total{outcome="late_delivered"}"#), 1.0);
    assert_eq!(of(r#"orders_settled_total{outcome="returned"}"#), 0.0);
    assert_eq!(
        of(r#"supplier_attempts_total{supplier="a",state="late_success"}"#),
        1.0
    );
    assert_eq!(
        of(r#"supplier_answers_total{supplier="a",class="late_success"}"#),
        1.0
    );
    assert_eq!(
        of(r#"supplier_callbacks_total{supplier="a",taken="stored"}"#),
        1.0
    );
    let ended = r#"eraflazz_order_duration_seconds_count{outcome="returned"}"#;
    assert_eq!(gauges.value(ended), 1.0, "an order takes its time once");
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn callbacks_are_counted_by_what_was_done_with_them() {
    let gauges = Gauges::default();
    let world = gauges.watch(Setup::default()).await;
    let order = world.submit("A-1").await;
    world.settle().await;
    world.call_back(&order, 0, Say::Delivered).await;
    world.settle().await;
    let ended = r#"eraflazz_orders_settled_total{outcome="delivered"}"#;
    assert_eq!(
        gauges.value(ended),
        1.0,
        "what changes nothing counts nothing"
    );
    let forged = RawRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: BTreeMap::new(),
        body: Bytes::from_static(b"forged"),
        source: None,
    };
    let refused = world.engine.supplier_callback("a", forged.clone()).await;
    refused.unwrap_err();
    // A name that nobody knows makes no series.
    let nobody = world.engine.supplier_callback("x9", forged).await;
    nobody.unwrap_err();
    let taken = |taken| {
        gauges.value(&format!(
            r#"eraflazz_supplier_callbacks_total{{supplier="a",taken="{taken}"}}"#
        ))
    };
    assert_eq!((taken("stored"), taken("unauthenticated")), (1.0, 1.0));
    assert!(!gauges.page().contains("x9"));
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_counted_by_outcome_and_those_given_up_apart() {
    let gauges = Gauges::default();
    let setup = Setup::default().settings(|settings| {
        settings.webhook.schedule = vec![secs(5)];
    });
    let world = gauges.watch(setup).await;
    world.listens(world.h2h, "toko").await;
    let down = Outcome::Refused {
        code: 500,
        retry_after: None,
    };
    world.receivers().answer(world.h2h, down, secs(3));
    world.submit("A-1").await;
    world.settle().await;
    world.pass(secs(60)).await;
    let value = |name: &str| gauges.value(&format!("eraflazz_{name}"));
    let tries = |outcome| value(&format!(r#"webhook_tries_total{{outcome="{outcome}"}}"#));
    // Of the newest revision two, and before them one of the acceptance.
    assert_eq!((tries("refused"), tries("taken")), (3.0, 0.0));
    assert_eq!(value("webhook_duration_seconds_sum"), 9.0);
    world.engine.measure().await.unwrap();
    assert_eq!(value("webhooks_parked_total"), 1.0);
    assert_eq!(
        (value("webhooks_waiting"), value("webhooks_parked")),
        (0.0, 1.0)
    );
    let gone = Outcome::Refused {
        code: 410,
        retry_after: None,
    };
    world.receivers().answer(world.h2h, gone, secs(0));
    world.submit("A-2").await;
    world.settle().await;
    world.pass(secs(60)).await;
    assert_eq!(
        value(r#"webhook_endpoints_disabled_total{why="gone"}"#),
        1.0
    );
    assert_eq!(value(r#"alerts_total{about="endpoint"}"#), 1.0);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn levels_are_what_the_store_says_when_somebody_looks() {
    let gauges = Gauges::default();
    let setup = Setup::default().deposit(1_000_000).float(2_000_000);
    let mut world = gauges.build(setup).await;
    world.engine.stand_by().await.unwrap();
    world.submit("A-1").await;
    world.submit("A-2").await;
    let value = |name: &str| gauges.value(&format!("eraflazz_{name}"));
    assert_eq!(value("orders_held"), 0.0, "nobody has looked yet");
    world.engine.measure().await.unwrap();
    assert_eq!(
        (value("orders_held"), value("orders_in_flight")),
        (2.0, 0.0)
    );
    assert_eq!((value("due"), value("queue_depth")), (2.0, 2.0));
    assert_eq!((value("accepting"), value("store_available")), (1.0, 1.0));
    let part = |part| value(&format!(r#"wallets_rupiah{{part="{part}"}}"#));
    assert_eq!(
        (part("available"), part("held"), part("receivable")),
        (1_979_000.0, 21_000.0, 0.0)
    );
    assert_eq!(
        value(r#"supplier_prepaid_rupiah{supplier="a"}"#),
        2_000_000.0
    );
    world.run();
    world.settle().await;
    world.engine.measure().await.unwrap();
    assert_eq!((value("orders_held"), value("due")), (0.0, 0.0));
    assert_eq!((part("available"), part("held")), (1_979_000.0, 0.0));
    let spent = 2.0 * 9_800.0;
    assert_eq!(
        value(r#"supplier_prepaid_rupiah{supplier="a"}"#),
        2_000_000.0 - spent
    );
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn commits_are_counted_by_verdict_and_timed() {
    let gauges = Gauges::default();
    let world = gauges.build(Setup::default().deposit(0)).await;
    let units = |verdict| {
        gauges.value(&format!(
            r#"eraflazz_store_units_total{{verdict="{verdict}"}}"#
        ))
    };
    let commits = || gauges.value("eraflazz_store_commit_duration_seconds_count");
    let (done, so_far) = (units("done"), commits());
    // Refused for want of money, and kept as refused by a second commit.
    world.submit("A-1").await;
    assert_eq!((units("refused"), units("done") - done), (1.0, 1.0));
    assert_eq!(commits() - so_far, 2.0);
    world.life.is_cut_off(true);
    let wish = world.wish("A-2", "081234567890");
    world.try_submit(wish.clone()).await.unwrap_err();
    assert_eq!((units("unavailable"), commits() - so_far), (1.0, 3.0));
    let why = r#"eraflazz_submits_turned_away_total{why="unavailable"}"#;
    assert_eq!(gauges.value(why), 1.0);
    let answers = || gauges.value("eraflazz_store_available");
    world.engine.measure().await.unwrap_err();
    assert_eq!(answers(), 0.0);
    world.life.is_cut_off(false);
    world.engine.measure().await.unwrap();
    assert_eq!(answers(), 1.0);
    world.try_submit(wish).await.unwrap();
}

/// The series of an engine are there from its first moment, and no order, member or stranger makes another one.
#[tokio::test(start_paused = true)]
async fn no_history_makes_a_series() {
    let gauges = Gauges::default();
    let moody = Script::says(Say::Never).then(failed());
    let setup = Setup::default()
        .supplier(resubmit(), moody)
        .supplier(dedicated(), Script::delivers());
    let mut world = gauges.build(setup).await;
    let before: BTreeSet<String> = gauges.series().into_keys().collect();
    world.run();
    world.listens(world.h2h, "toko").await;
    for n in 0..20 {
        let wish = world.wish(&format!("A-{n}"), &format!("0812345678{n:02}"));
        world.try_submit(wish).await.unwrap();
    }
    world.settle().await;
    let check = world.engine.check_balance(world.supplier(0).id).await;
    assert_eq!(check, None);
    world.supplier(1).set_balance(rp(5));
    world
        .engine
        .check_balance(world.supplier(1).id)
        .await
        .unwrap();
    world.engine.measure().await.unwrap();
    let after: BTreeSet<String> = gauges.series().into_keys().collect();
    assert_eq!(after, before);
    world.audit().await;
}

#[tokio::test(start_paused = true)]
async fn every_label_is_one_that_was_declared() {
    let gauges = Gauges::default();
    let world = gauges.watch(Setup::default()).await;
    world.submit("A-1").await;
    world.settle().await;
    let page = gauges.page();
    for metric in meter::ALL {
        assert!(
            page.contains(&format!("# HELP {} ", metric.name)),
            "{}",
            metric.name
        );
        let lines: Vec<&str> = page
            .lines()
            .filter(|line| {
                let rest = line.strip_prefix(metric.name);
                rest.is_some_and(|rest| rest.starts_with(['{', ' ', '_']))
            })
            .filter(|line| {
                !meter::ALL.iter().any(|other| {
                    other.name.len() > metric.name.len() && line.starts_with(other.name)
                })
            })
            .collect();
        assert!(!lines.is_empty(), "{} is not on the page", metric.name);
        for line in lines {
            let inside = line
                .split_once('{')
                .and_then(|(_, rest)| rest.split_once('}'));
            let labels = inside.map_or("", |(labels, _)| labels).split(',');
            let labels = labels.filter_map(|label| label.split_once('='));
            for (key, value) in labels.filter(|(key, _)| *key != "le") {
                let label = metric.labels.iter().find(|label| label.key == key);
                let value = value.trim_matches('"');
                let is_known = label.is_some_and(|label| match label.values {
                    Values::Words(words) => words.contains(&value),
                    Values::Suppliers => value == "a",
                });
                assert!(is_known, "{line}");
            }
        }
    }
}
