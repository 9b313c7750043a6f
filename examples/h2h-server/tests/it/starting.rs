//! A server that still catches up with what an earlier process left.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use eraflazz_core::engine::{Engine, SystemClock};
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use h2h_server::app::App;
use h2h_server::fill::fill;
use h2h_server::routes::router;
use h2h_server::seed::Seed;
use h2h_server::serve::{StartError, check, start};
use h2h_server::settings::{Settings, Source};
use tokio_util::sync::CancellationToken;

use crate::house::{Client, SEED, order};

fn variables(listen: &str, seed: &str) -> HashMap<String, String> {
    let variables = [
        ("SEED", seed),
        ("SERVER__LISTEN", listen),
        ("ENGINE__INSTALLATION", "T"),
        ("STORE__KIND", "memory"),
        ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
        ("SUPPLIERS__DIGIFLAZZ__BASE_URL", "http://127.0.0.1:9"),
        ("SUPPLIERS__DIGIFLAZZ__USERNAME", "sandbox-user"),
        ("SUPPLIERS__DIGIFLAZZ__API_KEY", "sandbox-sample-key-0001"),
        (
            "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            "sandbox-webhook-sample-0001",
        ),
    ];
    variables
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (format!("ERAFLAZZ__{key}"), value.to_owned()))
        .collect()
}

pub(crate) fn settings(listen: &str, seed: &str) -> Settings {
    Settings::load(&Source::new().environment(variables(listen, seed))).unwrap()
}

#[tokio::test]
async fn a_check_says_what_a_start_says_and_starts_nothing() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");

    let good = settings(&listen, &format!("{seeds}/seed.toml"));
    check(&good).await.unwrap();
    // Only the address, which a check leaves alone, stands in the way of a start.
    let error = start(good).await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");

    for wrong in ["absent.toml", "house.rs", "../../seed.example.toml"] {
        let settings = settings(&listen, &format!("{seeds}/{wrong}"));
        let checked = check(&settings).await.unwrap_err().to_string();
        assert_eq!(checked, start(settings).await.unwrap_err().to_string());
    }
}

#[tokio::test]
async fn an_address_that_this_machine_has_not_is_told_before_anything_is_opened() {
    let from = |address: &str| {
        let mut variables = variables("127.0.0.1:0", "");
        let name = "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__LOCAL_ADDRESS";
        variables.insert(name.to_owned(), address.to_owned());
        Settings::load(&Source::new().environment(variables)).unwrap()
    };
    // For documents only: no machine has it.
    let foreign = from("203.0.113.77");
    let checked = check(&foreign).await.unwrap_err().to_string();
    let head = "suppliers.digiflazz.local_address: 203.0.113.77: Cannot assign requested address";
    assert!(checked.starts_with(head), "{checked}");
    assert_eq!(checked, start(foreign).await.unwrap_err().to_string());
    check(&from("127.0.0.1")).await.unwrap();
}

#[tokio::test]
async fn c_07_a_server_that_catches_up_is_read_and_takes_no_orders() {
    let store = Arc::new(MemoryStore::new());
    let queue = Arc::new(LocalQueue::new());
    let clock = Arc::new(SystemClock::start());
    let engine = Engine::builder(Arc::clone(&store), queue, clock)
        .build()
        .unwrap();
    let seed = Seed::read(SEED).unwrap();
    assert!(fill(&*store, &engine, &seed).await.unwrap());
    let settings = settings("127.0.0.1:0", "");
    let stopping = CancellationToken::new();
    let app = App::new(engine.clone(), &settings, stopping);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let agen = Client {
        base: base.clone(),
        key: "ek_test_agen_0001".to_owned(),
        secret: "test-secret-of-agen-0001-abcdef".to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let ready = async || {
        let told = agen.http.get(format!("{base}/readyz")).send().await;
        told.unwrap().status().as_u16()
    };

    assert_eq!(ready().await, 503);
    let wanted = order("A-1", "087800005001");
    let told = agen.post(&wanted).await;
    assert_eq!(told.refusal(), (503, "MAINTENANCE"));
    assert_eq!(told.headers["retry-after"], "1");
    assert_eq!(agen.get("/api/v1/transactions/A-1").await.http, 404);
    assert_eq!(agen.balance().await, 50_000_000, "reads are served");

    let shutdown = CancellationToken::new();
    let running = tokio::spawn(engine.clone().run(shutdown.clone()));
    engine.ready().await;
    assert_eq!(ready().await, 200);
    let told = agen.post(&wanted).await;
    assert_eq!(
        told.refusal(),
        (422, "PRODUCT_UNAVAILABLE"),
        "it is decided"
    );
    shutdown.cancel();
    running.await.unwrap().unwrap();
    serving.abort();
}
