//! Short texts that come from outside, each with its own type and its own rule.
//!
//! All are cheap to clone. A value that exists has passed its rule; the rule is the type's documentation.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct TextError {
    /// The rule that the text breaks, in words for the caller.
    pub rule: &'static str,
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $rule:expr, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The rule in words.
            pub const RULE: &'static str = $rule;

            /// The text, if it keeps the rule.
            pub fn new(text: &str) -> Result<Self, TextError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(Arc::from(text))) } else { Err(TextError { rule: $rule }) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// True if both are the same text but for the case of ASCII letters: how answers of suppliers are compared.
            pub fn same_as(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = stringify!($name);
                if matches!(name, "Target" | "DestinationText" | "Sn") {
                    write!(f, "{name}({})", Hidden(&self.0))
                } else {
                    write!(f, "{name}({})", self.0)
                }
            }
        }
    };
}

/// Destinations and serial numbers in debug output: their ends only (INV-37).
struct Hidden<'a>(&'a str);

impl fmt::Display for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.chars().count();
        let shown = if count >= 8 { 2 } else { 0 };
        let start: String = self.0.chars().take(shown).collect();
        let end: String = self.0.chars().skip(count - shown).collect();
        write!(f, "{start}***{end}")
    }
}

fn sized(text: &str, max: usize, accepts: impl Fn(u8) -> bool) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(accepts)
}

/// Printable ASCII without the characters that shift the boundaries of signed fields (T-5): no control characters, no `|`.
fn is_signable(byte: u8) -> bool {
    (0x20..0x7F).contains(&byte) && byte != b'|'
}

