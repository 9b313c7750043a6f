//! T-17 over two processes on one database: 64 callers at one moment, half of them at each. Afterwards there is one outcome, the books close, and the supplier's
//! books say that nothing was bought twice.

use std::sync::Arc;

use conformance::servers::Postgres;
use reqwest::Method;
use sandbox::{Match, Plan};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::buyers::Caller;
use crate::cluster::{Part, said};
use crate::house::{House, dewi};
use crate::program::until;

const CALLERS: usize = 64;
const ORDERS: &str = "/api/v1/transactions";

/// Two processes that take orders and work them, and the member at each.
async fn two(name: &str, more: &[(&str, &str)]) -> (House, [Part; 2], [Caller; 2]) {
    let house = House::build(name, more).await;
    let house = house.in_database(&Postgres::shared().database());
    said(&house, &["migrate"]).await;
    let one = Part::start(&house, ("one", "all")).await;
    let two = Part::start(&house, ("two", "all")).await;
    let parts = [one, two];
    let callers = parts.each_ref().map(|part| house.agen(part.base.clone()));
    house.calls_back(&parts[0].base);
    (house, parts, callers)
}

/// What each is answered who posts `body(n)` as `callers[n % 2]`, all at one moment; `None` for who got no answer.
async fn at_once(
    callers: &[Caller; 2],
    path: &str,
    body: impl Fn(usize) -> Value,
) -> Vec<Option<(u16, Value)>> {
    let start = Arc::new(Barrier::new(CALLERS));
    let tasks: Vec<_> = (0..CALLERS)
        .map(|n| {
            let (caller, start) = (callers[n % 2].clone(), Arc::clone(&start));
            let (path, body) = (path.to_owned(), body(n).to_string());
            tokio::spawn(async move {
                start.wait().await;
                caller.call(Method::POST, &path, &body).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// The order of this reference, once it has ended.
async fn ended(caller: &Caller, ref_id: &str) -> Value {
    until("the end of an order", async || {
        let path = format!("{ORDERS}/{ref_id}");
        let (_, told) = caller.call(Method::GET, &path, "").await?;
        let status = told["data"]["status"].as_str()?;
        ["SUCCESS", "FAILED"]
            .contains(&status)
            .then(|| told["data"].clone())
    })
    .await
}

async fn balance(caller: &Caller) -> i64 {
    let (_, told) = caller
        .call(Method::GET, "/api/v1/balance", "")
        .await
        .unwrap();
    told["data"]["balance"].as_i64().unwrap()
}

/// As an operator sees the order of this reference.
async fn shown(caller: &Caller, ref_id: &str) -> Value {
    let path = format!("/api/v1/admin/orders?member=agen&ref_id={ref_id}");
    let (status, told) = dewi(caller).call(Method::GET, &path, "").await.unwrap();
    assert_eq!(status, 200, "{told}");
    told["data"]["orders"][0].clone()
}

async fn end(house: House, callers: &[Caller; 2]) {
    for caller in callers {
        house.books_close(caller).await;
    }
    let books = said(&house, &["books"]).await;
    assert!(books.contains("books close"), "{books}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_one_ref_id_at_two_processes_is_one_order() {
    let (house, parts, callers) = two("same-ref", &[]).await;
    let before = balance(&callers[0]).await;
    for (n, product) in ["NOW", "LOST", "LATER"].into_iter().enumerate() {
        let (ref_id, number) = (format!("S-{n}"), format!("08780000010{n}"));
        let order = json!({"ref_id": ref_id, "product": product, "destination": number});
        let answers = at_once(&callers, ORDERS, |_| order.clone()).await;
        let first = ended(&callers[0], &ref_id).await;
        assert_eq!(first["status"], "SUCCESS", "{first}");
        for answer in answers {
            let (status, told) = answer.unwrap();
            assert_eq!(
                (status, &told["data"]["trx_id"]),
                (200, &first["trx_id"]),
                "{told}"
            );
        }
        assert_eq!(house.sandbox.deliveries_to(&number), 1);
    }
    assert_eq!(balance(&callers[1]).await, before - 3 * 10_500);
    end(house, &callers).await;
    drop(parts);
}

/// E-27: there is money for ten of them.
#[tokio::test(flavor = "multi_thread")]
async fn t_17_the_last_rupiah_at_two_processes_is_spent_once() {
    let (house, parts, callers) = two("last-rupiah", &[]).await;
    let rest = 10 * 10_500;
    let taken = (balance(&callers[0]).await - rest).to_string();
    said(
        &house,
        &[
            "deposit",
            "agen",
            &taken,
            "--kind",
            "correction",
            "--source",
            "bca",
            "--reference",
            "BACK-1",
        ],
    )
    .await;
    assert_eq!(balance(&callers[1]).await, rest);
    let number = |n: usize| format!("0878000003{n:02}");
    let order = |n: usize| json!({"ref_id": format!("L-{n:02}"), "product": "NOW", "destination": number(n)});
    let mut paid = 0;
    for (n, answer) in at_once(&callers, ORDERS, order)
        .await
        .into_iter()
        .enumerate()
    {
        assert!(answer.is_some(), "{n} is not answered");
        let told = ended(&callers[(n + 1) % 2], &format!("L-{n:02}")).await;
        let is_paid = told["status"] == "SUCCESS";
        assert_eq!(
            house.sandbox.deliveries_to(&number(n)),
            u32::from(is_paid),
            "{told}"
        );
        paid += usize::from(is_paid);
    }
    assert_eq!((paid, balance(&callers[1]).await), (10, 0));
    end(house, &callers).await;
    drop(parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_one_callback_doubled_at_two_processes_counts_once() {
    let (house, parts, callers) = two("same-callback", &[]).await;
    let before = balance(&callers[0]).await;
    // The supplier's own cannot reach anybody.
    house.calls_back("http://127.0.0.1:1");
    let order = json!({"ref_id": "C-1", "product": "LATER", "destination": "087800000201"});
    let taken = callers[0]
        .call(Method::POST, ORDERS, &order.to_string())
        .await;
    assert_eq!(taken.unwrap().0, 200);
    let webhook = until("what the supplier tells", async || {
        let sent = house.sandbox.webhooks();
        sent.into_iter()
            .find(|sent| sent.body.contains("\"rc\":\"00\""))
    })
    .await;
    let start = Arc::new(Barrier::new(CALLERS));
    let tasks: Vec<_> = (0..CALLERS)
        .map(|n| {
            let (http, start) = (house.http.clone(), Arc::clone(&start));
            let (body, base) = (webhook.body.clone(), &parts[n % 2].base);
            let url = format!("{base}/api/v1/callbacks/supplier/digiflazz");
            let request = http
                .post(url)
                .header("Content-Type", "application/json")
                .header("X-Digiflazz-Event", webhook.event.clone())
                .header("X-Hub-Signature", webhook.signature.clone().unwrap())
                .body(body);
            tokio::spawn(async move {
                start.wait().await;
                request.send().await.unwrap().status().as_u16()
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    let told = ended(&callers[1], "C-1").await;
    assert_eq!(told["status"], "SUCCESS", "{told}");
    assert_eq!(balance(&callers[1]).await, before - 10_500);
    assert_eq!(house.sandbox.deliveries_to("087800000201"), 1);
    end(house, &callers).await;
    drop(parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_of_two_rulings_at_two_processes_one_is_heard() {
    let (house, parts, callers) = two("two-rulings", &[]).await;
    let before = balance(&callers[0]).await;
    let number = "087800000301";
    let waits = Match::CustomerNo(number.to_owned());
    house.sandbox.script(waits, Plan::pending());
    let order = json!({"ref_id": "R-1", "product": "NOW", "destination": number});
    let taken = callers[0]
        .call(Method::POST, ORDERS, &order.to_string())
        .await;
    assert_eq!(taken.unwrap().0, 200);
    let operators = callers.each_ref().map(dewi);
    // A check may come in between: then nobody ruled about what there is.
    let heard = until("a ruling that is heard", async || {
        let order = shown(&callers[0], "R-1").await;
        let version = order["version"].as_u64()?;
        let path = format!("/api/v1/admin/orders/{}/resolve", order["id"].as_str()?);
        let answers = at_once(&operators, &path, |n| match n % 4 {
            0 | 3 => {
                json!({"version": version, "resolution": "delivered", "sn": "SN-1", "cost": 10_000})
            }
            _ => json!({"version": version, "resolution": "not_delivered", "proof": "CS: gagal"}),
        })
        .await;
        let statuses = answers.into_iter().map(|answer| answer.unwrap());
        let (heard, refused): (Vec<_>, Vec<_>) = statuses.partition(|(status, _)| *status == 200);
        assert!(heard.len() <= 1, "{heard:?}");
        assert!(
            refused.iter().all(|(status, _)| *status == 409),
            "{refused:?}"
        );
        heard.into_iter().next()
    })
    .await;
    let status = heard.1["data"]["status"].clone();
    assert_eq!(ended(&callers[1], "R-1").await["status"], status);
    let paid = if status == "SUCCESS" { 10_500 } else { 0 };
    assert_eq!(balance(&callers[1]).await, before - paid);
    end(house, &callers).await;
    drop(parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_one_deposit_at_two_processes_is_credited_once() {
    let (house, parts, callers) = two("same-deposit", &[]).await;
    let before = balance(&callers[0]).await;
    let operators = callers.each_ref().map(dewi);
    let deposit =
        json!({"member": "agen", "amount": 25_000, "source": "bca", "reference": "SLIP-1"});
    let answers = at_once(&operators, "/api/v1/admin/deposits", |_| deposit.clone()).await;
    let mut subjects: Vec<_> = answers
        .into_iter()
        .map(|answer| {
            let (status, told) = answer.unwrap();
            assert_eq!(status, 200, "{told}");
            told["data"]["subject"].to_string()
        })
        .collect();
    subjects.dedup();
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    assert_eq!(balance(&callers[1]).await, before + 25_000);
    // What the supplier owes is nothing: a credit of 64 callers is refused to them all, and books nothing.
    let credited = |n: usize| json!({"supplier": "digiflazz", "amount": 1, "source": "bca", "reference": format!("K-{n}"), "kind": "dispute_credited"});
    for answer in at_once(&operators, "/api/v1/admin/floats", credited).await {
        let (status, told) = answer.unwrap();
        assert_eq!(
            (status, &told["errors"][0]["pointer"]),
            (422, &json!("/amount")),
            "{told}"
        );
    }
    end(house, &callers).await;
    drop(parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_17_a_key_that_is_revoked_meanwhile_leaves_whole_orders() {
    let (house, parts, callers) = two("revoked", &[]).await;
    let before = balance(&callers[0]).await;
    let operator = dewi(&callers[0]);
    let new =
        json!({"id": "ek_test_brief_001", "member": "agen", "scopes": ["trx:write", "trx:read"]});
    let issued = operator
        .call(Method::POST, "/api/v1/admin/keys", &new.to_string())
        .await;
    let (status, issued) = issued.unwrap();
    assert_eq!(status, 200, "{issued}");
    let secret: &'static str = issued["data"]["secret"].as_str().unwrap().to_owned().leak();
    let brief = callers.each_ref().map(|caller| Caller {
        key: "ek_test_brief_001",
        secret,
        ..caller.clone()
    });
    let order = |n: usize| json!({"ref_id": format!("V-{n:02}"), "product": "NOW", "destination": format!("0878000004{n:02}")});
    let revoke = async {
        let path = "/api/v1/admin/keys/ek_test_brief_001/revoke";
        operator.call(Method::POST, path, "{}").await
    };
    let (answers, revoked) = tokio::join!(at_once(&brief, ORDERS, order), revoke);
    assert_eq!(revoked.unwrap().0, 200);
    let mut paid = 0;
    for (n, answer) in answers.into_iter().enumerate() {
        let (status, told) = answer.unwrap();
        let ref_id = format!("V-{n:02}");
        if status == 200 {
            let order = ended(&callers[n % 2], &ref_id).await;
            assert_eq!(order["status"], "SUCCESS", "{order}");
            paid += 10_500;
        } else {
            assert_eq!(status, 401, "{told}");
            let path = format!("{ORDERS}/{ref_id}");
            let none = callers[n % 2].call(Method::GET, &path, "").await;
            assert_eq!(none.unwrap().0, 404, "refused, and there all the same");
        }
    }
    assert_eq!(balance(&callers[1]).await, before - paid);
    // Good for nothing any more, wherever it is tried.
    for caller in &brief {
        until("a key that opens nothing", async || {
            let tried = caller.call(Method::GET, "/api/v1/balance", "").await?;
            (tried.0 == 401).then_some(())
        })
        .await;
    }
    end(house, &callers).await;
    drop(parts);
}
