//! Where a member wants to hear of its orders, and how.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::secret::HookSecret;
use crate::ids::MemberId;
use crate::order::{Order, PublicStatus};
use crate::text::TextError;
use crate::time::Timestamp;

/// The endpoint of a member: one each, set by an operator. Plain data; whether its address may be called at all is the notifier's to say, at
/// every call anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose.
    pub member: MemberId,
    /// Where to.
    pub url: EndpointUrl,
    /// In which form.
    pub format: Format,
}

/// An endpoint as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// As it was set.
    pub endpoint: Arc<Endpoint>,
    /// Rises every time it is set: what delivery finds out about an older one is void.
    pub version: u32,
    /// Whether it is called.
    pub state: EndpointState,
}

/// The form of what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A signed JSON POST by Standard Webhooks: every revision.
    Standard(Signing),
    /// An unsigned GET with the result in the query, for old panels: final states only. Carries no secret, so the receiver must
    /// not believe it: it should ask back.
    LegacyGet(Report),
    /// The same as an unsigned POST: a JSON object `data` with the fields of the report, all of them texts.
    LegacyPost(Report),
}

impl Format {
    /// Whether an order in this state is told at all.
    pub fn tells(&self, order: &Order) -> bool {
        match self {
            Self::Standard(_) => true,
            Self::LegacyGet(_) | Self::LegacyPost(_) => {
                Report::status_code(order.status()).is_some()
            }
        }
    }

    /// The report that is sent, if it is one.
    pub const fn report(&self) -> Option<&Report> {
        match self {
            Self::Standard(_) => None,
            Self::LegacyGet(report) | Self::LegacyPost(report) => Some(report),
        }
    }
}

/// What messages are signed with. While the receiver changes over there are two secrets, and every message carries a signature of each, the new one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// The secret.
    pub secret: HookSecret,
    /// The one before it, while it still counts.
    pub old: Option<HookSecret>,
}

impl Signing {
    /// One secret.
    pub const fn with(secret: HookSecret) -> Self {
        Self { secret, old: None }
    }

    /// A new secret; the present one still counts until the next [`Signing::settled`] or rotation.
    #[must_use]
    pub fn rotated(self, secret: HookSecret) -> Self {
        Self {
            secret,
            old: Some(self.secret),
        }
    }

    /// The new secret alone: the receiver has changed over.
    #[must_use]
    pub fn settled(self) -> Self {
        Self::with(self.secret)
    }
}

/// The parameters of a legacy report: which of them carries what, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Name and content of each parameter.
    pub fields: Vec<(String, ReportField)>,
}

impl Default for Report {
    /// `refid`, `statuscode`, `sn`, `msg`: what IRS and ST24 style panels read.
    fn default() -> Self {
        Self::of(&[
            ("refid", ReportField::RefId),
            ("statuscode", ReportField::StatusCode),
            ("sn", ReportField::Sn),
            ("msg", ReportField::Message),
        ])
    }
}

impl Report {
    /// `refid`, `t`, `status`, `price`, `sn`, `message`: what servers of the `OtomaX` family read, with its status numbers and its sentences.
    pub fn otomax() -> Self {
        Self::of(&[
            ("refid", ReportField::RefId),
            ("t", ReportField::TrxCode),
            ("status", ReportField::FamilyStatus),
            ("price", ReportField::Price),
            ("sn", ReportField::Sn),
            ("message", ReportField::OtomaxSentence),
        ])
    }

    /// `serverid`, `clientid`, `statuscode`, `kp`, `msisdn`, `sn`, `msg`: the same for IRS.
    pub fn irs() -> Self {
        Self::of(&[
            ("serverid", ReportField::TrxCode),
            ("clientid", ReportField::RefId),
            ("statuscode", ReportField::StatusCode),
            ("kp", ReportField::Product),
            ("msisdn", ReportField::NationalDestination),
            ("sn", ReportField::Sn),
            ("msg", ReportField::IrsSentence),
        ])
    }

