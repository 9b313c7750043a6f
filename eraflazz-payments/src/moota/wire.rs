//! What is on the wire: rows of a statement, alone, in a list, or in a page of one. Pure.

use std::borrow::Cow;

use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::payment::BankLine;
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::json::{self, Field};

/// Money came in.
const CREDIT: &str = "CR";
/// What stands for the time where a bank tells none.
const MIDNIGHT: &str = "00:00:00";

/// A row of a statement ("mutation"): what of it is kept, as it came.
#[derive(Debug, Deserialize, Serialize)]
struct Mutation<'a> {
    #[serde(
        rename = "mutation_id",
        borrow,
        default,
        skip_serializing_if = "Option::is_none"
    )]
    id: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    bank_id: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    account_number: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    date: Field<'a>,
    #[serde(
        rename = "type",
        borrow,
        default,
        skip_serializing_if = "Option::is_none"
    )]
    kind: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    amount: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    balance: Field<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    description: Field<'a>,
}

/// A page of the list.
#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    last_page: Field<'a>,
    #[serde(borrow, default)]
    data: Field<'a>,
}

/// The lines of this account in a push: a list of rows, one row, or rows in `data`.
pub(super) fn push(body: &[u8], bank_id: &str) -> Vec<BankLine> {
    let rows: Vec<&serde_json::value::RawValue> = match body.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice(body).unwrap_or_default(),
        Some(b'{') => {
            let data = json::object::<Page<'_>>(body).and_then(|page| page.data);
            match data {
                Some(_) => json::list(data).unwrap_or_default(),
                None => serde_json::from_slice(body)
                    .map(|row| vec![row])
                    .unwrap_or_default(),
            }
        }
        _ => Vec::new(),
    };
    let all = rows.into_iter();
    all.filter_map(|row| line(row.get().as_bytes(), bank_id))
        .collect()
}

/// The lines of this account in a page of the list, and how many pages there are; `None` if it is no such page.
pub(super) fn page(body: &[u8], bank_id: &str) -> Option<(Vec<BankLine>, u32)> {
    let page: Page<'_> = json::object(body)?;
    let rows = json::list(page.data)?;
    let last = json::text(page.last_page).ok()??.parse().ok()?;
    let lines = rows.into_iter();
    let lines = lines.filter_map(|row| line(row.get().as_bytes(), bank_id));
    Some((lines.collect(), last))
}

/// The line that a row is, if it is money that came to this account. One that cannot be read is told: nobody would look for it.
fn line(row: &[u8], bank_id: &str) -> Option<BankLine> {
    let Some(row) = json::object::<Mutation<'_>>(row) else {
        tracing::warn!("a row of a statement could not be read");
        return None;
    };
    if said(row.bank_id).as_deref() != Some(bank_id) || said(row.kind).as_deref() != Some(CREDIT) {
        return None;
    }
    let read = credit(&row, bank_id);
    if read.is_none() {
        tracing::warn!(
            id = said(row.id).as_deref().unwrap_or_default(),
            "a row of money that came in could not be read: see it at Moota"
        );
    }
    read
}

