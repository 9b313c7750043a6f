//! Deposit tickets.
//!
//! Source: Digiflazz developer pages, "Deposit". Its table of fields says `bank`, its example and most clients send `Bank`; so do we. Older answers had only the
//! code, the amount and the note.

use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{ReadError, Ticket, TicketError, TicketOrder};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::price_list::{refused, unreadable};
use super::sign;
use super::wire::{self, Contents};
use crate::json::{self, Scalar, amount};

/// Banks that tickets are given for: the first two to private accounts, the others to companies'.
const BANKS: [&str; 6] = ["Flip", "ShopeePay", "BCA", "MANDIRI", "BRI", "BNI"];
const BANKS_RULE: &str = "one of Flip, ShopeePay, BCA, MANDIRI, BRI, BNI";

#[derive(Serialize)]
struct Body<'a> {
    username: &'a str,
    amount: i64,
    #[serde(rename = "Bank")]
    bank: &'static str,
    owner_name: &'a str,
    sign: String,
}

/// The request for a ticket, unless it breaks a rule.
pub(super) fn body(
    username: &str,
    api_key: &SecretString,
    order: &TicketOrder,
) -> Result<Bytes, TicketError> {
    let wrong = |field, rule| TicketError::Wrong { field, rule };
    let amount = order.amount.whole_rupiah().filter(|amount| *amount > 0);
    let amount = amount.ok_or(wrong("amount", "whole rupiah above 0"))?;
    let bank = order.bank.as_deref().unwrap_or_default();
    let is_it = |known: &&str| known.eq_ignore_ascii_case(bank);
    let bank = BANKS.into_iter().find(is_it);
    let bank = bank.ok_or(wrong("bank", BANKS_RULE))?;
    let owner_name = order.owner.as_deref().unwrap_or_default().trim();
    if !(1..=100).contains(&owner_name.chars().count()) {
        let rule = "1 to 100 characters: in whose name the transfer comes";
        return Err(wrong("owner", rule));
    }
    let body = wire::body(&Body {
        username,
        amount,
        bank,
        owner_name,
        sign: sign::request(username, api_key, sign::TICKET),
    });
    body.ok_or_else(|| unreadable("the request could not be written").into())
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    rc: Option<&'a RawValue>,
    #[serde(borrow, default)]
    amount: Option<&'a RawValue>,
    #[serde(borrow, default)]
    bank: Option<&'a RawValue>,
    #[serde(borrow, default)]
    account_no: Option<&'a RawValue>,
    #[serde(borrow, default)]
    notes: Option<&'a RawValue>,
}

/// The ticket in an answer.
pub(super) fn read(body: &[u8], asked: Money) -> Result<Ticket, ReadError> {
    let Contents::Data(data) = wire::open(body) else {
        return Err(unreadable("not an object with data"));
    };
    let answer: Answer<'_> = json::object(data.get().as_bytes())
        .ok_or_else(|| unreadable("data is not an object with each field once"))?;
    let rc = wire::rc(answer.rc);
    if rc.as_deref() != Some("00") {
        return Err(refused(rc.as_deref()));
    }
    let due = amount(answer.amount).map_err(|error| unreadable(&format!("amount: {error}")))?;
    let due = due.ok_or_else(|| unreadable("amount: missing"))?;
    if due < asked {
        return Err(unreadable("amount: less than what was asked for"));
    }
    let text = |field| Scalar::read(field).text().map(str::to_owned);
    Ok(Ticket {
        amount: due,
        bank: text(answer.bank),
        account: text(answer.account_no),
        note: text(answer.notes),
        told: None,
    })
}
