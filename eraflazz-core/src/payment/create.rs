//! What is asked of a gateway.

use std::fmt;
use std::time::Duration;

use super::code::PaymentCode;
use super::method::Method;
use crate::money::Money;
use crate::text::RefundKey;
use crate::time::Timestamp;

const ITEMS_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 50;
const PERSON_CHARS_MAX: usize = 100;
const URL_BYTES_MAX: usize = 512;
const TOKEN_BYTES_MAX: usize = 256;

/// A payment to create. Built by the engine and persisted before the gateway is called; the same value gives the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// Our reference, minted for this create alone.
    pub code: PaymentCode,
    /// How the customer will pay.
    pub method: Method,
    /// How much.
    pub amount: Amount,
    /// What is paid for: empty for an open amount, else their sum is the amount.
    pub items: Vec<Item>,
    /// Who pays.
    pub customer: Customer,
    /// When it was decided; expiry is counted from it.
    pub created_at: Timestamp,
    /// Until when it may be paid: whole minutes; `None` leaves it to the gateway.
    pub expires_in: Option<Duration>,
    /// Where notifications of this payment go instead of the address in the gateway's dashboard.
    pub notify_url: Option<String>,
    /// Where the customer's browser returns to. It proves nothing.
    pub return_url: Option<String>,
    /// For [`Method::Card`], and only for it.
    pub card: Option<Card>,
}

/// How much is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Exactly this, in whole rupiah.
    Fixed(Money),
    /// What the customer likes, as often as he likes, by one standing code.
    Open,
}

/// A line of what is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Our code of it.
    pub sku: String,
    /// Its name, at most 50 characters.
    pub name: String,
    /// The price of one, in whole rupiah.
    pub price: Money,
    /// How many.
    pub quantity: u32,
}

/// Who pays. Debug output shows none of it (INV-37).
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
}

/// A card, by the token that the gateway's form gave the customer's browser. Debug output shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The token, for one use.
    pub token: String,
    /// Whether the bank asks the customer (3-D Secure).
    pub authenticate: bool,
    /// Whether the money is only reserved, to be captured later.
    pub reserve_only: bool,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customer(***)")
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(***)")
    }
}

/// A payment that no gateway should be asked for: the field and its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidPayment {
    /// The field of [`NewPayment`].
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl NewPayment {
    /// Holds the payment against the rules that are the same at every gateway. Checked before a gateway is called, and by each adapter again.
    pub fn check(&self) -> Result<(), InvalidPayment> {
        match self.amount {
            Amount::Fixed(amount) => self.check_amount(amount)?,
            Amount::Open => ensure(
                self.items.is_empty(),
                "items",
                "none where the customer chooses the amount",
            )?,
        }
        self.customer.check()?;
        ensure(
            self.expires_in
                .is_none_or(|wait| wait.as_secs() >= 60 && wait.as_secs().is_multiple_of(60)),
            "expires_in",
            "whole minutes, at least 1",
        )?;
        for (field, url) in [
            ("notify_url", &self.notify_url),
            ("return_url", &self.return_url),
        ] {
            ensure(
                url.as_ref().is_none_or(|url| is_url(url)),
                field,
                "an http(s) address of at most 512 characters without blanks",
            )?;
        }
        ensure(
            (self.method == Method::Card) == self.card.is_some(),
            "card",
            "there for a card, and for nothing else",
        )?;
        ensure(
            self.card
                .as_ref()
                .is_none_or(|card| is_graphic(&card.token, TOKEN_BYTES_MAX)),
            "card.token",
            "1 to 256 printable ASCII characters without blanks",
        )
    }

    fn check_amount(&self, amount: Money) -> Result<(), InvalidPayment> {
        ensure(
            amount.is_transferable() && amount.whole_rupiah().is_some(),
            "amount",
            "whole rupiah above zero, at most 10^12",
        )?;
        ensure(
            (1..=ITEMS_MAX).contains(&self.items.len()),
            "items",
            "1 to 20 lines",
        )?;
        let mut sum = Money::ZERO;
        for item in &self.items {
            ensure(
                is_text(&item.name, NAME_CHARS_MAX),
                "items.name",
                "1 to 50 characters without control characters",
            )?;
            ensure(
                is_graphic(&item.sku, NAME_CHARS_MAX),
                "items.sku",
                "1 to 50 printable ASCII characters without blanks",
            )?;
            ensure(
                item.price.is_transferable() && item.price.whole_rupiah().is_some(),
                "items.price",
                "whole rupiah above zero",
            )?;
            let line = item
                .price
                .hundredths()
                .checked_mul(i64::from(item.quantity))
                .map(Money::from_hundredths);
            sum = line
                .filter(|line| line.is_positive())
                .and_then(|line| sum.checked_add(line))
                .ok_or(invalid("items.quantity", "at least 1"))?;
        }
        ensure(sum == amount, "items", "their sum is the amount")
    }
}

impl Customer {
    fn check(&self) -> Result<(), InvalidPayment> {
        ensure(
            is_text(&self.name, PERSON_CHARS_MAX),
            "customer.name",
            "1 to 100 characters without control characters",
        )?;
        let is_address = is_graphic(&self.email, PERSON_CHARS_MAX)
            && self.email.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty()
                    && host.contains('.')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
                    && host
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            });
        ensure(is_address, "customer.email", "an e-mail address")?;
        let digits = self.phone.strip_prefix('+').unwrap_or(&self.phone);
        ensure(
            (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()),
            "customer.phone",
            "8 to 15 digits, a + before them or not",
        )
    }
}

fn is_text(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.chars().count())
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control)
}

fn is_graphic(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_url(text: &str) -> bool {
    is_graphic(text, URL_BYTES_MAX)
        && (text.starts_with("https://") || text.starts_with("http://"))
        && !text.contains(',')
}

const fn invalid(field: &'static str, rule: &'static str) -> InvalidPayment {
    InvalidPayment { field, rule }
}

fn ensure(holds: bool, field: &'static str, rule: &'static str) -> Result<(), InvalidPayment> {
    if holds {
        Ok(())
    } else {
        Err(invalid(field, rule))
    }
}

/// What may be done with a payment that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Calls it off.
    Cancel,
    /// Lets nobody pay it any more.
    Expire,
    /// Takes what was reserved; all of it without an amount.
    Capture(Option<Money>),
    /// Accepts what the gateway's fraud check put before a person.
    Approve,
    /// Refuses it.
    Deny,
    /// Gives money back. The same key again is the same refund.
    Refund {
        /// Names this refund for ever.
        key: RefundKey,
        /// How much, in whole rupiah.
        amount: Money,
        /// Why, at most 255 characters; customers may see it.
        reason: String,
        /// Whether the bank is asked at once, where a gateway makes that difference.
        direct: bool,
    },
}

/// The kinds of [`Act`], as a profile lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActKind {
    /// [`Act::Cancel`].
    Cancel,
    /// [`Act::Expire`].
    Expire,
    /// [`Act::Capture`].
    Capture,
    /// [`Act::Approve`].
    Approve,
    /// [`Act::Deny`].
    Deny,
    /// [`Act::Refund`].
    Refund,
}

impl Act {
    /// Its kind.
    pub const fn kind(&self) -> ActKind {
        match self {
            Self::Cancel => ActKind::Cancel,
            Self::Expire => ActKind::Expire,
            Self::Capture(_) => ActKind::Capture,
            Self::Approve => ActKind::Approve,
            Self::Deny => ActKind::Deny,
            Self::Refund { .. } => ActKind::Refund,
        }
    }
}

#[cfg(test)]
mod tests;
