//! `read`: what replies of a supplier prove, and why. For people who ask why something was read as it was read, and for whoever wants to see whether a
//! supplier has changed its words. It reads and judges with what a running server reads and judges with; nothing is sent, and no store is opened.

pub mod gateway;

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Duration;

use eraflazz_core::ids::{AttemptNo, MappingId, OrderId, SupplierId, SupplierRef};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Attempt, AttemptState, Bench, Channel, Class, Counted, Said, Unbound, bind, judge,
};
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{AttemptView, Claim, Formed, Profile, Reason, Sighting};
use eraflazz_core::text::{Sku, Slug, Target};
use eraflazz_core::time::Timestamp;
use eraflazz_suppliers::digiflazz::Digiflazz;
use eraflazz_suppliers::otomax::Otomax;
use eraflazz_suppliers::vip::Vip;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::desk::DeskError;
use super::show::remark;
use crate::settings::{Account, Settings};

/// Above so many of a hundred unclear replies a supplier has probably changed its words: somebody should look.
const DRIFT: u8 = 20;
/// Below so many replies a share says nothing.
const DRIFT_REPLIES_MIN: u64 = 10;

/// The supplier of that name in the settings.
pub fn configured(settings: Settings, name: &str) -> Result<Account, DeskError> {
    let slug = Slug::new(name).ok();
    let found = settings
        .suppliers
        .into_iter()
        .find(|(known, _)| Some(known) == slug.as_ref());
    match found {
        Some((_, supplier)) => Ok(supplier.account),
        None => kind(name),
    }
}

/// A supplier of this kind with usual settings.
pub fn kind(kind: &str) -> Result<Account, DeskError> {
    Account::from_profile(kind, "").map_err(DeskError::Settings)
}

/// A supplier of this kind with the settings in a file.
pub fn profile(kind: &str, file: &Path) -> Result<Account, DeskError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| DeskError::NotReady(format!("{}: {error}", file.display())))?;
    Account::from_profile(kind, &text).map_err(DeskError::Settings)
}

/// One line in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    text: Option<String>,
    /// A text, or JSON as it was on the wire.
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(rename = "ref")]
    supplier_ref: Option<String>,
    product: Option<String>,
    dest: Option<String>,
    phase: Option<Phase>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    /// The first send of a purchase.
    First,
    /// A question about it, or a later send.
    Status,
}

/// One line out.
#[derive(Debug, Default, Serialize)]
struct Read {
    class: &'static str,
    sn: Option<String>,
    price: Option<Money>,
    balance: Option<Money>,
    why: String,
}

/// Reads each line of `input` and writes what it proves. A line that is none is answered with `class` `unreadable`, and is a failure at the end, as is a share
/// of unclear replies above `unclear_max` of a hundred.
pub fn run(
    account: &Account,
    input: impl BufRead,
    output: impl Write,
    unclear_max: u8,
) -> Result<(), DeskError> {
    let laboratory = Laboratory::of(account)?;
    each_line(input, output, unclear_max, |line| {
        match laboratory.read(line) {
            Ok(read) => {
                let is_unclear = read.class == Class::Unknown.word();
                (read, Some(is_unclear))
            }
            Err(why) => {
                let read = Read {
                    class: "unreadable",
                    why,
                    ..Read::default()
                };
                (read, None)
            }
        }
    })
}

