//! Core's values as columns: times, amounts and the words of states and accounts.

use eraflazz_core::catalog::{QuotaKey, QuotaUse};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::{BankId, GatewayId, MemberId, SupplierId};
use eraflazz_core::ledger::{Account, Effect};
use eraflazz_core::money::Money;
use eraflazz_core::order::{OrderState, PublicStatus, Review};
use eraflazz_core::ports::InboxState;
use eraflazz_core::time::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
};
use sqlx::{Decode, Encode, Type};

use crate::error::Trouble;

/// A point in time as the server keeps it. Nothing between: no calendar, no rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At(pub(crate) Timestamp);

/// 2000-01-01, from which the server counts, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;
/// The years 1 and 9999: what lies beyond is kept whole in bodies, and found as one of these.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

impl Type<Postgres> for At {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for At {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for At {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = self.0.micros().clamp(FIRST, LAST) - EPOCH;
        buf.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for At {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a time came as text".into());
        }
        let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(Timestamp::from_micros(micros.saturating_add(EPOCH))))
    }
}

/// Amounts travel as hundredths; statements turn them into `numeric(19,2)` and back, exactly.
pub(crate) const fn hundredths(amount: Money) -> i64 {
    amount.hundredths()
}

/// An amount that came as hundredths.
pub(crate) const fn money(hundredths: i64) -> Money {
    Money::from_hundredths(hundredths)
}

/// A quota's key as its table has it: day, supplier, and route or -1 for all of the supplier's.
pub(crate) fn quota_key(key: QuotaKey) -> (i32, i32, i64) {
    let mapping = key.mapping.map_or(-1, |mapping| i64::from(mapping.0));
    (key.day.days(), i32::from(key.supplier.0), mapping)
}

/// What is used of a quota.
pub(crate) fn quota_use(orders: i64, amount: i64) -> Result<QuotaUse, Trouble> {
    Ok(QuotaUse {
        orders: u32::try_from(orders).map_err(|_| odd("a quota"))?,
        amount: money(amount),
    })
}

/// A column that does not hold what was written into it.
pub(crate) fn odd(what: &'static str) -> Trouble {
    Trouble::Unreadable(what.to_owned())
}

/// The word of an order's state.
pub(crate) const fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Refused(_) => "refused",
        OrderState::Held => "held",
        OrderState::InFlight(_) => "in_flight",
        OrderState::Succeeded => "succeeded",
        OrderState::Returned(_) => "returned",
        OrderState::Reversed => "reversed",
        OrderState::LateDelivered => "late_delivered",
    }
}

/// The states that members see as this word.
pub(crate) const fn states_of(status: PublicStatus) -> &'static [&'static str] {
    match status {
        PublicStatus::Pending => &["held"],
        PublicStatus::Processing => &["in_flight"],
        PublicStatus::Success => &["succeeded", "late_delivered"],
        PublicStatus::Failed => &["returned", "refused"],
        PublicStatus::Refund => &["reversed"],
    }
}

/// The word of a review.
pub(crate) const fn review(review: Review) -> &'static str {
    match review {
        Review::Escalated { .. } => "escalated",
        Review::Disputed { .. } => "disputed",
    }
}

/// The word of a callback's state.
pub(crate) const fn inbox_state(state: InboxState) -> &'static str {
    match state {
        InboxState::Waiting => "waiting",
        InboxState::Orphan => "orphan",
        InboxState::Quarantined => "quarantined",
    }
}

/// The state of this word.
pub(crate) fn inbox_state_of(word: &str) -> Result<InboxState, Trouble> {
    let all = [
        InboxState::Waiting,
        InboxState::Orphan,
        InboxState::Quarantined,
    ];
    let found = all.into_iter().find(|state| inbox_state(*state) == word);
    found.ok_or_else(|| odd("the state of a callback"))
}

