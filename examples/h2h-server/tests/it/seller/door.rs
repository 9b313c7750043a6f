//! Who is let in, in which spellings, and what everybody else hears.

use h2h_server::seller::Login;
use sandbox::otomax::sign;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Buyer, Shop};
use crate::house::{House, Told};

/// Every way in that is not right gets the same words, whichever of them it is.
#[tokio::test(flavor = "multi_thread")]
async fn t_15_a_stranger_never_hears_what_was_wrong() {
    let shop = Shop::open().await;
    let buyer = &shop.buyer;
    let elsewhere = json!({"networks": ["203.0.113.9/32"]});
    let elsewhere = Buyer::of(&shop.house, "JAUH01", "agen", &elsewhere).await;
    let number = "087800001060";
    let good = buyer.signed("XL10", number, "900001");
    let clear = |pin: &str, password: &str| {
        format!(
            "product=XL10&dest={number}&refID=900001&memberID=ERZ001&pin={pin}&password={password}"
        )
    };
    let stranger = "R#900001 GAGAL. IP/Member ID/PIN/Password/Sign salah";
    for query in [
        good.replace("ERZ001", "ERZ002"),
        good.replace("ERZ001", "ek_test_agen_0001"),
        good.replace("XL10", "XL5"),
        good.replace(number, "087800001061"),
        elsewhere.signed("XL10", number, "900001"),
        // Not without a sign, unless an operator has said so.
        clear(&buyer.pin, &buyer.password),
        clear(&buyer.pin, "wrong"),
    ] {
        assert_eq!(buyer.says(&query).await, stranger, "{query}");
        assert_eq!(buyer.says(&format!("{query}&check=1")).await, stranger);
    }
    assert_eq!(shop.house.agen().balance().await, 50_000_000);
    shop.house.close().await;
}

