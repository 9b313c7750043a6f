//! `GET /api/v1/products`: the price list of the member who asks.

use axum::extract::{Request, State};
use eraflazz_core::catalog::{Product, Snapshot};
use eraflazz_core::member::Member;
use eraflazz_core::pricing;
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Need, admit};
use crate::envelope::Success;
use crate::error::ApiError;
use crate::openapi::Shown;
use crate::strict::read_query;

use super::page::Listed;

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
    /// What this member pays, whole rupiah.
    price: i64,
    /// `open`, `closed` or `cut_off`.
    #[schema(pattern = "^(open|closed|cut_off)$")]
    status: &'static str,
    /// Daily closed window in Jakarta time.
    #[schema(required = true)]
    cut_off: Option<Window>,
    /// Whether it may be bought again for one destination on one day without a counter.
    multi: bool,
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
            "code": "XL10", "name": "XL 10.000", "category": "pulsa", "brand": "XL", "price": 10_500,
            "status": "open", "cut_off": {"start": "23:45", "end": "00:15"}, "multi": false,
        })
    }
}

/// What the member can buy and for how much. A product without a price for this member is not on the list.
pub(super) async fn list(
    State(app): State<App>,
    request: Request,
) -> Result<Success<Listed<Row>>, ApiError> {
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
    let rows = catalog
        .products()
        .iter()
        .filter_map(|product| row(&catalog, product, &call.member, now))
        .filter(|row| fits(&query.category, &row.category) && fits(&query.brand, &row.brand))
        .collect();
    Ok(Success::new(
        "Daftar harga.",
        Listed::whole("products", rows),
    ))
}

fn row(catalog: &Snapshot, product: &Product, member: &Member, now: Timestamp) -> Option<Row> {
    let price = pricing::quote(catalog, product, member).ok()?.sell;
    let status = if !product.active {
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
        price: price.floor_rupiah(),
        status,
        cut_off: window,
        multi: product.multi,
    })
}
