//! `/api/v1/admin/mappings`: through whom each product is bought.

use axum::extract::State;
use eraflazz_core::catalog::{CatalogChange, Mapping, Quota, Snapshot};
use eraflazz_core::ids::MappingId;

use super::entries::{Entry, change, create, page};
use super::names::{self, Named, named};
use super::seen;
use crate::admin::{MappingChange, MappingTold, NewMapping};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

/// The operator's wish of a route that nobody has wished anything of.
const PRIORITY: u16 = 100;

impl Entry for Mapping {
    fn put(self) -> CatalogChange {
        CatalogChange::PutMapping(self)
    }
}

/// Every mapping, by product.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<MappingTold>>, ApiError> {
    let catalog = names::catalog(&app).await?;
    let all = catalog.mappings().iter();
    let listed = page(&app, &call, "mappings", all, |one| tell(one, &catalog))?;
    Ok(Success::new("Daftar pemetaan.", listed))
}

/// One mapping.
pub(super) async fn show(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<MappingTold>, ApiError> {
    call.query::<Nothing>()?;
    let id = MappingId(named(id)?);
    let catalog = names::catalog(&app).await?;
    let found = catalog.mapping(id);
    let found = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    Ok(Success::new("Pemetaan.", tell(found, &catalog)))
}

/// A new mapping.
pub(super) async fn add(
    State(app): State<App>,
    call: Call,
) -> Result<Success<MappingTold>, ApiError> {
    let wanted: NewMapping = call.json()?;
    let name = format!(
        "mapping {} {} {}",
        wanted.product, wanted.supplier, wanted.sku
    );
    let (catalog, made) = create(
        &app,
        &call,
        &name,
        |catalog| {
            let product = catalog.product_coded(&wanted.product)?.id;
            let supplier = catalog.supplier_named(wanted.supplier.as_str())?.id;
            let mut routes = catalog.mappings_of(product).iter();
            let is_it = |one: &&Mapping| one.supplier == supplier && one.sku == wanted.sku;
            routes.find(is_it).cloned()
        },
        |catalog, known: Option<&Mapping>| {
            let next = u32::try_from(catalog.mappings().len());
            let next = next.map_err(|_| ApiError::invalid("sku", "one mapping too many"))?;
            let product = catalog.product_coded(&wanted.product);
            let product = product.ok_or_else(|| ApiError::invalid("product", "no such product"))?;
            let supplier = catalog.supplier_named(wanted.supplier.as_str());
            let supplier =
                supplier.ok_or_else(|| ApiError::invalid("supplier", "no such supplier"))?;
            let id = known.map_or(MappingId(next), |known| known.id);
            Ok(Mapping {
                priority: wanted.priority.unwrap_or(PRIORITY),
                stock: wanted.stock,
                cut_off: wanted.cut_off,
                active: wanted.active.unwrap_or(true),
                listed: known.is_none_or(|known| known.listed),
                form: wanted.form.clone(),
                quota: Quota {
                    orders: wanted.quota_orders,
                    amount: wanted.quota_amount,
                },
                ..Mapping::new(id, product.id, supplier.id, wanted.sku.clone(), wanted.cost)
            })
        },
    )
    .await?;
    Ok(Success::new("Pemetaan ada.", tell(&made, &catalog)))
}

/// Sets what is given. What the engine closed meanwhile is another version (INV-17).
pub(super) async fn edit(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<MappingTold>, ApiError> {
    let wanted: MappingChange = call.json()?;
    let id = MappingId(named(id)?);
    let (catalog, after) = change(
        &app,
        &call,
        &format!("mapping {id}"),
        &wanted.version,
        |catalog| catalog.mapping(id).cloned(),
        |mapping: &mut Mapping, _| {
            mapping.cost = wanted.cost.unwrap_or(mapping.cost);
            mapping.priority = wanted.priority.unwrap_or(mapping.priority);
            mapping.stock = wanted.stock.unwrap_or(mapping.stock);
            mapping.cut_off = wanted.cut_off.unwrap_or(mapping.cut_off);
            mapping.active = wanted.active.unwrap_or(mapping.active);
            let quota = &mut mapping.quota;
            quota.orders = wanted.quota_orders.unwrap_or(quota.orders);
            quota.amount = wanted.quota_amount.unwrap_or(quota.amount);
            if let Some(form) = &wanted.form {
                mapping.form.clone_from(form);
            }
            Ok(())
        },
    )
    .await?;
    Ok(Success::new("Pemetaan diubah.", tell(&after, &catalog)))
}

fn tell(mapping: &Mapping, catalog: &Snapshot) -> MappingTold {
    let product = catalog.product(mapping.product);
    let supplier = catalog.supplier(mapping.supplier);
    MappingTold {
        id: mapping.id.0,
        product: product.map_or_else(String::new, |product| product.code.to_string()),
        supplier: supplier.map_or_else(String::new, |supplier| supplier.slug.to_string()),
        sku: mapping.sku.to_string(),
        cost: mapping.cost,
        priority: mapping.priority,
        stock: mapping.stock,
        cut_off: mapping.cut_off,
        active: mapping.active,
        listed: mapping.listed,
        form: mapping.form.clone(),
        quota_orders: mapping.quota.orders,
        quota_amount: mapping.quota.amount,
        version: seen::version(mapping),
    }
}
