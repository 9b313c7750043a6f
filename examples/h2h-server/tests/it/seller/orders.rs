//! Orders in this dialect: taken, delivered, told again, refused.

use h2h_server::seller::telling::Why;
use sandbox::{Match, Plan};
use serde_json::json;

use super::{Buyer, Shop, plain};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_taken_delivered_and_told_again() {
    let shop = Shop::open().await;
    let (buyer, number) = (&shop.buyer, "087800001001");
    let said = buyer.buys(number, "900001").await;
    assert_eq!(
        plain(&said),
        format!(
            "T# R#900001 XL10.{number} akan diproses @…. Saldo 50.000.000 - 10.500 = 49.989.500"
        )
    );
    let said = buyer.until(number, "900001", "SUKSES").await;
    let order = shop.house.agen().get("/api/v1/transactions/900001").await;
    assert_eq!(
        plain(&said),
        format!(
            "T# R#900001 XL10.{number} sudah pernah jam …, status SUKSES. SN/Ref: {}. Saldo 49.989.500",
            order.data("sn")
        )
    );
    // Again without check: a question all the same (T-4).
    assert_eq!(plain(&buyer.buys(number, "900001").await), plain(&said));
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    assert_eq!(shop.house.agen().balance().await, 50_000_000 - 10_500);
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_hears_the_end_in_the_first_answer() {
    let shop = Shop::open_with(&[("SELLER__WAIT", "8s")], &json!({})).await;
    let (good, bad) = ("087800001002", "087800001003");
    let said = shop.buyer.buys(good, "900001").await;
    assert!(
        said.contains(&format!("R#900001 XL10.{good} SUKSES. SN/Ref: ")),
        "{said}"
    );
    let sandbox = &shop.house.sandbox;
    sandbox.script(Match::CustomerNo(bad.to_owned()), Plan::gagal());
    let said = shop.buyer.buys(bad, "900002").await;
    assert!(
        said.contains(&format!("R#900002 XL10.{bad} GAGAL. ")),
        "{said}"
    );
    assert!(
        said.contains(". Saldo 49.979.000 + 10.500 = 49.989.500 @"),
        "{said}"
    );
    let said = plain(&shop.buyer.asks(bad, "900002").await);
    assert!(
        said.starts_with(&format!(
            "T# R#900002 XL10.{bad} sudah pernah jam …, status GAGAL. "
        )),
        "{said}"
    );
    shop.house.close().await;
}

/// T-6: whatever is asked with `check=1`, nothing is bought.
#[tokio::test(flavor = "multi_thread")]
async fn t_06_a_question_never_buys() {
    let shop = Shop::open().await;
    let (buyer, number) = (&shop.buyer, "087800001010");
    assert_eq!(
        buyer.asks(number, "900001").await,
        format!("TIDAK ADA transaksi R#900001 tujuan {number}. Tidak ada data.")
    );
    assert_eq!(shop.house.agen().balance().await, 50_000_000);
    assert_eq!(shop.house.sandbox.deliveries_to(number), 0);
    // The reference is still free, and an order under it is one.
    let said = buyer.buys(number, "900001").await;
    assert!(said.contains("akan diproses"), "{said}");
    // Asked about another number or product, nothing is said of this order: least of all that it failed.
    let said = buyer.asks("087800001011", "900001").await;
    assert!(said.starts_with("TIDAK ADA"), "{said}");
    let query = buyer.signed("NONE1", number, "900001");
    let said = buyer.says(&format!("{query}&check=1")).await;
    assert!(said.starts_with("TIDAK ADA"), "{said}");
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_18_the_same_reference_with_other_goods_is_refused_and_changes_nothing() {
    let shop = Shop::open().await;
    let buyer = &shop.buyer;
    buyer.buys("087800001020", "900001").await;
    let said = buyer.buys("087800001021", "900001").await;
    assert_eq!(
        said,
        "R#900001 XL10.087800001021 GAGAL. refID sudah dipakai transaksi lain"
    );
    assert_eq!(shop.house.sandbox.deliveries_to("087800001021"), 0);
    let said = buyer.until("087800001020", "900001", "SUKSES").await;
    assert!(said.contains("R#900001 XL10.087800001020"), "{said}");
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_a_hundred_at_once_are_one_order() {
    let shop = Shop::open().await;
    let number = "087800001030";
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let buyer = shop.buyer.clone();
            tokio::spawn(async move { buyer.buys(number, "900001").await })
        })
        .collect();
    let mut taken = 0;
    for call in calls {
        let said = call.await.unwrap();
        assert!(said.contains(&format!("R#900001 XL10.{number} ")), "{said}");
        assert!(!said.contains("GAGAL"), "{said}");
        taken += usize::from(said.contains("akan diproses"));
    }
    assert_eq!(taken, 1);
    shop.buyer.until(number, "900001", "SUKSES").await;
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    assert_eq!(shop.house.agen().balance().await, 50_000_000 - 10_500);
    shop.house.close().await;
}

/// Kept, so that the same reference keeps the answer: buyers have paid their customer back by then (INV-6, INV-18).
#[tokio::test(flavor = "multi_thread")]
async fn inv_18_a_refusal_is_kept_and_what_is_no_order_is_not() {
    let shop = Shop::open_with(&[], &json!({})).await;
    let poor = Buyer::of(&shop.house, "LAIN01", "lain", &json!({})).await;
    let number = "087800001040";
    let said = poor.buys(number, "900001").await;
    assert_eq!(
        plain(&said),
        format!("R#900001 XL10.{number} GAGAL. Saldo tidak cukup. Saldo 5.000 @…")
    );
    let deposit = json!({"member": "lain", "amount": 100_000, "source": "bca", "reference": "T-1", "kind": "deposit"});
    assert_eq!(
        shop.house.dewi().admin("/deposits", &deposit).await.http,
        200
    );
    let said = poor.buys(number, "900001").await;
    assert!(said.contains("status GAGAL. Saldo tidak cukup."), "{said}");
    assert_eq!(shop.house.sandbox.deliveries_to(number), 0);
    for (product, why) in [
        ("NONE1", Why::Trouble),
        ("SHUT1", Why::CutOff),
        ("UNKNOWN", Why::Product),
    ] {
        let query = shop.buyer.signed(product, number, &format!("A-{product}"));
        let said = shop.buyer.says(&query).await;
        let expected = format!(
            "R#A-{product} {product}.{number} GAGAL. {}. Saldo 50.000.000 @…",
            why.words()
        );
        assert_eq!(plain(&said), expected);
    }
    // An unknown product is no order: the reference is free.
    let said = shop.buyer.buys(number, "A-UNKNOWN").await;
    assert!(said.contains("akan diproses"), "{said}");
    shop.house.close().await;
}

/// E-16: the second of a day is refused without a word that a buyer could take for a success.
#[tokio::test(flavor = "multi_thread")]
async fn e_16_the_second_of_a_day_needs_a_counter() {
    let shop = Shop::open().await;
    let toko = Buyer::of(&shop.house, "TOKO01", "toko", &json!({})).await;
    let number = "087800001050";
    toko.buys(number, "900001").await;
    let said = toko.buys(number, "900002").await;
    assert!(
        said.starts_with(&format!(
            "R#900002 XL10.{number} GAGAL. Transaksi dobel, ulangi dengan counter=2. Saldo "
        )),
        "{said}"
    );
    assert!(!said.to_lowercase().contains("sukses"), "{said}");
    let query = toko.signed("XL10", number, "900003");
    let said = toko.says(&format!("{query}&counter=2")).await;
    assert!(said.contains("akan diproses"), "{said}");
    shop.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn irs_orders_in_its_own_words() {
    let shop = Shop::open_with(&[("SELLER__WAIT", "8s")], &json!({"plain": true})).await;
    let (buyer, number) = (&shop.buyer, "087800001110");
    let path = format!(
        "/irs/toko/api/h2h?id=ERZ001&pin={}&user=u1&pass={}&kodeproduk=XL10&tujuan={number}&counter=1&idtrx=900001",
        buyer.pin, buyer.password
    );
    let (_, first) = buyer.get(&path).await;
    let (_, again) = buyer.get(&path).await;
    let sn = shop.house.agen().get("/api/v1/transactions/900001").await;
    let expected = format!(
        "TRX XL10.{number} BERHASIL, HRG:10.500 SN:{}. SISA SALDO:49.989.500 CLIENTID=900001.",
        sn.data("sn")
    );
    assert_eq!([first, again], [expected.clone(), expected]);
    assert_eq!(shop.house.sandbox.deliveries_to(number), 1);
    let (_, said) = buyer.get(&path.replace("pin=", "pin=1")).await;
    assert_eq!(
        said,
        "TRX CLIENTID=900001 GAGAL, IP/Member ID/PIN/Password salah."
    );
    shop.house.close().await;
}

/// A suspended member orders nothing, and still hears how its open orders end (E-34): a failure would be a lie.
#[tokio::test(flavor = "multi_thread")]
async fn e_34_a_suspended_member_hears_of_its_open_orders() {
    let shop = Shop::open().await;
    let (buyer, number) = (&shop.buyer, "087800001120");
    let sandbox = &shop.house.sandbox;
    sandbox.script(Match::CustomerNo(number.to_owned()), Plan::pending());
    buyer.buys(number, "900001").await;
    let told = shop
        .house
        .dewi()
        .admin("/members/agen", &json!({"status": "suspended"}))
        .await;
    assert_eq!(told.http, 200, "{}", told.text);
    for said in [
        buyer.asks(number, "900001").await,
        buyer.buys(number, "900001").await,
    ] {
        assert!(said.contains("status Menunggu Jawaban"), "{said}");
    }
    let said = buyer.buys(number, "900002").await;
    assert_eq!(said, "R#900002 GAGAL. IP/Member ID/PIN/Password/Sign salah");
    shop.house.close().await;
}
