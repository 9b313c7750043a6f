//! Connections that say too little, too slowly or too often, over raw sockets.

use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;
use sandbox::{Fault, Match, Plan};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::house::{House, PATIENCE, Told, nonce, order, seconds};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
/// Beyond every bound of a test that must not meet it.
const LONG: &str = "60s";

async fn call(house: &House) -> TcpStream {
    TcpStream::connect(house.server.address()).await.unwrap()
}

/// Asks for `/healthz` and reads the answer; `false` if the connection was closed instead.
async fn is_served(socket: &mut TcpStream) -> bool {
    if socket.write_all(HEALTH).await.is_err() {
        return false;
    }
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = timeout(PATIENCE, socket.read_buf(&mut answer)).await;
        if read.unwrap().unwrap_or(0) == 0 {
            return false;
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
    true
}

/// Waits until the other side has closed; how long that took.
async fn closed(socket: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut rest = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut rest))
        .await
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&rest), "", "closed without a word");
    began.elapsed()
}

#[rstest]
#[case("")]
#[case("G")]
#[case("GET /healthz HTTP/1.1\r\n")]
#[case("GET /healthz HTTP/1.1\r\nhost: a\r\nx-padding:")]
#[tokio::test(flavor = "multi_thread")]
async fn t_11_half_a_header_is_not_waited_for(#[case] begun: &str) {
    let house = House::open_with(&[
        ("SERVER__HEADER_TIMEOUT", "200ms"),
        ("SERVER__IDLE_TIMEOUT", LONG),
    ])
    .await;
    let mut first = call(&house).await;
    first.write_all(begun.as_bytes()).await.unwrap();
    assert!(closed(&mut first).await < Duration::from_secs(5));

    if begun.is_empty() {
        return house.close().await;
    }
    // The header of a later request is under the same rule, whatever idleness is allowed.
    let mut later = call(&house).await;
    assert!(is_served(&mut later).await);
    later.write_all(begun.as_bytes()).await.unwrap();
    let took = closed(&mut later).await;
    assert!(took >= Duration::from_millis(150), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_11_a_header_byte_by_byte_gains_no_time() {
    let house = House::open_with(&[("SERVER__HEADER_TIMEOUT", "300ms")]).await;
    // The server counts from when it has the connection, which may be before we know of it.
    let began = Instant::now();
    let mut socket = call(&house).await;
    socket
        .write_all(b"GET /healthz HTTP/1.1\r\nx-padding: ")
        .await
        .unwrap();
    let mut buffer = [0; 64];
    loop {
        if socket.write_all(b"x").await.is_err() {
            break;
        }
        let read = timeout(Duration::from_millis(20), socket.read(&mut buffer)).await;
        if matches!(read, Ok(Ok(0) | Err(_))) {
            break;
        }
        assert!(began.elapsed() < PATIENCE);
    }
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert!(began.elapsed() < Duration::from_secs(5));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_11_a_header_has_a_size() {
    let house = House::open_with(&[("SERVER__HEADER_TIMEOUT", LONG)]).await;
    let mut socket = call(&house).await;
    let padding = "x".repeat(40 * 1024);
    let header = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx-padding: {padding}");
    // The end may come while we write.
    let _ = socket.write_all(header.as_bytes()).await;
    let mut answer = [0; 12];
    let read = timeout(PATIENCE, socket.read_exact(&mut answer)).await;
    // A reset may overtake the answer; what matters is that nobody goes on listening.
    assert!(read.unwrap().is_err() || answer == *b"HTTP/1.1 431");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_kept_for_a_while() {
    let house = House::open_with(&[
        ("SERVER__HEADER_TIMEOUT", "100ms"),
        ("SERVER__IDLE_TIMEOUT", "600ms"),
    ])
    .await;
    let mut socket = call(&house).await;
    for _ in 0..3 {
        assert!(is_served(&mut socket).await);
    }
    let took = closed(&mut socket).await;
    assert!(took >= Duration::from_millis(500), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_may_take_longer_than_a_header_or_a_pause() {
    let house = House::open_with(&[
        ("SERVER__HEADER_TIMEOUT", "100ms"),
        ("SERVER__IDLE_TIMEOUT", "100ms"),
    ])
    .await;
    let number = "087800006001";
    // Nothing is known before the late answer: no webhook tells of it.
    let plan = Plan::sukses()
        .fault(Fault::late(Duration::from_millis(500)))
        .fault(Fault::WebhookNever);
    house.sandbox.script(Match::CustomerNo(number.into()), plan);
    let began = Instant::now();
    let told = house.agen().post_and_wait(&order("SLOW-1", number)).await;
    assert_eq!((told.http, told.data("status")), (200, "SUCCESS"));
    assert!(began.elapsed() > Duration::from_millis(200));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_12_connections_beyond_the_cap_wait_for_a_place() {
    let house = House::open_with(&[
        ("SERVER__CONNECTIONS_MAX", "2"),
        ("SERVER__HEADER_TIMEOUT", LONG),
    ])
    .await;
    let mut one = call(&house).await;
    assert!(is_served(&mut one).await);
    let mut two = call(&house).await;
    assert!(is_served(&mut two).await);
    let mut three = call(&house).await;
    let waited = timeout(Duration::from_millis(200), is_served(&mut three)).await;
    assert!(waited.is_err(), "there is no place");
    assert!(is_served(&mut one).await, "who is in is served");
    drop(two);
    let mut first = [0; 12];
    let read = timeout(PATIENCE, three.read_exact(&mut first)).await;
    read.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200", "what it had asked is answered");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d_12_one_address_cannot_take_every_place() {
    let house = House::open_with(&[("SERVER__CONNECTIONS_PER_ADDRESS", "2")]).await;
    let (mut one, mut two) = (call(&house).await, call(&house).await);
    assert!(is_served(&mut one).await && is_served(&mut two).await);
    assert!(!is_served(&mut call(&house).await).await);
    drop(one);
    let began = Instant::now();
    while !is_served(&mut call(&house).await).await {
        assert!(began.elapsed() < PATIENCE, "the place is not given back");
    }
    house.close().await;

    let house = House::open_with(&[
        ("SERVER__CONNECTIONS_PER_ADDRESS", "1"),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let (mut one, mut two) = (call(&house).await, call(&house).await);
    let both = is_served(&mut one).await && is_served(&mut two).await;
    assert!(both, "a proxy's callers are many");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_30_who_asks_nothing_does_not_hold_up_a_stop() {
    let house = House::open_with(&[
        ("TIME_SCALE", "1"),
        ("ENGINE__DRAIN_TIMEOUT", LONG),
        ("SERVER__HEADER_TIMEOUT", LONG),
        ("SERVER__IDLE_TIMEOUT", LONG),
    ])
    .await;
    let silent = call(&house).await;
    let mut half = call(&house).await;
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost:")
        .await
        .unwrap();
    let mut idle = call(&house).await;
    assert!(is_served(&mut idle).await);
    let mut half_again = call(&house).await;
    assert!(is_served(&mut half_again).await);
    half_again.write_all(b"GET /heal").await.unwrap();

    // And one whose answer is awaited: it gets it, and its connection does not linger either.
    let number = "087800006002";
    let plan = Plan::sukses()
        .fault(Fault::late(Duration::from_millis(500)))
        .fault(Fault::WebhookNever);
    house.sandbox.script(Match::CustomerNo(number.into()), plan);
    let body = order("STOP-3", number).to_string();
    let path = "/api/v1/transactions?wait=8000";
    let agen = house.agen();
    let waiting = agen.signed(&Method::POST, path, body.as_bytes(), seconds(), &nonce());
    let waiting = tokio::spawn(waiting.send());
    let began = Instant::now();
    while house.sandbox.ledger().purchases.is_empty() {
        assert!(began.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    house.server.stop().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(
        Told::of(waiting.await.unwrap().unwrap()).await.http,
        200,
        "the answer is written before the end"
    );
    for mut socket in [silent, half, idle, half_again] {
        assert!(closed(&mut socket).await < Duration::from_secs(1));
    }
    house.sandbox.stop().await;
}
