//! Where the goods go: what a destination (tujuan) must look like, and its one normal form.
//!
//! Rules are data on the product. [`DestinationRule::normalise`] turns what a program sent into a [`Destination`] or says what is
//! wrong with it; the duplicate guard compares normal forms (INV-19), suppliers are told [`Destination::render`], logs and errors
//! show [`Destination::masked`] (INV-37).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::phone::{self, Operator, Owner};
use crate::text::{DestinationText, Target};

mod fields;

pub(super) use fields::{is_value, joined};

/// What a product's destination must look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DestinationRule {
    /// A mobile number.
    Phone {
        /// The operators whose numbers it is for. Empty: any number, as for e-money.
        operators: Vec<Operator>,
        /// Whether a number of another operator is refused rather than warned about.
        strict: bool,
    },
    /// A PLN meter number (11 digits) or customer id (12 digits).
    PlnMeter,
    /// Any string of digits of this length: cards, players.
    Digits {
        /// Fewest digits.
        min: u8,
        /// Most digits.
        max: u8,
    },
    /// A player of a game whose players live in zones (servers): id and zone, both digits. How the two stand beside each other differs between
    /// suppliers, and a text without the border between them cannot be taken apart again, since zones have several lengths.
    Player {
        /// Fewest digits of the id.
        id_min: u8,
        /// Most digits of the id.
        id_max: u8,
        /// Fewest digits of the zone.
        zone_min: u8,
        /// Most digits of the zone.
        zone_max: u8,
    },
    /// The product's own input fields, one after the other: a player and the name of his server, a name and its tag, a bill's number and the year. It is
    /// read with them, by [`Product::normalise`](super::Product::normalise).
    Fields,
}

/// A destination in its one normal form: E.164 (`+62…`) for mobile numbers, `12345678(2012)` for players with a zone and for whatever else has several
/// fields, bare digits for the rest.
/// Its `Debug` is masked, and it has no `Display`: whoever prints it says how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Target", into = "Target")]
pub struct Destination(Target);

/// A destination that keeps its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The normal form.
    pub destination: Destination,
    /// What the caller should be told although the order is taken.
    pub warning: Option<Warning>,
}

/// What may be wrong with a destination that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The number's prefix belongs to this operator, which is not one of the product's.
    OtherOperator(Operator),
    /// The number's prefix belongs to no operator that we know.
    UnknownPrefix,
}

/// Why a destination was refused. Never repeats it (INV-37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Nothing but separators.
    #[error("the destination is empty")]
    Empty,
    /// More characters than any destination has.
    #[error("the destination has more than 64 characters")]
    Oversized,
    /// Characters that look like digits and are not.
    #[error("the destination has characters outside ASCII")]
    NotAscii,
    /// Something other than digits and separators.
    #[error("the destination has characters that are not digits")]
    NotDigits,
    /// Neither `0…` nor `62…` nor `+62…`.
    #[error("a number starts with 0, 62 or +62")]
    Foreign,
    /// A landline or a range that is not mobile.
    #[error("the number is not a mobile number")]
    NotMobile,
    /// Fewer than ten digits.
    #[error("the number is too short: 10 to 13 digits are expected")]
    TooShort,
    /// More than thirteen digits.
    #[error("the number is too long: 10 to 13 digits are expected")]
    TooLong,
    /// A network that is not sold any more.
    #[error("the number belongs to a network that is not served")]
    NotServed,
    /// The number's operator is not one of the product's, and that was asked to be strict.
    #[error("the number does not match the product's operator")]
    OperatorMismatch,
    /// Not the length of a meter number or customer id.
    #[error("a PLN meter number has 11 digits, a customer id 12")]
    NotPln,
    /// Twenty digits: a token that was bought, not the meter it is for.
    #[error("this is a PLN token (20 digits): send the meter number")]
    TokenPasted,
    /// Not as many digits as the product asks for.
    #[error("{min} to {max} digits are expected")]
    Length {
        /// Fewest digits.
        min: u8,
        /// Most digits.
        max: u8,
    },
    /// An id alone, of a player who lives in a zone.
    #[error("the zone is missing: id and zone are expected, like 12345678(2012)")]
    ZoneMissing,
    /// Not an id and a zone.
    #[error("an id and a zone are expected, both digits, like 12345678(2012)")]
    NotPlayer,
    /// Not the product's fields, each by its rule.
    #[error(
        "{count} values are expected, each by its own rule, the second and all after it in brackets: like 12345678(2012)"
    )]
    NotFields {
        /// How many fields the product has.
        count: u8,
    },
    /// It can be read in more than one way.
    #[error(
        "it can be read in several ways: put the second value and all after it in brackets, like name(tag)"
    )]
    Ambiguous,
    /// An id or a zone of another length than the product asks for.
    #[error(
        "an id of {id_min} to {id_max} digits and a zone of {zone_min} to {zone_max} are expected"
    )]
    PlayerLength {
        /// Fewest digits of the id.
        id_min: u8,
        /// Most digits of the id.
        id_max: u8,
        /// Fewest digits of the zone.
        zone_min: u8,
        /// Most digits of the zone.
        zone_max: u8,
    },
}

