//! `/api/v1/admin/catalog`, `…/prices` and `…/products/{code}/base-price`: what is sold, through whom and for how much.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use eraflazz_core::catalog::{Buyers, CatalogChange, Category, Goods, Price, PriceRule, Snapshot};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ports::ChangeError;
use eraflazz_core::text::{ProductCode, Slug};
use serde::Deserialize;
use utoipa::IntoParams;

use super::given::given;
use super::names::{self, Codes, Named, named};
use super::not_changed;
use crate::admin::{
    BasePrice, CatalogTold, Imported, PriceNamed, ProductTold, RouteTold, Switch, Switched,
    SwitchedRoute,
};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::Nothing;
use crate::seed::{PriceSeed, Seed, Standing};
use crate::strict::{Fault, Node, Problems, Rule, parse_toml, parse_up_to};

/// The longest catalog that is imported at once.
pub(super) const IMPORT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The query of an import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Only says what would be changed, or what is wrong.
    #[serde(default)]
    check: bool,
}

/// Everything that is sold.
pub(super) async fn show(
    State(app): State<App>,
    call: Call,
) -> Result<Success<CatalogTold>, ApiError> {
    call.query::<Nothing>()?;
    let (catalog, codes) = (names::catalog(&app).await?, Codes::read(&app).await?);
    let told = tell(&catalog, &codes);
    Ok(Success::new("Katalog.", told))
}

/// Brings a catalog in, all of it or nothing. The same file again changes nothing but the version.
pub(super) async fn import(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Imported>, ApiError> {
    let Query { check } = call.query()?;
    let file = read_file(&call.headers, &call.body)?;
    let seed = Seed::from_node(file).map_err(|problems| wrong(&problems))?;
    let _alone = app.change_catalog().await;
    let (catalog, codes) = (names::catalog(&app).await?, Codes::read(&app).await?);
    let (members, configured) = (members(&codes), app.configured_suppliers(&catalog));
    let standing = Standing {
        catalog: &catalog,
        members: &members,
        configured: &configured,
    };
    let changes = seed
        .import(&standing)
        .map_err(|problems| wrong(&problems))?;
    let only = if check { ", only checked" } else { "" };
    call.about(format!("{} entries{only}", changes.len()));
    let count = changes.len();
    let version = if check {
        catalog.version()
    } else {
        apply(&app, changes).await?
    };
    let told = Imported {
        version,
        changes: count,
        only_checked: check,
    };
    Ok(Success::new("Katalog dibaca.", told))
}

/// A file says what it is: TOML or JSON.
fn read_file(headers: &HeaderMap, body: &[u8]) -> Result<Node, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(parse_up_to(body, IMPORT_BYTES_MAX)?),
        "application/toml" => {
            let text = std::str::from_utf8(body)
                .map_err(|_| Fault::new(Rule::Encoding, "TOML is UTF-8"))?;
            Ok(parse_toml(text)?)
        }
        _ => Err(ApiError::plain(ErrorCode::UnsupportedMediaType)),
    }
}

/// Sets a price rule, in place of the one for the same buyers and goods.
pub(super) async fn set_price(
    State(app): State<App>,
    call: Call,
) -> Result<Success<PriceSeed>, ApiError> {
    let wanted: PriceSeed = call.json()?;
    let _alone = app.change_catalog().await;
    let rule = rule_of(&app, &call, &wanted).await?;
    let change = vec![CatalogChange::PutPrice(rule)];
    let after = app.engine().change_catalog(change).await;
    after.map_err(|error| not_set(error, wanted.amount_field()))?;
    Ok(Success::new("Harga diatur.", wanted))
}

