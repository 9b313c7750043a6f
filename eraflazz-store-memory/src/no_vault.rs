//! For tests in which no secret is written.

use eraflazz_core::ports::{Vault, VaultError};
use secrecy::SecretSlice;

pub(crate) struct NoVault;

impl Vault for NoVault {
    fn seal(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError::NotSealed)
    }

    fn open(&self, _: &str, _: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        Err(VaultError::NotOpened)
    }
}
