//! `/api/v1/admin/catalog/sync` and `…/approvals`: the catalog keeps itself, and what it does not do alone people decide.

use axum::extract::State;
use eraflazz_core::catalog::sync::PlanError;
use eraflazz_core::catalog::{Approval, ApprovalId, CatalogChange, Proposal, Snapshot};
use eraflazz_core::ports::ChangeError;
use eraflazz_core::supplier::ReadError;

use super::names::{self, Named, named};
use super::{TRIES, given::given, not_changed, not_read, seen};
use crate::admin::{ApprovalTold, Decision, NewSync, RemarkTold, SyncTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Cursor, Listed, PageQuery};
use crate::sync::{How, SyncError, sync};

/// Brings the catalog to what the supplier's list says.
pub(super) async fn run(State(app): State<App>, call: Call) -> Result<Success<SyncTold>, ApiError> {
    let wanted: NewSync = call.json()?;
    call.about(format!("sync of {}", given(&wanted)));
    let how = How {
        force: wanted.force,
        bills: wanted.bills,
        only: wanted.category.clone(),
        dry_run: wanted.dry_run,
    };
    // Whoever hangs up does not end it half-way.
    let done = tokio::spawn({
        let (app, supplier) = (app.clone(), wanted.supplier.clone());
        async move { sync(&app, &supplier, &how).await }
    });
    let done = done
        .await
        .map_err(|_| ApiError::plain(ErrorCode::InternalError))?;
    let done = done.map_err(not_synced)?;
    let all = done.statistics;
    call.about(format!(
        "sync of {}: created={} updated={} approvals={}",
        given(&wanted),
        all.created,
        all.updated,
        all.approvals
    ));
    let remarks = done.remarks.into_iter().map(|remark| RemarkTold {
        sku: remark.sku.map(|sku| sku.to_string()),
        text: remark.text,
    });
    let told = SyncTold {
        supplier: wanted.supplier.to_string(),
        dry_run: wanted.dry_run,
        version: done.version,
        read_at: done.read_at.to_string(),
        last_synced_at: done.synced_at.map(|at| at.to_string()),
        statistics: all.into(),
        remarks: remarks.collect(),
    };
    Ok(Success::new("Produk disinkronkan.", told))
}

fn not_synced(error: SyncError) -> ApiError {
    match error {
        SyncError::NoSupplier => ApiError::invalid("supplier", "no such supplier"),
        SyncError::Read(ReadError::TooSoon(wait)) => ApiError::rate_limited(wait),
        SyncError::List(PlanError::NoSuchCategory) => {
            ApiError::invalid("category", PlanError::NoSuchCategory.to_string())
        }
        SyncError::NoAdapter | SyncError::Read(_) | SyncError::List(_) => {
            ApiError::not_possible(&error.to_string())
        }
        SyncError::Change(error) => not_changed(error),
        SyncError::Unavailable(error) => not_read(error),
    }
}

/// What waits for a person's word, and what was rejected.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<ApprovalTold>>, ApiError> {
    let query: PageQuery = call.query()?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let catalog = names::catalog(&app).await?;
    let all = catalog.approvals().skip(page.skip).take(page.limit);
    let told = all.map(|approval| tell(approval, &catalog)).collect();
    let listed = Listed::new("approvals", told, &page, cursor);
    Ok(Success::new("Menunggu persetujuan.", listed))
}

/// A person decides what was seen. Rejected, it is kept, so that the same list does not ask again.
pub(super) async fn decide(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<ApprovalTold>, ApiError> {
    let wanted: Decision = call.json()?;
    seen::read(&wanted.version)?;
    let id: ApprovalId = named(id)?;
    call.about(format!("{id}: {}", given(&wanted)));
    let _alone = app.change_catalog().await;
    for _ in 0..TRIES {
        let catalog = names::catalog(&app).await?;
        let approval = *catalog
            .approval(id)
            .ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
        seen::check(&wanted.version, &approval)?;
        let mut told = tell(&approval, &catalog);
        call.about(format!(
            "{id} of {}: {} from={} to={}",
            told.product,
            given(&wanted),
            told.from
                .map_or_else(|| "-".to_owned(), |from| from.to_string()),
            told.to.map_or_else(|| "-".to_owned(), |to| to.to_string()),
        ));
        let mut changes = vec![CatalogChange::Over {
            version: catalog.version(),
        }];
        if wanted.approve {
            changes.extend(done(approval.proposal, &catalog));
            changes.push(CatalogChange::RemoveApproval(id));
        } else {
            let rejected = Approval {
                rejected: true,
                ..approval
            };
            told = tell(&rejected, &catalog);
            changes.push(CatalogChange::PutApproval(rejected));
        }
        match app.engine().change_catalog(changes).await {
            Ok(_) => return Ok(Success::new("Diputuskan.", told)),
            Err(ChangeError::Overtaken) => {}
            Err(error) => return Err(not_changed(error)),
        }
    }
    Err(not_changed(ChangeError::Overtaken))
}

/// What is changed once a person has said yes.
fn done(proposal: Proposal, catalog: &Snapshot) -> Option<CatalogChange> {
    match proposal {
        Proposal::BasePrice { product, to, .. } => Some(CatalogChange::SetBasePrice {
            product,
            base_price: to,
        }),
        Proposal::Withdrawal { mapping } => {
            let route = catalog.mapping(mapping)?;
            Some(CatalogChange::SetMappingListing {
                mapping,
                listed: false,
                cost: route.cost,
                stock: route.stock,
                cut_off: route.cut_off,
            })
        }
    }
}

fn tell(approval: &Approval, catalog: &Snapshot) -> ApprovalTold {
    let (kind, product, route, from, to) = match approval.proposal {
        Proposal::BasePrice { product, from, to } => {
            ("base_price", Some(product), None, Some(from), Some(to))
        }
        Proposal::Withdrawal { mapping } => {
            let route = catalog.mapping(mapping);
            let product = route.map(|route| route.product);
            ("withdrawal", product, route, None, None)
        }
    };
    let product = product.and_then(|product| catalog.product(product));
    let supplier = route.and_then(|route| catalog.supplier(route.supplier));
    ApprovalTold {
        id: approval.proposal.id().to_string(),
        version: seen::version(approval),
        kind: kind.to_owned(),
        product: product.map_or_else(String::new, |product| product.code.to_string()),
        supplier: supplier.map(|supplier| supplier.slug.to_string()),
        sku: route.map(|route| route.sku.to_string()),
        from,
        to,
        since: approval.since.to_string(),
        rejected: approval.rejected,
    }
}
