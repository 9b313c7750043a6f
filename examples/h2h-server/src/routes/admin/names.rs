//! From the names that people write to what the store knows, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use eraflazz_core::catalog::{Snapshot, TierId};
use eraflazz_core::ids::MemberId;
use eraflazz_core::member::Member;
use eraflazz_core::text::Slug;

use super::not_read;
use crate::app::App;
use crate::error::{ApiError, ErrorCode};

/// A name in a path. One that cannot be read belongs to nothing.
pub(super) type Named = Result<Path<String>, PathRejection>;

/// The text of a name in a path as a `T`; what is none is not found.
pub(super) fn named<T: std::str::FromStr>(path: Named) -> Result<T, ApiError> {
    path.ok()
        .and_then(|Path(text)| text.parse().ok())
        .ok_or_else(|| ApiError::plain(ErrorCode::NotFound))
}

/// The member of a path.
pub(super) async fn member_of_path(app: &App, path: Named) -> Result<Arc<Member>, ApiError> {
    let code: Slug = named(path)?;
    let found = app.engine().members().member_by_code(&code).await;
    found
        .map_err(not_read)?
        .ok_or_else(|| ApiError::plain(ErrorCode::NotFound))
}

/// The member that `field` of a request names.
pub(super) async fn member_of_field(
    app: &App,
    field: &'static str,
    code: &Slug,
) -> Result<Arc<Member>, ApiError> {
    let found = app.engine().members().member_by_code(code).await;
    found
        .map_err(not_read)?
        .ok_or_else(|| ApiError::invalid(field, "no such member"))
}

/// The catalog as it is now.
pub(super) async fn catalog(app: &App) -> Result<Arc<Snapshot>, ApiError> {
    app.engine().catalog().await.map_err(not_read)
}

/// The tier that a request names.
pub(super) fn tier_of_field(catalog: &Snapshot, slug: &Slug) -> Result<TierId, ApiError> {
    let found = catalog.tiers().iter().find(|tier| tier.slug == *slug);
    found
        .map(|tier| tier.id)
        .ok_or_else(|| ApiError::invalid("tier", "no such tier"))
}

/// The codes of members by their ids.
pub(super) struct Codes(BTreeMap<MemberId, Arc<Member>>);

impl Codes {
    pub(super) async fn read(app: &App) -> Result<Self, ApiError> {
        let members = app.engine().members().members().await.map_err(not_read)?;
        let by_id = members.into_iter().map(|member| (member.id, member));
        Ok(Self(by_id.collect()))
    }

    /// The code; the id of a member that nobody knows.
    pub(super) fn of(&self, id: MemberId) -> String {
        let member = self.0.get(&id);
        member.map_or_else(|| id.to_string(), |member| member.code.to_string())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.0.values()
    }
}
