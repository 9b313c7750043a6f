//! Licence expressions (SPDX), against the list of the permitted.

use std::collections::BTreeSet;

/// Whether `expression` can be met with licences from `allowed` alone. `A/B` is the old way to write `A OR B`. What does not parse is
/// not met.
pub fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = Reader {
        words: spaced.split_whitespace().collect(),
        at: 0,
        allowed,
    };
    let met = words.any_of();
    words.at == words.words.len() && met == Some(true)
}

struct Reader<'a> {
    words: Vec<&'a str>,
    at: usize,
    allowed: &'a BTreeSet<String>,
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }

    fn any_of(&mut self) -> Option<bool> {
        let mut met = self.all_of()?;
        while self.take("OR") {
            met |= self.all_of()?;
        }
        Some(met)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any_of()?;
            return self.take(")").then_some(met);
        }
        let mut name = (*self.words.get(self.at)?).to_owned();
        self.at += 1;
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.words.get(self.at)?);
            self.at += 1;
        }
        Some(self.allowed.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        let allowed = ["MIT", "ISC", "Apache-2.0"].map(str::to_owned).into();
        is_met(expression, &allowed)
    }

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        assert!(met("MIT"));
        assert!(met("Unlicense/MIT"));
        assert!(met("GPL-3.0 OR MIT"));
        assert!(met("ISC AND (GPL-3.0 OR MIT)"));
        assert!(met("Apache-2.0 WITH LLVM-exception OR Apache-2.0"));
    }

    #[test]
    fn what_is_not_permitted_or_not_readable_is_refused() {
        assert!(!met("GPL-3.0"));
        assert!(!met("MIT AND GPL-3.0"));
        assert!(!met("Apache-2.0 WITH LLVM-exception"));
        assert!(!met("GPL-3.0 OR MIT AND AGPL-3.0"));
        assert!(!met(""));
        assert!(!met("(MIT"));
        assert!(!met("MIT MIT"));
    }
}
