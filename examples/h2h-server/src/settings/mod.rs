//! Settings: plain data that a person puts into a file (D11, D25).
//!
//! `settings.toml`, then `settings.<profile>.toml` beside it, then the environment (`ERAFLAZZ__SECTION__KEY`); the later wins.
//! Everything is checked once, at the start, and *every* wrong value is told at once, by its path and its rule. An unknown key is
//! an error. Durations are texts like `"90s"`. Secrets print nothing and are refused when they are empty, short or copied from
//! a sample (T-7).

mod engine;
mod gateway;
mod limits;
mod log;
mod metrics;
mod network;
mod otomax;
mod queue;
mod secret;
mod seller;
mod server;
mod source;
mod span;
mod store;
mod supplier;
mod sync;
mod vip;
mod webhooks;

use std::collections::BTreeMap;
use std::path::PathBuf;

use eraflazz_core::text::Slug;

pub use gateway::{Gateway, Merchant, Statement};
pub use limits::Limits;
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use network::{Network, plain_network};
pub use queue::Queue;
pub use secret::{SECRET_BYTES_MIN, usable_secret};
pub use seller::Seller;
pub use server::{Origin, Role, Server};
pub use source::Source;
pub use span::{Pace, Span};
pub use store::{Database, Folder, Store, has_password};
pub use supplier::{Account, Supplier, is_loopback};
pub use sync::Sync;

use crate::strict::{Node, Problems, Section};
use crate::webhooks::Guard;

/// Everything the server is told from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens and whom it believes.
    pub server: Server,
    /// Calls per minute.
    pub limits: Limits,
    /// Where the record is kept.
    pub store: Store,
    /// How orders are worked.
    pub engine: eraflazz_core::engine::Settings,
    /// Where webhooks may go; when and how often is the engine's.
    pub webhooks: Guard,
    /// Selling to servers of the `OtomaX` family; `None` if that is off.
    pub seller: Option<Seller>,
    /// What it says while it runs.
    pub log: Log,
    /// Where scrapers find its metrics.
    pub metrics: Metrics,
    /// The suppliers it buys from, by the name they are known under. Two accounts at one provider are two suppliers.
    pub suppliers: BTreeMap<Slug, Supplier>,
    /// The payment gateways that members pay deposits through, by the name they are known under. All of one environment.
    pub gateways: BTreeMap<Slug, Gateway>,
    /// How the catalog keeps itself by suppliers' price lists.
    pub sync: Sync,
    /// The file that fills an empty store.
    pub seed: Option<PathBuf>,
    /// How many times faster than real time the engine and the suppliers run; their durations above are already at this pace.
    /// For tests and demonstrations: above 1 only where every supplier is on this machine (D31).
    pub pace: Pace,
}

/// What settings are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To know where something is.
    Look,
    /// To start a server: whatever one needs must be there.
    Start,
}

impl Settings {
    /// Reads and checks the settings. The error lists everything that is wrong.
    pub fn load(source: &Source) -> Result<Self, Problems> {
        Self::load_for(Purpose::Look, source)
    }

    /// The same for whoever starts a server with them: the error lists what a start misses as well.
    pub fn load_to_start(source: &Source) -> Result<Self, Problems> {
        Self::load_for(Purpose::Start, source)
    }

    fn load_for(purpose: Purpose, source: &Source) -> Result<Self, Problems> {
        let (root, mut problems) = source.read()?;
        let settings = Self::read(root, &mut problems, purpose);
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(problems),
        }
    }

    /// Reads and checks `[store]` alone, for whoever only looks at a folder: everything else may be missing or wrong.
    pub fn load_store(source: &Source) -> Result<Store, Problems> {
        let (root, mut problems) = source.read()?;
        let section = &mut Section::new("", root, &mut problems);
        let store = Store::read(section.section("store"), Purpose::Look);
        if problems.is_empty() {
            Ok(store)
        } else {
            Err(problems)
        }
    }

    fn read(
        root: BTreeMap<String, Node>,
        problems: &mut Problems,
        purpose: Purpose,
    ) -> Option<Self> {
        let mut root = Section::new("", root, problems);
        let pace = Pace(root.count("time_scale", 1, 1..=10_000, "times real time"));
        let server = Server::read(root.section("server"));
        let store = Store::read(root.section("store"), purpose);
        let limits = Limits::read(root.section("limits"), store.counts_in_redis());
        let mut engine = engine::read(root.section("engine"), pace);
        let seller = Seller::read(root.section("seller"));
        let log = Log::read(root.section("log"));
        let metrics = Metrics::read(root.section("metrics"));
        let (suppliers, all_here) = read_suppliers(root.section("suppliers"), pace);
        let (gateways, gateways_here) = gateway::read_gateways(root.section("gateway"), pace);
        let sync = Sync::read(root.section("sync"), pace);
        let seed = root.optional("seed");
        let (webhooks, policy) = webhooks::read(root.section("webhooks"), pace, all_here);
        if let Some(engine) = &mut engine {
            engine.webhook = policy;
        }
        if pace.0 > 1 && !all_here {
            root.refuse(
                "time_scale",
                "above 1 only where the base_url of every supplier is on this machine",
            );
        }
        let is_shared = matches!(store, Store::Postgres(_));
        if pace.0 > 1 && !gateways_here {
            root.refuse(
                "time_scale",
                "above 1 only where the base_url of every gateway is on this machine",
            );
        }
        if server.role != Role::All && !is_shared {
            root.refuse(
                "server.role",
                "api and worker are for servers that share a database: store.kind = \"postgres\"",
            );
        }
        if is_shared
            && engine
                .as_ref()
                .is_some_and(|engine| engine.epoch.number() != 0)
        {
            root.refuse(
                "engine.epoch",
                "with a database the epoch is the number in store.epoch_file, raised by `h2h-server epoch raise`",
            );
        }
        root.end();
        Some(Self {
            server,
            limits,
            store,
            engine: engine?,
            webhooks,
            seller,
            log,
            metrics,
            suppliers: suppliers?,
            gateways: gateways?,
            sync,
            seed,
            pace,
        })
    }
}

/// The suppliers, if all of them can be read, and whether none of them is known to be anywhere but on this machine. What cannot be read may be here: that
/// it cannot be read is what is wrong, and not what would follow from where it is.
fn read_suppliers(
    mut section: Section<'_>,
    pace: Pace,
) -> (Option<BTreeMap<Slug, Supplier>>, bool) {
    let mut suppliers = BTreeMap::new();
    let (mut complete, mut all_here) = (true, true);
    for name in section.names() {
        match Slug::new(&name) {
            Ok(slug) => {
                let (supplier, is_here) = Supplier::read(section.section(&name), pace);
                all_here &= is_here.unwrap_or(true);
                match supplier {
                    Some(supplier) => drop(suppliers.insert(slug, supplier)),
                    None => complete = false,
                }
            }
            Err(error) => section.refuse(&name, error.rule),
        }
    }
    section.end();
    (complete.then_some(suppliers), all_here)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod all_at_once;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod wrong_values;
