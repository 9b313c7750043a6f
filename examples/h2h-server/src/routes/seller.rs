//! `/otomax/{realm}/…` and `/irs/{realm}/api/h2h`: orders of servers of the `OtomaX` family, answered by a sentence.
//!
//! The status is 200 for whatever concerns the business, since such servers read nothing else. 429 and 503 say that nothing of the request was looked
//! at, or that how it ended is not known; the same request again is always right.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::member::Member;
use eraflazz_core::money::Money;
use eraflazz_core::order::{Order as Taken, OrderState};
use eraflazz_core::text::RefId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::counter::{self, Bought, Realm};
use super::transactions::trace;
use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Anonymous, anonymous};
use crate::error::ApiError;
use crate::openapi::words;
use crate::seller::Dialect;
use crate::seller::door::{Shut, admit};
use crate::seller::query::{Order, Parameters, Place, Request as Asked, Wants};
use crate::seller::telling::{Told, Tone, Why};
use crate::seller::texts::{Field, Occasion};
use crate::settings::Seller;
use crate::strict::{BYTES_MAX, Fault, Rule, Segment};
use crate::wording::whole;

/// The parameters of an `OtomaX` order, as that server writes them; their names are read in any case.
#[derive(Debug, Deserialize, IntoParams)]
#[expect(dead_code, reason = "it is described, and read in another way")]
pub(super) struct OtomaxQuery {
    /// The code of the product.
    #[param(value_type = words::AnyCaseProductCode, inline)]
    product: String,
    /// 1, or not at all: the signature does not cover it.
    qty: Option<String>,
    /// The destination. `2.` in front asks for the second purchase of the day.
    #[param(value_type = words::Target, inline)]
    dest: String,
    /// The buyer's reference: the same one again is a question and buys nothing.
    #[serde(rename = "refID")]
    #[param(value_type = words::RefId, inline)]
    ref_id: String,
    /// The buyer's id.
    #[serde(rename = "memberID")]
    member: String,
    /// `base64url(sha1("OtomaX|memberID|product|dest|refID|pin|password"))`; or
    sign: Option<String>,
    /// PIN and
    pin: Option<String>,
    /// password in clear, if the buyer may.
    password: Option<String>,
    /// 2 to 99 for a wanted repeat on the same day.
    counter: Option<String>,
    /// 1 asks only, and never buys.
    check: Option<String>,
}

/// The parameters of a question about the deposit.
#[derive(Debug, Deserialize, IntoParams)]
#[expect(dead_code, reason = "it is described, and read in another way")]
pub(super) struct BalanceQuery {
    /// The buyer's id.
    #[serde(rename = "memberID")]
    member: String,
    /// `base64url(sha1("OtomaX|CheckBalance|memberID|pin|password"))`; or
    sign: Option<String>,
    /// PIN and
    pin: Option<String>,
    /// password in clear, if the buyer may.
    password: Option<String>,
}

/// The parameters of an IRS order.
#[derive(Debug, Deserialize, IntoParams)]
#[expect(dead_code, reason = "it is described, and read in another way")]
pub(super) struct IrsQuery {
    /// The buyer's id.
    id: String,
    /// Its PIN.
    pin: String,
    /// Anything: it is not looked at.
    user: Option<String>,
    /// Its password.
    pass: String,
    /// The code of the product.
    #[param(value_type = words::AnyCaseProductCode, inline)]
    kodeproduk: String,
    /// The destination.
    #[param(value_type = words::Target, inline)]
    tujuan: String,
    /// 2 to 99 for a wanted repeat on the same day.
    counter: Option<String>,
    /// The buyer's reference: the same one again is a question and buys nothing.
    #[param(value_type = words::RefId, inline)]
    idtrx: String,
}

pub(super) async fn order(State(app): State<App>, realm: Realm, request: Request) -> Said {
    serve(&app, realm, request, (Dialect::Otomax, Place::Order)).await
}

pub(super) async fn balance(State(app): State<App>, realm: Realm, request: Request) -> Said {
    serve(&app, realm, request, (Dialect::Otomax, Place::Balance)).await
}

pub(super) async fn ticket(State(app): State<App>, realm: Realm, request: Request) -> Said {
    serve(&app, realm, request, (Dialect::Otomax, Place::Ticket)).await
}

