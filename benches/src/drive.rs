//! `load`: the load tool on the command line.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use benches::load::order::Buyer;
use benches::load::{Load, Pace, Requests};
use benches::shop::Failure;
use clap::Args;

/// Orders of one member to a running server.
#[derive(Debug, Args)]
pub(crate) struct Drive {
    /// `host:port` of the server, plain HTTP
    #[arg(long, default_value = "127.0.0.1:8080")]
    server: String,
    /// The member's API key
    #[arg(long, env = "ERAFLAZZ_KEY")]
    key: String,
    /// Its secret
    #[arg(long, env = "ERAFLAZZ_SECRET", hide_env_values = true)]
    secret: String,
    /// What is ordered
    #[arg(long, default_value = "XL10")]
    product: String,
    /// The first four digits of the destinations
    #[arg(long, default_value = "0878")]
    prefix: String,
    /// So many orders a second on schedule, whatever the server does; without it each connection sends when it was answered
    #[arg(long)]
    rate: Option<u64>,
    /// Orders in all
    #[arg(long, default_value_t = 1_000)]
    orders: u64,
    /// Connections kept open
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Milliseconds, up to 8000, that an answer may wait until its order has ended: then the times are those from submit to settled
    #[arg(long, default_value_t = 0)]
    wait: u32,
    /// What the references begin with; by default the time, so that no run repeats another
    #[arg(long)]
    run: Option<String>,
}

impl Drive {
    #[expect(clippy::print_stdout, reason = "a command prints its figures")]
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let buyer = Buyer {
            key: self.key,
            secret: self.secret,
            product: self.product,
            run: self.run.unwrap_or_else(|| format!("L{now}")),
            prefix: self.prefix,
            wait: self.wait,
        };
        let load = Load {
            server: self.server,
            pace: self
                .rate
                .map_or(Pace::Closed, |per_second| Pace::Open { per_second }),
            connections: self.connections,
            requests: self.orders,
        };
        let requests: Arc<Requests> = Arc::new(move |n| buyer.order(n));
        let outcome = load.run(requests).await?;
        println!("{}", serde_json::to_string_pretty(&outcome.summary())?);
        Ok(())
    }
}