/// Removes the price rule for these buyers and goods. One that is not there is not found.
pub(super) async fn remove_price(
    State(app): State<App>,
    call: Call,
) -> Result<Success<PriceNamed>, ApiError> {
    let wanted: PriceNamed = call.json()?;
    let _alone = app.change_catalog().await;
    let any = PriceSeed {
        tier: wanted.tier.clone(),
        member: wanted.member.clone(),
        category: wanted.category.clone(),
        product: wanted.product.clone(),
        ppm: Some(0),
        ..PriceSeed::default()
    };
    let PriceRule { buyers, goods, .. } = rule_of(&app, &call, &any).await?;
    let catalog = names::catalog(&app).await?;
    let mut rules = catalog.prices().rules();
    if !rules.any(|rule| (rule.buyers, rule.goods) == (buyers, goods)) {
        return Err(ApiError::plain(ErrorCode::NotFound));
    }
    apply(&app, vec![CatalogChange::RemovePrice { buyers, goods }]).await?;
    Ok(Success::new("Harga dihapus.", wanted))
}

async fn rule_of(app: &App, call: &Call, wanted: &PriceSeed) -> Result<PriceRule, ApiError> {
    let buyers = wanted.tier.as_ref().or(wanted.member.as_ref());
    let goods = wanted.category.as_ref().map(Slug::as_str);
    let goods = goods.or(wanted.product.as_ref().map(ProductCode::as_str));
    call.about(format!(
        "price of {} for {}: {}",
        goods.unwrap_or("-"),
        buyers.map_or("-", Slug::as_str),
        given(wanted)
    ));
    let (catalog, codes) = (names::catalog(app).await?, Codes::read(app).await?);
    let (members, configured) = (members(&codes), app.configured_suppliers(&catalog));
    let standing = Standing {
        catalog: &catalog,
        members: &members,
        configured: &configured,
    };
    wanted.rule(&standing).map_err(|problems| wrong(&problems))
}