pub(super) async fn command(State(app): State<App>, realm: Realm, request: Request) -> Said {
    serve(&app, realm, request, (Dialect::Otomax, Place::Said)).await
}

pub(super) async fn irs(State(app): State<App>, realm: Realm, request: Request) -> Said {
    serve(&app, realm, request, (Dialect::Irs, Place::Order)).await
}

/// A sentence, or an error before anything was judged.
type Said = Result<Response, ApiError>;

async fn serve(
    app: &App,
    realm: Realm,
    request: Request,
    (dialect, place): (Dialect, Place),
) -> Said {
    let call = anonymous(app, request, BYTES_MAX).await?;
    let seller = counter::seller(app, realm)?;
    let desk = Desk {
        app,
        seller,
        dialect,
    };
    let parameters = match desk.parameters(&call) {
        Ok(parameters) => parameters,
        Err(fault) => return Ok(desk.malformed(None, &fault)),
    };
    let ref_id = parameters.ref_id();
    let asked = match parameters.request(place) {
        Ok(asked) => asked,
        Err(fault) => return Ok(desk.malformed(ref_id.as_ref(), &fault)),
    };
    match admit(app, &call, &asked).await {
        Ok(member) => desk.answer(&member, asked).await,
        Err(Shut::Stranger) => Ok(desk.stranger(ref_id.as_ref())),
        Err(Shut::Error(error)) => Err(error),
    }
}

/// One house's counter for one dialect.
#[derive(Clone, Copy)]
struct Desk<'a> {
    app: &'a App,
    seller: &'a Seller,
    dialect: Dialect,
}

