//! Where members are told, administered.

use rstest::rstest;
use serde_json::{Value, json};

use crate::house::{House, order};

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_set_once_and_its_secret_told_once() {
    let house = House::open().await;
    let dewi = house.dewi();
    let path = "/members/agen/webhook";
    let absent = dewi.get("/api/v1/admin/members/agen/webhook").await;
    assert_eq!(absent.refusal(), (404, "NOT_FOUND"));
    let wanted = json!({"url": "https://agen.example.com/hook"});
    let set = dewi.admin(path, &wanted).await;
    let secret = set.data("secret").to_owned();
    assert!(secret.starts_with("whsec_"), "{}", set.text);
    let again = dewi.admin(path, &wanted).await;
    assert_eq!(
        again.body["data"]["secret"],
        Value::Null,
        "T-27: a second click makes no second secret"
    );
    let shown = dewi.get("/api/v1/admin/members/agen/webhook").await;
    assert_eq!(
        (shown.data("url"), shown.data("state")),
        ("https://agen.example.com/hook", "active")
    );
    assert!(!shown.text.contains(&secret));

    // The secret changes in two steps, so that no receiver is left behind by a click too many.
    let rotate = json!({"url": "https://agen.example.com/hook", "rotate": true});
    let rotated = dewi.admin(path, &rotate).await;
    assert_ne!(rotated.data("secret"), secret);
    assert_eq!(
        rotated.body["data"]["changing_secret"], true,
        "{}",
        rotated.text
    );
    assert_eq!(
        dewi.admin(path, &rotate).await.refusal(),
        (409, "NOT_POSSIBLE")
    );
    for _ in 0..2 {
        let settled = dewi.admin("/members/agen/webhook/settle", &json!({})).await;
        assert_eq!(
            settled.body["data"]["changing_secret"], false,
            "{}",
            settled.text
        );
    }
    for _ in 0..2 {
        assert_eq!(
            dewi.admin("/members/agen/webhook/remove", &json!({}))
                .await
                .http,
            200
        );
    }
    let absent = dewi.get("/api/v1/admin/members/agen/webhook").await;
    assert_eq!(absent.refusal(), (404, "NOT_FOUND"));
    let replay = json!({"from": "2026-01-01T00:00:00+07:00", "to": "2026-01-02T00:00:00+07:00"});
    let nobody = dewi.admin("/members/agen/webhook/replay", &replay).await;
    assert_eq!(nobody.refused_field(), (422, "/endpoint"));
    let taken = house.agen().post(&order("HOOK-1", "087800007001")).await;
    let again = format!("/orders/{}/redeliver", taken.data("trx_id"));
    assert_eq!(
        dewi.admin(&again, &json!({})).await.refused_field(),
        (422, "/endpoint")
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_no_time_and_a_port_are_refused_by_their_rules() {
    let house = House::open().await;
    let dewi = house.dewi();
    let path = "/members/agen/webhook";
    let wrong = json!({"url": "https://agen.example.com:22/hook"});
    let told = dewi.admin(path, &wrong).await;
    assert_eq!(told.refused_field(), (422, "/url"), "{}", told.text);
    assert!(told.text.contains("port: 443 or 8443"), "{}", told.text);
    let wanted = json!({"url": "https://agen.example.com/hook"});
    assert_eq!(dewi.admin(path, &wanted).await.http, 200);
    let (first, second) = ("2026-01-01T00:00:00+07:00", "2026-01-02T00:00:00+07:00");
    for (from, to) in [(second, first), (first, first)] {
        let replay = json!({"from": from, "to": to});
        let told = dewi.admin("/members/agen/webhook/replay", &replay).await;
        assert_eq!(told.refused_field(), (422, "/to"), "{}", told.text);
    }
    house.close().await;
}

#[rstest]
#[case::metadata(json!({"url": "https://169.254.169.254/latest"}), "/url")]
#[case::loopback(json!({"url": "https://127.0.0.1/hook"}), "/url")]
#[case::a_number(json!({"url": "https://2130706433/hook"}), "/url")]
#[case::plain_http(json!({"url": "http://agen.example.com/hook"}), "/url")]
#[case::a_port(json!({"url": "https://agen.example.com:5432/hook"}), "/url")]
#[case::a_user(json!({"url": "https://user:pass@agen.example.com/hook"}), "/url")]
#[case::nothing(json!({"url": ""}), "/url")]
#[case::a_form(json!({"url": "https://agen.example.com/", "format": "xml"}), "/format")]
#[case::no_secret(json!({"url": "https://agen.example.com/", "format": "legacy_get", "rotate": true}), "/rotate")]
#[case::a_secret(json!({"url": "https://agen.example.com/", "secret": "whsec_mine"}), "/secret")]
#[tokio::test(flavor = "multi_thread")]
async fn t_13_an_address_that_nobody_should_make_us_call_is_refused_when_it_is_set(
    #[case] body: Value,
    #[case] field: &str,
) {
    let house = House::open().await;
    let told = house.dewi().admin("/members/agen/webhook", &body).await;
    assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    house.close().await;
}
