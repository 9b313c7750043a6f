//! `/api/v1/admin/products`: what is sold, product by product.

use axum::extract::State;
use eraflazz_core::catalog::{CatalogChange, Product, Snapshot};
use eraflazz_core::ids::{CategoryId, ProductId};
use eraflazz_core::text::{ProductCode, Slug};

use super::entries::{Entry, change, create, page};
use super::names::{self, Named, named};
use super::seen;
use crate::admin::{GoodsTold, NewProduct, ProductChange};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};
use crate::seed::DestinationSeed;

impl Entry for Product {
    fn put(self) -> CatalogChange {
        CatalogChange::PutProduct(self)
    }
}

/// Every product, by id.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<GoodsTold>>, ApiError> {
    let catalog = names::catalog(&app).await?;
    let all = catalog.products().iter();
    let listed = page(&app, &call, "products", all, |one| tell(one, &catalog))?;
    Ok(Success::new("Daftar produk.", listed))
}

/// One product.
pub(super) async fn show(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<GoodsTold>, ApiError> {
    call.query::<Nothing>()?;
    let code: ProductCode = named(code)?;
    let catalog = names::catalog(&app).await?;
    let found = catalog.product_coded(&code);
    let found = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    Ok(Success::new("Produk.", tell(found, &catalog)))
}

/// A new product.
pub(super) async fn add(
    State(app): State<App>,
    call: Call,
) -> Result<Success<GoodsTold>, ApiError> {
    let wanted: NewProduct = call.json()?;
    let name = format!("product {}", wanted.code);
    let (catalog, made) = create(
        &app,
        &call,
        &name,
        |catalog| catalog.product_coded(&wanted.code).cloned(),
        |catalog, known: Option<&Product>| {
            let next = u32::try_from(catalog.products().len());
            let next = next.map_err(|_| ApiError::invalid("code", "one product too many"))?;
            let category = category_of(catalog, &wanted.category)?;
            let group = catalog.category(category).map(|group| group.name.clone());
            Ok(Product {
                name: wanted.name.clone(),
                brand: wanted.brand.clone().or(group).unwrap_or_default(),
                input_fields: wanted.input_fields.clone().unwrap_or_default(),
                min_margin: wanted.min_margin.unwrap_or_default(),
                loss_leader: wanted.loss_leader.unwrap_or(false),
                cut_off: wanted.cut_off,
                multi: wanted.multi.unwrap_or(false),
                sn_required: wanted.sn_required.unwrap_or(false),
                active: wanted.active.unwrap_or(true),
                ..Product::prepaid(
                    known.map_or(ProductId(next), |known| known.id),
                    wanted.code.clone(),
                    category,
                    wanted.destination.0.clone(),
                    wanted.base_price,
                )
            })
        },
    )
    .await?;
    Ok(Success::new("Produk ada.", tell(&made, &catalog)))
}

/// Sets what is given.
pub(super) async fn edit(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<GoodsTold>, ApiError> {
    let wanted: ProductChange = call.json()?;
    let code: ProductCode = named(code)?;
    let (catalog, after) = change(
        &app,
        &call,
        &format!("product {code}"),
        &wanted.version,
        |catalog| catalog.product_coded(&code).cloned(),
        |product: &mut Product, catalog| set(product, &wanted, catalog),
    )
    .await?;
    Ok(Success::new("Produk diubah.", tell(&after, &catalog)))
}

fn set(product: &mut Product, wanted: &ProductChange, catalog: &Snapshot) -> Result<(), ApiError> {
    if let Some(slug) = &wanted.category {
        product.category = category_of(catalog, slug)?;
    }
    if let Some(name) = &wanted.name {
        product.name.clone_from(name);
    }
    if let Some(brand) = &wanted.brand {
        product.brand.clone_from(brand);
    }
    if let Some(destination) = &wanted.destination {
        product.destination.clone_from(&destination.0);
    }
    if let Some(fields) = &wanted.input_fields {
        product.input_fields.clone_from(fields);
    }
    product.base_price = wanted.base_price.unwrap_or(product.base_price);
    product.min_margin = wanted.min_margin.unwrap_or(product.min_margin);
    product.loss_leader = wanted.loss_leader.unwrap_or(product.loss_leader);
    product.cut_off = wanted.cut_off.unwrap_or(product.cut_off);
    product.multi = wanted.multi.unwrap_or(product.multi);
    product.sn_required = wanted.sn_required.unwrap_or(product.sn_required);
    product.active = wanted.active.unwrap_or(product.active);
    Ok(())
}

fn category_of(catalog: &Snapshot, slug: &Slug) -> Result<CategoryId, ApiError> {
    let found = catalog.categories().iter().find(|one| one.slug == *slug);
    found
        .map(|one| one.id)
        .ok_or_else(|| ApiError::invalid("category", "no such category"))
}

fn tell(product: &Product, catalog: &Snapshot) -> GoodsTold {
    let category = catalog.category(product.category);
    GoodsTold {
        code: product.code.to_string(),
        name: product.name.clone(),
        category: category.map_or_else(String::new, |category| category.slug.to_string()),
        brand: product.brand.clone(),
        kind: product.kind,
        destination: DestinationSeed(product.destination.clone()),
        input_fields: product.input_fields.clone(),
        base_price: product.base_price,
        min_margin: product.min_margin,
        loss_leader: product.loss_leader,
        cut_off: product.cut_off,
        multi: product.multi,
        sn_required: product.sn_required,
        active: product.active,
        version: seen::version(product),
    }
}
