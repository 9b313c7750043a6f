//! The check of keys and secrets that gateways give out. Pure; nothing here shows a value.

use secrecy::{ExposeSecret, SecretString};

/// Shortest key or secret that an adapter starts with (T-7).
const SECRET_BYTES_MIN: usize = 16;

/// Marks of keys that nobody meant to use.
const SAMPLE_WORDS: [&str; 9] = [
    "sample",
    "example",
    "changeme",
    "change-me",
    "change_me",
    "your-",
    "your_",
    "placeholder",
    "xxxx",
];
/// Printed in documentation, ours included.
const PUBLISHED: [&str; 4] = [
    "eraflazz-private-key-0001",
    "ytf6ooi2gmlnpfpchd94jdok8hrwou",
    "sb-mid-server-eraflazzdemokey01",
    "sb-mid-server-abc123cde456",
];

/// Refuses keys that are missing, short, or were never meant to be used (T-7); the error is the rule. Samples pass only towards
/// this machine (`here`), where nothing but a sandbox can answer.
pub(crate) fn secret(value: &SecretString, here: bool) -> Result<(), &'static str> {
    let text = value.expose_secret();
    if text.len() < SECRET_BYTES_MIN || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("at least 16 printable ASCII characters without blanks");
    }
    let first = text.as_bytes().first();
    if text.bytes().all(|b| Some(&b) == first) {
        return Err("not one character over and over");
    }
    let folded = text.to_ascii_lowercase();
    let is_sample = SAMPLE_WORDS.iter().any(|word| folded.contains(word))
        || PUBLISHED.contains(&folded.as_str());
    if is_sample && !here {
        return Err("a key of your own (samples pass only if base_url is this machine)");
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("")]
    #[case::blanks("                    ")]
    #[case::null("null")]
    #[case::short("fifteen-bytes-x")]
    #[case::blank_inside("k9wq Vt3n 61zz Lm8r")]
    #[case::newline_at_the_end("k9wq-Vt3n-61zz-Lm8r\n")]
    #[case::repeated("0000000000000000000000")]
    fn t_07_an_empty_or_short_key_passes_nowhere(#[case] key: &str) {
        for here in [true, false] {
            assert!(secret(&key.into(), here).is_err());
        }
    }

    #[rstest]
    #[case("sample-hook-secret")]
    #[case("CHANGEME-changeme")]
    #[case("your-webhook-secret")]
    #[case("eraflazz-private-key-0001")]
    #[case("SB-Mid-server-EraflazzDemoKey01")]
    fn t_07_a_sample_key_passes_only_towards_this_machine(#[case] key: &str) {
        assert!(secret(&key.into(), false).is_err());
        secret(&key.into(), true).unwrap();
    }

    #[test]
    fn a_key_of_ones_own_passes() {
        secret(&"k9wq-Vt3n-61zz-Lm8r".into(), false).unwrap();
    }
}
