//! The smallest program that sells: one supplier, one member, one order. `cargo run -p quickstart`.
//!
//! The supplier is the sandbox's fake Digiflazz, asked over real HTTP. With real credentials and
//! without `base_url` it would be the real one.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::{CatalogChange, TierId};
use eraflazz_core::engine::{Engine, FloatMove, MoneyMove, NewOrder, SystemClock};
use eraflazz_core::ids::{BankId, MemberId, SupplierId};
use eraflazz_core::member::{Member, MemberKind};
use eraflazz_core::ports::{Catalog, Clock, Members};
use eraflazz_core::text::Operator;
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A supplier to buy from.
    let provider = sandbox::Sandbox::start(sandbox::Config::default()).await?;
    let account = provider.config();
    let hook_secret = account.webhook_secret.clone().unwrap_or_default();
    let config = Config::new(&account.username, account.api_key.as_str(), hook_secret);
    let digiflazz = Digiflazz::new(Config {
        base_url: provider.base_url(),
        ..config
    })?;

    // What is sold, and to whom: XL10 for 500 rupiah more than it costs.
    let clock = Arc::new(SystemClock::start());
    let store = Arc::new(MemoryStore::new());
    let catalog: Vec<CatalogChange> = serde_json::from_str(include_str!("../catalog.json"))?;
    store.change(catalog).await?;
    let id = MemberId::mint(clock.now(), &[1; 10]);
    let budi = Member::new(id, "budi".parse()?, TierId(0), MemberKind::Shop);
    store.put_member(budi.clone(), None).await?;

    // The engine: put together, started, given money.
    let engine = Engine::builder(store, Arc::new(LocalQueue::new()), clock)
        .supplier("digiflazz", Arc::new(digiflazz))
        .build()?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(engine.clone().run(shutdown.clone()));
    let owner: Operator = "owner".parse()?;
    let money = |reference: &str, amount| MoneyMove {
        source: "quickstart".into(),
        reference: reference.into(),
        amount,
        by: owner.clone(),
    };
    let (bank, supplier) = (BankId(0), SupplierId(0));
    let float = money("float 1", "100000".parse()?);
    let deposit = money("deposit 1", "50000".parse()?);
    engine
        .float(supplier, FloatMove::Bought(bank), float)
        .await?;
    engine.deposit(budi.id, bank, deposit).await?;

    // An order, from its acceptance to its serial number.
    let order = NewOrder::prepaid(budi.id, "A-0001".parse()?, "XL10".parse()?, "087800001230");
    let taken = engine.submit(order).await?.order;
    let (code, sell) = (taken.trx_code, taken.quote.sell);
    println!("{code}: {}, {sell} held", taken.status().text());
    let patience = Duration::from_secs(10);
    let ended = engine.final_of(taken, patience).await?;
    println!("{code}: {}, {:?}", ended.status().text(), ended.delivery);
    println!("{:?}", engine.wallet(budi.id).await?);

    shutdown.cancel();
    Ok(running.await??)
}
