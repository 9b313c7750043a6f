//! The page of metrics: what is on it, and who may read it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use eraflazz_core::meter::{Kind, Values};
use h2h_server::monitor;
use reqwest::Method;
use sandbox::tripay::{self, Tripay};
use sandbox::{Match, Plan};

use crate::deposits::{at_tripay, house_at};
use crate::durable::{KEY, place};
use crate::house::{House, PATIENCE, Told, nonce, order, seconds};

/// One line of the page: name, labels, value.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// The page read by the grammar of the text format, version 0.0.4, or the line that breaks it.
#[derive(Default)]
struct Page {
    help: BTreeMap<String, String>,
    kind: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

impl Page {
    fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has its end");
        let mut page = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(
                    page.help.insert(name.into(), help.into()).is_none(),
                    "{line}"
                );
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(
                    page.kind.insert(name.into(), kind.into()).is_none(),
                    "{line}"
                );
            } else {
                page.samples.push(sample(line));
            }
        }
        page
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.samples.iter().find(|one| {
            one.name == name
                && labels
                    .iter()
                    .all(|(key, value)| one.labels.get(*key).is_some_and(|is| is == value))
        });
        found
            .unwrap_or_else(|| panic!("no {name} {labels:?}"))
            .value
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = match series.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}').unwrap()),
        None => (series, ""),
    };
    let is_name = |text: &str| {
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(is_name(name), "{line}");
    let labels = labels
        .split(',')
        .filter(|label| !label.is_empty())
        .map(|label| {
            let (key, value) = label.split_once('=').unwrap();
            let value = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            let value = value.unwrap();
            assert!(is_name(key) && !value.contains(['"', '\\', '\n']), "{line}");
            (key.to_owned(), value.to_owned())
        });
    Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value: value.parse().unwrap(),
    }
}

async fn page(house: &House) -> Page {
    let told = house.dewi().get("/metrics").await;
    assert_eq!(told.http, 200, "{}", told.text);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(told.headers["content-type"], kind);
    assert_eq!(told.headers["cache-control"], "no-store");
    Page::read(&told.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_lists_every_declared_metric_and_no_other_label() {
    // A store in a folder has some more than one in memory, and so has a house with a gateway.
    let gateway = Tripay::start(tripay::Settings::default()).await.unwrap();
    let data = place("metrics");
    let folder = [
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
    ];
    let house = house_at(&at_tripay(&gateway), &folder).await;
    let agen = house.agen();
    agen.post_and_wait(&order("M-1", "087800003001")).await;
    agen.post(&order("M-2", "12")).await;
    agen.get("/api/v1/nowhere/081234567890").await;
    let page = page(&house).await;
    for metric in monitor::all() {
        let name = metric.name;
        assert_eq!(page.help[name], metric.help);
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(page.kind[name], kind, "{name}");
        assert!(
            page.samples.iter().any(|one| base(&one.name, kind) == name),
            "{name}"
        );
    }
    let declared: BTreeSet<&str> = monitor::all().map(|metric| metric.name).collect();
    let told: BTreeSet<&str> = page.kind.keys().map(String::as_str).collect();
    assert_eq!(told, declared);
    for one in &page.samples {
        let of = |metric: &&eraflazz_core::meter::Metric| {
            base(&one.name, &page.kind[metric.name]) == metric.name
        };
        let exact = monitor::all().find(|metric| metric.name == one.name);
        let metric = exact.or_else(|| monitor::all().find(of)).unwrap();
        for (key, value) in one.labels.iter().filter(|(key, _)| *key != "le") {
            let label = metric.labels.iter().find(|label| label.key == key).unwrap();
            let known = match label.values {
                Values::Words(words) => words.contains(&value.as_str()),
                Values::Suppliers => value == "digiflazz",
            };
            assert!(known, "{} {key}={value}", one.name);
        }
        let missing = metric
            .labels
            .iter()
            .find(|label| !one.labels.contains_key(label.key));
        assert_eq!(missing, None, "{}", one.name);
    }
    house.close().await;
}

/// The name of the metric that a line of this kind belongs to.
fn base<'a>(name: &'a str, kind: &str) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"];
    let part = parts.iter().find_map(|part| name.strip_suffix(part));
    part.filter(|_| kind == "histogram").unwrap_or(name)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::float_cmp, reason = "whole numbers, exact")]
