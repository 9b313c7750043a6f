//! The views that people and their tools read: right on a small history that is known, and quick by an index where they are usually asked.

use std::time::Duration;

use eraflazz_core::commit::{Changes, OrderWrite, PaymentWrite};
use eraflazz_core::ids::{Epoch, GatewayId, Installation, MemberId, OrderId};
use eraflazz_core::ledger::rules;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Delivery, Order, OrderState, Refusal,
};
use eraflazz_core::payment::{
    Booked, BookedTo, Method, PayWith, Payment, PaymentCode, PaymentState, Stage,
};
use eraflazz_core::ports::Store;
use eraflazz_core::text::RefId;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::world::{
    NOW, SUPPLIER, accept, accepted, callback, database, done, ended, member, open, order, rupiah,
    send, shelves,
};

/// The rows of a question, each as one text.
async fn told(conn: &mut PgConnection, question: &str) -> Vec<String> {
    let whole = format!("SELECT row_to_json(q)::text FROM ({question}) AS q");
    let rows = sqlx::query(AssertSqlSafe(whole)).fetch_all(conn).await;
    let rows = rows.unwrap_or_else(|error| panic!("{question}: {error}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// A small history: an order each that was delivered, failed, held, sent, refused, and delivered late at the house's cost.
struct History {
    url: String,
    delivered: OrderId,
    failed: OrderId,
    held: OrderId,
    sent: OrderId,
    refused: OrderId,
    late: OrderId,
}

impl History {
    async fn new() -> Self {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let delivered = ended(&store, budi, Some("SN-1")).await.order.id;
        let failed = ended(&store, budi, None).await.order.id;
        let held = accepted(&store, budi, 1_000).await.id;
        let sent = accepted(&store, budi, 1_000).await;
        done(&store, send(&sent, sent.destination.as_str(), false)).await;
        let refused = Order {
            state: OrderState::Refused(Refusal::ProductClosed),
            next_action_at: None,
            ..order(budi, 1_000)
        };
        done(&store, accept(&refused)).await;
        let late = ended(&store, budi, None).await;
        done(&store, absorbed(&late)).await;
        store.put_inbox(callback()).await.unwrap();
        Self {
            url,
            delivered,
            failed,
            held,
            sent: sent.id,
            refused: refused.id,
            late: late.order.id,
        }
    }
}

/// The order that had failed was delivered after all, and the house pays.
fn absorbed(failed: &Aggregate) -> Changes {
    let order = Order {
        version: failed.order.version + 1,
        state: OrderState::LateDelivered,
        delivery: Some(Delivery::new(
            failed.attempts[0].no,
            None,
            rupiah(900),
            true,
        )),
        ..failed.order.clone()
    };
    Changes {
        transfers: rules::absorb(&order, 1, rules::LateBill::of(SUPPLIER, rupiah(900))),
        attempts: vec![Attempt {
            state: AttemptState::LateSuccess,
            ..failed.attempts[0].clone()
        }],
        orders: vec![OrderWrite {
            replaces: Some(failed.order.version),
            order,
        }],
        ..Changes::at(NOW)
    }
}

#[test]
fn d_13_transactions_tell_a_known_history() {
    conformance::run(async {
        let history = Box::pin(History::new()).await;
        let mut conn = PgConnection::connect(&history.url).await.unwrap();
        let mut transactions = told(
            &mut conn,
            "SELECT id, status, product_code, supplier_id, hpp, selling_price, profit, serial_number, supplier_message, supplier_rc
             FROM eraflazz_report.transactions",
        )
        .await;
        let row = |id: OrderId,
                   status: &str,
                   supplier: &str,
                   [hpp, profit, sn, why, rc]: [&str; 5]| {
            format!(
                r#"{{"id":"{id}","status":"{status}","product_code":"XL10","supplier_id":{supplier},"hpp":{hpp},"selling_price":1000.00,"profit":{profit},"serial_number":{sn},"supplier_message":{why},"supplier_rc":{rc}}}"#
            )
        };
        let no = "null";
        let mut expected = [
            row(
                history.delivered,
                "SUCCESS",
                "0",
                ["900.00", "100.00", r#""SN-1""#, no, no],
            ),
            row(
                history.failed,
                "FAILED",
                "0",
                [no, no, no, r#""OutOfStock""#, r#""43""#],
            ),
            row(history.held, "PENDING", no, [no; 5]),
            row(history.sent, "PROCESSING", "0", [no; 5]),
            row(history.refused, "FAILED", no, [no; 5]),
            row(
                history.late,
                "SUCCESS",
                "0",
                ["900.00", "-900.00", no, no, r#""43""#],
            ),
        ];
        expected.sort();
        transactions.sort();
        assert_eq!(transactions, expected);
    });
}

#[test]
fn d_13_the_other_views_tell_a_known_history() {
    conformance::run(async {
        let history = Box::pin(History::new()).await;
        let mut conn = PgConnection::connect(&history.url).await.unwrap();
        let conn = &mut conn;
        let mutations = told(
            conn,
            "SELECT type, amount, balance_before AS b, balance_after AS a, description FROM eraflazz_report.mutations ORDER BY id LIMIT 4",
        )
        .await;
        assert_eq!(
            mutations,
            [
                r#"{"type":"DEBIT","amount":10000.00,"b":0.00,"a":10000.00,"description":"Deposit"}"#,
                r#"{"type":"CREDIT","amount":1000.00,"b":10000.00,"a":9000.00,"description":"Pembelian"}"#,
                r#"{"type":"CREDIT","amount":1000.00,"b":9000.00,"a":8000.00,"description":"Pembelian"}"#,
                r#"{"type":"DEBIT","amount":1000.00,"b":8000.00,"a":9000.00,"description":"Pengembalian saldo transaksi gagal"}"#,
            ]
        );
        for (question, answer) in [
            (
                "SELECT code, tier, status, balance, balance_held FROM eraflazz_report.users",
                r#"{"code":"budi","tier":"retail","status":"active","balance":7000.00,"balance_held":2000.00}"#,
            ),
            (
                "SELECT * FROM eraflazz_report.suppliers",
                r#"{"id":0,"code":"one","name":"One","active":true}"#,
            ),
            (
                "SELECT * FROM eraflazz_report.product_categories",
                r#"{"id":0,"code":"pulsa","name":"Pulsa"}"#,
            ),
            (
                "SELECT code, brand, category_id, base_price, active FROM eraflazz_report.products",
                r#"{"code":"XL10","brand":"XL","category_id":0,"base_price":1000.00,"active":true}"#,
            ),
            (
                "SELECT count(*) FROM eraflazz_report.product_mappings",
                r#"{"count":0}"#,
            ),
            (
                "SELECT supplier_id, state, tries FROM eraflazz_report.payment_callbacks",
                r#"{"supplier_id":0,"state":"waiting","tries":0}"#,
            ),
            (
                "SELECT count(*) FROM eraflazz_report.transaction_logs",
                r#"{"count":9}"#,
            ),
            (
                "SELECT count(*) FROM eraflazz_report.notifications",
                r#"{"count":0}"#,
            ),
            (
                "SELECT count(*) FROM eraflazz_report.archives",
                r#"{"count":0}"#,
            ),
            (
                "SELECT sum(profit), count(*) FROM eraflazz_report.transactions WHERE status = 'SUCCESS'",
                r#"{"sum":-800.00,"count":2}"#,
            ),
        ] {
            assert_eq!(told(conn, question).await, [answer], "{question}");
        }
    });
}

#[test]
fn d_13_the_usual_questions_find_an_index() {
    conformance::run(async {
        let mut conn = PgConnection::connect(&database()).await.unwrap();
        sqlx::raw_sql("SET enable_seqscan = off")
            .execute(&mut conn)
            .await
            .unwrap();
        let id = "'00000000-0000-0000-0000-000000000001'";
        for (question, index) in [
            (format!("SELECT * FROM eraflazz_report.transactions WHERE id = {id}"), "orders_pkey"),
            ("SELECT * FROM eraflazz_report.transactions WHERE trx_code = 'TRX-20260101-0A1B2C3D'".to_owned(), "orders_trx_code"),
            (format!("SELECT * FROM eraflazz_report.transactions WHERE user_id = {id} ORDER BY id DESC LIMIT 50"), "orders_of_member"),
            ("SELECT * FROM eraflazz_report.transactions WHERE status = 'FAILED' ORDER BY id DESC LIMIT 50".to_owned(), "orders_not_succeeded"),
            ("SELECT * FROM eraflazz_report.transactions WHERE status IN ('PENDING', 'PROCESSING')".to_owned(), "orders_not_succeeded"),
            ("SELECT sum(profit) FROM eraflazz_report.transactions WHERE created_at >= '2026-01-01' AND created_at < '2026-01-02'".to_owned(), "orders_created_at"),
            (format!("SELECT * FROM eraflazz_report.mutations WHERE user_id = {id} ORDER BY id DESC LIMIT 50"), "transfers_of_member"),
            (format!("SELECT * FROM eraflazz_report.mutations WHERE reference_id = {id}"), "transfers_pkey"),
            (format!("SELECT * FROM eraflazz_report.transaction_logs WHERE transaction_id = {id} ORDER BY id"), "log_pkey"),
            ("SELECT * FROM eraflazz_report.users WHERE code = 'budi'".to_owned(), "members_code"),
            (format!("SELECT * FROM eraflazz_report.payments WHERE id = {id}"), "payments_pkey"),
            ("SELECT * FROM eraflazz_report.payments WHERE code = 'E0A1B2C3D4E5F6G7H8JZ'".to_owned(), "payments_code"),
            ("SELECT * FROM eraflazz_report.payments WHERE gateway_id = 1 AND gateway_payment_ref = 'T-1'".to_owned(), "payments_their_ref"),
            (format!("SELECT * FROM eraflazz_report.payments WHERE user_id = {id} ORDER BY created_at DESC, id DESC LIMIT 50"), "payments_of_member"),
            ("SELECT * FROM eraflazz_report.payments WHERE status = 'REVIEW' ORDER BY created_at DESC, id DESC LIMIT 50".to_owned(), "payments_by_status"),
            ("SELECT sum(amount_received) FROM eraflazz_report.payments WHERE created_at >= '2026-01-01' AND created_at < '2026-01-02'".to_owned(), "payments_by_time"),
            (format!("SELECT * FROM eraflazz_report.notifications WHERE transaction_id = {id}"), "outbox_pkey"),
        ] {
            let explain = format!("EXPLAIN (COSTS OFF) {question}");
            let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut conn);
            let lines: Vec<String> = plan.await.unwrap().iter().map(|row| row.get(0)).collect();
            let plan = lines.join("\n");
            assert!(plan.contains(index), "{question} does not find {index}:\n{plan}");
            // The catalog is one row.
            let through = lines.iter().filter(|line| {
                line.contains("Seq Scan on ") && !line.contains("Seq Scan on catalog")
            });
            assert_eq!(through.count(), 0, "{question}\n{plan}");
        }
    });
}

/// Of what is delivered the price counts without what went back; refunded in full it was delivered at our cost, and what its supplier reversed costs nothing.
#[test]
fn d_13_e_20_the_profit_of_a_refunded_order_is_what_is_left() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let (cost, mut conn) = (rupiah(900), PgConnection::connect(&url).await.unwrap());
        let mut now = ended(&store, budi, Some("SN-1")).await;
        for (part, status, refunded, profit) in [
            (Some(400), "SUCCESS", "400.00", "-300.00"),
            (Some(600), "REFUND", "1000.00", "-900.00"),
            (None, "REFUND", "1000.00", "null"),
        ] {
            let transfers = match part {
                Some(part) => rules::refund(&now.order, now.order.turns + 1, rupiah(part)),
                None => rules::reverse(&now.order, now.order.turns + 1, SUPPLIER, cost),
            };
            let mut order = Order {
                version: now.order.version + 1,
                turns: now.order.turns + 1,
                ..now.order.clone()
            };
            let delivery = order.delivery.as_mut().unwrap();
            delivery.taken_back = part.is_none();
            delivery.refunded = delivery
                .refunded
                .checked_add(rupiah(part.unwrap_or(0)))
                .unwrap();
            if delivery.refunded == order.quote.sell {
                order.state = OrderState::Reversed;
            }
            let unit = Changes {
                transfers,
                orders: vec![OrderWrite {
                    replaces: Some(now.order.version),
                    order: order.clone(),
                }],
                ..Changes::at(NOW)
            };
            done(&store, unit).await;
            now.order = order;
            let question = "SELECT status, refunded_amount AS refunded, profit FROM eraflazz_report.transactions";
            let expected =
                format!(r#"{{"status":"{status}","refunded":{refunded},"profit":{profit}}}"#);
            assert_eq!(told(&mut conn, question).await, [expected]);
        }
    });
}

/// A deposit of this member that nobody has paid yet.
pub(crate) fn asked(member: MemberId, n: u8) -> Payment {
    let ref_id: RefId = format!("DEP-{n}").parse().unwrap();
    Payment {
        id: Payment::id_of(member, &ref_id),
        member,
        ref_id,
        fingerprint: [n; 32],
        gateway: GatewayId(1),
        code: PaymentCode::mint(Installation::DEFAULT, Epoch::default(), NOW, &[n; 10]),
        method: Method::Qris,
        amount: rupiah(50_000),
        payable: None,
        stage: Stage::Made,
        state: PaymentState::Pending,
        theirs: None,
        pay_with: PayWith::default(),
        created_at: NOW.plus(Duration::from_secs(n.into())),
        expires_at: NOW.plus(Duration::from_hours(1)),
        lease_until: NOW,
        next_check_at: Some(NOW),
        looked_at: None,
        checks: 0,
        booked: None,
        taken_back: Money::ZERO,
        reversals: 0,
        doubted: false,
        updated_at: NOW,
        version: 1,
    }
}

/// The same, of which this much came in.
pub(crate) fn paid(before: &Payment, theirs: &str, amount: i64, to: BookedTo) -> Changes {
    let next = Payment {
        version: before.version + 1,
        state: PaymentState::Settled,
        theirs: Some(theirs.parse().unwrap()),
        booked: Some(Booked {
            amount: rupiah(amount),
            to,
            fee: Money::ZERO,
        }),
        ..before.clone()
    };
    Changes {
        transfers: next.journals_since(Some(before)),
        payments: vec![PaymentWrite {
            payment: next,
            replaces: Some(before.version),
        }],
        ..Changes::at(NOW)
    }
}

#[test]
fn d_13_payments_tell_a_known_history() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 0).await;
        let all = [1, 2, 3].map(|n| asked(budi, n));
        for payment in &all {
            let opening = PaymentWrite {
                payment: payment.clone(),
                replaces: None,
            };
            let unit = Changes {
                payments: vec![opening],
                ..Changes::at(NOW)
            };
            done(&store, unit).await;
        }
        done(&store, paid(&all[0], "T-1", 50_000, BookedTo::Member)).await;
        done(&store, paid(&all[1], "T-2", 49_000, BookedTo::Suspense)).await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let payments = told(
            &mut conn,
            "SELECT ref_id, gateway_id AS g, method, gateway_payment_ref AS theirs, amount, amount_received AS received, amount_reversed AS reversed, status
             FROM eraflazz_report.payments ORDER BY created_at",
        )
        .await;
        assert_eq!(
            payments,
            [
                r#"{"ref_id":"DEP-1","g":1,"method":"qris","theirs":"T-1","amount":50000.00,"received":50000.00,"reversed":0.00,"status":"PAID"}"#,
                r#"{"ref_id":"DEP-2","g":1,"method":"qris","theirs":"T-2","amount":50000.00,"received":49000.00,"reversed":0.00,"status":"REVIEW"}"#,
                r#"{"ref_id":"DEP-3","g":1,"method":"qris","theirs":null,"amount":50000.00,"received":null,"reversed":0.00,"status":"PENDING"}"#,
            ]
        );
        let whose = told(
            &mut conn,
            "SELECT u.code, count(*) FROM eraflazz_report.payments p JOIN eraflazz_report.users u ON u.id = p.user_id GROUP BY u.code",
        );
        assert_eq!(whose.await, [r#"{"code":"budi","count":3}"#]);
    });
}
