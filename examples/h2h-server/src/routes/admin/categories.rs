//! `/api/v1/admin/categories`. What is in one is closed product by product.

use axum::extract::State;
use eraflazz_core::catalog::{CatalogChange, Category};
use eraflazz_core::ids::CategoryId;
use eraflazz_core::text::Slug;

use super::entries::{Entry, change, create, page};
use super::names::{self, Named, named};
use super::seen;
use crate::admin::{CategoryChange, CategoryTold, NewCategory};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

impl Entry for Category {
    fn put(self) -> CatalogChange {
        CatalogChange::PutCategory(self)
    }
}

/// Every category, by id.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<CategoryTold>>, ApiError> {
    let catalog = names::catalog(&app).await?;
    let all = catalog.categories().iter();
    let listed = page(&app, &call, "categories", all, tell)?;
    Ok(Success::new("Daftar kategori.", listed))
}

/// One category.
pub(super) async fn show(
    State(app): State<App>,
    slug: Named,
    call: Call,
) -> Result<Success<CategoryTold>, ApiError> {
    call.query::<Nothing>()?;
    let slug: Slug = named(slug)?;
    let catalog = names::catalog(&app).await?;
    let found = catalog.categories().iter().find(|one| one.slug == slug);
    let found = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    Ok(Success::new("Kategori.", tell(found)))
}

/// A new category.
pub(super) async fn add(
    State(app): State<App>,
    call: Call,
) -> Result<Success<CategoryTold>, ApiError> {
    let wanted: NewCategory = call.json()?;
    let name = format!("category {}", wanted.slug);
    let (_, made) = create(
        &app,
        &call,
        &name,
        |catalog| {
            let mut all = catalog.categories().iter();
            all.find(|one| one.slug == wanted.slug).cloned()
        },
        |catalog, known: Option<&Category>| {
            let next = u16::try_from(catalog.categories().len());
            let next = next.map_err(|_| ApiError::invalid("slug", "one category too many"))?;
            Ok(Category {
                id: known.map_or(CategoryId(next), |known| known.id),
                slug: wanted.slug.clone(),
                name: wanted.name.clone(),
                active: wanted.active.unwrap_or(true),
            })
        },
    )
    .await?;
    Ok(Success::new("Kategori ada.", tell(&made)))
}

/// Sets what is given.
pub(super) async fn edit(
    State(app): State<App>,
    slug: Named,
    call: Call,
) -> Result<Success<CategoryTold>, ApiError> {
    let wanted: CategoryChange = call.json()?;
    let slug: Slug = named(slug)?;
    let (_, after) = change(
        &app,
        &call,
        &format!("category {slug}"),
        &wanted.version,
        |catalog| {
            catalog
                .categories()
                .iter()
                .find(|one| one.slug == slug)
                .cloned()
        },
        |category: &mut Category, _| {
            if let Some(name) = &wanted.name {
                category.name.clone_from(name);
            }
            category.active = wanted.active.unwrap_or(category.active);
            Ok(())
        },
    )
    .await?;
    Ok(Success::new("Kategori diubah.", tell(&after)))
}

fn tell(category: &Category) -> CategoryTold {
    CategoryTold {
        slug: category.slug.to_string(),
        name: category.name.clone(),
        active: category.active,
        version: seen::version(category),
    }
}
