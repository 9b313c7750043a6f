//! The fake server of the `OtomaX` family from outside: a plain client that signs by itself, and a receiver of reports.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::{Router, extract::RawQuery, extract::State as Shared, routing::get};
use sandbox::otomax::{Otomax, Settings, Unplayable, sign};
use sandbox::{Fault, Match, Plan, ProductRow, State, ViolationKind};

struct Buyer {
    http: reqwest::Client,
    base: String,
}

impl Buyer {
    fn of(seller: &Otomax) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: seller.base_url(),
        }
    }

    async fn get(&self, path: &str) -> reqwest::Result<String> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await?;
        answer.text().await
    }

    fn trx(sku: &str, number: &str, ref_id: &str) -> String {
        let sign = sign(&format!(
            "OtomaX|ERZ001|{sku}|{number}|{ref_id}|1234|sandi-contoh"
        ));
        format!("/trx?product={sku}&qty=1&dest={number}&refID={ref_id}&memberID=ERZ001&sign={sign}")
    }

    async fn order(&self, number: &str, ref_id: &str) -> String {
        self.get(&Self::trx("S10", number, ref_id)).await.unwrap()
    }

    async fn ask(&self, number: &str, ref_id: &str) -> String {
        let path = format!("{}&check=1", Self::trx("S10", number, ref_id));
        self.get(&path).await.unwrap()
    }
}

const NUMBER: &str = "081234567890";

#[tokio::test]
async fn an_order_is_sold_once_and_its_state_is_told_again() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let buyer = Buyer::of(&seller);
    let first = buyer.order(NUMBER, "900001").await;
    assert!(
        first.starts_with("T#7700000 R#900001 Produk S10 S10.081234567890 SUKSES. SN/Ref: T"),
        "{first}"
    );
    assert!(
        first.contains("Saldo 1.000.000 - 10.850 = 989.150"),
        "{first}"
    );
    let asked = buyer.ask(NUMBER, "900001").await;
    assert!(asked.contains("sudah pernah jam "), "{asked}");
    assert!(asked.contains("status SUKSES. SN/Ref: T"), "{asked}");
    assert_eq!(seller.violations(), []);
    let again = buyer.order(NUMBER, "900001").await;
    assert!(again.contains("sudah pernah jam "), "{again}");
    assert_eq!(seller.violations()[0].kind, ViolationKind::SentAgain);
    assert_eq!(seller.deliveries_to(NUMBER), 1);
    assert!(seller.ledger().closes());
    assert_eq!(seller.balance(), 989_150);
}

#[tokio::test]
async fn strangers_and_what_is_not_sold_form_nothing() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let buyer = Buyer::of(&seller);
    let stranger = "Your IP/Member ID/PIN/Password wrong!";
    let path = Buyer::trx("S10", NUMBER, "900001");
    for wrong in [
        path.replace("S10&", "S11&"),
        path.replace("ERZ001", "ERZ002"),
        format!("{path}&REFID=900001"),
        format!(
            "/trx?product=S10&dest={NUMBER}&refID=1&memberID=ERZ001&pin=1234&password=sandi-contoh"
        ),
    ] {
        assert_eq!(buyer.get(&wrong).await.unwrap(), stranger, "{wrong}");
    }
    let unknown = buyer
        .get(&Buyer::trx("X99", NUMBER, "900002"))
        .await
        .unwrap();
    assert!(unknown.contains("GAGAL. Kode produk salah"), "{unknown}");
    seller.lock_out(true);
    assert_eq!(buyer.order(NUMBER, "900003").await, stranger);
    seller.lock_out(false);
    seller.top_up(-999_000);
    let poor = buyer.order(NUMBER, "900004").await;
    assert!(poor.contains("GAGAL. Saldo tidak cukup"), "{poor}");
    assert!(seller.ledger().purchases.is_empty());
    assert!(buyer.ask(NUMBER, "900004").await.contains("TIDAK ADA"));
}

#[tokio::test]
async fn pin_and_password_are_taken_in_clear_only_where_that_is_allowed() {
    let seller = Otomax::start(Settings {
        without_sign: true,
        ..Settings::default()
    })
    .await
    .unwrap();
    let path = format!("/trx?product=S10&dest={NUMBER}&refID=1&memberID=ERZ001&pin=1234");
    let buyer = Buyer::of(&seller);
    let wrong = buyer.get(&format!("{path}&password=salah")).await.unwrap();
    assert!(wrong.contains("wrong"), "{wrong}");
    let right = buyer.get(&format!("{path}&password=sandi-contoh")).await;
    assert!(right.unwrap().contains("SUKSES"));
}

#[tokio::test]
async fn the_second_of_its_day_is_answered_with_the_first_ones_state() {
    let seller = Otomax::start(Settings {
        products: vec![ProductRow {
            multi: false,
            ..ProductRow::new("S10", 10_850)
        }],
        ..Settings::default()
    })
    .await
    .unwrap();
    let buyer = Buyer::of(&seller);
    let first = buyer.order(NUMBER, "900001").await;
    let sn = first.split("SN/Ref: ").nth(1).unwrap();
    let sn = sn.split('.').next().unwrap();
    let second = buyer.order(NUMBER, "900002").await;
    assert!(second.contains("R#900002"), "{second}");
    assert!(second.contains("sudah pernah jam"), "{second}");
    assert!(second.contains(sn), "another one's serial number: {second}");
    assert_eq!(seller.deliveries_to(NUMBER), 1);
    assert!(buyer.ask(NUMBER, "900002").await.contains("TIDAK ADA"));
    seller.advance(Duration::from_hours(24));
    assert!(!buyer.order(NUMBER, "900003").await.contains("pernah"));
}

