//! How money without an order is remembered: the one form in which its source and its reference are compared (D37).

use std::fmt;

use sha2::{Digest, Sha256};

use super::books::MoneyMove;
use super::error::OperationError;
use super::lost;
use crate::ids::{SubjectId, SupplierRef};

/// Where a movement is written down, once it has kept the rules.
pub(super) struct Written {
    source: String,
    reference: String,
}

impl Written {
    /// What a restore lost is named by our reference at the supplier, which callbacks spell in their own way: read as that, or refused.
    pub(super) fn of(money: &MoneyMove) -> Result<Self, OperationError> {
        check_name("source", &money.source)?;
        check_name("reference", &money.reference)?;
        let (source, reference) = (money.source.clone(), money.reference.clone());
        if !source.eq_ignore_ascii_case(lost::SOURCE) {
            return Ok(Self { source, reference });
        }
        let our_ref = SupplierRef::parse(&reference).ok_or(OperationError::Field {
            field: "reference",
            rule: "of the source restore: our reference at the supplier, at most 20 letters and digits",
        })?;
        Ok(Self {
            source: lost::SOURCE.to_owned(),
            reference: our_ref.to_string(),
        })
    }

    pub(super) fn subject(&self, kind: &str) -> SubjectId {
        subject_of(kind, &self.source, &self.reference)
    }
}

/// As the log shows it: as it was written the first time.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.reference)
    }
}

/// A text that a person writes into the log.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), OperationError> {
    if !(1..=128).contains(&text.len()) || text.chars().any(char::is_control) {
        return Err(OperationError::Field {
            field,
            rule: "1 to 128 bytes of UTF-8 without control characters",
        });
    }
    Ok(())
}

/// A text by which something is found again: a blank that nobody sees would make it another.
fn check_name(field: &'static str, text: &str) -> Result<(), OperationError> {
    if check_text(field, text).is_err() || text.trim() != text {
        return Err(OperationError::Field {
            field,
            rule: "1 to 128 bytes of UTF-8 without control characters and without blanks at the ends",
        });
    }
    Ok(())
}

/// The subject of money without an order, of its transfers and its log row: the same kind (`deposit`, `float`), source and reference give the same subject
/// for ever, on every store. ASCII letters are the same in upper and lower case, so that what two people write down for one movement is one.
pub fn subject_of(kind: &str, source: &str, reference: &str) -> SubjectId {
    let mut hash = Sha256::new();
    for part in [kind, source, reference] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part.to_ascii_lowercase());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    SubjectId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured_as_its_rule_says() {
        let rule_of = |text: &str| match check_text("note", text) {
            Ok(()) => None,
            Err(OperationError::Field { rule, .. }) => Some(rule),
            Err(other) => panic!("{other}"),
        };
        let rule = Some("1 to 128 bytes of UTF-8 without control characters");
        // Two bytes each.
        assert_eq!(rule_of(&"é".repeat(64)), None);
        assert_eq!(rule_of(&"é".repeat(65)), rule);
        assert_eq!(rule_of(&"e".repeat(128)), None);
        assert_eq!(rule_of(&"e".repeat(129)), rule);
        assert_eq!(rule_of(""), rule);
        assert_eq!(rule_of("a\nb"), rule);
    }
}
