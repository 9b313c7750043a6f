//! The trait.

use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    AttemptView, Claim, Exchange, Finding, InquiryError, PriceList, Profile, Purchase, Question,
    RawRequest, ReadError, Reading, Reason, Sighting, Unauthenticated,
};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use secrecy::SecretString;
use url::Url;

use super::config::wrong;
use super::goods::{Section, parted, placed};
use super::price_list::unreadable;
use super::wire::{ANSWER_BYTES_MAX, SERVICES_BYTES_MAX, form};
use super::{Config, ConfigError, callback, classify, price_list, sign};
use crate::http::{self, Fetched, NoClient, Outbound};
use crate::meter::{self, Meter, Requests};

/// One account at VIP Reseller.
pub struct Vip {
    config: Config,
    sign: SecretString,
    profile: Profile,
    client: Client,
    meter: Meter,
    account: Url,
    prepaid: Url,
    game: Url,
}

impl Vip {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let base = config.check()?;
        let client = http::purchase_client(&Outbound {
            timeout: config.timeout,
            proxy: config.proxy.as_ref(),
            local_address: config.calls_from(&base),
            compressed: true,
        })
        .map_err(|error| match error {
            NoClient::Proxy => wrong("proxy", "the http(s) address of a proxy"),
            NoClient::Setup => wrong("base_url", "reachable: TLS could not be set up here"),
        })?;
        let call = |path: &str| {
            let mut url = base.clone();
            url.path_segments_mut()
                .map_err(|()| wrong("base_url", "an address that can have a path"))?
                .pop_if_empty()
                .push(path);
            Ok(url)
        };
        Ok(Self {
            profile: config.profile(),
            sign: sign::sign(&config.api_id, &config.api_key),
            client,
            meter: Meter::new(meter::VIP),
            account: call("profile")?,
            prepaid: call(Section::Prepaid.path())?,
            game: call(Section::Game.path())?,
            config,
        })
    }

    /// What a whole answer with this body says about a purchase: as the answer to its order, or to a question; then a sighting for each transaction in it. For
    /// people who ask why something was read as it was read: nothing is sent.
    pub fn read_reply(about: &AttemptView, is_first: bool, body: &[u8]) -> Vec<Sighting> {
        if is_first {
            vec![classify::ordered(&about.sku, body)]
        } else {
            classify::asked_about(&about.sku, body)
        }
    }

    const fn url(&self, section: Section) -> &Url {
        match section {
            Section::Prepaid => &self.prepaid,
            Section::Game => &self.game,
        }
    }

    /// A request to `url`; the key and what proves it stand in the body, never in the address.
    fn request(&self, url: &Url, fields: &[(&str, &str)]) -> RequestBuilder {
        self.client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form(&self.config.api_key, &self.sign, fields))
    }

    /// What an answer about transactions says.
    fn heard(&self, fetched: Fetched, read: impl FnOnce(&[u8]) -> Vec<Sighting>) -> Exchange {
        let Fetched {
            http_status,
            body,
            is_delimited,
        } = fetched;
        // What a server says that is in trouble, or a gateway in its place, proves nothing.
        if http_status >= 500 {
            tracing::debug!(http_status, bytes = body.len(), "a server in trouble");
            return Exchange::unclear(body, Reason::Unreadable);
        }
        let sightings = read(&body);
        tracing::debug!(
            http_status,
            is_delimited,
            rows = sightings.len(),
            "answered"
        );
        for sighting in &sightings {
            self.alarm(sighting);
        }
        Exchange::answered(body, sightings)
    }

    /// What a person should hear of although the order goes on: the table of status words has grown.
    fn alarm(&self, sighting: &Sighting) {
        if sighting.claim == Claim::Unclear && sighting.reason == Reason::Other {
            tracing::warn!(their_ref = ?sighting.their_ref, "a status word that VIP Reseller's table does not list");
            self.meter.unlisted.increment(1);
        }
    }

    /// A call that only reads, within what is `left` of its time.
    async fn read(
        &self,
        url: &Url,
        fields: &[(&str, &str)],
        bytes_max: usize,
        left: Duration,
        requests: &Requests,
    ) -> Result<Bytes, ReadError> {
        let request = self.request(url, fields).timeout(left);
        let answer = http::call(request, bytes_max).await;
        requests.ended(&answer);
        let fetched = answer.map_err(|lost| ReadError::Unreachable(lost.how.to_string()))?;
        if fetched.http_status >= 500 {
            return Err(unreadable("the answer of a server in trouble"));
        }
        Ok(fetched.body)
    }
}

/// What a purchase asks for; `None` if it is never sent: nothing names it, so what is sent again is bought again, and nothing can be told beside its number.
fn order(purchase: &Purchase) -> Option<(Section, Vec<(&str, &str)>)> {
    let (section, code) = placed(&purchase.sku);
    let has_more = purchase.target.number() != purchase.target.as_str();
    if purchase.send != 1 || code.is_empty() || has_more {
        return None;
    }
    let mut fields = vec![("type", "order"), ("service", code)];
    match section {
        Section::Prepaid => fields.push(("data_no", purchase.target.as_str())),
        Section::Game => {
            let (number, zone) = parted(&purchase.target);
            fields.push(("data_no", number));
            fields.extend(zone.map(|zone| ("data_zone", zone)));
        }
    }
    Some((section, fields))
}

