//! Members are told, over real HTTP: signed, at the newest revision, wherever their endpoint leads and however it behaves.

use std::time::{Duration, Instant};

use eraflazz_core::webhook::{
    Answer, Disabled, EndpointState, Format, HookSecret, Outcome, Report, ReportField, Signing,
};
use reqwest::Method;
use standardwebhooks::Webhook;

use crate::document::hold_webhook;
use crate::house::{House, PATIENCE, order};
use crate::receiver::{Got, Receiver};

pub(crate) fn secret(byte: u8) -> HookSecret {
    let mut bytes = *b"0123456789abcdef0123456789abcdef";
    bytes[0] = byte;
    HookSecret::mint(&bytes).unwrap()
}

pub(crate) fn standard() -> Format {
    Format::Standard(Signing::with(secret(1)))
}

fn is_signed(got: &Got, secret: &HookSecret) -> bool {
    let webhook = Webhook::new(secret.expose()).unwrap();
    webhook.verify(&got.body, &got.headers).is_ok()
}

/// The outcomes of the tries so far, newest first.
async fn outcomes(house: &House, code: &str) -> Vec<Outcome> {
    let tries = house.server.engine().deliveries(house.member(code).await);
    tries.iter().map(|one| one.answer.outcome).collect()
}

async fn tried(house: &House, code: &str, wanted: fn(&Outcome) -> bool) -> Answer {
    let began = Instant::now();
    let member = house.member(code).await;
    loop {
        let tries = house.server.engine().deliveries(member);
        if let Some(one) = tries.iter().find(|one| wanted(&one.answer.outcome)) {
            return one.answer.clone();
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{:?}",
            outcomes(house, code).await
        );
        tokio::task::yield_now().await;
    }
}

