//! The addresses of the server: one list, from which the router and the document of the API are made.

mod admin;
mod balance;
mod callbacks;
mod counter;
mod deposits;
mod digiflazz;
mod docs;
mod health;
mod inquiries;
mod mutations;
mod notifications;
mod page;
mod products;
mod returns;
mod seller;
mod transactions;
mod transfers;

use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use bytes::Bytes;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answers::{Deposit, Transaction};
use crate::app::App;
use crate::auth::Need;
use crate::cors;
use crate::door::{hide_panic, name_request};
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{self, Access, Route, words};
use crate::requests::{AskedFor, NewDeposit, NewTransaction, NewTransfer, Wait};
use crate::seller::digiflazz::TopUp;

/// Every route. Whole paths, not nested: nesting hides the prefix from handlers, and signatures cover the path as it was sent.
pub fn all() -> Vec<Route> {
    let mut routes = callers();
    routes.extend(readers());
    routes
}

/// The routes that do something.
fn callers() -> Vec<Route> {
    let mut routes = members();
    routes.extend(deposits());
    routes.push(transfers());
    routes.extend(notifications());
    routes.push(
        Route::post(
            "/api/v1/callbacks/supplier/{supplier}",
            "callback.supplier",
            "What a supplier reports later: verified and stored as it is, applied after the answer.",
            callbacks::take,
        )
        .by(Access::Supplier)
        .at::<words::Slug>()
        .takes::<words::SupplierReport>()
        .gives(&["text/plain", "application/json"], "The answer that this supplier expects."),
    );
    routes.push(
        Route::get(
            "/api/v1/callbacks/supplier/{supplier}",
            "report.supplier",
            "The same for suppliers that report in the query, unsigned: a hint, after which they are asked.",
            callbacks::take,
        )
        .by(Access::Supplier)
        .at::<words::Slug>()
        .gives(&["text/plain", "application/json"], "The answer that this supplier expects."),
    );
    routes.extend(buyers());
    routes.extend(admin::all());
    routes.extend(watchers());
    routes
}

/// What servers that speak another dialect call, where the settings turn it on.
#[rustfmt::skip]
fn buyers() -> Vec<Route> {
    const TEXT: &[&str] = &["text/plain; charset=utf-8"];
    const ORDER: &str = "An order of a server of the OtomaX family. The same refID again, or check=1, asks how it stands and buys nothing.";
    const BALANCE: &str = "The deposit of such a buyer.";
    const SAID: &str = "A sentence, as the settings word it.";
    let at = |route: Route| {
        route.by(Access::Buyer).at::<words::Slug>().gives(TEXT, SAID)
            .refuses(&[ErrorCode::RouteNotFound, ErrorCode::Maintenance, ErrorCode::Overloaded])
    };
    vec![
        at(Route::get("/otomax/{realm}/trx", "otomax.order", ORDER, seller::order)).query::<seller::OtomaxQuery>(),
        at(Route::post("/otomax/{realm}/trx", "otomax.order.form", ORDER, seller::order)),
        at(Route::get("/otomax/{realm}/balance", "otomax.balance", BALANCE, seller::balance)).query::<seller::BalanceQuery>(),
        at(Route::post("/otomax/{realm}/balance", "otomax.balance.form", BALANCE, seller::balance)),
        at(Route::get("/otomax/{realm}/trx/balance", "otomax.balance.below", "The same at another address.", seller::balance)).query::<seller::BalanceQuery>(),
        at(Route::get("/otomax/{realm}/ticket", "otomax.ticket", "A deposit ticket: refused, money comes in through an operator.", seller::ticket)),
        at(Route::get("/otomax/{realm}", "otomax.command", "What cmd=trx, cmd=balance or cmd=ticket says.", seller::command)),
        at(Route::get("/irs/{realm}/api/h2h", "irs.order", "An order of a server in the dialect of IRS. The same idtrx again asks how it stands.", seller::irs)).query::<seller::IrsQuery>(),
        Route::post("/digiflazz/{realm}/prepaid", "digiflazz.order", "An order of Digiflazz, which buys from us as from any of its sellers. The same ref_id again asks how it stands.", digiflazz::prepaid)
            .by(Access::Buyer).at::<words::Slug>().takes::<TopUp>().gives(&["application/json"], "How the order stands, in texts, as Digiflazz reads it.")
            .refuses(&[ErrorCode::RouteNotFound, ErrorCode::Maintenance, ErrorCode::Overloaded, ErrorCode::ValidationFailed]),
    ]
}

/// What members give to each other.
fn transfers() -> Route {
    use ErrorCode as E;
    Route::post(
        "/api/v1/transfers",
        "transfer.create",
        "Gives of the member's balance to a member above or below it in its tree. The same ref_id again gives the first result and moves nothing.",
        transfers::create,
    )
    .by(Access::Member(Need::ORDER))
    .takes::<NewTransfer>()
    .answers::<transfers::Given>()
    .repeats()
    .refuses(&[E::InsufficientBalance, E::MemberFrozen, E::RefIdMismatch])
}

