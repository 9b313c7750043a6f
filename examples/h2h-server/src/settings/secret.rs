//! Secrets that are none (T-7).

use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};

/// Fewest bytes of a secret that signs or verifies (money-safety 8.1).
pub const SECRET_BYTES_MIN: usize = 16;

/// What a sample or placeholder is told.
pub(super) const PLACEHOLDER: &str = "is a placeholder: put your own here";

/// Placeholders that people leave behind. Compared without case and without what surrounds letters and digits.
const PLACEHOLDERS: [&str; 14] = [
    "null",
    "none",
    "nil",
    "undefined",
    "true",
    "false",
    "secret",
    "password",
    "changeme",
    "apikey",
    "todo",
    "test",
    "rahasia",
    "gantiini",
];

/// The values in the sample files that come with this program, so that the list cannot drift from them.
static SAMPLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let samples = [
        include_str!("../../.env.example"),
        include_str!("../../settings.example.toml"),
        include_str!("../../seed.example.toml"),
    ];
    samples
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| {
            ["KEY", "SECRET"]
                .iter()
                .any(|word| line.to_uppercase().contains(word))
        })
        .filter_map(|line| line.split_once('='))
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
        // A switch is no secret, whatever its name.
        .filter(|value| !matches!(*value, "" | "true" | "false"))
        .collect()
});

/// Whether this is a placeholder that somebody left behind, however short what belongs there is.
pub(super) fn is_placeholder(text: &str) -> bool {
    let word: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SAMPLES.contains(&text) || PLACEHOLDERS.contains(&word.as_str())
}

/// Whether a secret can be one; the error is the rule that it breaks. A refused secret is never used, not even to compare.
pub fn usable_secret(secret: &SecretString) -> Result<(), &'static str> {
    let text = secret.expose_secret();
    if text.trim().is_empty() {
        return Err("must not be empty");
    }
    if text.trim() != text || text.bytes().any(|b| b.is_ascii_control()) {
        return Err("must not start or end with a blank or hold control characters");
    }
    if is_placeholder(text) {
        return Err(PLACEHOLDER);
    }
    if text.len() < SECRET_BYTES_MIN {
        return Err("must have at least 16 bytes");
    }
    let first = text.chars().next();
    if text.chars().all(|c| Some(c) == first) {
        return Err(PLACEHOLDER);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "must not be empty")]
    #[case("   ", "must not be empty")]
    #[case("\t\n", "must not be empty")]
    #[case("null", "is a placeholder: put your own here")]
    #[case("<API-KEY>", "is a placeholder: put your own here")]
    #[case("Change Me!", "is a placeholder: put your own here")]
    #[case("xxxxxxxxxxxxxxxxxxxxxxxx", "is a placeholder: put your own here")]
    #[case("fifteen-bytes-x", "must have at least 16 bytes")]
    #[case(
        " 0123456789abcdef",
        "must not start or end with a blank or hold control characters"
    )]
    #[case(
        "0123456789\nabcdef",
        "must not start or end with a blank or hold control characters"
    )]
    fn t_07_what_is_no_secret_is_refused(#[case] text: &str, #[case] rule: &str) {
        assert_eq!(
            usable_secret(&SecretString::from(text)),
            Err(rule),
            "{text:?}"
        );
    }

    #[test]
    fn t_07_the_secrets_of_the_sample_files_are_refused() {
        assert_eq!(SAMPLES.len(), 5);
        for sample in SAMPLES.iter() {
            assert!(sample.len() >= SECRET_BYTES_MIN, "{sample}");
            assert_eq!(
                usable_secret(&SecretString::from(*sample)),
                Err("is a placeholder: put your own here")
            );
        }
    }

    #[test]
    fn a_secret_of_sixteen_bytes_is_one() {
        assert_eq!(
            usable_secret(&SecretString::from("0123456789abcdef")),
            Ok(())
        );
    }
}
