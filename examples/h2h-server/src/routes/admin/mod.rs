//! `/api/v1/admin`: what operators do, each route behind the gate that knows its scope and writes the audit line.

mod backups;
mod books;
mod catalog;
mod keys;
mod members;
mod money;
mod names;
mod orders;
mod pending;
mod rulings;
mod story;
mod wallets;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use eraflazz_core::commit::Unavailable;
use eraflazz_core::engine::OperationError;
use eraflazz_core::member::{KeyError, Scope};
use eraflazz_core::ports::ChangeError;

use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Door, gate};
use crate::error::{ApiError, ErrorCode};
use crate::strict::BYTES_MAX;

/// One thing that an operator can do over HTTP.
struct AdminRoute {
    /// Its path as the router reads it.
    path: &'static str,
    /// The scope that the key must have.
    scope: Scope,
    /// What it is called in the audit.
    action: &'static str,
    bytes_max: usize,
    handler: MethodRouter<App>,
}

const fn read(path: &'static str, action: &'static str, handler: MethodRouter<App>) -> AdminRoute {
    AdminRoute {
        path,
        scope: Scope::AdminRead,
        action,
        bytes_max: BYTES_MAX,
        handler,
    }
}

const fn change(
    path: &'static str,
    scope: Scope,
    action: &'static str,
    handler: MethodRouter<App>,
) -> AdminRoute {
    AdminRoute {
        path,
        scope,
        action,
        bytes_max: BYTES_MAX,
        handler,
    }
}

/// Every route of administration.
#[rustfmt::skip]
fn all() -> Vec<AdminRoute> {
    use Scope::{Admin, AdminCatalog, AdminMembers, AdminMoney};
    vec![
        read("/api/v1/admin/members", "member.list", get(members::list)),
        change("/api/v1/admin/members", AdminMembers, "member.create", post(members::create)),
        read("/api/v1/admin/members/{code}", "member.show", get(members::show)),
        change("/api/v1/admin/members/{code}", AdminMembers, "member.change", post(members::change)),
        change("/api/v1/admin/members/{code}/freeze", AdminMoney, "wallet.freeze", post(wallets::freeze)),
        change("/api/v1/admin/members/{code}/thaw", AdminMoney, "wallet.thaw", post(wallets::thaw)),
        read("/api/v1/admin/members/{code}/webhook", "webhook.show", get(webhooks::show)),
        change("/api/v1/admin/members/{code}/webhook", AdminMembers, "webhook.set", post(webhooks::set)),
        change("/api/v1/admin/members/{code}/webhook/settle", AdminMembers, "webhook.settle", post(webhooks::settle)),
        change("/api/v1/admin/members/{code}/webhook/remove", AdminMembers, "webhook.remove", post(webhooks::remove)),
        change("/api/v1/admin/members/{code}/webhook/replay", AdminMembers, "webhook.replay", post(webhooks::replay)),
        change("/api/v1/admin/orders/{id}/redeliver", AdminMembers, "webhook.redeliver", post(webhooks::redeliver)),
        read("/api/v1/admin/keys", "key.list", get(keys::list)),
        change("/api/v1/admin/keys", AdminMembers, "key.issue", post(keys::issue)),
        change("/api/v1/admin/keys/{id}/revoke", AdminMembers, "key.revoke", post(keys::revoke)),
        change("/api/v1/admin/deposits", AdminMoney, "deposit", post(money::deposit)),
        change("/api/v1/admin/floats", AdminMoney, "float", post(money::float)),
        read("/api/v1/admin/balances", "balances", get(money::balances)),
        read("/api/v1/admin/catalog", "catalog.show", get(catalog::show)),
        AdminRoute { bytes_max: catalog::IMPORT_BYTES_MAX, ..change("/api/v1/admin/catalog/import", AdminCatalog, "catalog.import", post(catalog::import)) },
        change("/api/v1/admin/catalog/switch", AdminCatalog, "catalog.switch", post(catalog::switch)),
        change("/api/v1/admin/prices", AdminCatalog, "price.set", post(catalog::set_price)),
        change("/api/v1/admin/prices/remove", AdminCatalog, "price.remove", post(catalog::remove_price)),
        change("/api/v1/admin/products/{code}/base-price", AdminCatalog, "price.base", post(catalog::base_price)),
        read("/metrics", "metrics", get(crate::monitor::page)),
        change("/api/v1/admin/backup", Admin, "backup", post(backups::make)),
        read("/api/v1/admin/books", "books", get(books::recount)),
        read("/api/v1/admin/orders", "order.find", get(orders::find)),
        read("/api/v1/admin/orders/{id}", "order.show", get(orders::show)),
        change("/api/v1/admin/orders/{id}/resolve", AdminMoney, "order.resolve", post(rulings::resolve)),
        change("/api/v1/admin/orders/{id}/cancel", AdminMoney, "order.cancel", post(rulings::cancel)),
        read("/api/v1/admin/pending", "pending", get(pending::list)),
        change("/api/v1/admin/cases/close", AdminMoney, "case.close", post(pending::close)),
    ]
}

/// Administration as a part of the router.
pub(super) fn routes(app: &App) -> Router<App> {
    all().into_iter().fold(Router::new(), |router, route| {
        let door = Door {
            app: app.clone(),
            scope: route.scope,
            action: route.action,
            bytes_max: route.bytes_max,
        };
        let behind_the_gate = route.handler.route_layer(from_fn_with_state(door, gate));
        router.route(route.path, behind_the_gate)
    })
}

/// Why an operation was not done.
fn not_done(error: OperationError) -> ApiError {
    match error {
        OperationError::NotFound => ApiError::plain(ErrorCode::NotFound),
        OperationError::Changed { version } => ApiError::order_changed(version),
        OperationError::Illegal(illegal) => ApiError::not_possible(&illegal.to_string()),
        OperationError::Field { field, rule } => ApiError::invalid(field, rule),
        OperationError::RefMismatch => ApiError::plain(ErrorCode::ReferenceMismatch),
        OperationError::Refused(refused) => ApiError::not_possible(&refused.to_string()),
        OperationError::Contended => ApiError::maintenance(std::time::Duration::from_secs(1)),
        OperationError::Unavailable(error) => unavailable(&error),
    }
}

/// Why a member, a key or the catalog was not changed.
fn not_changed(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Catalog(error) => {
            ApiError::invalid(&format!("{}.{}", error.entry, error.field), error.rule)
        }
        ChangeError::Key(KeyError::Taken) => ApiError::plain(ErrorCode::AlreadyExists),
        ChangeError::Key(KeyError::ForeignScope) => {
            ApiError::invalid("scopes", KeyError::ForeignScope.to_string())
        }
        ChangeError::Key(
            error @ (KeyError::WeakSecret | KeyError::Revoked | KeyError::TooMany),
        ) => ApiError::not_possible(&error.to_string()),
        ChangeError::Member { field, rule } => ApiError::invalid(field, rule),
        ChangeError::Unavailable(error) => unavailable(&error),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn not_read(error: Unavailable) -> ApiError {
    unavailable(&error)
}
