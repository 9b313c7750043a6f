//! What the cases hear: one call, checked for what every call must hold.

use std::time::{Duration, Instant};

use eraflazz_core::ids::{AttemptNo, InboxId, MappingId, OrderId, SupplierId};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Attempt, AttemptState, Channel, bind};
use eraflazz_core::supplier::{AttemptView, Claim, Exchange, Purchase, Sighting, Written};
use eraflazz_core::time::Timestamp;

use super::SupplierFixture;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// What a busy machine may take beyond the timeout.
const SLACK: Duration = Duration::from_secs(5);

/// Sends, within the profile's timeout; `written: No` goes with exactly one `NotSent` and with nothing else.
pub(super) async fn send(fixture: &impl SupplierFixture, purchase: &Purchase) -> Exchange {
    let supplier = fixture.supplier();
    let began = Instant::now();
    let exchange = supplier.send(purchase).await;
    let allowed = supplier.profile().timeout + SLACK;
    assert!(began.elapsed() <= allowed, "longer than its timeout");
    assert_honest(&exchange);
    exchange
}

/// Asks, under the same conditions.
pub(super) async fn ask(fixture: &impl SupplierFixture, purchase: &Purchase) -> Exchange {
    let view = AttemptView {
        supplier_ref: purchase.supplier_ref,
        their_ref: None,
        sku: purchase.sku.clone(),
        target: purchase.target.clone(),
        sends: 1,
        age: Duration::from_mins(2),
    };
    let exchange = fixture.supplier().ask(&view).await;
    assert_honest(&exchange);
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

/// The one sighting that core would take to be about this purchase; `None` if there is none.
pub(super) fn about<'a>(
    purchase: &Purchase,
    channel: Channel,
    sightings: &'a [Sighting],
) -> Option<&'a Sighting> {
    let attempt = attempt(purchase);
    let mut bound = sightings
        .iter()
        .filter(|sighting| bind(&attempt, sighting, channel).is_ok());
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
    }
}

/// The attempt that core would have committed before this purchase was sent.
fn attempt(purchase: &Purchase) -> Attempt {
    Attempt {
        order: OrderId::mint(NOW, &[2; 10]),
        no: AttemptNo(1),
        mapping: MappingId(0),
        supplier: SupplierId(0),
        supplier_ref: purchase.supplier_ref,
        their_ref: None,
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
        reversal: None,
        sn: None,
        billed: None,
    }
}
