//! `cargo run --release -p simulation -- --orders N [--seed S] [--json] [--soak MINUTES]`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its figures"
)]

mod report;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, value_parser};
use simulation::Planned;
use simulation::world::{Wanted, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often a soak says how far it is.
const PROGRESS: Duration = Duration::from_mins(1);

/// Simulates a server pulsa, with everything going wrong, and an auditor watching.
#[derive(Debug, Parser)]
struct Asked {
    /// How many orders, in as many worlds as that takes.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    orders: u64,
    /// The first world's seed; the next ones count up from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object on the output, and nothing else.
    #[arg(long)]
    json: bool,
    /// For so many minutes, however many orders that are.
    #[arg(long, value_parser = value_parser!(u64).range(1..))]
    soak: Option<u64>,
    /// One world only, and its story: of what the auditor objects to, or of everything.
    #[arg(long, conflicts_with = "json")]
    story: bool,
    /// Orders of one world; the last one has what is left.
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..))]
    world: u32,
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref::<Planned>().is_none() {
            eprintln!("{panic}");
        }
    }));
    let asked = Asked::parse();
    let began = Instant::now();
    let mut sum = report::Sum::new(asked.seed);
    let mut seed = asked.seed;
    let mut told = began;
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
        let outcome = match run(&wanted) {
            Ok(outcome) => outcome,
            Err(error) => {
                eprintln!("no world: {error}");
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
        seed += 1;
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
