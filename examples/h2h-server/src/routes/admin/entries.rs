//! What adding and changing an entry of the catalog has in common: nobody changes what they have not seen, and the audit line says what was before and after.

use std::sync::Arc;

use eraflazz_core::catalog::{CatalogChange, Snapshot};
use eraflazz_core::ports::ChangeError;
use serde::Serialize;
use serde_json::Value;

use super::{TRIES, names, not_changed, seen};
use crate::app::App;
use crate::auth::Call;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Cursor, Listed, PageQuery};

/// An entry: what the catalog keeps under an id.
pub(super) trait Entry: Clone + PartialEq + Serialize {
    /// The change that puts it where it is, or at the end.
    fn put(self) -> CatalogChange;

    /// What may be said of it, field by field: in the audit line, and where it differs from another.
    fn told(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Changes the entry that `find` finds, as it was `seen`. One that is as it is to be already is no conflict: a repeated request changes nothing.
pub(super) async fn change<T: Entry>(
    app: &App,
    call: &Call,
    name: &str,
    seen: &str,
    find: impl Fn(&Snapshot) -> Option<T>,
    edit: impl Fn(&mut T, &Snapshot) -> Result<(), ApiError>,
) -> Result<(Arc<Snapshot>, T), ApiError> {
    seen::read(seen)?;
    let _alone = app.change_catalog().await;
    for _ in 0..TRIES {
        let catalog = names::catalog(app).await?;
        let before = find(&catalog).ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
        let mut after = before.clone();
        edit(&mut after, &catalog)?;
        if after == before {
            call.about(format!("{name}: nothing"));
            return Ok((catalog, after));
        }
        seen::check(seen, &before)?;
        call.about(format!("{name}: {}", difference(&before, &after)));
        if let Some(catalog) = commit(app, &catalog, after.clone().put()).await? {
            return Ok((catalog, after));
        }
    }
    Err(not_changed(ChangeError::Overtaken))
}

/// Adds an entry. `make` gives it with the id that it would have, or that the one of the same name has: the same again changes nothing, another one under
/// the name is refused by the fields in which it differs.
pub(super) async fn create<T: Entry>(
    app: &App,
    call: &Call,
    name: &str,
    find: impl Fn(&Snapshot) -> Option<T>,
    make: impl Fn(&Snapshot, Option<&T>) -> Result<T, ApiError>,
) -> Result<(Arc<Snapshot>, T), ApiError> {
    let _alone = app.change_catalog().await;
    for _ in 0..TRIES {
        let catalog = names::catalog(app).await?;
        let known = find(&catalog);
        let wanted = make(&catalog, known.as_ref())?;
        if let Some(known) = known {
            call.about(format!("{name}: was there"));
            let differing = fields(&known, &wanted);
            if differing.is_empty() {
                return Ok((catalog, known));
            }
            let differing = differing.iter().map(|(field, ..)| field.as_str());
            return Err(ApiError::already_exists(differing));
        }
        call.about(format!("{name}: {}", given(&wanted)));
        if let Some(catalog) = commit(app, &catalog, wanted.clone().put()).await? {
            return Ok((catalog, wanted));
        }
    }
    Err(not_changed(ChangeError::Overtaken))
}

/// The catalog after the change, or none if somebody else was faster.
async fn commit(
    app: &App,
    over: &Snapshot,
    change: CatalogChange,
) -> Result<Option<Arc<Snapshot>>, ApiError> {
    let version = over.version();
    let changes = vec![CatalogChange::Over { version }, change];
    match app.engine().change_catalog(changes).await {
        Ok(after) => Ok(Some(after)),
        Err(ChangeError::Overtaken) => Ok(None),
        Err(ChangeError::Catalog(error)) => Err(ApiError::invalid(error.field, error.rule)),
        Err(error) => Err(not_changed(error)),
    }
}

/// One page of entries.
pub(super) fn page<S, T>(
    app: &App,
    call: &Call,
    name: &'static str,
    all: impl Iterator<Item = S>,
    tell: impl Fn(S) -> T,
) -> Result<Listed<T>, ApiError> {
    let query: PageQuery = call.query()?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let told = all.skip(page.skip).take(page.limit).map(tell).collect();
    Ok(Listed::new(name, told, &page, cursor))
}

/// `base_price: 10000 -> 10050, active: true -> false`.
fn difference(before: &impl Entry, after: &impl Entry) -> String {
    let all = fields(before, after).into_iter();
    let all = all.map(|(field, was, is)| format!("{field}: {was} -> {is}"));
    all.collect::<Vec<_>>().join(", ")
}

/// `code=XL10 name="XL 10.000"`.
fn given(entry: &impl Entry) -> String {
    let value = entry.told();
    let fields = value.as_object().into_iter().flatten();
    let told = fields.map(|(field, value)| format!("{field}={value}"));
    told.collect::<Vec<_>>().join(" ")
}

/// The fields in which the two differ, with what each has there.
fn fields(before: &impl Entry, after: &impl Entry) -> Vec<(String, Value, Value)> {
    let (before, after) = (before.told(), after.told());
    let all = after.as_object().into_iter().flatten();
    let differing = all.filter(|(field, is)| before[field.as_str()] != **is);
    differing
        .map(|(field, is)| (field.clone(), before[field.as_str()].clone(), is.clone()))
        .collect()
}
