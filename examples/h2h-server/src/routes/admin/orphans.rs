//! `/api/v1/admin/orphans`: callbacks that name no attempt of ours, and quarantined ones.

use axum::extract::State;
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::engine::Orphan;
use eraflazz_core::supplier::{Claim, Sighting};

use super::names::catalog;
use super::not_read;
use super::story::shown;
use crate::admin::{OrphanTold, SightingTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::routes::page::{Cursor, Listed, PageQuery};

/// Orphans, oldest first.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<OrphanTold>>, ApiError> {
    let query: PageQuery = call.query()?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let catalog = catalog(&app).await?;
    let orphans = app.engine().orphans(&page).await.map_err(not_read)?;
    let told = orphans.iter().map(|orphan| row(orphan, &catalog));
    let listed = Listed::new("orphans", told.collect(), &page, cursor);
    Ok(Success::new("Callback tanpa transaksi.", listed))
}

fn row(orphan: &Orphan, catalog: &Snapshot) -> OrphanTold {
    let supplier = catalog.supplier(orphan.supplier);
    OrphanTold {
        id: orphan.id.to_string(),
        received_at: orphan.received_at.to_string(),
        supplier: supplier
            .map_or_else(|| orphan.supplier.to_string(), |info| info.slug.to_string()),
        signed: orphan.signed,
        said: orphan.sightings.iter().map(said).collect(),
        raw: shown(&orphan.raw),
        quarantined: orphan.quarantined,
    }
}

fn said(sighting: &Sighting) -> SightingTold {
    let reason = sighting.reason;
    SightingTold {
        our_ref: sighting.our_ref.as_ref().map(ToString::to_string),
        their_ref: sighting.their_ref.as_ref().map(ToString::to_string),
        sku: sighting.sku.as_ref().map(ToString::to_string),
        destination: sighting.target.as_ref().map(ToString::to_string),
        status: match sighting.claim {
            Claim::Delivered => "delivered".to_owned(),
            Claim::Pending => "pending".to_owned(),
            Claim::Refused { .. } => format!("refused: {reason:?}"),
            Claim::NotSent | Claim::Unclear => format!("unclear: {reason:?}"),
        },
        price: sighting.price,
        sn: sighting.sn.as_ref().map(ToString::to_string),
    }
}
