//! H1: signed orders over HTTP, on disk before they are acknowledged, against an echo of the same bodies by the same generator.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use benches::audit::recount;
use benches::load::echo::Echo;
use benches::load::order::Buyer;
use benches::load::{Load, Outcome, Pace, Requests};
use benches::report::Figure;
use benches::shop::{Failure, Shop};
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::ports::{Depth, Members};
use eraflazz_store_memory::{MemoryStore, StoreSettings};
use h2h_server::app::App;
use h2h_server::listen::{Bounds, serve};
use h2h_server::routes::router;
use h2h_server::settings::{Settings, Source};
use h2h_server::vault::KeyVault;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Connections of the generator, as the target says.
const CONNECTIONS: u32 = 256;

/// Members that take turns.
const MEMBERS: u16 = 64;

const SECRET: &str = "bench-sample-secret-0123456789";

/// Seals nothing but the sample secret of above.
const VAULT_KEY: &str = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

/// Measures in a folder of its own under `place`, which is removed afterwards.
pub(crate) async fn measure(orders: u64, place: &Path) -> Result<Figure, Failure> {
    let folder = place.join(format!("eraflazz-h1-{}", std::process::id()));
    let figure = in_folder(orders, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    figure
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52, for a report"
)]
async fn in_folder(orders: u64, folder: &Path) -> Result<Figure, Failure> {
    let echo = Echo::start().await?;
    let peer = answered(&drive(&echo.address, orders, 0).await?)?;
    drop(echo);

    let store_settings = StoreSettings {
        orders_max: usize::try_from(orders)? + 1,
        ..StoreSettings::default()
    };
    let vault = KeyVault::new(&VAULT_KEY.into()).ok_or(KeyVault::RULE)?;
    let store = MemoryStore::open(folder, Arc::new(vault), store_settings)?;
    let shop = Shop::over(store, MEMBERS).await?;
    for (n, member) in shop.members.iter().enumerate() {
        let key = ApiKey {
            id: key_of(n).parse()?,
            holder: KeyHolder::Member(*member),
            secret: SECRET.into(),
            scopes: Scopes::of(&[Scope::TrxWrite]),
            networks: Vec::new(),
            state: KeyState::Active,
        };
        shop.store.put_key(key).await?;
    }
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(shop.engine.clone().run(shutdown.clone()));
    shop.engine.ready().await;
    let (settings, stopping) = (settings()?, CancellationToken::new());
    let app = App::new(shop.engine.clone(), &settings, stopping.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let bounds = Bounds::from(&settings.server);
    let serving = tokio::spawn(serve(listener, router(app), bounds, stopping.clone()));

    let ours = answered(&drive(&address, orders, 1).await?)?;
    while shop.engine.depth().await? != Depth::default() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    shutdown.cancel();
    running.await??;
    stopping.cancel();
    serving.await?;
    let audit = recount(&shop.engine, orders).await?;
    Ok(Figure {
        line: "H1".to_owned(),
        value: ours as f64,
        unit: "orders/s",
        baseline: Some(peer as f64),
        ratio: Some(ours as f64 / peer as f64),
        floor: 0.3,
        goal: 0.5,
        better: "higher",
        audit,
    })
}

/// The rate, if every request was answered by a 200.
fn answered(outcome: &Outcome) -> Result<u64, Failure> {
    if outcome.lost > 0 || outcome.by_status.keys().any(|status| *status != 200) {
        return Err(format!("not all were answered by a 200: {:?}", outcome.summary()).into());
    }
    Ok(outcome.rate())
}

async fn drive(server: &str, orders: u64, run: u8) -> Result<Outcome, Failure> {
    let buyers: Vec<Buyer> = (0..usize::from(MEMBERS))
        .map(|n| Buyer {
            key: key_of(n),
            secret: SECRET.to_owned(),
            product: "XL10".to_owned(),
            run: format!("run{run}"),
            prefix: "0878".to_owned(),
        })
        .collect();
    let requests: Arc<Requests> =
        Arc::new(move |n| buyers[usize::try_from(n)? % buyers.len()].order(n));
    let load = Load {
        server: server.to_owned(),
        pace: Pace::Closed,
        connections: CONNECTIONS,
        requests: orders,
    };
    load.run(requests).await
}

fn key_of(n: usize) -> String {
    format!("ek_bench_{n:04}")
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
    ];
    let variables: HashMap<String, String> = variables
        .into_iter()
        .map(|(key, value)| (format!("ERAFLAZZ__{key}"), value.to_owned()))
        .collect();
    Ok(Settings::load(&Source::new().environment(variables))?)
}
