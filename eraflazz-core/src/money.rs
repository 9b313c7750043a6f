//! Rupiah, counted exactly.
//!
//! [`Money`] is an integer number of *hundredths* of a rupiah: one value has one representation, arithmetic is checked, and
//! no float is ever involved (D9). Decimals enter and leave through [`rust_decimal`], text through [`Money::from_str`].
//! Almost every real amount is whole rupiah; a provider that bills a fraction is kept exactly, never rounded in silence.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of rupiah, exact to two decimals. Negative values exist only as balances (a wallet within its credit limit).
///
/// In JSON a whole amount is an integer; an amount with a fraction is a string with two decimals (`"10.50"`), so that no
/// reader pushes it through a float. Both forms are accepted; JSON numbers with a fraction or an exponent are refused.
/// In binary formats it is the integer of hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a value is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number in plain notation.
    #[error("not an amount: plain digits with at most two decimals are expected")]
    NotAnAmount,
    /// More than two decimals.
    #[error("an amount has at most two decimals")]
    TooPrecise,
    /// Beyond what one transfer may carry (INV-5) or what 64 bits can count.
    #[error("an amount is at most 10^12 rupiah")]
    TooLarge,
    /// A result that 64 bits of hundredths cannot hold.
    #[error("overflow while adding amounts")]
    Overflow,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount a single transfer, setting or price may carry: 10^12 rupiah (INV-5).
    pub const MAX_AMOUNT: Self = Self(100_000_000_000_000);

    /// Whole rupiah; `None` beyond ±[`Self::MAX_AMOUNT`].
    pub const fn rupiah(rupiah: i64) -> Option<Self> {
        match rupiah.checked_mul(100) {
            Some(h) if h >= -Self::MAX_AMOUNT.0 && h <= Self::MAX_AMOUNT.0 => Some(Self(h)),
            _ => None,
        }
    }

    /// An amount from its hundredths, unchecked against INV-5's bound: for stores that read back what they wrote.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// The amount as an integer number of hundredths of a rupiah.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// The amount as a decimal, exact.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The amount as whole rupiah, `None` if it has a fraction.
    pub const fn whole_rupiah(self) -> Option<i64> {
        if self.0 % 100 == 0 {
            Some(self.0 / 100)
        } else {
            None
        }
    }

    /// The whole rupiah at or below this amount. For caps sent to suppliers that count in whole rupiah.
    #[must_use]
    pub const fn floor_rupiah(self) -> i64 {
        self.0.div_euclid(100)
    }

    /// This amount rounded up to whole rupiah: how a quote rounds, once (D20).
    #[must_use]
    pub const fn ceil_rupiah(self) -> Option<Self> {
        match self.0.rem_euclid(100) {
            0 => Some(self),
            part => match self.0.checked_add(100 - part) {
                Some(h) => Some(Self(h)),
                None => None,
            },
        }
    }

    /// `self + other`, `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(h) => Some(Self(h)),
            None => None,
        }
    }

    /// `self - other`, `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(h) => Some(Self(h)),
            None => None,
        }
    }

    /// `self × ppm / 1,000,000`, rounded up to a hundredth; `None` on overflow. For percentages of a price.
    #[must_use]
    pub fn checked_ppm(self, ppm: i64) -> Option<Self> {
        let product = i128::from(self.0).checked_mul(i128::from(ppm))?;
        let up = product.div_euclid(1_000_000) + i128::from(product.rem_euclid(1_000_000) != 0);
        i64::try_from(up).ok().map(Self)
    }

    /// True for amounts above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True if a transfer may carry it: above zero and within INV-5's bound.
    pub const fn is_transferable(self) -> bool {
        self.0 > 0 && self.0 <= Self::MAX_AMOUNT.0
    }

    /// The amount, if it lies within ±[`Self::MAX_AMOUNT`].
    pub const fn bounded(self) -> Result<Self, MoneyError> {
        if self.0 > Self::MAX_AMOUNT.0 || self.0 < -Self::MAX_AMOUNT.0 {
            Err(MoneyError::TooLarge)
        } else {
            Ok(self)
        }
    }
}

impl TryFrom<Decimal> for Money {
    type Error = MoneyError;

    /// Exact or an error: a third decimal or a value beyond the bound of INV-5 is refused.
    fn try_from(value: Decimal) -> Result<Self, MoneyError> {
        let value = value.normalize();
        if value.scale() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        let mantissa = value.mantissa();
        let scaled = mantissa
            .checked_mul(10_i128.pow(2 - value.scale()))
            .ok_or(MoneyError::TooLarge)?;
        let hundredths = i64::try_from(scaled).map_err(|_| MoneyError::TooLarge)?;
        Self(hundredths).bounded()
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Plain notation only: an optional minus, digits, at most one dot. No exponent, no grouping, no blanks, no plus.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        let value = Decimal::from_str_exact(text).map_err(|_| MoneyError::TooLarge)?;
        Self::try_from(value)
    }
}

