//! Tripay's words and amounts, read by one closed table.

use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    Environment, Fees, PayWith, PaymentClaim, PaymentReason, PaymentSighting, PaymentState,
};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

use super::config::SANDBOX_PREFIX;
use super::wire::{Event, Payment};
use crate::json::{self, Field, Odd};

/// Tripay's word for a state; case does not count. Source: developer pages, "Callback" and "Daftar Transaksi".
fn state(word: &str) -> Option<PaymentState> {
    const WORDS: [(&str, PaymentState); 5] = [
        ("UNPAID", PaymentState::Pending),
        ("PAID", PaymentState::Settled),
        ("EXPIRED", PaymentState::Expired),
        ("FAILED", PaymentState::Failed),
        ("REFUND", PaymentState::Refunded),
    ];
    let row = WORDS
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known));
    row.map(|(_, state)| *state)
}

/// What a payment in an answer says. With an environment, one of the other is unclear.
pub(super) fn payment(seen: &Payment<'_>, environment: Option<Environment>) -> PaymentSighting {
    let read = || -> Result<PaymentSighting, Odd> {
        let expires = json::number(seen.expired_time.or(seen.expired_at))?;
        let has_status = seen.status.is_some();
        let standing: Option<TheirRef> = json::named(seen.uuid)?;
        let named = PaymentSighting {
            our_ref: json::named(seen.merchant_ref)?,
            their_ref: json::named(seen.reference)?,
            channel: json::shown(seen.payment_method),
            pay_with: PayWith {
                code: json::shown(seen.pay_code),
                url: json::shown(seen.pay_url).or_else(|| json::shown(seen.checkout_url)),
                qr_text: json::shown(seen.qr_string),
                qr_url: json::shown(seen.qr_url),
                ..PayWith::default()
            },
            expires_at: expires.map(moment),
            paid_at: json::number(seen.paid_at)?.map(moment),
            ..PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unlisted)
        };
        // A standing code is no payment: it waits for the first one.
        if standing.is_some() && !has_status {
            return Ok(PaymentSighting {
                standing,
                claim: PaymentClaim::Is(PaymentState::Pending),
                reason: PaymentReason::None,
                ..named
            });
        }
        let amounts = [
            seen.fee_merchant,
            seen.fee_customer,
            seen.total_fee,
            seen.amount_received,
        ];
        judge(named, seen.status, seen.amount, amounts)
    };
    finish(read(), environment)
}

/// What a callback says.
pub(super) fn event(seen: &Event<'_>, environment: Option<Environment>) -> PaymentSighting {
    let read = || -> Result<PaymentSighting, Odd> {
        let named = PaymentSighting {
            our_ref: json::named(seen.merchant_ref)?,
            their_ref: json::named(seen.reference)?,
            channel: json::shown(seen.payment_method_code),
            paid_at: json::number(seen.paid_at)?.map(moment),
            ..PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unlisted)
        };
        let amounts = [
            seen.fee_merchant,
            seen.fee_customer,
            seen.total_fee,
            seen.amount_received,
        ];
        judge(named, seen.status, seen.total_amount, amounts)
    };
    finish(read(), environment)
}

/// State and amounts. What was paid has an amount above zero (Tripay's tester says `PAID` of nothing), and its parts add up.
fn judge(
    named: PaymentSighting,
    status: Field<'_>,
    amount: Field<'_>,
    parts: [Field<'_>; 4],
) -> Result<PaymentSighting, Odd> {
    let amount = json::rupiah(amount)?;
    let [merchant, customer, total, received] = parts.map(json::rupiah);
    let fees = match (merchant?, customer?, total?, received?) {
        (Some(merchant), Some(customer), Some(total), Some(received)) => {
            let adds_up = merchant.checked_add(customer) == Some(total)
                && amount.and_then(|amount| amount.checked_sub(total)) == Some(received);
            if !adds_up {
                return Ok(unclear(named, amount, PaymentReason::Contradiction));
            }
            Some(Fees {
                merchant,
                customer,
                received,
            })
        }
        _ => None,
    };
    let Some(state) = json::text(status)?.and_then(|word| state(&word)) else {
        return Ok(unclear(named, amount, PaymentReason::Unlisted));
    };
    let is_money = state.is_paid() || state.is_reversed();
    if is_money && !(amount.is_some_and(Money::is_positive) && named.their_ref.is_some()) {
        return Ok(unclear(named, amount, PaymentReason::Contradiction));
    }
    Ok(PaymentSighting {
        claim: PaymentClaim::Is(state),
        reason: PaymentReason::None,
        amount,
        fees,
        ..named
    })
}

fn unclear(
    named: PaymentSighting,
    amount: Option<Money>,
    reason: PaymentReason,
) -> PaymentSighting {
    PaymentSighting {
        claim: PaymentClaim::Unclear,
        reason,
        amount,
        ..named
    }
}

fn finish(read: Result<PaymentSighting, Odd>, environment: Option<Environment>) -> PaymentSighting {
    let Ok(seen) = read else {
        return PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unreadable);
    };
    let is_sandbox = seen
        .their_ref
        .as_ref()
        .map(|reference| reference.as_str().starts_with(SANDBOX_PREFIX));
    let is_foreign = match (environment, is_sandbox) {
        (Some(environment), Some(is_sandbox)) => {
            is_sandbox != (environment == Environment::Sandbox)
        }
        (None, _) | (_, None) => false,
    };
    if is_foreign {
        let amount = seen.amount;
        return unclear(seen, amount, PaymentReason::Environment);
    }
    seen
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests;
