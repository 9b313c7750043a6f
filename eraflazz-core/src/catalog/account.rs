//! Accounts at suppliers that a catalog keeps: what an adapter is made of, as bytes that nobody here can read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The settings of a supplier's adapter, secrets among them, sealed by whoever keeps them (D34). A catalog carries them to every process and every copy; only
/// who has the key of the vault opens them ([`Accounts`](crate::ports::Accounts)). Prints its length alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SealedAccount(Vec<u8>);

/// Bytes that cannot be a sealed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a sealed account has 1 to {} bytes, written as hexadecimal digits",
    SealedAccount::BYTES_MAX
)]
pub struct SealedAccountError;

impl SealedAccount {
    /// The longest one: settings that a person writes are far shorter.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// These sealed bytes.
    pub fn new(sealed: Vec<u8>) -> Result<Self, SealedAccountError> {
        if sealed.is_empty() || sealed.len() > Self::BYTES_MAX {
            return Err(SealedAccountError);
        }
        Ok(Self(sealed))
    }

    /// The sealed bytes.
    pub fn sealed(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAccount({} bytes)", self.0.len())
    }
}

impl From<SealedAccount> for String {
    fn from(account: SealedAccount) -> Self {
        base16ct::lower::encode_string(&account.0)
    }
}

impl TryFrom<String> for SealedAccount {
    type Error = SealedAccountError;

    fn try_from(text: String) -> Result<Self, SealedAccountError> {
        let sealed = base16ct::lower::decode_vec(text).map_err(|_| SealedAccountError)?;
        Self::new(sealed)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_prints_nothing() {
        let account = SealedAccount::new(vec![0, 1, 0xab]).unwrap();
        let text = serde_json::to_string(&account).unwrap();
        assert_eq!(text, r#""0001ab""#);
        assert_eq!(
            serde_json::from_str::<SealedAccount>(&text).unwrap(),
            account
        );
        assert_eq!(format!("{account:?}"), "SealedAccount(3 bytes)");
    }

    #[test]
    fn nothing_and_too_much_is_refused() {
        for wrong in ["", "0", "0g", "AB"] {
            assert!(
                SealedAccount::try_from(wrong.to_owned()).is_err(),
                "{wrong}"
            );
        }
        assert!(SealedAccount::new(vec![0; SealedAccount::BYTES_MAX]).is_ok());
        assert!(SealedAccount::new(vec![0; SealedAccount::BYTES_MAX + 1]).is_err());
    }
}