impl DestinationRule {
    /// A mobile number of any operator.
    pub const fn any_phone() -> Self {
        Self::Phone {
            operators: Vec::new(),
            strict: false,
        }
    }

    /// The normal form of `raw` under this rule. Letter by letter as a program sent it: nothing is repaired, everything outside
    /// ASCII is refused. `strict` turns a doubtful operator from a warning into an error, as the rule itself may. [`Self::Fields`] reads nothing without
    /// the fields of its product: ask that.
    pub fn normalise(&self, raw: &str, strict: bool) -> Result<Normalised, DestinationError> {
        match self {
            Self::Phone {
                operators,
                strict: by_rule,
            } => {
                let national = phone::national(raw)?;
                let warning = doubt(&national, operators)?;
                if warning.is_some() && (strict || *by_rule) {
                    return Err(DestinationError::OperatorMismatch);
                }
                let destination = Destination::of(&format!("+62{}", &national[1..]))?;
                Ok(Normalised {
                    destination,
                    warning,
                })
            }
            Self::PlnMeter => {
                let digits = digits(raw)?;
                match digits.len() {
                    11 | 12 => plain(&digits),
                    20 => Err(DestinationError::TokenPasted),
                    _ => Err(DestinationError::NotPln),
                }
            }
            &Self::Digits { min, max } => {
                let digits = digits(raw)?;
                if (usize::from(min)..=usize::from(max)).contains(&digits.len()) {
                    plain(&digits)
                } else {
                    Err(DestinationError::Length { min, max })
                }
            }
            &Self::Player {
                id_min,
                id_max,
                zone_min,
                zone_max,
            } => {
                let (id, zone) = id_and_zone(raw)?;
                let is_of = |digits: &str, min: u8, max: u8| {
                    (usize::from(min)..=usize::from(max)).contains(&digits.len())
                };
                if is_of(id, id_min, id_max) && is_of(zone, zone_min, zone_max) {
                    plain(&format!("{id}({zone})"))
                } else {
                    Err(DestinationError::PlayerLength {
                        id_min,
                        id_max,
                        zone_min,
                        zone_max,
                    })
                }
            }
            Self::Fields => Err(DestinationError::NotFields { count: 0 }),
        }
    }
}

/// What players write: `12345678(2012)`, `12345678 (2012)`, `12345678-2012`, and the like with `|`, `/`, `,`, `#` or a blank between the two.
fn id_and_zone(raw: &str) -> Result<(&str, &str), DestinationError> {
    if !raw.is_ascii() {
        return Err(DestinationError::NotAscii);
    }
    if raw.len() > 64 {
        return Err(DestinationError::Oversized);
    }
    let text = raw.trim_matches(' ');
    if text.is_empty() {
        return Err(DestinationError::Empty);
    }
    let border = text.find(|c: char| !c.is_ascii_digit());
    let (id, rest) = text.split_at(border.unwrap_or(text.len()));
    if rest.is_empty() {
        return Err(DestinationError::ZoneMissing);
    }
    let rest = rest.trim_start_matches(' ');
    let zone = match rest.strip_prefix('(') {
        Some(inside) => inside.strip_suffix(')').unwrap_or(inside),
        None => rest.strip_prefix(['-', '|', '/', ',', '#']).unwrap_or(rest),
    };
    let zone = zone.trim_matches(' ');
    let are_digits = !id.is_empty() && !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_digit());
    if are_digits {
        Ok((id, zone))
    } else {
        Err(DestinationError::NotPlayer)
    }
}

