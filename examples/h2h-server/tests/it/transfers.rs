//! Members give of their balance to others of their tree, over HTTP.

use serde_json::{Value, json};

use crate::house::{Client, House, Told};

const PATH: &str = "/api/v1/transfers";

async fn give(client: &Client, ref_id: &str, to: &str, amount: Value) -> Told {
    let body = json!({"ref_id": ref_id, "to": to, "amount": amount});
    client.post_bytes(PATH, body.to_string().as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_06_a_member_gives_once_to_another_of_its_tree() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let below = json!({"code": "bawah", "name": "Bawah", "tier": "retail", "kind": "h2h", "upline": "agen"});
    let made = dewi.admin("/members", &below).await;
    assert_eq!(made.http, 200, "{}", made.text);

    let given = give(&agen, "TF-1", "bawah", json!(250_000)).await;
    assert_eq!(
        given.body["data"]["balance_after"],
        json!(49_750_000),
        "{}",
        given.text
    );
    assert_eq!(agen.balance().await, 49_750_000);
    let again = give(&agen, "TF-1", "bawah", json!(250_000)).await;
    assert_eq!(again.body["data"], given.body["data"]);
    assert_eq!(agen.balance().await, 49_750_000);
    let other = give(&agen, "TF-1", "bawah", json!(250_001)).await;
    assert_eq!(other.refusal(), (422, "REF_ID_MISMATCH"), "{}", other.text);
    let mutations = agen.get("/api/v1/mutations?limit=1").await;
    let last = &mutations.body["data"]["mutations"][0];
    assert_eq!(
        (&last["type"], &last["description"], &last["reference_id"]),
        (
            &json!("CREDIT"),
            &json!("Transfer saldo"),
            &given.body["data"]["transfer_id"]
        )
    );
    let told = dewi.get("/api/v1/admin/members/bawah").await;
    assert_eq!(
        told.body["data"]["wallet"]["balance"],
        json!(250_000),
        "{}",
        told.text
    );

    // Of another tree, nobody and oneself: all the same.
    for to in ["lain", "tidak-ada", "agen"] {
        let refused = give(&agen, "TF-2", to, json!(1)).await;
        assert_eq!(refused.refused_field(), (422, "/to"), "{}", refused.text);
    }
    for amount in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(1_000_000_000_001_i64),
    ] {
        let refused = give(&agen, "TF-2", "bawah", amount).await;
        assert_eq!(
            refused.refused_field(),
            (422, "/amount"),
            "{}",
            refused.text
        );
    }
    let beyond = give(&agen, "TF-2", "bawah", json!(49_750_001)).await;
    assert_eq!(
        beyond.refusal(),
        (400, "INSUFFICIENT_BALANCE"),
        "{}",
        beyond.text
    );
    let readers = house.client("ek_test_baca_0001", "test-secret-of-baca-0001-abcdef");
    let refused = give(&readers, "TF-2", "agen", json!(1)).await;
    assert_eq!(refused.http, 403, "{}", refused.text);
    assert_eq!(agen.balance().await, 49_750_000);
    house.close().await;
}
