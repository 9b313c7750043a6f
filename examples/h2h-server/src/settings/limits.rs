//! `[limits]`: calls per minute.

use crate::strict::Section;

/// `[limits]`. What members start with comes with their kind; these are the limits that concern everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls per minute and address before anybody has said who they are.
    pub per_address: u32,
    /// Addresses that are counted at once; beyond it the oldest are forgotten.
    pub addresses_max: u32,
}

impl Limits {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let limits = Self {
            per_address: section.count("per_address", 60_000, 1..=10_000_000, "calls per minute"),
            addresses_max: section.count("addresses_max", 100_000, 1_000..=10_000_000, "addresses"),
        };
        section.end();
        limits
    }
}
