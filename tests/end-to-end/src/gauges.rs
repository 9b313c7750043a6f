//! What people see of an engine from outside: the page of its metrics, of one test.

use std::collections::BTreeMap;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use crate::world::{Setup, World};

/// A recorder of one test's own. Only the engine that is built under it is on its page.
#[derive(Debug)]
pub struct Gauges(PrometheusRecorder);

/// Series and their values, without the bounds of histograms.
pub type Series = BTreeMap<String, f64>;

impl Default for Gauges {
    fn default() -> Self {
        // One bucket: what lies in which is the exporter's affair.
        let builder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap();
        Self(builder.build_recorder())
    }
}

impl Gauges {
    /// The world, running, watched.
    pub async fn watch(&self, setup: Setup) -> World {
        let mut world = self.build(setup).await;
        world.run();
        world
    }

    /// The world, watched and not yet running.
    pub async fn build(&self, setup: Setup) -> World {
        let _in_force = metrics::set_default_local_recorder(&self.0);
        setup.build().await
    }

    /// What is built under it, watched.
    pub fn under<T>(&self, build: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&self.0, build)
    }

    /// The page as a scraper reads it.
    pub fn page(&self) -> String {
        self.0.handle().render()
    }

    /// Every series on the page.
    pub fn series(&self) -> Series {
        let page = self.page();
        let lines = page.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .filter(|(name, _)| !name.contains("_bucket"))
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// The value of one series.
    pub fn value(&self, name: &str) -> f64 {
        let series = self.series();
        let known = || format!("no series {name} on the page:\n{series:#?}");
        *series.get(name).unwrap_or_else(|| panic!("{}", known()))
    }

    /// What has moved since, and by how much.
    pub fn moved_since(&self, before: &Series) -> Vec<(String, f64)> {
        let now = self.series();
        let moved = now.into_iter().map(|(name, value)| {
            let was = before.get(&name).copied().unwrap_or_default();
            (name, value - was)
        });
        moved.filter(|(_, by)| by.abs() > 0.0).collect()
    }
}
