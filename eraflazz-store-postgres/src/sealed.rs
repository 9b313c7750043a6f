//! Keys and endpoints on their way to the database and back: everything as it is but the secrets, which go through the vault.

use eraflazz_core::ids::MemberId;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scopes};
use eraflazz_core::ports::{Vault, VaultError};
use eraflazz_core::text::KeyId;
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Format, HookSecret, Report, Signing};
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

/// An endpoint whose secrets are sealed for it alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealedEndpoint {
    member: MemberId,
    url: EndpointUrl,
    format: SealedFormat,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum SealedFormat {
    Standard {
        secret: Vec<u8>,
        old: Option<Vec<u8>>,
    },
    LegacyGet(Report),
    LegacyPost(Report),
}

impl SealedEndpoint {
    pub(crate) fn seal(endpoint: &Endpoint, vault: &dyn Vault) -> Result<Self, VaultError> {
        let Endpoint {
            member,
            url,
            format,
        } = endpoint;
        let seal = |secret: &HookSecret, which| {
            vault.seal(&hook_context(*member, which), secret.expose().as_bytes())
        };
        let format = match format {
            Format::Standard(Signing { secret, old }) => SealedFormat::Standard {
                secret: seal(secret, "new")?,
                old: old.as_ref().map(|old| seal(old, "old")).transpose()?,
            },
            Format::LegacyGet(report) => SealedFormat::LegacyGet(report.clone()),
            Format::LegacyPost(report) => SealedFormat::LegacyPost(report.clone()),
        };
        Ok(Self {
            member: *member,
            url: url.clone(),
            format,
        })
    }

    pub(crate) fn open(self, vault: &dyn Vault) -> Result<Endpoint, VaultError> {
        let open = |sealed: &[u8], which| {
            let plain = vault.open(&hook_context(self.member, which), sealed)?;
            let text =
                std::str::from_utf8(plain.expose_secret()).map_err(|_| VaultError::NotOpened)?;
            HookSecret::new(text).map_err(|_| VaultError::NotOpened)
        };
        let format = match self.format {
            SealedFormat::Standard { secret, old } => Format::Standard(Signing {
                secret: open(&secret, "new")?,
                old: old.map(|old| open(&old, "old")).transpose()?,
            }),
            SealedFormat::LegacyGet(report) => Format::LegacyGet(report),
            SealedFormat::LegacyPost(report) => Format::LegacyPost(report),
        };
        Ok(Endpoint {
            member: self.member,
            url: self.url,
            format,
        })
    }
}

/// What a secret of an endpoint is sealed for.
fn hook_context(member: MemberId, which: &str) -> String {
    format!("endpoint/{member}/{which}")
}
