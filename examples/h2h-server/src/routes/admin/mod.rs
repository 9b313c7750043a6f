//! `/api/v1/admin`: what operators do, each route behind the gate that knows its scope and writes the audit line.

mod backups;
mod books;
mod buyers;
mod catalog;
mod categories;
mod choices;
mod deposits;
mod entries;
mod finding;
mod given;
mod goods;
mod keys;
mod lines;
mod mappings;
mod members;
mod money;
mod names;
mod orders;
mod orphans;
mod pending;
mod refunds;
mod rulings;
mod seen;
mod story;
mod suppliers;
mod sync;
mod tickets;
mod wallets;
mod webhooks;

use std::time::Duration;

use eraflazz_core::commit::Unavailable;
use eraflazz_core::engine::OperationError;
use eraflazz_core::member::{KeyError, Scope};
use eraflazz_core::ports::ChangeError;

use crate::admin::{
    ApprovalTold, BackupTold, BalancesTold, BasePrice, BooksTold, BuyerIssued, BuyerTold, Cancel,
    CaseToClaim, CaseToClose, CatalogTold, CategoryChange, CategoryTold, Decision, DepositChecked,
    DepositRow, DepositSearch, DepositsToCheck, DepositsToEnd, GoodsTold, Imported, KeyIssued,
    KeyTold, LinesTaken, MappingChange, MappingTold, MemberChange, MemberTold, MoneyMoved,
    NewBackup, NewBuyer, NewCategory, NewDeposit, NewFloat, NewKey, NewLines, NewMapping,
    NewMember, NewProduct, NewRefund, NewSupplier, NewSync, NewTicket, NewWebhook, OrderRow,
    OrderSearch, OrderTold, OrphanTold, PendingTold, PriceNamed, ProductChange, Replay, Ruling,
    SupplierChange, SupplierTold, Switch, SyncTold, TicketTold, ToldAgain, WalletNote, WebhookTold,
};
use crate::answers::unavailable_to_operator;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{Route, words};
use crate::routes::page::PageQuery;
use crate::seed::{CatalogFile, PriceSeed};

/// Fresh looks at a member or an endpoint that others keep changing.
const TRIES: usize = 16;

/// Every route of administration. Its name is the action of its audit line.
pub(super) fn all() -> Vec<Route> {
    let mut all = of_the_house();
    all.extend(of_deposits());
    all.extend(of_the_catalog());
    all
}