impl Desk<'_> {
    /// The parameters, which stand in the query or in the form, never in both (T-6).
    fn parameters(self, call: &Anonymous) -> Result<Parameters, Fault> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let query = call.parts.uri.query().unwrap_or_default();
        let text = match (query, &*call.body) {
            (query, b"") => query,
            ("", body) if call.parts.method == Method::POST => {
                let kind = call.parts.headers.get(header::CONTENT_TYPE);
                let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
                let essence = kind.split(';').next().unwrap_or_default().trim();
                if !essence.eq_ignore_ascii_case(FORM) {
                    let rule = format!("Content-Type: {FORM}");
                    return Err(Fault::new(Rule::Syntax, rule));
                }
                std::str::from_utf8(body)
                    .map_err(|_| Fault::new(Rule::Encoding, "a form is percent-encoded UTF-8"))?
            }
            _ => {
                let rule = "parameters stand in the query, or in the form of a POST";
                return Err(Fault::new(Rule::Syntax, rule));
            }
        };
        Parameters::read(text, self.dialect)
    }

    async fn answer(self, member: &Member, asked: Asked) -> Said {
        match asked.wants {
            Wants::Order(order) if order.checks => self.check(member, &order).await,
            Wants::Order(order) => self.buy(member, &order).await,
            Wants::Balance => {
                let balance = counter::deposit(self.app, member).await?;
                Ok(self.say(Occasion::Balance, None, balance, &|_| None))
            }
            Wants::Ticket(_) => {
                let balance = counter::deposit(self.app, member).await?;
                Ok(self.say(Occasion::Ticket, None, balance, &|_| None))
            }
        }
    }

    /// How the order stands. Never buys, and never says of an order that it failed when another one is meant.
    async fn check(self, member: &Member, wanted: &Order) -> Said {
        let catalog = self.catalog().await?;
        let found = counter::known(self.app, member, wanted).await?;
        if let Some(order) = found.filter(|order| is_meant(order, wanted, &catalog)) {
            trace(&order);
            return self.tell(member, wanted, &order, Tone::State).await;
        }
        let balance = counter::deposit(self.app, member).await?;
        Ok(self.say(Occasion::Unknown, Some(wanted), balance, &|_| None))
    }

    /// Takes the order, unless its reference is known: then it is a question.
    async fn buy(self, member: &Member, wanted: &Order) -> Said {
        match counter::buy(self.app, self.seller, member, wanted).await? {
            Bought::Known(order) => self.tell(member, wanted, &order, Tone::State).await,
            Bought::Taken(order) => self.tell(member, wanted, &order, Tone::News).await,
            Bought::Mismatch => self.mismatch(member, wanted).await,
            Bought::NoProduct => {
                let balance = counter::deposit(self.app, member).await?;
                let why = |field| (field == Field::Reason).then(|| Why::Product.words());
                Ok(self.say(Occasion::Refused, Some(wanted), balance, &why))
            }
            Bought::Malformed { field, rule } => {
                let fault = Fault::new(Rule::Value, rule).under(Segment::Key(field.to_owned()));
                Ok(self.malformed(Some(&wanted.ref_id), &fault))
            }
            Bought::Stranger => Ok(self.stranger(Some(&wanted.ref_id))),
        }
    }

    async fn mismatch(self, member: &Member, wanted: &Order) -> Said {
        let balance = counter::deposit(self.app, member).await?;
        Ok(self.say(Occasion::Mismatch, Some(wanted), balance, &|_| None))
    }

    async fn tell(self, member: &Member, wanted: &Order, order: &Taken, tone: Tone) -> Said {
        let told = Told {
            order,
            product: wanted.product.as_str(),
            dest: &wanted.dest,
            balance: counter::deposit(self.app, member).await?,
            now: self.app.engine().now(),
        };
        let texts = self.seller.sentences.of(self.dialect);
        Ok(plain(told.sentence(texts, tone)))
    }

    fn stranger(self, ref_id: Option<&RefId>) -> Response {
        self.about(Occasion::Stranger, ref_id, &|_| None)
    }

    /// Names the parameter and its rule. What was sent is not repeated.
    fn malformed(self, ref_id: Option<&RefId>, fault: &Fault) -> Response {
        let field = fault.field();
        let rule = if field.is_empty() {
            fault.detail().to_owned()
        } else {
            format!("{field}: {}", fault.detail())
        };
        let told = |field| (field == Field::Rule).then(|| rule.clone());
        self.about(Occasion::Malformed, ref_id, &told)
    }

    /// Says something about a reference, or about none: `0`.
    fn about(
        self,
        occasion: Occasion,
        ref_id: Option<&RefId>,
        more: &dyn Fn(Field) -> Option<String>,
    ) -> Response {
        let texts = self.seller.sentences.of(self.dialect);
        let ref_id = ref_id.map_or("0", RefId::as_str);
        plain(texts.say(occasion, |field| {
            if field == Field::Ref {
                ref_id.to_owned()
            } else {
                more(field).unwrap_or_default()
            }
        }))
    }

    /// Says something that is about no order of ours.
    fn say(
        self,
        occasion: Occasion,
        wanted: Option<&Order>,
        balance: Money,
        more: &dyn Fn(Field) -> Option<String>,
    ) -> Response {
        let now = self.app.engine().now().wib();
        let texts = self.seller.sentences.of(self.dialect);
        plain(texts.say(occasion, |field| match (field, wanted) {
            (Field::Ref, Some(order)) => order.ref_id.to_string(),
            (Field::Product, Some(order)) => order.product.to_string(),
            (Field::Dest, Some(order)) => order.dest.clone(),
            (Field::Balance, _) => whole(balance),
            (Field::Time, _) => now.format("%H:%M").to_string(),
            (Field::Moment, _) => now.format("%d/%m %H:%M:%S").to_string(),
            (field, _) => more(field).unwrap_or_default(),
        }))
    }

    async fn catalog(self) -> Result<std::sync::Arc<Snapshot>, ApiError> {
        let catalog = self.app.engine().catalog().await;
        catalog.map_err(|error| unavailable(&error))
    }
}

/// Whether the order is the one that is asked about: the same product, and the same destination however it is written.
fn is_meant(order: &Taken, wanted: &Order, catalog: &Snapshot) -> bool {
    let Some(product) = catalog.product(order.product) else {
        return false;
    };
    let normal = product.normalise(&wanted.target, false);
    let is_there = match normal {
        Ok(normal) => normal.destination == order.destination,
        Err(_) => false,
    };
    // What was refused for its destination keeps it as it was written.
    let as_written = matches!(order.state, OrderState::Refused(_))
        && order.destination.as_str() == wanted.target;
    product.code == wanted.product && (is_there || as_written)
}

fn plain(sentence: String) -> Response {
    let mut response = sentence.into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