/// Sets what a product's prices are built on.
pub(super) async fn base_price(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<BasePrice>, ApiError> {
    let wanted: BasePrice = call.json()?;
    let code: ProductCode = named(code)?;
    call.about(format!("product {code} base price {}", wanted.base_price));
    let _alone = app.change_catalog().await;
    let catalog = names::catalog(&app).await?;
    let product = catalog.product_coded(&code);
    let product = product
        .ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?
        .id;
    let base_price = wanted.base_price;
    let change = CatalogChange::SetBasePrice {
        product,
        base_price,
    };
    let after = app.engine().change_catalog(vec![change]).await;
    after.map_err(|error| not_set(error, "base_price"))?;
    Ok(Success::new("Harga dasar diatur.", wanted))
}

/// Why a price was not set: the catalog names the entry that would break, whoever sent this sent one amount.
fn not_set(error: ChangeError, field: &str) -> ApiError {
    match error {
        ChangeError::Catalog(error) => ApiError::invalid(field, error.rule),
        ChangeError::Key(_)
        | ChangeError::Member { .. }
        | ChangeError::Overtaken
        | ChangeError::Unavailable(_) => not_changed(error),
    }
}

/// Opens or closes a supplier, a category, a product or a route.
pub(super) async fn switch(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Switch>, ApiError> {
    let wanted: Switch = call.json()?;
    let _alone = app.change_catalog().await;
    let catalog = names::catalog(&app).await?;
    let active = wanted.active;
    let word = if active { "open" } else { "close" };
    let Switch {
        supplier,
        category,
        product,
        route,
        ..
    } = &wanted;
    let change = match (supplier, category, product, route) {
        (Some(slug), None, None, None) => {
            call.about(format!("{word} supplier {slug}"));
            let supplier = catalog
                .supplier_named(slug.as_str())
                .ok_or_else(|| ApiError::invalid("supplier", "no such supplier"))?
                .id;
            CatalogChange::SetSupplierActive { supplier, active }
        }
        (None, Some(slug), None, None) => {
            call.about(format!("{word} category {slug}"));
            let mut all = catalog.categories().iter();
            let known = all.find(|known| known.slug == *slug);
            let known = known.ok_or_else(|| ApiError::invalid("category", "no such category"))?;
            CatalogChange::PutCategory(Category {
                active,
                ..known.clone()
            })
        }
        (None, None, Some(code), None) => {
            call.about(format!("{word} product {code}"));
            let product = catalog
                .product_coded(code)
                .ok_or_else(|| ApiError::invalid("product", "no such product"))?
                .id;
            CatalogChange::SetProductActive { product, active }
        }
        (None, None, None, Some(route)) => {
            let (code, supplier, sku) = (&route.product, &route.supplier, &route.sku);
            call.about(format!("{word} route {code} {supplier} {sku}"));
            let mapping = route_of(&catalog, route)
                .ok_or_else(|| ApiError::invalid("route", "no such route"))?;
            CatalogChange::SetMappingActive { mapping, active }
        }
        _ => {
            return Err(ApiError::invalid(
                "",
                "needs one of supplier, category, product and route",
            ));
        }
    };
    // A category is put as a whole: not over what somebody else has put meanwhile.
    let version = catalog.version();
    let is_whole = matches!(change, CatalogChange::PutCategory(_));
    let over = is_whole.then_some(CatalogChange::Over { version });
    apply(&app, over.into_iter().chain([change]).collect()).await?;
    Ok(Success::new("Katalog diubah.", wanted))
}

fn route_of(catalog: &Snapshot, route: &SwitchedRoute) -> Option<eraflazz_core::ids::MappingId> {
    let product = catalog.product_coded(&route.product)?.id;
    let supplier = catalog.supplier_named(route.supplier.as_str())?.id;
    let found = catalog.mappings().iter().find(|known| {
        known.product == product && known.supplier == supplier && known.sku == route.sku
    });
    found.map(|known| known.id)
}

/// Applies changes; the version that they made.
async fn apply(app: &App, changes: Vec<CatalogChange>) -> Result<u64, ApiError> {
    let after = app.engine().change_catalog(changes).await;
    Ok(after.map_err(not_changed)?.version())
}

fn members(codes: &Codes) -> Vec<(Slug, MemberId)> {
    codes
        .all()
        .map(|member| (member.code.clone(), member.id))
        .collect()
}

pub(super) fn wrong(problems: &Problems) -> ApiError {
    let faults = problems.all().iter();
    ApiError::invalid_all(faults.map(|problem| (problem.field.clone(), problem.rule.clone())))
}

fn tell(catalog: &Snapshot, codes: &Codes) -> CatalogTold {
    let supplier = |id| {
        let found = catalog.supplier(id);
        found.map_or_else(String::new, |supplier| supplier.slug.to_string())
    };
    let products = catalog.products().iter().map(|product| {
        let category = catalog.category(product.category);
        let routes = catalog.mappings_of(product.id).iter();
        ProductTold {
            code: product.code.to_string(),
            name: product.name.clone(),
            category: category.map_or_else(String::new, |category| category.slug.to_string()),
            base_price: product.base_price,
            active: product.active,
            routes: routes
                .map(|route| RouteTold {
                    supplier: supplier(route.supplier),
                    sku: route.sku.to_string(),
                    cost: route.cost,
                    priority: route.priority,
                    stock: route.stock,
                    active: route.active,
                })
                .collect(),
        }
    });
    let suppliers = catalog.suppliers().iter().map(|supplier| Switched {
        name: supplier.slug.to_string(),
        active: supplier.active,
    });
    let prices = catalog.prices().rules();
    CatalogTold {
        version: catalog.version(),
        suppliers: suppliers.collect(),
        products: products.collect(),
        prices: prices
            .map(|rule| write_down(&rule, catalog, codes))
            .collect(),
    }
}

/// A rule as a seed file writes it.
fn write_down(rule: &PriceRule, catalog: &Snapshot, codes: &Codes) -> PriceSeed {
    let mut seed = PriceSeed::default();
    match rule.buyers {
        Buyers::Tier(id) => seed.tier = catalog.tier(id).map(|tier| tier.slug.clone()),
        Buyers::Member(id) => seed.member = Slug::new(&codes.of(id)).ok(),
    }
    match rule.goods {
        Goods::Category(id) => seed.category = catalog.category(id).map(|c| c.slug.clone()),
        Goods::Product(id) => seed.product = catalog.product(id).map(|p| p.code.clone()),
    }
    match rule.price {
        Price::Flat(amount) => seed.flat = Some(amount),
        Price::Ppm(rate) => seed.ppm = Some(rate),
        Price::Sell(amount) => seed.sell = Some(amount),
    }
    seed
}
