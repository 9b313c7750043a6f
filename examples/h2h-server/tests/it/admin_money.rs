//! Deposits and floats: once per reference, in the books, with the operator's name.

use rstest::rstest;
use serde_json::{Value, json};

use crate::house::{House, order};

#[tokio::test(flavor = "multi_thread")]
async fn t_27_a_deposit_clicked_twice_is_one_deposit() {
    let house = House::open().await;
    let (dewi, toko) = (
        house.dewi(),
        house.client("ek_test_toko_0001", "test-secret-of-toko-0001-abcdef"),
    );
    let body = json!({"member": "toko", "amount": 25_000, "source": "bca", "reference": "KLIK-1"});
    let clicks = (0..8).map(|_| dewi.admin("/deposits", &body));
    let clicks = futures_all(clicks).await;
    for told in &clicks {
        assert_eq!(told.http, 200, "{}", told.text);
        assert_eq!(told.data("subject"), clicks[0].data("subject"));
    }
    assert_eq!(toko.balance().await, 125_000);
    // The reference belongs to this movement for ever.
    let other = json!({"member": "toko", "amount": 26_000, "source": "bca", "reference": "KLIK-1"});
    assert_eq!(
        dewi.admin("/deposits", &other).await.refusal(),
        (409, "REFERENCE_MISMATCH")
    );
    let told = dewi.admin("/deposits", &other).await;
    assert_eq!(
        told.body["errors"][0]["pointer"], "/amount",
        "{}",
        told.text
    );
    let other = json!({"member": "lain", "amount": 25_000, "source": "bca", "reference": "KLIK-1"});
    assert_eq!(
        dewi.admin("/deposits", &other).await.refusal(),
        (409, "REFERENCE_MISMATCH")
    );
    let told = dewi.admin("/deposits", &other).await;
    assert_eq!(
        told.body["errors"][0]["pointer"], "/member",
        "{}",
        told.text
    );
    let spelt = json!({"member": "toko", "amount": 25_000, "source": "BCA", "reference": "klik-1"});
    let told = dewi.admin("/deposits", &spelt).await;
    assert_eq!(told.data("subject"), clicks[0].data("subject"));
    let elsewhere =
        json!({"member": "toko", "amount": 1_000, "source": "bri", "reference": "KLIK-1"});
    assert_eq!(
        dewi.admin("/deposits", &elsewhere).await.body["data"]["wallet"]["balance"],
        126_000
    );
    let back = json!({"member": "toko", "amount": 1_000, "source": "bri", "reference": "KLIK-1", "kind": "correction"});
    assert_eq!(
        dewi.admin("/deposits", &back).await.body["data"]["wallet"]["balance"],
        125_000
    );
    house.close().await;
}

async fn futures_all<F: Future>(calls: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut told = Vec::new();
    for call in calls {
        told.push(call.await);
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_of_the_house_are_told() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let float = json!({"supplier": "digiflazz", "amount": "2500.50", "source": "bca", "reference": "F-1", "kind": "bought"});
    for _ in 0..2 {
        let told = dewi.admin("/floats", &float).await;
        assert_eq!(
            told.body["data"]["supplier"]["prepaid"], "100002500.50",
            "{}",
            told.text
        );
    }
    let back = json!({"supplier": "digiflazz", "amount": "2500.50", "source": "bca", "reference": "F-1", "kind": "corrected"});
    assert_eq!(
        dewi.admin("/floats", &back).await.body["data"]["supplier"]["prepaid"],
        100_000_000
    );
    agen.post_and_wait(&order("M-1", "087800003101")).await;
    agen.until("M-1", "SUCCESS").await;
    let told = dewi.get("/api/v1/admin/balances").await;
    let data = &told.body["data"];
    assert_eq!(data["revenue"], 10_500, "{}", told.text);
    assert_eq!(data["cogs"], 10_000);
    assert_eq!(data["margin"], 500);
    assert_eq!(data["suppliers"][0]["prepaid"], 99_990_000);
    assert_eq!(data["members_held"], 0);
    house.close().await;
}

/// No money moves by it: what was paid is booked as a float.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_says_how_much_to_pay_in_and_where_to() {
    let house = House::open().await;
    let dewi = house.dewi();
    let wanted = json!({"supplier": "digiflazz", "amount": 5_000_000, "bank": "bca", "owner": "Dewi Lestari"});
    let told = dewi.admin("/tickets", &wanted).await;
    let data = &told.body["data"];
    assert_eq!(data["amount"], 5_000_001, "{}", told.text);
    assert_eq!(
        (&data["bank"], &data["note"]),
        (&json!("BCA"), &json!("A6R5UPV"))
    );
    let books = dewi.get("/api/v1/admin/balances").await;
    assert_eq!(books.body["data"]["suppliers"][0]["prepaid"], 100_000_000);
    house.close().await;
}