fn said(field: Field<'_>) -> Option<Cow<'_, str>> {
    json::text(field).ok().flatten()
}

fn credit(row: &Mutation<'_>, bank_id: &str) -> Option<BankLine> {
    let amount = json::rupiah(row.amount).ok()??;
    // Nothing is no money that came in. More than can be booked is: the engine tells a person.
    if !amount.is_positive() {
        return None;
    }
    let date = json::text(row.date).ok()??;
    let at = Timestamp::of_wib(&date)?;
    let day = at.business_day();
    let id: Option<TheirRef> = json::named(row.id).ok()?;
    let text = said(row.description);
    let balance = said(row.balance);
    let balance = balance.and_then(|balance| balance.parse::<Money>().ok());
    let key = match (balance.filter(|balance| *balance != Money::ZERO), &id) {
        (Some(balance), _) => {
            let told = [day.to_string(), amount.to_string(), balance.to_string()];
            let [day, amount, balance] = &told;
            BankLine::key_of(
                &[
                    bank_id,
                    day,
                    amount,
                    text.as_deref().unwrap_or_default(),
                    balance,
                ],
                0,
            )
        }
        // Without a balance two rows that are equal to the letter may be two transfers: their ids tell.
        (None, Some(id)) => BankLine::key_of(&[bank_id, "id", id.as_str()], 0),
        (None, None) => None,
    };
    Some(BankLine {
        key: key?,
        id,
        amount,
        day,
        at: (!date.ends_with(MIDNIGHT)).then_some(at),
        raw: serde_json::to_vec(row).ok().map(Bytes::from)?,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const BANK: &str = "BANKtest01";

    fn row() -> Value {
        json!({
            "account_number": "1234567890", "date": "2026-01-01 10:15:00", "description": "TRSF E-BANKING CR 01/01 BUDI", "note": "", "amount": 100_437,
            "type": "CR", "balance": 5_100_437, "mutation_id": "MUTAtest001", "token": "MUTAtest001", "bank_id": BANK,
            "bank": {"bank_id": BANK, "meta": {"session": "of the bank"}},
        })
    }

    fn with(field: &str, value: Value) -> Value {
        let mut row = row();
        row[field] = value;
        row
    }

    fn lines(body: &Value) -> Vec<BankLine> {
        push(body.to_string().as_bytes(), BANK)
    }

    fn one(row: &Value) -> BankLine {
        let mut lines = lines(&json!([row]));
        assert_eq!(lines.len(), 1, "{row}");
        lines.remove(0)
    }

    #[test]
    fn a_row_is_a_line_in_whichever_way_it_comes() {
        let line = one(&row());
        assert_eq!(line.amount, Money::rupiah(100_437).unwrap());
        assert_eq!(
            line.at.unwrap().to_string(),
            "2026-01-01T10:15:00.000+07:00"
        );
        assert_eq!(line.id, "MUTAtest001".parse().ok());
        for body in [row(), json!({"data": [row()]})] {
            assert_eq!(lines(&body), std::slice::from_ref(&line));
        }
        let listed = json!({"current_page": 1, "data": [row()], "last_page": 3}).to_string();
        assert_eq!(page(listed.as_bytes(), BANK), Some((vec![line.clone()], 3)));
        let kept = String::from_utf8(line.raw.to_vec()).unwrap();
        assert!(kept.contains("BUDI") && !kept.contains("session"), "{kept}");
    }

    #[rstest]
    #[case(json!(100_437))]
    #[case(json!("100437"))]
    #[case(json!("100437.00"))]
    fn t_10_an_amount_is_read_however_it_is_written(#[case] amount: Value) {
        assert_eq!(one(&with("amount", amount)).key, one(&row()).key);
    }

    #[rstest]
    #[case::cents("amount", json!("100437.50"))]
    #[case::float("amount", json!(100_437.5))]
    #[case::below("amount", json!(-100_437))]
    #[case::no_amount("amount", json!(null))]
    #[case::nothing("amount", json!(0))]
    #[case::out("type", json!("DB"))]
    #[case::case_of_letters("type", json!("cr"))]
    #[case::elsewhere("bank_id", json!("BANKtest02"))]
    #[case::no_time("date", json!("2026-01-01"))]
    fn what_is_not_clear_is_no_line(#[case] field: &str, #[case] value: Value) {
        assert_eq!(lines(&json!([with(field, value)])), []);
    }

    #[test]
    fn e_31_a_row_is_known_by_its_balance_and_without_one_by_its_id() {
        let known = one(&row()).key;
        let again = one(&with("mutation_id", json!("MUTAtest002")));
        assert_eq!(again.key, known, "the bank was read anew");
        let other = one(&with("balance", json!("5200874.00")));
        assert_ne!(other.key, known, "another transfer of the same amount");
        let bare = |id: &str| {
            let mut row = with("balance", json!(0));
            row["mutation_id"] = json!(id);
            one(&row).key
        };
        assert_eq!(bare("A"), bare("A"));
        assert_ne!(bare("A"), bare("B"), "two that look alike are two");
        let day = one(&with("date", json!("2026-01-01 00:00:00")));
        assert_eq!((day.at, day.key), (None, known));
    }

    #[rstest]
    #[case("")]
    #[case("null")]
    #[case("[1]")]
    #[case(r#"{"error":true}"#)]
    #[case(r#"[{"type":"CR","type":"CR"}]"#)]
    fn anything_else_is_no_line(#[case] body: &str) {
        assert_eq!(push(body.as_bytes(), BANK), []);
        assert_eq!(page(body.as_bytes(), BANK), None);
    }
}
