//! `[sync]`: how the catalog keeps itself by suppliers' price lists.

use std::time::Duration;

use eraflazz_core::catalog::Price;
use eraflazz_core::catalog::sync::{Markup, Rules};
use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::Deserialize;

use super::span::{Pace, Span};
use crate::schedule::{NotCron, Schedule};
use crate::strict::Section;

/// `[sync]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// When every list is synced, Jakarta time; never by itself if there is none.
    pub schedule: Option<Schedule>,
    /// How long a list that was read is good for.
    pub keep: Duration,
    /// How lists become products, and how far prices may move by themselves.
    pub rules: Rules,
}

/// What is added to the cost of everything in a category that a sync makes, for one tier.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkupSetting {
    /// The slug of the tier.
    tier: Slug,
    /// The slug of the category.
    category: Slug,
    /// So many rupiah; or
    flat: Option<Money>,
    /// so many millionths of the cost.
    ppm: Option<i32>,
}

/// A markup of ten times the cost is a typing error.
const PPM_MAX: i32 = 10_000_000;

impl Sync {
    pub(super) fn read(mut section: Section<'_>, pace: Pace) -> Self {
        let mut rules = Rules::default();
        let nightly = || "0 2 * * *".to_owned();
        let text: String = section.optional("schedule").unwrap_or_else(nightly);
        let schedule = match text.parse() {
            _ if text.is_empty() => None,
            Ok(schedule) => Some(schedule),
            Err(error) => {
                let error: NotCron = error;
                section.refuse("schedule", error.to_string());
                None
            }
        };
        let hour = Span::seconds(60 * 60);
        let day = Span::seconds(24 * 60 * 60);
        let keep = section.within("keep", hour, Span::seconds(0)..=day);
        let most = 0..=10_000_000;
        let millionths = "millionths of the price";
        rules.rise_max_ppm =
            section.count("rise_max_ppm", rules.rise_max_ppm, most.clone(), millionths);
        rules.fall_max_ppm = section.count("fall_max_ppm", rules.fall_max_ppm, most, millionths);
        let settings: Vec<MarkupSetting> = section.each("markups");
        for (index, setting) in settings.into_iter().enumerate() {
            let price = match (setting.flat, setting.ppm) {
                (Some(amount), None) if amount.bounded().is_ok() => Some(Price::Flat(amount)),
                (None, Some(ppm)) if (-1_000_000..=PPM_MAX).contains(&ppm) => Some(Price::Ppm(ppm)),
                _ => None,
            };
            match price {
                Some(price) => rules.mark_up(Markup {
                    tier: setting.tier,
                    category: setting.category,
                    price,
                }),
                None => section.refuse(
                    &format!("markups[{index}]"),
                    "needs one of flat, up to 10^12 rupiah, and ppm, -1000000 to 10000000",
                ),
            }
        }
        section.end();
        Self {
            schedule,
            keep: pace.of(keep),
            rules,
        }
    }
}