/// T-14: guessing is slowed down, and nobody else is.
#[tokio::test(flavor = "multi_thread")]
async fn t_14_after_five_wrong_signatures_not_even_the_right_one_is_looked_at() {
    let shop = Shop::open().await;
    let other = Buyer::of(&shop.house, "ERZ002", "agen", &json!({})).await;
    let number = "087800001070";
    let good = shop.buyer.signed("XL10", number, "900001");
    let wrong = good.replace("sign=", "sign=A");
    let guesses: Vec<_> = (0..100)
        .map(|_| {
            let (buyer, wrong) = (shop.buyer.clone(), wrong.clone());
            tokio::spawn(async move { buyer.says(&wrong).await })
        })
        .collect();
    for guess in guesses {
        assert!(guess.await.unwrap().contains("salah"));
    }
    assert!(shop.buyer.says(&good).await.contains("salah"), "locked");
    assert!(other.buys(number, "900002").await.contains("akan diproses"));
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_revoked_for_ever_and_opens_nothing_else() {
    let shop = Shop::open_with(&[], &json!({"plain": true})).await;
    let (house, buyer) = (&shop.house, &shop.buyer);
    let number = "087800001080";
    let login = format!(
        "memberID=ERZ001&pin={}&password={}",
        buyer.pin, buyer.password
    );
    assert_eq!(
        buyer.get(&format!("/otomax/toko/balance?{login}")).await.1,
        "Saldo 50.000.000"
    );
    // T-3: it signs no request of the API, by no part of it.
    let secret = Login {
        pin: buyer.pin.as_str().into(),
        password: buyer.password.as_str().into(),
    };
    for secret in [
        secret.secret().expose_secret().to_owned(),
        buyer.password.clone(),
    ] {
        let told = house
            .client("otomax-ERZ001", &secret)
            .get("/api/v1/balance")
            .await;
        assert_eq!(told.refusal(), (401, "UNAUTHENTICATED"));
    }
    // It is not among the keys, nor can it be touched as one.
    let keys = house.dewi().get("/api/v1/admin/keys").await;
    assert!(!keys.text.contains("ERZ001"));
    let touched = house
        .dewi()
        .admin("/keys/otomax-ERZ001/revoke", &json!({}))
        .await;
    assert_eq!(touched.refusal(), (404, "NOT_FOUND"));
    let listed = house.dewi().get("/api/v1/admin/buyers").await;
    assert_eq!(
        listed.body["data"]["buyers"][0],
        json!({"id": "ERZ001", "member": "agen", "networks": ["127.0.0.1/32"], "plain": true, "state": "active"})
    );
    assert!(!listed.text.contains(&buyer.password));
    let revoked = house
        .dewi()
        .admin("/buyers/ERZ001/revoke", &json!({}))
        .await;
    assert_eq!(revoked.data("state"), "revoked");
    assert!(buyer.buys(number, "900001").await.contains("salah"));
    let again = json!({"id": "ERZ001", "member": "agen", "networks": ["127.0.0.1/32"]});
    let again = house.dewi().admin("/buyers", &again).await;
    assert_eq!(again.refusal(), (409, "ALREADY_EXISTS"));
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_needs_an_address_a_member_and_a_name() {
    let shop = Shop::open().await;
    let dewi = shop.house.dewi();
    for (wanted, field) in [
        (
            json!({"id": "ERZ009", "member": "agen", "networks": []}),
            "/networks",
        ),
        (json!({"id": "ERZ009", "member": "agen"}), "/networks"),
        (
            json!({"id": "ERZ009", "member": "nobody", "networks": ["127.0.0.1/32"]}),
            "/member",
        ),
        (
            json!({"id": "erz009", "member": "agen", "networks": ["127.0.0.1/32"]}),
            "/id",
        ),
        (
            json!({"id": "ERZ009", "member": "agen", "networks": ["127.0.0.1/32"], "pin": "1"}),
            "/pin",
        ),
    ] {
        let told = dewi.admin("/buyers", &wanted).await;
        assert_eq!(told.refused_field(), (422, field), "{}", told.text);
    }
    shop.house.close().await;
}

/// In clear, by form, in other alphabets, in small letters: the same order.
#[tokio::test(flavor = "multi_thread")]
async fn the_family_writes_one_order_in_many_ways() {
    let shop = Shop::open_with(&[], &json!({"plain": true})).await;
    let (buyer, number) = (&shop.buyer, "087800001090");
    let good = buyer.signed("XL10", number, "900001");
    let standard = {
        let (before, sign) = good.split_once("sign=").unwrap();
        let sign = sign.replace('-', "%2B").replace('_', "%2F");
        format!("{before}sign={sign}%3D")
    };
    let clear = format!(
        "product=XL10&dest={number}&refID=900001&memberID=ERZ001&pin={}&password={}",
        buyer.pin, buyer.password
    );
    let small = good.replace("XL10", "xl10").replace("ERZ001", "erz001");
    for query in [
        good.clone(),
        standard,
        clear,
        small,
        good.replace("refID", "refid")
            .replace("memberID", "MEMBERID"),
    ] {
        let said = buyer.says(&query).await;
        assert!(
            said.contains(&format!("R#900001 XL10.{number} ")),
            "{query}: {said}"
        );
        assert!(!said.contains("GAGAL"), "{query}: {said}");
    }
    let form = buyer
        .http
        .post(shop.house.url("/otomax/toko/trx"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(good.clone());
    let (http, said) = Buyer::read(form.send().await.unwrap()).await;
    assert!(http == 200 && said.contains("R#900001"), "{said}");
    let balance = sign(&format!(
        "OtomaX|CheckBalance|ERZ001|{}|{}",
        buyer.pin, buyer.password
    ));
    for path in ["balance", "trx/balance"] {
        let path = format!("/otomax/toko/{path}?memberID=ERZ001&sign={balance}");
        assert!(buyer.get(&path).await.1.starts_with("Saldo 49."));
    }
    let command = format!("/otomax/toko?cmd=balance&memberID=ERZ001&sign={balance}");
    assert!(buyer.get(&command).await.1.starts_with("Saldo 49."));
    let ticket = sign(&format!(
        "OtomaX|ticket|ERZ001|{}|{}|1000000",
        buyer.pin, buyer.password
    ));
    let ticket = format!("/otomax/toko/ticket?memberID=ERZ001&amount=1000000&sign={ticket}");
    assert!(
        buyer
            .get(&ticket)
            .await
            .1
            .starts_with("GAGAL. Tiket deposit")
    );
    buyer.until(number, "900001", "SUKSES").await;
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    shop.house.close().await;
}

/// T-6, T-8: the field and its rule are named, what was sent is not repeated, and nothing is bought.
#[tokio::test(flavor = "multi_thread")]
async fn t_06_what_cannot_be_read_is_refused_by_name() {
    let shop = Shop::open().await;
    let (buyer, number) = (&shop.buyer, "087800001100");
    let good = buyer.signed("XL10", number, "900001");
    for (query, said) in [
        (
            format!("{good}&Dest=0878"),
            "R#0 GAGAL. Format salah: dest: a parameter occurs once",
        ),
        (
            format!("{good}&price=1"),
            "R#0 GAGAL. Format salah: known parameters: ",
        ),
        (
            good.replace("qty=1", "qty=2"),
            "R#900001 GAGAL. Format salah: qty: 1: ",
        ),
        (
            good.replace(number, "0878%7C1"),
            "R#900001 GAGAL. Format salah: dest: 3 to 64 ",
        ),
        (
            good.replace("refID=900001", "refID=%5Brefid%5D"),
            "R#0 GAGAL. Format salah: refid: ",
        ),
        (
            good.replace("sign=", "sgin="),
            "R#0 GAGAL. Format salah: known parameters: ",
        ),
        (
            format!("{good}&jenis=5"),
            "R#900001 GAGAL. Format salah: jenis: ",
        ),
        (String::new(), "R#0 GAGAL. Format salah: refid: required"),
    ] {
        let told = buyer.says(&query).await;
        assert!(told.starts_with(said), "{query}: {told}");
    }
    let both = buyer
        .http
        .post(shop.house.url(&format!("/otomax/toko/trx?{good}")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("check=1");
    let (_, said) = Buyer::read(both.send().await.unwrap()).await;
    assert!(
        said.contains("Format salah: parameters stand in the query"),
        "{said}"
    );
    assert_eq!(shop.house.agen().balance().await, 50_000_000);
    shop.house.close().await;
}

/// Off, or under another name, there is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_there_unless_the_settings_say_so() {
    let closed = House::open().await;
    let shop = Shop::open().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for url in [
        closed.url("/otomax/toko/trx"),
        closed.url("/irs/toko/api/h2h"),
        shop.house.url("/otomax/warung/trx"),
        shop.house.url("/otomax/TOKO/trx"),
        shop.house.url("/irs/warung/api/h2h"),
    ] {
        let told = Told::of(http.get(&url).send().await.unwrap()).await;
        assert_eq!(told.refusal(), (404, "ROUTE_NOT_FOUND"), "{url}");
    }
    closed.close().await;
    shop.house.close().await;
}

/// T-16: the member's own limits, as of every other door; a busy answer is no sentence that could be taken for a failure.
#[tokio::test(flavor = "multi_thread")]
async fn t_16_too_many_orders_are_turned_away_before_anything_is_read() {
    let shop = Shop::open().await;
    let toko = Buyer::of(&shop.house, "TOKO01", "toko", &json!({})).await;
    for n in 0..3 {
        toko.buys(&format!("08780000113{n}"), &format!("A-{n}"))
            .await;
    }
    let query = toko.signed("XL10", "087800001134", "A-4");
    let (http, said) = toko.get(&format!("/otomax/toko/trx?{query}")).await;
    assert_eq!(http, 429);
    assert!(
        !said.contains("GAGAL") && !said.contains("SUKSES"),
        "{said}"
    );
    shop.house.close().await;
}
