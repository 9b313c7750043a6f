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
    /// A transfer to a bank account of the house, known by its exact amount (INV-23).
    Transfer,
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

impl Method {
    /// Every method.
    pub const ALL: [Self; 22] = [
        Self::Bank(Bank::Bca),
        Self::Bank(Bank::Bni),
        Self::Bank(Bank::Bri),
        Self::Bank(Bank::Mandiri),
        Self::Bank(Bank::Permata),
        Self::Bank(Bank::Cimb),
        Self::Bank(Bank::Bsi),
        Self::Bank(Bank::Danamon),
        Self::Bank(Bank::Muamalat),
        Self::Bank(Bank::Ocbc),
        Self::Bank(Bank::Other),
        Self::Qris,
        Self::Wallet(Wallet::Gopay),
        Self::Wallet(Wallet::Shopeepay),
        Self::Wallet(Wallet::Dana),
        Self::Wallet(Wallet::Ovo),
        Self::Store(Store::Alfamart),
        Self::Store(Store::Indomaret),
        Self::Store(Store::Alfamidi),
        Self::Card,
        Self::Page,
        Self::Transfer,
    ];

    /// The word for it outside. Never changed: a request is known again by it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bank(bank) => match bank {
                Bank::Bca => "va_bca",
                Bank::Bni => "va_bni",
                Bank::Bri => "va_bri",
                Bank::Mandiri => "va_mandiri",
                Bank::Permata => "va_permata",
                Bank::Cimb => "va_cimb",
                Bank::Bsi => "va_bsi",
                Bank::Danamon => "va_danamon",
                Bank::Muamalat => "va_muamalat",
                Bank::Ocbc => "va_ocbc",
                Bank::Other => "va_other",
            },
            Self::Qris => "qris",
            Self::Wallet(wallet) => match wallet {
                Wallet::Gopay => "gopay",
                Wallet::Shopeepay => "shopeepay",
                Wallet::Dana => "dana",
                Wallet::Ovo => "ovo",
            },
            Self::Store(store) => match store {
                Store::Alfamart => "alfamart",
                Store::Indomaret => "indomaret",
                Store::Alfamidi => "alfamidi",
            },
            Self::Card => "card",
            Self::Page => "page",
            Self::Transfer => "transfer",
        }
    }

    /// The method of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_method_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Method::ALL.iter().map(|method| method.word()).collect();
        assert_eq!(words.len(), Method::ALL.len());
        for method in Method::ALL {
            assert_eq!(Method::of_word(method.word()), Some(method));
        }
    }
}
