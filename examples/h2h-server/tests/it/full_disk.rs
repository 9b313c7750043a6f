//! A disk that takes nothing any more, and how the people who watch the server hear of it.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use eraflazz_core::engine::{Engine, SystemClock};
use eraflazz_store_memory::{LocalQueue, MemoryStore, StoreSettings};
use h2h_server::app::App;
use h2h_server::fill::fill;
use h2h_server::logging;
use h2h_server::monitor::Monitor;
use h2h_server::routes::router;
use h2h_server::seed::Seed;
use h2h_server::vault::KeyVault;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::durable::KEY;
use crate::house::{Client, SEED, order};
use crate::starting::settings;

/// A file that can be written until there is no room.
#[derive(Debug, Default)]
struct Disk {
    file: InMemoryBackend,
    is_full: Arc<AtomicBool>,
}

impl Disk {
    fn room(&self) -> io::Result<()> {
        if self.is_full.load(Ordering::Relaxed) {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.room()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.room()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.room()?;
        self.file.write(offset, data)
    }
}

/// What this thread, on which the whole test runs, says to its log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn alerts(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["alert"].is_string())
            .collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_store_that_writes_no_more_is_told_once_and_whoever_watches_sees_it() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::registry().with(logging::json(move || writer.clone()));
    let _listening = tracing::subscriber::set_default(lines);
    let disk = Disk::default();
    let is_full = Arc::clone(&disk.is_full);
    let vault = KeyVault::new(&SecretString::from(KEY)).unwrap();
    let store = MemoryStore::open_on(
        disk,
        InMemoryBackend::new(),
        Arc::new(vault),
        StoreSettings::default(),
    );
    let store = Arc::new(store.unwrap());
    let queue = Arc::new(LocalQueue::new());
    let clock = Arc::new(SystemClock::start());
    let monitor = Monitor::default();
    let build = || Engine::builder(Arc::clone(&store), queue, clock).build();
    let engine = monitor.watch(build).unwrap();
    let seed = Seed::read(SEED).unwrap();
    assert!(fill(&*store, &engine, &seed).await.unwrap());
    let settings = settings("127.0.0.1:0", "");
    let stopping = CancellationToken::new();
    let app = App::watched(engine.clone(), &settings, stopping, monitor.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(engine.clone().run(shutdown.clone()));
    engine.ready().await;
    let agen = Client {
        base: base.clone(),
        key: "ek_test_agen_0001".to_owned(),
        secret: "test-secret-of-agen-0001-abcdef".to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let seen = async || {
        let told = agen.http.get(format!("{base}/readyz")).send().await;
        let page = monitor.render(&engine).await;
        let mut lines = page.lines();
        let gauge = lines.find_map(|line| line.strip_prefix("eraflazz_store_available "));
        (told.unwrap().status().as_u16(), gauge.unwrap().to_owned())
    };
    assert_eq!(seen().await, (200, "1".to_owned()));

    is_full.store(true, Ordering::Relaxed);
    for n in 1..=3 {
        let told = agen.post(&order(&format!("F-{n}"), "087800005001")).await;
        assert_eq!(told.refusal(), (503, "MAINTENANCE"), "{}", told.text);
    }
    let dewi = Client {
        base: base.clone(),
        key: "ek_test_dewi_0001".to_owned(),
        secret: "test-secret-of-dewi-0001-abcdef".to_owned(),
        http: agen.http.clone(),
    };
    let deposit = json!({"member": "agen", "amount": 5_000, "source": "bca", "reference": "F-1"});
    let told = dewi.admin("/deposits", &deposit).await;
    assert_eq!(told.refusal(), (503, "MAINTENANCE"), "{}", told.text);
    assert!(
        told.text.contains("the journal could not be written"),
        "who can mend it hears why: {}",
        told.text
    );
    assert_eq!(seen().await, (503, "0".to_owned()));
    assert_eq!(agen.balance().await, 50_000_000, "reads are served");
    let alerts = log.alerts();
    let [alert] = alerts.as_slice() else {
        panic!("{alerts:#?}");
    };
    assert_eq!(alert["alert"], json!("the store is closed"));
    let why = alert["why"].as_str().unwrap();
    assert!(why.starts_with("the journal could not be written"), "{why}");
    // Room alone mends nothing: what the disk has is known only once it is read anew.
    is_full.store(false, Ordering::Relaxed);
    assert_eq!(seen().await, (503, "0".to_owned()));
    shutdown.cancel();
    running.await.unwrap().unwrap();
    serving.abort();
}
