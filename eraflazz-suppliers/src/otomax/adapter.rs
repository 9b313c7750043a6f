//! The trait.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    AttemptView, Exchange, Finding, InquiryError, PriceList, Profile, Purchase, Question,
    RawRequest, ReadError, Reading, Reason, Repeat, Sighting, Ticket, TicketError, TicketOrder,
    Unauthenticated, Written,
};
use eraflazz_core::text::{Sku, Target};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;

use super::config::{Call, Checked, wrong};
use super::repeat::{Phase, Sent, ServerClock};
use super::request::Filled;
use super::sign::sign;
use super::structured::Reader;
use super::template::Field;
use super::text::{self, Asked};
use super::{Config, ConfigError, report, ticket};
use crate::http::{self, Fetched, Lost, NoClient, Outbound};
use crate::meter::{self, Meter, Requests};

/// A reply is a line or a page of text.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One account at a server of the `OtomaX` family.
pub struct Otomax {
    config: Config,
    calls: Checked,
    client: Client,
    meter: Meter,
}

impl Otomax {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let calls = config.check()?;
        let client = http::purchase_client(&Outbound {
            timeout: config.profile.timeout,
            proxy: config.proxy.as_ref(),
            local_address: config.local_address,
            compressed: false,
        })
        .map_err(|error| match error {
            NoClient::Proxy => wrong("proxy", "the http(s) address of a proxy"),
            NoClient::Setup => wrong("bases", "reachable: TLS could not be set up here"),
        })?;
        Ok(Self {
            calls,
            client,
            meter: Meter::new(meter::OTOMAX),
            config,
        })
    }

    /// Puts `call` to the server: at its first address, or at its second if the first was certainly not reached.
    async fn put(
        &self,
        call: &Call,
        about: About<'_>,
        requests: &Requests,
    ) -> Result<Fetched, Unput> {
        let values = Values::new(&self.config, call, about).ok_or(Unput::Refused)?;
        let mut outcome = Err(Unput::Refused);
        for base in &self.calls.bases {
            let filled = call.request.fill(base, |field| values.of(field));
            let Filled { url, body } = filled.ok_or(Unput::Refused)?;
            let request = match body {
                None => self.client.get(url),
                Some(body) => self
                    .client
                    .post(url)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body),
            };
            let answer = http::call(request, ANSWER_BYTES_MAX).await;
            requests.ended(&answer);
            let is_unsent = matches!(&answer, Err(lost) if lost.written == Written::No);
            outcome = answer.map_err(Unput::Lost);
            if !is_unsent {
                break;
            }
        }
        outcome
    }

    /// What a whole reply with this body says about a purchase: as the answer to its first send, or to a question. For people who ask why something
    /// was read as it was read: nothing is sent, and of a reply that tells of an earlier purchase the time is not looked at.
    pub fn read_reply(&self, about: &AttemptView, is_first: bool, body: &[u8]) -> Sighting {
        let goods = Goods {
            supplier_ref: &about.supplier_ref,
            sku: &about.sku,
            target: &about.target,
        };
        let asked = if is_first {
            (self.first(), None)
        } else {
            (Phase::Again, Some(ServerClock::any_time()))
        };
        self.sighting(goods, asked, &decoded(body))
    }

    fn sighting(&self, goods: Goods<'_>, asked: (Phase, Option<Sent>), reply: &str) -> Sighting {
        let (phase, sent) = asked;
        let asked = Asked {
            supplier_ref: goods.supplier_ref,
            sku: goods.sku,
            target: goods.target,
            phase,
            sent,
        };
        let reader = Reader {
            form: self.config.reply,
            patterns: &self.config.patterns,
            codes: &self.config.codes,
        };
        reader.read(&asked, reply)
    }

    fn first(&self) -> Phase {
        Phase::First {
            by_ref: self.config.profile.repeat == Repeat::ByRef,
        }
    }

    /// The reply to a call that only reads.
    async fn read(
        &self,
        call: &Call,
        about: About<'_>,
        requests: &Requests,
    ) -> Result<String, ReadError> {
        let fetched = match self.put(call, about, requests).await {
            Ok(fetched) => fetched,
            Err(Unput::Refused) => {
                return Err(unreadable("the template asks for a field of other calls"));
            }
            Err(Unput::Lost(lost)) => return Err(ReadError::Unreachable(lost.how.to_string())),
        };
        reply(&fetched).ok_or_else(|| unreadable("not a whole reply of the server's"))
    }

    /// The exchange about `goods`, read.
    async fn exchange(
        &self,
        call: &Call,
        goods: Goods<'_>,
        (phase, sent): (Phase, Sent),
        requests: &Requests,
    ) -> Exchange {
        if goods.holds_any_of(BORDERS) || goods.holds_any_of(&self.config.forbid) {
            return Exchange::not_sent(Reason::Other);
        }
        let fetched = match self.put(call, About::Goods(goods), requests).await {
            Ok(fetched) => fetched,
            Err(Unput::Refused) => return Exchange::not_sent(Reason::Other),
            Err(Unput::Lost(lost)) => return lost.exchange(),
        };
        let Some(reply) = reply(&fetched) else {
            return Exchange::unclear(fetched.body, Reason::Unreadable);
        };
        let sighting = self.sighting(goods, (phase, Some(sent)), &reply);
        tracing::debug!(claim = ?sighting.claim, reason = ?sighting.reason, "answered");
        Exchange::answered(fetched.body, vec![sighting])
    }
}