/// The catalog, entry by entry.
#[rustfmt::skip]
fn of_the_catalog() -> Vec<Route> {
    use Scope::{AdminCatalog, AdminRead};
    use ErrorCode::{AlreadyExists, DataChanged, NotFound};
    use words::{MappingNumber, ProductCode, Slug};
    vec![
        Route::get("/api/v1/admin/categories", "category.list", "Every category, by id.", categories::list)
            .operator(AdminRead).query::<PageQuery>().lists::<CategoryTold>("categories"),
        Route::post("/api/v1/admin/categories", "category.create", "A new category. The same again changes nothing.", categories::add)
            .operator(AdminCatalog).takes::<NewCategory>().answers::<CategoryTold>().refuses(&[AlreadyExists])
            .leads_to(&["category.show", "category.change"], "slug", "/data/slug"),
        Route::get("/api/v1/admin/categories/{slug}", "category.show", "One category.", categories::show)
            .operator(AdminRead).at::<Slug>().answers::<CategoryTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/categories/{slug}", "category.change", "Sets what is given, as it was seen.", categories::edit)
            .operator(AdminCatalog).at::<Slug>().takes::<CategoryChange>().answers::<CategoryTold>().refuses(&[NotFound, DataChanged]),
        Route::get("/api/v1/admin/products", "product.list", "Every product, by id.", goods::list)
            .operator(AdminRead).query::<PageQuery>().lists::<GoodsTold>("products"),
        Route::post("/api/v1/admin/products", "product.create", "A new product. The same again changes nothing.", goods::add)
            .operator(AdminCatalog).takes::<NewProduct>().answers::<GoodsTold>().refuses(&[AlreadyExists])
            .leads_to(&["product.show", "product.change", "price.base"], "code", "/data/code"),
        Route::get("/api/v1/admin/products/{code}", "product.show", "One product, whole.", goods::show)
            .operator(AdminRead).at::<ProductCode>().answers::<GoodsTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/products/{code}", "product.change", "Sets what is given, as it was seen; the rest stays.", goods::edit)
            .operator(AdminCatalog).at::<ProductCode>().takes::<ProductChange>().answers::<GoodsTold>().refuses(&[NotFound, DataChanged]),
        Route::get("/api/v1/admin/mappings", "mapping.list", "Every mapping, by product.", mappings::list)
            .operator(AdminRead).query::<PageQuery>().lists::<MappingTold>("mappings"),
        Route::post("/api/v1/admin/mappings", "mapping.create", "A new mapping of a product to a supplier. The same again changes nothing.", mappings::add)
            .operator(AdminCatalog).takes::<NewMapping>().answers::<MappingTold>().refuses(&[AlreadyExists])
            .leads_to(&["mapping.show", "mapping.change"], "id", "/data/id"),
        Route::get("/api/v1/admin/mappings/{id}", "mapping.show", "One mapping.", mappings::show)
            .operator(AdminRead).at::<MappingNumber>().answers::<MappingTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/mappings/{id}", "mapping.change", "Sets what is given, as it was seen; the rest stays.", mappings::edit)
            .operator(AdminCatalog).at::<MappingNumber>().takes::<MappingChange>().answers::<MappingTold>().refuses(&[NotFound, DataChanged]),
        Route::get("/api/v1/admin/suppliers", "supplier.list", "Every supplier, by id, and how it is.", suppliers::list)
            .operator(AdminRead).query::<PageQuery>().lists::<SupplierTold>("suppliers"),
        Route::post("/api/v1/admin/suppliers", "supplier.create", "A new supplier: one that the settings of the server name, or one that brings its settings and is bought from at once, without a restart. The same again changes nothing.", suppliers::add)
            .operator(AdminCatalog).takes::<NewSupplier>().answers::<SupplierTold>().refuses(&[AlreadyExists])
            .leads_to(&["supplier.show", "supplier.change"], "slug", "/data/slug"),
        Route::get("/api/v1/admin/suppliers/{slug}", "supplier.show", "One supplier, and how it is.", suppliers::show)
            .operator(AdminRead).at::<Slug>().answers::<SupplierTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/suppliers/{slug}", "supplier.change", "Sets what is given, as it was seen; opens and closes it. Calls under way end with the settings that began them, the next are made with the new.", suppliers::edit)
            .operator(AdminCatalog).at::<Slug>().takes::<SupplierChange>().answers::<SupplierTold>().refuses(&[NotFound, DataChanged]),
    ]
}

/// Members' deposits through payment gateways.
#[rustfmt::skip]
fn of_deposits() -> Vec<Route> {
    use Scope::{AdminMoney, AdminRead};
    use ErrorCode::{NotFound, NotPossible};
    vec![
        Route::get("/api/v1/admin/deposits", "payment.list", "Members' deposits through payment gateways, newest first.", deposits::list)
            .operator(AdminRead).query::<DepositSearch>().lists::<DepositRow>("deposits"),
        Route::post("/api/v1/admin/deposits/check", "payment.check_all", "Asks the gateways about deposits that can still be paid, newest first, part by part. With `fix` what they say is booked, as every check does; without it nothing changes. The same again finds nothing more to do.", deposits::check_all)
            .operator(AdminMoney).takes::<DepositsToCheck>().lists::<DepositChecked>("deposits"),
        Route::post("/api/v1/admin/deposits/cleanup", "payment.cleanup", "Ends at their gateways deposits that can still be paid although their time is over, newest first, part by part; paid meanwhile they are credited. The same again finds nothing more to do.", deposits::cleanup)
            .operator(AdminMoney).takes::<DepositsToEnd>().lists::<DepositChecked>("deposits"),
        Route::post("/api/v1/admin/deposits/{code}/check", "payment.check", "Asks its gateway about one deposit, whatever state it is in, and books what it says.", deposits::check)
            .operator(AdminMoney).at::<words::PaymentCode>().answers::<DepositChecked>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/lines", "line.import", "Lines of a bank account whose statement a person brings: each credits the ticket of exactly its amount, or lies in suspense with a case. The same lines again change nothing.", lines::take)
            .operator(AdminMoney).takes::<NewLines>().answers::<LinesTaken>().refuses(&[NotFound, NotPossible]),
        Route::post("/api/v1/admin/cases/claim", "case.claim", "Money that came to a bank account and that no ticket awaited is this member's: all of it, once. The case is closed by it; claimed again it is not open.", money::claim)
            .operator(AdminMoney).takes::<CaseToClaim>().answers::<MoneyMoved>().refuses(&[NotFound, NotPossible]),
    ]
}

