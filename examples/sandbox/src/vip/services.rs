//! What is sold: the lists of both sections, and the names of players.

use serde_json::{Value, json};

use super::seller::{Reply, Section, Seller};
use crate::config::ProductRow;

/// A row that is no goods, as real lists hold some.
fn junk() -> Value {
    json!({
        "brand": "", "code": "", "name": "", "note": "-",
        "price": {"basic": 0, "premium": 0, "special": 0},
        "status": "empty", "multi_trx": false, "maintenace": "00:00 - 00:00",
        "category": "", "prepost": "prepaid", "type": "not-filtered",
    })
}

/// Three prices; the account's level is the last.
fn prices(row: &ProductRow) -> Value {
    // Nothing is dearer for others than nothing.
    let more = if row.price > 0 { 25 } else { 0 };
    json!({"basic": row.price + 2 * more, "premium": row.price + more, "special": row.price})
}

const fn status(row: &ProductRow) -> &'static str {
    if row.seller_product_status {
        "available"
    } else {
        "empty"
    }
}

impl Seller {
    /// `type=services`.
    pub(super) fn services(&self, section: Section) -> Reply {
        let rows = self.shelf(section).iter();
        let rows = match section {
            Section::Prepaid => {
                let row = |row: &ProductRow| {
                    json!({
                        "brand": row.brand, "code": row.buyer_sku_code, "name": row.product_name, "note": row.desc,
                        "price": prices(row), "status": status(row), "multi_trx": row.multi,
                        "maintenace": format!("{} - {}", row.start_cut_off, row.end_cut_off),
                        "category": row.category, "prepost": "prepaid", "type": "pulsa-reguler",
                    })
                };
                std::iter::once(junk()).chain(rows.map(row)).collect()
            }
            Section::Game => {
                let row = |row: &ProductRow| {
                    let lane = row
                        .buyer_sku_code
                        .rsplit_once("-S")
                        .map_or("1", |(_, lane)| lane);
                    json!({
                        "code": row.buyer_sku_code, "game": row.brand, "name": row.product_name,
                        "price": prices(row), "server": lane, "status": status(row),
                    })
                };
                rows.map(row).collect()
            }
        };
        Reply::brings(Value::Array(rows), "ok")
    }

    /// `type=get-nickname`.
    pub(super) fn nickname(player: &str, zone: &str) -> Reply {
        if player.is_empty() || player.ends_with('9') {
            return Reply::refuses("User ID tidak ditemukan");
        }
        let name = if (player, zone) == ("12345678", "2012") {
            "Eraflazz Player".to_owned()
        } else {
            format!("Player {player}")
        };
        Reply::brings(json!(name), "ok")
    }
}
