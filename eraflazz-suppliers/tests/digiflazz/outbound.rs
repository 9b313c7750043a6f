//! How calls leave: from the address and through the proxy that the account names, and what it proves when a proxy fails.
//!
//! A purchase at a real address is TLS, so a proxy sees `CONNECT` first and the purchase only inside the tunnel: whatever goes wrong before the tunnel
//! stands proves that nothing was sent. In plain HTTP, to a supplier on this machine, the proxy itself is handed the purchase, and once it read it nothing
//! that it says proves anything.

use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, Exchange, Written};
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};
use rstest::rstest;

use crate::peer::{Manner, Peer};
use crate::support::{SHORT, config, only, purchase, success};

fn through(proxy: &str, base_url: &str) -> Digiflazz {
    Digiflazz::new(Config {
        proxy: Some(proxy.into()),
        timeout: SHORT,
        ..config(base_url)
    })
    .unwrap()
}

fn assert_not_sent(exchange: &Exchange) {
    assert_eq!(exchange.written, Written::No);
    assert_eq!(only(exchange).claim, Claim::NotSent);
}

fn assert_may_have_arrived(exchange: &Exchange) {
    assert_eq!(exchange.written, Written::Yes);
    assert_eq!(only(exchange).claim, Claim::Unclear);
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = "content-type: application/json";
    format!("HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// Only Linux has all of 127.0.0.0/8 without being told.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn calls_leave_from_the_local_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let adapter = Digiflazz::new(Config {
        local_address: Some("127.0.0.2".parse().unwrap()),
        timeout: SHORT,
        ..config(&format!("http://{address}/v1"))
    })
    .unwrap();
    let purchase = purchase();
    let (accepted, exchange) = tokio::join!(
        async {
            let (stream, peer) = listener.accept().await.unwrap();
            drop(stream);
            peer
        },
        adapter.send(&purchase)
    );
    assert_eq!(accepted.ip().to_string(), "127.0.0.2");
    assert_may_have_arrived(&exchange);
}

#[tokio::test]
async fn an_address_that_is_not_ours_sends_nothing() {
    let peer = Peer::start(Manner::Write(answer("200 OK", &success()))).await;
    let adapter = Digiflazz::new(Config {
        local_address: Some("192.0.2.7".parse().unwrap()),
        ..config(&peer.http())
    })
    .unwrap();
    assert_not_sent(&adapter.send(&purchase()).await);
    assert_eq!(peer.requests().len(), 0);
}

#[tokio::test]
async fn calls_go_through_the_proxy() {
    let proxy = Peer::start(Manner::Write(answer("200 OK", &success()))).await;
    let nobody = Peer::nobody().await;
    let proxy_url = format!("http://someone:a-word@{}", proxy.address);
    let adapter = through(&proxy_url, &format!("http://{nobody}/v1"));
    let exchange = adapter.send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
    let asked = String::from_utf8(proxy.requests().remove(0)).unwrap();
    assert!(
        asked.starts_with(&format!("POST http://{nobody}/v1/transaction")),
        "{asked}"
    );
    assert!(
        asked.to_lowercase().contains("proxy-authorization: basic "),
        "{asked}"
    );
}

#[rstest]
#[case::plain("http")]
#[case::tls("https")]
#[tokio::test]
async fn a_proxy_that_is_not_there_was_told_nothing(#[case] scheme: &str) {
    let (proxy, supplier) = (Peer::nobody().await, Peer::nobody().await);
    let adapter = through(
        &format!("http://{proxy}"),
        &format!("{scheme}://{supplier}/v1"),
    );
    assert_not_sent(&adapter.send(&purchase()).await);
}

#[rstest]
#[case::wants_a_password(Manner::Write(answer("407 Proxy Authentication Required", "")))]
#[case::forbids_it(Manner::Write(answer("403 Forbidden", "{}")))]
#[case::reaches_nobody(Manner::Write(answer("504 Gateway Timeout", "")))]
#[case::closes(Manner::CloseAfterReading)]
#[case::resets(Manner::ResetAfterReading)]
#[case::never_answers(Manner::Silent)]
#[case::is_no_proxy(Manner::Write(b"SSH-2.0-OpenSSH\r\n".to_vec()))]
#[case::opens_and_closes(Manner::Write(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()))]
#[case::opens_and_stalls(Manner::WriteThenStall(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()))]
#[case::opens_to_garbage(Manner::Write(b"HTTP/1.1 200 OK\r\n\r\nthis is not a handshake".to_vec()))]
#[tokio::test]
async fn a_tunnel_that_never_stood_carried_nothing(#[case] manner: Manner) {
    let (proxy, supplier) = (Peer::start(manner).await, Peer::nobody().await);
    let adapter = through(
        &format!("http://{}", proxy.address),
        &format!("https://{supplier}/v1"),
    );
    let exchange = adapter.send(&purchase()).await;
    assert_not_sent(&exchange);
    let asked = proxy.requests();
    assert_eq!(asked.len(), 1, "one send is one try");
    assert!(asked[0].starts_with(format!("CONNECT {supplier} ").as_bytes()));
    let number = purchase().target.to_string();
    assert!(!String::from_utf8_lossy(&asked[0]).contains(&number));
}

#[rstest]
#[case::closes(Manner::CloseAfterReading)]
#[case::resets(Manner::ResetAfterReading)]
#[case::resets_unread(Manner::ResetUnread)]
#[case::never_answers(Manner::Silent)]
#[case::reaches_nobody(Manner::Write(answer("502 Bad Gateway", "")))]
#[case::explains(Manner::Write(answer("504 Gateway Timeout", "<html>no route</html>")))]
#[case::wants_a_password(Manner::Write(answer("407 Proxy Authentication Required", "")))]
#[tokio::test]
async fn inv_12_a_proxy_that_was_handed_the_purchase_proves_nothing(#[case] manner: Manner) {
    let (proxy, supplier) = (Peer::start(manner).await, Peer::nobody().await);
    let adapter = through(
        &format!("http://{}", proxy.address),
        &format!("http://{supplier}/v1"),
    );
    assert_may_have_arrived(&adapter.send(&purchase()).await);
    assert!(proxy.requests().len() <= 1, "one send is one request");
}
