//! Members and keys, administered.

use rstest::rstest;
use serde_json::{Value, json};

use crate::house::{House, order};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_made_gets_a_key_and_money_and_orders() {
    let house = House::open().await;
    let dewi = house.dewi();
    let wanted = json!({"code": "toko-baru", "name": "Toko Baru", "tier": "retail", "kind": "h2h", "upline": "agen"});
    let made = dewi.admin("/members", &wanted).await;
    assert_eq!(made.http, 200, "{}", made.text);
    assert_eq!(made.body["data"]["upline"], "agen");
    assert_eq!(made.body["data"]["wallet"]["balance"], 0);
    let again = dewi.admin("/members", &wanted).await;
    assert_eq!(
        made.data("id"),
        again.data("id"),
        "a second click makes no second one"
    );
    let other = json!({"code": "toko-baru", "tier": "retail", "kind": "shop"});
    let told = dewi.admin("/members", &other).await;
    assert_eq!(told.refusal(), (409, "ALREADY_EXISTS"), "{}", told.text);
    let fields = told.body["errors"].as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|one| one["pointer"].as_str().unwrap()).collect();
    assert!(
        fields.contains(&"/kind") && !fields.contains(&"/tier"),
        "{fields:?}"
    );

    let key = json!({"id": "ek_test_baru_0001", "member": "toko-baru", "scopes": ["trx:read", "trx:write"]});
    let issued = dewi.admin("/keys", &key).await;
    let member = house.client("ek_test_baru_0001", issued.data("secret"));
    assert_eq!(
        dewi.admin("/keys", &key).await.refusal(),
        (409, "ALREADY_EXISTS")
    );
    let poor = member.post(&order("B-1", "087800003001")).await;
    assert_eq!(poor.refusal(), (400, "INSUFFICIENT_BALANCE"));
    let money =
        json!({"member": "toko-baru", "amount": 20_000, "source": "bca", "reference": "B-1"});
    assert_eq!(dewi.admin("/deposits", &money).await.http, 200);
    let told = member.post_and_wait(&order("B-2", "087800003002")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);

    // The list shows the key, never its secret.
    let keys = dewi.get("/api/v1/admin/keys").await;
    assert!(keys.text.contains("ek_test_baru_0001") && !keys.text.contains(issued.data("secret")));
    let revoked = dewi
        .admin("/keys/ek_test_baru_0001/revoke", &json!({}))
        .await;
    assert_eq!(revoked.data("state"), "revoked");
    let again = dewi
        .admin("/keys/ek_test_baru_0001/revoke", &json!({}))
        .await;
    assert_eq!(
        again.data("state"),
        "revoked",
        "repeating it changes nothing"
    );
    assert_eq!(member.get("/api/v1/balance").await.http, 401);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_is_set_and_the_rest_stays() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let before = dewi.get("/api/v1/admin/members/agen").await;
    let changed = dewi
        .admin("/members/agen", &json!({"status": "suspended"}))
        .await;
    assert_eq!(changed.data("status"), "suspended");
    assert_eq!(
        changed.body["data"]["limits"],
        before.body["data"]["limits"]
    );
    let refused = agen.post(&order("S-1", "087800003003")).await;
    assert_eq!(refused.refusal(), (403, "MEMBER_SUSPENDED"));
    dewi.admin(
        "/members/agen",
        &json!({"status": "active", "name": "Agen Satu"}),
    )
    .await;
    assert_eq!(agen.post(&order("S-1", "087800003003")).await.http, 200);

    let credit = dewi
        .admin("/members/lain", &json!({"credit_limit": 10_000}))
        .await;
    assert_eq!(credit.body["data"]["wallet"]["credit_limit"], 10_000);
    let on_credit = house.other().post(&order("K-1", "087800003004")).await;
    assert_eq!(on_credit.http, 200, "{}", on_credit.text);
    let used = dewi
        .admin("/members/lain", &json!({"credit_limit": 0}))
        .await;
    assert_eq!(
        used.refused_field(),
        (422, "/credit_limit"),
        "INV-4: it is in use"
    );
    house.close().await;
}