/// The word of what a case is about.
pub(crate) const fn case_kind(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Escalated => "escalated",
        CaseKind::Disputed => "disputed",
        CaseKind::LateSuccess => "late_success",
        CaseKind::Reversed => "reversed",
        CaseKind::Surplus => "surplus",
        CaseKind::OverCap => "over_cap",
        CaseKind::Broken => "broken",
        CaseKind::Unreadable => "unreadable",
        CaseKind::Orphan => "orphan",
        CaseKind::Hinted => "hinted",
        CaseKind::DepositAmount => "deposit_amount",
        CaseKind::DepositTurned => "deposit_turned",
    }
}

/// What a case of this word is about.
pub(crate) fn case_kind_of(word: &str) -> Result<CaseKind, Trouble> {
    let all = [
        CaseKind::Escalated,
        CaseKind::Disputed,
        CaseKind::LateSuccess,
        CaseKind::Reversed,
        CaseKind::Surplus,
        CaseKind::OverCap,
        CaseKind::Broken,
        CaseKind::Unreadable,
        CaseKind::Orphan,
        CaseKind::Hinted,
        CaseKind::DepositAmount,
        CaseKind::DepositTurned,
    ];
    let found = all.into_iter().find(|kind| case_kind(*kind) == word);
    found.ok_or_else(|| odd("what a case is about"))
}

/// The effect of this word.
pub(crate) fn effect_of(word: &str) -> Result<Effect, Trouble> {
    let all = [
        Effect::Hold,
        Effect::Capture,
        Effect::Release,
        Effect::Refund,
        Effect::Reclaim,
        Effect::Absorb,
        Effect::Surplus,
        Effect::Unabsorb,
        Effect::Deposit,
        Effect::Repay,
        Effect::DepositCorrection,
        Effect::Float,
        Effect::FloatCorrection,
        Effect::DisputeCredited,
        Effect::Opening,
        Effect::GatewayDeposit,
        Effect::GatewayReversal,
        Effect::GatewayFee,
        Effect::BankLine,
        Effect::Claim,
        Effect::Transfer,
    ];
    let found = all.into_iter().find(|effect| effect.word() == word);
    found.ok_or_else(|| odd("the effect of a transfer"))
}

/// The account of this name, as its `Display` writes it.
pub(crate) fn account_of(name: &str) -> Result<Account, Trouble> {
    let (kind, whose) = name.split_once(':').unwrap_or((name, ""));
    let member = || whose.parse().map(MemberId).ok();
    let number = || whose.parse().ok();
    let account = match kind {
        "available" => member().map(Account::Available),
        "held" => member().map(Account::Held),
        "receivable" => member().map(Account::Receivable),
        "prepaid" => number().map(|no| Account::Prepaid(SupplierId(no))),
        "dispute" => number().map(|no| Account::Dispute(SupplierId(no))),
        "bank" => number().map(|no| Account::Bank(BankId(no))),
        "opening" => Some(Account::Opening),
        "revenue" => Some(Account::Revenue),
        "cogs" => Some(Account::Cogs),
        "loss_delivery" => Some(Account::LossDelivery),
        "clearing" => number().map(|no| Account::Clearing(GatewayId(no))),
        "suspense_deposit" => Some(Account::SuspenseDeposit),
        "fees" => Some(Account::Fees),
        "transfers" => Some(Account::Transfers),
        _ => None,
    };
    account.ok_or_else(|| odd("the account of a transfer"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_read_as_it_is_written() {
        let member = MemberId(uuid::Uuid::from_u128(7));
        for account in [
            Account::Available(member),
            Account::Held(member),
            Account::Receivable(member),
            Account::Prepaid(SupplierId(3)),
            Account::Dispute(SupplierId(65_535)),
            Account::Bank(BankId(0)),
            Account::Opening,
            Account::Revenue,
            Account::Cogs,
            Account::LossDelivery,
            Account::Clearing(GatewayId(1)),
            Account::SuspenseDeposit,
            Account::Fees,
            Account::Transfers,
        ] {
            assert_eq!(account_of(&account.to_string()).unwrap(), account);
        }
        for name in ["", "prepaid", "prepaid:x", "held:7", "treasure"] {
            assert!(account_of(name).is_err(), "{name}");
        }
    }
}
