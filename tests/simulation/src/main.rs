//! `cargo run --release -p simulation -- --orders N [--seed S] [--json] [--soak MINUTES] [--patience SECONDS]`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its figures"
)]

mod report;
mod watch;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, value_parser};
use simulation::Planned;
use simulation::world::{Wanted, run_watched};

use crate::watch::Watch;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often a soak says how far it is.
const PROGRESS: Duration = Duration::from_mins(1);

/// The seed of the world that runs, for whoever tells of a panic.
static SEED: AtomicU64 = AtomicU64::new(0);

/// Simulates a server pulsa, with everything going wrong, and an auditor watching.
#[derive(Debug, Parser)]
struct Asked {
    /// How many orders, in as many worlds as that takes.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    orders: u64,
    /// The first world's seed; the next ones count up from it, and after the last there is zero.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object on the output, and nothing else.
    #[arg(long)]
    json: bool,
    /// For so many minutes, however many orders that are.
    #[arg(long, value_parser = value_parser!(u64).range(1..))]
    soak: Option<u64>,
    /// One world only, and its story: of what the auditor objects to, or of everything.
    #[arg(long, conflicts_with_all = ["json", "orders", "soak"])]
    story: bool,
    /// Orders of one world; the last one has what is left.
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..))]
    world: u32,
    /// A world that takes more seconds than this does not end, which is a violation.
    #[arg(long, default_value_t = 300, value_parser = value_parser!(u64).range(1..))]
    patience: u64,
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref::<Planned>().is_none() {
            let seed = SEED.load(Ordering::Relaxed);
            eprintln!("in the world of seed {seed}: {panic}");
        }
    }));
    let asked = Asked::parse();
    let began = Instant::now();
    let mut sum = report::Sum::new(asked.seed);
    let mut seed = asked.seed;
    let mut told = began;
    let watch = Watch::start(Duration::from_secs(asked.patience));
    while if let Some(minutes) = asked.soak {
        began.elapsed() < Duration::from_secs(60 * minutes)
    } else {
        sum.orders < asked.orders
    } {
        let left = asked.orders.saturating_sub(sum.orders);
        let is_bounded = asked.soak.is_none() && !asked.story;
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        let orders = if is_bounded {
            asked.world.min(left)
        } else {
            asked.world
        };
        let wanted = Wanted {
            seed,
            orders,
            story: asked.story,
            durable: None,
            rates: None,
            manner: None,
        };
        SEED.store(seed, Ordering::Relaxed);
        let begins = |scene: &_| watch.begins(seed, orders, scene);
        let outcome = match run_watched(&wanted, begins) {
            Ok(outcome) => outcome,
            Err(error) => {
                eprintln!("no world of seed {seed}: {error}");
                return ExitCode::FAILURE;
            }
        };
        if asked.story {
            println!("{}", outcome.story);
        }
        sum.add(seed, orders, outcome);
        if asked.story || sum.has_failed() {
            break;
        }
        seed = seed.wrapping_add(1);
        if asked.soak.is_some() && told.elapsed() >= PROGRESS {
            told = Instant::now();
            eprintln!("{}", sum.progress(began.elapsed()));
        }
    }
    let took = began.elapsed();
    if asked.json {
        println!("{}", sum.json(took));
    } else {
        sum.print(took);
    }
    if sum.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
