//! Balance and price list.

use std::time::Duration;

use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{ReadError, Ticket, TicketError, TicketOrder};
use rstest::rstest;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::peer::Peer;
use crate::support::{adapter, config};

async fn serving(at: &str, cmd: &str, body: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(at))
        .and(body_string_contains(cmd))
        .respond_with(ResponseTemplate::new(200).set_body_string(body))
        .mount(&server)
        .await;
    server
}

async fn balance(body: &str) -> Result<Money, ReadError> {
    let server = serving(
        "/v1/cek-saldo",
        r#"{"cmd":"deposit","username":"eraflazz_demo","sign":"#,
        body,
    )
    .await;
    adapter(&format!("{}/v1", server.uri())).balance().await
}

async fn price_list(body: &str) -> Result<eraflazz_core::supplier::PriceList, ReadError> {
    let server = serving(
        "/v1/price-list",
        r#"{"cmd":"prepaid","username":"eraflazz_demo","sign":"#,
        body,
    )
    .await;
    adapter(&format!("{}/v1", server.uri())).price_list().await
}

async fn ticket(body: &str) -> Result<Ticket, TicketError> {
    let request =
        r#"{"username":"eraflazz_demo","amount":10000000,"Bank":"BCA","owner_name":"Budi","sign":"#;
    let server = serving("/v1/deposit", request, body).await;
    let adapter = adapter(&format!("{}/v1", server.uri()));
    adapter.ticket(&ticket_order()).await
}

fn ticket_order() -> TicketOrder {
    TicketOrder {
        amount: Money::rupiah(10_000_000).unwrap(),
        bank: Some("bca".to_owned()),
        owner: Some("Budi".to_owned()),
    }
}

#[tokio::test]
async fn a_ticket_tells_the_exact_sum_and_what_must_stand_in_the_transfer() {
    let body = r#"{"data":{"rc":"00","bank":"BCA","payment_method":"Bank Transfer","account_no":"0123 4567 89","notes":"A6R5UPV","amount":10000001}}"#;
    let read = ticket(body).await.unwrap();
    assert_eq!(read.amount.whole_rupiah(), Some(10_000_001));
    assert_eq!(read.bank.as_deref(), Some("BCA"));
    assert_eq!(read.account.as_deref(), Some("0123 4567 89"));
    assert_eq!(read.note.as_deref(), Some("A6R5UPV"));
    // As it was answered before 2020: the rest is missing.
    let old = r#"{"data":{"rc":"00","amount":"10000000","notes":"A6R5UPV"}}"#;
    assert_eq!(ticket(old).await.unwrap().bank, None);
}

#[rstest]
#[case::refused(r#"{"data":{"rc":"64","message":"x"}}"#, refused("64"))]
#[case::less(
    r#"{"data":{"rc":"00","amount":9999999}}"#,
    unreadable("amount: less than what was asked for")
)]
#[case::no_amount(r#"{"data":{"rc":"00"}}"#, unreadable("amount: missing"))]
#[case::no_answer("<html>", unreadable("not an object with data"))]
#[tokio::test]
async fn what_gives_no_ticket_says_why(#[case] body: &str, #[case] why: ReadError) {
    assert_eq!(ticket(body).await, Err(TicketError::Unread(why)));
}

fn unreadable(why: &str) -> ReadError {
    ReadError::Unreadable(why.to_owned())
}