text_type! {
    /// The caller's reference of an order, unique per member for ever (INV-18).
    RefId, "1 to 64 characters of A-Z a-z 0-9 . _ -",
    |t| sized(t, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
text_type! {
    /// A slug in settings: suppliers, categories, tiers, banks.
    Slug, "1 to 32 characters of a-z 0-9 _ -, starting with a letter",
    |t| sized(t, 32, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
        && t.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}
text_type! {
    /// A product's code as members type it, upper-case.
    ProductCode, "1 to 20 characters of A-Z 0-9 _ -",
    |t| sized(t, 20, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}
text_type! {
    /// A supplier's code of a product.
    Sku, "1 to 64 printable ASCII characters without |",
    |t| sized(t, 64, is_signable)
}
text_type! {
    /// A destination (tujuan) as a caller writes it.
    DestinationText, "1 to 64 printable ASCII characters without |",
    |t| sized(t, 64, is_signable)
}
text_type! {
    /// A destination as a supplier is told it: the number, and after the first `;` what is told beside it, as `name=value` and more of them after another `;`.
    /// Answers name the number alone ([`Target::is_named_by`]). Some suppliers want a `|` between a player and his server; one that signs the destination
    /// refuses it unsent (T-5).
    Target, "1 to 64 printable ASCII characters",
    |t| sized(t, 64, |b| (0x20..0x7F).contains(&b))
}
text_type! {
    /// A supplier's own id of a transaction.
    TheirRef, "1 to 128 printable ASCII characters",
    |t| sized(t, 128, |b| (0x20..0x7F).contains(&b))
}
text_type! {
    /// A supplier's own code of an answer (response code, `rc`), as it was written. For people: what it means, the adapter's table says.
    ReplyCode, "1 to 32 printable ASCII characters",
    |t| sized(t, 32, |b| (0x20..0x7F).contains(&b))
}
text_type! {
    /// What a payment gateway echoed as our reference. It may be anybody's: [`against`](crate::payment::against()) says whether it is that of a payment of ours.
    EchoedRef, "1 to 64 printable ASCII characters",
    |t| sized(t, 64, |b| (0x20..0x7F).contains(&b))
}
text_type! {
    /// The key of one refund, so that the same refund asked for again is not paid twice.
    RefundKey, "1 to 36 characters of A-Z a-z 0-9 _ -",
    |t| sized(t, 36, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
text_type! {
    /// A serial number (SN): the supplier's proof of delivery, often the goods themselves. Whether an answer *has* one is
    /// decided where it is read: `-`, `0` and blanks are no serial number (E-12).
    Sn, "1 to 512 characters without control characters",
    |t| (1..=512).contains(&t.len()) && !t.chars().any(char::is_control)
}
text_type! {
    /// Who acted: an operator's or a program's name in the log.
    Operator, "1 to 64 printable ASCII characters",
    |t| sized(t, 64, |b| (0x20..0x7F).contains(&b))
}
text_type! {
    /// The public part of an API key, `ek_live_…` or `ek_test_…`.
    KeyId, "8 to 64 characters of A-Z a-z 0-9 _ -",
    |t| t.len() >= 8 && sized(t, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

impl KeyId {
    /// The name under which inquiries are used up: see [`Nonce`](crate::commit::Nonce).
    pub(crate) fn of_inquiries() -> Self {
        Self(Arc::from("inquiries"))
    }

    /// The name under which notifications of gateways are kept once: see [`Nonce`](crate::commit::Nonce).
    pub(crate) fn of_notifications() -> Self {
        Self(Arc::from("notifications"))
    }

    /// The name under which lines of bank statements are consumed once: see [`Nonce`](crate::commit::Nonce).
    pub(crate) fn of_lines() -> Self {
        Self(Arc::from("bank-lines"))
    }
}

/// Whatever a caller may write, some supplier may be told.
impl From<DestinationText> for Target {
    fn from(written: DestinationText) -> Self {
        Self(written.0)
    }
}

impl Target {
    /// Where the number ends and what is told beside it begins.
    pub(crate) const BESIDE: char = ';';

    /// The number: everything before the first `;`.
    pub fn number(&self) -> &str {
        self.as_str()
            .split_once(Self::BESIDE)
            .map_or(self.as_str(), |(number, _)| number)
    }

    /// What is told beside it, by name, in its order; nothing of it that has no name.
    pub fn beside(&self) -> impl Iterator<Item = (&str, &str)> {
        let parts = self.as_str().split(Self::BESIDE).skip(1);
        parts.filter_map(|part| part.split_once('='))
    }

    /// Whether an answer that names `named` means this one: the whole, or its number, compared without regard to the case of ASCII letters.
    pub fn is_named_by(&self, named: &Self) -> bool {
        self.same_as(named) || self.number().eq_ignore_ascii_case(named.as_str())
    }
}

impl Sn {
    /// The serial number in a supplier's field, if there is one: trimmed; empty, `-`, `0` and their like are none (E-12).
    pub fn read(field: &str) -> Option<Self> {
        let text = field.trim();
        if text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.' | b' '))
            || text.eq_ignore_ascii_case("null")
        {
            return None;
        }
        Self::new(text).ok()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn t_05_signed_fields_hold_no_boundary_characters() {
        for bad in [
            "",
            "0812|3456",
            "0812\n",
            "0812\0",
            "０８１２",
            "0812\u{7f}",
        ] {
            assert!(
                DestinationText::new(bad).is_err(),
                "{bad:?} passed as a destination"
            );
            let is_target = bad.contains('|');
            assert_eq!(
                Target::new(bad).is_ok(),
                is_target,
                "{bad:?} passed as a target"
            );
            assert!(RefId::new(bad).is_err(), "{bad:?} passed as a ref_id");
        }
        assert!(RefId::new(&"x".repeat(65)).is_err());
        assert!(RefId::new("TRX-0001.a_b").is_ok());
    }

    #[test]
    fn e_09_an_answer_names_the_number_and_not_what_was_told_beside_it() {
        let target = |text: &str| Target::new(text).unwrap();
        let bill = target("329801092375999991;year=2019;note=");
        assert_eq!(bill.number(), "329801092375999991");
        let beside: Vec<_> = bill.beside().collect();
        assert_eq!(beside, [("year", "2019"), ("note", "")]);
        assert!(bill.is_named_by(&target("329801092375999991")));
        assert!(bill.is_named_by(&target("329801092375999991;YEAR=2019;note=")));
        for other in [
            "329801092375999991;year=2020;note=",
            "32980109237599999",
            "year=2019",
        ] {
            assert!(!bill.is_named_by(&target(other)), "{other}");
        }
        let plain = target("081234567890");
        assert_eq!(
            (plain.number(), plain.beside().count()),
            ("081234567890", 0)
        );
        assert!(!plain.is_named_by(&target("081234567890;year=2019")));
    }

    #[test]
    fn e_12_placeholders_are_no_serial_number() {
        for none in ["", " ", "-", "0", "000", "--", "null", "NULL"] {
            assert_eq!(Sn::read(none), None, "{none:?}");
        }
        assert_eq!(Sn::read(" 0123 ").unwrap().as_str(), "0123");
    }

    #[test]
    fn inv_37_debug_output_hides_destinations_and_serial_numbers() {
        let shown = format!(
            "{:?} {:?}",
            Target::new("081234567890").unwrap(),
            Sn::new("12345678901234567890").unwrap()
        );
        assert_eq!(shown, "Target(08***90) Sn(12***90)");
    }

    #[test]
    fn comparison_folds_ascii_case_only() {
        assert!(
            Sku::new("XLD10")
                .unwrap()
                .same_as(&Sku::new("xld10").unwrap())
        );
        assert!(
            !Sku::new("XLD10")
                .unwrap()
                .same_as(&Sku::new("xld11").unwrap())
        );
    }
}
