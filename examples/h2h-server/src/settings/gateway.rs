//! `[gateway.<name>]`: one merchant at a payment gateway, in one environment. Read into the adapter's own settings, whose defaults hold here and which checks them
//! once more when it is built.

mod midtrans;
mod moota;
mod statement;
mod tripay;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::engine::GatewayRules;
use eraflazz_core::ids::GatewayId;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{Environment, Method};
use eraflazz_core::text::Slug;
use eraflazz_payments::{
    ConfigError, Timing, midtrans as midtrans_api, moota as moota_api, tripay as tripay_api,
};
use secrecy::SecretString;
use serde::Deserialize;

pub use self::statement::Statement;
use super::secret::usable_secret;
use super::span::{Pace, Span};
use super::supplier::read_url;
use crate::strict::Section;

const DAY: u64 = 24 * 60 * 60;
const POLLS_MAX: usize = 100;
const MINUTE: Span = Span::seconds(60);
/// Short enough for every channel, and long enough for each: some have a window that begins or ends there.
const EXPIRES_IN: Span = Span::seconds(60 * 60);
const LEAST: i64 = 10_000;
const MOST: i64 = 10_000_000;

/// `[gateway.<name>]`.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// What the adapter is told.
    pub merchant: Merchant,
    /// The house's own rules about it.
    pub rules: GatewayRules,
    /// Notifications taken per minute.
    pub notifications_per_minute: u32,
}

/// A merchant, by the protocol that is spoken with its gateway.
#[derive(Clone, Debug)]
pub enum Merchant {
    /// Tripay.
    Tripay(Box<tripay_api::Config>),
    /// Midtrans.
    Midtrans(Box<midtrans_api::Config>),
    /// A bank account of the house, whose statement Moota reads.
    Moota(Box<moota_api::Config>),
    /// A bank account of the house, whose statement a person brings.
    Statement(Box<Statement>),
}

impl Merchant {
    /// Whether its money is real.
    pub const fn environment(&self) -> Environment {
        match self {
            Self::Tripay(config) => config.environment,
            Self::Midtrans(config) => config.environment,
            Self::Moota(config) => config.account.environment,
            Self::Statement(statement) => statement.account.environment,
        }
    }

    /// How members may pay there.
    pub const fn methods(&self) -> &BTreeSet<Method> {
        match self {
            Self::Tripay(config) => &config.methods,
            Self::Midtrans(config) => &config.methods,
            Self::Moota(config) => &config.methods,
            Self::Statement(statement) => &statement.methods,
        }
    }

    /// The address that it is called from, if one is set.
    pub const fn local_address(&self) -> Option<IpAddr> {
        match self {
            Self::Tripay(config) => config.local_address,
            Self::Midtrans(config) => config.local_address,
            Self::Moota(config) => config.local_address,
            Self::Statement(_) => None,
        }
    }
}

/// How a protocol is called in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Tripay,
    Midtrans,
    Moota,
    Statement,
}

/// How an environment is called in a file. It has no default: whoever takes real money says so.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Where {
    Sandbox,
    Production,
}

impl From<Where> for Environment {
    fn from(said: Where) -> Self {
        match said {
            Where::Sandbox => Self::Sandbox,
            Where::Production => Self::Production,
        }
    }
}

/// The gateways, if all of them can be read, and whether none of them is known to be anywhere but on this machine.
pub(super) fn read_gateways(
    mut section: Section<'_>,
    pace: Pace,
) -> (Option<BTreeMap<Slug, Gateway>>, bool) {
    let mut gateways: BTreeMap<Slug, Gateway> = BTreeMap::new();
    let (mut complete, mut all_here) = (true, true);
    for name in section.names() {
        let slug = match Slug::new(&name) {
            Ok(slug) => slug,
            Err(error) => {
                section.refuse(&name, error.rule);
                continue;
            }
        };
        let (gateway, is_here) = Gateway::read(section.section(&name), pace);
        all_here &= is_here.unwrap_or(true);
        let Some(gateway) = gateway else {
            complete = false;
            continue;
        };
        for (other, known) in &gateways {
            if known.rules.id == gateway.rules.id {
                let rule = format!("another number than gateway.{other} has: books go by it");
                section.refuse(&format!("{name}.number"), rule);
            }
            if known.merchant.environment() != gateway.merchant.environment() {
                let rule =
                    format!("that of gateway.{other}: play money and real money never share books");
                section.refuse(&format!("{name}.environment"), rule);
            }
        }
        gateways.insert(slug, gateway);
    }
    section.end();
    (complete.then_some(gateways), all_here)
}

