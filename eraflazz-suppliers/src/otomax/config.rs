//! Settings of one account at a server of this family, and their checks.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::ids::RefShape;
use eraflazz_core::supplier::{Callback, NotFound, Profile, Reference, Repeat, SnPolicy, Status};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::pattern::{PATTERNS_MAX, Pattern, Says};
use super::repeat::ServerClock;
use super::report::ReportForm;
use super::request::Request;
use super::sign::SignForm;
use super::structured::ReplyForm;
use super::template::{Field, Template};
use crate::address::{address, is_loopback};

/// Settings of one account. Two accounts are two suppliers.
///
/// [`Config::new`] takes what has no default and speaks as `OtomaX` itself does; the rest are fields to change. Nothing is checked until
/// [`Otomax::new`](super::Otomax::new).
#[derive(Clone)]
pub struct Config {
    /// Addresses of the server, one or two. The second is called, within the same call, only if the first was certainly not reached: they are one
    /// server with one ledger.
    pub bases: Vec<String>,
    /// A purchase: `GET /path?name={field}…` or `POST …`. Fields: `{member} {product} {dest} {ref} {qty} {user} {pin} {password} {sign}`. `{qty}` is 1.
    pub order: String,
    /// A question about a purchase, if the server has one that never buys; with [`Status::Dedicated`].
    pub status: Option<String>,
    /// A question about our deposit.
    pub balance: Option<String>,
    /// How a deposit ticket is asked for; field `{amount}` besides those of the account.
    pub ticket: Option<String>,
    /// What the signature of purchases and questions is made over; without it there is no `{sign}` in them.
    pub sign_order: Option<String>,
    /// What the signature of a question about our deposit is made over.
    pub sign_balance: Option<String>,
    /// What the signature of a request for a ticket is made over.
    pub sign_ticket: Option<String>,
    /// How they are made.
    pub sign_form: SignForm,
    /// Whether our name and the product's code are sent, and signed, in upper case. Servers differ in what they sign; with upper case the
    /// question does not arise. Default `true`.
    pub upper: bool,
    /// The account's name (memberID).
    pub member: String,
    /// A second name, where a server wants one.
    pub user: String,
    /// The account's PIN there.
    pub pin: SecretString,
    /// The account's password there.
    pub password: SecretString,
    /// Whether PIN and password may leave this machine as they are, unencrypted. Default `false`.
    pub clear_text: bool,
    /// Characters that no product code and no destination may hold: text channels behind the server split on them. Default `.&#`.
    pub forbid: String,
    /// How its replies are written.
    pub reply: ReplyForm,
    /// What the response codes in its replies mean: a closed list, for JSON and XML. Empty: `00` is delivered, `68` is under way.
    pub codes: BTreeMap<String, Says>,
    /// Patterns for its replies, tried before the generic ones. At most 64.
    pub patterns: Vec<Pattern>,
    /// The clock in its replies: by it a reply about an earlier purchase is told from one about ours.
    pub clock: ServerClock,
    /// How its reports (callbacks) are written.
    pub report: ReportForm,
    /// Where reports may come from; empty means from anywhere. They prove nothing either way.
    pub sources: Vec<IpNet>,
    /// What this server can and cannot do. There is no default: ask its operator.
    pub profile: Profile,
    /// HTTP proxy for all calls; may carry credentials. Default none, whatever the environment says.
    pub proxy: Option<SecretString>,
    /// Local address to call from, where only one of several is on the server's list.
    pub local_address: Option<IpAddr>,
}

