//! Destinations of several fields: how they are read, and how they are taken apart again.

use super::{Destination, DestinationError, Normalised, plain};
use crate::catalog::product::FieldRule;

/// What may stand between two fields where no brackets do.
const BORDERS: [char; 6] = ['|', '#', ',', '/', '-', ' '];

impl Destination {
    /// What no field holds: they are the borders of the normal form and of what suppliers are told.
    pub(in crate::catalog) const RESERVED: [char; 6] = ['(', ')', '{', '}', '|', ';'];

    /// The normal form of `raw`, which has a value for each of `rules`, in their order: `800012345(os_asia)`. Values stand in brackets or have one of
    /// `| # , / -` or a blank between them; what can be read in two ways is refused.
    pub(in crate::catalog) fn of_fields(
        raw: &str,
        rules: &[&FieldRule],
    ) -> Result<Normalised, DestinationError> {
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
        let count = u8::try_from(rules.len()).unwrap_or(u8::MAX);
        let keeps = |values: &Vec<&str>| {
            values.len() == rules.len()
                && values
                    .iter()
                    .zip(rules)
                    .all(|(value, rule)| is_value(value) && rule.accepts(value))
        };
        let mut readings: Vec<Vec<&str>> = if rules.len() == 1 {
            vec![vec![text]]
        } else if text.contains('(') {
            in_brackets(text).into_iter().collect()
        } else {
            BORDERS.iter().map(|border| split(text, *border)).collect()
        };
        readings.retain(keeps);
        readings.dedup();
        match readings.as_slice() {
            [] => Err(DestinationError::NotFields { count }),
            [values] => plain(&joined(values)),
            [_, ..] => Err(DestinationError::Ambiguous),
        }
    }

    /// The values of so many fields, in their order; `None` if it is not the normal form of so many.
    pub(in crate::catalog) fn parts(&self, count: usize) -> Option<Vec<&str>> {
        let values = if count == 1 {
            vec![self.as_str()]
        } else {
            in_brackets(self.as_str())?
        };
        let is_whole = values.len() == count && values.iter().all(|value| is_value(value));
        is_whole.then_some(values)
    }
}

/// What a field of a destination may be, whatever its own rule: no blanks around it, no border in it.
pub(in crate::catalog) fn is_value(value: &str) -> bool {
    !value.is_empty() && value.trim() == value && !value.contains(Destination::RESERVED)
}

/// `a(b)(c)` as its parts, blanks around them left out.
fn in_brackets(text: &str) -> Option<Vec<&str>> {
    let (first, rest) = text.split_once('(')?;
    let inside = rest.strip_suffix(')')?;
    let mut values = vec![first.trim_matches(' ')];
    for value in inside.split('(') {
        values.push(value);
    }
    let last = values.len() - 1;
    let closed = values.iter_mut().enumerate().skip(1);
    for (place, value) in closed {
        if place < last {
            *value = value.trim_end_matches(' ').strip_suffix(')')?;
        }
        *value = value.trim_matches(' ');
    }
    Some(values)
}

fn split(text: &str, border: char) -> Vec<&str> {
    if border == ' ' {
        return text.split_whitespace().collect();
    }
    let parts = text.split(border);
    parts.map(|part| part.trim_matches(' ')).collect()
}

/// Values in the normal form: `a(b)(c)`.
pub(in crate::catalog) fn joined(values: &[&str]) -> String {
    let mut text = String::with_capacity(64);
    for (place, value) in values.iter().enumerate() {
        if place == 0 {
            text.push_str(value);
        } else {
            text.push('(');
            text.push_str(value);
            text.push(')');
        }
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn genshin() -> [FieldRule; 2] {
        let servers = ["os_asia", "os_usa", "os_euro", "os_cht"];
        let servers = servers.map(str::to_owned).to_vec();
        [
            FieldRule::Digits { min: 9, max: 10 },
            FieldRule::OneOf(servers),
        ]
    }

    /// Name and tag of a Riot ID.
    const RIOT: [FieldRule; 2] = [FieldRule::Text { max: 16 }, FieldRule::Text { max: 5 }];

    fn read(raw: &str, rules: &[FieldRule]) -> Result<String, DestinationError> {
        let rules: Vec<&FieldRule> = rules.iter().collect();
        let found = Destination::of_fields(raw, &rules)?;
        Ok(found.destination.as_str().to_owned())
    }

    #[rstest]
    #[case("800012345(os_asia)")]
    #[case(" 800012345 ( os_asia ) ")]
    #[case("800012345|os_asia")]
    #[case("800012345, os_asia")]
    #[case("800012345-os_asia")]
    #[case("800012345 os_asia")]
    #[case("800012345/os_asia")]
    fn inv_19_every_writing_of_a_player_and_server_is_one_destination(#[case] raw: &str) {
        assert_eq!(read(raw, &genshin()).unwrap(), "800012345(os_asia)");
    }

    #[rstest]
    #[case("", DestinationError::Empty)]
    #[case("800012345", DestinationError::NotFields { count: 2 })]
    #[case("800012345(os_asia)(x)", DestinationError::NotFields { count: 2 })]
    #[case("800012345(os_mars)", DestinationError::NotFields { count: 2 })]
    #[case("800012345(os_asia", DestinationError::NotFields { count: 2 })]
    #[case("800012345((os_asia))", DestinationError::NotFields { count: 2 })]
    #[case("80001234５(os_asia)", DestinationError::NotAscii)]
    fn what_is_not_the_fields_is_refused(#[case] raw: &str, #[case] expected: DestinationError) {
        assert_eq!(read(raw, &genshin()), Err(expected));
    }

    #[rstest]
    #[case("Pemain Satu#ID1", Ok("Pemain Satu(ID1)"))]
    #[case("a-b#c", Err(DestinationError::Ambiguous))]
    #[case("a-b(c)", Ok("a-b(c)"))]
    #[case("a;b#c", Err(DestinationError::NotFields { count: 2 }))]
    fn what_can_be_read_in_two_ways_is_refused(
        #[case] raw: &str,
        #[case] expected: Result<&str, DestinationError>,
    ) {
        assert_eq!(read(raw, &RIOT), expected.map(str::to_owned));
    }

    #[test]
    fn one_field_is_told_as_it_is() {
        let rule = [FieldRule::Text { max: 20 }];
        assert_eq!(read(" nama-pemain_1 ", &rule).unwrap(), "nama-pemain_1");
        assert!(read("nama(1)", &rule).is_err());
    }

    proptest! {
        #[test]
        fn t_05_the_normal_form_is_stable_and_taken_apart_again(raw in "[ -~]{0,40}|[A-Za-z0-9 #(),|-]{0,30}") {
            for rules in [RIOT.to_vec(), genshin().to_vec(), [RIOT.as_slice(), RIOT.as_slice()].concat()] {
                if let Ok(once) = read(&raw, &rules) {
                    prop_assert_eq!(&read(&once, &rules).unwrap(), &once);
                    let stored: Destination = serde_json::from_value(once.clone().into()).unwrap();
                    let values = stored.parts(rules.len()).unwrap();
                    prop_assert!(values.iter().zip(&rules).all(|(value, rule)| rule.accepts(value)));
                    prop_assert_eq!(joined(&values), once);
                }
            }
        }
    }
}