/// Why a call brought no answer.
enum Unput {
    /// We refuse to put it: a value is missing, or cannot be signed.
    Refused,
    /// It brought no whole answer.
    Lost(Lost),
}

/// The text of a whole answer. The field answers 200 whatever happened, so another status is somebody else's: a proxy's, a gateway's.
fn reply(fetched: &Fetched) -> Option<String> {
    let Fetched {
        http_status,
        body,
        is_delimited,
    } = fetched;
    if *http_status != 200 || !is_delimited {
        tracing::debug!(
            http_status,
            is_delimited,
            "an answer that is not a whole one of the server's"
        );
        return None;
    }
    Some(decoded(body))
}

/// UTF-8, or Latin-1 where it is none; the label of the answer is not to be trusted.
fn decoded(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => body.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The goods of a purchase.
#[derive(Clone, Copy)]
struct Goods<'a> {
    supplier_ref: &'a SupplierRef,
    sku: &'a Sku,
    target: &'a Target,
}

/// What a call is about, beside our account.
#[derive(Clone, Copy)]
enum About<'a> {
    Account,
    Goods(Goods<'a>),
    /// A ticket over so much, in whole rupiah.
    Ticket(&'a str),
}

impl<'a> About<'a> {
    const fn goods(self) -> Option<Goods<'a>> {
        match self {
            Self::Goods(goods) => Some(goods),
            Self::Account | Self::Ticket(_) => None,
        }
    }
}

/// Never told, whatever the settings allow: `|` shifts the fields of a signature (T-5), and nothing can be told beside the number.
const BORDERS: &str = "|;";

impl Goods<'_> {
    fn holds_any_of(&self, forbidden: &str) -> bool {
        let mut texts = [self.sku.as_str(), self.target.as_str()].into_iter();
        texts.any(|text| text.contains(|c| forbidden.contains(c)))
    }
}

/// What the fields of one call are filled in with.
struct Values<'a> {
    config: &'a Config,
    member: String,
    product: Option<String>,
    about: About<'a>,
    sign: Option<String>,
}

