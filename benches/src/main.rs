//! The targets command: `cargo run --release -p benches -- targets [LINE …] [--json]`.
#![expect(clippy::print_stdout, reason = "a command prints its figures")]

mod m1;
mod m2;

use benches::report::Figure;
use benches::shop::Failure;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Benchmarks of Eraflazz, each beside its peer in the same run")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures the targets and prints a line for each figure.
    Targets {
        /// Which lines (M1, M2); all of them by default.
        lines: Vec<String>,
        /// One JSON object a figure.
        #[arg(long)]
        json: bool,
        /// Orders of line M1.
        #[arg(long, default_value_t = 200_000)]
        orders: usize,
    },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Command::Targets {
        lines,
        json,
        orders,
    } = Cli::parse().command;
    let known = ["M1", "M2"];
    if let Some(stranger) = lines.iter().find(|line| !known.contains(&line.as_str())) {
        return Err(format!("no line {stranger}: {known:?} are measured here").into());
    }
    let wanted = |line: &str| lines.is_empty() || lines.iter().any(|name| name == line);
    let mut figures: Vec<Figure> = Vec::new();
    if wanted("M1") {
        figures.push(m1::measure(orders).await?);
    }
    if wanted("M2") {
        figures.extend(m2::measure()?);
    }
    for figure in &figures {
        if json {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            println!("{}", figure.row());
        }
    }
    Ok(())
}
