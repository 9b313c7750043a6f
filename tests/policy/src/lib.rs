//! The dependency and house rules, as tests.
//!
//! Each rule is a function from text or metadata to [`Finding`]s, with a planted violation in its own unit test, so that no rule is
//! unable to fail. `tests/dependencies.rs` and `tests/house.rs` hold the rules against the real tree. What may be in the build is
//! written in `deny.toml`, which cargo-deny reads as well.
//!
//! - [`built`]: what cargo really builds: denied crates, doubled versions, features nobody may switch on.
//! - [`arrows`]: which of our crates may lean on which.
//! - [`licence`]: licence expressions against the list of the permitted.
//! - [`manifests`]: what every `Cargo.toml` of ours says.
//! - [`source`]: clock, dice, floats, unfinished code, exceptions without a reason.
//! - [`guards`]: the list of guards that `tests/guards/check` takes away.
//! - [`repository`]: what lies at the top level, and what may not be written anywhere.

use std::fmt;

pub mod arrows;
pub mod built;
pub mod cargo;
pub mod files;
pub mod guards;
pub mod licence;
pub mod manifests;
pub mod policy;
pub mod repository;
pub mod rust;
pub mod source;

/// One broken rule, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `file:line`, or the crate.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// The rule, and what to do instead.
    pub rule: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.found, self.rule)
    }
}

/// All findings, one a line, ready to be the message of a failed assertion.
pub fn report(findings: &[Finding]) -> String {
    findings.iter().fold(
        format!("{} against the house rules:\n", findings.len()),
        |text, finding| text + &finding.to_string() + "\n",
    )
}
