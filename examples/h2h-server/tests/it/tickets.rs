//! Deposit tickets over HTTP and through the sandbox of Moota.

use std::time::Instant;

use sandbox::gateway::Letter;
use sandbox::moota::{Moota, Row, Settings};
use serde_json::{Value, json};

use crate::commands::{asked, said};
use crate::deposits::house_at;
use crate::durable::place;
use crate::house::{Client, House, PATIENCE, Told};

const MOOTA: &str = "/api/v1/webhooks/moota";

/// The settings of the account that this sandbox reads.
fn at_moota(bank: &Moota) -> Vec<(&'static str, String)> {
    let account = bank.settings();
    vec![
        ("GATEWAY__MOOTA__KIND", "moota".to_owned()),
        ("GATEWAY__MOOTA__ENVIRONMENT", "sandbox".to_owned()),
        ("GATEWAY__MOOTA__NUMBER", "3".to_owned()),
        ("GATEWAY__MOOTA__BASE_URL", bank.base_url()),
        ("GATEWAY__MOOTA__BANK_ID", account.bank_id.clone()),
        ("GATEWAY__MOOTA__ACCOUNT", account.account_number.clone()),
        ("GATEWAY__MOOTA__BANK", "BCA".to_owned()),
        ("GATEWAY__MOOTA__HOLDER", "PT Contoh".to_owned()),
        ("GATEWAY__MOOTA__TOKEN", account.token.clone()),
        ("GATEWAY__MOOTA__WEBHOOK_SECRET", account.secret.clone()),
        ("GATEWAY__MOOTA__TIMEOUT", "5m".to_owned()),
    ]
}

async fn with_moota() -> (House, Moota) {
    let bank = Moota::start(Settings::default()).await.unwrap();
    let house = house_at(&at_moota(&bank), &[]).await;
    bank.set_webhook_url(house.url(MOOTA));
    (house, bank)
}

fn ticket(ref_id: &str, amount: i64) -> Value {
    json!({
        "ref_id": ref_id, "gateway": "moota", "method": "transfer", "amount": amount,
        "customer": {"name": "Toko Maju", "email": "kasir@toko-maju.example", "phone": "081234567890"},
    })
}

async fn asks(agen: &Client, ref_id: &str, amount: i64) -> Told {
    let body = ticket(ref_id, amount).to_string();
    agen.post_bytes("/api/v1/deposits", body.as_bytes()).await
}

async fn push(house: &House, letter: &Letter) -> Told {
    let http = house.agen().http;
    let mut request = http.post(house.url(MOOTA)).body(letter.body.clone());
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    Told::of(request.send().await.unwrap()).await
}

fn payable(told: &Told) -> i64 {
    told.body["data"]["payable"].as_i64().unwrap()
}

