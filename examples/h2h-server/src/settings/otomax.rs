//! `[suppliers.<name>]` with `kind = "otomax"`: a server of the `OtomaX` family, wholly by settings.

use std::time::Duration;

use eraflazz_core::ids::RefShape;
use eraflazz_core::supplier::{NotFound, Profile, Reference, Repeat, SnPolicy, Status};
use eraflazz_suppliers::otomax::{Config, ConfigError, Otomax, Pattern, Preset, ServerClock};
use serde::Deserialize;
use url::Url;

use super::network::Network;
use super::span::{Pace, Span};
use super::supplier::{is_loopback, read_local_address, read_proxy, read_word};
use crate::strict::Section;

/// How the fate of a purchase is asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asking {
    Dedicated,
    Resubmit,
    None,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Digits,
    Letters,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Repeating {
    ByRef,
    Counter,
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Serial {
    ByProduct,
    Required,
    Optional,
}

const DAY: u64 = 24 * 60 * 60;
const POLLS_MAX: usize = 100;

/// The settings of the adapter, if nothing is wrong with them, and whether the server is on this machine, if that can be told.
pub(super) fn read(section: &mut Section<'_>, pace: Pace) -> (Option<Config>, Option<bool>) {
    let base = read_base(section, "base_url", true);
    let backup = read_base(section, "backup_url", false);
    let member = section.required::<String>("member");
    let pin = read_word(section, "pin");
    let password = read_word(section, "password");
    let preset = section.or("preset", Preset::default());
    let is_here = base
        .as_ref()
        .map(|base| is_loopback(base) && backup.as_ref().is_none_or(is_loopback));
    let profile = read_profile(section, is_here.unwrap_or(true), pace);
    let usual = preset.config(
        base.clone().map_or_else(String::new, String::from),
        member.clone().unwrap_or_default(),
        pin.clone().unwrap_or_default(),
        password.clone().unwrap_or_default(),
        profile,
    );
    let mut config = read_dialect(section, usual);
    config.bases.extend(backup.map(String::from));
    let is_complete = base.is_some() && member.is_some() && pin.is_some() && password.is_some();
    if !is_complete {
        return (None, is_here);
    }
    // The adapter has the last word, by the rules that it starts with.
    if section.is_clean()
        && let Err(ConfigError { field, rule }) = Otomax::new(config.clone())
    {
        section.refuse(key_of(field), rule);
    }
    (Some(config), is_here)
}

/// What the adapter calls otherwise than a file.
fn key_of(field: &'static str) -> &'static str {
    match field {
        "bases" => "base_url",
        "status" => "check",
        "clock.slack" => "clock_slack",
        "clock.utc_offset_hours" => "utc_offset_hours",
        _ => field.strip_prefix("profile.").unwrap_or(field),
    }
}

/// Templates and what else makes a server's dialect, where they differ from the preset's.
fn read_dialect(section: &mut Section<'_>, usual: Config) -> Config {
    let template = |section: &mut Section<'_>, key: &str, usual: Option<String>| {
        let given: Option<String> = section.optional(key);
        // An empty text takes a template of the preset's away.
        given.or(usual).filter(|text| !text.is_empty())
    };
    let clock = ServerClock {
        utc_offset_hours: section.or("utc_offset_hours", usual.clock.utc_offset_hours),
        slack: section
            .or("clock_slack", Span::from(usual.clock.slack))
            .duration(),
    };
    let sources: Vec<Network> = section.each("report_from");
    let patterns: Vec<Pattern> = section.each("patterns");
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(rule) = pattern.check() {
            section.refuse(&format!("patterns[{index}].regex"), rule);
        }
    }
    // Without a question that only asks there is nothing to put it by.
    let check = if usual.profile.status == Status::Dedicated {
        usual.status
    } else {
        None
    };
    Config {
        order: section.or("order", usual.order),
        status: template(section, "check", check),
        balance: template(section, "balance", usual.balance),
        sign_order: template(section, "sign_order", usual.sign_order),
        sign_balance: template(section, "sign_balance", usual.sign_balance),
        ticket: template(section, "ticket", usual.ticket),
        sign_ticket: template(section, "sign_ticket", usual.sign_ticket),
        sign_form: section.or("sign", usual.sign_form),
        upper: section.or("upper", usual.upper),
        user: section.or("user", usual.user),
        clear_text: section.or("clear_text", usual.clear_text),
        forbid: section.or("forbid", usual.forbid),
        reply: section.or("reply", usual.reply),
        codes: section.or("codes", usual.codes),
        patterns,
        report: section.or("report", usual.report),
        sources: sources
            .into_iter()
            .map(|Network(network)| network)
            .collect(),
        clock,
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        ..usual
    }
}