impl<'a> Values<'a> {
    /// `None` if the call cannot be signed.
    fn new(config: &'a Config, call: &Call, about: About<'a>) -> Option<Self> {
        let cased = |text: &str| {
            if config.upper {
                text.to_ascii_uppercase()
            } else {
                text.to_owned()
            }
        };
        let mut values = Self {
            config,
            member: cased(&config.member),
            product: about.goods().map(|goods| cased(goods.sku.as_str())),
            about,
            sign: None,
        };
        if let Some(template) = &call.sign {
            let signed = sign(template, config.sign_form, |field| values.of(field))?;
            values.sign = Some(signed);
        }
        Some(values)
    }

    fn of(&self, field: Field) -> Option<&str> {
        match field {
            Field::Member => Some(&self.member),
            Field::Product => self.product.as_deref(),
            Field::Dest => self.about.goods().map(|goods| goods.target.as_str()),
            Field::Ref => {
                let goods = self.about.goods();
                goods.map(|goods| goods.supplier_ref.as_str())
            }
            Field::Qty => self.about.goods().map(|_| "1"),
            Field::Amount => match self.about {
                About::Ticket(amount) => Some(amount),
                About::Account | About::Goods(_) => None,
            },
            Field::User => Some(&self.config.user),
            Field::Pin => Some(self.config.pin.expose_secret()),
            Field::Password => Some(self.config.password.expose_secret()),
            Field::Sign => self.sign.as_deref(),
        }
    }
}

#[async_trait]
impl Supplier for Otomax {
    fn profile(&self) -> &Profile {
        &self.config.profile
    }

    /// Sends the purchase once. Refused here, unsent: what cannot be signed, and a code or destination with a character of
    /// [`Config::forbid`].
    async fn send(&self, purchase: &Purchase) -> Exchange {
        let phase = if purchase.send == 1 {
            self.first()
        } else {
            Phase::Again
        };
        let goods = Goods {
            supplier_ref: &purchase.supplier_ref,
            sku: &purchase.sku,
            target: &purchase.target,
        };
        let requests = &self.meter.purchases;
        let asked = (phase, self.config.clock.sent(purchase.age));
        self.exchange(&self.calls.order, goods, asked, requests)
            .await
    }

    /// Asks by the status template; without one always `Unclear`, without a request.
    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let Some(call) = &self.calls.status else {
            return Exchange::unclear(Bytes::new(), Reason::None);
        };
        let goods = Goods {
            supplier_ref: &attempt.supplier_ref,
            sku: &attempt.sku,
            target: &attempt.target,
        };
        let requests = &self.meter.statuses;
        let asked = (Phase::Again, self.config.clock.sent(attempt.age));
        self.exchange(call, goods, asked, requests).await
    }

    /// Such servers sell bills through product codes of their own, and share no form of asking first: settings name none.
    async fn inquire(&self, _question: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        let Some(call) = &self.calls.balance else {
            return Err(unreadable("no balance template is set"));
        };
        let reply = self
            .read(call, About::Account, &self.meter.balances)
            .await?;
        text::balance_of(&reply)
    }

    /// Asks by the ticket template, and reads the one sum in the reply that can be meant: what was asked for with a tail of at most four digits.
    async fn ticket(&self, order: &TicketOrder) -> Result<Ticket, TicketError> {
        let Some(call) = &self.calls.ticket else {
            return Err(TicketError::NotOffered);
        };
        let whole = order.amount.whole_rupiah().filter(|amount| *amount > 0);
        let amount = whole.ok_or(TicketError::Wrong {
            field: "amount",
            rule: "whole rupiah above 0",
        })?;
        let reply = self
            .read(
                call,
                About::Ticket(&amount.to_string()),
                &self.meter.tickets,
            )
            .await?;
        Ok(ticket::ticket_of(&reply, order.amount)?)
    }

    /// The protocol has none.
    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Err(unreadable("this protocol has no price list"))
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        report::read(self.config.report, &self.config.sources, request)
    }
}

fn unreadable(why: &str) -> ReadError {
    ReadError::Unreadable(why.to_owned())
}

impl fmt::Debug for Otomax {
    /// As [`Config`]'s: without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otomax")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
