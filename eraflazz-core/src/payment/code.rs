//! References of a payment: ours and the gateway's.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{Epoch, Installation, RefShape, SupplierRef};
use crate::text::{TextError, TheirRef};
use crate::time::Timestamp;

const CHARS: usize = 20;

/// Our reference of a payment at a gateway: 20 characters of `A-Z 0-9`, the last one a letter. Minted once per create and never used again.
///
/// The fixed length and the closing letter keep the boundary between it and the amount that follows it in signed texts (T-5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentCode([u8; CHARS]);

impl PaymentCode {
    /// The rule in words.
    pub const RULE: &'static str = "20 characters of A-Z 0-9, the last one a letter";

    /// Mints a code from this moment and these dice, as references at suppliers are minted (D10).
    pub fn mint(
        installation: Installation,
        epoch: Epoch,
        now: Timestamp,
        random: &[u8; 10],
    ) -> Self {
        let minted = SupplierRef::mint(RefShape::Alphanumeric, installation, epoch, now, random);
        let mut bytes = [b'Z'; CHARS];
        for (slot, byte) in bytes.iter_mut().zip(minted.as_str().bytes()) {
            *slot = byte;
        }
        Self(bytes)
    }

    /// The code in `text`, if it keeps the rule.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let refused = TextError { rule: Self::RULE };
        let bytes: [u8; CHARS] = text.as_bytes().try_into().map_err(|_| refused)?;
        let is_code = bytes
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && bytes.last().is_some_and(u8::is_ascii_uppercase);
        if is_code {
            Ok(Self(bytes))
        } else {
            Err(refused)
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for PaymentCode {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::parse(&text)
    }
}

impl From<PaymentCode> for String {
    fn from(code: PaymentCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for PaymentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PaymentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaymentCode({self})")
    }
}

/// What a payment is asked about by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRef {
    /// Our reference.
    pub ours: PaymentCode,
    /// The gateway's id of the payment (Midtrans `transaction_id`, Tripay `reference`), once known. What is credited is this one (INV-22).
    pub theirs: Option<TheirRef>,
    /// The gateway's id of a standing code, which takes many payments ([`Amount::Open`](super::Amount::Open)).
    pub standing: Option<TheirRef>,
}

impl PaymentRef {
    /// A payment of which only our own reference is known: the answer to its create was lost, or is still to come.
    pub const fn ours(ours: PaymentCode) -> Self {
        Self {
            ours,
            theirs: None,
            standing: None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn t_05_a_code_has_one_length_and_ends_in_a_letter() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let epoch = Epoch::default();
        let code = PaymentCode::mint(Installation::DEFAULT, epoch, now, &[7; 10]);
        assert_eq!(PaymentCode::parse(code.as_str()), Ok(code));
        for bad in [
            "",
            "E0001KDVDYMR00G70RZ",
            "E0001KDVDYMR00G70R700",
            "E0001KDVDYMR00G70R71",
            "e0001kdvdymr00g70r7z",
            "E0001KDVDYMR00G|0R7Z",
        ] {
            assert!(PaymentCode::parse(bad).is_err(), "{bad}");
        }
        let json = serde_json::to_string(&code).unwrap();
        assert_eq!(serde_json::from_str::<PaymentCode>(&json).unwrap(), code);
    }
}