#[rustfmt::skip]
fn of_the_house() -> Vec<Route> {
    use Scope::{Admin, AdminCatalog, AdminMembers, AdminMoney, AdminRead};
    use ErrorCode::{AlreadyExists, DataChanged, NotFound, NotPossible, OrderChanged, ReferenceMismatch};
    use words::{KeyId, OrderName, ProductCode, Slug};
    vec![
        Route::get("/api/v1/admin/members", "member.list", "Every member, by id.", members::list)
            .operator(AdminRead).query::<PageQuery>().lists::<MemberTold>("members"),
        Route::post("/api/v1/admin/members", "member.create", "A new member with an empty wallet. The same again changes nothing. A credit limit needs `admin:money` as well.", members::create)
            .operator(AdminMembers).takes::<NewMember>().answers::<MemberTold>().refuses(&[AlreadyExists])
            .leads_to(&["member.show", "member.change", "wallet.freeze", "wallet.thaw", "webhook.set"], "code", "/data/code"),
        Route::get("/api/v1/admin/members/{code}", "member.show", "One member.", members::show)
            .operator(AdminRead).at::<Slug>().answers::<MemberTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}", "member.change", "Sets what is given; the rest stays. Credit limit and late successes need `admin:money` as well.", members::change)
            .operator(AdminMembers).at::<Slug>().takes::<MemberChange>().answers::<MemberTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}/freeze", "wallet.freeze", "The wallet takes no new orders. What is open settles.", wallets::freeze)
            .operator(AdminMoney).at::<Slug>().takes::<WalletNote>().answers::<MemberTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}/thaw", "wallet.thaw", "The wallet takes new orders again.", wallets::thaw)
            .operator(AdminMoney).at::<Slug>().takes::<WalletNote>().answers::<MemberTold>().refuses(&[NotFound]),
        Route::get("/api/v1/admin/members/{code}/webhook", "webhook.show", "Where the member is told, without the secret.", webhooks::show)
            .operator(AdminRead).at::<Slug>().answers::<WebhookTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}/webhook", "webhook.set", "Sets where the member is told. A secret is made when there is none yet or a change is asked for, and told in this answer alone.", webhooks::set)
            .operator(AdminMembers).at::<Slug>().takes::<NewWebhook>().answers::<WebhookTold>().refuses(&[NotFound, NotPossible]),
        Route::post("/api/v1/admin/members/{code}/webhook/settle", "webhook.settle", "Only the new secret counts from now on.", webhooks::settle)
            .operator(AdminMembers).at::<Slug>().answers::<WebhookTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}/webhook/remove", "webhook.remove", "The member is told nothing any more. Removed again, nothing changes.", webhooks::remove)
            .operator(AdminMembers).at::<Slug>().answers::<ToldAgain>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/members/{code}/webhook/replay", "webhook.replay", "Every order accepted in a time is told once more, as it is now.", webhooks::replay)
            .operator(AdminMembers).at::<Slug>().takes::<Replay>().answers::<ToldAgain>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/orders/{id}/redeliver", "webhook.redeliver", "One order is told once more.", webhooks::redeliver)
            .operator(AdminMembers).at::<OrderName>().answers::<ToldAgain>().refuses(&[NotFound]),
        Route::get("/api/v1/admin/keys", "key.list", "Every key, by id, without secrets.", keys::list)
            .operator(AdminRead).lists::<KeyTold>("keys"),
        Route::post("/api/v1/admin/keys", "key.issue", "A new key. Its secret is told in this answer and never again. An operator's key needs `admin:*`.", keys::issue)
            .operator(AdminMembers).takes::<NewKey>().answers::<KeyIssued>().refuses(&[AlreadyExists, NotPossible])
            .leads_to(&["key.revoke"], "id", "/data/key/id"),
        Route::post("/api/v1/admin/keys/{id}/revoke", "key.revoke", "Good for nothing from now on. A revoked key stays so.", keys::revoke)
            .operator(AdminMembers).at::<KeyId>().answers::<KeyTold>().refuses(&[NotFound]),
        Route::get("/api/v1/admin/buyers", "buyer.list", "Every login of a server of the OtomaX family, without its PIN and password.", buyers::list)
            .operator(AdminRead).lists::<BuyerTold>("buyers"),
        Route::post("/api/v1/admin/buyers", "buyer.issue", "A new login for such a server. Its PIN and password are told in this answer and never again.", buyers::issue)
            .operator(AdminMembers).takes::<NewBuyer>().answers::<BuyerIssued>().refuses(&[AlreadyExists, NotPossible])
            .leads_to(&["buyer.revoke"], "id", "/data/buyer/id"),
        Route::post("/api/v1/admin/buyers/{id}/revoke", "buyer.revoke", "Good for nothing from now on. A revoked login stays so.", buyers::revoke)
            .operator(AdminMembers).at::<words::BuyerId>().answers::<BuyerTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/deposits", "deposit", "A member's money came in, or is taken back. The same source, reference and kind again gives the first result.", money::deposit)
            .operator(AdminMoney).takes::<NewDeposit>().answers::<MoneyMoved>().refuses(&[NotFound, ReferenceMismatch, NotPossible]),
        Route::post("/api/v1/admin/floats", "float", "Our deposit at a supplier was bought, taken back, credited or opened. The same source, reference and kind again gives the first result.", money::float)
            .operator(AdminMoney).takes::<NewFloat>().answers::<MoneyMoved>().refuses(&[NotFound, ReferenceMismatch, NotPossible]),
        Route::post("/api/v1/admin/tickets", "ticket", "How much exactly to pay into our account at a supplier, and where to. Moves no money: what was paid is booked as a float. Each call asks for another ticket.", tickets::ask)
            .operator(AdminMoney).takes::<NewTicket>().answers::<TicketTold>().refuses(&[NotPossible]),
        Route::get("/api/v1/admin/balances", "balances", "The accounts of the house.", money::balances)
            .operator(AdminRead).answers::<BalancesTold>(),
        Route::get("/api/v1/admin/catalog", "catalog.show", "Everything that is sold.", catalog::show)
            .operator(AdminRead).answers::<CatalogTold>(),
        Route::post("/api/v1/admin/catalog/import", "catalog.import", "Brings a catalog in, all of it or nothing. The same again changes nothing but the version.", catalog::import)
            .operator(AdminCatalog).up_to(catalog::IMPORT_BYTES_MAX).query::<catalog::Query>().takes::<CatalogFile>().or_as("application/toml", CatalogFile::TOML).answers::<Imported>(),
        Route::post("/api/v1/admin/catalog/switch", "catalog.switch", "Opens or closes a supplier, a category, a product or a route.", catalog::switch)
            .operator(AdminCatalog).takes::<Switch>().answers::<Switch>(),
        Route::post("/api/v1/admin/catalog/sync", "catalog.sync", "Brings the catalog to what a supplier's price list says, all of it or nothing. The same list again changes nothing. A list is good for an hour; one that is refused, empty or sells nothing changes nothing.", sync::run)
            .operator(AdminCatalog).takes::<NewSync>().answers::<SyncTold>().refuses(&[NotPossible]),
        Route::get("/api/v1/admin/approvals", "approval.list", "What syncs did not do alone: prices that would move too far, routes that a list has no more; and what was rejected.", sync::list)
            .operator(AdminRead).query::<PageQuery>().lists::<ApprovalTold>("approvals"),
        Route::post("/api/v1/admin/approvals/{id}", "approval.decide", "A person decides what was seen. What is rejected is kept, so that the same list does not ask again.", sync::decide)
            .operator(AdminCatalog).at::<words::ApprovalName>().takes::<Decision>().answers::<ApprovalTold>().refuses(&[NotFound, DataChanged]),
        Route::post("/api/v1/admin/prices", "price.set", "Sets a price rule, in place of the one for the same buyers and goods.", catalog::set_price)
            .operator(AdminCatalog).takes::<PriceSeed>().answers::<PriceSeed>(),
        Route::post("/api/v1/admin/prices/remove", "price.remove", "Removes the price rule for these buyers and goods.", catalog::remove_price)
            .operator(AdminCatalog).takes::<PriceNamed>().answers::<PriceNamed>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/products/{code}/base-price", "price.base", "Sets what a product's prices are built on.", catalog::base_price)
            .operator(AdminCatalog).at::<ProductCode>().takes::<BasePrice>().answers::<BasePrice>().refuses(&[NotFound]),
        Route::get("/metrics", "metrics", "The metrics, in the text format of Prometheus.", crate::monitor::page)
            .operator(AdminRead).gives(&[crate::monitor::CONTENT_TYPE], "The page."),
        Route::post("/api/v1/admin/backup", "backup", "Copies the store while it runs into a new folder under `store.backups`, and checks the copy.", backups::make)
            .operator(Admin).takes::<NewBackup>().answers::<BackupTold>().refuses(&[AlreadyExists, NotPossible]),
        Route::get("/api/v1/admin/books", "books", "Adds up every transfer from the first one and compares; only reads.", books::recount)
            .operator(AdminRead).answers::<BooksTold>(),
        Route::get("/api/v1/admin/orders", "order.find", "Orders that fit, newest first, of one business day.", finding::find)
            .operator(AdminRead).query::<OrderSearch>().lists::<OrderRow>("orders"),
        Route::get("/api/v1/admin/orders/{id}", "order.show", "One order with its attempts and its log.", orders::show)
            .operator(AdminRead).at::<OrderName>().answers::<OrderTold>().refuses(&[NotFound]),
        Route::post("/api/v1/admin/orders/{id}/resolve", "order.resolve", "A person rules about the order as it was seen.", rulings::resolve)
            .operator(AdminMoney).at::<OrderName>().takes::<Ruling>().answers::<OrderTold>().refuses(&[NotFound, OrderChanged, NotPossible]),
        Route::post("/api/v1/admin/orders/{id}/refunds", "order.refund", "Gives back a part or all of the price of a delivery, which stands. The same reference again gives the order as it stands.", refunds::refund)
            .operator(AdminMoney).at::<OrderName>().takes::<NewRefund>().answers::<OrderTold>().refuses(&[NotFound, OrderChanged, ReferenceMismatch, NotPossible]),
        Route::post("/api/v1/admin/orders/{id}/cancel", "order.cancel", "Takes the order back: only before anything was sent.", rulings::cancel)
            .operator(AdminMoney).at::<OrderName>().takes::<Cancel>().answers::<OrderTold>().refuses(&[NotFound, OrderChanged, NotPossible]),
        Route::get("/api/v1/admin/pending", "pending", "What waits for a person, oldest first, each with what may be done.", pending::list)
            .operator(AdminRead).query::<PageQuery>().lists::<PendingTold>("pending"),
        Route::get("/api/v1/admin/orphans", "orphans", "Callbacks that name no attempt of ours, and those that could not be read or applied three times, oldest first: kept for 30 days, of each supplier the 1000 newest of either kind.", orphans::list)
            .operator(AdminRead).query::<PageQuery>().lists::<OrphanTold>("orphans"),
        Route::post("/api/v1/admin/cases/close", "case.close", "A person looked at it and is done with it.", pending::close)
            .operator(AdminMoney).takes::<CaseToClose>().answers::<CaseToClose>().refuses(&[NotFound, NotPossible]),
    ]
}

