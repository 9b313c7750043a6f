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
    let mut text = format!("{sign}Rp {}", grouped(whole));
    if !fraction.is_empty() {
        text.push(',');
        text.push_str(fraction);
    }
    text
}

/// `10.500`, `-1.500.000`: whole rupiah alone, as servers of the `OtomaX` family write them.
pub fn whole(amount: Money) -> String {
    let rupiah = amount.floor_rupiah();
    let sign = if rupiah < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&rupiah.unsigned_abs().to_string()))
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
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

    #[rstest]
    #[case(0, "0")]
    #[case(1_050_099, "10.500")]
    #[case(-150_000_000, "-1.500.000")]
    fn whole_amounts_have_no_currency(#[case] hundredths: i64, #[case] text: &str) {
        assert_eq!(whole(Money::from_hundredths(hundredths)), text);
    }
}
