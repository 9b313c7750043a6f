//! `[engine]`: how orders are worked.

use eraflazz_core::ids::{Epoch, Installation};
use eraflazz_core::money::Money;
use serde::Deserialize;

use super::section::Section;
use super::span::Span;

/// `[engine]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// The letter that every reference of this installation starts with, A to Z; no two installations that share a supplier
    /// account have the same.
    pub installation: Installation,
    /// Raised after a restore that may have lost commits (INV-31).
    pub epoch: Epoch,
    /// How routes are chosen.
    pub strategy: Strategy,
    /// How long an order may wait for a supplier that is merely full before the money goes back (D17).
    pub order_deadline: Span,
    /// Orders that may wait to be sent; more are turned away (D18).
    pub held_max: u32,
    /// Orders worked at once.
    pub workers: u16,
    /// How often due work is looked for without a bell; at most a minute.
    pub sweep_interval: Span,
    /// Waits before the same supplier is asked again after a rejection that invites it (D39).
    pub invited_retry: Vec<Span>,
    /// Who bears a success that comes after the money went back, unless a member or product says otherwise (D36).
    pub late_success: LateSuccess,
    /// What must remain of the sell price; a cost above `sell − min_margin` is not paid (D20).
    pub min_margin: Money,
    /// The oldest catalog by which orders are still taken (D8).
    pub catalog_max_age: Span,
}

/// How routes are chosen among those that can sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The lowest cost first.
    Cheapest,
    /// The operator's order.
    Priority,
}

/// Who bears a success that comes after the money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateSuccess {
    /// The member, up to what is available; the rest is owed.
    Reclaim,
    /// The house.
    Absorb,
}

const MINUTE: u64 = 60;
/// More invited retries than this are a queue, not a retry.
const INVITED_MAX: usize = 10;

impl Engine {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let installation = section.required("installation");
        let epoch = section.within("epoch", 0, 0..=Epoch::MAX);
        let (second, minute, hour, day) = (
            Span::seconds(1),
            Span::seconds(MINUTE),
            Span::seconds(60 * MINUTE),
            Span::seconds(24 * 60 * MINUTE),
        );
        let strategy = section.or("strategy", Strategy::Cheapest);
        let order_deadline =
            section.within("order_deadline", Span::seconds(10 * MINUTE), second..=day);
        let held_max = section.within("held_max", 10_000, 1..=10_000_000);
        let workers = section.within("workers", 64, 1..=10_000);
        let sweep_interval = section.within("sweep_interval", minute, Span::millis(100)..=minute);
        let steps = [1, 2, 5].map(|minutes| Span::seconds(minutes * MINUTE));
        let invited_retry = section.or("invited_retry", steps.to_vec());
        let late_success = section.or("late_success", LateSuccess::Reclaim);
        let min_margin = section.or("min_margin", Money::ZERO);
        let catalog_max_age = section.within("catalog_max_age", minute, second..=hour);

        if invited_retry.len() > INVITED_MAX {
            section.refuse("invited_retry", format!("at most {INVITED_MAX} waits"));
        }
        for (index, wait) in invited_retry.iter().enumerate() {
            if !(second..=day).contains(wait) {
                let key = format!("invited_retry[{index}]");
                section.refuse(&key, format!("{second} to {day}"));
            }
        }
        if min_margin < Money::ZERO {
            section.refuse("min_margin", "zero or more");
        }
        section.end();
        Some(Self {
            installation: installation?,
            epoch: Epoch::new(epoch)?,
            strategy,
            order_deadline,
            held_max,
            workers,
            sweep_interval,
            invited_retry,
            late_success,
            min_margin,
            catalog_max_age,
        })
    }
}