/// What is doubtful about a number for a product of these operators; an error for networks that nobody serves.
fn doubt(national: &str, operators: &[Operator]) -> Result<Option<Warning>, DestinationError> {
    if operators.is_empty() {
        return Ok(None);
    }
    match phone::owner(national) {
        Owner::Operator(operator) if operators.contains(&operator) => Ok(None),
        Owner::Operator(operator) => Ok(Some(Warning::OtherOperator(operator))),
        Owner::Unknown => Ok(Some(Warning::UnknownPrefix)),
        Owner::Legacy => Err(DestinationError::NotServed),
    }
}

fn plain(digits: &str) -> Result<Normalised, DestinationError> {
    Ok(Normalised {
        destination: Destination::of(digits)?,
        warning: None,
    })
}

fn digits(raw: &str) -> Result<String, DestinationError> {
    let bare = without_separators(raw, b" -.")?;
    if bare.bytes().all(|b| b.is_ascii_digit()) {
        Ok(bare)
    } else {
        Err(DestinationError::NotDigits)
    }
}

/// `raw` without separators; at least one character of the rest, all of them ASCII.
pub(super) fn without_separators(raw: &str, separators: &[u8]) -> Result<String, DestinationError> {
    if !raw.is_ascii() {
        return Err(DestinationError::NotAscii);
    }
    if raw.len() > 64 {
        return Err(DestinationError::Oversized);
    }
    let bare: String = raw
        .bytes()
        .filter(|byte| !separators.contains(byte))
        .map(char::from)
        .collect();
    if bare.is_empty() {
        return Err(DestinationError::Empty);
    }
    Ok(bare)
}

impl Destination {
    fn of(normal: &str) -> Result<Self, DestinationError> {
        Target::new(normal)
            .map(Self)
            .map_err(|_| DestinationError::Oversized)
    }

    /// The normal form, whole. For keys and stores; logs use [`Self::masked`].
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As suppliers are told it: `08…` for mobile numbers, the normal form for the rest.
    pub fn render(&self) -> Target {
        let national = self
            .as_str()
            .strip_prefix("+62")
            .and_then(|rest| Target::new(&format!("0{rest}")).ok());
        national.unwrap_or_else(|| self.0.clone())
    }

    /// As logs show it: `0812****7890`.
    pub fn masked(&self) -> impl fmt::Display + use<> {
        Masked(self.render())
    }
}

/// A destination as it was stored: a normal form, or what the caller wrote in an order that was refused for it.
impl From<Target> for Destination {
    fn from(stored: Target) -> Self {
        Self(stored)
    }
}

/// What the caller wrote in an order that was refused for it.
impl From<DestinationText> for Destination {
    fn from(written: DestinationText) -> Self {
        Self(written.into())
    }
}

impl From<Destination> for Target {
    fn from(destination: Destination) -> Self {
        destination.0
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination({})", self.masked())
    }
}

struct Masked(Target);

impl fmt::Display for Masked {
    /// Both ends of a long one, less of a short one; never more than two thirds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_str();
        let shown = match text.len() {
            12.. => 4,
            9..=11 => 3,
            6..=8 => 2,
            3..=5 => 1,
            _ => 0,
        };
        write!(f, "{}****{}", &text[..shown], &text[text.len() - shown..])
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ANY_PHONE: DestinationRule = DestinationRule::any_phone();

    fn phone(operators: &[Operator], strict: bool) -> DestinationRule {
        DestinationRule::Phone {
            operators: operators.to_vec(),
            strict,
        }
    }