impl Config {
    /// Settings of a server that signs as `OtomaX` does and answers `check=1`.
    pub fn new(
        base: impl Into<String>,
        member: impl Into<String>,
        pin: impl Into<SecretString>,
        password: impl Into<SecretString>,
        profile: Profile,
    ) -> Self {
        const ORDER: &str = "GET /trx?product={product}&qty={qty}&dest={dest}&refID={ref}&memberID={member}&sign={sign}";
        Self {
            bases: vec![base.into()],
            order: ORDER.to_owned(),
            status: Some(format!("{ORDER}&check=1")),
            balance: Some("GET /balance?memberID={member}&sign={sign}".to_owned()),
            ticket: Some("GET /ticket?memberID={member}&amount={amount}&sign={sign}".to_owned()),
            sign_order: Some("OtomaX|{member}|{product}|{dest}|{ref}|{pin}|{password}".to_owned()),
            sign_balance: Some("OtomaX|CheckBalance|{member}|{pin}|{password}".to_owned()),
            sign_ticket: Some("OtomaX|ticket|{member}|{pin}|{password}|{amount}".to_owned()),
            sign_form: SignForm::default(),
            upper: true,
            member: member.into(),
            user: String::new(),
            pin: pin.into(),
            password: password.into(),
            clear_text: false,
            forbid: ".&#".to_owned(),
            reply: ReplyForm::Text,
            codes: BTreeMap::new(),
            patterns: Vec::new(),
            clock: ServerClock::default(),
            report: ReportForm::Otomax,
            sources: Vec::new(),
            profile,
            proxy: None,
            local_address: None,
        }
    }

    /// What to declare of a server with `check=1` whose operator answers nothing else: of every field the value that costs least if it is
    /// wrong. Its history is taken to last one day.
    pub fn silent_profile() -> Profile {
        let minutes = Duration::from_mins;
        Profile {
            status: Status::Dedicated,
            reference: Reference::Ours {
                shape: RefShape::Digits,
            },
            callback: Callback::Hint,
            failed_ref_may_run_again: true,
            not_found: NotFound::NoProof,
            settle_delay: minutes(2),
            reversal_window: Duration::from_hours(7 * 24),
            poll: [2, 3, 3, 3, 3].map(minutes).to_vec(),
            poll_later: minutes(30),
            poll_max_age: Duration::from_hours(12),
            sn_policy: SnPolicy::ByProduct,
            repeat: Repeat::Never,
            bills: None,
            price_cap_field: false,
            cut_off: None,
            max_in_flight: 20,
            min_gap: Duration::from_millis(50),
            timeout: Duration::from_secs(30),
        }
    }

    /// Checks everything once; what the templates say on success.
    pub(super) fn check(&self) -> Result<Checked, ConfigError> {
        let bases = self.check_bases()?;
        let order = Call::read("order", &self.order, "sign_order", self.sign_order.as_ref())?;
        for field in [Field::Product, Field::Dest, Field::Ref] {
            ensure(
                order.request.fields().any(|one| one == field),
                "order",
                "a template with {product}, {dest} and {ref}",
            )?;
        }
        let status = match &self.status {
            Some(status) => {
                let sign = self.sign_order.as_ref();
                Some(Call::read("status", status, "sign_order", sign)?)
            }
            None => None,
        };
        let balance = match &self.balance {
            Some(balance) => {
                let sign = self.sign_balance.as_ref();
                Some(Call::read("balance", balance, "sign_balance", sign)?)
            }
            None => None,
        };
        let ticket = match &self.ticket {
            Some(ticket) => {
                let sign = self.sign_ticket.as_ref();
                let call = Call::read("ticket", ticket, "sign_ticket", sign)?;
                let names_amount = call.request.fields().any(|one| one == Field::Amount);
                ensure(names_amount, "ticket", "a template with {amount}")?;
                Some(call)
            }
            None => None,
        };
        ensure(
            self.patterns.len() <= PATTERNS_MAX,
            "patterns",
            "at most 64",
        )?;
        for pattern in &self.patterns {
            pattern.check().map_err(|rule| wrong("patterns", rule))?;
        }
        let calls = || {
            let calls = [
                Some(&order),
                status.as_ref(),
                balance.as_ref(),
                ticket.as_ref(),
            ];
            calls.into_iter().flatten()
        };
        let asks_for = |wanted: Field| {
            let mut calls = calls();
            calls.any(|call| call.request.fields().any(|field| field == wanted))
        };
        ensure(
            !self.user.is_empty() || !asks_for(Field::User),
            "user",
            "required: the templates ask for {user}",
        )?;
        self.check_profile()?;
        let travels_open = asks_for(Field::Pin) || asks_for(Field::Password);
        let is_private = |base: &Url| base.scheme() == "https" || is_loopback(base);
        ensure(
            !travels_open || self.clear_text || bases.iter().all(is_private),
            "bases",
            "https, unless the host is this machine: the templates send the PIN or the password as it is (clear_text allows it)",
        )?;
        for (field, value) in [
            ("member", self.member.as_str()),
            ("pin", self.pin.expose_secret()),
            ("password", self.password.expose_secret()),
        ] {
            ensure(
                (1..=64).contains(&value.len()) && is_name(value),
                field,
                "1 to 64 printable ASCII characters without |",
            )?;
        }
        ensure(
            (-12..=14).contains(&self.clock.utc_offset_hours),
            "clock.utc_offset_hours",
            "-12 to 14",
        )?;
        ensure(
            self.clock.slack <= Duration::from_hours(24),
            "clock.slack",
            "at most a day",
        )?;
        ensure(
            self.user.len() <= 64 && is_name(&self.user),
            "user",
            "at most 64 printable ASCII characters without |",
        )?;
        Ok(Checked {
            bases,
            order,
            status,
            balance,
            ticket,
        })
    }

