//! The trait.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::catalog::ProductKind;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    Asked, AttemptView, Claim, Exchange, Finding, InquiryError, PriceList, Profile, Purchase,
    Question, RawRequest, ReadError, Reading, Reason, Sighting, Ticket, TicketError, TicketOrder,
    Unauthenticated,
};
use eraflazz_core::text::{Sku, Target};
use reqwest::Client;
use url::Url;

use super::config::{RESEND_AGE_END, wrong};
use super::wire::{
    self, ANSWER_BYTES_MAX, Beside, BillBody, CommandBody, Contents, CustomerBody,
    PRICE_LIST_BYTES_MAX, Plain, PurchaseBody, Transaction,
};
use super::{Config, ConfigError, callback, classify, inquiry, price_list, sign, ticket};
use crate::http::{self, Fetched, NoClient, Outbound};
use crate::json::amount;
use crate::meter::{self, Meter, Requests};

/// Looks a bill up.
const INQUIRE: &str = "inq-pasca";
/// Pays it.
const PAY: &str = "pay-pasca";
/// Asks what became of the payment.
const STATUS: &str = "status-pasca";

/// One account at Digiflazz.
pub struct Digiflazz {
    config: Config,
    profile: Profile,
    client: Client,
    meter: Meter,
    transaction: Url,
    pln_customer: Url,
    balance: Url,
    price_list: Url,
    ticket: Url,
}

impl Digiflazz {
    /// An adapter with these settings. All are checked here, once; the error names the field.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let base = config.check()?;
        let client = http::purchase_client(&Outbound {
            timeout: config.timeout,
            proxy: config.proxy.as_ref(),
            local_address: config.local_address,
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
            client,
            meter: Meter::new(meter::DIGIFLAZZ),
            transaction: call("transaction")?,
            pln_customer: call("inquiry-pln")?,
            balance: call("cek-saldo")?,
            price_list: call("price-list")?,
            ticket: call("deposit")?,
            config,
        })
    }

    /// The body of a call about a bill; `Err` says why it is not sent.
    fn bill_body(
        &self,
        commands: &'static str,
        sku: &Sku,
        target: &Target,
        supplier_ref: &SupplierRef,
    ) -> Result<Bytes, Reason> {
        let reference = supplier_ref.as_str();
        let beside = Beside::read(target).ok_or(Reason::Other)?;
        wire::body(&BillBody {
            commands,
            username: &self.config.username,
            buyer_sku_code: sku.as_str(),
            customer_no: target.number(),
            ref_id: reference,
            // A status is known by reference, code and number.
            beside: if commands == STATUS {
                Beside::default()
            } else {
                beside
            },
            testing: self.config.testing && commands != STATUS,
            sign: self.sign(reference),
        })
        .ok_or(Reason::Other)
    }

    /// The body of what buys: of a bill its payment, which is sent once only.
    fn send_body(&self, purchase: &Purchase) -> Result<Bytes, Reason> {
        match purchase.kind {
            ProductKind::Prepaid => self.purchase_body(purchase),
            ProductKind::Postpaid if purchase.send > 1 => Err(Reason::Other),
            ProductKind::Postpaid => {
                self.bill_body(PAY, &purchase.sku, &purchase.target, &purchase.supplier_ref)
            }
        }
    }

    /// The body of a purchase: a function of what core keeps equal over all sends of a reference, and of the settings (INV-11).
    /// `Err` says why it is not sent.
    fn purchase_body(&self, purchase: &Purchase) -> Result<Bytes, Reason> {
        if purchase.age >= RESEND_AGE_END {
            return Err(Reason::Other);
        }
        let max_price = purchase.cap.floor_rupiah();
        if max_price < 1 {
            return Err(Reason::Price);
        }
        let dotted = purchase.target.as_str().contains('.');
        let has_more = purchase.target.number() != purchase.target.as_str();
        if has_more || (dotted && !self.config.allow_dot) {
            return Err(Reason::Other);
        }
        let reference = purchase.supplier_ref.as_str();
        wire::body(&PurchaseBody {
            username: &self.config.username,
            buyer_sku_code: purchase.sku.as_str(),
            customer_no: purchase.target.as_str(),
            ref_id: reference,
            max_price,
            testing: self.config.testing,
            cb_url: self.config.cb_url.as_deref(),
            allow_dot: dotted,
            sign: self.sign(reference),
        })
        .ok_or(Reason::Other)
    }

    fn sign(&self, suffix: &str) -> String {
        sign::request(&self.config.username, &self.config.api_key, suffix)
    }

    /// A call that only reads.
    async fn read(
        &self,
        url: &Url,
        cmd: &'static str,
        suffix: &str,
        bytes_max: usize,
        requests: &Requests,
    ) -> Result<Bytes, ReadError> {
        let body = wire::body(&CommandBody {
            cmd,
            username: &self.config.username,
            sign: self.sign(suffix),
        })
        .ok_or_else(|| price_list::unreadable("the request could not be written"))?;
        let answer = http::post_json(&self.client, url.clone(), body, bytes_max).await;
        requests.ended(&answer);
        answer
            .map(|fetched| fetched.body)
            .map_err(|lost| ReadError::Unreachable(lost.how.to_string()))
    }
}

