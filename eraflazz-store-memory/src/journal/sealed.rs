//! Keys on their way to the disk and back: everything as it is but the secret, which goes through the vault.

use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scopes};
use eraflazz_core::ports::{Vault, VaultError};
use eraflazz_core::text::KeyId;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A key whose secret is sealed for it alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealedKey {
    id: KeyId,
    holder: KeyHolder,
    secret: Vec<u8>,
    scopes: Scopes,
    networks: Vec<IpNet>,
    state: KeyState,
}

impl SealedKey {
    pub(crate) fn seal(key: &ApiKey, vault: &dyn Vault) -> Result<Self, VaultError> {
        let ApiKey {
            id,
            holder,
            secret,
            scopes,
            networks,
            state,
        } = key;
        Ok(Self {
            secret: vault.seal(&context(id), secret.expose_secret().as_bytes())?,
            id: id.clone(),
            holder: holder.clone(),
            scopes: *scopes,
            networks: networks.clone(),
            state: *state,
        })
    }

    pub(crate) fn open(self, vault: &dyn Vault) -> Result<ApiKey, VaultError> {
        let plain = vault.open(&context(&self.id), &self.secret)?;
        let secret =
            std::str::from_utf8(plain.expose_secret()).map_err(|_| VaultError::NotOpened)?;
        Ok(ApiKey {
            secret: SecretString::from(secret),
            id: self.id,
            holder: self.holder,
            scopes: self.scopes,
            networks: self.networks,
            state: self.state,
        })
    }
}

/// What the secret of a key is sealed for.
fn context(id: &KeyId) -> String {
    format!("key/{id}")
}