/// What the server can and cannot do; without a word of its operator the value that costs least if it is wrong.
fn read_profile(section: &mut Section<'_>, is_here: bool, pace: Pace) -> Profile {
    let usual = Config::silent_profile();
    // Closer together than that, checks race at some servers.
    let closest = Span::seconds(if is_here { 1 } else { 60 });
    let quickest = Span::seconds(if is_here { 1 } else { 10 });
    let most = |seconds: u64| Span::seconds(seconds);
    let waits = usual.poll.iter().copied().map(Span::from).collect();
    let poll: Vec<Span> = section.or("poll", waits);
    if poll.is_empty() || poll.len() > POLLS_MAX {
        section.refuse("poll", format!("1 to {POLLS_MAX} waits"));
    }
    for (index, wait) in poll.iter().enumerate() {
        if *wait < closest {
            section.refuse(&format!("poll[{index}]"), format!("at least {closest}"));
        }
    }
    let mut time = |key, usual: Duration, least: Span, most: Span| {
        pace.of(section.within(key, Span::from(usual), least..=most))
    };
    let none = Span::millis(0);
    let min_interval = time("min_interval", Duration::from_mins(1), closest, most(DAY));
    let remembers = Duration::from_secs(DAY);
    let remembers = time("remembers", remembers, Span::seconds(60), most(3650 * DAY));
    let proof = time("not_found_after", Duration::ZERO, none, most(30 * DAY));
    let profile = Profile {
        settle_delay: time("settle_delay", usual.settle_delay, none, most(DAY)),
        reversal_window: time(
            "reversal_window",
            usual.reversal_window,
            none,
            most(365 * DAY),
        ),
        poll_later: time("poll_later", usual.poll_later, closest, most(DAY)),
        poll_max_age: time(
            "poll_max_age",
            usual.poll_max_age,
            Span::seconds(60),
            most(45 * DAY),
        ),
        min_gap: time("min_gap", usual.min_gap, none, most(60)),
        timeout: time("timeout", usual.timeout, quickest, most(300)),
        poll: poll.into_iter().map(|wait| pace.of(wait)).collect(),
        ..usual
    };
    let status = match section.or("status", Asking::Dedicated) {
        Asking::Dedicated => Status::Dedicated,
        Asking::Resubmit => Status::Resubmit {
            max_age: remembers,
            min_interval,
        },
        Asking::None => Status::None,
    };
    let failed_ref_may_run_again =
        section.or("failed_ref_may_run_again", profile.failed_ref_may_run_again);
    if failed_ref_may_run_again && matches!(status, Status::Resubmit { .. }) {
        section.refuse(
            "status",
            "resubmit only where failed_ref_may_run_again is false: it would buy again",
        );
    }
    let shape = match section.or("reference", Shape::Digits) {
        Shape::Digits => RefShape::Digits,
        Shape::Letters => RefShape::Alphanumeric,
    };
    Profile {
        status,
        reference: Reference::Ours { shape },
        failed_ref_may_run_again,
        not_found: if proof.is_zero() {
            NotFound::NoProof
        } else {
            NotFound::ProofAfter(proof)
        },
        sn_policy: match section.or("sn_policy", Serial::ByProduct) {
            Serial::ByProduct => SnPolicy::ByProduct,
            Serial::Required => SnPolicy::Required,
            Serial::Optional => SnPolicy::Optional,
        },
        repeat: match section.or("repeat", Repeating::Never) {
            Repeating::ByRef => Repeat::ByRef,
            Repeating::Counter => Repeat::Counter,
            Repeating::Never => Repeat::Never,
        },
        max_in_flight: section.count("max_in_flight", profile.max_in_flight, 1..=100_000, "calls"),
        ..profile
    }
}

/// Servers of this family often speak plain HTTP; what may not travel by it the adapter knows.
fn read_base(section: &mut Section<'_>, key: &str, required: bool) -> Option<Url> {
    let text: String = if required {
        section.required(key)?
    } else {
        section.optional(key)?
    };
    let url = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        section.refuse(
            key,
            "a web address is expected, like https://h2h.example.com:6969",
        );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        section.refuse(key, "no user name or password in an address");
    } else if url.query().is_some() || url.fragment().is_some() {
        section.refuse(key, "no ? and no # in an address");
    } else {
        return Some(url);
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