async fn an_order_over_http_is_on_the_page() {
    let house = House::open().await;
    let number = "087800003002";
    house.sandbox.script(
        Match::CustomerNo(number.into()),
        Plan::sukses().sn("SN-9000001"),
    );
    let before = page(&house).await;
    let told = house.agen().post_and_wait(&order("M-3", number)).await;
    assert_eq!(told.data("status"), "SUCCESS");
    let after = page(&house).await;
    let moved = |name: &str, labels: &[(&str, &str)]| {
        after.value(name, labels) - before.value(name, labels)
    };
    assert_eq!(moved("eraflazz_orders_accepted_total", &[]), 1.0);
    let delivered = [("outcome", "delivered")];
    assert_eq!(moved("eraflazz_orders_settled_total", &delivered), 1.0);
    assert_eq!(
        moved("eraflazz_order_duration_seconds_count", &delivered),
        1.0
    );
    let sent = [("supplier", "digiflazz"), ("call", "send")];
    assert_eq!(
        moved("eraflazz_supplier_call_duration_seconds_count", &sent),
        1.0
    );
    let answered = [
        ("provider", "digiflazz"),
        ("call", "purchase"),
        ("ended", "2xx"),
    ];
    assert_eq!(moved("eraflazz_provider_requests_total", &answered), 1.0);
    let price = told.body["data"]["price"].as_i64().unwrap();
    let available = [("part", "available")];
    let spent = -moved("eraflazz_wallets_rupiah", &available);
    assert_eq!(format!("{spent}"), price.to_string());
    // The page itself and the order, and the supplier's callback if it has come already.
    let requests = moved("eraflazz_http_requests_total", &[("status", "2xx")]);
    assert!([2.0, 3.0].contains(&requests), "{requests}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flushes_checkpoints_and_what_is_on_disk_are_on_the_page() {
    let data = place("metrics-of-flushes");
    let folder = [
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
        // A few orders long, and by nothing but its length: a journal that begins anew with every order is hardly ever seen to have grown.
        ("STORE__CHECKPOINT_KIB", "4"),
    ];
    let house = House::open_with(&folder).await;
    let value = async |name: &str| {
        page(&house)
            .await
            .value(&format!("eraflazz_store_{name}"), &[])
    };
    let flushes = value("flush_duration_seconds_count").await;
    let commits = value("flushed_commits_total").await;
    assert!(flushes <= commits, "{flushes} flushes, {commits} commits");
    let began = Instant::now();
    let mut has_grown = false;
    for n in 0.. {
        let wanted = order(&format!("M-{n}"), &format!("0878000{n:05}"));
        let told = house.agen().post_and_wait(&wanted).await;
        assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
        let page = page(&house).await;
        let value = |name: &str| page.value(&format!("eraflazz_store_{name}"), &[]);
        has_grown |= value("journal_bytes") > 0.0;
        let archived = value("archived_orders");
        let checkpoints = value("checkpoint_duration_seconds_count");
        if has_grown && archived > 0.0 && checkpoints > 0.0 {
            break;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "the journal grew: {has_grown}; {checkpoints} checkpoints, {archived} orders"
        );
    }
    assert!(value("flush_duration_seconds_count").await > flushes);
    assert!(value("flushed_commits_total").await > commits);
    assert!(value("flush_duration_seconds_sum").await > 0.0);
    let archived = value("archived_orders").await;
    house.close().await;

    let house = House::open_with(&folder).await;
    let page = page(&house).await;
    let told = page.value("eraflazz_store_archived_orders", &[]);
    assert!(
        told >= archived,
        "{told} after the start, {archived} before"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_only_operators_read_the_page_wherever_they_seem_to_be() {
    let house = House::open().await;
    let http = house.agen().http;
    // Every caller of this test is on loopback, and so is whoever comes through a proxy on this machine.
    let plain = http.get(house.url("/metrics")).send().await.unwrap();
    let plain = Told::of(plain).await;
    assert_eq!(plain.refusal(), (400, "MISSING_HEADER"));
    let member = house.agen().get("/metrics").await;
    assert_eq!(member.refusal(), (403, "SCOPE_MISSING"));
    let guess = house.client("ek_test_dewi_0001", "a-secret-that-nobody-has");
    assert_eq!(
        guess.get("/metrics").await.refusal(),
        (401, "UNAUTHENTICATED")
    );
    let simple = house.dewi().signed_simply(&Method::GET, "/metrics", b"");
    let simple = Told::of(simple.send().await.unwrap()).await;
    assert_eq!(simple.refusal(), (401, "UNAUTHENTICATED"));
    for told in [&plain, &member, &simple] {
        assert!(!told.text.contains("eraflazz_"), "{}", told.text);
    }
    let posted = house
        .dewi()
        .signed(&Method::POST, "/metrics", b"{}", seconds(), &nonce());
    assert_eq!(posted.send().await.unwrap().status(), 405);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_its_own_shows_the_page_and_nothing_else() {
    let house = House::open_with(&[("METRICS__LISTEN", "127.0.0.1:0")]).await;
    let at = house.server.metrics_address().unwrap();
    assert_ne!(at, house.server.address());
    let http = house.agen().http;
    let get = async |path: &str| {
        // Not an address of the API: the document says nothing of it.
        let asked = http.get(format!("http://{at}{path}"));
        let answer = asked.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = get("/metrics").await;
    assert_eq!(status, 200);
    assert!(!Page::read(&page).samples.is_empty());
    for path in ["/", "/healthz", "/api/v1/balance", "/api/v1/admin/books"] {
        assert_eq!(get(path).await.0, 404, "{path}");
    }
    house.close().await;
    let began = Instant::now();
    while http
        .get(format!("http://{at}/metrics"))
        .send()
        .await
        .is_ok()
    {
        assert!(began.elapsed() < PATIENCE, "still listening after the stop");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_setting_nobody_listens_for_scrapers() {
    let house = House::open().await;
    assert_eq!(house.server.metrics_address(), None);
    house.close().await;
}
