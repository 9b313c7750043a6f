//! Syncs of the catalog with suppliers' price lists, and what they ask people.

use eraflazz_core::catalog::sync::Statistics;
use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::{Shown, words};

/// `POST /api/v1/admin/catalog/sync`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSync {
    /// The slug of the supplier.
    #[schema(value_type = words::Slug)]
    pub supplier: Slug,
    /// Asks the supplier, even if its list was read within the last hour. The provider's own limit stays.
    #[serde(default)]
    pub force: bool,
    /// The list of bills (pascabayar) in place of that of prepaid goods.
    #[serde(default)]
    pub bills: bool,
    /// One category alone, as the list or as we call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::PersonName>)]
    pub category: Option<String>,
    /// Says what would be done, and changes nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a sync did, or would do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncTold {
    /// The slug of the supplier.
    pub supplier: String,
    /// Whether nothing was changed because nothing was to be.
    pub dry_run: bool,
    /// The version of the catalog.
    pub version: u64,
    /// When the list was read.
    pub read_at: String,
    /// When the whole list was last synced.
    #[schema(required = true)]
    pub last_synced_at: Option<String>,
    /// What it comes to.
    pub statistics: StatisticsTold,
    /// What a person should know.
    pub remarks: Vec<RemarkTold>,
}

/// What a sync comes to. `total` is the sum of the next five.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatisticsTold {
    /// Rows of the list.
    pub total: u32,
    /// New products.
    pub created: u32,
    /// Rows of which something changed.
    pub updated: u32,
    /// Rows of which nothing changed.
    pub unchanged: u32,
    /// Rows that are not sold and that we do not have.
    pub skipped_inactive: u32,
    /// Rows that became nothing for another reason; see the remarks.
    pub passed_over: u32,
    /// New categories.
    pub categories_created: u32,
    /// New questions to a person.
    pub approvals: u32,
}

impl From<Statistics> for StatisticsTold {
    fn from(all: Statistics) -> Self {
        Self {
            total: all.total,
            created: all.created,
            updated: all.updated,
            unchanged: all.unchanged,
            skipped_inactive: all.skipped_inactive,
            passed_over: all.passed_over,
            categories_created: all.categories_created,
            approvals: all.approvals,
        }
    }
}

/// Something about a row.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RemarkTold {
    /// The supplier's code.
    #[schema(required = true)]
    pub sku: Option<String>,
    /// What.
    pub text: String,
}

/// A question of a sync.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApprovalTold {
    /// Its name.
    pub id: String,
    /// What a decision names, so that nobody decides what they have not seen.
    pub version: String,
    /// `base_price`: the price of a product would move from `from` to `to`; `withdrawal`: a route would be closed that the list has no more.
    pub kind: String,
    /// The code of the product.
    pub product: String,
    /// The slug of the supplier, of a withdrawal.
    #[schema(required = true)]
    pub supplier: Option<String>,
    /// The supplier's code, of a withdrawal.
    #[schema(required = true)]
    pub sku: Option<String>,
    /// What prices are built on.
    #[schema(required = true, value_type = Option<words::Money>)]
    pub from: Option<Money>,
    /// What they would be built on.
    #[schema(required = true, value_type = Option<words::Money>)]
    pub to: Option<Money>,
    /// Since when it waits.
    pub since: String,
    /// Somebody has said no; it stands here so that the same list does not ask again.
    pub rejected: bool,
}

/// `POST /api/v1/admin/approvals/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The version that was seen.
    #[schema(value_type = words::SeenVersion)]
    pub version: String,
    /// Whether it is done.
    pub approve: bool,
    /// Why, for the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Note>)]
    pub note: Option<String>,
}

impl Shown for NewSync {
    fn example() -> Value {
        json!({"supplier": "digiflazz", "category": "Games", "dry_run": true})
    }
}

impl Shown for SyncTold {
    fn example() -> Value {
        json!({
            "supplier": "digiflazz", "dry_run": false, "version": 8,
            "read_at": "2026-01-01T02:00:01.000+07:00", "last_synced_at": "2026-01-01T02:00:02.000+07:00",
            "statistics": {
                "total": 1250, "created": 50, "updated": 400, "unchanged": 749, "skipped_inactive": 50, "passed_over": 1,
                "categories_created": 6, "approvals": 1,
            },
            "remarks": [{"sku": "cekml", "text": "is a check, no goods"}],
        })
    }
}

impl Shown for ApprovalTold {
    fn example() -> Value {
        json!({
            "id": "base-price-12", "version": "9f86d081884c7d65", "kind": "base_price", "product": "XL10", "supplier": null, "sku": null,
            "from": 10_050, "to": 11_500, "since": "2026-01-01T02:00:02.000+07:00", "rejected": false,
        })
    }
}

impl Shown for Decision {
    fn example() -> Value {
        json!({"version": "9f86d081884c7d65", "approve": true, "note": "their new price"})
    }
}
