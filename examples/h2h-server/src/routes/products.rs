//! `GET /api/v1/products`: the price list of the member who asks, page by page in an order that does not change.
//!
//! There is no `updated_since`: products carry no time of their last change, and what a member pays for one moves with tiers and markups too. The
//! `ETag` serves the same end: a page that reads as before is `304` without a body.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use eraflazz_core::catalog::{DestinationRule, InputField, Operator, Product, Snapshot};
use eraflazz_core::ids::ProductId;
use eraflazz_core::member::Member;
use eraflazz_core::money::Money;
use eraflazz_core::pricing::{self, QuoteError};
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Need, admit};
use crate::envelope::Success;
use crate::error::ApiError;
use crate::openapi::{Shown, words};
use crate::strict::read_query;

use super::page::{Limit, Listed};

/// The query of a price list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Only those of this category.
    #[serde(default)]
    category: Option<String>,
    /// Only those of this brand.
    #[serde(default)]
    brand: Option<String>,
    /// Where the page begins: a `next_cursor` of an earlier answer.
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,9}$")]
    cursor: Option<After>,
    /// How many entries it has at most; 50 unless said.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Where a page begins: after this product. Products are never taken away and new ones come last, so no page shifts. Opaque to callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct After(ProductId);

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        Some(text)
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .map(|id| Self(ProductId(id)))
            .ok_or_else(|| de::Error::custom("a next_cursor of an earlier answer"))
    }
}

/// One row of a price list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceListRow)]
pub(super) struct Row {
    /// What orders say.
    code: String,
    /// Its name for people.
    name: String,
    /// The slug of its category.
    category: String,
    /// The brand as price lists spell it.
    brand: String,
    /// What this member pays, whole rupiah; `null` for a bill, which has a price once it was asked about.
    #[schema(required = true)]
    price: Option<i64>,
    /// `prepaid`, or `postpaid` for a bill: ask first, then order with its `inquiry_id`.
    #[schema(pattern = "^(prepaid|postpaid)$")]
    kind: &'static str,
    /// `open`, `closed` or `cut_off`.
    #[schema(pattern = "^(open|closed|cut_off)$")]
    status: &'static str,
    /// Daily closed window in Jakarta time.
    #[schema(required = true)]
    cut_off: Option<Window>,
    /// Whether it may be bought again for one destination on one day without a counter.
    multi: bool,
    /// What `destination` must look like.
    target_schema: TargetSchema,
}

/// What the destination of a product must look like, for whoever builds a form or checks before sending.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum TargetSchema {
    /// A mobile number, `08…`, `628…` or `+628…`, of one of these operators; of any, if there are none. `strict`: others are refused.
    Phone {
        /// Which.
        #[schema(value_type = Vec<String>)]
        operators: Vec<Operator>,
        /// Whether a number of another operator is refused.
        strict: bool,
    },
    /// A PLN meter number of 11 digits or customer id of 12.
    PlnMeter { min: u8, max: u8 },
    /// So many digits.
    Digits { min: u8, max: u8 },
    /// A player's id and zone, both digits: `12345678(2012)`, or with a blank or one of `- | / , #` between the two.
    Player {
        /// Fewest digits of the id.
        id_min: u8,
        /// Most digits of the id.
        id_max: u8,
        /// Fewest digits of the zone.
        zone_min: u8,
        /// Most digits of the zone.
        zone_max: u8,
    },
    /// A value for each of these, in their order, the second and all after it in brackets: `800012345(os_asia)`.
    Fields {
        /// Which.
        #[schema(value_type = Vec<words::InputField>)]
        fields: Vec<InputField>,
    },
}

impl TargetSchema {
    fn of(product: &Product, member: &Member) -> Self {
        match &product.destination {
            DestinationRule::Phone { operators, strict } => Self::Phone {
                operators: operators.clone(),
                strict: *strict || member.strict_operator,
            },
            DestinationRule::PlnMeter => Self::PlnMeter { min: 11, max: 12 },
            &DestinationRule::Digits { min, max } => Self::Digits { min, max },
            &DestinationRule::Player {
                id_min,
                id_max,
                zone_min,
                zone_max,
            } => Self::Player {
                id_min,
                id_max,
                zone_min,
                zone_max,
            },
            DestinationRule::Fields => Self::Fields {
                fields: product.input_fields.clone(),
            },
        }
    }
}

