//! The secret of an endpoint.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What an endpoint's messages are signed with: 32 bytes, written as `whsec_` and their standard base64 (Standard Webhooks). Prints nothing and
/// cannot be serialised: stores seal it on their own.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct HookSecret(SecretString);

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not have the shape of one.
    #[error("a secret is `whsec_` and the base64 of 32 bytes")]
    Shape,
    /// All its bytes are the same: nobody rolled dice for it (T-7).
    #[error("a secret is 32 random bytes")]
    Weak,
}

const PREFIX: &str = "whsec_";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Characters that carry 32 bytes, before the one `=` that fills the last group.
const DIGITS: usize = 43;

impl HookSecret {
    /// The secret written as `text`.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let digits = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix('='))
            .ok_or(SecretError::Shape)?
            .as_bytes();
        let places: Option<Vec<usize>> = digits
            .iter()
            .map(|digit| ALPHABET.iter().position(|known| known == digit))
            .collect();
        let places = places.ok_or(SecretError::Shape)?;
        // The last digit carries four bits; the other two must be zero, or the same bytes would have several texts.
        if places.len() != DIGITS || places.last().is_some_and(|last| last % 4 != 0) {
            return Err(SecretError::Shape);
        }
        // Equal bytes repeat every four digits.
        if places[..DIGITS - 1]
            .windows(5)
            .all(|part| part[0] == part[4])
        {
            return Err(SecretError::Weak);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The secret of these 32 bytes, which the caller rolled.
    pub fn mint(bytes: &[u8; 32]) -> Result<Self, SecretError> {
        let mut text = String::with_capacity(PREFIX.len() + DIGITS + 1);
        text.push_str(PREFIX);
        for group in bytes.chunks(3) {
            let word = (0..3).fold(0_u32, |word, place| {
                word << 8 | u32::from(group.get(place).copied().unwrap_or(0))
            });
            for digit in 0..=group.len() {
                let place = word >> (18 - 6 * digit) & 63;
                let place = usize::try_from(place).unwrap_or(0);
                text.push(char::from(ALPHABET[place]));
            }
        }
        text.push('=');
        Self::new(&text)
    }

    /// The text: for signing, and for showing it once to whoever must put it into the receiver.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl TryFrom<String> for HookSecret {
    type Error = SecretError;

    fn try_from(text: String) -> Result<Self, SecretError> {
        Self::new(&text)
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret(***)")
    }
}

impl PartialEq for HookSecret {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.expose().as_bytes(), other.expose().as_bytes()).into()
    }
}

impl Eq for HookSecret {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Checked with `printf 0123456789abcdef0123456789abcdef | base64`.
    const SAMPLE: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    #[test]
    fn bytes_are_written_in_base64() {
        let secret = HookSecret::mint(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(secret.expose(), SAMPLE);
        assert_eq!(HookSecret::new(SAMPLE), Ok(secret));
    }

    proptest! {
        #[test]
        fn every_minted_secret_is_read_again(bytes: [u8; 32]) {
            let minted = HookSecret::mint(&bytes).unwrap();
            prop_assert_eq!(HookSecret::new(minted.expose()), Ok(minted));
        }
    }

    #[rstest]
    #[case("")]
    #[case("whsec_")]
    #[case("null")]
    #[case("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")]
    #[case::short("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ==")]
    #[case::long("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYw")]
    #[case::not_padded("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY")]
    #[case::not_canonical("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ=")]
    #[case::not_base64("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZW-=")]
    fn t_07_what_is_no_secret_is_refused(#[case] text: &str) {
        assert_eq!(HookSecret::new(text), Err(SecretError::Shape));
    }

    #[test]
    fn t_07_a_secret_without_dice_is_refused() {
        for byte in [0, 0x41, 0xFF] {
            assert_eq!(HookSecret::mint(&[byte; 32]), Err(SecretError::Weak));
        }
    }

    #[test]
    fn inv_37_a_printed_secret_says_nothing() {
        let secret = HookSecret::new(SAMPLE).unwrap();
        assert_eq!(format!("{secret:?}"), "HookSecret(***)");
    }
}
