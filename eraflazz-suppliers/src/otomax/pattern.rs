//! Patterns that an operator wrote for one server, tried before the generic ones. Pure.
//!
//! `OtomaX`'s users write such patterns with named groups: `R#[refid] .*?[product]\.[dest] SUKSES\. SN: (?<sn>.+?)\. Saldo`. Here they are linear-time
//! (no look-around, no back-references), bounded in size and number, and bound like everything else: `[refid]`, `[product]` and `[dest]` stand for what was
//! asked about, and a reply that is not about it is not read, whatever matches.

use eraflazz_core::supplier::{Claim, Formed, Reason};
use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use super::text::Asked;

/// Most patterns of one server.
pub(super) const PATTERNS_MAX: usize = 64;
/// Longest pattern, in bytes.
const BYTES_MAX: usize = 1_000;
/// Most memory that a compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 512 * 1024;
/// Deepest nesting of groups.
const NESTING_MAX: u32 = 32;

/// What a reply that matches says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// Delivered.
    Delivered,
    /// Accepted, in process.
    Pending,
    /// Failed for good, after it had been taken.
    Failed,
    /// Failed, and may still turn out delivered.
    PerhapsFailed,
    /// Refused before there was a transaction.
    Refused,
    /// The account is refused: PIN, address, suspended.
    AccountFault,
    /// Nothing that can be relied on.
    Unclear,
}

impl Says {
    pub(super) fn claim(self) -> (Claim, Reason) {
        let refused = |formed| Claim::Refused { formed };
        match self {
            Self::Delivered => (Claim::Delivered, Reason::None),
            Self::Pending => (Claim::Pending, Reason::None),
            Self::Failed => (refused(Formed::Yes), Reason::None),
            Self::PerhapsFailed => (refused(Formed::Doubtful), Reason::Timeout),
            Self::Refused => (refused(Formed::No), Reason::Other),
            Self::AccountFault => (refused(Formed::No), Reason::AccountFault),
            Self::Unclear => (Claim::Unclear, Reason::Other),
        }
    }
}

/// A pattern and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What a reply that matches says.
    pub says: Says,
    /// The pattern, without regard to letter case. Named groups: `sn`, `harga` or `price`, `saldo` or `after`, `trxid`.
    pub regex: String,
}

/// Refused, with the rule that it breaks.
pub type PatternRule = &'static str;

impl Pattern {
    /// Whether it can be used; the error is the rule that it breaks.
    pub fn check(&self) -> Result<(), PatternRule> {
        if !(1..=BYTES_MAX).contains(&self.regex.len()) {
            return Err("1 to 1000 bytes");
        }
        let compiled = self.with("900001", "S10", "081234567890")?;
        if compiled.is_match("") {
            return Err("a pattern that does not match the empty text");
        }
        let is_unbound = !["[refid]", "[dest]"]
            .iter()
            .any(|token| self.regex.contains(token));
        if self.says == Says::Delivered && is_unbound {
            return Err("a delivery names what it is about: [refid] or [dest]");
        }
        Ok(())
    }

    /// The pattern about what was asked.
    pub(super) fn about(&self, asked: &Asked<'_>) -> Option<Regex> {
        let names = (asked.supplier_ref, asked.sku, asked.target);
        self.with(names.0.as_str(), names.1.as_str(), names.2.as_str())
            .ok()
    }

    fn with(&self, refid: &str, product: &str, dest: &str) -> Result<Regex, PatternRule> {
        let text = self
            .regex
            .replace("[refid]", &regex::escape(refid))
            .replace("[product]", &regex::escape(product))
            .replace("[dest]", &regex::escape(dest));
        RegexBuilder::new(&text)
            .case_insensitive(true)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .nest_limit(NESTING_MAX)
            .build()
            .map_err(|error| {
                if matches!(error, regex::Error::CompiledTooBig(_)) {
                    "a smaller pattern: this one grows too large"
                } else {
                    "a linear-time pattern: no look-around, no back-references, every bracket closed"
                }
            })
    }
}

/// What the patterns together say: nothing if none matches, and nothing to be relied on if those that match do not agree.
pub(super) fn read<'t>(
    patterns: &[Pattern],
    asked: &Asked<'_>,
    text: &'t str,
) -> Option<Match<'t>> {
    let mut found = patterns.iter().filter_map(|pattern| {
        let regex = pattern.about(asked)?;
        let groups = regex.captures(text)?;
        Some(Match {
            says: pattern.says,
            told: Told::read(&groups),
        })
    });
    let first = found.next()?;
    if found.all(|other| other.says == first.says) {
        Some(first)
    } else {
        Some(Match {
            says: Says::Unclear,
            told: Told::default(),
        })
    }
}

/// What matched.
#[derive(Debug)]
pub(super) struct Match<'t> {
    pub(super) says: Says,
    pub(super) told: Told<'t>,
}

/// The named groups of a match.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told<'t> {
    pub(super) sn: Option<&'t str>,
    pub(super) price: Option<&'t str>,
    pub(super) balance: Option<&'t str>,
    pub(super) their_ref: Option<&'t str>,
}

impl<'t> Told<'t> {
    fn read(groups: &Captures<'t>) -> Self {
        let group = |names: [&str; 2]| {
            let mut found = names.iter().filter_map(|name| groups.name(name));
            found.next().map(|found| found.as_str())
        };
        Self {
            sn: group(["sn", "ref"]),
            price: group(["harga", "price"]),
            balance: group(["after", "saldo"]),
            their_ref: group(["trxid", "their_ref"]),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pattern(says: Says, regex: &str) -> Pattern {
        Pattern {
            says,
            regex: regex.to_owned(),
        }
    }

    #[rstest]
    #[case("", "1 to 1000 bytes")]
    #[case("(?=x)[dest]", "a linear-time pattern")]
    #[case(r"[dest] (x)\1", "a linear-time pattern")]
    #[case("[dest] (", "a linear-time pattern")]
    #[case(r"[dest] (\w{200}){200}", "a smaller pattern")]
    #[case("(?:[dest])?", "a pattern that does not match the empty text")]
    #[case("OKE BOS", "a delivery names what it is about")]
    fn a_pattern_that_cannot_be_used_is_refused_by_its_rule(
        #[case] regex: &str,
        #[case] rule: &str,
    ) {
        let told = pattern(Says::Delivered, regex).check().unwrap_err();
        assert!(told.starts_with(rule), "{told}");
    }

    #[test]
    fn a_pattern_of_a_thousand_bytes_is_the_longest() {
        let long = |bytes: usize| pattern(Says::Pending, &"x".repeat(bytes)).check();
        long(1_000).unwrap();
        long(1_001).unwrap_err();
    }

    #[test]
    fn what_stands_for_a_name_is_taken_literally() {
        let any = pattern(Says::Delivered, r"[product]\.[dest] OKE");
        any.check().unwrap();
        let regex = any.with("1", "S.0", "08+12").unwrap();
        assert!(regex.is_match("s.0.08+12 oke"));
        assert!(!regex.is_match("SX0.08+12 OKE"));
        assert!(!regex.is_match("S.0.0812 OKE"));
    }
}
