//! `/api/v1/admin/suppliers`: who we buy from, by which account, and how they are.

use axum::extract::State;
use eraflazz_core::catalog::{CatalogChange, Quota, SealedAccount, Snapshot, SupplierInfo};
use eraflazz_core::ids::SupplierId;
use eraflazz_core::member::Scope;
use eraflazz_core::money::Money;
use eraflazz_core::route::{Gate, Note};
use eraflazz_core::supplier::Reason;
use eraflazz_core::text::Slug;
use serde_json::Value;

use super::catalog::wrong;
use super::entries::{Entry, change, create, page};
use super::names::{self, Named, named};
use super::seen;
use crate::admin::{
    AccountSettings, BalanceTold, KeptIn, NewSupplier, SupplierChange, SupplierTold,
};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

/// All of it, in millionths.
const MILLION: u32 = 1_000_000;

impl Entry for SupplierInfo {
    fn put(self) -> CatalogChange {
        CatalogChange::PutSupplier(self)
    }

    /// An account stands as a mark of what it is: which other one it is can be seen, and nothing else.
    fn told(&self) -> Value {
        let mut told = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = told.as_object_mut() {
            fields.remove("account");
            let mark = self.account.as_ref().map(seen::version);
            fields.insert("settings".to_owned(), mark.into());
        }
        told
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

/// A new supplier: one that the settings of the server name, or one that brings its own.
pub(super) async fn add(
    State(app): State<App>,
    call: Call,
) -> Result<Success<SupplierTold>, ApiError> {
    let wanted: NewSupplier = call.json()?;
    let name = subject(&call, &wanted.slug, wanted.settings.as_ref())?;
    let (catalog, made) = create(
        &app,
        &call,
        &name,
        |catalog| catalog.supplier_named(wanted.slug.as_str()).cloned(),
        |catalog, known: Option<&SupplierInfo>| {
            let next = u16::try_from(catalog.suppliers().len());
            let next = next.map_err(|_| ApiError::invalid("slug", "one supplier too many"))?;
            let id = known.map_or(SupplierId(next), |known| known.id);
            let there = known.and_then(|known| known.account.clone());
            Ok(SupplierInfo {
                name: wanted.name.clone(),
                active: wanted.active.unwrap_or(true),
                quota: Quota {
                    orders: wanted.quota_orders,
                    amount: wanted.quota_amount,
                },
                account: match &wanted.settings {
                    Some(settings) => Some(new_account(&app, &wanted.slug, settings, there)?),
                    None if there.is_none() && !app.is_in_settings(&wanted.slug) => {
                        let slug = &wanted.slug;
                        let rule = format!(
                            "the settings name no such supplier: add [suppliers.{slug}] there, or bring settings along"
                        );
                        return Err(ApiError::invalid("slug", rule));
                    }
                    None => there,
                },
                ..SupplierInfo::new(id, wanted.slug.clone())
            })
        },
    )
    .await?;
    Ok(Success::new("Pemasok ada.", tell(&app, &made, &catalog)))
}

/// Sets what is given. What is under way at the supplier goes on as it began; whatever is sent after this is sent by the new settings.
pub(super) async fn edit(
    State(app): State<App>,
    slug: Named,
    call: Call,
) -> Result<Success<SupplierTold>, ApiError> {
    let wanted: SupplierChange = call.json()?;
    let slug: Slug = named(slug)?;
    let name = subject(&call, &slug, wanted.settings.as_ref())?;
    let (catalog, after) = change(
        &app,
        &call,
        &name,
        &wanted.version,
        |catalog| catalog.supplier_named(slug.as_str()).cloned(),
        |supplier: &mut SupplierInfo, _| {
            if let Some(name) = &wanted.name {
                supplier.name.clone_from(name);
            }
            supplier.active = wanted.active.unwrap_or(supplier.active);
            let quota = &mut supplier.quota;
            quota.orders = wanted.quota_orders.unwrap_or(quota.orders);
            quota.amount = wanted.quota_amount.unwrap_or(quota.amount);
            if let Some(given) = &wanted.settings {
                supplier.account = Some(changed_account(&app, supplier, given)?);
            }
            Ok(())
        },
    )
    .await?;
    Ok(Success::new(
        "Pemasok diubah.",
        tell(&app, &after, &catalog),
    ))
}

/// What the call is about. Whoever says where we buy, and by which secrets, may do everything.
fn subject(
    call: &Call,
    slug: &Slug,
    settings: Option<&AccountSettings>,
) -> Result<String, ApiError> {
    let name = format!("supplier {slug}");
    let Some(settings) = settings else {
        call.about(&name);
        return Ok(name);
    };
    let name = format!("{name} with {}", settings.told());
    call.about(&name);
    call.require(Scope::Admin)?;
    Ok(name)
}

/// The account of these settings: the one that is there, if it has them.
fn new_account(
    app: &App,
    slug: &Slug,
    settings: &AccountSettings,
    there: Option<SealedAccount>,
) -> Result<SealedAccount, ApiError> {
    only_here(app, slug)?;
    let settings = AccountSettings::default().with(settings);
    if let Some(there) = there
        && app.accounts().is(slug, &there, &settings)
    {
        return Ok(there);
    }
    let made = app.accounts().make(slug, &settings);
    usable(app, slug, made.map_err(|problems| wrong(&problems))?)
}

/// The account of the supplier with what is given.
fn changed_account(
    app: &App,
    supplier: &SupplierInfo,
    given: &AccountSettings,
) -> Result<SealedAccount, ApiError> {
    let slug = &supplier.slug;
    only_here(app, slug)?;
    let Some(there) = &supplier.account else {
        // It was in the settings of the server once, and nobody can say whether this is the same account.
        let state = app.engine().supplier_state(supplier.id);
        if state.exposure != Money::ZERO || state.in_flight > 0 {
            let rule = "purchases are open there, and only the settings file they were made with knows of which account: put it back until they have ended";
            return Err(ApiError::invalid("settings", rule));
        }
        return new_account(app, slug, given, None);
    };
    let changed = app.accounts().change(slug, there, given);
    let changed = changed.map_err(|problems| wrong(&problems))?;
    if changed == *there {
        return Ok(changed);
    }
    usable(app, slug, changed)
}

/// A supplier that the settings of the server name is theirs alone.
fn only_here(app: &App, slug: &Slug) -> Result<(), ApiError> {
    if !app.is_in_settings(slug) {
        return Ok(());
    }
    let rule = format!(
        "the settings file has [suppliers.{slug}]: it is changed there, and read when the server starts"
    );
    Err(ApiError::invalid("settings", rule))
}

/// The account, if the engine can work with it.
fn usable(app: &App, slug: &Slug, account: SealedAccount) -> Result<SealedAccount, ApiError> {
    let checked = app.engine().check_account(slug, &account);
    checked.map_err(|error| {
        let field = match error.field.as_str() {
            "account" => "settings".to_owned(),
            field => format!("settings.{field}"),
        };
        ApiError::invalid(&field, error.rule)
    })?;
    Ok(account)
}

fn tell(app: &App, supplier: &SupplierInfo, catalog: &Snapshot) -> SupplierTold {
    let state = app.engine().supplier_state(supplier.id);
    let (now, trip) = (app.engine().now(), state.trip.tripped());
    let synced = catalog.sync_mark(supplier.id).synced_at;
    let is_in_settings = app.is_in_settings(&supplier.slug);
    let account = app.accounts().of(supplier).filter(|_| !is_in_settings);
    let settings = account.as_ref().map(|account| &account.settings);
    SupplierTold {
        slug: supplier.slug.to_string(),
        name: supplier.name.clone(),
        active: supplier.active,
        configured: state.seated,
        kept_in: match (is_in_settings, &supplier.account) {
            (true, _) => Some(KeptIn::File),
            (false, Some(_)) => Some(KeptIn::Catalog),
            (false, None) => None,
        },
        settings: settings.map(AccountSettings::open),
        secrets: settings.map_or_else(Vec::new, AccountSettings::secrets),
        deposit: state.prepaid,
        exposure: state.exposure,
        free: state.free,
        quota_orders: supplier.quota.orders,
        quota_amount: supplier.quota.amount,
        quota_used_orders: state.quota_used.orders,
        quota_used_amount: state.quota_used.amount,
        balance: state.balance.map(|read| BalanceTold {
            left: read.left,
            read_at: read.at.to_string(),
        }),
        in_flight: state.in_flight,
        waiting: state.waiting,
        success_ppm: MILLION.saturating_sub(state.health.undelivered_ppm(now)),
        doubt_ppm: state.health.doubt_ppm(now),
        latency_ms: state.health.latency_ms(),
        tripped: trip.is_some(),
        open: state.closed_by.is_none(),
        closed_by: state.closed_by.map(|note| match trip {
            Some((reason, since)) if note == Note::Tripped => {
                let why = if reason == Reason::SupplierFunds {
                    "it says that our deposit there is used up"
                } else {
                    "it refuses our account"
                };
                format!("{note}: {why}, since {since}")
            }
            _ => note.to_string(),
        }),
        opens_at: match state.gate {
            Gate::Open { until } => Some(until.to_string()),
            Gate::Closed | Gate::Probe => None,
        },
        last_synced_at: synced.map(|at| at.to_string()),
        version: seen::version(supplier),
    }
}