/// Tells what `read` makes of each line, and whether that is unclear; `None` is a line that is none.
fn each_line<T: Serialize>(
    input: impl BufRead,
    mut output: impl Write,
    unclear_max: u8,
    read: impl Fn(&str) -> (T, Option<bool>),
) -> Result<(), DeskError> {
    let (mut replies, mut unclear, mut bad) = (0_u64, 0_u64, 0_u64);
    for line in input.lines() {
        let line = line.map_err(|error| DeskError::NotReady(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        replies += 1;
        let (read, is_unclear) = read(&line);
        unclear += u64::from(is_unclear == Some(true));
        bad += u64::from(is_unclear.is_none());
        let told =
            serde_json::to_string(&read).map_err(|error| DeskError::Strange(error.to_string()))?;
        writeln!(output, "{told}").map_err(DeskError::Untold)?;
    }
    output.flush().map_err(DeskError::Untold)?;
    if bad > 0 {
        return Err(DeskError::NotReady(format!(
            "{bad} of {replies} lines are no question: see their why"
        )));
    }
    let is_above = |percent: u8| unclear * 100 > replies * u64::from(percent);
    let told = format!("{unclear} of {replies} replies are unclear");
    if is_above(unclear_max) {
        return Err(DeskError::NotReady(format!(
            "drift: {told}, more than {unclear_max} of a hundred"
        )));
    }
    if replies >= DRIFT_REPLIES_MIN && is_above(DRIFT) {
        remark(&format!(
            "drift: {told}: this supplier may have changed its words"
        ));
    }
    Ok(())
}

/// An adapter that is only read with.
enum Laboratory {
    Digiflazz(Box<Digiflazz>),
    Otomax(Box<Otomax>),
    Vip(Box<Vip>),
}

impl Laboratory {
    fn of(account: &Account) -> Result<Self, DeskError> {
        let refused = |error: &dyn std::error::Error| DeskError::NotReady(error.to_string());
        Ok(match account {
            Account::Digiflazz(config) => {
                let adapter =
                    Digiflazz::new((**config).clone()).map_err(|error| refused(&error))?;
                Self::Digiflazz(Box::new(adapter))
            }
            Account::Otomax(config) => {
                let adapter = Otomax::new((**config).clone()).map_err(|error| refused(&error))?;
                Self::Otomax(Box::new(adapter))
            }
            Account::Vip(config) => {
                let adapter = Vip::new((**config).clone()).map_err(|error| refused(&error))?;
                Self::Vip(Box::new(adapter))
            }
        })
    }

    fn profile(&self) -> &Profile {
        match self {
            Self::Digiflazz(adapter) => adapter.profile(),
            Self::Otomax(adapter) => adapter.profile(),
            Self::Vip(adapter) => adapter.profile(),
        }
    }

    fn read(&self, line: &str) -> Result<Read, String> {
        let line: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let body = line.body()?;
        let Some(supplier_ref) = &line.supplier_ref else {
            return Err("ref: what a reply is about is missing".to_owned());
        };
        let about = AttemptView {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse(supplier_ref)
                .ok_or("ref: 1 to 20 letters and digits")?,
            their_ref: None,
            sku: Sku::new(line.product.as_deref().ok_or("product: missing")?)
                .map_err(|error| format!("product: {}", error.rule))?,
            target: Target::new(line.dest.as_deref().ok_or("dest: missing")?)
                .map_err(|error| format!("dest: {}", error.rule))?,
            sends: 1,
            age: Duration::ZERO,
        };
        let phase = line.phase.unwrap_or(Phase::First);
        let (is_first, body) = (phase == Phase::First, body.as_bytes());
        let sightings = match self {
            Self::Digiflazz(_) => vec![Digiflazz::read_reply(body)],
            Self::Otomax(adapter) => vec![adapter.read_reply(&about, is_first, body)],
            Self::Vip(_) => Vip::read_reply(&about, is_first, body),
        };
        Ok(self.judged(&about, phase, &sightings))
    }

    /// What core makes of it, for an attempt that has just been sent, or that is in doubt and asked about.
    ///
    /// Of a list it is the row about this purchase; where several are, or none is, the first of them.
    fn judged(&self, about: &AttemptView, phase: Phase, sightings: &[Sighting]) -> Read {
        let now = Timestamp::from_millis(1_000_000_000_000);
        let (attempt, channel) = (attempt(about, phase, now), channel(phase, now));
        let unread = Sighting::new(Claim::Unclear, Reason::Unreadable);
        let is_about = |said: &&Sighting| {
            said.claim != Claim::Unclear && bind(&attempt, said, channel, &[]).is_ok()
        };
        let mut about = sightings.iter().filter(is_about);
        let sighting = match (about.next(), about.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => &Sighting::new(Claim::Unclear, Reason::Contradiction),
            (None, _) => sightings.first().unwrap_or(&unread),
        };
        let bound = bind(&attempt, sighting, channel, &[]);
        let bench = Bench {
            profile: self.profile(),
            sn_required: false,
            doubt_wait: Duration::from_mins(1),
            disputed_since: None,
            received_at: now,
        };
        let class = match bound {
            Ok(()) => judge(&attempt, sighting, channel, &bench),
            Err(_) => Class::Unknown,
        };
        let class = if class == Class::Nothing {
            // It stays what it was.
            Class::Unknown
        } else {
            class
        };
        Read {
            class: class.word(),
            sn: sighting.sn.clone().map(String::from),
            price: sighting.price,
            balance: sighting.balance,
            why: why(sighting, bound),
        }
    }
}

impl Line<'_> {
    fn body(&self) -> Result<String, String> {
        match (&self.text, self.body) {
            (Some(text), None) => Ok(text.clone()),
            (None, Some(raw)) => wire_text(raw),
            _ => Err("either text or body".to_owned()),
        }
    }
}

/// What was on the wire: a text that holds it, or JSON as it stands.
fn wire_text(raw: &RawValue) -> Result<String, String> {
    if raw.get().starts_with('"') {
        return serde_json::from_str(raw.get()).map_err(|error| error.to_string());
    }
    Ok(raw.get().to_owned())
}

const fn channel(phase: Phase, now: Timestamp) -> Channel {
    match phase {
        Phase::First => Channel::Reply { send: 1 },
        Phase::Status => Channel::Status { began: now },
    }
}

fn attempt(about: &AttemptView, phase: Phase, now: Timestamp) -> Attempt {
    let is_first = phase == Phase::First;
    let ended = (!is_first).then_some(now);
    Attempt {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        order: OrderId::mint(now, &[0; 10]),
        no: AttemptNo(1),
        mapping: MappingId(0),
        supplier: SupplierId(0),
        supplier_ref: about.supplier_ref,
        their_ref: None,
        code: None,
        sku: about.sku.clone(),
        target: about.target.clone(),
        cap: Money::ZERO,
        expected_cost: Money::ZERO,
        state: if is_first {
            AttemptState::Sending
        } else {
            AttemptState::Unknown
        },
        sends: 1,
        exclusive: false,
        surplus: false,
        first_sent_at: now,
        lease_until: now,
        send_open: is_first,
        call_open: true,
        last_send_ended_at: ended,
        last_call_ended_at: ended,
        checks: 0,
        doubt: None,
        denied: None,
        unproven: None,
        reversal: None,
        sn: None,
        billed: None,
        said: Said::default(),
        hinted: None,
        hint_case: None,
        counted: Counted::default(),
    }
}

fn why(sighting: &Sighting, bound: Result<(), Unbound>) -> String {
    if let Err(unbound) = bound {
        return format!("it is not about this purchase: {unbound}");
    }
    let because = if sighting.reason == Reason::None {
        String::new()
    } else {
        format!(" ({:?})", sighting.reason)
    };
    let says = match (sighting.claim, sighting.reason) {
        (Claim::Delivered, _) => "it says that this purchase was delivered, and names it",
        (Claim::Pending, _) => "it says that this purchase is under way",
        (Claim::NotSent, _) => "nothing was sent",
        (
            Claim::Refused {
                formed: Formed::No, ..
            },
            _,
        ) => "it refuses, and no transaction was formed; of a question that proves nothing",
        (
            Claim::Refused {
                formed: Formed::Yes,
            },
            _,
        ) => "it says that this purchase has failed for good",
        (
            Claim::Refused {
                formed: Formed::Doubtful,
            },
            _,
        ) => "it calls this purchase failed, and it may still turn out delivered",
        (Claim::Unclear, Reason::Duplicate) => {
            "it tells of an earlier purchase, and nothing shows that it is this one"
        }
        (Claim::Unclear, Reason::NotFound) => {
            "the supplier does not find this purchase, which proves nothing"
        }
        (Claim::Unclear, Reason::Contradiction) => "it says two things, so it proves neither",
        (Claim::Unclear, Reason::Other) => "no table lists this code or word",
        (Claim::Unclear, _) => {
            "nothing in it can be read: it names another purchase or none, or says nothing of what became of it"
        }
    };
    format!("{says}{because}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