#[tokio::test]
async fn a_ticket_that_breaks_a_rule_is_not_asked_for() {
    let server = MockServer::start().await;
    let adapter = adapter(&format!("{}/v1", server.uri()));
    let wrong: [(TicketOrder, &str); 3] = [
        (
            TicketOrder {
                amount: Money::from_hundredths(10_000_050),
                ..ticket_order()
            },
            "amount",
        ),
        (
            TicketOrder {
                bank: Some("BTN".to_owned()),
                ..ticket_order()
            },
            "bank",
        ),
        (
            TicketOrder {
                owner: Some("  ".to_owned()),
                ..ticket_order()
            },
            "owner",
        ),
    ];
    for (order, wanted) in wrong {
        let refused = adapter.ticket(&order).await;
        let is_it = matches!(refused, Err(TicketError::Wrong { field, .. }) if field == wanted);
        assert!(is_it, "{wanted}: {refused:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

fn refused(code: &str) -> ReadError {
    ReadError::Refused {
        code: code.to_owned(),
    }
}

#[tokio::test]
async fn requests_carry_the_signature_of_their_command() {
    let server = MockServer::start().await;
    let adapter =
        eraflazz_suppliers::digiflazz::Digiflazz::new(eraflazz_suppliers::digiflazz::Config {
            api_key: "dev-0a1b2c3d-1111-2222-3333-444455556666".into(),
            ..config(&format!("{}/v1", server.uri()))
        })
        .unwrap();
    let _ = adapter.balance().await;
    let _ = adapter.price_list().await;
    let sent = server.received_requests().await.unwrap();
    assert_eq!(
        sent[0].body,
        br#"{"cmd":"deposit","username":"eraflazz_demo","sign":"6a82b0394fe7852e52da9cd8e5c26c46"}"#
    );
    assert_eq!(
        sent[1].body,
        br#"{"cmd":"prepaid","username":"eraflazz_demo","sign":"6c0e23d5ae3e53d53737eff87b1ca96e"}"#
    );
}

#[rstest]
#[case(r#"{"data":{"deposit":500000}}"#, "500000")]
#[case(r#"{"data":{"deposit":"500000"}}"#, "500000")]
#[case(r#"{"data":{"deposit":500000.5,"rc":"00"}}"#, "500000.50")]
#[case(r#"{"data":{"deposit":0}}"#, "0")]
#[case(r#"{"data":{"deposit":-1200}}"#, "-1200")]
#[tokio::test]
async fn a_balance_is_the_number_in_deposit(#[case] body: &str, #[case] expected: &str) {
    assert_eq!(balance(body).await.unwrap().to_string(), expected);
}

#[tokio::test]
async fn no_balance_is_never_zero() {
    assert_eq!(
        balance(r#"{"data":{"rc":"41","message":"x"}}"#).await,
        Err(refused("41"))
    );
    for unreadable in [
        r#"{"data":{"message":"x"}}"#,
        r#"{"data":{"rc":"<b>not a code</b>"}}"#,
        r#"{"data":{"deposit":"habis"}}"#,
        r#"{"data":{"deposit":1.001}}"#,
        r#"{"data":[{"deposit":500000}]}"#,
        r#"{"deposit":500000}"#,
        "<html>",
        "",
    ] {
        assert!(
            matches!(balance(unreadable).await, Err(ReadError::Unreadable(_))),
            "{unreadable}"
        );
    }
    let nobody = Peer::nobody().await;
    assert_eq!(
        adapter(&format!("http://{nobody}/v1")).balance().await,
        Err(ReadError::Unreachable("no connection".to_owned()))
    );
}

const ROW: &str = r#"{"product_name":"XL 10.000","category":"Pulsa","brand":"XL","type":"Umum","seller_name":"Ki***","price":10150,"buyer_sku_code":"xld10","buyer_product_status":true,"seller_product_status":true,"unlimited_stock":true,"stock":0,"multi":true,"start_cut_off":"23:45","end_cut_off":"0:15","desc":"Pulsa XL"}"#;

fn list(rows: &[String]) -> String {
    format!(r#"{{"data":[{}]}}"#, rows.join(","))
}

#[tokio::test]
async fn a_row_is_read_in_full() {
    let list = price_list(&list(&[ROW.to_owned()])).await.unwrap();
    assert_eq!(list.refused, Vec::<String>::new());
    let row = &list.rows[0];
    assert_eq!(row.sku.as_str(), "xld10");
    assert_eq!(
        (row.name.as_deref(), row.category.as_deref()),
        (Some("XL 10.000"), Some("Pulsa"))
    );
    assert_eq!(
        (row.brand.as_deref(), row.kind.as_deref()),
        (Some("XL"), Some("Umum"))
    );
    assert_eq!(row.price, Money::rupiah(10_150).unwrap());
    assert!(row.active && row.multi == Some(true));
    assert_eq!(row.stock, None);
    assert_eq!(row.cut_off.unwrap().to_string(), "23:45-00:15");
    assert_eq!(row.description.as_deref(), Some("Pulsa XL"));
}

#[tokio::test]
async fn rows_come_in_many_spellings() {
    let rows = [
        ROW.replace("10150", "\"10150.0\"").replace(
            "\"buyer_product_status\":true",
            "\"buyer_product_status\":\"1\"",
        ),
        ROW.replace("xld10", "b")
            .replace("\"seller_product_status\":true,", ""),
        ROW.replace("xld10", "c")
            .replace("\"unlimited_stock\":true,\"stock\":0", "\"stock\":\"7\""),
        ROW.replace("xld10", "d")
            .replace("\"unlimited_stock\":true,\"stock\":0", "\"stock\":-3"),
        ROW.replace("xld10", "e").replace("23:45", "0:15"),
        ROW.replace("xld10", "f").replace(
            "\"start_cut_off\":\"23:45\",\"end_cut_off\":\"0:15\"",
            "\"start_cut_off\":null",
        ),
    ];
    let list = price_list(&list(&rows)).await.unwrap();
    assert_eq!(list.refused, Vec::<String>::new());
    assert_eq!(list.rows[0].price, Money::rupiah(10_150).unwrap());
    assert!(list.rows[0].active);
    assert!(!list.rows[1].active, "a missing switch is off");
    assert_eq!(list.rows[2].stock, Some(7));
    assert_eq!(list.rows[3].stock, Some(0));
    assert_eq!(list.rows[4].cut_off, None, "equal times are no window");
    assert_eq!(list.rows[5].cut_off, None);
}

#[rstest]
#[case::beyond_the_bound("10150", "10000000000000", "price")]
#[case::zero("10150", "0", "price")]
#[case::negative("10150", "-1", "price")]
#[case::third_decimal("10150", "10150.001", "price")]
#[case::missing_price("\"price\":10150,", "", "price")]
#[case::no_sku("\"xld10\"", "\"\"", "buyer_sku_code")]
#[case::bad_sku("\"xld10\"", "\"x|1\"", "buyer_sku_code")]
#[case::no_stock(
    "\"unlimited_stock\":true,\"stock\":0",
    "\"stock\":\"banyak\"",
    "stock"
)]
#[case::half_a_window("\"start_cut_off\":\"23:45\",", "", "cut_off")]
#[case::bad_window("23:45", "25:00", "cut_off")]
#[case::twice("\"price\":10150,", "\"price\":10150,\"price\":1,", "each field once")]
#[tokio::test]
async fn inv_05_a_bad_row_is_named_and_left_out(
    #[case] as_sent: &str,
    #[case] instead: &str,
    #[case] named: &str,
) {
    let rows = [ROW.replace(as_sent, instead), ROW.replace("xld10", "other")];
    let list = price_list(&list(&rows)).await.unwrap();
    assert_eq!(list.rows.len(), 1);
    assert_eq!(list.rows[0].sku.as_str(), "other");
    assert_eq!(list.refused.len(), 1);
    assert!(
        list.refused[0].starts_with("row 1: ") && list.refused[0].contains(named),
        "{}",
        list.refused[0]
    );
}

#[tokio::test]
async fn a_product_listed_twice_keeps_its_first_row() {
    let rows = [
        ROW.to_owned(),
        ROW.replace("xld10", "XLD10").replace("10150", "1"),
    ];
    let list = price_list(&list(&rows)).await.unwrap();
    assert_eq!(list.rows.len(), 1);
    assert_eq!(list.rows[0].price, Money::rupiah(10_150).unwrap());
    assert!(list.refused[0].starts_with("row 2: buyer_sku_code"));
}

#[tokio::test]
async fn no_list_is_never_no_products() {
    assert_eq!(
        price_list(r#"{"data":{"rc":"83","message":"x"}}"#).await,
        Err(ReadError::TooSoon(Duration::from_mins(5)))
    );
    assert_eq!(
        price_list(r#"{"data":{"rc":"41","status":"Gagal"}}"#).await,
        Err(refused("41"))
    );
    for unreadable in [
        r#"{"data":[]}"#,
        r#"{"data":[{"product_name":"x"}]}"#,
        r#"{"data":{"message":"x"}}"#,
        r#"{"data":"x"}"#,
        r#"{"data":null}"#,
        "[]",
        "<html>",
        "",
    ] {
        assert!(
            matches!(price_list(unreadable).await, Err(ReadError::Unreadable(_))),
            "{unreadable}"
        );
    }
}

#[tokio::test]
async fn a_long_list_is_read_whole() {
    let rows: Vec<String> = (0..5_000)
        .map(|n| ROW.replace("xld10", &format!("sku{n}")))
        .collect();
    let list = price_list(&list(&rows)).await.unwrap();
    assert_eq!(list.rows.len(), 5_000);
}