/// What members do to pay in.
fn deposits() -> Vec<Route> {
    use ErrorCode as E;
    const CREATE: &str = "Asks a gateway for a deposit: what to pay with is in the answer. The same ref_id again gives the same deposit and asks nobody.";
    const CHECK: &str =
        "Has the gateway asked now what became of the deposit; once in ten seconds.";
    const CANCEL: &str =
        "Calls the deposit off, where its gateway can. Money that comes all the same is credited.";
    let (order, read) = (Access::Member(Need::ORDER), Access::Member(Need::READ));
    let one = |route: Route| {
        route
            .at::<words::Uuid>()
            .answers::<Deposit>()
            .refuses(&[E::DepositNotFound])
    };
    vec![
        Route::post(
            "/api/v1/deposits",
            "deposit.create",
            CREATE,
            deposits::create,
        )
        .by(order)
        .takes::<NewDeposit>()
        .answers::<Deposit>()
        .repeats()
        .leads_to(
            &["deposit.show", "deposit.check", "deposit.cancel"],
            "id",
            "/data/id",
        )
        .refuses(&[E::RefIdMismatch, E::Overloaded]),
        Route::get(
            "/api/v1/deposits",
            "deposit.list",
            "The member's deposits through gateways, newest first.",
            deposits::list,
        )
        .by(read)
        .query::<page::PageQuery>()
        .lists::<Deposit>("deposits"),
        Route::get(
            "/api/v1/deposits/channels",
            "deposit.channels",
            "What can be paid with, and what that costs the customer, as far as the gateway tells.",
            deposits::channels,
        )
        .by(read)
        .lists::<deposits::ChannelTold>("channels"),
        one(Route::get(
            "/api/v1/deposits/{id}",
            "deposit.show",
            "One deposit of the member.",
            deposits::show,
        ))
        .by(read),
        one(Route::post(
            "/api/v1/deposits/{id}/check",
            "deposit.check",
            CHECK,
            deposits::check,
        ))
        .by(read),
        one(Route::post(
            "/api/v1/deposits/{id}/cancel",
            "deposit.cancel",
            CANCEL,
            deposits::cancel,
        ))
        .by(order)
        .refuses(&[E::DepositNotCancellable, E::Overloaded]),
    ]
}

/// What payment gateways call, and where they send customers' browsers.
fn notifications() -> Vec<Route> {
    const TOLD: &str = "What a payment gateway tells of a payment: verified, stored as it is and answered; then the gateway is asked. By itself it moves nothing.";
    const SAME: &str =
        "The same at the address that Midtrans's dashboard has for notifications of payments.";
    const RECURRING: &str = "The same for notifications of subscriptions. They carry no signature, and what carries none is refused.";
    const PAGE: &str =
        "Where a customer's browser ends. It proves nothing: nothing is looked up or credited.";
    let told = |path, name, says| {
        Route::post(path, name, says, notifications::take)
            .by(Access::Supplier)
            .at::<words::Slug>()
            .takes::<words::GatewayNotification>()
            .gives(
                &["text/plain; charset=utf-8", "application/json"],
                "The answer that this gateway expects.",
            )
    };
    let page = |route: Route| {
        route
            .by(Access::Counted)
            .gives(&["text/html; charset=utf-8"], "The page.")
    };
    vec![
        told("/api/v1/webhooks/{gateway}", "notification.gateway", TOLD),
        told(
            "/api/v1/webhooks/{gateway}/payment-notification",
            "notification.payment",
            SAME,
        ),
        told(
            "/api/v1/webhooks/{gateway}/recurring-notification",
            "notification.recurring",
            RECURRING,
        ),
        page(Route::get(
            "/deposits/finish",
            "deposit.finish",
            PAGE,
            returns::finish,
        )),
        page(Route::get(
            "/deposits/unfinish",
            "deposit.unfinish",
            PAGE,
            returns::unfinish,
        )),
        page(Route::get(
            "/deposits/error",
            "deposit.error",
            PAGE,
            returns::error,
        )),
    ]
}

/// What is open to whoever watches over the process.
fn watchers() -> [Route; 2] {
    [
        Route::get(
            "/healthz",
            "health.alive",
            "The process answers.",
            health::alive,
        )
        .answers::<health::Alive>(),
        Route::get(
            "/readyz",
            "health.ready",
            "The process takes orders.",
            health::ready,
        )
        .answers::<health::Ready>()
        .refuses(&[ErrorCode::Maintenance]),
    ]
}

