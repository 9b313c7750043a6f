//! Secrets at rest: AES-256-GCM under one key from the environment.
//!
//! A sealed value is `version (1) · nonce (12) · ciphertext · tag (16)`, with the row that it belongs to as associated data: moved to another row
//! it does not open. Nonces are random; a key is good for far more seals than a house has secrets.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use eraflazz_core::ports::{Vault, VaultError};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;

/// The vault of this server.
pub struct KeyVault(RandomizedNonceKey);

impl KeyVault {
    /// What a key looks like, in words.
    pub const RULE: &'static str = "64 hexadecimal digits, as `openssl rand -hex 32` prints them";

    /// What is told where none is given: without one nothing is kept on disk.
    pub fn required() -> String {
        format!(
            "required to keep anything on disk: {}. Without the same key the folder does not open again, so keep a copy elsewhere. For a trial that forgets everything: store.kind = \"memory\"",
            Self::RULE
        )
    }

    /// A vault under a key that nobody knows and that ends with the process; `None` without dice.
    pub fn thrown_away() -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut key).ok()?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).ok()?;
        Some(Self(key))
    }

    /// The vault under the key that `text` spells; `None` if it spells none.
    pub fn new(text: &SecretString) -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        let text = text.expose_secret();
        let decoded = base16ct::mixed::decode(text, &mut key).ok()?;
        let varied = decoded.iter().any(|byte| Some(byte) != decoded.first());
        (decoded.len() == KEY_BYTES && varied)
            .then(|| RandomizedNonceKey::new(&AES_256_GCM, decoded).ok())
            .flatten()
            .map(Self)
    }
}

impl Vault for KeyVault {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut text = plain.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(context), &mut text)
            .map_err(|_| VaultError::NotSealed)?;
        let head = std::iter::once(VERSION).chain(nonce.as_ref().iter().copied());
        Ok(head.chain(text).collect())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        let (version, rest) = sealed.split_first().ok_or(VaultError::NotOpened)?;
        let (nonce, text) = rest
            .split_at_checked(NONCE_LEN)
            .filter(|_| *version == VERSION)
            .ok_or(VaultError::NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::NotOpened)?;
        let mut text = text.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(context), &mut text)
            .map_err(|_| VaultError::NotOpened)?;
        Ok(plain.to_vec().into())
    }
}

impl fmt::Debug for KeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyVault")
    }
}

/// A vault without a key, for whoever looks at everything but secrets: each is taken for the same stand-in, which signs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unopened;

impl Unopened {
    /// It has the shape of every kind of secret that is kept.
    const STAND_IN: &'static str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
}

impl Vault for Unopened {
    fn seal(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError::NotSealed)
    }

    fn open(&self, _: &str, _: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        Ok(Self::STAND_IN.as_bytes().to_vec().into())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn vault(key: &str) -> KeyVault {
        KeyVault::new(&SecretString::from(key)).unwrap()
    }

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    #[test]
    fn t_21_what_is_sealed_for_one_row_opens_for_it_alone() {
        let vault = vault(KEY);
        let sealed = vault.seal("key/a", b"a secret").unwrap();
        let plain = vault.open("key/a", &sealed).unwrap();
        assert_eq!(plain.expose_secret(), b"a secret");
        assert_eq!(
            vault.open("key/b", &sealed).unwrap_err(),
            VaultError::NotOpened
        );
        assert!(!sealed.windows(8).any(|bytes| bytes == b"a secret"));
    }

    #[test]
    fn t_21_no_changed_byte_and_no_other_key_opens_it() {
        let sealed = vault(KEY).seal("key/a", b"a secret").unwrap();
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(vault(KEY).open("key/a", &bad).is_err(), "byte {at}");
            assert!(
                vault(KEY).open("key/a", &sealed[..at]).is_err(),
                "{at} bytes"
            );
        }
        let other = vault(&KEY.replace('1', "2"));
        assert!(other.open("key/a", &sealed).is_err());
    }

    #[test]
    fn t_21_each_seal_has_a_nonce_of_its_own() {
        let vault = vault(KEY);
        assert_ne!(
            vault.seal("a", b"x").unwrap(),
            vault.seal("a", b"x").unwrap()
        );
    }

    #[test]
    fn t_07_a_key_is_32_bytes_that_are_not_all_the_same() {
        for none in [
            "",
            "00",
            &KEY[2..],
            &format!("{KEY}00"),
            &"0".repeat(64),
            &"g".repeat(64),
        ] {
            assert!(KeyVault::new(&SecretString::from(none)).is_none(), "{none}");
        }
    }
}
