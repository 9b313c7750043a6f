//! Where members are told about their orders.

use serde::{Deserialize, Serialize};

/// `POST /api/v1/admin/members/{code}/webhook`: sets the endpoint, active from now on. The same again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where to.
    pub url: String,
    /// In which form.
    #[serde(default)]
    pub format: WebhookFormat,
    /// Signs with a new secret as well, until `…/webhook/settle`; refused while an earlier change is not settled.
    #[serde(default)]
    pub rotate: bool,
}

/// The form of what is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// A JSON POST signed by Standard Webhooks.
    #[default]
    Standard,
    /// An unsigned GET for old panels: `refid`, `statuscode`, `sn`, `msg`.
    LegacyGet,
}

/// `POST /api/v1/admin/members/{code}/webhook/replay`: every order accepted in this time once more, as it is now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// From, like `2026-01-31T00:00:00+07:00`.
    pub from: String,
    /// Up to.
    pub to: String,
}

/// How many orders are told again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ToldAgain {
    /// How many.
    pub orders: usize,
}

/// An endpoint, and how it fares.
#[derive(Clone, Serialize, Deserialize)]
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
