//! What a failed purchase proves, on real sockets: `NotSent` exactly where no byte of it was written, and one `send` is never
//! more than one request.

use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, Exchange, Reason, Written};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use rstest::rstest;

use crate::peer::{Manner, Peer};
use crate::support::{adapter, config, impatient, only, purchase, success};

fn assert_not_sent(exchange: &Exchange) {
    assert_eq!(exchange.written, Written::No);
    assert_eq!(only(exchange).claim, Claim::NotSent);
    assert!(exchange.raw.is_empty());
}

fn assert_may_have_arrived(exchange: &Exchange) {
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(only(exchange).claim, Claim::Unclear);
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let nobody = Peer::nobody().await;
    let exchange = adapter(&format!("http://{nobody}/v1"))
        .send(&purchase())
        .await;
    assert_not_sent(&exchange);
}

#[tokio::test]
async fn a_failed_tls_handshake_sent_nothing() {
    let peer = Peer::start(Manner::Garbage).await;
    let exchange = adapter(&peer.https()).send(&purchase()).await;
    assert_not_sent(&exchange);
    for bytes in peer.requests() {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("087800001233"),
            "the purchase was readable before the handshake was over"
        );
    }
}

#[tokio::test]
async fn a_tls_handshake_that_never_ends_sent_nothing() {
    let peer = Peer::start(Manner::Silent).await;
    let exchange = impatient(&peer.https()).send(&purchase()).await;
    assert_not_sent(&exchange);
}

#[tokio::test]
async fn a_proxy_that_reaches_nobody_sent_nothing() {
    let proxy = Peer::start(Manner::Write(answer("502 Bad Gateway", ""))).await;
    let nobody = Peer::nobody().await;
    let adapter = Digiflazz::new(Config {
        proxy: Some(format!("http://{}", proxy.address).into()),
        ..config(&format!("https://{nobody}/v1"))
    })
    .unwrap();
    let exchange = adapter.send(&purchase()).await;
    assert_not_sent(&exchange);
    let asked = proxy.requests();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with(b"CONNECT "), "the proxy was asked");
}

#[rstest]
#[case::reset_after_reading(Manner::ResetAfterReading)]
#[case::closed_after_reading(Manner::CloseAfterReading)]
#[case::no_answer_in_time(Manner::Silent)]
#[case::not_http(Manner::Write(b"SSH-2.0-OpenSSH\r\n".to_vec()))]
#[case::head_cut(Manner::Write(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()))]
#[tokio::test]
async fn inv_12_a_request_that_was_read_may_have_been_executed(#[case] manner: Manner) {
    let peer = Peer::start(manner).await;
    let exchange = impatient(&peer.http()).send(&purchase()).await;
    assert_may_have_arrived(&exchange);
    assert_eq!(only(&exchange).reason, Reason::Timeout);
    assert_eq!(peer.requests().len(), 1, "one send is one request");
}

#[tokio::test]
async fn inv_12_a_connection_reset_unread_may_have_taken_bytes() {
    let peer = Peer::start(Manner::ResetUnread).await;
    let exchange = adapter(&peer.http()).send(&purchase()).await;
    assert_may_have_arrived(&exchange);
}

#[tokio::test]
async fn inv_12_half_an_answer_is_no_answer_even_if_it_reads_well() {
    let body = success();
    let mut bytes = answer("200 OK", &format!("{body}          "));
    bytes.truncate(bytes.len() - 10);
    for manner in [Manner::Write(bytes.clone()), Manner::WriteThenStall(bytes)] {
        let peer = Peer::start(manner).await;
        let exchange = impatient(&peer.http()).send(&purchase()).await;
        assert_may_have_arrived(&exchange);
        assert_eq!(exchange.raw, body, "what was read is kept as evidence");
        assert_eq!(peer.requests().len(), 1);
    }
}

#[tokio::test]
async fn t_24_an_answer_without_end_is_cut_off() {
    let body = format!("{}{}", success(), " ".repeat(1 << 20));
    let peer = Peer::start(Manner::Write(answer("200 OK", &body))).await;
    let exchange = adapter(&peer.http()).send(&purchase()).await;
    assert_may_have_arrived(&exchange);
    assert_eq!(only(&exchange).reason, Reason::Unreadable);
    assert!(exchange.raw.len() <= 256 * 1024);
}

#[rstest]
#[case("301 Moved Permanently")]
#[case("302 Found")]
#[case("307 Temporary Redirect")]
#[case("308 Permanent Redirect")]
#[tokio::test]
async fn a_redirect_is_not_followed_and_proves_nothing(#[case] status: &str) {
    let elsewhere = Peer::start(Manner::Write(answer("200 OK", &success()))).await;
    let nobody = Peer::nobody().await;
    for target in [elsewhere.address, nobody] {
        let redirect = format!(
            "HTTP/1.1 {status}\r\nlocation: http://{target}/v1/transaction\r\ncontent-length: 0\r\n\r\n"
        );
        let peer = Peer::start(Manner::Write(redirect.into_bytes())).await;
        let exchange = adapter(&peer.http()).send(&purchase()).await;
        assert_may_have_arrived(&exchange);
        assert_eq!(peer.requests().len(), 1);
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_reused_connection_that_dies_after_reading_is_not_tried_again() {
    let peer = Peer::start(Manner::AnswerOnceThenClose(answer("200 OK", &success()))).await;
    let adapter = adapter(&peer.http());
    let first = adapter.send(&purchase()).await;
    assert_eq!(only(&first).claim, Claim::Delivered);
    let second = adapter.send(&purchase()).await;
    assert_may_have_arrived(&second);
    assert_eq!(peer.requests().len(), 2, "one send is one request");
}

#[tokio::test]
async fn a_connection_closed_between_two_sends_doubles_neither() {
    let peer = Peer::start(Manner::Write(answer("200 OK", &success()))).await;
    let adapter = adapter(&peer.http());
    for sends in 1..=5 {
        let exchange = adapter.send(&purchase()).await;
        // Whether the close was noticed in time is a race; a second request for one send would be a bug in either case.
        assert_ne!(exchange.written, Written::No);
        assert!(peer.requests().len() <= sends, "one send is one request");
    }
}

/// Runs itself again with a proxy in the environment, which only a process of its own can have safely.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_used() {
    const SUPPLIER: &str = "ERAFLAZZ_TEST_SUPPLIER";
    if let Ok(supplier) = std::env::var(SUPPLIER) {
        let exchange = adapter(&supplier).send(&purchase()).await;
        assert_eq!(only(&exchange).claim, Claim::Delivered);
        return;
    }
    let supplier = Peer::start(Manner::Write(answer("200 OK", &success()))).await;
    let proxy = Peer::start(Manner::Write(answer("200 OK", ""))).await;
    let ran = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sockets::a_proxy_of_the_environment_is_not_used"])
        .env(SUPPLIER, supplier.http())
        .env("http_proxy", format!("http://{}", proxy.address))
        .env("ALL_PROXY", format!("http://{}", proxy.address))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(supplier.requests().len(), 1);
    assert_eq!(proxy.requests().len(), 0);
}
