//! `[suppliers.<name>]`: one account at a provider. Read into the adapter's own settings, whose defaults hold here and which checks
//! them once more when it is built.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::engine::SupplierRules;
use eraflazz_core::money::Money;
use eraflazz_suppliers::{digiflazz, otomax as adapter, vip as reseller};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use super::secret::{PLACEHOLDER, is_placeholder, usable_secret};
use super::span::{Pace, Span};
use super::{otomax, vip};
use crate::strict::{Node, Problems, Section, parse_toml};

/// `[suppliers.<name>]`.
#[derive(Clone, Debug)]
pub struct Supplier {
    /// What the adapter is told.
    pub account: Account,
    /// The house's own rules about it.
    pub rules: SupplierRules,
    /// Callbacks taken per minute.
    pub callbacks_per_minute: u32,
    /// Whether nothing that is sent there leaves this machine.
    pub is_here: bool,
}

/// An account, by the protocol that it speaks.
#[derive(Clone, Debug)]
pub enum Account {
    /// Digiflazz, buyer side.
    Digiflazz(Box<digiflazz::Config>),
    /// A server of the `OtomaX` family.
    Otomax(Box<adapter::Config>),
    /// VIP Reseller.
    Vip(Box<reseller::Config>),
}

impl Account {
    /// An account that is only read with, never called: of this kind, with the settings in `profile` (the keys of `[suppliers.<name>]`) and samples for
    /// what only a caller needs.
    pub fn from_profile(kind: &str, profile: &str) -> Result<Self, Problems> {
        const SAMPLES: [(&str, &[(&str, &str)]); 3] = [
            (
                "digiflazz",
                &[
                    ("base_url", "https://supplier.invalid"),
                    ("username", "sample"),
                    ("api_key", "a-key-that-is-never-used"),
                    ("webhook_secret", "a-word-that-is-never-used"),
                ],
            ),
            (
                "otomax",
                &[
                    ("base_url", "https://supplier.invalid"),
                    ("member", "SAMPLE"),
                    ("user", "sample"),
                    ("pin", "9999"),
                    ("password", "never-used"),
                ],
            ),
            (
                "vip",
                &[
                    ("base_url", "https://supplier.invalid"),
                    ("api_id", "unused"),
                    ("api_key", "a-key-that-is-never-used"),
                ],
            ),
        ];
        let mut problems = Problems::default();
        let samples = SAMPLES.iter().find(|(known, _)| *known == kind);
        let Some((_, samples)) = samples else {
            problems.add(
                "",
                format!("{kind}: no such supplier; kinds: digiflazz, otomax, vip"),
            );
            return Err(problems);
        };
        let mut table = match parse_toml(profile) {
            Ok(Node::Table(table)) => table,
            Ok(_) => BTreeMap::new(),
            Err(fault) => {
                problems.add(fault.field(), fault.detail());
                return Err(problems);
            }
        };
        for (key, value) in [("kind", kind)].iter().chain(*samples) {
            let sample = || Node::Text((*value).to_owned());
            table.entry((*key).to_owned()).or_insert_with(sample);
        }
        let (supplier, _) = Supplier::read(Section::new("", table, &mut problems), Pace(1));
        supplier
            .filter(|_| problems.is_empty())
            .map(|supplier| supplier.account)
            .ok_or(problems)
    }

    /// The address that it is called from, if one is set.
    pub const fn local_address(&self) -> Option<IpAddr> {
        match self {
            Self::Digiflazz(config) => config.local_address,
            Self::Otomax(config) => config.local_address,
            Self::Vip(config) => config.local_address,
        }
    }

    /// Whether the protocol has a price list.
    pub const fn has_price_list(&self) -> bool {
        match self {
            Self::Digiflazz(_) | Self::Vip(_) => true,
            Self::Otomax(_) => false,
        }
    }
}

/// How a protocol is called in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Digiflazz,
    Otomax,
    Vip,
}

const DAY: u64 = 24 * 60 * 60;
const POLLS_MAX: usize = 100;