impl Digiflazz {
    async fn list(&self, cmd: &'static str, goods: ProductKind) -> Result<PriceList, ReadError> {
        let body = self
            .read(
                &self.price_list,
                cmd,
                sign::PRICE_LIST,
                PRICE_LIST_BYTES_MAX,
                &self.meter.price_lists,
            )
            .await?;
        price_list::read(&body, goods)
    }

    /// What a whole answer with this body says about a purchase. For people who ask why something was read as it was read: nothing is sent.
    pub fn read_reply(body: &[u8]) -> Sighting {
        reading(body).unwrap_or(Sighting::new(Claim::Unclear, Reason::Unreadable))
    }

    /// A whole answer, whatever its HTTP status.
    fn answered(&self, fetched: Fetched) -> Exchange {
        let Fetched {
            http_status,
            body,
            is_delimited,
        } = fetched;
        let seen = reading(&body);
        let Some(sighting) = seen else {
            tracing::debug!(
                http_status,
                is_delimited,
                bytes = body.len(),
                "an answer that is not one of Digiflazz's"
            );
            return Exchange::unclear(body, Reason::Unreadable);
        };
        tracing::debug!(http_status, claim = ?sighting.claim, reason = ?sighting.reason, "answered");
        self.alarm(&sighting);
        Exchange::answered(body, vec![sighting])
    }

    /// What a person should hear of although the order goes on: the table has grown, or amounts are not what they always were.
    fn alarm(&self, sighting: &Sighting) {
        if sighting.claim == Claim::Unclear && sighting.reason == Reason::Other {
            tracing::warn!(our_ref = ?sighting.our_ref, "a response code that Digiflazz's table does not list for purchases");
            self.meter.unlisted.increment(1);
        }
        let amounts = [sighting.price, sighting.balance];
        if amounts
            .into_iter()
            .flatten()
            .any(|amount| amount.whole_rupiah().is_none())
        {
            tracing::warn!(our_ref = ?sighting.our_ref, "an amount with a fraction of a rupiah, kept exactly");
        }
    }
}

#[async_trait]
impl Supplier for Digiflazz {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Posts the purchase once. Refused here, unsent: a reference of 85 days or more (Digiflazz would buy anew), a cap below one
    /// rupiah, a destination with a dot unless the settings allow them or with something beside its number, and a second payment of a bill. A payment carries no cap: Digiflazz has none for bills.
    async fn send(&self, purchase: &Purchase) -> Exchange {
        let body = match self.send_body(purchase) {
            Ok(body) => body,
            Err(reason) => return Exchange::not_sent(reason),
        };
        let url = self.transaction.clone();
        let answer = http::post_json(&self.client, url, body, ANSWER_BYTES_MAX).await;
        self.meter.purchases.ended(&answer);
        match answer {
            Ok(fetched) => self.answered(fetched),
            Err(lost) => lost.exchange(),
        }
    }