/// Each of several operators sets something else of the same member at one moment: what was answered with 200 is so.
#[tokio::test(flavor = "multi_thread")]
async fn t_17_changes_of_one_member_that_overlap_are_all_kept() {
    let house = House::open().await;
    let dewi = house.dewi();
    for round in 0..20_u32 {
        let name = format!("Putaran {round}");
        let credit = 1_000 * (round + 1);
        let orders = 100 + round;
        let status = if round % 2 == 0 {
            "suspended"
        } else {
            "active"
        };
        let changes = [
            json!({"name": name}),
            json!({"credit_limit": credit}),
            json!({"status": status}),
            json!({"limits": {"orders_per_minute": orders}}),
            json!({"limits": {"reads_per_minute": round}}),
        ];
        let asked = changes.map(|change| {
            let dewi = dewi.clone();
            tokio::spawn(async move { dewi.admin("/members/lain", &change).await.http })
        });
        for answer in asked {
            assert_eq!(answer.await.unwrap(), 200);
        }
        let told = dewi.get("/api/v1/admin/members/lain").await;
        let data = &told.body["data"];
        let there = json!([
            data["name"],
            data["wallet"]["credit_limit"],
            data["status"],
            data["limits"]["orders_per_minute"],
            data["limits"]["reads_per_minute"],
        ]);
        assert_eq!(there, json!([name, credit, status, orders, round]));
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_wallet_takes_no_orders_until_it_is_thawed() {
    let house = House::open().await;
    let (dewi, agen) = (house.dewi(), house.agen());
    let note = json!({"note": "laporan penipuan 12/5"});
    for _ in 0..2 {
        let frozen = dewi.admin("/members/agen/freeze", &note).await;
        assert_eq!(
            frozen.body["data"]["wallet"]["frozen"], true,
            "{}",
            frozen.text
        );
    }
    let refused = agen.post(&order("F-1", "087800003005")).await;
    assert_eq!(refused.refusal(), (403, "MEMBER_FROZEN"));
    let thawed = dewi.admin("/members/agen/thaw", &note).await;
    assert_eq!(thawed.body["data"]["wallet"]["frozen"], false);
    assert_eq!(agen.post(&order("F-2", "087800003005")).await.http, 200);
    assert_eq!(
        dewi.admin("/members/agen/freeze", &json!({"note": ""}))
            .await
            .refused_field(),
        (422, "/note")
    );
    house.close().await;
}

#[rstest]
#[case("/members", json!({"code": "Baru", "tier": "retail", "kind": "shop"}), "/code")]
#[case("/members", json!({"code": "baru", "tier": "gold", "kind": "shop"}), "/tier")]
#[case("/members", json!({"code": "baru", "tier": "retail", "kind": "toko"}), "/kind")]
#[case("/members", json!({"code": "baru", "tier": "retail", "kind": "shop", "upline": "siapa"}), "/upline")]
#[case("/members", json!({"code": "baru", "tier": "retail", "kind": "shop", "balance": 1}), "/balance")]
#[case("/members", json!({"code": "baru", "tier": "retail", "kind": "shop", "name": ""}), "/name")]
#[case("/members", json!({"code": "baru", "tier": "retail", "kind": "shop", "credit_limit": -1}), "/credit_limit")]
#[case("/members", json!({"tier": "retail", "kind": "shop"}), "/code")]
#[case("/members/toko", json!({"wallet": {}}), "/wallet")]
#[case("/members/toko", json!({"credit_limit": "1000"}), "/credit_limit")]
#[case("/keys", json!({"id": "kurang", "member": "toko", "scopes": ["trx:read"]}), "/id")]
#[case("/keys", json!({"id": "ek_test_x_000001", "member": "siapa", "scopes": ["trx:read"]}), "/member")]
#[case("/keys", json!({"id": "ek_test_x_000001", "member": "toko", "operator": "dewi", "scopes": ["trx:read"]}), "")]
#[case("/keys", json!({"id": "ek_test_x_000001", "member": "toko", "scopes": []}), "/scopes")]
#[case("/keys", json!({"id": "ek_test_x_000001", "member": "toko", "scopes": ["trx:*"]}), "/scopes/0")]
#[case("/keys", json!({"id": "ek_test_x_000001", "member": "toko", "scopes": ["trx:read"], "secret": "pick-my-own-secret"}), "/secret")]
#[tokio::test(flavor = "multi_thread")]
async fn t_02_every_bad_field_is_named(
    #[case] path: &str,
    #[case] body: Value,
    #[case] field: &str,
) {
    let house = House::open().await;
    let told = house.dewi().admin(path, &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}
