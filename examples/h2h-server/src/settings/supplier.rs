//! `[suppliers.<name>]`: one account at a provider.

use std::net::IpAddr;

use secrecy::SecretString;
use serde::Deserialize;
use url::{Host, Url};

use super::secret::usable_secret;
use super::section::Section;
use super::span::Span;

/// `[suppliers.<name>]`. Where a value is `None`, the adapter's own default holds.
#[derive(Clone, Debug)]
pub struct Supplier {
    /// Which protocol it speaks.
    pub kind: SupplierKind,
    /// Where its API is.
    pub base_url: Url,
    /// Who we are there.
    pub username: String,
    /// Signs what we send.
    pub api_key: SecretString,
    /// Verifies what it sends.
    pub webhook_secret: SecretString,
    /// Where it should call back, if it takes that per order.
    pub callback_url: Option<Url>,
    /// Whether purchases are test calls.
    pub testing: bool,
    /// Total time of one call.
    pub timeout: Span,
    /// Least time between two calls for one reference.
    pub min_interval: Span,
    /// Least time between the starts of any two calls.
    pub min_gap: Span,
    /// Calls under way at once.
    pub max_in_flight: u32,
    /// Waits before each status check; then a person is told.
    pub poll: Vec<Span>,
    /// Wait between checks after that.
    pub poll_later: Span,
    /// Age after which no check is made.
    pub poll_max_age: Span,
    /// Callbacks taken per minute.
    pub callbacks_per_minute: u32,
}

/// The protocols this server was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplierKind {
    /// Digiflazz, buyer side.
    Digiflazz,
}

/// Least time between two sends of one reference to a real Digiflazz (D31).
const RESEND_MIN: Span = Span::seconds(60);
/// Digiflazz forgets references; no check is made after this.
const POLL_AGE_MAX: Span = Span::seconds(84 * 86_400);
const POLLS_MAX: usize = 100;

/// True if nothing sent to `url` leaves this machine: an address of the loopback network, or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl Supplier {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let kind = section.required("kind");
        let base_url = read_url(&mut section, "base_url", true);
        let username = section.required::<String>("username");
        let api_key = read_secret(&mut section, "api_key");
        let webhook_secret = read_secret(&mut section, "webhook_secret");
        let callback_url = read_url(&mut section, "callback_url", false);
        let (second, minute) = (Span::seconds(1), Span::seconds(60));
        let testing = section.or("testing", false);
        let timeout = section.within("timeout", minute, second..=Span::seconds(300));
        let min_interval = section.within("min_interval", minute, second..=Span::seconds(86_400));
        let min_gap = section.within("min_gap", Span::millis(0), Span::millis(0)..=minute);
        let max_in_flight = section.within("max_in_flight", 32, 1..=100_000);
        let later = Span::seconds(180);
        let poll = section.or("poll", vec![Span::seconds(120), later, later, later, later]);
        let half_an_hour = Span::seconds(1_800);
        let poll_later = section.within("poll_later", half_an_hour, second..=Span::seconds(86_400));
        let week = Span::seconds(7 * 86_400);
        let poll_max_age = section.within("poll_max_age", week, minute..=POLL_AGE_MAX);
        let callbacks_per_minute = section.within("callbacks_per_minute", 60_000, 1..=10_000_000);

        if username.as_ref().is_some_and(|name| name.trim().is_empty()) {
            section.refuse("username", "must not be empty");
        }
        if poll.is_empty() || poll.len() > POLLS_MAX || poll.iter().any(|wait| *wait < second) {
            section.refuse(
                "poll",
                format!("1 to {POLLS_MAX} waits of at least {second}"),
            );
        }
        if base_url.as_ref().is_some_and(|url| !is_loopback(url)) && min_interval < RESEND_MIN {
            section.refuse(
                "min_interval",
                format!("at least {RESEND_MIN} unless base_url is on this machine"),
            );
        }
        section.end();
        Some(Self {
            kind: kind?,
            base_url: base_url?,
            username: username?,
            api_key: api_key?,
            webhook_secret: webhook_secret?,
            callback_url,
            testing,
            timeout,
            min_interval,
            min_gap,
            max_in_flight,
            poll,
            poll_later,
            poll_max_age,
            callbacks_per_minute,
        })
    }
}

fn read_secret(section: &mut Section<'_>, key: &str) -> Option<SecretString> {
    let secret: SecretString = section.required(key)?;
    match usable_secret(&secret) {
        Ok(()) => Some(secret),
        Err(rule) => {
            section.refuse(key, rule);
            None
        }
    }
}

fn read_url(section: &mut Section<'_>, key: &str, required: bool) -> Option<Url> {
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