    /// `status-pasca` for the payment of a bill. Of prepaid goods there is no such call, and bills are forgotten after 90 days: always `Unclear` then,
    /// without a request.
    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let can_be_asked = match attempt.kind {
            ProductKind::Prepaid => false,
            ProductKind::Postpaid => attempt.age < RESEND_AGE_END,
        };
        if !can_be_asked {
            return Exchange::unclear(Bytes::new(), Reason::None);
        }
        let (sku, target) = (&attempt.sku, &attempt.target);
        let body = match self.bill_body(STATUS, sku, target, &attempt.supplier_ref) {
            Ok(body) => body,
            Err(reason) => return Exchange::not_sent(reason),
        };
        let url = self.transaction.clone();
        let answer = http::post_json(&self.client, url, body, ANSWER_BYTES_MAX).await;
        self.meter.statuses.ended(&answer);
        match answer {
            Ok(fetched) => self.answered(fetched),
            Err(lost) => lost.exchange(),
        }
    }

    async fn inquire(&self, question: &Question) -> Result<Finding, InquiryError> {
        let (sku, target) = (&question.sku, &question.target);
        let body = match question.asked {
            Asked::Bill => self
                .bill_body(INQUIRE, sku, target, &question.supplier_ref)
                .ok(),
            Asked::PlnCustomer => wire::body(&CustomerBody {
                username: &self.config.username,
                customer_no: target.as_str(),
                sign: self.sign(target.as_str()),
            }),
        };
        let body =
            body.ok_or_else(|| price_list::unreadable("the request could not be written"))?;
        let url = match question.asked {
            Asked::Bill => &self.transaction,
            Asked::PlnCustomer => &self.pln_customer,
        };
        let answer = http::post_json(&self.client, url.clone(), body, ANSWER_BYTES_MAX).await;
        self.meter.inquiries.ended(&answer);
        let fetched = answer.map_err(|lost| ReadError::Unreachable(lost.how.to_string()))?;
        match question.asked {
            Asked::Bill => inquiry::bill(&fetched.body, question),
            Asked::PlnCustomer => inquiry::customer(&fetched.body, question),
        }
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        let body = self
            .read(
                &self.balance,
                "deposit",
                sign::BALANCE,
                ANSWER_BYTES_MAX,
                &self.meter.balances,
            )
            .await?;
        let Contents::Data(data) = wire::open(&body) else {
            return Err(price_list::unreadable("not an object with data"));
        };
        let Some(plain) = Plain::read(data) else {
            return Err(price_list::unreadable("data is not an object"));
        };
        // A success carries neither code nor status: the number is the whole sign of it.
        match amount(plain.deposit) {
            Ok(Some(deposit)) => Ok(deposit),
            Ok(None) => Err(price_list::refused(wire::rc(plain.rc).as_deref())),
            Err(error) => Err(price_list::unreadable(&format!("deposit: {error}"))),
        }
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        self.list("prepaid", ProductKind::Prepaid).await
    }

    async fn bill_list(&self) -> Result<PriceList, ReadError> {
        self.list("pasca", ProductKind::Postpaid).await
    }

    async fn ticket(&self, order: &TicketOrder) -> Result<Ticket, TicketError> {
        let body = ticket::body(&self.config.username, &self.config.api_key, order)?;
        let answer =
            http::post_json(&self.client, self.ticket.clone(), body, ANSWER_BYTES_MAX).await;
        self.meter.tickets.ended(&answer);
        let fetched = answer.map_err(|lost| ReadError::Unreachable(lost.how.to_string()))?;
        Ok(ticket::read(&fetched.body, order.amount)?)
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        let reading = callback::read(&self.config.webhook_secret, request)?;
        reading.sightings.iter().for_each(|one| self.alarm(one));
        Ok(reading)
    }
}

/// The transaction in an answer, if that is what it is.
fn reading(body: &[u8]) -> Option<Sighting> {
    let Contents::Data(data) = wire::open(body) else {
        return None;
    };
    Transaction::read(data).map(|transaction| classify::sighting(&transaction))
}

impl fmt::Debug for Digiflazz {
    /// As [`Config`]'s: without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digiflazz")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
