//! What keeps a server from starting over a database that it must not work on (INV-3, INV-31, INV-37).

use conformance::servers::Postgres;
use reqwest::Method;
use serde_json::json;

use crate::buyers::Caller;
use crate::house::{House, dewi};
use crate::program::{Process, until};

const PASSWORD: &str = "canary-password-of-a-database-5d1c";

/// It ends, refused; what it said.
pub(crate) async fn refused(mut process: Process) -> String {
    assert!(!process.ends().await, "{}", process.said());
    process.said()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_refuses_a_schema_that_it_does_not_know_and_says_what_mends_it() {
    let url = Postgres::shared().database();
    let house = House::build("schema", &[]).await.in_database(&url);
    std::fs::write(house.epoch_file(), "0\n").unwrap();
    let none = refused(house.run(&["serve"])).await;
    assert!(none.contains("there is no schema eraflazz"), "{none}");
    assert!(none.contains("h2h-server migrate"), "{none}");
    let mut migrate = house.run(&["migrate"]);
    assert!(migrate.ends().await, "{}", migrate.said());
    for (change, mend) in [
        (
            "UPDATE eraflazz.migrations SET version = 99 WHERE version = (SELECT max(version) FROM eraflazz.migrations)",
            "use the newer one",
        ),
        (
            "DELETE FROM eraflazz.migrations WHERE version = 99",
            "h2h-server migrate",
        ),
    ] {
        Postgres::shared().run_in(&url, change);
        let told = refused(house.run(&["serve"])).await;
        assert!(told.contains(mend), "{change}: {told}");
    }
    house.remove();
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_37_the_password_of_a_database_is_told_to_nobody() {
    let server = Postgres::shared();
    let url = server.database();
    let secret = url.replace("postgres@", &format!("postgres:{PASSWORD}@"));
    let house = House::build("password", &[("LOG__LEVEL", "trace")]).await;
    let house = house.in_database(&secret);
    let mut heard = Vec::new();
    let mut migrate = house.run(&["migrate"]);
    assert!(migrate.ends().await, "{}", migrate.said());
    heard.push(migrate.said());
    let (mut running, _) = house.serve().await;
    running.signal("TERM");
    assert!(running.ends().await);
    heard.push(running.said());
    // It is given by itself as well.
    let given = [("STORE__URL", url.as_str()), ("STORE__PASSWORD", PASSWORD)];
    let mut books = house.run_with(&["books"], &given);
    assert!(books.ends().await, "{}", books.said());
    heard.push(books.said());
    for wrong in [
        format!("postgres://u:{PASSWORD}@127.0.0.1:1/none"),
        format!("postgres://u:12#{PASSWORD}@127.0.0.1/none"),
        format!("postgres://u:12/{PASSWORD}@127.0.0.1/none"),
        format!("postgres://u@127.0.0.1/none?{PASSWORD}=1"),
        format!("mysql://u:{PASSWORD}@127.0.0.1/none"),
        PASSWORD.to_owned(),
    ] {
        let wrong = [("STORE__URL", wrong.as_str())];
        heard.push(refused(house.run_with(&["serve"], &wrong)).await);
    }
    let line = format!("postgres://u:{PASSWORD}@127.0.0.1/none");
    for store in [line.as_str(), &format!("mysql://u:{PASSWORD}@h/d")] {
        let told = refused(house.run(&["migrate", "--store", store])).await;
        assert!(
            told.contains("--store: everybody on this machine"),
            "{told}"
        );
        heard.push(told);
    }
    for told in heard {
        assert!(!told.contains(PASSWORD), "{told}");
    }
    house.remove();
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_31_nothing_is_sent_while_the_epochs_differ() {
    let house = House::build("epoch", &[]).await;
    let url = Postgres::shared().database();
    let house = house.in_database(&url);
    let mut migrate = house.run(&["migrate"]);
    assert!(migrate.ends().await, "{}", migrate.said());
    let file = house.epoch_file();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "0\n");
    let (mut running, agen) = house.serve().await;
    let order = |n: u32| {
        json!({"ref_id": format!("E-{n}"), "product": "NOW", "destination": format!("08780000002{n}")})
            .to_string()
    };
    let path = "/api/v1/transactions?wait=4500";
    let (_, told) = agen.call(Method::POST, path, &order(1)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");

    // The first step of a restore. Whoever runs ends by itself.
    std::fs::write(&file, "1\n").unwrap();
    assert!(!running.ends().await);
    let said = running.said();
    assert!(
        said.contains("the epoch was raised while a server ran"),
        "{said}"
    );

    // It answers, takes no order, and sends nothing.
    let bought = house.sandbox.ledger().purchases.len();
    let mut fenced = house.run(&["serve"]);
    let base = until("a server that has begun", async || {
        let has_begun = fenced.said().contains("taking ");
        has_begun.then(|| fenced.address().unwrap())
    })
    .await;
    let agen = house.agen(base);
    let ready = house.http.get(format!("{}/readyz", agen.base)).send().await;
    assert_eq!(ready.unwrap().status(), 503);
    let (status, told) = agen
        .call(Method::GET, "/api/v1/transactions/E-1", "")
        .await
        .unwrap();
    assert_eq!(
        (status, &told["data"]["status"]),
        (200, &json!("SUCCESS")),
        "{told}"
    );
    let (status, told) = agen.call(Method::POST, path, &order(2)).await.unwrap();
    assert_eq!(status, 503, "{told}");
    let (status, books) = dewi(&agen)
        .call(Method::GET, "/api/v1/admin/books", "")
        .await
        .unwrap();
    assert_eq!((status, &books["data"]["closes"]), (200, &json!(true)));
    assert!(fenced.said().contains("the epochs differ"));
    let checked = refused(house.run(&["check-config"])).await;
    let differs = "store.epoch_file: 1 is not the epoch of the database, 0";
    assert!(checked.contains(differs), "{checked}");
    fenced.signal("TERM");
    assert!(fenced.ends().await, "{}", fenced.said());
    assert_eq!(house.sandbox.ledger().purchases.len(), bought);

    // A person compares, then raises it.
    let unchecked = refused(house.run(&["epoch", "raise"])).await;
    for told in ["in the file", "digiflazz", "nothing was raised"] {
        assert!(unchecked.contains(told), "{told}: {unchecked}");
    }
    let mut raise = house.run(&["epoch", "raise", "--checked"]);
    assert!(raise.ends().await, "{}", raise.said());
    assert!(raise.said().contains("the epoch is 1"), "{}", raise.said());
    let (_running, agen) = house.serve().await;
    let (_, told) = agen.call(Method::POST, path, &order(2)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    let references = house.sandbox.ledger();
    let last = references.purchases.last().unwrap();
    assert!(last.ref_id.starts_with("K01"), "{last:?}");
    let mut checked = house.run(&["check-config"]);
    assert!(checked.ends().await, "{}", checked.said());
    // Both say what was before: then it is the references that know better.
    Postgres::shared().run_in(&url, "UPDATE eraflazz.epoch SET epoch = 0");
    std::fs::write(&file, "0\n").unwrap();
    let behind = refused(house.run(&["check-config"])).await;
    let lowered = "engine.epoch: 0 is below 1, which references in the record carry";
    assert!(behind.contains(lowered), "{behind}");
    house.remove();
}

/// A server of this role over this record has begun, and takes no orders.
pub(crate) async fn shut_out(house: &House, role: &str) -> (Process, Caller) {
    let fenced = house.run(&["serve", "--role", role]);
    let base = until("a server that has begun", async || {
        let has_begun = fenced.said().contains("taking no orders");
        has_begun.then(|| fenced.address().unwrap())
    })
    .await;
    let agen = house.agen(base);
    let ready = house.http.get(format!("{}/readyz", agen.base)).send().await;
    assert_eq!(ready.unwrap().status(), 503);
    (fenced, agen)
}

/// Before an order is taken every wallet is compared with its transfers (money-safety section 7).
#[tokio::test(flavor = "multi_thread")]
async fn inv_03_no_order_is_taken_over_a_wallet_that_is_not_the_sum_of_its_transfers() {
    let house = House::build("miscounted", &[]).await;
    let url = Postgres::shared().database();
    let house = house.in_database(&url);
    let mut migrate = house.run(&["migrate"]);
    assert!(migrate.ends().await, "{}", migrate.said());
    let order = |n: u32| {
        json!({"ref_id": format!("W-{n}"), "product": "NOW", "destination": format!("08780000003{n}")})
            .to_string()
    };
    let path = "/api/v1/transactions?wait=4500";
    let (mut running, agen) = house.serve().await;
    let (_, told) = agen.call(Method::POST, path, &order(1)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    running.signal("TERM");
    assert!(running.ends().await, "{}", running.said());

    // One rupiah, while nobody looks.
    let set = |change: &str| {
        let its = format!(
            "UPDATE eraflazz.wallets SET {change} WHERE member = (SELECT id FROM eraflazz.members WHERE code = 'agen')"
        );
        Postgres::shared().run_in(&url, &its);
    };
    set("available = available + 1");
    let bought = house.sandbox.ledger().purchases.len();
    for role in ["all", "api", "worker"] {
        let (mut fenced, agen) = shut_out(&house, role).await;
        let said = fenced.said();
        assert!(
            said.contains("wallets are not what their transfers say"),
            "{said}"
        );
        assert!(said.contains("available:"), "it is named: {said}");
        if role != "worker" {
            let read = agen.call(Method::GET, "/api/v1/transactions/W-1", "");
            assert_eq!(read.await.unwrap().0, 200);
            let (status, told) = agen.call(Method::POST, path, &order(2)).await.unwrap();
            assert_eq!(status, 503, "{told}");
        }
        fenced.signal("TERM");
        assert!(fenced.ends().await, "{}", fenced.said());
    }
    assert_eq!(house.sandbox.ledger().purchases.len(), bought);
    let checked = refused(house.run(&["check-config"])).await;
    assert!(checked.contains("hundredths are kept"), "{checked}");

    // What is frozen is spent by nobody and keeps nobody from work; and what was put back is as if nothing had been.
    set("frozen = true");
    let (mut running, agen) = house.serve().await;
    let (status, told) = agen.call(Method::POST, path, &order(3)).await.unwrap();
    assert_ne!(told["data"]["status"], "SUCCESS", "{status}: {told}");
    running.signal("TERM");
    assert!(running.ends().await, "{}", running.said());
    set("frozen = false, available = available - 1");
    let (_running, agen) = house.serve().await;
    let (_, told) = agen.call(Method::POST, path, &order(2)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    house.remove();
}

/// What takes a start its time is looked at behind what answers: reads are served, and nothing is taken or sent before it is through (money-safety section 7).
#[tokio::test(flavor = "multi_thread")]
async fn inv_03_a_start_answers_reads_while_it_checks_and_takes_orders_only_after_it() {
    let house = House::build("checking", &[]).await;
    let url = Postgres::shared().database();
    let house = house.in_database(&url);
    let mut migrate = house.run(&["migrate"]);
    assert!(migrate.ends().await, "{}", migrate.said());
    let order = |n: u32| {
        json!({"ref_id": format!("C-{n}"), "product": "NOW", "destination": format!("08780000004{n}")})
            .to_string()
    };
    let path = "/api/v1/transactions?wait=4500";
    let (mut running, agen) = house.serve().await;
    let (_, told) = agen.call(Method::POST, path, &order(0)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    running.signal("TERM");
    assert!(running.ends().await, "{}", running.said());

    for (n, role) in [(1, "all"), (2, "api"), (3, "worker")] {
        // Only what a start compares wallets with is read here: it stands still until the lock is gone.
        let lock = "LOCK TABLE eraflazz.wallet_folds IN ACCESS EXCLUSIVE MODE";
        let lock = Postgres::shared().leaves_open(&url, lock);
        let bought = house.sandbox.ledger().purchases.len();
        let mut starting = house.run(&["serve", "--role", role]);
        let base = until("a server that listens", async || starting.address()).await;
        let agen = house.agen(base);
        let ready = house.http.get(format!("{}/readyz", agen.base)).send().await;
        let ready = ready.unwrap();
        assert_eq!(ready.status(), 503);
        let why = ready.text().await.unwrap();
        assert!(why.contains("not through with its checks"), "{why}");
        if role != "worker" {
            for read in ["/api/v1/transactions/C-0", "/api/v1/balance"] {
                let (status, told) = agen.call(Method::GET, read, "").await.unwrap();
                assert_eq!(status, 200, "{told}");
            }
            let (status, told) = agen.call(Method::POST, path, &order(n)).await.unwrap();
            assert_eq!(
                (status, &told["error_code"]),
                (503, &json!("MAINTENANCE")),
                "{told}"
            );
        }
        assert!(!starting.said().contains("taking orders"));
        drop(lock);
        starting.ready(&house.http).await;
        assert_eq!(house.sandbox.ledger().purchases.len(), bought);
        if role == "all" {
            house.calls_back(&agen.base);
            let (_, told) = agen.call(Method::POST, path, &order(n)).await.unwrap();
            assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
        }
        starting.signal("TERM");
        assert!(starting.ends().await, "{}", starting.said());
    }
    house.remove();
}
