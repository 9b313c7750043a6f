//! What is sent: the event as JSON with its signatures, or the legacy report.

use eraflazz_core::ports::Message;
use eraflazz_core::webhook::{Report, ReportField, Signing};
use serde::Serialize;
use serde_json::{Value, json};
use standardwebhooks::{Webhook, WebhookError};
use url::Url;
use utoipa::ToSchema;

use crate::answers::Transaction;
use crate::openapi::Shown;

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

/// The address of a legacy report: what stands in `url` already, and the report's parameters after it.
pub fn report_url(mut url: Url, report: &Report, message: &Message) -> Url {
    let order = Transaction::of(&message.order, &message.catalog);
    {
        let mut query = url.query_pairs_mut();
        for (name, field) in &report.fields {
            let value = match field {
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
            };
            query.append_pair(name, &value);
        }
    }
    url
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
