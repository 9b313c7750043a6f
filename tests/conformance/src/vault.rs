//! A vault for tests.

use eraflazz_core::ports::{Vault, VaultError};
use secrecy::SecretSlice;

/// Hides nothing from nobody, but keeps what a vault promises: what was sealed for one row opens for no other, and not after a byte has changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SampleVault;

impl Vault for SampleVault {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let turned = plain.iter().map(|byte| !byte);
        Ok(turned.chain(mark(context, plain)).collect())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        let (turned, found) = sealed.split_last_chunk().ok_or(VaultError::NotOpened)?;
        let plain: Vec<u8> = turned.iter().map(|byte| !byte).collect();
        if mark(context, &plain) == *found {
            Ok(plain.into())
        } else {
            Err(VaultError::NotOpened)
        }
    }
}

/// FNV-1a over both.
fn mark(context: &str, plain: &[u8]) -> [u8; 8] {
    let bytes = context.bytes().chain([0]).chain(plain.iter().copied());
    bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
        .to_le_bytes()
}
