//! `cargo run --release -p benches -- targets [LINE …] [--json]` measures the targets; `… -- scale` prints how the store over `PostgreSQL` scales, `… -- hold` holds a
//! rate of orders for a while, `… -- load` drives a running server.
#![expect(clippy::print_stdout, reason = "a command prints its figures")]

mod c1;
mod d1;
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
mod scale;
mod targets;
mod till;

use std::path::PathBuf;

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
    Targets(targets::Targets),
    /// Prints how the store over `PostgreSQL` scales: stored orders, members, workers, processes, and what is hot.
    Scale(scale::Scale),
    /// Holds a rate of orders at a server over `PostgreSQL` for a while, and tells how long they took and what that needed.
    Hold(hold::Hold),
    /// Sends signed orders to a running server and times every answer from when its request was due.
    Load(drive::Drive),
    /// Opens a folder of M4 and tells what it took.
    #[command(hide = true)]
    Reopen {
        /// The folder.
        folder: PathBuf,
    },
    /// Sells beside others, for P3 in another process.
    #[command(hide = true)]
    Till(till::Till),
    /// Serves, for `hold` in another process.
    #[command(hide = true)]
    Door(hold::DoorOf),
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match Cli::parse().command {
        Command::Targets(targets) => targets.run().await,
        Command::Scale(scale) => scale.run().await,
        Command::Hold(hold) => hold.run().await,
        Command::Load(drive) => drive.run().await,
        Command::Reopen { folder } => {
            println!("{}", serde_json::to_string(&m4::open(&folder)?)?);
            Ok(())
        }
        Command::Till(till) => till.run().await,
        Command::Door(door) => door.run().await,
    }
}