    /// `ref_id`, `status`, `code`, `hp`, `price`, `message`, `balance`, `tr_id`, `rc`, `sn`: what Digiflazz reads from those who sell to it.
    pub fn digiflazz() -> Self {
        Self::of(&[
            ("ref_id", ReportField::RefId),
            ("status", ReportField::StatusCode),
            ("code", ReportField::Product),
            ("hp", ReportField::NationalDestination),
            ("price", ReportField::Price),
            ("message", ReportField::DigiflazzMessage),
            ("balance", ReportField::Balance),
            ("tr_id", ReportField::TrxCode),
            ("rc", ReportField::DigiflazzRc),
            ("sn", ReportField::Sn),
        ])
    }

    fn of(fields: &[(&str, ReportField)]) -> Self {
        let named = |(name, field): &(&str, ReportField)| ((*name).to_owned(), *field);
        Self {
            fields: fields.iter().map(named).collect(),
        }
    }

    /// Whether any of its fields is said only by who speaks the dialects of other servers, and knows the member's balance.
    pub fn speaks(&self) -> bool {
        let speaks = |(_, field): &(String, ReportField)| {
            matches!(
                field,
                ReportField::OtomaxSentence | ReportField::IrsSentence | ReportField::Balance
            )
        };
        self.fields.iter().any(speaks)
    }

    /// Most parameters of a report.
    pub const FIELDS_MAX: usize = 20;

    /// Whether it can be sent: names of 1 to 32 letters, digits, `_`, `-` or `.`, each once, and a reference and a status among them.
    pub fn check(&self) -> Result<(), &'static str> {
        let is_name = |name: &str| {
            (1..=32).contains(&name.len())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        if self.fields.len() > Self::FIELDS_MAX {
            return Err("at most 20 parameters");
        }
        if !self.fields.iter().all(|(name, _)| is_name(name)) {
            return Err("a parameter is 1 to 32 letters, digits, `_`, `-` or `.`");
        }
        let twice =
            self.fields.iter().enumerate().any(|(place, (name, _))| {
                self.fields[..place].iter().any(|(other, _)| other == name)
            });
        if twice {
            return Err("a parameter has one content");
        }
        let has =
            |wanted: &[ReportField]| self.fields.iter().any(|(_, field)| wanted.contains(field));
        let status = [
            ReportField::StatusCode,
            ReportField::Status,
            ReportField::FamilyStatus,
        ];
        if !has(&[ReportField::RefId]) || !has(&status) {
            return Err("a report names the ref_id and a status");
        }
        Ok(())
    }

    /// `1` delivered, `2` not; `None` while it is not known, which is not reported.
    pub const fn status_code(status: PublicStatus) -> Option<&'static str> {
        match status {
            PublicStatus::Success => Some("1"),
            PublicStatus::Failed | PublicStatus::Refund => Some("2"),
            PublicStatus::Pending | PublicStatus::Processing => None,
        }
    }
}

/// What a parameter of a legacy report carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportField {
    /// The member's reference.
    RefId,
    /// `1` delivered, `2` not.
    StatusCode,
    /// The public word: `SUCCESS`, `FAILED`, `REFUND`.
    Status,
    /// The serial number; empty without one.
    Sn,
    /// What happened, for people.
    Message,
    /// Our id.
    TrxId,
    /// The product's code.
    Product,
    /// The destination.
    Destination,
    /// The price in whole rupiah.
    Price,
    /// The revision: a smaller one than known is old news.
    Revision,
    /// The code people read aloud.
    TrxCode,
    /// A number of the `OtomaX` family: `20` delivered, `40` and others not.
    FamilyStatus,
    /// What happened, in a sentence of `OtomaX`.
    OtomaxSentence,
    /// What happened, in a sentence of IRS.
    IrsSentence,
    /// The destination, `08…` for mobile numbers.
    NationalDestination,
    /// The response code of Digiflazz's sellers: `00` delivered, others not.
    DigiflazzRc,
    /// The words that go with it.
    DigiflazzMessage,
    /// What the member can spend now, in whole rupiah.
    Balance,
}

