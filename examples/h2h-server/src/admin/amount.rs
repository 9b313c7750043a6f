//! Amounts that operators type: whole rupiah.

use eraflazz_core::money::Money;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whole rupiah, 1 to 10^12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub Money);

/// Whole rupiah, 0 to 10^12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditLimit(pub Money);

fn whole(rupiah: u64) -> Option<Money> {
    i64::try_from(rupiah).ok().and_then(Money::rupiah)
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        whole(u64::deserialize(source)?)
            .filter(|amount| amount.is_positive())
            .map(Self)
            .ok_or_else(|| de::Error::custom("whole rupiah, 1 to 10^12"))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(target)
    }
}

impl<'de> Deserialize<'de> for CreditLimit {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        whole(u64::deserialize(source)?)
            .map(Self)
            .ok_or_else(|| de::Error::custom("whole rupiah, 0 to 10^12"))
    }
}

impl Serialize for CreditLimit {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(target)
    }
}
