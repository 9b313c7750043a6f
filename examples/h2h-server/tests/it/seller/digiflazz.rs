//! Digiflazz buys: orders in its dialect, told again and reported.

use eraflazz_core::webhook::{Format, Report};
use md5::{Digest as _, Md5};
use sandbox::{Match, Plan};
use serde_json::{Value, json};

use super::{ON, Shop};
use crate::house::{House, Told};
use crate::receiver::Receiver;

impl Shop {
    fn topup(&self, code: &str, hp: &str, ref_id: &str) -> Value {
        let text = format!("{}{}{ref_id}", self.buyer.member, self.buyer.password);
        let sign = base16ct::lower::encode_string(&Md5::digest(text));
        json!({"username": self.buyer.member, "commands": "topup", "ref_id": ref_id, "hp": hp, "pulsa_code": code, "sign": sign})
    }

    async fn posts(&self, body: &Value) -> Told {
        let url = self.house.url("/digiflazz/toko/prepaid");
        let posted = self.buyer.http.post(url).json(body).send().await;
        Told::of(posted.unwrap()).await
    }

    /// The answer about an order.
    async fn tops_up(&self, hp: &str, ref_id: &str) -> Value {
        let told = self.posts(&self.topup("xl10", hp, ref_id)).await;
        assert_eq!(told.http, 200, "{}", told.text);
        told.body["data"].clone()
    }