async fn state(house: &House, code: &str) -> EndpointState {
    let member = house.member(code).await;
    let row = house.server.engine().members().endpoint(member).await;
    row.unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_29_an_order_is_told_as_its_member_reads_it() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    house.listens("agen", &receiver.url("ok"), standard()).await;
    let agen = house.agen();
    agen.post(&order("H-1", "087800001001")).await;
    let got = receiver
        .until(|got| got.last().is_some_and(|last| last.status() == "SUCCESS"))
        .await;
    let last = got.last().unwrap();
    assert_eq!(last.method, Method::POST);
    assert_eq!(last.header("content-type"), "application/json");
    let read = agen.get("/api/v1/transactions/H-1").await;
    let told = last.json();
    assert_eq!(told["data"], read.body["data"]);
    hold_webhook(&told);
    assert_eq!(told["type"], "transaction.updated");
    assert!(!told["timestamp"].as_str().unwrap().is_empty());
    let id = read.data("trx_id").replace('-', "");
    let revision = &read.body["data"]["revision"];
    assert_eq!(last.header("webhook-id"), format!("evt_{id}_{revision}"));
    for one in &got {
        assert!(is_signed(one, &secret(1)), "{one:?}");
        assert!(!is_signed(one, &secret(2)));
    }
    let answer = tried(&house, "agen", |one| one.is_taken()).await;
    assert_eq!(answer.kept, "OK");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_in_trouble_is_tried_again_and_slows_nobody() {
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    let house = House::open_for(&[&good, &bad], &[("WEBHOOKS__TIMEOUT", "1s")]).await;
    house.listens("agen", &bad.url("hangs"), standard()).await;
    house.listens("lain", &good.url("ok"), standard()).await;
    let agen = house.agen();
    for n in 0..20 {
        let taken = agen
            .post(&order(&format!("D-{n}"), &format!("0878000010{n:02}")))
            .await;
        assert_eq!(taken.http, 200, "{}", taken.text);
    }
    bad.until(|got| got.len() >= 2).await;
    let began = Instant::now();
    let lain = house.client("ek_test_lain_0001", "test-secret-of-lain-0001-abcdef");
    let refused = lain.post(&order("D-1", "087800001999")).await;
    assert_eq!(refused.http, 400, "too poor: {}", refused.text);
    let by = "operator".parse().unwrap();
    let member = house.member("lain").await;
    let ref_id = "D-1".parse().unwrap();
    let engine = house.server.engine();
    let told = engine.order(member, &ref_id).await.unwrap().unwrap();
    engine.redeliver(told.id, &by).await.unwrap();
    let got = good.until(|got| !got.is_empty()).await;
    assert_eq!(got[0].status(), "FAILED");
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "held up by the dead one"
    );
    tried(&house, "agen", |one| *one == Outcome::TimedOut).await;
    house.listens("agen", &good.url("ok"), standard()).await;
    good.until(|got| {
        let done = got.iter().filter(|one| one.status() == "SUCCESS");
        done.count() >= 20
    })
    .await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed_and_500_is_tried_again() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    for (code, manner) in [("agen", "redirect"), ("toko", "500")] {
        house.listens(code, &receiver.url(manner), standard()).await;
    }
    house.agen().post(&order("R-1", "087800001001")).await;
    let toko = house.client("ek_test_toko_0001", "test-secret-of-toko-0001-abcdef");
    toko.post(&order("R-1", "087800001002")).await;
    let got = receiver
        .until(|got| {
            let many = |path| got.iter().filter(|one| one.path == path).count() >= 3;
            many("redirect") && many("500")
        })
        .await;
    assert!(got.iter().all(|one| one.path != "ok"), "followed");
    let refused = |one: &Outcome| matches!(one, Outcome::Refused { .. });
    assert_eq!(
        tried(&house, "agen", refused).await.outcome.code(),
        Some(302)
    );
    assert_eq!(
        tried(&house, "toko", refused).await.outcome.code(),
        Some(500)
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_is_gone_until_an_operator_says_otherwise() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    house
        .listens("agen", &receiver.url("410"), standard())
        .await;
    let agen = house.agen();
    agen.post(&order("G-1", "087800001001")).await;
    tried(&house, "agen", |one| one.code() == Some(410)).await;
    let EndpointState::Disabled { why, .. } = state(&house, "agen").await else {
        panic!("still called");
    };
    assert_eq!(why, Disabled::Gone);
    agen.until("G-1", "SUCCESS").await;
    let before = receiver.got().len();
    house.listens("agen", &receiver.url("ok"), standard()).await;
    let got = receiver.until(|got| got.len() > before).await;
    assert_eq!(got.last().unwrap().path, "ok");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_honoured() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    house
        .listens("agen", &receiver.url("later"), standard())
        .await;
    house.agen().post(&order("L-1", "087800001001")).await;
    // Sixty times faster than real time the schedule alone would try again after 83 ms.
    let got = receiver.until(|got| got.len() >= 4).await;
    let waits = got.windows(2).map(|pair| pair[1].at - pair[0].at);
    let pauses = waits.filter(|wait| *wait >= Duration::from_millis(950));
    assert!(pauses.count() >= 1, "{got:#?}");
    let asked = |one: &Outcome| matches!(one, Outcome::Refused { code: 503, retry_after } if *retry_after == Some(Duration::from_secs(1)));
    tried(&house, "agen", asked).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_24_an_endless_answer_is_cut() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    house
        .listens("agen", &receiver.url("endless"), standard())
        .await;
    house.agen().post(&order("E-1", "087800001001")).await;
    let answer = tried(&house, "agen", |one| one.is_taken()).await;
    assert_eq!(answer.kept, ".".repeat(Answer::KEPT_MAX));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e_34_a_rotated_secret_counts_from_the_next_try() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    let (old, new) = (secret(1), secret(2));
    let signing = Signing::with(old.clone());
    let before = Format::Standard(signing.clone());
    house.listens("agen", &receiver.url("500"), before).await;
    house.agen().post(&order("K-1", "087800001001")).await;
    let got = receiver.until(|got| !got.is_empty()).await;
    assert!(is_signed(&got[0], &old) && !is_signed(&got[0], &new));
    let during = Format::Standard(signing.clone().rotated(new.clone()));
    house.listens("agen", &receiver.url("503"), during).await;
    let got = receiver
        .until(|got| got.iter().any(|one| one.path == "503"))
        .await;
    let turned = got.iter().find(|one| one.path == "503").unwrap();
    assert!(is_signed(turned, &old) && is_signed(turned, &new));
    let header = turned.header("webhook-signature");
    assert_eq!(header.split(' ').count(), 2);
    let first = header.split(' ').next().unwrap();
    let id = turned.header("webhook-id");
    let seconds = turned.header("webhook-timestamp").parse().unwrap();
    let new_first = Webhook::new(new.expose()).unwrap();
    assert_eq!(new_first.sign(id, seconds, &turned.body).unwrap(), first);
    let after = Format::Standard(signing.rotated(new.clone()).settled());
    house.listens("agen", &receiver.url("ok"), after).await;
    let got = receiver
        .until(|got| got.iter().any(|one| one.path == "ok"))
        .await;
    let last = got.iter().find(|one| one.path == "ok").unwrap();
    assert!(is_signed(last, &new) && !is_signed(last, &old));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_panel_gets_its_report_once_the_order_is_final() {
    let receiver = Receiver::start().await;
    let house = House::open_for(&[&receiver], &[]).await;
    let mut report = Report::default();
    report.fields.push(("trxid".to_owned(), ReportField::TrxId));
    let url = format!("{}?id=toko&key=a%26b", receiver.url("ok"));
    house.listens("agen", &url, Format::LegacyGet(report)).await;
    let agen = house.agen();
    agen.post(&order("P-1", "087800001001")).await;
    let read = agen.until("P-1", "SUCCESS").await;
    let got = receiver.until(|got| !got.is_empty()).await;
    assert_eq!(got[0].method, Method::GET);
    assert!(got[0].body.is_empty());
    assert_eq!(got[0].header("webhook-signature"), "");
    let expected = format!(
        "id=toko&key=a%26b&refid=P-1&statuscode=1&sn={}&msg=Transaksi+berhasil.&trxid={}",
        read.data("sn"),
        read.data("trx_id")
    );
    assert_eq!(got[0].query, expected);
    let began = Instant::now();
    let engine = house.server.engine();
    while engine.outbox_depth(None).await.unwrap().waiting > 0 {
        assert!(began.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    assert_eq!(receiver.got().len(), 1, "only the end is reported");
    house.close().await;
}
