//! `/api/v1/admin/suppliers`: who we buy from, and how they are.

use axum::extract::State;
use eraflazz_core::catalog::{CatalogChange, Snapshot, SupplierInfo};
use eraflazz_core::ids::SupplierId;
use eraflazz_core::text::Slug;

use super::entries::{Entry, change, create, page};
use super::names::{self, Named, named};
use super::seen;
use crate::admin::{NewSupplier, SupplierChange, SupplierTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

impl Entry for SupplierInfo {
    fn put(self) -> CatalogChange {
        CatalogChange::PutSupplier(self)
    }
}

/// Every supplier, by id.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<SupplierTold>>, ApiError> {
    let catalog = names::catalog(&app).await?;
    let all = catalog.suppliers().iter();
    let listed = page(&app, &call, "suppliers", all, |one| {
        tell(&app, one, &catalog)
    })?;
    Ok(Success::new("Daftar pemasok.", listed))
}

/// One supplier.
pub(super) async fn show(
    State(app): State<App>,
    slug: Named,
    call: Call,
) -> Result<Success<SupplierTold>, ApiError> {
    call.query::<Nothing>()?;
    let slug: Slug = named(slug)?;
    let catalog = names::catalog(&app).await?;
    let found = catalog.supplier_named(slug.as_str());
    let found = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    Ok(Success::new("Pemasok.", tell(&app, found, &catalog)))
}

/// A new supplier, which the settings name.
pub(super) async fn add(
    State(app): State<App>,
    call: Call,
) -> Result<Success<SupplierTold>, ApiError> {
    let wanted: NewSupplier = call.json()?;
    let name = format!("supplier {}", wanted.slug);
    if !app.configured_suppliers().contains(&wanted.slug) {
        call.about(name);
        let rule = format!(
            "the settings name no such supplier: add [suppliers.{}]",
            wanted.slug
        );
        return Err(ApiError::invalid("slug", rule));
    }
    let (catalog, made) = create(
        &app,
        &call,
        &name,
        |catalog| catalog.supplier_named(wanted.slug.as_str()).cloned(),
        |catalog, known: Option<&SupplierInfo>| {
            let next = u16::try_from(catalog.suppliers().len());
            let next = next.map_err(|_| ApiError::invalid("slug", "one supplier too many"))?;
            Ok(SupplierInfo {
                id: known.map_or(SupplierId(next), |known| known.id),
                slug: wanted.slug.clone(),
                name: wanted.name.clone(),
                active: wanted.active.unwrap_or(true),
            })
        },
    )
    .await?;
    Ok(Success::new("Pemasok ada.", tell(&app, &made, &catalog)))
}

/// Sets what is given.
pub(super) async fn edit(
    State(app): State<App>,
    slug: Named,
    call: Call,
) -> Result<Success<SupplierTold>, ApiError> {
    let wanted: SupplierChange = call.json()?;
    let slug: Slug = named(slug)?;
    let (catalog, after) = change(
        &app,
        &call,
        &format!("supplier {slug}"),
        &wanted.version,
        |catalog| catalog.supplier_named(slug.as_str()).cloned(),
        |supplier: &mut SupplierInfo, _| {
            if let Some(name) = &wanted.name {
                supplier.name.clone_from(name);
            }
            supplier.active = wanted.active.unwrap_or(supplier.active);
            Ok(())
        },
    )
    .await?;
    Ok(Success::new(
        "Pemasok diubah.",
        tell(&app, &after, &catalog),
    ))
}

fn tell(app: &App, supplier: &SupplierInfo, catalog: &Snapshot) -> SupplierTold {
    let state = app.engine().supplier_state(supplier.id);
    let synced = catalog.sync_mark(supplier.id).synced_at;
    SupplierTold {
        slug: supplier.slug.to_string(),
        name: supplier.name.clone(),
        active: supplier.active,
        configured: app.configured_suppliers().contains(&supplier.slug),
        deposit: state.prepaid,
        exposure: state.exposure,
        in_flight: state.in_flight,
        tripped: state.tripped,
        last_synced_at: synced.map(|at| at.to_string()),
        version: seen::version(supplier),
    }
}
