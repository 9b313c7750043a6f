//! Identifiers: newtypes, so that an attempt cannot be passed where an order is meant.
//!
//! Ids that are *minted* come from the engine's clock and dice, handed in by the caller (D10, D21): the same time and the
//! same bytes give the same id, on any machine. Suppliers, products, categories and banks are small dense numbers inside and
//! slugs in settings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::text::TextError;
use crate::time::Timestamp;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A `UUIDv7` of this moment and these ten random bytes.
            pub fn mint(now: Timestamp, random: &[u8; 10]) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// An order (transaksi). Shown to members as `trx_id`.
    OrderId
}
uuid_id! {
    /// A member (agen, reseller).
    MemberId
}
uuid_id! {
    /// A callback that waits in the inbox.
    InboxId
}
uuid_id! {
    /// A bill that a member asked about (cek tagihan).
    InquiryId
}
uuid_id! {
    /// A member's deposit through a payment gateway.
    PaymentId
}
uuid_id! {
    /// What a person must look at (kasus).
    CaseId
}
uuid_id! {
    /// What the transfers of one effect belong to: an order, a deposit, a float movement (INV-6).
    SubjectId
}

impl From<OrderId> for SubjectId {
    fn from(order: OrderId) -> Self {
        Self(order.0)
    }
}

impl From<PaymentId> for SubjectId {
    fn from(payment: PaymentId) -> Self {
        Self(payment.0)
    }
}

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl $name {
            /// The index into dense tables.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

dense_id! {
    /// A supplier, dense. Two accounts at one provider are two suppliers.
    SupplierId(u16)
}
dense_id! {
    /// A product, dense.
    ProductId(u32)
}
dense_id! {
    /// A product category, dense.
    CategoryId(u16)
}
dense_id! {
    /// A mapping (one supplier's route of one product), dense.
    MappingId(u32)
}
dense_id! {
    /// A bank account of the house.
    BankId(u16)
}

dense_id! {
    /// A payment gateway, by the number that the house gave it. In the books for ever: it is never given to another one.
    GatewayId(u16)
}

/// The number of an attempt within its order, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNo(pub u16);

impl fmt::Display for AttemptNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The epoch of the record (INV-31): raised with every restore or fail-over that may have lost commits, carried by every
/// [`SupplierRef`]. 0 to 1023.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u16);

impl Epoch {
    /// The highest epoch that two characters can carry.
    pub const MAX: u16 = 1023;

    /// The epoch with this number; `None` above [`Self::MAX`].
    pub const fn new(number: u16) -> Option<Self> {
        if number <= Self::MAX {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The letter of an installation: the first character of every [`SupplierRef`], so that two installations that share one
/// account at a provider never mint the same reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Installation(u8);

impl Installation {
    /// `E`, for who runs only one installation per supplier account.
    pub const DEFAULT: Self = Self(b'E');

    /// The installation `letter`, `A` to `Z`; `None` for anything else.
    pub const fn new(letter: char) -> Option<Self> {
        if letter.is_ascii_uppercase() {
            Some(Self(letter as u8))
        } else {
            None
        }
    }
}

impl TryFrom<char> for Installation {
    type Error = &'static str;

    fn try_from(letter: char) -> Result<Self, Self::Error> {
        Self::new(letter).ok_or("an installation is one letter, A to Z")
    }
}

impl From<Installation> for char {
    fn from(installation: Installation) -> Self {
        char::from(installation.0)
    }
}

/// What a supplier accepts as our reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefShape {
    /// 20 characters: installation letter, epoch (2), time and random (16), closing letter. Crockford base32.
    Alphanumeric,
    /// 18 digits: epoch (2), milliseconds (13), random (3).
    Digits,
}

/// Our reference at a supplier: the idempotency key of an attempt there (INV-11). Unique per supplier for ever, upper-case ASCII,
/// at most 20 characters; compared without regard to case because some suppliers change it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SupplierRef {
    len: u8,
    bytes: [u8; 20],
}

/// Crockford's base32 alphabet: no I, L, O, U.
const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl SupplierRef {
    /// Mints a reference of `shape` from the given moment and dice.
    pub fn mint(
        shape: RefShape,
        installation: Installation,
        epoch: Epoch,
        now: Timestamp,
        random: &[u8; 10],
    ) -> Self {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        let mut bytes = [0_u8; 20];
        match shape {
            RefShape::Alphanumeric => {
                bytes[0] = installation.0;
                put_base32(&mut bytes[1..3], u128::from(epoch.0));
                let random36 = random
                    .iter()
                    .take(5)
                    .fold(0_u128, |acc, b| (acc << 8) | u128::from(*b))
                    & ((1 << 36) - 1);
                put_base32(
                    &mut bytes[3..19],
                    (u128::from(millis & ((1 << 44) - 1)) << 36) | random36,
                );
                bytes[19] = b'Z';
                Self { len: 20, bytes }
            }
            RefShape::Digits => {
                let roll = random
                    .iter()
                    .take(4)
                    .fold(0_u64, |acc, b| (acc << 8) | u64::from(*b))
                    % 1000;
                put_decimal(&mut bytes[0..2], u64::from(epoch.0 % 100));
                put_decimal(&mut bytes[2..15], millis);
                put_decimal(&mut bytes[15..18], roll);
                Self { len: 18, bytes }
            }
        }
    }

    /// Reads a reference as a supplier echoes it, folding its case; `None` if it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let len = u8::try_from(text.len())
            .ok()
            .filter(|len| (1..=20).contains(len))?;
        if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let mut bytes = [0_u8; 20];
        for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
            *slot = byte.to_ascii_uppercase();
        }
        Some(Self { len, bytes })
    }

    /// The epoch in which `installation` minted it; `None` if it did not, or if that cannot be told: one of digits names no installation.
    pub fn epoch_at(&self, installation: Installation) -> Option<Epoch> {
        let is_ours = self.len == 20 && self.bytes[0] == installation.0 && self.bytes[19] == b'Z';
        let mut digits = self.bytes[1..3].iter();
        let number = digits.try_fold(0_u16, |number, byte| {
            let digit = BASE32.iter().position(|known| known == byte)?;
            Some(number * 32 + u16::try_from(digit).ok()?)
        });
        number.filter(|_| is_ours).and_then(Epoch::new)
    }

    /// The reference as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for SupplierRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SupplierRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SupplierRef({self})")
    }
}

