//! Where members are told about their orders.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/members/{code}/webhook`: sets the endpoint, active from now on. The same again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where to.
    #[schema(value_type = words::HookAddress)]
    pub url: String,
    /// In which form.
    #[serde(default)]
    pub format: WebhookFormat,
    /// Signs with a new secret as well, until `…/webhook/settle`; refused while an earlier change is not settled.
    #[serde(default)]
    pub rotate: bool,
}

/// The form of what is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// A JSON POST signed by Standard Webhooks.
    #[default]
    Standard,
    /// An unsigned GET for old panels: `refid`, `statuscode`, `sn`, `msg`.
    LegacyGet,
    /// The same for `OtomaX`: `refid`, `t`, `status`, `price`, `sn`, `message`, in its numbers and sentences.
    OtomaxGet,
    /// The same for IRS: `serverid`, `clientid`, `statuscode`, `kp`, `msisdn`, `sn`, `msg`.
    IrsGet,
    /// An unsigned POST as Digiflazz wants it of those who sell to it.
    DigiflazzPost,
}

/// `POST /api/v1/admin/members/{code}/webhook/replay`: every order accepted in this time once more, as it is now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// From, like `2026-01-31T00:00:00+07:00`.
    #[schema(format = "date-time")]
    pub from: String,
    /// Up to.
    #[schema(format = "date-time")]
    pub to: String,
}

/// How many orders are told again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct ToldAgain {
    /// How many.
    pub orders: usize,
}

/// An endpoint, and how it fares.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct WebhookTold {
    /// Where to.
    pub url: String,
    /// In which form.
    pub format: WebhookFormat,
    /// `active`, `failing since …` or `disabled: …`.
    pub state: String,
    /// Whether two secrets count until the change is settled.
    pub changing_secret: bool,
    /// The secret, when it is new: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Orders that will be told.
    pub waiting: u64,
    /// Orders that were never told although every try was made.
    pub parked: u64,
}

impl Shown for NewWebhook {
    fn example() -> Value {
        json!({"url": "https://toko.example.com/hook"})
    }

    /// A legacy report has no secret.
    fn together() -> Option<Value> {
        let unsigned = json!(["legacy_get", "otomax_get", "irs_get", "digiflazz_post"]);
        let fields = json!({"format": {"enum": unsigned}, "rotate": {"const": true}});
        Some(json!({"not": {"required": ["format", "rotate"], "properties": fields}}))
    }
}

impl Shown for Replay {
    fn example() -> Value {
        json!({"from": "2026-01-01T00:00:00+07:00", "to": "2026-01-02T00:00:00+07:00"})
    }
}

impl Shown for ToldAgain {
    fn example() -> Value {
        json!({"orders": 1})
    }
}

impl Shown for WebhookTold {
    fn example() -> Value {
        json!({
            "url": "https://toko.example.com/hook", "format": "standard", "state": "active", "changing_secret": false,
            "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "waiting": 0, "parked": 0,
        })
    }
}
