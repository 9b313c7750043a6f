//! `/api/v1/admin/pending` and `…/cases/close`: what waits for a person, since when, and why (INV-33).

use axum::extract::State;
use eraflazz_core::commit::{Case, CaseKey, CaseKind};
use eraflazz_core::ids::OrderId;
use eraflazz_core::money::Money;
use eraflazz_core::order::{Aggregate, RulingKind, may_close, may_rule};

use super::given::given;
use super::names::{Codes, catalog};
use super::orders::row;
use super::{not_done, not_read};
use crate::admin::{CaseToClose, PendingTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::routes::page::{Cursor, Listed, PageQuery};

/// Open cases, oldest first, each with what may be done.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<PendingTold>>, ApiError> {
    let query: PageQuery = call.query()?;
    let now = app.engine().now();
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: now,
    });
    let page = query.limit.page(cursor);
    let (catalog, codes) = (catalog(&app).await?, Codes::read(&app).await?);
    let mut told = Vec::new();
    for case in app.engine().open_cases(&page).await.map_err(not_read)? {
        let Case {
            key,
            amount,
            opened_at,
            deadline,
        } = case;
        let agg = app.engine().aggregate(OrderId(key.subject.0)).await;
        let agg = agg.map_err(not_read)?;
        told.push(PendingTold {
            subject: key.subject.to_string(),
            version: key.version,
            kind: key.kind,
            why: why(key.kind, amount, agg.as_ref()),
            amount,
            since: opened_at.to_string(),
            deadline: deadline.to_string(),
            overdue: deadline < now,
            order: agg.as_ref().map(|agg| row(&agg.order, &catalog, &codes)),
            may: may(key.kind, agg.as_ref()),
            may_close: may_close(key.kind, agg.as_ref()),
        });
    }
    let listed = Listed::new("pending", told, &page, cursor);
    Ok(Success::new("Menunggu keputusan.", listed))
}

/// What may be ruled because of the case. Of a second delivery: only what settles the attempt that may still deliver, not what would take the good
/// delivery back.
fn may(kind: CaseKind, agg: Option<&Aggregate>) -> Vec<RulingKind> {
    let of_order = agg.map(may_rule).unwrap_or_default();
    let is_settled = agg.is_none_or(|agg| agg.open_surplus().is_none());
    if kind == CaseKind::Surplus && is_settled {
        return Vec::new();
    }
    of_order
}

fn why(kind: CaseKind, amount: Option<Money>, agg: Option<&Aggregate>) -> String {
    let surplus = agg.and_then(Aggregate::open_surplus);
    if let (CaseKind::Surplus, None, Some(attempt)) = (kind, amount, surplus) {
        return format!(
            "may be delivered twice: attempt {} is still open; ask its supplier, then rule whether that one was delivered",
            attempt.no.0
        );
    }
    let words = match kind {
        CaseKind::Escalated => {
            "no proof after all checks, or too long without one; ask the supplier, then rule"
        }
        CaseKind::Disputed => "the supplier said both delivered and not delivered; find out which",
        CaseKind::LateSuccess => {
            "delivered after the money had gone back; check what the member was charged"
        }
        CaseKind::Reversed => "a delivery was reversed; the supplier owes us its cost",
        CaseKind::Surplus if amount.is_some() => "delivered twice; the second delivery is our loss",
        CaseKind::Surplus => "might have been delivered twice; the second attempt is settled now",
        CaseKind::OverCap if amount.is_none() => {
            "billed an amount that cannot be read; booked at the expected cost, the route is closed until it is opened"
        }
        CaseKind::OverCap => "billed above the cost cap; the route is closed until it is opened",
        CaseKind::Broken => "the books would have broken; the wallet is frozen",
        CaseKind::Unreadable => {
            "a callback could not be read or applied three times; see `orphans`, compare with the supplier's statement, then close"
        }
        CaseKind::Orphan if amount.is_none() => {
            "a purchase that a restore had lost was delivered; book what it cost, then close"
        }
        CaseKind::Orphan => {
            "a purchase that a restore had lost was delivered; its cost is booked, its member paid nothing"
        }
        CaseKind::Hinted => {
            "a message that is no proof speaks against how the order was settled; ask the supplier, then rule or close"
        }
        CaseKind::DepositAmount if amount.is_none() => {
            "a gateway tells of money that fits no deposit; nothing was booked: look into its dashboard"
        }
        CaseKind::DepositAmount => {
            "a gateway has money of another amount than was asked for, or of nobody's deposit, or a bank account has money that no ticket awaits; see the log, and what lies in suspense"
        }
        CaseKind::DepositTurned => {
            "a deposit was paid after its end and credited, or taken back; see the deposit's log"
        }
    };
    words.to_owned()
}

/// A person looked at it and is done with it.
pub(super) async fn close(
    State(app): State<App>,
    call: Call,
) -> Result<Success<CaseToClose>, ApiError> {
    let wanted: CaseToClose = call.json()?;
    call.about(format!("case {:?}: {}", wanted.kind, given(&wanted)));
    let key = CaseKey {
        subject: wanted.subject,
        version: wanted.version,
        kind: wanted.kind,
    };
    app.engine()
        .close_case(key, &wanted.note, &call.operator)
        .await
        .map_err(not_done)?;
    Ok(Success::new("Kasus ditutup.", wanted))
}
