//! What is sent: the event as JSON with its signatures, or the legacy report.

use eraflazz_core::money::Money;
use eraflazz_core::ports::Message;
use eraflazz_core::webhook::{Report, ReportField, Signing};
use serde::Serialize;
use serde_json::{Value, json};
use standardwebhooks::{Webhook, WebhookError};
use url::Url;
use utoipa::ToSchema;

use crate::answers::Transaction;
use crate::openapi::Shown;
use crate::seller::digiflazz::Rc;
use crate::seller::telling::{Standing, Told, Tone};
use crate::seller::texts::{Sentences, Texts};

/// The body of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// `transaction.updated`, or `transaction.refunded` once a delivered order was reversed.
    #[schema(pattern = "^transaction\\.(updated|refunded)$")]
    pub r#type: &'static str,
    /// When the order became what it is.
    #[schema(format = "date-time")]
    pub timestamp: String,
    /// The order, as its member reads it anywhere else.
    pub data: Transaction,
}

impl Shown for Event {
    fn example() -> Value {
        let timestamp = "2026-01-01T07:00:02.000+07:00";
        json!({"type": "transaction.updated", "timestamp": timestamp, "data": Transaction::example()})
    }
}

impl Event {
    /// The message as JSON is made of it.
    pub fn of(message: &Message) -> Self {
        Self {
            r#type: message.kind().word(),
            timestamp: message.order.updated_at.to_string(),
            data: Transaction::of(&message.order, &message.catalog),
        }
    }
}

/// `webhook-signature` for this body: one signature, or two while the secret changes, the new one first (E-34).
pub fn sign(
    signing: &Signing,
    id: &str,
    seconds: i64,
    body: &[u8],
) -> Result<String, WebhookError> {
    let mut signatures = Webhook::new(signing.secret.expose())?.sign(id, seconds, body)?;
    if let Some(old) = &signing.old {
        signatures.push(' ');
        signatures.push_str(&Webhook::new(old.expose())?.sign(id, seconds, body)?);
    }
    Ok(signatures)
}

/// What a report says in the dialect of another server, beside the order.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// The sentences of this house.
    pub sentences: &'a Sentences,
    /// The member's deposit now.
    pub balance: Money,
}

/// The places that an operator may put into the query of a report's address, with what stands there; then nothing is added to it.
const PLACES: [(&str, &[ReportField]); 8] = [
    ("[refid]", &[ReportField::RefId]),
    ("[trxid]", &[ReportField::TrxCode]),
    (
        "[status]",
        &[
            ReportField::FamilyStatus,
            ReportField::StatusCode,
            ReportField::Status,
        ],
    ),
    ("[sn]", &[ReportField::Sn]),
    ("[price]", &[ReportField::Price]),
    ("[product]", &[ReportField::Product]),
    ("[dest]", &[ReportField::NationalDestination]),
    (
        "[message]",
        &[
            ReportField::OtomaxSentence,
            ReportField::IrsSentence,
            ReportField::Message,
        ],
    ),
];

/// Whether the query of a report's address has places of its own; the rule that it breaks, if they are too few to be of use.
pub fn check_places(url: &Url) -> Result<bool, &'static str> {
    let has = |place: &str| url.query_pairs().any(|(_, value)| value.contains(place));
    let used = PLACES.iter().any(|(place, _)| has(place));
    if used && !(has("[refid]") && (has("[status]") || has("[message]"))) {
        return Err("with places in the query, [refid] and [status] or [message] are among them");
    }
    Ok(used)
}

/// The address of a legacy report: its places filled in, or what stands in `url` already and the report's parameters after it.
pub fn report_url(
    mut url: Url,
    report: &Report,
    message: &Message,
    spoken: Option<Spoken<'_>>,
) -> Url {
    let order = Transaction::of(&message.order, &message.catalog);
    let value = |field: ReportField| value(field, &order, message, spoken);
    if check_places(&url) == Ok(true) {
        let filled: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, text)| (name.into_owned(), fill(&text, report, &value)))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(filled);
        return url;
    }
    {
        let mut query = url.query_pairs_mut();
        for (name, field) in &report.fields {
            query.append_pair(name, &value(*field));
        }
    }
    url
}

/// The body of a legacy report that is posted.
pub(super) fn report_body(report: &Report, message: &Message, spoken: Option<Spoken<'_>>) -> Value {
    let order = Transaction::of(&message.order, &message.catalog);
    let fields = report.fields.iter();
    let fields = fields.map(|(name, field)| {
        let value = value(*field, &order, message, spoken);
        (name.clone(), Value::String(value))
    });
    json!({"data": fields.collect::<serde_json::Map<_, _>>()})
}

