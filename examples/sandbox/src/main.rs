//! The sandbox as a program: one fake account, at Digiflazz, at a server of the `OtomaX` family, at VIP Reseller or at Midtrans, on a loopback port, until ctrl-c.
//!
//! `cargo run -p sandbox -- --port 7010 --name a --balance 5000000 --product xld10=10000 --product s5=5200`

use std::{error::Error, time::Duration};

use clap::Parser;
use sandbox::midtrans::{self, Midtrans};
use sandbox::otomax::{self, Otomax};
use sandbox::vip::{self, Vip};
use sandbox::{Config, ProductRow, Sandbox};

/// A fake supplier over real HTTP, Digiflazz if nothing else is said. All money is pretend, all credentials are samples.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Speaks the dialect of `OtomaX` servers instead; sells `S10` for 10,850 if no product is named, and reports to --webhook-url
    #[arg(long)]
    otomax: bool,
    /// Speaks the dialect of VIP Reseller instead; sells `S10` for 10,500 if no product is named, games besides, and calls --webhook-url
    #[arg(long, conflicts_with = "otomax")]
    vip: bool,
    /// Takes payments as Midtrans does instead; `POST /sandbox/settle` pays one, and notifications go to --webhook-url
    #[arg(long, conflicts_with_all = ["otomax", "vip"])]
    midtrans: bool,
    /// Loopback port; 0 takes a free one
    #[arg(long, default_value_t = 7010)]
    port: u16,
    /// Shown in the ledger
    #[arg(long, default_value = "sandbox")]
    name: String,
    /// Opening deposit, whole rupiah
    #[arg(long, default_value_t = 1_000_000)]
    balance: i64,
    /// A product on sale, SKU=PRICE; may be given several times [default: xld10=10000]
    #[arg(long = "product", value_parser = product)]
    products: Vec<ProductRow>,
    /// Where webhooks go
    #[arg(long)]
    webhook_url: Option<String>,
    /// Shortest wait between two calls for one `ref_id`, milliseconds
    #[arg(long, default_value_t = 1_000)]
    min_interval_ms: u64,
    /// From Pending to the final webhook of the documented test numbers, milliseconds
    #[arg(long, default_value_t = 2_000)]
    webhook_delay_ms: u64,
}

fn product(text: &str) -> Result<ProductRow, String> {
    let rule = || format!("`{text}` is not SKU=PRICE with a price in whole rupiah above zero");
    let (sku, price) = text.split_once('=').ok_or_else(rule)?;
    match price.parse() {
        Ok(price) if price > 0 && !sku.is_empty() => Ok(ProductRow::new(sku, price)),
        _ => Err(rule()),
    }
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "a program's first words to the person who started it"
)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if arguments.otomax {
        return serve_otomax(arguments).await;
    }
    if arguments.vip {
        return serve_vip(arguments).await;
    }
    if arguments.midtrans {
        return serve_midtrans(arguments).await;
    }
    let mut config = Config {
        name: arguments.name,
        port: arguments.port,
        opening_balance: arguments.balance,
        webhook_url: arguments.webhook_url,
        min_interval: Duration::from_millis(arguments.min_interval_ms),
        webhook_delay: Duration::from_millis(arguments.webhook_delay_ms),
        ..Config::default()
    };
    if !arguments.products.is_empty() {
        config.products = arguments.products;
    }
    let port = config.port;
    let sandbox = Sandbox::start(config)
        .await
        .map_err(|error| format!("--port {port}: {error}"))?;
    let config = sandbox.config();
    println!(
        "sandbox `{}` sells {} product(s)",
        config.name,
        config.products.len()
    );
    println!("  base URL        {}", sandbox.base_url());
    println!("  username        {}", config.username);
    println!("  api key         {}", config.api_key);
    println!(
        "  webhook secret  {}",
        config.webhook_secret.as_deref().unwrap_or("none")
    );
    println!("  ledger          GET  {}/ledger", sandbox.control_url());
    println!("  script          POST {}/script", sandbox.control_url());
    println!("ctrl-c stops it");
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "a program's first words to the person who started it"
)]
async fn serve_otomax(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let usual = otomax::Settings::default();
    let port = arguments.port;
    let seller = Otomax::start(otomax::Settings {
        name: arguments.name,
        port,
        opening_balance: arguments.balance,
        report_url: arguments.webhook_url,
        products: if arguments.products.is_empty() {
            usual.products
        } else {
            arguments.products
        },
        ..usual
    })
    .await
    .map_err(|error| format!("--port {port}: {error}"))?;
    let settings = seller.settings();
    println!(
        "sandbox `{}` sells {} product(s)",
        settings.name,
        settings.products.len()
    );
    println!("  base URL  {}", seller.base_url());
    println!("  member    {}", settings.member);
    println!("  PIN       {}", settings.pin);
    println!("  password  {}", settings.password);
    println!("ctrl-c stops it");
    tokio::signal::ctrl_c().await?;
    seller.stop().await;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "a program's first words to the person who started it"
)]
async fn serve_vip(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let usual = vip::Settings::default();
    let port = arguments.port;
    let seller = Vip::start(vip::Settings {
        name: arguments.name,
        port,
        opening_balance: arguments.balance,
        callback_url: arguments.webhook_url,
        prepaid: if arguments.products.is_empty() {
            usual.prepaid
        } else {
            arguments.products
        },
        ..usual
    })
    .await
    .map_err(|error| format!("--port {port}: {error}"))?;
    let settings = seller.settings();
    println!(
        "sandbox `{}` sells {} product(s) and {} of games",
        settings.name,
        settings.prepaid.len(),
        settings.games.len()
    );
    println!("  base URL  {}", seller.base_url());
    println!("  API id    {}", settings.api_id);
    println!("  API key   {}", settings.api_key);
    println!("ctrl-c stops it");
    tokio::signal::ctrl_c().await?;
    seller.stop().await;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "a program's first words to the person who started it"
)]
async fn serve_midtrans(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let port = arguments.port;
    let gateway = Midtrans::start(midtrans::Settings {
        port,
        notification_url: arguments.webhook_url,
        ..midtrans::Settings::default()
    })
    .await
    .map_err(|error| format!("--port {port}: {error}"))?;
    let settings = gateway.settings();
    println!("sandbox takes payments for `{}`", settings.merchant_id);
    println!("  Core API    {}", gateway.base_url());
    println!("  Snap        {}", gateway.snap_url());
    println!("  server key  {}", settings.server_key);
    println!("  settle      POST {}/sandbox/settle", gateway.base_url());
    println!("ctrl-c stops it");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
