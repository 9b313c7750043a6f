//! T-20: what is never logged.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use eraflazz_core::webhook::{Format, Signing};
use h2h_server::logging;
use sandbox::{Match, Plan};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::house::{House, order};
use crate::receiver::Receiver;
use crate::webhooks::secret;

#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of this process from the first call on, of every test in it.
pub(crate) fn captured() -> Captured {
    both().0
}

/// The same as JSON.
pub(crate) fn captured_json() -> Captured {
    both().1
}

fn both() -> (Captured, Captured) {
    static LOG: OnceLock<(Captured, Captured)> = OnceLock::new();
    let start = || {
        let (text, json) = (Captured::default(), Captured::default());
        let (texts, jsons) = (text.clone(), json.clone());
        // Ours at the finest level; the libraries' own wire dumps are off in every sample setting.
        let filter = EnvFilter::new(
            "info,h2h_server=trace,eraflazz_core=trace,eraflazz_suppliers=trace,eraflazz_store_memory=trace",
        );
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(move || texts.clone());
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .with(logging::json(move || jsons.clone()))
            .try_init()
            .unwrap();
        (text, json)
    };
    LOG.get_or_init(start).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_canaries_never_appear_in_the_log() {
    let captured = captured();
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    let agen = house.agen();
    let signing = Format::Standard(Signing::with(secret(7)));
    house.listens("agen", &receiver.url("500"), signing).await;
    let (number, sn) = ("087812349876", "CANARY-SN-5550123");
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::sukses().sn(sn));
    let told = agen.post_and_wait(&order("CAN-1", number)).await;
    assert_eq!(told.data("sn"), sn);
    let refused = agen.post(&order("CAN-2", "0878-CANARY-NUMBER")).await;
    assert_eq!(refused.http, 422);
    agen.post_bytes(
        "/api/v1/transactions",
        br#"{"ref_id":"x","CANARY-FIELD":1}"#,
    )
    .await;
    let wrong = house.client("ek_test_agen_0001", "CANARY-WRONG-SECRET-0001");
    assert_eq!(wrong.get("/api/v1/balance").await.http, 401);
    let hook = house.url("/api/v1/callbacks/supplier/digiflazz");
    let hook = agen.http.post(hook).body("{\"data\":\"CANARY-HOOK\"}");
    hook.send().await.unwrap();
    let account = house.sandbox.config().clone();
    house.close().await;

    let log = captured.text() + &captured_json().text();
    assert!(log.contains("order ended"), "the log was captured: {log}");
    assert!(log.contains("req_"), "{log}");
    let hook_secret = secret(7);
    let secrets = [
        "test-secret-of-agen-0001-abcdef",
        "CANARY",
        number,
        &number[1..],
        &account.api_key,
        account.webhook_secret.as_deref().unwrap(),
        hook_secret.expose().strip_prefix("whsec_").unwrap(),
        "v1=",
    ];
    assert!(!receiver.got().is_empty(), "nobody was told");
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