/// The text with its places filled in, each once: what is filled in is not read again.
fn fill(text: &str, report: &Report, value: &impl Fn(ReportField) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        let place = PLACES.iter().find(|(place, _)| after.starts_with(place));
        let Some((place, fields)) = place else {
            filled.push('[');
            rest = &after[1..];
            continue;
        };
        let is_of_report =
            |field: &&ReportField| report.fields.iter().any(|(_, other)| other == *field);
        let field = fields.iter().find(is_of_report).or(fields.first());
        filled.push_str(&field.map_or_else(String::new, |field| value(*field)));
        rest = &after[place.len()..];
    }
    filled.push_str(rest);
    filled
}

fn value(
    field: ReportField,
    order: &Transaction,
    message: &Message,
    spoken: Option<Spoken<'_>>,
) -> String {
    let sentence = |of: fn(&Sentences) -> &Texts| {
        spoken.map_or_else(String::new, |spoken| {
            let dest = message.order.destination.render();
            let told = Told {
                order: &message.order,
                product: &order.product,
                dest: dest.as_str(),
                balance: spoken.balance,
                now: message.at,
            };
            told.sentence(of(spoken.sentences), Tone::News)
        })
    };
    match field {
        ReportField::RefId => order.ref_id.clone(),
        ReportField::StatusCode => Report::status_code(message.order.status())
            .unwrap_or_default()
            .to_owned(),
        ReportField::Status => order.status.to_owned(),
        ReportField::Sn => order.sn.clone().unwrap_or_default(),
        ReportField::Message => order.message.to_owned(),
        ReportField::TrxId => order.trx_id.clone(),
        ReportField::Product => order.product.clone(),
        ReportField::Destination => order.destination.clone(),
        ReportField::Price => order.price.to_string(),
        ReportField::Revision => order.revision.to_string(),
        ReportField::TrxCode => order.trx_code.clone(),
        ReportField::FamilyStatus => Standing::of(&message.order)
            .number()
            .unwrap_or_default()
            .to_owned(),
        ReportField::OtomaxSentence => sentence(|sentences| &sentences.otomax),
        ReportField::IrsSentence => sentence(|sentences| &sentences.irs),
        ReportField::NationalDestination => message.order.destination.render().to_string(),
        ReportField::DigiflazzRc => Rc::of(Standing::of(&message.order)).code().to_owned(),
        ReportField::DigiflazzMessage => Rc::of(Standing::of(&message.order)).words().to_owned(),
        ReportField::Balance => spoken.map_or_else(String::new, |spoken| {
            spoken.balance.floor_rupiah().to_string()
        }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::webhook::HookSecret;

    use super::*;

    /// Computed with `openssl dgst -sha256 -mac HMAC -macopt hexkey:…`, then base64.
    const ID: &str = "msg_2026A1B2C3D4E5F6G7H8J9K0";
    const BODY: &str = r#"{"type":"transaction.updated","timestamp":"2026-01-01T00:00:00Z","data":{"ref_id":"TRX-0001","status":"Sukses","sn":"01234567890123456789"}}"#;
    const NEW: &str = "v1,PSvnBWzyqWibKJWNHAws0rlD7bjArcjyR7P5da0Rfgo=";
    const OLD: &str = "v1,+uU64CqEtar8QXjsGDPe6YVfS20IJ9GQWkTyJa67UTQ=";

    fn signing() -> Signing {
        let secret = |text| HookSecret::new(text).unwrap();
        let old = secret("whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=");
        let new = secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        Signing::with(old).rotated(new)
    }

    #[test]
    fn e_34_both_secrets_sign_while_they_change_the_new_one_first() {
        let header = sign(&signing(), ID, 1_767_225_600, BODY.as_bytes()).unwrap();
        assert_eq!(header, format!("{NEW} {OLD}"));
        let header = sign(&signing().settled(), ID, 1_767_225_600, BODY.as_bytes()).unwrap();
        assert_eq!(header, NEW);
    }

    #[test]
    fn a_signature_covers_id_time_and_body() {
        let usual = sign(&signing(), ID, 1_767_225_600, BODY.as_bytes()).unwrap();
        for (id, seconds, body) in [
            ("msg_2026A1B2C3D4E5F6G7H8J9K1", 1_767_225_600, BODY),
            (ID, 1_767_225_601, BODY),
            (ID, 1_767_225_600, "{}"),
        ] {
            let other = sign(&signing(), id, seconds, body.as_bytes()).unwrap();
            assert_ne!(other, usual);
        }
    }
}
