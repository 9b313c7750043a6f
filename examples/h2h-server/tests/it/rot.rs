//! A disk that spoils what it keeps while the server serves it.

use std::path::Path;
use std::time::Instant;

use redb::{Database, ReadableTable as _, TableDefinition};
use serde_json::{Value, json};

use crate::durable::{KEY, place};
use crate::house::{House, PATIENCE, order};
use crate::leaks::captured_json;

/// Where the archive keeps orders.
const BLOCKS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("blocks");

/// A bit of every block is another.
fn spoil(archive: &Path) {
    let file = Database::open(archive).unwrap();
    let writing = file.begin_write().unwrap();
    let mut blocks = writing.open_table(BLOCKS).unwrap();
    let rows = blocks.iter().unwrap().map(Result::unwrap);
    let spoiled: Vec<(u32, Vec<u8>)> = rows
        .map(|(number, bytes)| {
            let mut bytes = bytes.value().to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            (number.value(), bytes)
        })
        .collect();
    assert!(!spoiled.is_empty());
    for (number, bytes) in spoiled {
        blocks.insert(number, bytes.as_slice()).unwrap();
    }
    drop(blocks);
    writing.commit().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_archive_cannot_give_back_is_an_alert() {
    let data = place("rot");
    let folder = [
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
        ("STORE__CHECKPOINT_KIB", "1"),
        ("STORE__CHECKPOINT_EVERY", "1s"),
    ];
    let house = House::open_with(&folder).await;
    // No callback either: one that is heard after the last checkpoint has the next start read the order.
    house.sandbox.set_webhook_url("http://127.0.0.1:9/nobody");
    let wanted = order("ROT-1", "087800004001");
    let told = house.agen().post_and_wait(&wanted).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let checkpoints = async || {
        let page = house.dewi().get("/metrics").await.text;
        let name = "eraflazz_store_checkpoint_duration_seconds_count ";
        let told = page.lines().find_map(|line| line.strip_prefix(name));
        told.map_or(0_u64, |count| count.parse().unwrap())
    };
    // One that began after the order had ended: then no start needs the order.
    let (began, enough) = (Instant::now(), checkpoints().await + 2);
    for n in 0.. {
        if checkpoints().await >= enough {
            break;
        }
        let deposit = json!({"member": "agen", "amount": 1_000, "source": "bca", "reference": format!("ROT-{n}")});
        let told = house.dewi().admin("/deposits", &deposit).await;
        assert_eq!(told.http, 200, "{}", told.text);
        assert!(began.elapsed() < PATIENCE, "too few checkpoints");
    }
    house.close().await;
    spoil(&data.join("archive.redb"));

    let log = captured_json();
    let house = House::open_with(&folder).await;
    let told = house.agen().get("/api/v1/transactions/ROT-1").await;
    assert_eq!(told.refusal(), (503, "MAINTENANCE"), "{}", told.text);
    house.close().await;
    let text = log.text();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut alerts = lines.filter(|line| line["alert"] == "the archive could not be read");
    let alert = alerts.next().unwrap();
    assert_eq!(alert["level"], "ERROR");
    assert!(
        alert["error"].as_str().unwrap().contains("blocks["),
        "{alert}"
    );
}