/// What members do.
fn members() -> Vec<Route> {
    use ErrorCode as E;
    let read = || Access::Member(Need::READ);
    vec![
        Route::post(
            "/api/v1/transactions",
            "transaction.create",
            "Places an order. The same ref_id again gives the same order and buys nothing.",
            transactions::create,
        )
        .by(Access::Member(Need::ORDER))
        .query::<Wait>()
        .takes::<NewTransaction>()
        .answers::<Transaction>()
        .repeats()
        .leads_to(&["transaction.show"], "ref_id", "/data/ref_id")
        .leads_to(&["order.show", "order.resolve", "order.refund", "order.cancel"], "id", "/data/trx_id")
        .refuses(&[
            E::InsufficientBalance,
            E::MemberFrozen,
            E::ProductNotFound,
            E::DuplicateOrder,
            E::PriceChanged,
            E::RefIdMismatch,
            E::InquiryNotFound,
            E::InquiryExpired,
            E::InquiryUsed,
            E::InvalidDestination,
            E::ProductUnavailable,
            E::ProductCutOff,
            E::Overloaded,
        ]),
        Route::post(
            "/api/v1/inquiries",
            "inquiry.create",
            "Asks what a bill comes to, or whose meter that is. Moves no money. The same ref_id again gives the same answer of a bill.",
            inquiries::create,
        )
        .by(Access::Member(Need::ORDER))
        .takes::<AskedFor>()
        .answers::<inquiries::Told>()
        .refuses(&[
            E::ProductNotFound,
            E::BillNotFound,
            E::RefIdMismatch,
            E::InquiryNotOffered,
            E::InquiryUnavailable,
            E::Overloaded,
        ]),
        Route::get(
            "/api/v1/transactions",
            "transaction.list",
            "The member's orders, newest first. What is accepted while pages are turned is not on them.",
            transactions::list,
        )
        .by(read())
        .query::<transactions::Query>()
        .lists::<Transaction>("transactions"),
        Route::get(
            "/api/v1/transactions/{ref_id}",
            "transaction.show",
            "One order of the member.",
            transactions::show,
        )
        .by(read())
        .at::<words::RefId>()
        .answers::<Transaction>()
        .refuses(&[E::TransactionNotFound]),
        Route::get("/api/v1/balance", "balance.show", "The member's wallet.", balance::show)
            .by(read())
            .answers::<balance::Wallet>(),
        Route::get(
            "/api/v1/products",
            "product.list",
            "What the member can buy, and for how much.",
            products::list,
        )
        .by(Access::Member(Need::PRICE_LIST))
        .query::<products::Query>()
        .lists::<products::Row>("products")
        .tagged(),
        Route::get(
            "/api/v1/mutations",
            "mutation.list",
            "The transfers that touched what the member can spend, newest first.",
            mutations::list,
        )
        .by(read())
        .query::<page::PageQuery>()
        .lists::<mutations::Mutation>("mutations"),
    ]
}

/// The routes for readers of the API.
fn readers() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/openapi.json",
            "docs.document",
            "This document.",
            docs::document,
        )
        .by(Access::Counted)
        .gives(&["application/json"], "The document."),
        Route::get(
            "/docs",
            "docs.page",
            "A page to read this document.",
            docs::page,
        )
        .by(Access::Counted)
        .gives(&["text/html; charset=utf-8"], "The page."),
        Route::get(
            "/docs/{file}",
            "docs.file",
            "What the page asks for.",
            docs::part,
        )
        .by(Access::Counted)
        .at::<words::PageFile>()
        .gives(
            &[
                "text/css; charset=utf-8",
                "text/javascript; charset=utf-8",
                "image/png",
            ],
            "The file.",
        )
        .refuses(&[ErrorCode::RouteNotFound]),
    ]
}

/// Those that `app` serves.
fn served(app: &App) -> Vec<Route> {
    let routes = if app.shows_docs() { all() } else { callers() };
    let sells = app.seller().is_some();
    let is_served = |route: &Route| sells || !route.is_of_buyers();
    routes.into_iter().filter(is_served).collect()
}

/// Every address, inside the layer that names requests and hides panics.
pub fn router(app: App) -> Router {
    let routes = served(&app);
    let text = Bytes::from(openapi::document(&routes).to_string());
    let (members, others): (Vec<_>, Vec<_>) = routes.into_iter().partition(Route::is_of_members);
    let mount = |routes: Vec<Route>| {
        let mounted = routes.into_iter();
        mounted.fold(Router::new(), |router, route| route.mount(router, &app))
    };
    // Before the layer of pages, which answers what a browser asks ahead by a method that no route has.
    mount(members)
        .method_not_allowed_fallback(not_allowed)
        .layer(cors::layer(app.cors_origins()))
        .merge(mount(others))
        .layer(Extension(docs::Document(text)))
        .fallback(async || ApiError::plain(ErrorCode::RouteNotFound))
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(hide_panic))
        .layer(from_fn_with_state(app.clone(), name_request))
        .with_state(app)
}

/// The addresses of a server that only works orders: whether it is well, and no more.
pub fn router_of_worker(app: App) -> Router {
    let mounted = watchers().into_iter();
    let router = mounted.fold(Router::new(), |router, route| route.mount(router, &app));
    router
        .fallback(async || ApiError::plain(ErrorCode::RouteNotFound))
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(hide_panic))
        .layer(from_fn_with_state(app.clone(), name_request))
        .with_state(app)
}

async fn not_allowed() -> ApiError {
    ApiError::plain(ErrorCode::MethodNotAllowed)
}
