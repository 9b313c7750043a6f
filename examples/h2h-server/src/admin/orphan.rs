//! Callbacks that settled nothing.

use eraflazz_core::money::Money;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// One callback of `GET /api/v1/admin/orphans`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrphanTold {
    /// Its id.
    pub id: String,
    /// When it came.
    #[schema(format = "date-time")]
    pub received_at: String,
    /// The slug of the supplier.
    pub supplier: String,
    /// Whether its signature was verified.
    pub signed: bool,
    /// What was read of it; empty if it cannot be read.
    pub said: Vec<SightingTold>,
    /// The body as it came, as text, at most 4 KiB.
    pub raw: String,
    /// Whether it was set aside because it could not be read or applied three times; false: it names no transaction of ours.
    pub quarantined: bool,
}

/// What a supplier says about one transaction.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SightingTold {
    /// Our reference, if it has the form of one.
    #[schema(required = true)]
    pub our_ref: Option<String>,
    /// The supplier's own id of it.
    #[schema(required = true)]
    pub their_ref: Option<String>,
    /// The supplier's code of the product.
    #[schema(required = true)]
    pub sku: Option<String>,
    /// For whom.
    #[schema(required = true)]
    pub destination: Option<String>,
    /// What is said: `delivered`, `pending`, `refused: OutOfStock`, `unclear: Timeout`.
    pub status: String,
    /// What it cost.
    #[schema(value_type = Option<words::Money>, required = true)]
    pub price: Option<Money>,
    /// The serial number.
    #[schema(required = true)]
    pub sn: Option<String>,
}

impl Shown for OrphanTold {
    fn example() -> Value {
        json!({
            "id": "019b7706-8000-7a1b-8c3d-4e5f60718293", "received_at": "2026-01-01T07:17:00.000+07:00", "supplier": "digiflazz", "signed": true,
            "said": [SightingTold::example()],
            "raw": "{\"data\":{\"ref_id\":\"E0038FY1112Y6TK6M2PZ\",\"status\":\"Sukses\"}}",
            "quarantined": false,
        })
    }
}

impl Shown for SightingTold {
    fn example() -> Value {
        json!({
            "our_ref": "E0038FY1112Y6TK6M2PZ", "their_ref": null, "sku": "xld10", "destination": "087800001234", "status": "delivered",
            "price": 10_000, "sn": "0123456789",
        })
    }
}