/// True if nothing sent to `url` leaves this machine: an address of the loopback network, or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl Supplier {
    /// The supplier that these settings make, the keys of `[suppliers.<name>]`, which lie at `path` in what is told of them. `only_here` is the rule that one
    /// elsewhere breaks, if it does. What is wrong is added to `problems`; then there may be none.
    pub fn from_table(
        path: &str,
        table: BTreeMap<String, Node>,
        pace: Pace,
        only_here: Option<&str>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let (supplier, is_here) = Self::read(Section::new(path, table, problems), pace);
        if let Some(rule) = only_here.filter(|_| is_here == Some(false)) {
            let field = [path, "base_url"].join(if path.is_empty() { "" } else { "." });
            problems.add(field, rule);
        }
        supplier
    }

    /// The supplier, if nothing is wrong with it, and whether it is on this machine, if that can be told.
    pub(super) fn read(mut section: Section<'_>, pace: Pace) -> (Option<Self>, Option<bool>) {
        let kind = section.required("kind");
        let callbacks_per_minute = section.count(
            "callbacks_per_minute",
            60_000,
            1..=10_000_000,
            "callbacks per minute",
        );
        let rules = read_rules(&mut section);
        let (account, is_here) = match kind {
            Some(Kind::Digiflazz) => {
                let (config, is_here) = read_digiflazz(&mut section, pace);
                let account = config.map(|config| Account::Digiflazz(Box::new(config)));
                (account, is_here)
            }
            Some(Kind::Otomax) => {
                let (config, is_here) = otomax::read(&mut section, pace);
                let account = config.map(|config| Account::Otomax(Box::new(config)));
                (account, is_here)
            }
            Some(Kind::Vip) => {
                let (config, is_here) = vip::read(&mut section, pace);
                let account = config.map(|config| Account::Vip(Box::new(config)));
                (account, is_here)
            }
            // Which keys belong here depends on the kind: without it the others cannot be judged.
            None => return (None, None),
        };
        section.end();
        let supplier = account.zip(is_here).map(|(account, is_here)| Self {
            account,
            rules,
            callbacks_per_minute,
            is_here,
        });
        (supplier, is_here)
    }
}

fn read_rules(section: &mut Section<'_>) -> SupplierRules {
    let alert_below: Option<Money> = section.optional("alert_below");
    if alert_below.is_some_and(|least| !least.is_positive() || least > Money::MAX_AMOUNT) {
        section.refuse("alert_below", "rupiah above zero");
    }
    SupplierRules { alert_below }
}

fn read_digiflazz(
    section: &mut Section<'_>,
    pace: Pace,
) -> (Option<digiflazz::Config>, Option<bool>) {
    let base_url = read_url(section, "base_url", true);
    let username = section.required::<String>("username");
    let api_key = read_secret(section, "api_key");
    let webhook_secret = read_secret(section, "webhook_secret");
    let usual = digiflazz::Config::new("", "", "");
    let mut config = digiflazz::Config {
        testing: section.or("testing", usual.testing),
        cb_url: read_url(section, "cb_url", false).map(String::from),
        allow_dot: section.or("allow_dot", usual.allow_dot),
        proxy: read_proxy(section),
        local_address: read_local_address(section),
        max_in_flight: section.count("max_in_flight", usual.max_in_flight, 1..=100_000, "calls"),
        ..usual
    };
    let known = base_url.as_ref().map(is_loopback);
    // Of an address that cannot be read nothing else is said than that.
    let is_here = known.unwrap_or(true);
    read_times(section, &mut config, is_here, pace);
    if username.as_ref().is_some_and(|name| !is_username(name)) {
        section.refuse(
            "username",
            "1 to 64 printable ASCII characters without blanks",
        );
    }
    let (Some(base_url), Some(username), Some(api_key), Some(webhook_secret)) =
        (base_url, username, api_key, webhook_secret)
    else {
        return (None, known);
    };
    config.base_url = base_url.into();
    config.username = username;
    config.api_key = api_key;
    config.webhook_secret = webhook_secret;
    // The adapter has the last word: what it would refuse at the start is refused here, by the same rule. Where time may not run
    // faster that is what is wrong, not the durations that follow from it.
    if section.is_clean()
        && (is_here || pace == Pace(1))
        && let Err(error) = digiflazz::Digiflazz::new(config.clone())
    {
        section.refuse(error.field, error.rule);
    }
    (Some(config), known)
}

