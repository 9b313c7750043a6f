//! The one seam through which secrets pass on their way to and from a record (D34).

use secrecy::SecretSlice;

/// Seals what must not lie open on a disk. A store hands every secret through it before it writes and after it reads; whoever opens a store says
/// which vault, so nothing is sealed with nothing by default.
pub trait Vault: Send + Sync {
    /// `plain`, sealed for `context`: the row that it belongs to, as text that never changes for that row (`key/ek_live_1`). Only the same context
    /// opens it again, so that sealed values cannot be swapped between rows. Sealing the same value again may give other bytes; both open.
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError>;

    /// What was sealed for `context`. Any other context, key or byte is an error; nothing is ever half opened.
    fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, VaultError>;
}

/// What a vault could not do. Says no more, so that it can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Nothing was sealed: the vault is out of reach or out of dice. May be tried again.
    #[error("a secret could not be sealed")]
    NotSealed,
    /// The sealed value does not open, now or ever.
    #[error(
        "a sealed value cannot be opened: it was sealed under another key or for another row, or it is damaged"
    )]
    NotOpened,
}
