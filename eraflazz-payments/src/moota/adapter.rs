//! The trait.

use async_trait::async_trait;
use eraflazz_core::payment::BankLine;
use eraflazz_core::ports::BankFeed;
use eraflazz_core::supplier::{RawRequest, ReadError, Unauthenticated};
use eraflazz_core::time::BusinessDay;
use reqwest::Client;
use secrecy::ExposeSecret;
use url::Url;

use super::config::wrong;
use super::{Config, sign, wire};
use crate::config::ConfigError;
use crate::http;
use crate::meter::Meter;

const SIGNATURE: &str = "signature";
/// Rows of a page.
const PAGE: &str = "100";
/// The most pages that are read: more rows than a shop has in a week.
const PAGES_MAX: u32 = 50;
/// How many days are asked for at once.
const DAYS: std::time::Duration = std::time::Duration::from_hours(7 * 24);

/// One bank account at Moota.
pub struct Moota {
    config: Config,
    client: Client,
    meter: Meter,
    base: Url,
}

impl Moota {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let base = config.check()?;
        let client =
            http::payment_client(config.timeout, config.proxy.as_ref(), config.local_address)
                .ok_or(wrong("proxy", "usable: no client could be set up here"))?;
        Ok(Self {
            client,
            meter: Meter::new("moota"),
            base,
            config,
        })
    }

    fn url(&self, from: BusinessDay, page: u32) -> Option<Url> {
        let to = from.begins().plus(DAYS).business_day();
        let mut url = self.base.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .push("mutation");
        url.query_pairs_mut()
            .append_pair("type", "CR")
            // Which of the two names counts is not written anywhere.
            .append_pair("bank", &self.config.bank_id)
            .append_pair("bank_id", &self.config.bank_id)
            .append_pair("start_date", &from.to_string())
            .append_pair("end_date", &to.to_string())
            .append_pair("page", &page.to_string())
            .append_pair("per_page", PAGE);
        Some(url)
    }

    async fn page(&self, from: BusinessDay, page: u32) -> Result<(Vec<BankLine>, u32), ReadError> {
        let url = self
            .url(from, page)
            .ok_or_else(|| ReadError::Unreadable("the request could not be written".to_owned()))?;
        let request = self
            .client
            .get(url)
            .bearer_auth(self.config.token.expose_secret())
            .header(reqwest::header::ACCEPT, "application/json");
        let answer = http::call(request).await;
        self.meter.reads.ended(&answer);
        let fetched = answer.map_err(|lost| ReadError::Unreachable(lost.how.to_string()))?;
        if fetched.http_status != 200 {
            let code = fetched.http_status.to_string();
            return Err(ReadError::Refused { code });
        }
        // Without points left there is only a message.
        wire::page(&fetched.body, &self.config.bank_id).ok_or_else(|| {
            ReadError::Unreadable("no page of rows: are there points left?".to_owned())
        })
    }
}

#[async_trait]
impl BankFeed for Moota {
    fn read_push(&self, request: &RawRequest) -> Result<Vec<BankLine>, Unauthenticated> {
        let secret = &self.config.webhook_secret;
        if !sign::is_genuine(secret, &request.body, request.header(SIGNATURE)) {
            return Err(Unauthenticated);
        }
        Ok(wire::push(&request.body, &self.config.bank_id))
    }

    async fn lines(&self, from: BusinessDay) -> Result<Vec<BankLine>, ReadError> {
        let mut lines = Vec::new();
        for page in 1..=PAGES_MAX {
            let (more, last) = self.page(from, page).await?;
            lines.extend(more);
            if page >= last {
                break;
            }
        }
        Ok(lines)
    }
}