/// A daily closed window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClosedWindow)]
struct Window {
    /// `HH:MM`, Jakarta time.
    start: String,
    /// `HH:MM`, Jakarta time; before `start` if it crosses midnight.
    end: String,
}

impl Shown for Row {
    fn example() -> Value {
        json!({
            "code": "XL10", "name": "XL 10.000", "category": "pulsa", "brand": "XL", "price": 10_500, "kind": "prepaid",
            "status": "open", "cut_off": {"start": "23:45", "end": "00:15"}, "multi": false,
            "target_schema": {"kind": "phone", "operators": ["xl"], "strict": false},
        })
    }
}

/// What the member can buy and for how much. A product without a price for this member is not on the list. Asked with the `ETag` of an earlier
/// answer in `If-None-Match`, a page that reads the same is `304`.
pub(super) async fn list(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let call = admit(&app, request, Need::PRICE_LIST).await?;
    let query: Query =
        read_query(call.query.as_deref()).map_err(|fault| ApiError::query(&fault))?;
    let catalog = app
        .engine()
        .catalog()
        .await
        .map_err(|error| unavailable(&error))?;
    let now = app.engine().now();
    let fits = |wanted: &Option<String>, value: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let mut rows = catalog
        .products()
        .iter()
        .filter(|product| query.cursor.is_none_or(|After(last)| product.id > last))
        .filter_map(|product| Some((product.id, row(&catalog, product, &call.member, now)?)))
        .filter(|(_, row)| fits(&query.category, &row.category) && fits(&query.brand, &row.brand));
    let mut page: Vec<(ProductId, Row)> = rows.by_ref().take(query.limit.count()).collect();
    let is_more = rows.next().is_some();
    let next = page
        .last()
        .filter(|_| is_more)
        .map(|(id, _)| id.0.to_string());
    let rows = page.drain(..).map(|(_, row)| row).collect();
    let answer = Success::new("Daftar harga.", Listed::until("products", rows, next));
    Ok(unless_known(answer, catalog.version(), &call.headers))
}

/// The answer under its `ETag`, or `304` if that is what the caller has. The tag names the catalog's version and digests what the page says: the
/// hour (cut-off) and the member's own terms change that too.
fn unless_known(answer: Success<Listed<Row>>, version: u64, headers: &HeaderMap) -> Response {
    let read = serde_json::to_vec(&answer).unwrap_or_default();
    let digest = Sha256::digest(read);
    let tag = format!(
        "\"{version}-{}\"",
        base16ct::lower::encode_string(&digest[..8])
    );
    let mut response = if knows(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer.into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let private = HeaderValue::from_static("private, no-cache");
    headers.insert(header::CACHE_CONTROL, private);
    response
}

/// Whether `If-None-Match` holds the tag: a list, each perhaps marked as weak, or `*`.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|told| told == "*" || told.strip_prefix("W/").unwrap_or(told) == tag)
}

fn row(catalog: &Snapshot, product: &Product, member: &Member, now: Timestamp) -> Option<Row> {
    let price = match pricing::quote(catalog, product, member) {
        Ok(quote) => Some(quote.sell),
        // On the list if there is a rule for it at all.
        Err(QuoteError::NeedsInquiry) => {
            let rules = catalog.prices();
            rules.price(member.id, member.tier, product)?;
            None
        }
        Err(QuoteError::NoPrice | QuoteError::NotChargeable | QuoteError::NoRoom) => return None,
    };
    let status = if !catalog.is_sold(product) {
        "closed"
    } else if product.cut_off.is_some_and(|window| window.covers(now)) {
        "cut_off"
    } else {
        "open"
    };
    let window = product.cut_off.and_then(|window| {
        let text = window.to_string();
        let (start, end) = text.split_once('-')?;
        Some(Window {
            start: start.to_owned(),
            end: end.to_owned(),
        })
    });
    Some(Row {
        code: product.code.to_string(),
        name: product.name.clone(),
        category: catalog.category(product.category)?.slug.to_string(),
        brand: product.brand.clone(),
        price: price.map(Money::floor_rupiah),
        kind: product.kind.word(),
        status,
        cut_off: window,
        multi: product.multi,
        target_schema: TargetSchema::of(product, member),
    })
}