async fn cases(house: &House) -> Vec<Value> {
    let told = house.dewi().get("/api/v1/admin/pending").await;
    told.body["data"]["pending"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_23_a_transfer_of_the_exact_amount_is_credited_once() {
    let (house, bank) = with_moota().await;
    let agen = house.agen();
    let before = agen.balance().await;
    let channels = agen.get("/api/v1/deposits/channels").await;
    let channel = &channels.body["data"]["channels"][0];
    assert_eq!(
        (&channel["gateway"], &channel["method"]),
        (&json!("moota"), &json!("transfer"))
    );
    let told = asks(&agen, "T-1", 50_000).await;
    assert_eq!(told.data("status"), "PENDING", "{}", told.text);
    let pay = &told.body["data"]["pay"];
    assert_eq!(
        (&pay["code"], &pay["biller"]),
        (&json!("1234567890"), &json!("BCA a.n. PT Contoh"))
    );
    let exact = payable(&told);
    assert!((50_001..=50_999).contains(&exact), "{exact}");

    let row = bank.comes(&Row::credit(exact));
    bank.announce(&[row]);
    let path = format!("/api/v1/deposits/{}", told.data("id"));
    let began = Instant::now();
    while agen.get(&path).await.data("status") != "PAID" {
        assert!(began.elapsed() < PATIENCE, "never credited");
        tokio::task::yield_now().await;
    }
    assert_eq!(agen.balance().await, before + exact);
    // Pushed again, alone and with others, and once more under another id: the bank was read anew.
    let anew = bank.is_read_anew(row);
    for letter in [
        bank.letter(&[row]),
        bank.letter(&[row, row]),
        bank.letter(&[anew]),
    ] {
        let answer = push(&house, &letter).await;
        assert_eq!(answer.http, 200, "{}", answer.text);
    }
    assert_eq!(agen.balance().await, before + exact);
    assert_eq!(cases(&house).await, [] as [Value; 0]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_35_a_push_that_proves_nothing_is_a_401_and_moves_nothing() {
    let (house, bank) = with_moota().await;
    let agen = house.agen();
    let before = agen.balance().await;
    let exact = payable(&asks(&agen, "T-1", 50_000).await);
    let genuine = bank.letter(&[bank.comes(&Row::credit(exact))]);
    let altered = Letter {
        body: genuine.body.replace("BUDI", "ANI"),
        ..genuine.clone()
    };
    let spaced = Letter {
        body: genuine.body.replace(':', ": "),
        ..genuine.clone()
    };
    let unsigned = Letter {
        headers: Vec::new(),
        ..genuine.clone()
    };
    for letter in [altered, spaced, unsigned] {
        let told = push(&house, &letter).await;
        assert_eq!(told.refusal(), (401, "UNAUTHENTICATED"));
    }
    assert_eq!(agen.balance().await, before);
    assert_eq!(push(&house, &genuine).await.http, 200);
    assert_eq!(agen.balance().await, before + exact);
    house.close().await;
}

/// A push says nothing of when it was signed, and whoever has the secret writes what he likes: a large one is looked for in the statement.
#[tokio::test(flavor = "multi_thread")]
async fn inv_35_a_large_push_counts_only_once_it_was_read() {
    let bank = Moota::start(Settings::default()).await.unwrap();
    let limit = [("GATEWAY__MOOTA__READ_ABOVE", "100000")];
    let house = house_at(&at_moota(&bank), &limit).await;
    bank.set_webhook_url(house.url(MOOTA));
    let agen = house.agen();
    let before = agen.balance().await;
    let exact = payable(&asks(&agen, "T-1", 150_000).await);
    let real = bank.letter(&[bank.comes(&Row::credit(70_000))]);
    let invented = real.body.replace("70000", &exact.to_string());
    let invented = invented.replace("MUTAtest001", "MUTAfake001");
    assert_ne!(invented, real.body);
    assert_eq!(push(&house, &bank.signed(invented)).await.http, 200);
    // The read that it began has found what there is.
    let began = Instant::now();
    while cases(&house).await.is_empty() {
        assert!(began.elapsed() < PATIENCE, "never read");
        tokio::task::yield_now().await;
    }
    assert_eq!(agen.balance().await, before);
    bank.announce(&[bank.comes(&Row::credit(exact))]);
    let began = Instant::now();
    while agen.balance().await != before + exact {
        assert!(began.elapsed() < PATIENCE, "never credited");
        tokio::task::yield_now().await;
    }
    house.close().await;
}

/// Each is answered, lies in suspense with a case, and one is claimed by a command.
#[tokio::test(flavor = "multi_thread")]
async fn e_30_what_nobody_awaits_lies_in_suspense_until_it_is_claimed() {
    let (house, bank) = with_moota().await;
    let agen = house.agen();
    let before = agen.balance().await;
    let exact = payable(&asks(&agen, "T-1", 50_000).await);
    let near = bank.comes(&Row::credit(exact + 1));
    let out = bank.comes(&Row {
        kind: "DB",
        ..Row::credit(exact)
    });
    let elsewhere = bank.comes(&Row {
        bank_id: Some("BANKtest02".to_owned()),
        ..Row::credit(exact)
    });
    let letter = bank.letter(&[near, out, elsewhere]);
    for _ in 0..3 {
        assert_eq!(push(&house, &letter).await.http, 200);
    }
    assert_eq!(agen.balance().await, before);
    let open = cases(&house).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (&open[0]["kind"], &open[0]["amount"]),
        (&json!("deposit_amount"), &json!(exact + 1))
    );
    let (subject, version) = (open[0]["subject"].as_str().unwrap(), &open[0]["version"]);
    let line = format!("pending claim {subject} {version} agen --note slip --json");
    let claimed = said(asked(&house, &line)).await.json();
    assert_eq!(claimed["amount"], exact + 1);
    assert_eq!(agen.balance().await, before + exact + 1);
    assert_eq!(cases(&house).await, [] as [Value; 0]);
    let again = said(asked(&house, &line)).await;
    assert_ne!(again.code, 0);
    assert!(again.err.contains("NOT_FOUND"), "{}", again.err);
    assert_eq!(agen.balance().await, before + exact + 1);
    let books = said(asked(&house, "books")).await;
    assert_eq!(books.code, 0, "{}", books.out);
    house.close().await;
}

/// What was in the statement before the server came is read when it starts.
#[tokio::test(flavor = "multi_thread")]
async fn inv_26_what_was_not_pushed_is_read() {
    let bank = Moota::start(Settings::default()).await.unwrap();
    for n in 0..120 {
        bank.comes(&Row::credit(70_000 + n));
    }
    let house = house_at(&at_moota(&bank), &[]).await;
    let began = Instant::now();
    while cases(&house).await.len() < 50 {
        assert!(began.elapsed() < PATIENCE, "never read");
        tokio::task::yield_now().await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_three_tickets_at_most() {
    let (house, _bank) = with_moota().await;
    let agen = house.agen();
    for n in 1..=3 {
        let told = asks(&agen, &format!("T-{n}"), 50_000).await;
        assert_eq!(told.http, 200, "{}", told.text);
    }
    let told = asks(&agen, "T-4", 50_000).await;
    assert_eq!(told.refused_field(), (422, "/gateway"), "{}", told.text);
    let few = asks(&house.other(), "T-5", 9_999).await;
    assert_eq!(few.refused_field(), (422, "/amount"), "{}", few.text);
    house.close().await;
}

/// Twice the same file, and one that goes on where it ended: each line counts once, and two that are equal count both.
#[tokio::test(flavor = "multi_thread")]
async fn e_31_a_statement_is_brought_as_a_file() {
    let bri = [
        ("GATEWAY__BRI__KIND", "statement"),
        ("GATEWAY__BRI__ENVIRONMENT", "sandbox"),
        ("GATEWAY__BRI__NUMBER", "4"),
        ("GATEWAY__BRI__ACCOUNT", "987654321"),
        ("GATEWAY__BRI__BANK", "BRI"),
        ("GATEWAY__BRI__HOLDER", "PT Contoh"),
    ];
    let house = house_at(&[], &bri).await;
    let agen = house.agen();
    let before = agen.balance().await;
    let mut wanted = ticket("T-1", 50_000);
    wanted["gateway"] = json!("bri");
    let told = agen
        .post_bytes("/api/v1/deposits", wanted.to_string().as_bytes())
        .await;
    let exact = payable(&told);
    let today = told.data("created_at").get(..10).unwrap().to_owned();
    let folder = place("statement");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mutasi.csv");
    let mut text = format!(
        "date,amount,text,balance\n{today},{exact},TRSF BUDI,1000000\n{today},7000,X,\n{today},7000,X,\n"
    );
    let import = async |text: &str| {
        std::fs::write(&file, text).unwrap();
        let line = format!("payments import bri {} --json", file.display());
        said(asked(&house, &line)).await.json()
    };
    let taken = import(&text).await;
    assert_eq!(taken, json!({"credited": 1, "suspended": 2, "known": 0}));
    assert_eq!(agen.balance().await, before + exact);
    text = format!("{text}{today},9000,Y,\n");
    let taken = import(&text).await;
    assert_eq!(taken, json!({"credited": 0, "suspended": 1, "known": 3}));
    assert_eq!(agen.balance().await, before + exact);
    let lines = json!({"bank": "agen", "lines": [{"date": today, "amount": 1, "text": ""}]});
    let nobody = house.dewi().admin("/lines", &lines).await;
    assert_eq!(nobody.refused_field(), (422, "/bank"), "{}", nobody.text);
    house.close().await;
}
