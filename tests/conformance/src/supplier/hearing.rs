//! What the cases hear: one call, checked for what every call must hold.

use std::time::Duration;

use eraflazz_core::ids::{AttemptNo, InboxId, MappingId, OrderId, SupplierId};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, AttemptState, Channel, Counted, Said, bind};
use eraflazz_core::supplier::{AttemptView, Claim, Exchange, Purchase, Sighting, Written};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

use super::line::Telling;
use super::{Code, Means, SupplierFixture};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// What a busy machine may take beyond the timeout. Less than the usual timeout of a fixture (2 s), so that twice as long is noticed.
const SLACK: Duration = Duration::from_millis(1_500);

/// The outcome of a call, which must end within the profile's timeout.
pub(super) async fn within<T>(fixture: &impl SupplierFixture, call: impl Future<Output = T>) -> T {
    let timeout = fixture.supplier().profile().timeout;
    let ended = tokio::time::timeout(timeout + SLACK, call).await.ok();
    assert!(
        ended.is_some(),
        "the call has not ended within the profile's timeout of {timeout:?}"
    );
    ended.unwrap()
}

/// Sends, within the profile's timeout. One send is one request, whatever comes back; `written: No` is none, and goes with exactly
/// one `NotSent` and with nothing else.
pub(super) async fn send(fixture: &impl SupplierFixture, purchase: &Purchase) -> Exchange {
    let reference = &purchase.supplier_ref;
    let before = fixture.arrivals(reference);
    let exchange = within(fixture, fixture.supplier().send(purchase)).await;
    assert_honest(&exchange);
    assert_eq!(
        fixture.arrivals(reference) - before,
        u32::from(exchange.written == Written::Yes),
        "one send is one request, and what is not sent is none"
    );
    exchange
}

/// Sends while answers are told like this.
pub(super) async fn send_told(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    telling: Telling,
) -> Exchange {
    fixture.line().tell(telling);
    let exchange = send(fixture, purchase).await;
    fixture.line().tell(Telling::Whole);
    exchange
}

/// Sends while every `from` in an answer is replaced.
pub(super) async fn send_reworded(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    from: &str,
    to: &str,
) -> Exchange {
    fixture.line().tell(reworded(from, to));
    let exchange = send(fixture, purchase).await;
    assert!(fixture.line().found(), "no {from:?} in the fake's answer");
    exchange
}

pub(super) fn reworded(from: &str, to: &str) -> Telling {
    Telling::Reworded(from.to_owned(), to.to_owned())
}

/// Another name of the same length and shape.
pub(super) fn another(name: &str) -> String {
    let last = match name.as_bytes().last() {
        Some(b'0'..=b'8') => char::from(name.as_bytes()[name.len() - 1] + 1),
        Some(b'9') => '0',
        Some(b'Y' | b'y') => 'X',
        _ => 'Y',
    };
    format!("{}{last}", &name[..name.len() - 1])
}

/// The rows of the table that mean this.
pub(super) fn rows(fixture: &impl SupplierFixture, means: fn(Means) -> bool) -> Vec<Code> {
    let mut codes = fixture.codes();
    codes.retain(|code| means(code.means));
    codes
}

pub(super) fn is_formed_failure(means: Means) -> bool {
    matches!(means, Means::Failed(_) | Means::PerhapsFailed(_))
}

/// Asks, under the same conditions.
pub(super) async fn ask(fixture: &impl SupplierFixture, purchase: &Purchase) -> Exchange {
    ask_as(fixture, purchase, None).await
}

/// Asks about a purchase that is known by this id of the provider's.
pub(super) async fn ask_as(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    their_ref: Option<TheirRef>,
) -> Exchange {
    let view = AttemptView {
        kind: purchase.kind,
        supplier_ref: purchase.supplier_ref,
        their_ref,
        sku: purchase.sku.clone(),
        target: purchase.target.clone(),
        sends: 1,
        age: Duration::from_mins(2),
    };
    let before = fixture.arrivals(&purchase.supplier_ref);
    let exchange = within(fixture, fixture.supplier().ask(&view)).await;
    assert_honest(&exchange);
    let after = fixture.arrivals(&purchase.supplier_ref);
    assert_eq!(after, before, "asking never buys");
    exchange
}

