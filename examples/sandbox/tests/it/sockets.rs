//! What only a socket can do: the shut door, the stopped sandbox, the raw listener.

use std::time::Duration;

use sandbox::{
    Sandbox,
    raw::{Behaviour, RawListener, refused_url},
};

use crate::buyer::{Buyer, quick, until};

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn failure(url: String) -> reqwest::Error {
    let request = client().post(url).timeout(Duration::from_secs(1));
    let sent = request.body("{\"a\":1}").send().await;
    match sent {
        Err(error) => error,
        Ok(answer) => answer.bytes().await.unwrap_err(),
    }
}

#[tokio::test]
async fn a_shut_door_turns_new_and_known_callers_away_unread() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    buyer.buy("D-1", "xld10", "0812").await;
    sandbox.shut_door();
    // First by the line that was open, then by new ones.
    buyer.try_buy("D-2", "xld10", "0812").await.unwrap_err();
    buyer.try_buy("D-2", "xld10", "0812").await.unwrap_err();
    assert!(sandbox.turned_away() >= 1);
    assert_eq!(sandbox.posts_of("D-2"), 0);
    sandbox.open_door();
    assert_eq!(buyer.buy("D-2", "xld10", "0812").await["rc"], "00");
    assert_eq!(sandbox.deliveries_to("0812"), 2);
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections() {
    let sandbox = Sandbox::start(quick()).await.unwrap();
    let buyer = Buyer::of(&sandbox);
    buyer.buy("D-1", "xld10", "0812").await;
    sandbox.stop().await;
    let error = buyer.try_buy("D-2", "xld10", "0812").await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert!(failure(refused_url().await.unwrap()).await.is_connect());
}

#[tokio::test]
async fn raw_listeners_misbehave_as_named_and_count_what_they_read() {
    for (behaviour, read) in [
        (Behaviour::ResetUnread, 0),
        (Behaviour::NeverAnswer, 1),
        (Behaviour::Garbage, 0),
        (Behaviour::HalfBody, 1),
        (Behaviour::CloseAfterReading, 1),
        (Behaviour::ResetAfterReading, 1),
    ] {
        let listener = RawListener::start(behaviour).await.unwrap();
        let error = failure(listener.url()).await;
        assert!(!error.is_connect(), "{behaviour:?}: {error:?}");
        assert_eq!(
            error.is_timeout(),
            behaviour == Behaviour::NeverAnswer,
            "{error:?}"
        );
        assert_eq!(
            error.is_decode() || error.is_body(),
            behaviour == Behaviour::HalfBody,
            "{error:?}"
        );
        until("the request is counted", || listener.requests() == read).await;
        assert!(listener.connections() >= 1);
    }
    let listener = RawListener::start(Behaviour::Garbage).await.unwrap();
    assert!(listener.tls_url().starts_with("https://"));
}
