//! How a customer pays.

use serde::{Deserialize, Serialize};

/// A way to pay. What a gateway offers is in its [profile](super::GatewayProfile::methods).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A virtual account at a bank; at Midtrans Mandiri's is a bill.
    Bank(Bank),
    /// QRIS: any wallet or bank scans it.
    Qris,
    /// One wallet.
    Wallet(Wallet),
    /// Over the counter.
    Store(Store),
    /// A card. Only a token of the gateway's own form passes us, never a card number.
    Card,
    /// The gateway's own page, on which the customer chooses.
    Page,
}

/// Banks with virtual accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bank {
    /// BCA.
    Bca,
    /// BNI.
    Bni,
    /// BRI.
    Bri,
    /// Mandiri.
    Mandiri,
    /// Permata.
    Permata,
    /// CIMB Niaga.
    Cimb,
    /// BSI.
    Bsi,
    /// Danamon.
    Danamon,
    /// Muamalat.
    Muamalat,
    /// OCBC.
    Ocbc,
    /// Any other bank, by way of one of these.
    Other,
}

/// Wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wallet {
    /// `GoPay`.
    Gopay,
    /// `ShopeePay`.
    Shopeepay,
    /// DANA.
    Dana,
    /// OVO.
    Ovo,
}

/// Convenience stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// Alfamart.
    Alfamart,
    /// Indomaret.
    Indomaret,
    /// Alfamidi.
    Alfamidi,
}
