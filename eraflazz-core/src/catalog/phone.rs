//! Indonesian mobile numbers: which operator a prefix belongs to, and the one normal form.

use serde::{Deserialize, Serialize};

use super::destination::DestinationError;

/// A mobile operator (brand). Pulsa of one brand never works on another, not even within one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Telkomsel.
    Telkomsel,
    /// by.U, on sub-ranges of Telkomsel's 0851.
    ByU,
    /// Indosat IM3.
    Indosat,
    /// Tri (Three, 3).
    Tri,
    /// XL.
    Xl,
    /// Axis.
    Axis,
    /// Smartfren.
    Smartfren,
}

/// Whose number it is, as far as its prefix tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// An operator whose products are sold.
    Operator(Operator),
    /// A network that is not sold any more: Ceria, satellite.
    Legacy,
    /// A prefix that the table does not have.
    Unknown,
}

/// Prefixes of the national form and their owners; the longest one that matches counts. Sources: the carrier table of
/// libphonenumber, operators' public prefix lists.
const PREFIXES: &[(&str, Owner)] = {
    use Operator::{Axis, ByU, Indosat, Smartfren, Telkomsel, Tri, Xl};
    use Owner::{Legacy, Operator as Of};
    &[
        ("0811", Of(Telkomsel)),
        ("0812", Of(Telkomsel)),
        ("0813", Of(Telkomsel)),
        ("0821", Of(Telkomsel)),
        ("0822", Of(Telkomsel)),
        ("0823", Of(Telkomsel)),
        ("0851", Of(Telkomsel)),
        ("0852", Of(Telkomsel)),
        ("0853", Of(Telkomsel)),
        ("085154", Of(ByU)),
        ("085155", Of(ByU)),
        ("085156", Of(ByU)),
        ("085157", Of(ByU)),
        ("085158", Of(ByU)),
        ("0814", Of(Indosat)),
        ("0815", Of(Indosat)),
        ("0816", Of(Indosat)),
        ("0855", Of(Indosat)),
        ("0856", Of(Indosat)),
        ("0857", Of(Indosat)),
        ("0858", Of(Indosat)),
        ("0895", Of(Tri)),
        ("0896", Of(Tri)),
        ("0897", Of(Tri)),
        ("0898", Of(Tri)),
        ("0899", Of(Tri)),
        ("0817", Of(Xl)),
        ("0818", Of(Xl)),
        ("0819", Of(Xl)),
        ("0859", Of(Xl)),
        ("0877", Of(Xl)),
        ("0878", Of(Xl)),
        ("0879", Of(Xl)),
        ("0831", Of(Axis)),
        ("0832", Of(Axis)),
        ("0833", Of(Axis)),
        ("0838", Of(Axis)),
        ("0881", Of(Smartfren)),
        ("0882", Of(Smartfren)),
        ("0883", Of(Smartfren)),
        ("0884", Of(Smartfren)),
        ("0885", Of(Smartfren)),
        ("0886", Of(Smartfren)),
        ("0887", Of(Smartfren)),
        ("0888", Of(Smartfren)),
        ("0889", Of(Smartfren)),
        ("0828", Legacy),
        ("0868", Legacy),
    ]
};

