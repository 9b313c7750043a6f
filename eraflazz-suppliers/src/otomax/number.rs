//! Amounts as people write them in replies: `1.500.000`, `82,000`, `990000`, `1.482.650.05`. Pure.

use eraflazz_core::money::Money;

/// The amount, cut to whole rupiah; `None` if it is no number by the rules of the field. For what is only looked at: a deposit.
pub(super) fn rupiah(text: &str) -> Option<Money> {
    Money::rupiah(Number::read(text)?.whole)
}

/// The amount to the hundredth; `None` if it is no number, or finer. For what is booked: a price.
pub(super) fn exact(text: &str) -> Option<Money> {
    let Number { whole, decimals } = Number::read(text)?;
    let hundredths = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<i64>().ok()? * 10,
        2 => decimals.parse().ok()?,
        _ => return None,
    };
    let whole = Money::rupiah(whole)?;
    let part = Money::from_hundredths(hundredths * if text.starts_with('-') { -1 } else { 1 });
    whole.checked_add(part)
}

/// A number as it was written.
struct Number<'t> {
    whole: i64,
    decimals: &'t str,
}

impl<'t> Number<'t> {
    /// A group of three digits behind the last separator belongs to the thousands, unless that separator differs from the others; one or two
    /// digits behind it are decimals. Every other group but the first has three digits, or there is no number: a guess could be wrong by a
    /// factor of a thousand.
    fn read(text: &'t str) -> Option<Self> {
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let unsigned = unsigned.trim_end_matches(['.', ',']);
        let separators: Vec<char> = unsigned
            .chars()
            .filter(|c| matches!(c, '.' | ','))
            .collect();
        let mut groups: Vec<&str> = unsigned.split(['.', ',']).collect();
        let mut thousands = separators.as_slice();
        let mut decimals = "";
        if let [before @ .., last] = separators.as_slice() {
            let behind = groups.last()?;
            let is_other = before.iter().any(|separator| separator != last);
            let is_part = match behind.len() {
                1 | 2 => true,
                3 => is_other,
                _ => return None,
            };
            if is_part {
                decimals = groups.pop()?;
                thousands = before;
            }
        }
        let first = thousands.first();
        let is_mixed = thousands.iter().any(|separator| Some(separator) != first);
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if is_mixed || !is_digits(decimals) {
            return None;
        }
        Some(Self {
            whole: sign * whole(&groups)?,
            decimals,
        })
    }
}

fn whole(groups: &[&str]) -> Option<i64> {
    let [first, others @ ..] = groups else {
        return None;
    };
    let fits = if others.is_empty() {
        (1..=15).contains(&first.len())
    } else {
        (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3)
    };
    let digits = groups.concat();
    let is_number = fits && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1.500.000", 1_500_000)]
    #[case("82,000", 82_000)]
    #[case("990000", 990_000)]
    #[case("4120300", 4_120_300)]
    #[case("0", 0)]
    #[case("10.850", 10_850)]
    #[case("10.850.", 10_850)]
    #[case("1.482.650.05", 1_482_650)]
    #[case("1.234.500.425,773", 1_234_500_425)]
    #[case("1,234,500.75", 1_234_500)]
    #[case("10.5", 10)]
    #[case("10850,00", 10_850)]
    #[case("-2.100", -2_100)]
    fn amounts_are_read_as_the_field_writes_them(#[case] text: &str, #[case] rupiah: i64) {
        assert_eq!(super::rupiah(text), Money::rupiah(rupiah));
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case(".")]
    #[case("12.34.567")]
    #[case("1.2345")]
    #[case("1.234,567.890")]
    #[case("1234.567.890")]
    #[case("--1")]
    #[case("1..000")]
    #[case("12345678901234567890")]
    #[case("10a")]
    fn what_could_be_wrong_by_a_thousand_is_no_number(#[case] text: &str) {
        assert_eq!(rupiah(text), None);
    }

    #[rstest]
    #[case("10.850", Some(1_085_000))]
    #[case("10850,5", Some(1_085_050))]
    #[case("10.850,05", Some(1_085_005))]
    #[case("-2.100,50", Some(-210_050))]
    #[case("-0,50", Some(-50))]
    #[case("10,850.505", None)]
    #[case("10850.505", None)]
    #[case("10.85x", None)]
    fn t_10_a_price_is_exact_or_none(#[case] text: &str, #[case] hundredths: Option<i64>) {
        assert_eq!(exact(text), hundredths.map(Money::from_hundredths));
    }

    proptest! {
        #[test]
        fn an_amount_reads_the_same_however_its_thousands_are_marked(amount in 0_i64..1_000_000_000_000) {
            let plain = amount.to_string();
            for separator in [".", ","] {
                let mut marked = String::new();
                for (place, digit) in plain.chars().enumerate() {
                    if place > 0 && (plain.len() - place).is_multiple_of(3) {
                        marked.push_str(separator);
                    }
                    marked.push(digit);
                }
                prop_assert_eq!(rupiah(&marked), Money::rupiah(amount));
            }
            prop_assert_eq!(rupiah(&plain), Money::rupiah(amount));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = rupiah(&text);
        }
    }
}
