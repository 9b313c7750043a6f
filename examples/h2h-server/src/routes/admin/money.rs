//! `/api/v1/admin/deposits`, `…/floats` and `…/balances`: money that belongs to no order.

use axum::extract::State;
use eraflazz_core::catalog::SupplierInfo;
use eraflazz_core::commit::{CaseKey, CaseKind};
use eraflazz_core::engine::{FloatMove, MoneyMove};
use eraflazz_core::ids::BankId;
use eraflazz_core::ledger::{Account, Receipt};
use eraflazz_core::money::Money;

use super::given::given;
use super::members::wallet_told;
use super::names::{catalog, member_of_field};
use super::{not_done, not_read};
use crate::admin::{
    BalancesTold, CaseToClaim, DepositKind, FloatKind, MoneyMoved, NewDeposit, NewFloat,
    SupplierMoney,
};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::Nothing;

/// A member's money came in by hand, or is taken back.
pub(super) async fn deposit(
    State(app): State<App>,
    call: Call,
) -> Result<Success<MoneyMoved>, ApiError> {
    let wanted: NewDeposit = call.json()?;
    let amount = wanted.amount.0;
    call.about(format!("member {}: {}", wanted.member, given(&wanted)));
    let member = member_of_field(&app, "member", &wanted.member).await?.id;
    let money = MoneyMove {
        source: wanted.source,
        reference: wanted.reference,
        amount,
        by: call.operator.clone(),
    };
    let (engine, bank) = (app.engine(), BankId(wanted.bank));
    let receipt = match wanted.kind {
        DepositKind::Deposit => engine.deposit(member, bank, money).await,
        DepositKind::Correction => engine.correct_deposit(member, bank, money).await,
        DepositKind::Opening => engine.open_wallet(member, money).await,
    }
    .map_err(not_done)?;
    let wallet = engine.wallet(member).await.map_err(not_read)?;
    let moved = MoneyMoved {
        wallet: wallet.as_ref().map(wallet_told),
        ..moved(&receipt, amount)?
    };
    Ok(Success::new("Saldo agen dicatat.", moved))
}

/// What lies in suspense as a line of a bank account is this member's.
pub(super) async fn claim(
    State(app): State<App>,
    call: Call,
) -> Result<Success<MoneyMoved>, ApiError> {
    let wanted: CaseToClaim = call.json()?;
    call.about(format!("member {}: {}", wanted.member, given(&wanted)));
    let member = member_of_field(&app, "member", &wanted.member).await?.id;
    let key = CaseKey {
        subject: wanted.subject,
        version: wanted.version,
        kind: CaseKind::DepositAmount,
    };
    let engine = app.engine();
    let claimed = engine.claim_line(key, member, &wanted.note, &call.operator);
    let receipt = claimed.await.map_err(not_done)?;
    let amount = receipt.rows.first().map(|row| row.amount);
    let wallet = engine.wallet(member).await.map_err(not_read)?;
    let moved = MoneyMoved {
        wallet: wallet.as_ref().map(wallet_told),
        ..moved(&receipt, amount.unwrap_or_default())?
    };
    Ok(Success::new("Uang diberikan kepada agen.", moved))
}

/// Our deposit at a supplier was bought, taken back, credited or opened.
pub(super) async fn float(
    State(app): State<App>,
    call: Call,
) -> Result<Success<MoneyMoved>, ApiError> {
    let wanted: NewFloat = call.json()?;
    let amount = wanted.amount;
    call.about(format!("supplier {}: {}", wanted.supplier, given(&wanted)));
    let catalog = catalog(&app).await?;
    let supplier = catalog
        .supplier_named(wanted.supplier.as_str())
        .ok_or_else(|| ApiError::invalid("supplier", "no such supplier"))?;
    let bank = BankId(wanted.bank);
    let kind = match wanted.kind {
        FloatKind::Bought => FloatMove::Bought(bank),
        FloatKind::Corrected => FloatMove::Corrected(bank),
        FloatKind::DisputeCredited => FloatMove::DisputeCredited,
        FloatKind::Opening => FloatMove::Opening,
    };
    let money = MoneyMove {
        source: wanted.source,
        reference: wanted.reference,
        amount,
        by: call.operator.clone(),
    };
    let engine = app.engine();
    let receipt = if wanted.beyond {
        engine.float_beyond(supplier.id, kind, money).await
    } else {
        engine.float(supplier.id, kind, money).await
    }
    .map_err(not_done)?;
    let moved = MoneyMoved {
        supplier: Some(at_supplier(&app, supplier).await?),
        ..moved(&receipt, amount)?
    };
    Ok(Success::new("Saldo di supplier dicatat.", moved))
}

/// The accounts of the house.
pub(super) async fn balances(
    State(app): State<App>,
    call: Call,
) -> Result<Success<BalancesTold>, ApiError> {
    call.query::<Nothing>()?;
    let ledger = app.engine().ledger();
    let mut told = BalancesTold {
        members_available: Money::ZERO,
        members_held: Money::ZERO,
        members_receivable: Money::ZERO,
        suppliers: Vec::new(),
        revenue: balance(&app, Account::Revenue).await?,
        cogs: balance(&app, Account::Cogs).await?,
        loss_delivery: balance(&app, Account::LossDelivery).await?,
        margin: Money::ZERO,
    };
    for wallet in ledger.wallets().await.map_err(not_read)? {
        told.members_available = sum(told.members_available, wallet.available)?;
        told.members_held = sum(told.members_held, wallet.held)?;
        told.members_receivable = sum(told.members_receivable, wallet.receivable)?;
    }
    for supplier in catalog(&app).await?.suppliers() {
        told.suppliers.push(at_supplier(&app, supplier).await?);
    }
    let spent = sum(told.cogs, told.loss_delivery)?;
    told.margin = told.revenue.checked_sub(spent).ok_or_else(beyond)?;
    Ok(Success::new("Saldo server.", told))
}

async fn at_supplier(app: &App, supplier: &SupplierInfo) -> Result<SupplierMoney, ApiError> {
    Ok(SupplierMoney {
        supplier: supplier.slug.to_string(),
        prepaid: balance(app, Account::Prepaid(supplier.id)).await?,
        dispute: balance(app, Account::Dispute(supplier.id)).await?,
    })
}

async fn balance(app: &App, account: Account) -> Result<Money, ApiError> {
    app.engine()
        .ledger()
        .balance(account)
        .await
        .map_err(not_read)
}

fn sum(one: Money, other: Money) -> Result<Money, ApiError> {
    one.checked_add(other).ok_or_else(beyond)
}

fn beyond() -> ApiError {
    ApiError::plain(ErrorCode::InternalError)
}

fn moved(receipt: &Receipt, amount: Money) -> Result<MoneyMoved, ApiError> {
    // A movement that was booked has at least one row.
    let first = receipt.rows.first().ok_or_else(beyond)?;
    Ok(MoneyMoved {
        subject: first.key.subject.to_string(),
        at: first.at.to_string(),
        amount,
        wallet: None,
        supplier: None,
    })
}
