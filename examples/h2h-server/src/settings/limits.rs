//! `[limits]`: calls per minute.

use crate::strict::Section;

/// `[limits]`. What members start with comes with their kind; these are the limits that concern everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls per minute and address before anybody has said who they are.
    pub per_address: u32,
    /// Addresses that are counted at once; beyond it the oldest are forgotten.
    pub addresses_max: u32,
    /// How many servers take calls. What they do not count together each counts by itself, up to its share.
    pub processes: u32,
}

impl Limits {
    /// Whoever counts in Redis is not alone: without a word there are two, so that limits are stricter while Redis is away, and not looser.
    pub(super) fn read(mut section: Section<'_>, counts_in_redis: bool) -> Self {
        let processes = if counts_in_redis { 2 } else { 1 };
        let limits = Self {
            per_address: section.count("per_address", 60_000, 1..=10_000_000, "calls per minute"),
            addresses_max: section.count("addresses_max", 100_000, 1_000..=10_000_000, "addresses"),
            processes: section.count("processes", processes, 1..=1_000, "servers that take calls"),
        };
        section.end();
        limits
    }
}