/// Asks while answers are told like this.
pub(super) async fn ask_told(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    telling: Telling,
) -> Exchange {
    fixture.line().tell(telling);
    let exchange = ask(fixture, purchase).await;
    fixture.line().tell(Telling::Whole);
    exchange
}

fn assert_honest(exchange: &Exchange) {
    let not_sent = |sighting: &Sighting| sighting.claim == Claim::NotSent;
    match exchange.written {
        Written::No => assert!(
            exchange.sightings.len() == 1 && exchange.sightings.iter().all(not_sent),
            "nothing written is exactly one NotSent: {exchange:?}"
        ),
        Written::Yes => assert!(
            !exchange.sightings.iter().any(not_sent),
            "NotSent although a byte may have left: {exchange:?}"
        ),
    }
}

/// The one sighting that core would take to be about this purchase; `None` if there is none. A callback of a provider that knows no reference of ours is about
/// the attempt that is known by the id that it names.
pub(super) fn about<'a>(
    purchase: &Purchase,
    channel: Channel,
    sightings: &'a [Sighting],
) -> Option<&'a Sighting> {
    let mut attempt = attempt(purchase);
    if matches!(channel, Channel::Callback { .. }) {
        attempt.their_ref = sightings.iter().find_map(|said| said.their_ref.clone());
    }
    let mut bound = sightings
        .iter()
        .filter(|sighting| bind(&attempt, sighting, channel, &[]).is_ok());
    let first = bound.next();
    assert!(bound.next().is_none(), "one answer, two sightings of it");
    first
}

/// The claim of an answer about this purchase; what says nothing about it is `Unclear`.
pub(super) fn claim(purchase: &Purchase, exchange: &Exchange) -> Claim {
    about(purchase, reply(), &exchange.sightings).map_or(Claim::Unclear, |sighting| sighting.claim)
}

pub(super) const fn reply() -> Channel {
    Channel::Reply { send: 1 }
}

pub(super) fn callback(signed: bool) -> Channel {
    Channel::Callback {
        inbox: InboxId::mint(NOW, &[1; 10]),
        signed,
        received_at: NOW,
    }
}

/// The purchase as core would find it in a list: an attempt at what the fake bills, sent before everything that is in it.
pub(super) fn looked_for(fixture: &impl SupplierFixture, purchase: &Purchase) -> Attempt {
    Attempt {
        exclusive: true,
        state: AttemptState::Unknown,
        expected_cost: fixture.delivery().billed,
        first_sent_at: Timestamp::from_millis(0),
        ..attempt(purchase)
    }
}

/// The attempt that core would have committed before this purchase was sent.
fn attempt(purchase: &Purchase) -> Attempt {
    Attempt {
        kind: purchase.kind,
        order: OrderId::mint(NOW, &[2; 10]),
        no: AttemptNo(1),
        mapping: MappingId(0),
        supplier: SupplierId(0),
        supplier_ref: purchase.supplier_ref,
        their_ref: None,
        code: None,
        sku: purchase.sku.clone(),
        target: purchase.target.clone(),
        cap: purchase.cap,
        expected_cost: Money::ZERO,
        state: AttemptState::Sending,
        sends: purchase.send,
        exclusive: false,
        surplus: false,
        first_sent_at: NOW,
        lease_until: NOW,
        send_open: true,
        call_open: true,
        last_send_ended_at: None,
        last_call_ended_at: None,
        checks: 0,
        doubt: None,
        denied: None,
        unproven: None,
        reversal: None,
        sn: None,
        billed: None,
        said: Said::default(),
        hinted: None,
        hint_case: None,
        counted: Counted::default(),
    }
}
