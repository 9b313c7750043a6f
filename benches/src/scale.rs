//! `scale`: how the store over `PostgreSQL` changes with what lies in it, with who orders, with the tasks that work, and with what everybody wants at once.

use std::path::PathBuf;

use benches::postgres::{Part, Server, Sold, Spread, Stand, audit};
use benches::shop::{Failure, eager};
use clap::Args;
use eraflazz_core::engine::Settings;

use crate::p3::{IN_FLIGHT, run};
use crate::p6::{Seen, growing, with_members};

/// The table of the README.
#[derive(Args, Debug)]
pub(crate) struct Scale {
    /// Orders of each measurement.
    #[arg(long, default_value_t = 50_000)]
    orders: usize,
    /// Where the database has its folder: on the disk that is to be measured.
    #[arg(long, default_value = ".")]
    place: PathBuf,
}

#[expect(clippy::print_stdout, reason = "a command prints its figures")]
fn row(what: &str, rate: u64, p99: Option<f64>, audit: &str) {
    let p99 = p99.map_or_else(|| "–".to_owned(), |p99| format!("{p99:.1} ms"));
    println!("| {what} | {rate} | {p99} | {audit} |");
}

fn seen(what: &str, seen: &Seen) {
    row(what, seen.rate, Some(seen.p99), &seen.audit);
}

impl Scale {
    /// Prints each row as it is known.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let server = Server::start(&self.place);
        for processes in [1, 2] {
            for spread in [Spread::Wide, Spread::Member, Spread::Supplier] {
                let ran = run(&server, processes, spread, self.orders).await?;
                let what = format!("{processes} process(es), orders of {}", whose(spread));
                row(&what, ran.rate, None, &ran.audit);
            }
        }
        for workers in [1, 2, 4, 8, 16, 32] {
            let (rate, audit) = self.with_workers(&server, workers).await?;
            row(&format!("{workers} workers"), rate, None, &audit);
        }
        for members in [100, 1_000, 10_000, 100_000] {
            let what = format!("{members} members");
            seen(&what, &with_members(&server, members, self.orders).await?);
        }
        let past = [10_000, 100_000, 1_000_000];
        let grown = growing(&server, self.orders, &past).await?;
        for (stored, found) in past.iter().zip(&grown) {
            seen(&format!("{stored} stored orders"), found);
        }
        Ok(())
    }

    async fn with_workers(
        &self,
        server: &Server,
        workers: usize,
    ) -> Result<(u64, String), Failure> {
        let url = server.database().await?;
        let part = Part {
            engine: Settings { workers, ..eager() },
            ..Part::default()
        };
        let stand = Stand::open(&url, 1_000, part).await?;
        let rate = stand.sell(Spread::Wide, 0, self.orders, IN_FLIGHT).await?;
        let sold = Sold {
            orders: u64::try_from(self.orders)?,
            ..Sold::default()
        };
        Ok((rate, audit(&url, sold).await?))
    }
}

const fn whose(spread: Spread) -> &'static str {
    match spread {
        Spread::Wide => "everybody",
        Spread::Member => "one member",
        Spread::Supplier => "one supplier",
    }
}
