//! `[engine]`: how orders are worked. Read straight into the engine's own settings, whose defaults hold here.

use std::time::Duration;

use eraflazz_core::engine::{Settings, StrategyName};
use eraflazz_core::ids::{Epoch, Installation};
use eraflazz_core::route::Weights;
use serde::Deserialize;

use super::span::{Pace, Span};
use crate::strict::Section;

/// How a strategy is called in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    Cheapest,
    Priority,
    SuccessRate,
    Weighted,
}

const SECOND: Span = Span::seconds(1);
const MINUTE: Span = Span::seconds(60);
const DAY: Span = Span::seconds(24 * 60 * 60);
const MONTH: Span = Span::seconds(30 * 24 * 60 * 60);
/// More invited retries than this are a queue, not a retry (D39).
const INVITED_MAX: usize = 10;

/// The settings of the engine, at the pace at which this server runs.
pub(super) fn read(mut section: Section<'_>, pace: Pace) -> Option<Settings> {
    let mut engine = Settings::default();
    // Required: two installations with one supplier account must not start their references alike.
    let installation = read_installation(&mut section);
    let epoch = section.count("epoch", 0, 0..=Epoch::MAX, "restores");
    engine.strategy = match section.or("strategy", Strategy::Cheapest) {
        Strategy::Cheapest => StrategyName::Cheapest,
        Strategy::Priority => StrategyName::Priority,
        Strategy::SuccessRate => StrategyName::SuccessRate,
        Strategy::Weighted => StrategyName::Weighted(Weights::DEFAULT),
    };
    if let Some(weights) = read_weights(&mut section) {
        match &mut engine.strategy {
            StrategyName::Weighted(ours) => *ours = weights,
            StrategyName::Cheapest | StrategyName::Priority | StrategyName::SuccessRate => {
                section.refuse("weights", "only with the strategy weighted");
            }
        }
    }
    engine.held_max = section.count("held_max", engine.held_max, 1..=10_000_000, "orders");
    engine.workers = section.count("workers", engine.workers, 1..=64, "tasks");
    engine.batch = section.count("batch", engine.batch, 1..=1000, "orders");
    engine.processes = section.count(
        "processes",
        engine.processes,
        1..=1000,
        "servers that work orders",
    );
    engine.inbox_tries_max =
        section.count("inbox_tries_max", engine.inbox_tries_max, 1..=100, "tries");

    let policy = &mut engine.policy;
    policy.invited_retry = read_waits(&mut section, &policy.invited_retry, pace);
    let mut time = |key, field: &mut Duration, least, most| {
        *field = pace.of(section.within(key, Span::from(*field), least..=most));
    };
    time(
        "sweep_interval",
        &mut engine.sweep_interval,
        Span::millis(10),
        MINUTE,
    );
    time(
        "drain_timeout",
        &mut engine.drain_timeout,
        SECOND,
        Span::seconds(600),
    );
    let mut balance_every = Duration::from_mins(5);
    time("balance_every", &mut balance_every, Span::seconds(10), DAY);
    engine.balance_every = Some(balance_every);
    time("inquiry_ttl", &mut engine.inquiry_ttl, MINUTE, DAY);
    time("order_deadline", &mut policy.order_deadline, SECOND, DAY);
    time(
        "held_retry",
        &mut policy.held_retry,
        Span::millis(100),
        MINUTE,
    );
    time("doubt_wait", &mut policy.doubt_wait, SECOND, DAY);
    time(
        "escalate_pending",
        &mut policy.escalate_pending,
        MINUTE,
        DAY,
    );
    time(
        "escalate_unknown",
        &mut policy.escalate_unknown,
        MINUTE,
        DAY,
    );
    time("case_deadline", &mut policy.case_deadline, MINUTE, MONTH);
    section.end();

    engine.installation = installation?;
    engine.epoch = Epoch::new(epoch)?;
    Some(engine)
}

/// How much each side of a route weighs in the weighted score; what is not named weighs nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WeightsGiven {
    success: u16,
    cost: u16,
    speed: u16,
    priority: u16,
}

fn read_weights(section: &mut Section<'_>) -> Option<Weights> {
    let given: WeightsGiven = section.optional("weights")?;
    let weights = Weights {
        success: given.success,
        cost: given.cost,
        speed: given.speed,
        priority: given.priority,
    };
    if !weights.is_usable() {
        section.refuse(
            "weights",
            "at least one of success, cost, speed and priority is above zero",
        );
        return None;
    }
    Some(weights)
}

fn read_installation(section: &mut Section<'_>) -> Option<Installation> {
    let text: String = section.required("installation")?;
    let mut letters = text.chars();
    let installation = match (letters.next(), letters.next()) {
        (Some(letter), None) => Installation::new(letter),
        _ => None,
    };
    if installation.is_none() {
        section.refuse("installation", "an installation is one letter, A to Z");
    }
    installation
}

fn read_waits(section: &mut Section<'_>, usual: &[Duration], pace: Pace) -> Vec<Duration> {
    let usual = usual.iter().copied().map(Span::from).collect();
    let waits: Vec<Span> = section.or("invited_retry", usual);
    if waits.len() > INVITED_MAX {
        section.refuse("invited_retry", format!("at most {INVITED_MAX} waits"));
    }
    for (index, wait) in waits.iter().enumerate() {
        if !(SECOND..=DAY).contains(wait) {
            let key = format!("invited_retry[{index}]");
            section.refuse(&key, format!("{SECOND} to {DAY}"));
        }
    }
    waits.into_iter().map(|wait| pace.of(wait)).collect()
}