#[async_trait]
impl Supplier for Vip {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Posts the order once, and never again: a second send is refused here, unsent. The cap is not sent, as there is no field for it.
    async fn send(&self, purchase: &Purchase) -> Exchange {
        let Some((section, fields)) = order(purchase) else {
            return Exchange::not_sent(Reason::Other);
        };
        let request = self.request(self.url(section), &fields);
        let answer = http::call(request, ANSWER_BYTES_MAX).await;
        self.meter.purchases.ended(&answer);
        let read = |body: &[u8]| vec![classify::ordered(&purchase.sku, body)];
        match answer {
            Ok(fetched) => self.heard(fetched, read),
            Err(lost) => lost.exchange(),
        }
    }

    /// Asks by the id that the attempt is known by; where there is none yet, for the newest orders of the section.
    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let (section, _) = placed(&attempt.sku);
        let limit = self.config.list_limit.to_string();
        let which = match &attempt.their_ref {
            Some(id) => ("trxid", id.as_str()),
            None => ("limit", limit.as_str()),
        };
        let request = self.request(self.url(section), &[("type", "status"), which]);
        let answer = http::call(request, ANSWER_BYTES_MAX).await;
        self.meter.statuses.ended(&answer);
        let read = |body: &[u8]| classify::asked_about(&attempt.sku, body);
        match answer {
            Ok(fetched) => self.heard(fetched, read),
            Err(lost) => lost.exchange(),
        }
    }

    /// VIP sells for known prices; it has no bills.
    async fn inquire(&self, _question: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        let (left, requests) = (self.config.timeout, &self.meter.balances);
        let body = self
            .read(&self.account, &[], ANSWER_BYTES_MAX, left, requests)
            .await?;
        let (balance, _) = price_list::account(&body)?;
        balance.ok_or_else(|| unreadable("an account without a balance"))
    }

    /// Both sections, at the price of the account's level: three requests. The vendor publishes no limit; who asks every ten minutes is
    /// safe.
    async fn price_list(&self) -> Result<PriceList, ReadError> {
        let began = Instant::now();
        let left = || self.config.timeout.saturating_sub(began.elapsed());
        let requests = &self.meter.price_lists;
        let body = self
            .read(&self.account, &[], ANSWER_BYTES_MAX, left(), requests)
            .await?;
        let (_, level) = price_list::account(&body)?;
        let mut list = PriceList::default();
        for section in Section::ALL {
            let url = self.url(section);
            let fields = [("type", "services")];
            let body = self
                .read(url, &fields, SERVICES_BYTES_MAX, left(), requests)
                .await?;
            price_list::add(&mut list, section, level, &body)?;
        }
        if list.rows.is_empty() {
            return Err(unreadable("lists without a readable row"));
        }
        Ok(list)
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        let reading = callback::read(&self.config, request)?;
        reading.sightings.iter().for_each(|one| self.alarm(one));
        Ok(reading)
    }
}

impl fmt::Debug for Vip {
    /// As [`Config`]'s: without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vip")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::ids::SupplierRef;
    use eraflazz_core::text::{Sku, Target};

    use super::*;

    fn purchase(sku: &str, target: &str, send: u32) -> Purchase {
        Purchase {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse("E0101HF5S2K3A0B1C2DZ").unwrap(),
            sku: Sku::new(sku).unwrap(),
            target: Target::new(target).unwrap(),
            cap: Money::rupiah(11_000).unwrap(),
            send,
            age: Duration::ZERO,
        }
    }

    #[test]
    fn an_order_names_goods_and_number_and_of_a_game_the_zone() {
        let bought = purchase("S10", "081234567890", 1);
        let fields = vec![
            ("type", "order"),
            ("service", "S10"),
            ("data_no", "081234567890"),
        ];
        assert_eq!(order(&bought), Some((Section::Prepaid, fields)));
        let bought = purchase("game/ML86-S1", "12345678(2012)", 1);
        let fields = vec![
            ("type", "order"),
            ("service", "ML86-S1"),
            ("data_no", "12345678"),
            ("data_zone", "2012"),
        ];
        assert_eq!(order(&bought), Some((Section::Game, fields)));
        let bought = purchase("game/FF70", "12345678", 1);
        let fields = vec![
            ("type", "order"),
            ("service", "FF70"),
            ("data_no", "12345678"),
        ];
        assert_eq!(order(&bought), Some((Section::Game, fields)));
    }

    #[test]
    fn inv_09_what_would_be_sent_again_or_has_no_code_is_never_sent() {
        for (sku, send) in [("S10", 2), ("S10", 0), ("game/", 1)] {
            assert_eq!(order(&purchase(sku, "081234567890", send)), None);
        }
    }
}
