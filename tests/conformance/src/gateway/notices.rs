//! Notifications: genuine or nothing, and even then not money.

use bytes::Bytes;
use eraflazz_core::payment::{
    Evidence, Follow, PaymentClaim, PaymentRef, PaymentSighting, PaymentState, against, follow,
};

use super::{Fate, GatewayFixture, only, row};

/// Pure: no clock, no memory.
pub async fn a_genuine_notice_reads_the_same_every_time(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Paid);
    let notice = fixture.notice(payment.code);
    let reading = fixture.gateway().read_callback(&notice).unwrap();
    for _ in 0..3 {
        assert_eq!(fixture.gateway().read_callback(&notice).unwrap(), reading);
    }
    let [seen] = reading.sightings.as_slice() else {
        panic!("{reading:?}");
    };
    assert!(seen.state().is_some_and(PaymentState::is_paid), "{seen:?}");
    against(&row(&payment), seen).unwrap();
    assert_eq!(reading.answer.status, 200);
}

/// Missing, cut, doubled, or of another body.
pub async fn t_08_a_notice_without_its_own_signature_is_nobodys(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Paid);
    let genuine = fixture.notice(payment.code);
    let gateway = fixture.gateway();
    gateway.read_callback(&genuine).unwrap();
    let mut bare = genuine.clone();
    bare.headers.clear();
    let text = String::from_utf8(bare.body.to_vec()).unwrap();
    bare.body = Bytes::from(text.replace("signature_key", "signature_gone"));
    assert!(gateway.read_callback(&bare).is_err());
    let mut empty = genuine.clone();
    empty.body = Bytes::new();
    assert!(gateway.read_callback(&empty).is_err());
    let doubled = genuine.headers.iter().map(|(name, values)| {
        let twice = [values.as_slice(), values.as_slice()].concat();
        (name.clone(), twice)
    });
    let mut twice = genuine.clone();
    twice.headers = doubled.collect();
    let body = text.replacen('{', "{\"signature_key\":\"00\",", 1);
    twice.body = Bytes::from(body);
    assert!(gateway.read_callback(&twice).is_err());
}

/// What the signature covers cannot be changed.
pub async fn t_08_a_notice_with_another_amount_is_nobodys(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    fixture.becomes(payment.code, Fate::Paid);
    let (from, to) = fixture.signed_text(payment.code);
    let forged = fixture.tampered(payment.code, &from, &to);
    assert!(fixture.gateway().read_callback(&forged).is_err());
}

/// Notices of a pending, a paid and once more a paid payment, in every order and each twice: the money is there once, and only because the gateway was asked.
pub async fn inv_35_duplicated_late_and_shuffled_notices_credit_once(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    let pending = fixture.notice(payment.code);
    fixture.becomes(payment.code, Fate::Paid);
    let paid = fixture.notice(payment.code);
    let gateway = fixture.gateway();
    let proof = gateway.profile().callback;
    for order in [
        [&pending, &paid, &paid],
        [&paid, &pending, &paid],
        [&paid, &paid, &pending],
    ] {
        let (mut known, mut credits) = (PaymentState::Pending, 0);
        for notice in order.into_iter().chain(order) {
            let reading = gateway.read_callback(notice).unwrap();
            let Some(told) = reading.sightings.first().and_then(PaymentSighting::state) else {
                continue;
            };
            if follow(known, told, Evidence::Callback(proof)) != Follow::Ask {
                continue;
            }
            let looked = gateway.look(&PaymentRef::ours(payment.code)).await;
            let state = only(&looked).state().unwrap();
            if let Follow::Rise(state) = follow(known, state, Evidence::Look) {
                credits += u32::from(state.is_paid());
                known = state;
            }
        }
        assert_eq!((known.is_paid(), credits), (true, 1));
    }
}

/// Whatever a stranger sends, nothing of it becomes a state, and nothing panics.
pub async fn hostile_bytes_are_refused_or_unclear(fixture: impl GatewayFixture) {
    let payment = fixture.payment();
    fixture.gateway().create(&payment).await;
    let genuine = fixture.notice(payment.code);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: [&[u8]; 8] = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe{}",
        b"{\"order_id\":{}}",
        b"{\"a\":1e400}",
        deep.as_bytes(),
    ];
    for body in bodies {
        let mut hostile = genuine.clone();
        hostile.body = Bytes::copy_from_slice(body);
        if let Ok(reading) = fixture.gateway().read_callback(&hostile) {
            let is_silent = reading
                .sightings
                .iter()
                .all(|seen| seen.claim == PaymentClaim::Unclear);
            assert!(is_silent, "{reading:?}");
        }
    }
}
