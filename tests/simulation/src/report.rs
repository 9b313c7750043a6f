//! The figures of a run, for people and for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use simulation::auditor::Standing;
use simulation::coverage::{Met, never_met, never_seen, never_struck};
use simulation::fault::Fault;
use simulation::world::Outcome;

/// The command that tells the story of a world.
pub(crate) fn replay(seed: u64, world: u32) -> String {
    format!("cargo run --release -p simulation -- --seed {seed} --world {world} --story")
}

/// What all worlds of a run brought.
pub(crate) struct Sum {
    seed: u64,
    worlds: u64,
    /// How many orders were placed.
    pub(crate) orders: u64,
    millis: u64,
    fired: [u64; Fault::ALL.len()],
    violations: Vec<String>,
    replay: Option<String>,
    hash: u64,
    events: u64,
    standing: Standing,
    met: BTreeMap<Met, u64>,
}

impl Sum {
    /// Nothing yet, from this seed on.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            worlds: 0,
            orders: 0,
            millis: 0,
            fired: [0; Fault::ALL.len()],
            violations: Vec::new(),
            replay: None,
            hash: 0,
            events: 0,
            standing: Standing::default(),
            met: BTreeMap::new(),
        }
    }

    /// Another world.
    pub(crate) fn add(&mut self, seed: u64, world: u32, outcome: Outcome) {
        self.worlds += 1;
        self.orders += u64::from(outcome.orders);
        self.millis += outcome.millis;
        self.hash = self.hash.rotate_left(1) ^ outcome.hash.0;
        self.events += outcome.hash.1;
        for (sum, fired) in self.fired.iter_mut().zip(outcome.fired) {
            *sum += fired;
        }
        self.standing = self.standing.plus(outcome.standing);
        for (met, count) in outcome.met {
            *self.met.entry(met).or_default() += count;
        }
        if !outcome.violations.is_empty() {
            self.replay = Some(replay(seed, world));
            let found = outcome
                .violations
                .into_iter()
                .map(|found| match found.parcel {
                    Some(parcel) => format!("seed {seed}, goods {parcel}: {}", found.what),
                    None => format!("seed {seed}: {}", found.what),
                });
            self.violations.extend(found);
        }
    }

    /// Whether the auditor objected.
    pub(crate) const fn has_failed(&self) -> bool {
        !self.violations.is_empty()
    }

    fn per_second(&self, took: Duration) -> u64 {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.orders * 1000 / millis
    }

    /// One object.
    pub(crate) fn json(&self, took: Duration) -> Value {
        let faults: BTreeMap<&str, u64> = Fault::ALL
            .iter()
            .zip(self.fired)
            .map(|(fault, fired)| (fault.word(), fired))
            .collect();
        let (states, inputs) = never_seen(&self.met);
        json!({
            "seed": self.seed,
            "worlds": self.worlds,
            "orders": self.orders,
            "orders_per_second": self.per_second(took),
            "simulated_days": self.days(),
            "faults": faults,
            "violations": self.violations,
            "replay": self.replay,
            "events": self.events,
            "ends": BTreeMap::from(self.standing.named()),
            "trace_hash": format!("{:016x}", self.hash),
            "coverage": {
                "state_input_fault": self.met.len(),
                "state_input_never_met": never_met(&self.met),
                "fault_state_never_met": never_struck(&self.met),
                "states_never_seen": states,
                "inputs_never_seen": inputs,
            },
        })
    }

    /// How far a long run is.
    pub(crate) fn progress(&self, took: Duration) -> String {
        let memory = memory().map_or(String::new(), |mib| format!(", {mib} MiB of memory"));
        format!(
            "after {} s: {} orders in {} worlds, {} simulated days, {} orders/s, no violation{memory}",
            took.as_secs(),
            self.orders,
            self.worlds,
            self.days(),
            self.per_second(took)
        )
    }

    const fn days(&self) -> u64 {
        self.millis / 86_400_000
    }

    /// The same for people, with the pairs that never met.
    #[expect(clippy::print_stdout, reason = "the figures of a command")]
    pub(crate) fn print(&self, took: Duration) {
        println!("faults that struck:");
        for (fault, fired) in Fault::ALL.iter().zip(self.fired) {
            println!("  {:<24} {fired:>9}", fault.word());
        }
        println!("orders that ended:");
        for (word, count) in self.standing.named() {
            println!("  {word:<24} {count:>9}");
        }
        let (states, inputs) = never_seen(&self.met);
        println!(
            "states in which nothing ever came: {}",
            or_none(&states.join(", "))
        );
        println!(
            "inputs that never occurred: {}",
            or_none(&inputs.join(", "))
        );
        println!(
            "states, inputs and last faults that met: {}",
            self.met.len()
        );
        print_pairs("states and inputs", &never_met(&self.met));
        print_pairs("faults and states", &never_struck(&self.met));
        println!(
            "{} orders in {} worlds from seed {}, {} simulated days, {} events, {} orders/s, trace {:016x}",
            self.orders,
            self.worlds,
            self.seed,
            self.days(),
            self.events,
            self.per_second(took),
            self.hash
        );
        for found in self.violations.iter().take(20) {
            println!("VIOLATION {found}");
        }
        match &self.replay {
            None => println!("no violation"),
            Some(replay) => println!("replay: {replay}"),
        }
    }
}

/// Pairs that never met, by the first of each.
#[expect(clippy::print_stdout, reason = "the figures of a command")]
fn print_pairs(what: &str, never: &[(&str, &str)]) {
    println!("{what} that never met: {}", never.len());
    let mut by_first: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (first, second) in never {
        by_first.entry(first).or_default().push(second);
    }
    for (first, seconds) in by_first {
        println!("  {first}: {}", seconds.join(", "));
    }
}

const fn or_none(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}

/// What this process has in memory, in MiB, where the system says so.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