/// Why an operation was not done.
fn not_done(error: OperationError) -> ApiError {
    match error {
        OperationError::NotFound => ApiError::plain(ErrorCode::NotFound),
        OperationError::Changed { version } => ApiError::order_changed(version),
        OperationError::Illegal(illegal) => ApiError::not_possible(&illegal.to_string()),
        OperationError::Field { field, rule } => ApiError::invalid(field, rule),
        OperationError::RefMismatch { field } => ApiError::reference_mismatch(field),
        OperationError::Refused(refused) => ApiError::not_possible(&refused.to_string()),
        OperationError::Contended => ApiError::maintenance(Duration::from_secs(1)),
        OperationError::Unavailable(error) => unavailable_to_operator(&error),
    }
}

/// Why a member, a key or the catalog was not changed.
fn not_changed(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Catalog(error) => ApiError::invalid("", error.to_string()),
        ChangeError::Key(KeyError::Taken) => ApiError::plain(ErrorCode::AlreadyExists),
        ChangeError::Key(KeyError::ForeignScope) => {
            ApiError::invalid("scopes", KeyError::ForeignScope.to_string())
        }
        ChangeError::Key(KeyError::Anywhere) => {
            ApiError::invalid("networks", KeyError::Anywhere.to_string())
        }
        ChangeError::Key(
            error @ (KeyError::WeakSecret | KeyError::Revoked | KeyError::TooMany),
        ) => ApiError::not_possible(&error.to_string()),
        ChangeError::Member { field, rule } => ApiError::invalid(field, rule),
        ChangeError::Overtaken => ApiError::maintenance(Duration::from_secs(1)),
        ChangeError::Unavailable(error) => unavailable_to_operator(&error),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn not_read(error: Unavailable) -> ApiError {
    unavailable_to_operator(&error)
}