    #[test]
    fn a_number_is_kept_as_e164_and_told_in_national_form() {
        let found = phone(&[Operator::Telkomsel], true)
            .normalise("+62 812-3456-7890", true)
            .unwrap();
        assert_eq!(found.destination.as_str(), "+6281234567890");
        assert_eq!(found.destination.render().as_str(), "081234567890");
        assert_eq!(found.warning, None);
    }

    #[test]
    fn inv_19_every_writing_of_a_number_is_one_destination() {
        let writings = ["081234567890", "6281234567890", "(0812) 3456.7890"];
        let all: Vec<_> = writings
            .iter()
            .map(|raw| ANY_PHONE.normalise(raw, false).unwrap().destination)
            .collect();
        assert!(all.iter().all(|one| *one == all[0]));
    }

    #[rstest]
    #[case(&[Operator::Xl], "081234567890", Ok(Some(Warning::OtherOperator(Operator::Telkomsel))))]
    #[case(&[Operator::Telkomsel], "085155000000", Ok(Some(Warning::OtherOperator(Operator::ByU))))]
    #[case(&[Operator::Telkomsel, Operator::ByU], "085155000000", Ok(None))]
    #[case(&[Operator::Xl], "083912345678", Ok(Some(Warning::UnknownPrefix)))]
    #[case(&[Operator::Xl], "082812345678", Err(DestinationError::NotServed))]
    #[case(&[], "082812345678", Ok(None))]
    fn another_operator_is_warned_about(
        #[case] operators: &[Operator],
        #[case] raw: &str,
        #[case] expected: Result<Option<Warning>, DestinationError>,
    ) {
        let rule = phone(operators, false);
        assert_eq!(rule.normalise(raw, false).map(|n| n.warning), expected);
        if let Ok(Some(_)) = expected {
            let refused = Err(DestinationError::OperatorMismatch);
            assert_eq!(rule.normalise(raw, true), refused);
            assert_eq!(phone(operators, true).normalise(raw, false), refused);
        }
    }

    #[rstest]
    #[case("12345678901", Ok("12345678901"))]
    #[case("0123 4567-890.1", Ok("01234567890 1"))]
    #[case("012345678901", Ok("012345678901"))]
    #[case("1234567890", Err(DestinationError::NotPln))]
    #[case("1234567890123", Err(DestinationError::NotPln))]
    #[case("0123-4567-8901-2345-6789", Err(DestinationError::TokenPasted))]
    #[case("1234567890a", Err(DestinationError::NotDigits))]
    #[case("１２３４５６７８９０１", Err(DestinationError::NotAscii))]
    fn a_meter_has_eleven_or_twelve_digits(
        #[case] raw: &str,
        #[case] expected: Result<&str, DestinationError>,
    ) {
        let found = DestinationRule::PlnMeter.normalise(raw, false);
        let text = found.as_ref().map(|n| n.destination.as_str().to_owned());
        assert_eq!(text, expected.as_ref().map(|t| t.replace(' ', "")));
    }

    #[rstest]
    #[case("6032 9812 3456 7890", Ok(()))]
    #[case("603298123456789", Err(DestinationError::Length { min: 16, max: 16 }))]
    #[case("", Err(DestinationError::Empty))]
    #[case("60329812345678|0", Err(DestinationError::NotDigits))]
    fn a_card_has_its_digits(#[case] raw: &str, #[case] expected: Result<(), DestinationError>) {
        let rule = DestinationRule::Digits { min: 16, max: 16 };
        assert_eq!(rule.normalise(raw, false).map(|_| ()), expected);
    }

    #[rstest]
    #[case("081234567890", "0812****7890")]
    #[case("0812345678", "081****678")]
    fn inv_37_only_the_ends_are_shown(#[case] raw: &str, #[case] masked: &str) {
        let destination = ANY_PHONE.normalise(raw, false).unwrap().destination;
        assert_eq!(destination.masked().to_string(), masked);
        assert_eq!(format!("{destination:?}"), format!("Destination({masked})"));
    }

    const PLAYER: DestinationRule = DestinationRule::Player {
        id_min: 5,
        id_max: 12,
        zone_min: 3,
        zone_max: 6,
    };