    async fn until_rc(&self, hp: &str, ref_id: &str, rc: &str) -> Value {
        let began = std::time::Instant::now();
        loop {
            let said = self.tops_up(hp, ref_id).await;
            if said["rc"] == rc {
                return said;
            }
            assert!(began.elapsed() < crate::house::PATIENCE, "not {rc}: {said}");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_taken_delivered_and_told_again() {
    let shop = Shop::open().await;
    let number = "087800001501";
    let said = shop.tops_up(number, "dfj026mt04zxal20").await;
    assert!(
        said.as_object().unwrap().values().all(Value::is_string),
        "{said}"
    );
    let first = [
        "ref_id", "status", "code", "hp", "price", "message", "balance", "rc", "sn",
    ];
    assert_eq!(
        first.map(|field| said[field].as_str().unwrap()),
        [
            "dfj026mt04zxal20",
            "0",
            "xl10",
            number,
            "10500",
            "PROCESS",
            "49989500",
            "39",
            ""
        ]
    );
    let said = shop.until_rc(number, "dfj026mt04zxal20", "00").await;
    let order = shop
        .house
        .agen()
        .get("/api/v1/transactions/dfj026mt04zxal20")
        .await;
    assert_eq!(
        (&said["status"], &said["message"]),
        (&json!("1"), &json!("SUCCESS"))
    );
    assert_eq!(
        (said["sn"].as_str(), said["tr_id"].as_str()),
        (Some(order.data("sn")), Some(order.data("trx_code")))
    );
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    assert_eq!(shop.house.agen().balance().await, 50_000_000 - 10_500);
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_delivered_is_told_by_its_code() {
    let shop = Shop::open().await;
    let bad = "087800001502";
    shop.house
        .sandbox
        .script(Match::CustomerNo(bad.to_owned()), Plan::gagal());
    shop.tops_up(bad, "900001").await;
    let said = shop.until_rc(bad, "900001", "07").await;
    assert_eq!(
        (&said["status"], &said["balance"]),
        (&json!("2"), &json!("50000000"))
    );
    for (ref_id, code, hp, rc) in [
        ("900002", "TIDAKADA", "087800001503", "20"),
        ("900003", "XL10", "0813", "14"),
    ] {
        let told = shop.posts(&shop.topup(code, hp, ref_id)).await;
        assert_eq!(
            (told.http, told.data("rc"), told.data("status")),
            (200, rc, "2"),
            "{code} {hp}: {}",
            told.text
        );
    }
    assert_eq!(shop.house.agen().balance().await, 50_000_000);
    shop.house.close().await;
}

/// The signature covers neither the goods nor the number: whoever changes them under a known reference buys nothing, and hears nothing of the order (INV-18, T-4).
#[tokio::test(flavor = "multi_thread")]
async fn inv_18_other_goods_under_a_known_reference_are_no_order() {
    let shop = Shop::open().await;
    let (number, other) = ("087800001510", "087800001511");
    shop.tops_up(number, "900001").await;
    shop.until_rc(number, "900001", "00").await;
    let said = shop.tops_up(other, "900001").await;
    assert_eq!(
        (&said["rc"], &said["status"], &said["sn"], &said["tr_id"]),
        (&json!("39"), &json!("0"), &json!(""), &json!(""))
    );
    assert_eq!(shop.house.sandbox.deliveries_to(other), 0);
    assert_eq!(shop.house.agen().balance().await, 50_000_000 - 10_500);
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_08_strangers_hear_of_no_order() {
    let shop = Shop::open().await;
    let number = "087800001520";
    shop.tops_up(number, "900001").await;
    let with = |field: &str, value: &str| {
        let mut body = shop.topup("XL10", number, "900001");
        body[field] = json!(value);
        body
    };
    for body in [
        with("sign", "00000000000000000000000000000000"),
        with("sign", "x"),
        with("username", "DIGI99"),
        with("ref_id", "900002"),
    ] {
        let told = shop.posts(&body).await;
        assert_eq!(
            (told.http, told.data("rc"), told.data("status")),
            (200, "204", "0"),
            "{}",
            told.text
        );
        assert_eq!((told.data("price"), told.data("balance")), ("0", "0"));
    }
    for (body, field) in [
        (with("commands", "pay-pasca"), "/commands"),
        (with("hp", "0878|1"), "/hp"),
        (with("pulsa_code", "XL 10"), "/pulsa_code"),
        (with("ref_id", ""), "/ref_id"),
    ] {
        let told = shop.posts(&body).await;
        assert_eq!(told.refused_field(), (422, field), "{}", told.text);
        assert!(
            told.body.get("data").is_none_or(Value::is_null),
            "{}",
            told.text
        );
    }
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_does_not_sell_has_no_such_address() {
    let house = House::open().await;
    let told = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(house.url("/digiflazz/toko/prepaid"))
        .body("{}")
        .send()
        .await;
    assert_eq!(Told::of(told.unwrap()).await.http, 404);
    house.close().await;
    let shop = Shop::open_with(&ON[..0], &json!({})).await;
    let url = shop.house.url("/digiflazz/lain/prepaid");
    let told = shop
        .buyer
        .http
        .post(url)
        .json(&shop.topup("XL10", "087800001530", "1"))
        .send()
        .await;
    assert_eq!(Told::of(told.unwrap()).await.http, 404);
    shop.house.close().await;
}

/// A callback as Digiflazz takes it, on success and on failure.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_posted_in_its_words() {
    let receiver = Receiver::start().await;
    let ports = receiver.port.to_string();
    let here = [
        ("WEBHOOKS__PLAIN_HTTP", "true"),
        ("WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8"),
        ("WEBHOOKS__PORTS", ports.as_str()),
    ];
    let shop = Shop::open_with(&here, &json!({})).await;
    let set = json!({"url": receiver.url("ok"), "format": "digiflazz_post"});
    let told = shop.house.dewi().admin("/members/agen/webhook", &set).await;
    assert_eq!(told.data("format"), "digiflazz_post", "{}", told.text);
    let (good, bad) = ("087800001540", "087800001541");
    shop.house
        .sandbox
        .script(Match::CustomerNo(bad.to_owned()), Plan::gagal());
    shop.tops_up(good, "900001").await;
    let got = receiver.until(|got| !got.is_empty()).await;
    assert_eq!(got[0].headers["content-type"], "application/json");
    let sent: Value = serde_json::from_slice(&got[0].body).unwrap();
    let order = shop.house.agen().get("/api/v1/transactions/900001").await;
    assert_eq!(
        sent,
        json!({"data": {
            "ref_id": "900001", "status": "1", "code": "XL10", "hp": good, "price": "10500", "message": "SUCCESS", "balance": "49989500",
            "tr_id": order.data("trx_code"), "rc": "00", "sn": order.data("sn"),
        }})
    );
    shop.tops_up(bad, "900002").await;
    let got = receiver.until(|got| got.len() > 1).await;
    let sent: Value = serde_json::from_slice(&got[1].body).unwrap();
    assert_eq!(
        (
            &sent["data"]["rc"],
            &sent["data"]["status"],
            &sent["data"]["sn"]
        ),
        (&json!("07"), &json!("2"), &json!(""))
    );
    let kept = shop
        .house
        .dewi()
        .get("/api/v1/admin/members/agen/webhook")
        .await;
    assert_eq!(kept.data("format"), "digiflazz_post", "{}", kept.text);
    assert_eq!(
        Format::LegacyPost(Report::digiflazz()).report(),
        Some(&Report::digiflazz())
    );
    shop.house.close().await;
}