impl fmt::Display for Money {
    /// `10500` or `10500.50`: plain notation, the way [`Money::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        if part == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{part:02}")
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        match self.whole_rupiah() {
            Some(rupiah) => serializer.serialize_i64(rupiah),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(AmountVisitor)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

struct AmountVisitor;

impl de::Visitor<'_> for AmountVisitor {
    type Value = Money;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whole rupiah as an integer, or a string with at most two decimals")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Money, E> {
        Money::rupiah(value).ok_or_else(|| E::custom(MoneyError::TooLarge))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Money, E> {
        i64::try_from(value)
            .ok()
            .and_then(Money::rupiah)
            .ok_or_else(|| E::custom(MoneyError::TooLarge))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Money, E> {
        value.parse().map_err(E::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use rust_decimal::dec;

    use super::*;

    #[rstest]
    #[case("0", 0)]
    #[case("10500", 1_050_000)]
    #[case("10500.5", 1_050_050)]
    #[case("-0.01", -1)]
    #[case("1000000000000", 100_000_000_000_000)]
    fn inv_05_exact_amounts_are_read(#[case] text: &str, #[case] hundredths: i64) {
        assert_eq!(text.parse::<Money>().unwrap().hundredths(), hundredths);
    }

    #[rstest]
    #[case("1000000000000.01", MoneyError::TooLarge)]
    #[case("10000000000000", MoneyError::TooLarge)]
    #[case("999999999999999999999999999999999999", MoneyError::TooLarge)]
    #[case("0.001", MoneyError::TooPrecise)]
    #[case("1e3", MoneyError::NotAnAmount)]
    #[case("1 000", MoneyError::NotAnAmount)]
    #[case(" 1", MoneyError::NotAnAmount)]
    #[case("+1", MoneyError::NotAnAmount)]
    #[case("1.", MoneyError::NotAnAmount)]
    #[case(".5", MoneyError::NotAnAmount)]
    #[case("", MoneyError::NotAnAmount)]
    #[case("１２", MoneyError::NotAnAmount)]
    #[case("10000.00000000000000000000000000000001", MoneyError::TooLarge)]
    fn inv_05_everything_else_is_refused(#[case] text: &str, #[case] error: MoneyError) {
        assert_eq!(text.parse::<Money>(), Err(error));
    }

    #[rstest]
    #[case(1_050_099, 10_500)]
    #[case(1_050_000, 10_500)]
    #[case(-1, -1)]
    fn inv_17_a_cap_in_whole_rupiah_is_never_above_the_cap(
        #[case] hundredths: i64,
        #[case] rupiah: i64,
    ) {
        assert_eq!(Money::from_hundredths(hundredths).floor_rupiah(), rupiah);
    }

    #[test]
    fn inv_05_the_bound_itself_is_within_it() {
        for sign in [1, -1] {
            let bound = Money::from_hundredths(sign * Money::MAX_AMOUNT.hundredths());
            assert_eq!(bound.bounded(), Ok(bound));
            let beyond = Money::from_hundredths(bound.hundredths() + sign);
            assert_eq!(beyond.bounded(), Err(MoneyError::TooLarge));
        }
    }

    #[test]
    fn nothing_is_zero_and_has_no_sign() {
        assert!(Money::ZERO.is_zero());
        for amount in [1, -1].map(Money::from_hundredths) {
            assert!(!amount.is_zero());
        }
        let written = [0, -1, -1_050].map(|h| Money::from_hundredths(h).to_string());
        assert_eq!(written, ["0", "-0.01", "-10.50"]);
    }

    #[test]
    fn json_reads_debts_and_says_what_an_amount_is() {
        let owed = serde_json::from_str::<Money>("-10500");
        assert_eq!(owed.unwrap(), Money::rupiah(-10_500).unwrap());
        let error = serde_json::from_str::<Money>("null").unwrap_err();
        assert!(error.to_string().contains("whole rupiah as an integer"));
    }

    #[test]
    fn trailing_zeros_do_not_count_as_decimals() {
        assert_eq!(
            Money::try_from(dec!(10500.000)).unwrap(),
            Money::rupiah(10_500).unwrap()
        );
        assert_eq!(Money::try_from(dec!(0.005)), Err(MoneyError::TooPrecise));
    }

    #[test]
    fn json_keeps_every_hundredth_and_refuses_floats() {
        let whole = Money::rupiah(10_500).unwrap();
        let part = Money::from_hundredths(1_050);
        assert_eq!(
            serde_json::to_string(&[whole, part]).unwrap(),
            r#"[10500,"10.50"]"#
        );
        assert_eq!(
            serde_json::from_str::<[Money; 2]>(r#"[10500,"10.50"]"#).unwrap(),
            [whole, part]
        );
        for bad in ["10.5", "1e3", "10000000000000", "\"1e3\"", "null", "true"] {
            assert!(
                serde_json::from_str::<Money>(bad).is_err(),
                "{bad} was read as an amount"
            );
        }
    }

    proptest! {
        #[test]
        fn text_and_decimal_round_trip(h in -100_000_000_000_000_i64..=100_000_000_000_000) {
            let money = Money::from_hundredths(h);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
            prop_assert_eq!(Money::try_from(money.decimal()).unwrap(), money);
        }

        #[test]
        fn rounding_up_never_lowers_and_lands_on_whole_rupiah(h in -1_000_000_i64..1_000_000) {
            let up = Money::from_hundredths(h).ceil_rupiah().unwrap();
            prop_assert!(up.hundredths() >= h && up.hundredths() - h < 100);
            prop_assert!(up.whole_rupiah().is_some());
        }
    }
}