    #[rstest]
    #[case("12345678(2012)")]
    #[case(" 12345678 (2012) ")]
    #[case("12345678 ( 2012 )")]
    #[case("12345678(2012")]
    #[case("12345678-2012")]
    #[case("12345678|2012")]
    #[case("12345678/2012")]
    #[case("12345678, 2012")]
    #[case("12345678 2012")]
    #[case("12345678#2012")]
    fn inv_19_every_writing_of_a_player_is_one_destination(#[case] raw: &str) {
        let found = PLAYER.normalise(raw, false).unwrap();
        assert_eq!(found.destination.as_str(), "12345678(2012)");
        assert_eq!(found.destination.render().as_str(), "12345678(2012)");
    }

    #[rstest]
    #[case("123456782012", DestinationError::ZoneMissing)]
    #[case("", DestinationError::Empty)]
    #[case("  ", DestinationError::Empty)]
    #[case("(2012)", DestinationError::NotPlayer)]
    #[case("12345678()", DestinationError::NotPlayer)]
    #[case("12345678-", DestinationError::NotPlayer)]
    #[case("12345678--2012", DestinationError::NotPlayer)]
    #[case("12345678-(2012)", DestinationError::NotPlayer)]
    #[case("12345678 20 12", DestinationError::NotPlayer)]
    #[case("12345678(2012)x", DestinationError::NotPlayer)]
    #[case("12345678(20a2)", DestinationError::NotPlayer)]
    #[case("12345678(２０１２)", DestinationError::NotAscii)]
    #[case("1234(2012)", PLAYER_LENGTH)]
    #[case("12345678(12)", PLAYER_LENGTH)]
    #[case("12345678(1234567)", PLAYER_LENGTH)]
    fn a_player_has_an_id_and_a_zone(#[case] raw: &str, #[case] expected: DestinationError) {
        assert_eq!(PLAYER.normalise(raw, false), Err(expected));
    }

    const PLAYER_LENGTH: DestinationError = DestinationError::PlayerLength {
        id_min: 5,
        id_max: 12,
        zone_min: 3,
        zone_max: 6,
    };

    #[test]
    fn inv_37_short_destinations_are_masked_too() {
        let rule = DestinationRule::Digits { min: 1, max: 64 };
        for (raw, masked) in [("1", "****"), ("12345", "1****5"), ("12345678", "12****78")] {
            let destination = rule.normalise(raw, false).unwrap().destination;
            assert_eq!(destination.masked().to_string(), masked);
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_is_stable_and_survives_storage(nsn in "8[1-35-9][0-9]{7,10}") {
            let once = ANY_PHONE.normalise(&format!("0{nsn}"), false).unwrap().destination;
            let again = ANY_PHONE.normalise(once.as_str(), false).unwrap().destination;
            let rendered = ANY_PHONE.normalise(once.render().as_str(), false).unwrap().destination;
            prop_assert_eq!(&once, &again);
            prop_assert_eq!(&once, &rendered);
            let json = serde_json::to_string(&once).unwrap();
            prop_assert_eq!(serde_json::from_str::<Destination>(&json).unwrap(), once);
        }

        #[test]
        fn t_05_whatever_is_typed_nothing_but_digits_comes_out(raw in "\\PC{0,70}|[0-9+ .()/|\n-]{0,70}") {
            for rule in [ANY_PHONE, DestinationRule::PlnMeter, DestinationRule::Digits { min: 1, max: 64 }] {
                if let Ok(found) = rule.normalise(&raw, false) {
                    prop_assert!(found.destination.render().as_str().bytes().all(|b| b.is_ascii_digit()));
                }
            }
            if let Ok(found) = PLAYER.normalise(&raw, false) {
                let again = PLAYER.normalise(found.destination.as_str(), false).unwrap();
                prop_assert_eq!(&again.destination, &found.destination);
                prop_assert!(found.destination.as_str().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'(' | b')')));
            }
        }
    }

    #[test]
    fn a_stored_destination_keeps_the_rule_of_targets() {
        for bad in ["\"\"", "\"0812\\n\""] {
            assert!(serde_json::from_str::<Destination>(bad).is_err(), "{bad}");
        }
    }
}
