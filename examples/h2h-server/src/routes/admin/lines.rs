//! `/api/v1/admin/lines`: lines of a bank statement that a person brings. Each is consumed once, however often it is brought.

use axum::extract::State;
use bytes::Bytes;
use chrono::NaiveDate;
use eraflazz_core::engine::LineTaken;
use eraflazz_core::payment::BankLine;
use eraflazz_core::text::Slug;
use eraflazz_core::time::{BusinessDay, Timestamp};

use super::not_done;
use crate::admin::{LinesTaken, NewLine, NewLines};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;

const LINES_MAX: usize = 200;
const TEXT_MAX: usize = 500;
const AMOUNT_RULE: &str = "amount: whole rupiah above zero";

/// Takes the lines. The same again changes nothing.
pub(super) async fn take(
    State(app): State<App>,
    call: Call,
) -> Result<Success<LinesTaken>, ApiError> {
    let wanted: NewLines = call.json()?;
    call.about(format!(
        "bank {}: {} lines",
        wanted.bank,
        wanted.lines.len()
    ));
    if !(1..=LINES_MAX).contains(&wanted.lines.len()) {
        return Err(ApiError::invalid("lines", format!("1 to {LINES_MAX}")));
    }
    if !app.gateways().is_by_hand(&wanted.bank) {
        let rule = "no bank account whose statement is brought by hand";
        return Err(ApiError::invalid("bank", rule));
    }
    let lines = wanted.lines.iter().map(|row| line(&wanted.bank, row));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let taken = app.engine().take_lines(wanted.bank.as_str(), &lines).await;
    let mut told = LinesTaken::default();
    for taken in taken.map_err(not_done)? {
        match taken {
            LineTaken::Credited(_) => told.credited += 1,
            LineTaken::Suspended(_) => told.suspended += 1,
            LineTaken::Known => told.known += 1,
            // None such gets past the check of its amount.
            LineTaken::Unbookable => return Err(ApiError::invalid("lines", AMOUNT_RULE)),
        }
    }
    Ok(Success::new("Mutasi bank dicatat.", told))
}

fn line(bank: &Slug, row: &NewLine) -> Result<BankLine, ApiError> {
    if !row.amount.is_transferable() || row.amount.whole_rupiah().is_none() {
        return Err(ApiError::invalid("lines", AMOUNT_RULE));
    }
    if row.text.chars().count() > TEXT_MAX {
        return Err(ApiError::invalid("lines", "text: at most 500 characters"));
    }
    let day = day(&row.date).ok_or_else(|| ApiError::invalid("lines", "date: like 2026-01-31"))?;
    let amount = row.amount.to_string();
    let balance = row.balance.map(|balance| balance.to_string());
    let said = [
        bank.as_str(),
        &row.date,
        &amount,
        row.text.trim(),
        balance.as_deref().unwrap_or_default(),
    ];
    let key = BankLine::key_of(&said, row.occurrence);
    let key = key.ok_or_else(|| ApiError::invalid("lines", "a line that has no key"))?;
    let raw = serde_json::to_vec(row).unwrap_or_default();
    Ok(BankLine {
        key,
        id: None,
        amount: row.amount,
        day,
        at: None,
        raw: Bytes::from(raw),
    })
}

fn day(text: &str) -> Option<BusinessDay> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    // One day has one form: the key is made of it.
    let noon = date.and_hms_opt(5, 0, 0)?.and_utc();
    (date.to_string() == text)
        .then(|| Timestamp::from_micros(noon.timestamp_micros()).business_day())
}
