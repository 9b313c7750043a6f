//! A vault for tests: what was sealed for one row opens for no other.

use eraflazz_core::ports::{Vault, VaultError};
use secrecy::SecretSlice;

pub(crate) struct SampleVault;

impl Vault for SampleVault {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let turned = plain.iter().map(|byte| !byte);
        Ok(context.bytes().chain([0]).chain(turned).collect())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        let turned = sealed
            .strip_prefix(context.as_bytes())
            .and_then(|rest| rest.strip_prefix(&[0]))
            .ok_or(VaultError::NotOpened)?;
        let plain: Vec<u8> = turned.iter().map(|byte| !byte).collect();
        Ok(plain.into())
    }
}
