//! Midtrans's codes and words, read by closed tables.

use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    PayWith, PaymentClaim, PaymentReason, PaymentSighting, PaymentState, RefundSeen,
};
use eraflazz_core::time::Timestamp;

use super::wire::{Action, Payment, Refund, VirtualAccount};
use crate::json::{self, Field, Odd};

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A charge.
    Charge,
    /// A question, or nothing: a notification came.
    Status,
    /// An act other than a refund.
    Act,
    /// A refund: its amount in the answer is that of this one, not of all.
    Refund,
}

/// The word for a state, case apart. `capture` is decided by the fraud check. Source: "Transaction Status Cycle".
fn state(word: &str, fraud: Option<&str>) -> Option<PaymentState> {
    const WORDS: [(&str, PaymentState); 12] = [
        ("pending", PaymentState::Pending),
        ("authorize", PaymentState::Authorized),
        ("capture", PaymentState::Captured),
        ("settlement", PaymentState::Settled),
        ("deny", PaymentState::Denied),
        ("cancel", PaymentState::Cancelled),
        ("expire", PaymentState::Expired),
        ("failure", PaymentState::Failed),
        ("refund", PaymentState::Refunded),
        ("partial_refund", PaymentState::PartlyRefunded),
        ("chargeback", PaymentState::ChargedBack),
        ("partial_chargeback", PaymentState::PartlyChargedBack),
    ];
    let row = WORDS
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known));
    let state = row.map(|(_, state)| *state)?;
    if !state.is_paid() {
        return Some(state);
    }
    let fraud = fraud.map(str::to_ascii_lowercase);
    match (state, fraud.as_deref()) {
        (_, None | Some("accept")) => Some(state),
        (PaymentState::Captured, Some("challenge")) => Some(PaymentState::Challenged),
        (PaymentState::Captured, Some("deny")) => Some(PaymentState::Denied),
        _ => None,
    }
}

/// What a code says where no state is told, or none that goes with it. Source: "Code Statuses".
fn told_by(code: &str, asked: Asked) -> (PaymentClaim, PaymentReason) {
    use PaymentClaim::{NotFound, Refused, Unclear};
    match code {
        "400" | "405" | "408" | "413" => (Refused, PaymentReason::BadRequest),
        "401" | "403" | "410" => (Refused, PaymentReason::AccountFault),
        "402" | "501" => (Refused, PaymentReason::ChannelClosed),
        "404" if asked == Asked::Status => (NotFound, PaymentReason::None),
        // Of an act: there is nothing to do it with, so nothing was done.
        "404" if asked != Asked::Charge => (Refused, PaymentReason::WrongState),
        // Somebody made it: perhaps we did, with a call whose answer was lost.
        "406" => (Unclear, PaymentReason::Duplicate),
        "409" | "429" => (Refused, PaymentReason::RateLimited),
        "411" => (Refused, PaymentReason::CardToken),
        "412" => (Refused, PaymentReason::WrongState),
        "414" => (Refused, PaymentReason::Amount),
        "202" if asked == Asked::Refund => (Refused, PaymentReason::Bank),
        "500" | "502" | "503" | "504" | "505" | "900" => (Unclear, PaymentReason::GatewayTrouble),
        _ => (Unclear, PaymentReason::Unlisted),
    }
}

/// What a payment says. With a merchant, what names another is unclear.
pub(super) fn payment(
    seen: &Payment<'_>,
    asked: Asked,
    merchant_id: Option<&str>,
) -> PaymentSighting {
    read(seen, asked, merchant_id).unwrap_or(PaymentSighting::new(
        PaymentClaim::Unclear,
        PaymentReason::Unreadable,
    ))
}

fn read(
    seen: &Payment<'_>,
    asked: Asked,
    merchant_id: Option<&str>,
) -> Result<PaymentSighting, Odd> {
    let mut told = names(seen)?;
    let code = json::text(seen.status_code)?.ok_or(Odd)?;
    if asked != Asked::Refund {
        told.refunded = json::rupiah(seen.refund_amount)?;
    }
    told.refunds = refunds(seen, asked)?;
    let (claim, reason) = judge(seen, &told, asked, &code)?;
    (told.claim, told.reason) = (claim, reason);
    let is_foreign = |field, own: &str| -> Result<bool, Odd> {
        Ok(json::text(field)?.is_some_and(|text| !text.eq_ignore_ascii_case(own)))
    };
    if is_foreign(seen.currency, "IDR")? {
        (told.claim, told.reason) = (PaymentClaim::Unclear, PaymentReason::Currency);
    }
    if let Some(own) = merchant_id
        && is_foreign(seen.merchant_id, own)?
    {
        (told.claim, told.reason) = (PaymentClaim::Unclear, PaymentReason::Merchant);
    }
    Ok(told)
}