fn is_username(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
}

pub(super) fn read_proxy(section: &mut Section<'_>) -> Option<SecretString> {
    let proxy: SecretString = section.optional("proxy")?;
    let is_proxy = Url::parse(proxy.expose_secret())
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_proxy {
        section.refuse("proxy", "the http or https address of a proxy is expected");
        return None;
    }
    Some(proxy)
}

pub(super) fn read_local_address(section: &mut Section<'_>) -> Option<IpAddr> {
    let text: String = section.optional("local_address")?;
    let address = text.parse().ok();
    if address.is_none() {
        section.refuse(
            "local_address",
            "an address of this machine is expected, like 192.0.2.2",
        );
    }
    address
}

/// Durations, in real time in the file, at the server's pace in the settings.
fn read_times(
    section: &mut Section<'_>,
    config: &mut digiflazz::Config,
    is_here: bool,
    pace: Pace,
) {
    let (second, minute) = (Span::seconds(1), Span::seconds(60));
    let usual = config.poll.iter().copied().map(Span::from).collect();
    let poll: Vec<Span> = section.or("poll", usual);
    if poll.is_empty() || poll.len() > POLLS_MAX {
        section.refuse("poll", format!("1 to {POLLS_MAX} waits"));
    }
    // Every check is the purchase sent again: closer together they may race or buy twice (D31).
    let closest = if is_here { second } else { minute };
    let usual_interval = Span::from(config.min_interval);
    let min_interval = section.within("min_interval", usual_interval, closest..=Span::seconds(DAY));
    for (index, wait) in poll.iter().enumerate() {
        if *wait < closest {
            section.refuse(&format!("poll[{index}]"), format!("at least {closest}"));
        } else if *wait < min_interval {
            let rule = format!(
                "at least min_interval, {min_interval}: a check is the purchase sent again"
            );
            section.refuse(&format!("poll[{index}]"), rule);
        }
    }
    config.min_interval = pace.of(min_interval);
    let quickest = Span::seconds(if is_here { 1 } else { 10 });
    let mut time = |key, field: &mut Duration, least, most| {
        *field = pace.of(section.within(key, Span::from(*field), least..=Span::seconds(most)));
    };
    time("timeout", &mut config.timeout, quickest, 300);
    time("min_gap", &mut config.min_gap, Span::millis(0), 60);
    time(
        "poll_later",
        &mut config.poll_later,
        closest.max(min_interval),
        DAY,
    );
    time("poll_max_age", &mut config.poll_max_age, minute, 45 * DAY);
    config.poll = poll.into_iter().map(|wait| pace.of(wait)).collect();
}

/// Short words for who we are, as some providers have them.
pub(super) fn read_word(section: &mut Section<'_>, key: &str) -> Option<SecretString> {
    let word: SecretString = section.required(key)?;
    if is_placeholder(word.expose_secret()) {
        section.refuse(key, PLACEHOLDER);
        return None;
    }
    Some(word)
}

pub(super) fn read_secret(section: &mut Section<'_>, key: &str) -> Option<SecretString> {
    let secret: SecretString = section.required(key)?;
    match usable_secret(&secret) {
        Ok(()) => Some(secret),
        Err(rule) => {
            section.refuse(key, rule);
            None
        }
    }
}

pub(super) fn read_url(section: &mut Section<'_>, key: &str, required: bool) -> Option<Url> {
    let text: String = if required {
        section.required(key)?
    } else {
        section.optional(key)?
    };
    let Ok(url) = Url::parse(&text) else {
        section.refuse(
            key,
            "a web address is expected, like https://api.example.com/v1",
        );
        return None;
    };
    let plain = url.scheme() == "http";
    if url.scheme() != "https" && !(plain && is_loopback(&url)) {
        section.refuse(key, "https, or http on this machine");
    } else if !url.username().is_empty() || url.password().is_some() {
        section.refuse(key, "no user name or password in an address");
    } else if url.query().is_some() || url.fragment().is_some() {
        section.refuse(key, "no ? and no # in an address");
    } else {
        return Some(url);
    }
    None
}
