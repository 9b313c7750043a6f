//! How amounts are written for people in Indonesia.

use eraflazz_core::money::Money;

/// `Rp 10.500`, `-Rp 1.500.000`, `Rp 10.500,50`: dots between thousands, a comma before a fraction, an ordinary blank.
pub fn rupiah(amount: Money) -> String {
    let plain = amount.to_string();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut text = format!("{sign}Rp ");
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(',');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "Rp 0")]
    #[case(99_900, "Rp 999")]
    #[case(100_000, "Rp 1.000")]
    #[case(150_000_050, "Rp 1.500.000,50")]
    #[case(-150_000_000, "-Rp 1.500.000")]
    #[case(100_000_000_000_000, "Rp 1.000.000.000.000")]
    fn amounts_are_grouped_by_thousands(#[case] hundredths: i64, #[case] text: &str) {
        assert_eq!(rupiah(Money::from_hundredths(hundredths)), text);
    }
}
