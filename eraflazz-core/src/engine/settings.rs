//! Settings of the engine: plain data, checked once by the builder.

use std::time::Duration;

use crate::ids::{Epoch, Installation};
use crate::money::Money;
use crate::order::Policy;
use crate::route::Weights;
use crate::webhook;

/// Settings of the engine. Every field has a default that suits one small server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The letter of this installation: the first character of every reference at a supplier.
    pub installation: Installation,
    /// The epoch of the record (INV-31).
    pub epoch: Epoch,
    /// Schedules and waits of orders.
    pub policy: Policy,
    /// How routes are ranked.
    pub strategy: StrategyName,
    /// How long a bill may be paid after it was asked about; at most a day, and never beyond the day in Jakarta (E-35).
    pub inquiry_ttl: Duration,
    /// More HELD orders than this: new ones are refused (D18).
    pub held_max: u64,
    /// Tasks that work due orders.
    pub workers: usize,
    /// Orders that one task takes at once.
    pub batch: usize,
    /// How many processes work orders of this record, this one included. Each keeps to its share of what a supplier takes: of
    /// [`max_in_flight`](crate::supplier::Profile::max_in_flight) one part of so many, and [`min_gap`](crate::supplier::Profile::min_gap) so many times;
    /// the latter only while calls are not counted together ([`EngineBuilder::pace`](super::EngineBuilder::pace)).
    pub processes: u32,
    /// How often the store is swept for due work; at most 60 s (INV-26).
    pub sweep_interval: Duration,
    /// How long a stop waits for calls under way (INV-30).
    pub drain_timeout: Duration,
    /// Bad answers of one callback until it is quarantined (INV-28).
    pub inbox_tries_max: u16,
    /// How often each supplier is asked what is left of our deposit; `None`: only those whose account is tripped or runs low.
    pub balance_every: Option<Duration>,
    /// Schedules and bounds of webhooks to members.
    pub webhook: webhook::Policy,
}

/// The house's own rules about one supplier. The default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupplierRules {
    /// A person is told when less than this would be left there once everything under way is billed.
    pub alert_below: Option<Money>,
}

/// The strategies that come with the engine. Others are handed to the builder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StrategyName {
    /// The cheapest route first.
    #[default]
    Cheapest,
    /// The operator's priorities first.
    Priority,
    /// The best share of deliveries first.
    SuccessRate,
    /// Shared out by a score of success, cost, speed and priority.
    Weighted(Weights),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            installation: Installation::DEFAULT,
            epoch: Epoch::default(),
            policy: Policy::default(),
            strategy: StrategyName::default(),
            inquiry_ttl: Duration::from_mins(30),
            held_max: 10_000,
            workers: 2,
            batch: 128,
            processes: 1,
            sweep_interval: Duration::from_secs(1),
            drain_timeout: Duration::from_secs(75),
            inbox_tries_max: 3,
            balance_every: None,
            webhook: webhook::Policy::default(),
        }
    }
}

impl Settings {
    /// The first field that breaks its rule, with the rule.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let rules = [
            (
                "inquiry_ttl",
                "above zero and at most 24 h",
                !self.inquiry_ttl.is_zero() && self.inquiry_ttl <= Duration::from_hours(24),
            ),
            ("held_max", "at least 1", self.held_max >= 1),
            ("workers", "1 to 64", (1..=64).contains(&self.workers)),
            ("batch", "1 to 1000", (1..=1000).contains(&self.batch)),
            (
                "processes",
                "1 to 1000",
                (1..=1000).contains(&self.processes),
            ),
            (
                "sweep_interval",
                "above zero and at most 60 s (INV-26)",
                !self.sweep_interval.is_zero() && self.sweep_interval <= Duration::from_mins(1),
            ),
            ("inbox_tries_max", "at least 1", self.inbox_tries_max >= 1),
            (
                "strategy.weights",
                "at least one above zero",
                match self.strategy {
                    StrategyName::Weighted(weights) => weights.is_usable(),
                    StrategyName::Cheapest | StrategyName::Priority | StrategyName::SuccessRate => {
                        true
                    }
                },
            ),
            (
                "balance_every",
                "above zero",
                self.balance_every.is_none_or(|every| !every.is_zero()),
            ),
            (
                "policy.invited_retry",
                "at most 10 waits",
                self.policy.invited_retry.len() <= 10,
            ),
            (
                "policy.order_deadline",
                "above zero",
                !self.policy.order_deadline.is_zero(),
            ),
            (
                "policy.held_retry",
                "above zero",
                !self.policy.held_retry.is_zero(),
            ),
            (
                "policy.doubt_wait",
                "above zero",
                !self.policy.doubt_wait.is_zero(),
            ),
            (
                "webhook.timeout",
                "above zero",
                !self.webhook.timeout.is_zero(),
            ),
            (
                "webhook.per_endpoint",
                "1 to 64, and no more than webhook.in_flight",
                (1..=64).contains(&self.webhook.per_endpoint)
                    && self.webhook.per_endpoint <= self.webhook.in_flight,
            ),
            (
                "webhook.in_flight",
                "1 to 1024",
                (1..=1024).contains(&self.webhook.in_flight),
            ),
        ];
        rules
            .iter()
            .find(|(_, _, holds)| !holds)
            .map_or(Ok(()), |(field, rule, _)| Err((field, rule)))
    }
}