    fn check_bases(&self) -> Result<Vec<Url>, ConfigError> {
        const RULE: &str = "one or two http(s) addresses without credentials, query or fragment";
        ensure((1..=2).contains(&self.bases.len()), "bases", RULE)?;
        self.bases
            .iter()
            .map(|base| address(base).ok_or(wrong("bases", RULE)))
            .collect()
    }

    fn check_profile(&self) -> Result<(), ConfigError> {
        ensure(
            self.profile.callback == Callback::Hint,
            "profile.callback",
            "Hint: servers of this family sign nothing",
        )?;
        ensure(
            matches!(self.profile.reference, Reference::Ours { .. }),
            "profile.reference",
            "Ours: the reply must name what it is about",
        )?;
        ensure(
            self.profile.status != Status::Listing,
            "profile.status",
            "Dedicated, Resubmit or None: this family has no list of transactions",
        )?;
        ensure(
            (self.profile.status == Status::Dedicated) == self.status.is_some(),
            "status",
            "a template if, and only if, profile.status is Dedicated",
        )
    }
}

/// What the templates of checked settings say.
pub(super) struct Checked {
    pub(super) bases: Vec<Url>,
    pub(super) order: Call,
    pub(super) status: Option<Call>,
    pub(super) balance: Option<Call>,
    pub(super) ticket: Option<Call>,
}

/// One kind of call.
pub(super) struct Call {
    pub(super) request: Request,
    pub(super) sign: Option<Template>,
}

impl Call {
    fn read(
        field: &'static str,
        request: &str,
        sign_field: &'static str,
        sign: Option<&String>,
    ) -> Result<Self, ConfigError> {
        let request = Request::read(request).map_err(|rule| wrong(field, rule))?;
        let sign = match sign {
            Some(text) => Some(Template::read(text).map_err(|rule| wrong(sign_field, rule))?),
            None => None,
        };
        let wants_sign = request.fields().any(|one| one == Field::Sign);
        ensure(
            !wants_sign || sign.is_some(),
            sign_field,
            "a template: the request asks for {sign}",
        )?;
        let signs_itself = sign
            .as_ref()
            .is_some_and(|template| template.fields().any(|one| one == Field::Sign));
        ensure(!signs_itself, sign_field, "a template without {sign}")?;
        Ok(Self {
            request,
            sign: sign.filter(|_| wants_sign),
        })
    }
}

fn is_name(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'|')
}

impl fmt::Debug for Config {
    /// Without names, PIN, password, proxy and what an operator typed into templates (INV-37).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("bases", &self.bases)
            .field("sign_form", &self.sign_form)
            .field("upper", &self.upper)
            .field("clear_text", &self.clear_text)
            .field("forbid", &self.forbid)
            .field("clock", &self.clock)
            .field("report", &self.report)
            .field("sources", &self.sources)
            .field("profile", &self.profile)
            .field("local_address", &self.local_address)
            .finish_non_exhaustive()
    }
}

/// A setting that breaks its rule. Never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("otomax: {field}: {rule}")]
pub struct ConfigError {
    /// The field of [`Config`].
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

pub(super) const fn wrong(field: &'static str, rule: &'static str) -> ConfigError {
    ConfigError { field, rule }
}

fn ensure(holds: bool, field: &'static str, rule: &'static str) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        Err(wrong(field, rule))
    }
}