impl Gateway {
    /// The gateway, if nothing is wrong with it, and whether it is on this machine, if that can be told.
    fn read(mut section: Section<'_>, pace: Pace) -> (Option<Self>, Option<bool>) {
        let kind = section.required("kind");
        let environment: Option<Where> = section.required("environment");
        let notifications_per_minute = section.count(
            "notifications_per_minute",
            600,
            1..=10_000_000,
            "notifications per minute",
        );
        let rules = read_rules(&mut section);
        let environment = environment.map(Environment::from);
        let (merchant, is_here) = match kind {
            Some(Kind::Tripay) => {
                let (config, is_here) = tripay::read(&mut section, environment, pace);
                (
                    config.map(|config| Merchant::Tripay(Box::new(config))),
                    is_here,
                )
            }
            Some(Kind::Midtrans) => {
                let (config, is_here) = midtrans::read(&mut section, environment, pace);
                let merchant = config.map(|config| Merchant::Midtrans(Box::new(config)));
                (merchant, is_here)
            }
            Some(Kind::Moota) => {
                let (config, is_here) = moota::read(&mut section, environment, pace);
                let merchant = config.map(|config| Merchant::Moota(Box::new(config)));
                (merchant, is_here)
            }
            Some(Kind::Statement) => {
                let (statement, is_here) = statement::read(&mut section, environment);
                let merchant = statement.map(|it| Merchant::Statement(Box::new(it)));
                (merchant, is_here)
            }
            // Which keys belong here depends on the kind: without it the others cannot be judged.
            None => return (None, None),
        };
        section.end();
        let gateway = merchant.zip(rules).map(|(merchant, rules)| Self {
            merchant,
            rules,
            notifications_per_minute,
        });
        (gateway, is_here)
    }
}

fn read_rules(section: &mut Section<'_>) -> Option<GatewayRules> {
    let number: Option<u16> = section.required("number");
    let min = read_amount(section, "min", LEAST);
    let max = read_amount(section, "max", MOST);
    let expires_in = section.within("expires_in", EXPIRES_IN, MINUTE..=Span::seconds(30 * DAY));
    if !expires_in.duration().as_secs().is_multiple_of(60)
        || expires_in.duration().subsec_nanos() > 0
    {
        section.refuse("expires_in", "whole minutes");
    }
    let notify_url = read_url(section, "notify_url", false).map(String::from);
    let (number, min, max) = (number?, min?, max?);
    if min > max {
        section.refuse("max", "at least min");
    }
    Some(GatewayRules {
        id: GatewayId(number),
        min,
        max,
        expires_in: expires_in.duration(),
        notify_url,
    })
}

fn read_amount(section: &mut Section<'_>, key: &str, usual: i64) -> Option<Money> {
    let amount = section.or(key, Money::rupiah(usual)?);
    if !amount.is_transferable() || amount.whole_rupiah().is_none() {
        section.refuse(key, "whole rupiah above zero");
        return None;
    }
    Some(amount)
}

/// The methods that are named, of those that are `offered`; all of these if none is.
fn read_methods(section: &mut Section<'_>, offered: BTreeSet<Method>) -> BTreeSet<Method> {
    let is_told = section.has("methods");
    let words: Vec<String> = section.each("methods");
    if !is_told {
        return offered;
    }
    let mut methods = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let method = Method::of_word(word).filter(|method| offered.contains(method));
        if let Some(method) = method {
            methods.insert(method);
        } else {
            let known: Vec<&str> = offered.iter().map(|method| method.word()).collect();
            let rule = format!("expected one of {}", known.join(", "));
            section.refuse(&format!("methods[{index}]"), rule);
        }
    }
    if words.is_empty() {
        section.refuse("methods", "at least one");
    }
    methods
}

/// Secrets of which there may be several.
fn read_secrets(section: &mut Section<'_>, key: &str) -> Vec<SecretString> {
    let secrets: Vec<SecretString> = section.each(key);
    for (index, secret) in secrets.iter().enumerate() {
        if let Err(rule) = usable_secret(secret) {
            section.refuse(&format!("{key}[{index}]"), rule);
        }
    }
    secrets
}

/// Times and bounds of calls: in real time in the file, at the server's pace in the settings.
fn read_timing(section: &mut Section<'_>, is_here: bool, pace: Pace) -> Timing {
    let mut timing = Timing::default();
    let closest = Span::seconds(if is_here { 1 } else { 10 });
    let waits = timing.poll.iter().copied().map(Span::from).collect();
    let poll: Vec<Span> = section.or("poll", waits);
    if poll.is_empty() || poll.len() > POLLS_MAX {
        section.refuse("poll", format!("1 to {POLLS_MAX} waits"));
    }
    for (index, wait) in poll.iter().enumerate() {
        if !(closest..=Span::seconds(DAY)).contains(wait) {
            section.refuse(&format!("poll[{index}]"), format!("{closest} to 1d"));
        }
    }
    timing.poll = poll.into_iter().map(|wait| pace.of(wait)).collect();
    let settles = Span::seconds(if is_here { 1 } else { 30 });
    let mut time = |key, field: &mut Duration, least, most| {
        *field = pace.of(section.within(key, Span::from(*field), least..=Span::seconds(most)));
    };
    time("timeout", &mut timing.timeout, closest, 300);
    time("poll_max_age", &mut timing.poll_max_age, MINUTE, 45 * DAY);
    time(
        "not_found_settles",
        &mut timing.not_found_settles,
        settles,
        DAY,
    );
    timing.max_in_flight =
        section.count("max_in_flight", timing.max_in_flight, 1..=100_000, "calls");
    timing
}

/// The adapter has the last word, by the rules that it starts with. Where time may not run faster that is what is wrong, not the durations that follow from it.
fn hear_adapter(
    section: &mut Section<'_>,
    is_here: bool,
    pace: Pace,
    built: impl FnOnce() -> Result<(), ConfigError>,
) {
    if section.is_clean()
        && (is_here || pace == Pace(1))
        && let Err(error) = built()
    {
        let field = error.field.strip_prefix("timing.").unwrap_or(error.field);
        section.refuse(field, error.rule);
    }
}