/// Whether an endpoint is called, as delivery left it. Kept beside the endpoint by the store; setting an endpoint makes it
/// [`EndpointState::WELL`] again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointState {
    /// It is called.
    Active {
        /// Since when nothing was taken although something was sent; `None` while it takes what it gets.
        failing_since: Option<Timestamp>,
    },
    /// It is not called and nothing new is written for it, until an operator sets it again.
    Disabled {
        /// Why.
        why: Disabled,
        /// Since when.
        since: Timestamp,
    },
}

impl EndpointState {
    /// Active, and taking what it gets.
    pub const WELL: Self = Self::Active {
        failing_since: None,
    };

    /// Whether it is called.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active { .. })
    }
}

/// Why an endpoint is not called any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disabled {
    /// It answered 410: it wants no more.
    Gone,
    /// It took nothing for too long.
    Dead,
    /// Too much waits for it.
    Behind,
}

impl Disabled {
    /// Every word of [`Disabled::word`].
    pub const WORDS: [&'static str; 3] = ["gone", "dead", "behind"];

    /// In one word, for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Dead => "dead",
            Self::Behind => "behind",
        }
    }
}

/// The address of an endpoint as text: 1 to 2,048 printable ASCII characters without blanks, `http://` or `https://`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EndpointUrl(Arc<str>);

impl EndpointUrl {
    const RULE: &'static str =
        "an http(s) address of at most 2048 printable ASCII characters without blanks";

    /// The address, if it has the shape of one.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let is_one = (1..=2048).contains(&text.len())
            && text.bytes().all(|byte| (0x21..0x7F).contains(&byte))
            && (text.starts_with("https://") || text.starts_with("http://"));
        if is_one {
            Ok(Self(Arc::from(text)))
        } else {
            Err(TextError { rule: Self::RULE })
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EndpointUrl {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl From<EndpointUrl> for String {
    fn from(url: EndpointUrl) -> Self {
        url.0.as_ref().to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn report(fields: &[(&str, ReportField)]) -> Report {
        let fields = fields
            .iter()
            .map(|(name, field)| ((*name).to_owned(), *field));
        Report {
            fields: fields.collect(),
        }
    }

    #[test]
    fn the_usual_reports_can_be_sent() {
        for report in [Report::default(), Report::otomax(), Report::irs()] {
            assert_eq!(report.check(), Ok(()), "{report:?}");
        }
    }

    #[rstest]
    #[case(&[])]
    #[case(&[("refid", ReportField::RefId)])]
    #[case(&[("statuscode", ReportField::StatusCode)])]
    #[case(&[("refid", ReportField::RefId), ("refid", ReportField::StatusCode)])]
    #[case(&[("ref id", ReportField::RefId), ("s", ReportField::Status)])]
    #[case(&[("", ReportField::RefId), ("s", ReportField::Status)])]
    #[case(&[("a&b=", ReportField::RefId), ("s", ReportField::Status)])]
    fn t_06_a_report_that_cannot_be_read_is_refused(#[case] fields: &[(&str, ReportField)]) {
        assert!(report(fields).check().is_err());
    }

    #[rstest]
    #[case("https://shop.example/hook", true)]
    #[case("http://shop.example/hook", true)]
    #[case("", false)]
    #[case("ftp://shop.example/", false)]
    #[case("https://shop.example/a b", false)]
    #[case("https://shop.example/\n", false)]
    #[case("https://töko.example/", false)]
    fn an_address_is_a_short_printable_text(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(EndpointUrl::new(text).is_ok(), is_one);
    }

    #[test]
    fn e_34_a_rotation_keeps_the_old_secret_until_it_is_settled() {
        let secret = |byte: u8| {
            let mut bytes = [byte; 32];
            bytes[0] = 0;
            HookSecret::mint(&bytes).unwrap()
        };
        let (one, two) = (secret(1), secret(2));
        let turning = Signing::with(one.clone()).rotated(two.clone());
        assert_eq!((&turning.secret, &turning.old), (&two, &Some(one)));
        assert_eq!(turning.settled(), Signing::with(two));
    }
}
