//! The reference server's HTTP over an engine of ours, and the members who order there.

use std::collections::HashMap;
use std::sync::Arc;

use benches::load::order::Buyer;
use benches::load::{Load, Outcome, Pace, Requests};
use benches::shop::Failure;
use eraflazz_core::engine::Engine;
use eraflazz_core::ids::MemberId;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::ports::Members;
use h2h_server::app::App;
use h2h_server::listen::{Bounds, serve};
use h2h_server::routes::router;
use h2h_server::settings::{Settings, Source};
use h2h_server::vault::KeyVault;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Connections of the generator, as the targets say.
pub(crate) const CONNECTIONS: u32 = 256;

const SECRET: &str = "bench-sample-secret-0123456789";

/// Seals nothing but the sample secret of above.
const VAULT_KEY: &str = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

/// The gateway of D1, and the key that signs what it sends.
pub(crate) const GATEWAY: &str = "tripay";
pub(crate) const PRIVATE_KEY: &str = "bench-sample-private-0001";

/// The vault of the reference server.
pub(crate) fn vault() -> Result<KeyVault, Failure> {
    Ok(KeyVault::new(&VAULT_KEY.into()).ok_or(KeyVault::RULE)?)
}

/// Gives each of the members a key.
pub(crate) async fn give_keys(store: &impl Members, members: &[MemberId]) -> Result<(), Failure> {
    for (n, member) in members.iter().enumerate() {
        let key = ApiKey {
            id: key_of(n).parse()?,
            holder: KeyHolder::Member(*member),
            secret: SECRET.into(),
            scopes: Scopes::of(&[Scope::TrxWrite]),
            networks: Vec::new(),
            state: KeyState::Active,
        };
        store.put_key(key).await?;
    }
    Ok(())
}

fn key_of(n: usize) -> String {
    format!("ek_bench_{n:04}")
}

/// A listener of the reference server over an engine.
#[derive(Debug)]
pub(crate) struct Door {
    /// `host:port`.
    pub(crate) address: String,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

impl Door {
    /// Opens one on a free port.
    pub(crate) async fn open(engine: &Engine) -> Result<Self, Failure> {
        let (settings, stopping) = (settings()?, CancellationToken::new());
        let app = App::new(engine.clone(), &settings, stopping.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let bounds = Bounds::from(&settings.server);
        let serving = tokio::spawn(serve(listener, router(app), bounds, stopping.clone()));
        Ok(Self {
            address,
            stopping,
            serving,
        })
    }

    /// Closes it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.stopping.cancel();
        Ok(self.serving.await?)
    }
}

/// Who orders how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drive {
    /// As many of those who have keys take turns.
    pub(crate) members: usize,
    pub(crate) orders: u64,
    pub(crate) pace: Pace,
    /// How long an answer may wait until the order has ended, in milliseconds.
    pub(crate) wait: u32,
}

/// Sends the orders. No two runs at one server have a name in common.
pub(crate) async fn drive(server: &str, drive: Drive, run: &str) -> Result<Outcome, Failure> {
    let Drive {
        members,
        orders,
        pace,
        wait,
    } = drive;
    let buyers: Vec<Buyer> = (0..members)
        .map(|n| Buyer {
            key: key_of(n),
            secret: SECRET.to_owned(),
            product: "XL10".to_owned(),
            run: run.to_owned(),
            prefix: "0878".to_owned(),
            wait,
        })
        .collect();
    let requests: Arc<Requests> =
        Arc::new(move |n| buyers[usize::try_from(n)? % buyers.len()].order(n));
    let load = Load {
        server: server.to_owned(),
        pace,
        connections: CONNECTIONS,
        requests: orders,
    };
    load.run(requests).await
}

/// The rate, if every request was answered by a 200.
pub(crate) fn answered(outcome: &Outcome) -> Result<u64, Failure> {
    if outcome.lost > 0 || outcome.by_status.keys().any(|status| *status != 200) {
        return Err(format!("not all were answered by a 200: {:?}", outcome.summary()).into());
    }
    Ok(outcome.rate())
}

/// Settings of a server whose suppliers are given in code: the account is never used.
fn settings() -> Result<Settings, Failure> {
    let variables = [
        ("SERVER__LISTEN", "127.0.0.1:0"),
        ("ENGINE__INSTALLATION", "B"),
        ("LIMITS__PER_ADDRESS", "10000000"),
        ("SERVER__CONNECTIONS_PER_ADDRESS", "1000"),
        ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
        ("SUPPLIERS__DIGIFLAZZ__BASE_URL", "http://127.0.0.1:9"),
        ("SUPPLIERS__DIGIFLAZZ__USERNAME", "bench"),
        ("SUPPLIERS__DIGIFLAZZ__API_KEY", "bench-sample-key-0001"),
        (
            "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            "bench-sample-webhook-0001",
        ),
        ("GATEWAY__TRIPAY__KIND", "tripay"),
        ("GATEWAY__TRIPAY__NUMBER", "1"),
        ("GATEWAY__TRIPAY__ENVIRONMENT", "sandbox"),
        (
            "GATEWAY__TRIPAY__BASE_URL",
            "http://127.0.0.1:9/api-sandbox",
        ),
        ("GATEWAY__TRIPAY__MERCHANT_CODE", "T0001"),
        ("GATEWAY__TRIPAY__API_KEY", "DEV-bench-sample-key-0001"),
        ("GATEWAY__TRIPAY__PRIVATE_KEY", PRIVATE_KEY),
        ("GATEWAY__TRIPAY__NOTIFICATIONS_PER_MINUTE", "10000000"),
    ];
    let variables: HashMap<String, String> = variables
        .into_iter()
        .map(|(key, value)| (format!("ERAFLAZZ__{key}"), value.to_owned()))
        .collect();
    Ok(Settings::load(&Source::new().environment(variables))?)
}