impl Serialize for SupplierRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SupplierRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a supplier reference"))
    }
}

/// The code of an order that people read aloud: `TRX-YYYYMMDD-` and 8 base32 characters. Unique by index, minted anew on
/// collision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrxCode([u8; 21]);

impl TrxCode {
    /// Mints a code for an order of this moment.
    pub fn mint(now: Timestamp, random: &[u8; 10]) -> Self {
        let (year, month, day) = now.business_day().ymd();
        let mut bytes = *b"TRX-00000000-00000000";
        put_decimal(&mut bytes[4..8], u64::try_from(year).unwrap_or(0));
        put_decimal(&mut bytes[8..10], u64::from(month));
        put_decimal(&mut bytes[10..12], u64::from(day));
        let roll = random
            .iter()
            .skip(5)
            .fold(0_u128, |acc, b| (acc << 8) | u128::from(*b));
        put_base32(&mut bytes[13..21], roll);
        Self(bytes)
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for TrxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text of the right length. Whether there is such an order, only a store knows.
impl FromStr for TrxCode {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let rule = TextError {
            rule: "TRX-, the date and 8 characters, 21 in all",
        };
        <[u8; 21]>::try_from(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.is_ascii() && bytes.starts_with(b"TRX-"))
            .map(Self)
            .ok_or(rule)
    }
}

impl fmt::Debug for TrxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrxCode({self})")
    }
}

impl Serialize for TrxCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TrxCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn put_base32(slots: &mut [u8], mut value: u128) {
    for slot in slots.iter_mut().rev() {
        *slot = BASE32[usize::try_from(value & 31).unwrap_or(0)];
        value >>= 5;
    }
}

fn put_decimal(slots: &mut [u8], mut value: u64) {
    for slot in slots.iter_mut().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_123);

    #[test]
    fn inv_31_the_epoch_of_a_reference_is_read_from_it_if_it_is_ours() {
        let at = Timestamp::from_millis(1_790_000_000_000);
        for number in [0, 1, 31, 32, 1_023] {
            let epoch = Epoch::new(number).unwrap();
            let mint = |shape| SupplierRef::mint(shape, Installation::DEFAULT, epoch, at, &[7; 10]);
            let minted = mint(RefShape::Alphanumeric);
            assert_eq!(minted.epoch_at(Installation::DEFAULT), Some(epoch));
            assert_eq!(minted.epoch_at(Installation::new('F').unwrap()), None);
            assert_eq!(mint(RefShape::Digits).epoch_at(Installation::DEFAULT), None);
        }
        for strange in [
            "E",
            "EU123456789012345678",
            "E0I34567890123456789",
            "E001234567890123456A",
        ] {
            let strange = SupplierRef::parse(strange).unwrap();
            assert_eq!(strange.epoch_at(Installation::DEFAULT), None);
        }
    }

    #[test]
    fn inv_11_a_supplier_ref_carries_installation_and_epoch() {
        let minted = SupplierRef::mint(
            RefShape::Alphanumeric,
            Installation::new('E').unwrap(),
            Epoch::new(33).unwrap(),
            NOW,
            &[7; 10],
        );
        assert_eq!(minted.as_str().len(), 20);
        assert_eq!(&minted.as_str()[..3], "E11");
        assert!(minted.as_str().ends_with('Z'));
        assert_eq!(
            SupplierRef::parse(&minted.as_str().to_lowercase()),
            Some(minted)
        );
    }

    #[test]
    fn a_ref_of_digits_is_18_digits() {
        let minted = SupplierRef::mint(
            RefShape::Digits,
            Installation::new('E').unwrap(),
            Epoch::new(7).unwrap(),
            NOW,
            &[255; 10],
        );
        assert_eq!(minted.as_str(), "071767225600123295");
    }

    #[test]
    fn refs_of_other_dice_differ() {
        let mint = |random| {
            SupplierRef::mint(
                RefShape::Alphanumeric,
                Installation::new('E').unwrap(),
                Epoch::default(),
                NOW,
                &random,
            )
        };
        assert_ne!(mint([1; 10]), mint([2; 10]));
    }

    #[test]
    fn strangers_are_not_refs() {
        for text in ["", "ABC|DEF", "0123456789012345678901", "AB CD", "é"] {
            assert_eq!(SupplierRef::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_trx_code_shows_the_business_day() {
        assert_eq!(
            &TrxCode::mint(NOW, &[0; 10]).as_str()[..13],
            "TRX-20260101-"
        );
    }
}