/// Whose number the national form `08…` is.
pub(super) fn owner(national: &str) -> Owner {
    PREFIXES
        .iter()
        .filter(|(prefix, _)| national.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(Owner::Unknown, |(_, owner)| *owner)
}

/// The national form `08…` of a mobile number written as `0…`, `62…` or `+62…`, with any of the usual separators. Nothing is
/// repaired: whatever else it may mean, a program that sends it should say what it means.
pub(super) fn national(raw: &str) -> Result<String, DestinationError> {
    let bare = super::destination::without_separators(raw, b" -.()/")?;
    let (international, digits) = match bare.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, bare.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DestinationError::NotDigits);
    }
    let significant = match (digits.strip_prefix("62"), digits.strip_prefix('0')) {
        (Some(rest), _) => rest,
        (None, Some(rest)) if !international => rest,
        (None, _) => return Err(DestinationError::Foreign),
    };
    match significant.as_bytes() {
        [b'8', b'1'..=b'3' | b'5'..=b'9', rest @ ..] => match rest.len() {
            0..=6 => Err(DestinationError::TooShort),
            7..=10 => Ok(format!("0{significant}")),
            _ => Err(DestinationError::TooLong),
        },
        _ => Err(DestinationError::NotMobile),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("081234567890", "081234567890")]
    #[case("+62 812-3456-7890", "081234567890")]
    #[case("62812 3456 7890", "081234567890")]
    #[case("(0812) 3456.7890", "081234567890")]
    #[case("0812/3456/7890", "081234567890")]
    #[case("6281234567890", "081234567890")]
    #[case("0812345678", "0812345678")]
    #[case("0812345678901", "0812345678901")]
    fn numbers_have_one_national_form(#[case] raw: &str, #[case] form: &str) {
        assert_eq!(national(raw).unwrap(), form);
    }

    #[rstest]
    #[case("081234567", DestinationError::TooShort)]
    #[case("08123456789012", DestinationError::TooLong)]
    #[case("0841234567890", DestinationError::NotMobile)]
    #[case("0801234567", DestinationError::NotMobile)]
    #[case("021-5551234", DestinationError::NotMobile)]
    #[case("+60123456789", DestinationError::Foreign)]
    #[case("+081234567890", DestinationError::Foreign)]
    #[case("O81234567890", DestinationError::NotDigits)]
    #[case("0812+34567890", DestinationError::NotDigits)]
    #[case("++6281234567890", DestinationError::NotDigits)]
    #[case("", DestinationError::Empty)]
    #[case(" - ", DestinationError::Empty)]
    #[case("+", DestinationError::NotDigits)]
    #[case("０８１２３４５６７８９０", DestinationError::NotAscii)]
    #[case("0812\u{a0}34567890", DestinationError::NotAscii)]
    #[case("081234567890\n", DestinationError::NotDigits)]
    // What a chat would repair, a program is told.
    #[case("006281234567890", DestinationError::NotMobile)]
    #[case("+62081234567890", DestinationError::NotMobile)]
    #[case("6208123456789", DestinationError::NotMobile)]
    #[case("81234567890", DestinationError::Foreign)]
    fn everything_else_is_refused(#[case] raw: &str, #[case] error: DestinationError) {
        assert_eq!(national(raw), Err(error));
    }

    #[rstest]
    #[case(Operator::Telkomsel, "0811 0812 0813 0821 0822 0823 0851 0852 0853")]
    #[case(Operator::ByU, "085154 085155 085156 085157 085158")]
    #[case(Operator::Indosat, "0814 0815 0816 0855 0856 0857 0858")]
    #[case(Operator::Tri, "0895 0896 0897 0898 0899")]
    #[case(Operator::Xl, "0817 0818 0819 0859 0877 0878 0879")]
    #[case(Operator::Axis, "0831 0832 0833 0838")]
    #[case(Operator::Smartfren, "0881 0882 0883 0884 0885 0886 0887 0888 0889")]
    fn the_prefix_names_the_operator(#[case] operator: Operator, #[case] prefixes: &str) {
        for prefix in prefixes.split(' ') {
            let number = format!("{prefix:0<12}");
            assert_eq!(owner(&number), Owner::Operator(operator), "{prefix}");
        }
    }

    #[test]
    fn the_longest_prefix_counts() {
        assert_eq!(owner("085159000000"), Owner::Operator(Operator::Telkomsel));
        assert_eq!(owner("085155000000"), Owner::Operator(Operator::ByU));
        assert_eq!(owner("082800000000"), Owner::Legacy);
        assert_eq!(owner("083900000000"), Owner::Unknown);
    }
}
