//! What is bought, as the two sections of the provider name it. Pure.
//!
//! A code belongs to its section: the same text in the other one would be other goods. So the section is part of our code for them (`game/ML86-S1`), and two
//! live attempts at one (section, code, target) are forbidden with the code (INV-11).

use eraflazz_core::text::{Sku, Target};

/// In front of a game's code.
const GAME: &str = "game/";

/// A part of the provider's catalog with calls of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Phone credit, data, electricity, e-money.
    Prepaid,
    /// Games and streaming.
    Game,
}

impl Section {
    /// Both, in the order in which they are listed.
    pub(super) const ALL: [Self; 2] = [Self::Prepaid, Self::Game];

    /// Its place under the base address.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::Game => "game-feature",
        }
    }

    /// Our code for what this section calls `code`; `None` if it can be none.
    pub(super) fn sku(self, code: &str) -> Option<Sku> {
        match self {
            // It would be taken for a game's.
            Self::Prepaid if code.starts_with(GAME) => None,
            Self::Prepaid => Sku::new(code).ok(),
            Self::Game if code.is_empty() => None,
            Self::Game => Sku::new(&format!("{GAME}{code}")).ok(),
        }
    }
}

/// The section of our code, and the section's own.
pub(super) fn placed(sku: &Sku) -> (Section, &str) {
    match sku.as_str().strip_prefix(GAME) {
        Some(code) => (Section::Game, code),
        None => (Section::Prepaid, sku.as_str()),
    }
}

/// Whom it is for: the provider's number, and its zone if there is one.
pub(super) fn parted(target: &Target) -> (&str, Option<&str>) {
    let text = target.as_str();
    let zoned = text
        .strip_suffix(')')
        .and_then(|text| text.split_once('('))
        .filter(|(id, zone)| !id.is_empty() && !zone.is_empty());
    zoned.map_or((text, None), |(id, zone)| (id, Some(zone)))
}

/// The other way round: what an answer names; `None` if it can be no target.
pub(super) fn joined(number: &str, zone: Option<&str>) -> Option<Target> {
    match zone {
        Some(zone) => Target::new(&format!("{number}({zone})")).ok(),
        None => Target::new(number).ok(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("S10", Section::Prepaid, "S10")]
    #[case("game/ML86-S1", Section::Game, "ML86-S1")]
    #[case("GAME/ML86-S1", Section::Prepaid, "GAME/ML86-S1")]
    fn a_code_is_of_one_section(#[case] text: &str, #[case] section: Section, #[case] code: &str) {
        let sku = Sku::new(text).unwrap();
        assert_eq!(placed(&sku), (section, code));
        assert_eq!(section.sku(code), Some(sku));
    }

    #[test]
    fn a_code_that_would_be_taken_for_another_sections_is_none() {
        assert_eq!(Section::Prepaid.sku("game/ML86-S1"), None);
        assert_eq!(Section::Prepaid.sku(""), None);
        assert_eq!(Section::Game.sku(""), None);
        assert_eq!(Section::Game.sku("A|B"), None);
    }

    #[rstest]
    #[case("081234567890", "081234567890", None)]
    #[case("12345678(2012)", "12345678", Some("2012"))]
    #[case("80012345(os_asia)", "80012345", Some("os_asia"))]
    #[case("12345678()", "12345678()", None)]
    #[case("(2012)", "(2012)", None)]
    #[case("12345678(2012", "12345678(2012", None)]
    fn a_target_has_a_number_and_perhaps_a_zone(
        #[case] text: &str,
        #[case] number: &str,
        #[case] zone: Option<&str>,
    ) {
        let target = Target::new(text).unwrap();
        assert_eq!(parted(&target), (number, zone));
        assert_eq!(joined(number, zone), Some(target));
    }

    #[test]
    fn what_an_answer_names_may_be_no_target() {
        assert_eq!(joined("0812\n3456", None), None);
        assert_eq!(joined("1234", Some("2012\n")), None);
    }
}
