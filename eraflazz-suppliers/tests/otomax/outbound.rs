//! What leaves.

use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Claim, Reason, Status, TicketError, TicketOrder, Written};
use eraflazz_core::text::{Sku, Target};
use eraflazz_suppliers::otomax::{Config, Otomax};
use wiremock::ResponseTemplate;

use crate::support::{SUCCESS, adapter, answering, attempt, config, only, purchase};

#[tokio::test]
async fn a_purchase_is_signed_over_upper_case_and_keeps_the_order_of_its_names() {
    let server = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let exchange = adapter(&server.uri()).send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method.as_str(), "GET");
    assert_eq!(
        requests[0].url.query().unwrap(),
        "product=S10&qty=1&dest=081234567890&refID=900001&memberID=ERZ001&sign=rC-4UZIwBDV8qXOWT0_ni_UDqtY"
    );
}

#[tokio::test]
async fn a_question_never_buys() {
    let server = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let exchange = adapter(&server.uri()).ask(&attempt()).await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);
    let requests = server.received_requests().await.unwrap();
    assert!(requests[0].url.query().unwrap().ends_with("&check=1"));
}

#[tokio::test]
async fn without_a_status_template_nothing_is_asked() {
    let server = answering(ResponseTemplate::new(200)).await;
    let mut config = config(&server.uri());
    config.status = None;
    config.profile.status = Status::None;
    let exchange = Otomax::new(config).unwrap().ask(&attempt()).await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_post_carries_pin_and_password_in_its_body() {
    let server = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let config = Config {
        order: "POST /trx?product={product}&dest={dest}&refID={ref}&memberID={member}&pin={pin}&password={password}".to_owned(),
        upper: false,
        password: "S3cr3t#9&=%".into(),
        ..config(&server.uri())
    };
    Otomax::new(config).unwrap().send(&purchase()).await;
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].method.as_str(), "POST");
    assert_eq!(requests[0].url.query(), None);
    assert_eq!(
        std::str::from_utf8(&requests[0].body).unwrap(),
        "product=s10&dest=081234567890&refID=900001&memberID=erz001&pin=1234&password=S3cr3t%239%26%3D%25"
    );
}

#[tokio::test]
async fn the_second_address_is_called_only_if_the_first_was_certainly_not_reached() {
    let closed = "http://127.0.0.1:1";
    let server = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let both = |first: &str| Config {
        bases: vec![first.to_owned(), server.uri()],
        ..config(first)
    };
    let exchange = Otomax::new(both(closed)).unwrap().send(&purchase()).await;
    assert_eq!(only(&exchange).claim, Claim::Delivered);

    let broken = answering(ResponseTemplate::new(502)).await;
    let exchange = Otomax::new(both(&broken.uri()))
        .unwrap()
        .send(&purchase())
        .await;
    assert_eq!(only(&exchange).claim, Claim::Unclear);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let exchange = adapter("http://127.0.0.1:1").send(&purchase()).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(only(&exchange).claim, Claim::NotSent);
}

#[tokio::test]
async fn what_would_be_split_behind_the_server_is_not_sent() {
    let server = answering(ResponseTemplate::new(200).set_body_string(SUCCESS)).await;
    let adapter = adapter(&server.uri());
    for (sku, target) in [
        ("S10", "2.081234567890"),
        ("S.10", "081234567890"),
        ("S10", "0812&x=1"),
        ("S10", "800012345|os_asia"),
        ("S10", "329801092375999991;year=2019"),
    ] {
        let purchase = eraflazz_core::supplier::Purchase {
            sku: Sku::new(sku).unwrap(),
            target: Target::new(target).unwrap(),
            ..purchase()
        };
        let exchange = adapter.send(&purchase).await;
        assert_eq!(only(&exchange).claim, Claim::NotSent);
        assert_eq!(only(&exchange).reason, Reason::Other);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// The vector of the protocol's page: 1,000,000 signed for ERZ001.
#[tokio::test]
async fn a_ticket_is_asked_for_and_its_exact_sum_read() {
    let reply = "Silahkan Transfer Sesuai Nominal Rp.1.000.417\nBCA : 1234567890";
    let server = answering(ResponseTemplate::new(200).set_body_string(reply)).await;
    let order = TicketOrder {
        amount: Money::rupiah(1_000_000).unwrap(),
        bank: None,
        owner: None,
    };
    let ticket = adapter(&server.uri()).ticket(&order).await.unwrap();
    assert_eq!(ticket.amount.whole_rupiah(), Some(1_000_417));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(
        requests[0].url.query().unwrap(),
        "memberID=ERZ001&amount=1000000&sign=XPi19ZDNdOTPdCtspjFxktaT-Uk"
    );
    let without = Otomax::new(Config {
        ticket: None,
        ..config(&server.uri())
    });
    let refused = without.unwrap().ticket(&order).await;
    assert_eq!(refused, Err(TicketError::NotOffered));
    let nothing = TicketOrder {
        amount: Money::ZERO,
        ..order
    };
    let refused = adapter(&server.uri()).ticket(&nothing).await;
    let on_amount = matches!(
        refused,
        Err(TicketError::Wrong {
            field: "amount",
            ..
        })
    );
    assert!(on_amount, "{refused:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_deposit_is_read_and_a_refusal_is_never_zero() {
    let server = answering(
        ResponseTemplate::new(200)
            .set_body_string("Yth. AGEN H2H (ERZ001). Saldo 12.345.678! Terima kasih"),
    )
    .await;
    let balance = adapter(&server.uri()).balance().await.unwrap();
    assert_eq!(balance.whole_rupiah(), Some(12_345_678));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(
        requests[0].url.query().unwrap(),
        "memberID=ERZ001&sign=lLXcFWXNIdf7_yYExxOZ20kUOCg"
    );

    for refusal in ["Pin Salah", "", "<html>", "Saldo anda tidak mencukupi"] {
        let server = answering(ResponseTemplate::new(200).set_body_string(refusal)).await;
        adapter(&server.uri()).balance().await.unwrap_err();
    }
}
