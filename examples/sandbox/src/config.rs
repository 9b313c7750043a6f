//! What one sandbox account is made of: credentials, money, shelves and the limits it enforces.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bills::{self, BillRow};

/// One account at the fake provider. `Default` is the documented test account: product `xld10` for
/// Rp 10,000, a deposit of Rp 1,000,000, sample credentials.
#[derive(Debug, Clone)]
pub struct Config {
    /// Shown in logs and in the ledger, to tell several sandboxes apart.
    pub name: String,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The account's user name; another one is refused with rc 42.
    pub username: String,
    /// The account's key; a sign made with another one is refused with rc 41.
    pub api_key: String,
    /// Signs webhooks. `None` sends them without a signature, as the provider does when no secret is set.
    pub webhook_secret: Option<String>,
    /// Where webhooks go; may be set later, because the receiver often starts after its supplier.
    pub webhook_url: Option<String>,
    /// The id in `/report/hooks/{id}/pings`.
    pub hook_id: String,
    /// The deposit to start with, whole rupiah.
    pub opening_balance: i64,
    /// The price list, and at the same time the shelves.
    pub products: Vec<ProductRow>,
    /// Kinds of bills.
    pub bills: Vec<BillRow>,
    /// How often the whole price list may be asked for; sooner is rc 83.
    pub price_list_interval: Duration,
    /// How often one code of the price list may be asked for; sooner is rc 83.
    pub price_list_code_interval: Duration,
    /// How long a caller has to wait after the end of one call before the next for the same `ref_id`.
    /// The real provider says 60 s, the sandbox publishes 1 s.
    pub min_interval: Duration,
    /// What happens to a call that comes sooner.
    pub too_soon: TooSoon,
    /// What a known `ref_id` with another SKU or number gets.
    pub changed_payload: ChangedPayload,
    /// How long a `ref_id` is remembered, measured from its first call. 90 days at the real provider.
    pub ref_id_memory: Duration,
    /// HTTP status of an answer that refuses; sources report both 200 and 400.
    pub refusal_http_status: u16,
    /// Refuse with `rc` and `message` only, without the status and the echoed fields.
    pub bare_refusals: bool,
    /// From the HTTP answer to the `create` webhook.
    pub create_delay: Duration,
    /// From Pending to the final webhook of the documented test numbers.
    pub webhook_delay: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "sandbox".into(),
            port: 0,
            username: "eraflazz_demo".into(),
            api_key: "dev-0a1b2c3d-1111-2222-3333-444455556666".into(),
            webhook_secret: Some("eraflazz-hook-secret".into()),
            webhook_url: None,
            hook_id: "11aaabbb".into(),
            opening_balance: 1_000_000,
            products: vec![ProductRow::new("xld10", 10_000)],
            bills: bills::documented(),
            price_list_interval: Duration::from_mins(5),
            price_list_code_interval: Duration::from_secs(1),
            min_interval: Duration::from_secs(1),
            too_soon: TooSoon::Record,
            changed_payload: ChangedPayload::Refuse,
            ref_id_memory: Duration::from_hours(90 * 24),
            refusal_http_status: 200,
            bare_refusals: false,
            create_delay: Duration::from_millis(50),
            webhook_delay: Duration::from_secs(2),
        }
    }
}

/// A second call for the same `ref_id` before `min_interval` has passed. It is a violation either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooSoon {
    /// Answer as usual.
    Record,
    /// Buy again under the same `ref_id`: the accident the provider warns of and does not pay for.
    BuyAgain,
}

/// A known `ref_id` with another SKU or number; the provider does not say what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedPayload {
    /// rc 49.
    Refuse,
    /// The state of the stored transaction, as if nothing had changed.
    OldState,
}

/// One row of the prepaid price list; the names are those of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the provider's row has four independent switches"
)]
pub struct ProductRow {
    /// Name for people.
    pub product_name: String,
    /// For example `Pulsa`.
    pub category: String,
    /// For example `XL`.
    pub brand: String,
    /// For example `Umum`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who sells it.
    pub seller_name: String,
    /// What a purchase takes from the deposit, whole rupiah.
    pub price: i64,
    /// The account's own code for it, compared without regard to case.
    pub buyer_sku_code: String,
    /// The buyer's switch; off is rc 43.
    pub buyer_product_status: bool,
    /// The seller's switch; off is rc 53.
    pub seller_product_status: bool,
    /// Do not count `stock`.
    pub unlimited_stock: bool,
    /// What is left; nothing left is rc 68.
    pub stock: u32,
    /// The same SKU to the same number more than once a day; if not, rc 63.
    pub multi: bool,
    /// `HH:MM`, the daily closed window in WIB; rc 58 within. Equal to the end: never closed.
    pub start_cut_off: String,
    /// `HH:MM`; may lie before the start, then the window spans midnight.
    pub end_cut_off: String,
    /// Free text.
    pub desc: String,
}

impl ProductRow {
    /// A product that is open around the clock, unlimited and repeatable.
    pub fn new(sku: impl Into<String>, price: i64) -> Self {
        let sku = sku.into();
        Self {
            product_name: format!("Produk {sku}"),
            buyer_sku_code: sku,
            price,
            ..Self::default()
        }
    }
}

impl Default for ProductRow {
    fn default() -> Self {
        Self {
            product_name: "Produk".into(),
            category: "Pulsa".into(),
            brand: "XL".into(),
            kind: "Umum".into(),
            seller_name: "Ki***".into(),
            price: 0,
            buyer_sku_code: String::new(),
            buyer_product_status: true,
            seller_product_status: true,
            unlimited_stock: true,
            stock: 0,
            multi: true,
            start_cut_off: "00:00".into(),
            end_cut_off: "00:00".into(),
            desc: "-".into(),
        }
    }
}