/// Code and state together.
fn judge(
    seen: &Payment<'_>,
    told: &PaymentSighting,
    asked: Asked,
    code: &str,
) -> Result<(PaymentClaim, PaymentReason), Odd> {
    use PaymentClaim::{Is, Unclear};
    let Some(word) = json::text(seen.transaction_status)? else {
        return Ok(told_by(code, asked));
    };
    // What is refused is told with the state that it leaves alone, or was refused before there was one.
    let is_refusal = !matches!(code, "200" | "201" | "202" | "407");
    if is_refusal || (asked == Asked::Refund && code == "202") {
        return Ok(told_by(code, asked));
    }
    let fraud = json::text(seen.fraud_status)?;
    let Some(state) = state(&word, fraud.as_deref()) else {
        return Ok((Unclear, PaymentReason::Unlisted));
    };
    let is_money = state.is_paid() || state.is_reversed();
    let is_whole = code == "200"
        && told.amount.is_some_and(Money::is_positive)
        && told.their_ref.is_some()
        && told.our_ref.is_some();
    // A genuine notification of something pending, with another word in it, is signed as well: the code gives it away.
    if is_money && !is_whole {
        return Ok((Unclear, PaymentReason::Contradiction));
    }
    Ok((Is(state), PaymentReason::None))
}

fn names(seen: &Payment<'_>) -> Result<PaymentSighting, Odd> {
    let time = |field: Field<'_>| -> Option<_> { Timestamp::of_wib(&json::text(field).ok()??) };
    let accounts = json::list(seen.va_numbers).unwrap_or_default();
    let account = accounts.first().and_then(|row| {
        json::inner::<VirtualAccount<'_>>(Some(row)).and_then(|row| json::shown(row.va_number))
    });
    let actions: Vec<(String, String)> = json::list(seen.actions)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|row| {
            let row: Action<'_> = json::inner(Some(row))?;
            Some((json::shown(row.name)?, json::shown(row.url)?))
        })
        .collect();
    let action = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let found = actions.iter().find(|(name, _)| name == wanted);
            found.map(|(_, url)| url.clone())
        })
    };
    Ok(PaymentSighting {
        our_ref: json::named(seen.order_id)?,
        their_ref: json::named(seen.transaction_id)?,
        amount: json::rupiah(seen.gross_amount)?,
        channel: json::shown(seen.payment_type),
        pay_with: PayWith {
            code: account
                .or_else(|| json::shown(seen.permata_va_number))
                .or_else(|| json::shown(seen.bill_key))
                .or_else(|| json::shown(seen.payment_code)),
            biller: json::shown(seen.biller_code),
            url: json::shown(seen.redirect_url).or_else(|| action(&["deeplink-redirect"])),
            qr_text: json::shown(seen.qr_string),
            qr_url: action(&["generate-qr-code-v2", "generate-qr-code"]),
            token: None,
        },
        expires_at: time(seen.expiry_time.or(seen.expire_time)),
        paid_at: time(seen.settlement_time),
        ..PaymentSighting::new(PaymentClaim::Unclear, PaymentReason::Unlisted)
    })
}

fn refunds(seen: &Payment<'_>, asked: Asked) -> Result<Vec<RefundSeen>, Odd> {
    if asked == Asked::Refund {
        let Some(amount) = json::rupiah(seen.refund_amount)?.filter(|amount| amount.is_positive())
        else {
            return Ok(Vec::new());
        };
        return Ok(vec![RefundSeen {
            key: json::named(seen.refund_key)?,
            amount,
            is_confirmed: false,
        }]);
    }
    let Some(_) = seen.refunds else {
        return Ok(Vec::new());
    };
    let read = |row| -> Result<RefundSeen, Odd> {
        let row: Refund<'_> = json::inner(Some(row)).ok_or(Odd)?;
        Ok(RefundSeen {
            // Those from the dashboard have keys of their own, which need not be like ours.
            key: json::named(row.refund_key).unwrap_or_default(),
            amount: json::rupiah(row.refund_amount)?.ok_or(Odd)?,
            is_confirmed: json::text(row.bank_confirmed_at)?.is_some(),
        })
    };
    let rows = json::list(seen.refunds).ok_or(Odd)?;
    rows.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