#[rstest]
#[case("/tickets", json!({"supplier": "siapa", "amount": 1, "bank": "BCA", "owner": "D"}), "/supplier")]
#[case("/tickets", json!({"supplier": "digiflazz", "amount": "1.5", "bank": "BCA", "owner": "D"}), "/amount")]
#[case("/tickets", json!({"supplier": "digiflazz", "amount": 0, "bank": "BCA", "owner": "D"}), "/amount")]
#[case("/tickets", json!({"supplier": "digiflazz", "amount": 1, "bank": "BTN", "owner": "D"}), "/bank")]
#[case("/tickets", json!({"supplier": "digiflazz", "amount": 1, "bank": "BCA"}), "/owner")]
#[case("/tickets", json!({"supplier": "digiflazz", "amount": 1, "bank": "", "owner": "D"}), "/bank")]
#[case("/deposits", json!({"member": "toko", "amount": 0, "source": "bca", "reference": "R"}), "/amount")]
#[case("/deposits", json!({"member": "toko", "amount": -5, "source": "bca", "reference": "R"}), "/amount")]
#[case("/deposits", json!({"member": "toko", "amount": "5000", "source": "bca", "reference": "R"}), "/amount")]
#[case("/deposits", json!({"member": "toko", "amount": 1_000_000_000_001_u64, "source": "bca", "reference": "R"}), "/amount")]
#[case("/deposits", json!({"member": "siapa", "amount": 1, "source": "bca", "reference": "R"}), "/member")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "", "reference": "R"}), "/source")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "bca", "reference": "a\nb"}), "/reference")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "bca"}), "/reference")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "bca", "reference": "R", "kind": "gift"}), "/kind")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": " bca", "reference": "R"}), "/source")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "bca", "reference": "R "}), "/reference")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": 1, "source": "bca ", "reference": "R", "kind": "opening"}), "/source")]
#[case("/deposits", json!({"member": "toko", "amount": 1, "source": "bca", "reference": "R", "operator": "x"}), "/operator")]
#[case("/floats", json!({"supplier": "siapa", "amount": 1, "source": "bca", "reference": "R", "kind": "bought"}), "/supplier")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": 0, "source": "bca", "reference": "R", "kind": "bought"}), "/amount")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": "1.005", "source": "bca", "reference": "R", "kind": "bought"}), "/amount")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": 1, "source": "bca", "reference": "R"}), "/kind")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": 1, "source": "bca", "reference": "R", "kind": "dispute_credited"}), "/amount")]
#[case("/floats", json!({"supplier": "digiflazz", "amount": 900_000_000_000_i64, "source": "bca", "reference": "R", "kind": "corrected"}), "/amount")]
#[tokio::test(flavor = "multi_thread")]
async fn t_10_amounts_and_references_are_exact_or_refused(
    #[case] path: &str,
    #[case] body: Value,
    #[case] field: &str,
) {
    let house = House::open().await;
    let told = house.dewi().admin(path, &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}
