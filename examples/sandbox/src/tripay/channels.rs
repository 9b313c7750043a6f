//! The channels of the vendor's table: code, name, fee, limits.

use serde_json::{Value, json};

pub(super) struct Channel {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    group: &'static str,
    pub(super) redirects: bool,
    flat: i64,
    /// Hundredths of a percent.
    share: i64,
    least_fee: i64,
    pub(super) minimum: i64,
    pub(super) maximum: i64,
}

const fn bank(code: &'static str, name: &'static str, flat: i64) -> Channel {
    Channel {
        code,
        name,
        group: "Virtual Account",
        redirects: false,
        flat,
        share: 0,
        least_fee: 0,
        minimum: 10_000,
        maximum: 10_000_000,
    }
}

const fn store(code: &'static str, name: &'static str, minimum: i64) -> Channel {
    Channel {
        code,
        name,
        group: "Convenience Store",
        redirects: false,
        flat: 3_500,
        share: 0,
        least_fee: 0,
        minimum,
        maximum: 2_500_000,
    }
}

const fn wallet(code: &'static str) -> Channel {
    Channel {
        code,
        name: code,
        group: "E-Wallet",
        redirects: true,
        flat: 0,
        share: 300,
        least_fee: 1_000,
        minimum: 1_000,
        maximum: 10_000_000,
    }
}

const fn qris(code: &'static str) -> Channel {
    Channel {
        code,
        name: "QRIS",
        group: "E-Wallet",
        redirects: false,
        flat: 750,
        share: 70,
        least_fee: 0,
        minimum: 1_000,
        maximum: 5_000_000,
    }
}

pub(super) const CHANNELS: [Channel; 20] = [
    bank("PERMATAVA", "Permata Virtual Account", 4_250),
    bank("BNIVA", "BNI Virtual Account", 4_250),
    bank("BRIVA", "BRI Virtual Account", 4_250),
    bank("MANDIRIVA", "Mandiri Virtual Account", 4_250),
    bank("BCAVA", "BCA Virtual Account", 5_500),
    bank("MUAMALATVA", "Muamalat Virtual Account", 4_250),
    bank("CIMBVA", "CIMB Niaga Virtual Account", 4_250),
    bank("BSIVA", "BSI Virtual Account", 4_250),
    bank("OCBCVA", "OCBC NISP Virtual Account", 4_250),
    bank("DANAMONVA", "Danamon Virtual Account", 4_250),
    bank("OTHERBANKVA", "Other Bank Virtual Account", 4_250),
    store("ALFAMART", "Alfamart", 10_000),
    store("INDOMARET", "Indomaret", 10_000),
    store("ALFAMIDI", "Alfamidi", 5_000),
    wallet("OVO"),
    wallet("DANA"),
    wallet("SHOPEEPAY"),
    qris("QRIS"),
    qris("QRISC"),
    qris("QRIS2"),
];

pub(super) fn channel(code: &str) -> Option<&'static Channel> {
    CHANNELS.iter().find(|channel| channel.code == code)
}

impl Channel {
    pub(super) fn fee(&self, amount: i64) -> i64 {
        (self.flat + amount * self.share / 10_000).max(self.least_fee)
    }

    fn percent(&self) -> String {
        format!("{}.{:02}", self.share / 100, self.share % 100)
    }

    pub(super) fn row(&self, customer_bears: bool) -> Value {
        let (all, none) = (
            json!({ "flat": self.flat, "percent": self.percent() }),
            json!({ "flat": 0, "percent": 0 }),
        );
        let (merchant, customer) = if customer_bears {
            (none, all.clone())
        } else {
            (all.clone(), none)
        };
        json!({
            "group": self.group, "code": self.code, "name": self.name,
            "type": if self.redirects { "redirect" } else { "direct" },
            "fee_merchant": merchant, "fee_customer": customer, "total_fee": all,
            "minimum_fee": self.least_fee, "maximum_fee": null,
            "minimum_amount": self.minimum, "maximum_amount": self.maximum,
            "icon_url": "https://tripay.co.id/upload/x.png", "active": true,
        })
    }

    pub(super) fn quote(&self, amount: i64, customer_bears: bool) -> Value {
        let fee = self.fee(amount);
        let (merchant, customer) = if customer_bears { (0, fee) } else { (fee, 0) };
        json!({
            "code": self.code, "name": self.name,
            "fee": { "flat": self.flat, "percent": self.percent(), "min": self.least_fee, "max": null },
            "total_fee": { "merchant": merchant, "customer": customer },
        })
    }
}