#[tokio::test]
async fn a_careless_server_answers_questions_with_another_purchase() {
    let seller = Otomax::start(Settings {
        asks_by_goods: true,
        ..Settings::default()
    })
    .await
    .unwrap();
    let buyer = Buyer::of(&seller);
    buyer.order(NUMBER, "900001").await;
    let asked = buyer.ask(NUMBER, "777777").await;
    assert!(asked.contains("R#777777") && asked.contains("SUKSES"));
}

#[tokio::test]
async fn deposit_and_ticket_are_told() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let buyer = Buyer::of(&seller);
    for text in [
        "OtomaX|CheckBalance|ERZ001|1234|sandi-contoh",
        "OtomaX|ERZ001||||1234|sandi-contoh",
    ] {
        let path = format!("/balance?memberID=ERZ001&sign={}", sign(text));
        let told = buyer.get(&path).await.unwrap();
        assert!(told.contains("Saldo 1.000.000!"), "{told}");
    }
    let signed = sign("OtomaX|ticket|ERZ001|1234|sandi-contoh|1000000");
    let path = format!("/ticket?memberID=ERZ001&amount=1000000&sign={signed}");
    let told = buyer.get(&path).await.unwrap();
    assert!(told.contains("Rp.1.000.417"), "{told}");
}

#[tokio::test]
async fn what_goes_wrong_is_said_wrongly_and_booked_rightly() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let buyer = Buyer::of(&seller);
    let plans = [
        Plan::rc("20").fault(Fault::Lost),
        Plan::rc("20").fault(Fault::CutBody),
        Plan::rc("20").fault(Fault::HtmlPage(502)),
        Plan::rc("20").fault(Fault::WrongRef),
        Plan::rc("20").fault(Fault::WrongDestination),
        Plan::rc("20").fault(Fault::Contradiction),
    ];
    for (place, plan) in plans.into_iter().enumerate() {
        let (number, ref_id) = (format!("08120000000{place}"), format!("90{place}"));
        seller.script(Match::Next, plan.clone()).unwrap();
        let path = Buyer::trx("S10", &number, &ref_id);
        let told = buyer.get(&path).await.unwrap_or_default();
        let is_right = told.contains(&format!("R#{ref_id} "))
            && told.contains(&format!("S10.{number} SUKSES"));
        assert!(!is_right, "{plan:?}: {told}");
        assert_eq!(seller.deliveries_to(&number), 1, "{plan:?}");
        let asked = buyer.ask(&number, &ref_id).await;
        assert!(asked.contains("status SUKSES"), "{asked}");
    }
    assert!(seller.ledger().closes());
}

#[tokio::test]
async fn a_plan_that_a_text_server_cannot_follow_is_refused() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let script = |plan| seller.script(Match::Any, plan);
    assert_eq!(
        script(Plan::sukses()),
        Err(Unplayable::Code("00".to_owned()))
    );
    assert_eq!(
        script(Plan::rc("2").then(Duration::ZERO, "03")),
        Err(Unplayable::Code("03".to_owned()))
    );
    assert_eq!(
        script(Plan::rc("20").fault(Fault::NumericRc)),
        Err(Unplayable::Fault(Fault::NumericRc))
    );
}

#[tokio::test]
async fn a_pending_order_is_reported_when_it_ends() {
    let seller = Otomax::start(Settings::default()).await.unwrap();
    let inbox = Arc::new(Mutex::new(Vec::<String>::new()));
    let app = Router::new()
        .route(
            "/report",
            get(
                |Shared(inbox): Shared<Arc<Mutex<Vec<String>>>>, RawQuery(query): RawQuery| async move {
                    inbox.lock().unwrap().push(query.unwrap_or_default());
                    "OK"
                },
            ),
        )
        .with_state(Arc::clone(&inbox));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    seller.set_report_url(format!("http://{address}/report"));
    let plan = Plan::rc("2").then(Duration::from_millis(20), "20");
    seller
        .script(Match::Next, plan.fault(Fault::WebhookRepeated(2)))
        .unwrap();
    let told = Buyer::of(&seller).order(NUMBER, "900001").await;
    assert!(told.contains("akan diproses"), "{told}");
    let began = Instant::now();
    while seller.reports().len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    let got = inbox.lock().unwrap().clone();
    assert_eq!(got[0], got[1]);
    assert!(got[0].contains("refid=900001&status=20&price=10850"));
    assert!(got[0].contains("SUKSES"), "{}", got[0]);
    let row = seller.ledger().purchases[0].clone();
    assert_eq!((row.state, row.deliveries), (State::Sukses, 1));
    assert!(seller.settle("900001", "40").await);
    assert_eq!(seller.balance(), 1_000_000, "taken back");
    assert!(!seller.settle("900001", "99").await);
    assert!(!seller.settle("1", "20").await);
}
