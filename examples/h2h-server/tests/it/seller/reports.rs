//! The end of an order at the buyer's report URL.

use eraflazz_core::webhook::{Format, Report};
use sandbox::{Match, Plan};
use serde_json::json;

use super::Shop;
use crate::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_reported_in_the_buyers_words() {
    let receiver = Receiver::start().await;
    let ports = receiver.port.to_string();
    let here = [
        ("WEBHOOKS__PLAIN_HTTP", "true"),
        ("WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8"),
        ("WEBHOOKS__PORTS", ports.as_str()),
    ];
    let shop = Shop::open_with(&here, &json!({})).await;
    let (house, buyer) = (&shop.house, &shop.buyer);
    let set = json!({"url": receiver.url("ok"), "format": "otomax_get"});
    let told = house.dewi().admin("/members/agen/webhook", &set).await;
    assert_eq!(told.data("format"), "otomax_get", "{}", told.text);
    let (good, bad) = ("087800001140", "087800001141");
    buyer.buys(good, "900001").await;
    let got = receiver.until(|got| !got.is_empty()).await;
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(got[0].query.as_bytes())
        .into_owned()
        .collect();
    let order = house.agen().get("/api/v1/transactions/900001").await;
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["refid", "t", "status", "price", "sn", "message"]);
    let values: Vec<&str> = sent.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(
        values[..5],
        [
            "900001",
            order.data("trx_code"),
            "20",
            "10500",
            order.data("sn")
        ]
    );
    assert!(
        values[5].contains(&format!(
            "R#900001 XL10.{good} SUKSES. SN/Ref: {}. Saldo 50.000.000 - 10.500 = 49.989.500 @",
            order.data("sn")
        )),
        "{}",
        values[5]
    );
    // An address with places of its own is filled in, and nothing is added to it.
    let url = receiver.url("ok") + "?key=a%26b&id=[refid]&rc=[status]&text=[message]";
    house
        .listens("agen", &url, Format::LegacyGet(Report::otomax()))
        .await;
    house
        .sandbox
        .script(Match::CustomerNo(bad.to_owned()), Plan::gagal());
    buyer.buys(bad, "900002").await;
    let got = receiver.until(|got| got.len() > 1).await;
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(got[1].query.as_bytes())
        .into_owned()
        .collect();
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["key", "id", "rc", "text"]);
    assert_eq!((sent[0].1.as_str(), sent[1].1.as_str()), ("a&b", "900002"));
    assert!(
        sent[2].1.starts_with('4') || sent[2].1.starts_with('5'),
        "{}",
        sent[2].1
    );
    assert!(
        sent[3].1.contains(&format!("R#900002 XL10.{bad} GAGAL. ")),
        "{}",
        sent[3].1
    );
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_too_few_places_is_refused() {
    let shop = Shop::open().await;
    let dewi = shop.house.dewi();
    for places in ["id=[refid]", "rc=[status]", "sn=[sn]"] {
        let set =
            json!({"url": format!("https://toko.example.com/r?{places}"), "format": "otomax_get"});
        let told = dewi.admin("/members/agen/webhook", &set).await;
        assert_eq!(told.refused_field(), (422, "/url"), "{}", told.text);
    }
    shop.house.close().await;
}
