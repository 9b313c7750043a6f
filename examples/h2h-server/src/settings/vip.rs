//! `[suppliers.<name>]` with `kind = "vip"`: an account at VIP Reseller.

use std::time::Duration;

use eraflazz_suppliers::vip::{Config, ConfigError, Vip};

use super::span::{Pace, Span};
use super::supplier::{
    is_loopback, read_local_address, read_proxy, read_secret, read_url, read_word,
};
use crate::strict::Section;

const DAY: u64 = 24 * 60 * 60;
const POLLS_MAX: usize = 100;

/// The settings of the adapter, if nothing is wrong with them, and whether the provider is on this machine, if that can be told.
pub(super) fn read(section: &mut Section<'_>, pace: Pace) -> (Option<Config>, Option<bool>) {
    let base_url = read_url(section, "base_url", true);
    let api_id = read_word(section, "api_id");
    let api_key = read_secret(section, "api_key");
    let usual = Config::new("", "");
    let mut config = Config {
        callback_signature: section.or("callback_signature", usual.callback_signature),
        list_limit: section.count("list_limit", usual.list_limit, 10..=50, "orders"),
        max_in_flight: section.count("max_in_flight", usual.max_in_flight, 1..=100_000, "calls"),
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        ..usual
    };
    let known = base_url.as_ref().map(is_loopback);
    // Of an address that cannot be read nothing else is said than that.
    let is_here = known.unwrap_or(true);
    read_times(section, &mut config, is_here, pace);
    let (Some(base_url), Some(api_id), Some(api_key)) = (base_url, api_id, api_key) else {
        return (None, known);
    };
    config.base_url = base_url.into();
    config.api_id = api_id;
    config.api_key = api_key;
    // The adapter has the last word, by the rules that it starts with. Where time may not run faster that is what is wrong, not the durations that follow
    // from it.
    if section.is_clean()
        && (is_here || pace == Pace(1))
        && let Err(ConfigError { field, rule }) = Vip::new(config.clone())
    {
        section.refuse(field, rule);
    }
    (Some(config), known)
}

/// Durations, in real time in the file, at the server's pace in the settings.
fn read_times(section: &mut Section<'_>, config: &mut Config, is_here: bool, pace: Pace) {
    let second = Span::seconds(1);
    let waits = config.poll.iter().copied().map(Span::from).collect();
    let poll: Vec<Span> = section.or("poll", waits);
    if poll.is_empty() || poll.len() > POLLS_MAX {
        section.refuse("poll", format!("1 to {POLLS_MAX} waits"));
    }
    for (index, wait) in poll.iter().enumerate() {
        if *wait < second {
            section.refuse(&format!("poll[{index}]"), format!("at least {second}"));
        }
    }
    let quickest = Span::seconds(if is_here { 1 } else { 10 });
    let none = Span::millis(0);
    let mut time = |key, field: &mut Duration, least, most| {
        *field = pace.of(section.within(key, Span::from(*field), least..=Span::seconds(most)));
    };
    time("timeout", &mut config.timeout, quickest, 300);
    time("min_gap", &mut config.min_gap, none, 60);
    time("settle_delay", &mut config.settle_delay, none, DAY);
    time("poll_later", &mut config.poll_later, second, DAY);
    time(
        "poll_max_age",
        &mut config.poll_max_age,
        Span::seconds(60),
        7 * DAY,
    );
    config.poll = poll.into_iter().map(|wait| pace.of(wait)).collect();
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
