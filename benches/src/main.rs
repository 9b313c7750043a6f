//! `cargo run --release -p benches -- targets [LINE …] [--json]` measures the targets; `… -- load` drives a running server.
#![expect(clippy::print_stdout, reason = "a command prints its figures")]

mod door;
mod drive;
mod h1;
mod hold;
mod m1;
mod m2;
mod m3;
mod m4;
mod p1;
mod p2;
mod p3;
mod p4;
mod p5;
mod p6;
mod process;
mod till;

use std::path::PathBuf;

use benches::report::Figure;
use benches::shop::Failure;
use clap::{Parser, Subcommand};

/// As the reference server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
        /// Which lines (M1, M2, M3, M4, H1); all of them by default.
        lines: Vec<String>,
        /// One JSON object a figure.
        #[arg(long)]
        json: bool,
        /// Orders of the lines M1, M3 and H1.
        #[arg(long, default_value_t = 200_000)]
        orders: usize,
        /// Orders of the line M4.
        #[arg(long, default_value_t = 1_000_000)]
        archived: usize,
        /// Where M3, M4 and H1 make their folders: on the disk that is to be measured.
        #[arg(long, default_value = ".")]
        place: PathBuf,
    },
    /// Sends signed orders to a running server and times every answer from when its request was due.
    Load(drive::Drive),
    /// Holds a rate of orders at a server over PostgreSQL for a while, and tells how long they took and what that needed.
    Hold(hold::Hold),
    /// Sells beside others, for P3 in another process.
    #[command(hide = true)]
    Till(till::Till),
    /// Serves, for `hold` in another process.
    #[command(hide = true)]
    Door(hold::DoorOf),
    /// Opens a folder of M4 and tells what it took.
    #[command(hide = true)]
    Reopen {
        /// The folder.
        folder: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (lines, json, orders, archived, place) = match Cli::parse().command {
        Command::Targets {
            lines,
            json,
            orders,
            archived,
            place,
        } => (lines, json, orders, archived, place),
        Command::Load(drive) => return drive.run().await,
        Command::Till(till) => return till.run().await,
        Command::Door(door) => return door.run().await,
        Command::Hold(hold) => return hold.run().await,
        Command::Reopen { folder } => {
            println!("{}", serde_json::to_string(&m4::open(&folder)?)?);
            return Ok(());
        }
    };
    let known = [
        "M1", "M2", "M3", "M4", "H1", "P1", "P2", "P3", "P4", "P5", "P6",
    ];
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
    if wanted("M3") {
        figures.extend(m3::measure(orders, &place).await?);
    }
    if wanted("M4") {
        figures.extend(m4::measure(archived, &place).await?);
    }
    if wanted("H1") {
        figures.push(h1::measure(u64::try_from(orders)?, &place).await?);
    }
    if wanted("P1") {
        figures.push(p1::measure(orders, &place).await?);
    }
    if wanted("P2") {
        figures.push(p2::measure(orders, &place).await?);
    }
    if wanted("P3") {
        figures.extend(p3::measure(orders, &place).await?);
    }
    if wanted("P4") {
        figures.extend(p4::measure(orders, &place).await?);
    }
    if wanted("P5") {
        figures.extend(p5::measure(u64::try_from(orders)?, &place).await?);
    }
    if wanted("P6") {
        figures.extend(p6::measure(orders, &place).await?);
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
