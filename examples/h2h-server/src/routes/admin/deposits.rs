//! `/api/v1/admin/deposits`: members' deposits through payment gateways, all of them, and checks by hand. What a gateway answers is booked by the engine; nothing
//! here credits anything.

use axum::extract::State;
use eraflazz_core::engine::{CheckedDeposit, CheckedDeposits};
use eraflazz_core::ids::{GatewayId, PaymentId};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{BookedTo, Payment, PaymentClaim, PaymentCode};
use eraflazz_core::ports::{Page, PaymentFilter};
use eraflazz_core::time::Timestamp;

use super::names::{Codes, Named, member_of_field, named};
use super::not_read;
use crate::admin::{
    DepositAction, DepositChecked, DepositRow, DepositSearch, DepositsToCheck, DepositsToEnd,
};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, NO_CURSOR, id_cursor};

/// How many deposits one call asks about: an answer is waited for so long.
const PART: usize = 20;

/// The deposits that fit, newest first.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<DepositRow>>, ApiError> {
    let search: DepositSearch = call.query()?;
    let limit = usize::from(search.limit.unwrap_or(50));
    if !(1..=Page::MAX).contains(&limit) {
        return Err(ApiError::invalid("limit", "1 to 200"));
    }
    let member = match &search.member {
        Some(code) => Some(member_of_field(&app, "member", code).await?.id),
        None => None,
    };
    let filter = PaymentFilter {
        member,
        status: search.status,
        listed_after: place(&app, search.cursor.as_deref()).await?,
    };
    let rows = app.engine().deposits(&filter, &Page::first(limit)).await;
    let rows = rows.map_err(not_read)?;
    let codes = Codes::read(&app).await?;
    let next = rows.last().filter(|_| rows.len() == limit);
    let next = next.map(|last| last.id.to_string());
    let told = rows.iter().map(|payment| row(&app, payment, &codes));
    let listed = Listed::until("deposits", told.collect(), next);
    Ok(Success::new("Daftar deposit.", listed))
}

/// Asks the gateways about what can still be paid, part by part.
pub(super) async fn check_all(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<DepositChecked>>, ApiError> {
    let wanted: DepositsToCheck = call.json()?;
    let what = if wanted.fix { "check and fix" } else { "check" };
    call.about(format!("deposits: {what}"));
    let after = place(&app, wanted.cursor.as_deref()).await?;
    let checked = app.engine().check_deposits(after, PART, wanted.fix).await;
    answer(&app, checked.map_err(not_read)?, wanted.fix).await
}

/// Ends what can still be paid although its time is over, part by part.
pub(super) async fn cleanup(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<DepositChecked>>, ApiError> {
    let wanted: DepositsToEnd = call.json()?;
    call.about("deposits: what is over");
    let after = place(&app, wanted.cursor.as_deref()).await?;
    let ended = app.engine().end_expired_deposits(after, PART).await;
    answer(&app, ended.map_err(not_read)?, true).await
}

/// Asks its gateway about one, whatever state it is in, and books what it says.
pub(super) async fn check(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<DepositChecked>, ApiError> {
    let absent = || ApiError::plain(ErrorCode::NotFound);
    let text: String = named(code)?;
    let code = PaymentCode::parse(&text).map_err(|_| absent())?;
    call.about(format!("deposit {code}: check"));
    let checked = app.engine().check_deposit_coded(&code).await;
    let checked = checked.map_err(not_read)?.ok_or_else(absent)?;
    let codes = Codes::read(&app).await?;
    Ok(Success::new(
        "Deposit diperiksa.",
        tell(&app, &checked, true, &codes),
    ))
}

async fn answer(
    app: &App,
    part: CheckedDeposits,
    done: bool,
) -> Result<Success<Listed<DepositChecked>>, ApiError> {
    let codes = Codes::read(app).await?;
    let told = part.checked.iter();
    let told = told.map(|checked| tell(app, checked, done, &codes));
    let next = part.next.map(|(_, id)| id.to_string());
    let listed = Listed::until("deposits", told.collect(), next);
    Ok(Success::new("Deposit diperiksa.", listed))
}

/// Where in the list the deposit stands that ended the page before. After one that is not there comes nothing.
async fn place(
    app: &App,
    cursor: Option<&str>,
) -> Result<Option<(Timestamp, PaymentId)>, ApiError> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let id: PaymentId = id_cursor(cursor).ok_or_else(|| ApiError::invalid("cursor", NO_CURSOR))?;
    let known = app.engine().deposit_numbered(id).await.map_err(not_read)?;
    let before_all = (Timestamp::from_micros(i64::MIN), id);
    Ok(Some(known.map_or(before_all, |payment| payment.place())))
}

fn gateway_of(app: &App, id: GatewayId) -> String {
    let name = app.gateways().name(id);
    name.map_or_else(|| id.to_string(), ToString::to_string)
}

fn row(app: &App, payment: &Payment, codes: &Codes) -> DepositRow {
    DepositRow {
        id: payment.id.to_string(),
        code: payment.code.to_string(),
        member: codes.of(payment.member),
        ref_id: payment.ref_id.to_string(),
        gateway: gateway_of(app, payment.gateway),
        method: payment.method.word().to_owned(),
        status: payment.status(),
        state: payment.state.word().to_owned(),
        amount: payment.amount.floor_rupiah(),
        payable: payment.payable.map(Money::floor_rupiah),
        credited: payment.credited().floor_rupiah(),
        their_ref: payment.theirs.as_ref().map(ToString::to_string),
        expires_at: payment.expires_at.to_string(),
        next_check_at: payment.next_check_at.map(|at| at.to_string()),
        created_at: payment.created_at.to_string(),
        updated_at: payment.updated_at.to_string(),
    }
}

fn tell(app: &App, checked: &CheckedDeposit, done: bool, codes: &Codes) -> DepositChecked {
    let CheckedDeposit {
        before,
        said,
        after,
    } = checked;
    let action = action(before, after);
    DepositChecked {
        code: before.code.to_string(),
        member: codes.of(before.member),
        gateway: gateway_of(app, before.gateway),
        amount: before.amount.floor_rupiah(),
        before: before.status(),
        gateway_says: said.map(|claim| word(claim).to_owned()),
        action,
        done: done && action != DepositAction::None,
        after: after.status(),
    }
}

const fn word(claim: PaymentClaim) -> &'static str {
    match claim {
        PaymentClaim::Is(state) => state.word(),
        PaymentClaim::NotFound => "not_found",
        PaymentClaim::Refused => "refused",
        PaymentClaim::NotSent => "not_sent",
        PaymentClaim::Unclear => "unclear",
    }
}

fn action(before: &Payment, after: &Payment) -> DepositAction {
    let booked = after.booked.filter(|_| before.booked.is_none());
    if after.taken_back > before.taken_back {
        return DepositAction::TakeBack;
    }
    match booked.map(|booked| booked.to) {
        Some(BookedTo::Member) => DepositAction::Credit,
        Some(BookedTo::Suspense) => DepositAction::Suspend,
        None if (before.stage, before.state) != (after.stage, after.state) => DepositAction::Update,
        None => DepositAction::None,
    }
}
