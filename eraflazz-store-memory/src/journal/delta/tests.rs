//! What a short form gives back is what it was made of, and it is short.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;

use eraflazz_core::commit::{Changes, OrderWrite, View, apply};
use eraflazz_core::ids::{MemberId, OrderId, ProductId, TrxCode};
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{self, Draft, Fingerprint, OrderState, Returned};
use eraflazz_core::pricing::Quote;
use eraflazz_core::text::{RefId, Target};
use eraflazz_core::time::Timestamp;

use super::{Orders, Unit};
use crate::state::State;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// An accepted order, and its next version.
fn accepted() -> (State, OrderWrite) {
    let (member, id) = (MemberId::mint(NOW, &[1; 10]), OrderId::mint(NOW, &[2; 10]));
    let price = Money::rupiah(100).unwrap();
    let mut state = State::default();
    let mut wallet = Wallet::new(member, Money::ZERO);
    wallet.available = price;
    state.put_wallet(wallet);
    let draft = Draft {
        bill: None,
        id,
        trx_code: TrxCode::mint(NOW, &[2; 10]),
        member,
        ref_id: RefId::new("R-1").unwrap(),
        fingerprint: Fingerprint([0; 16]),
        product: ProductId(0),
        destination: Target::new("+6281234567890").unwrap().into(),
        counter: Some(1),
        quote: Quote {
            sell: price,
            base: price,
            cost_cap: price,
            catalog_version: 1,
        },
        sn_required: false,
        late_success: LateSuccess::Reclaim,
        deadline: NOW,
        now: NOW,
    };
    apply(vec![order::accept(draft)], &mut state);
    let mut order = state.order(id).unwrap().clone();
    let replaces = Some(order.version);
    order.version += 1;
    order.revision += 1;
    order.state = OrderState::Returned(Returned::Deadline);
    order.next_action_at = None;
    order.guard.as_mut().unwrap().live = false;
    (state, OrderWrite { order, replaces })
}

fn unit_of(write: OrderWrite) -> Changes {
    let mut unit = Changes::at(NOW);
    unit.orders.push(write);
    unit
}

fn round_trip(unit: &Changes, state: &State) -> Changes {
    let bytes = postcard::to_stdvec(&Unit::of(unit, state)).unwrap();
    let read: Unit<'static> = postcard::from_bytes(&bytes).unwrap();
    read.whole(state).unwrap()
}

#[test]
fn inv_16_of_a_known_order_only_what_moved_is_written() {
    let (state, write) = accepted();
    let whole = postcard::to_stdvec(&Cow::Borrowed(&write)).unwrap();
    let unit = unit_of(write);
    let short = Unit::of(&unit, &state);
    assert!(matches!(short.orders.as_slice(), [Orders::Moved(_)]));
    let len = postcard::to_stdvec(&short.orders).unwrap().len();
    assert!(len * 3 <= whole.len(), "{len} of {}", whole.len());
    assert_eq!(round_trip(&unit, &state), unit);
}

#[test]
fn what_should_not_change_and_did_is_written_whole() {
    let (state, write) = accepted();
    let mut other = write.clone();
    other.order.sn_required = true;
    let mut skips = write;
    skips.order.version += 1;
    for odd in [other, skips] {
        let unit = unit_of(odd);
        assert!(matches!(
            Unit::of(&unit, &state).orders.as_slice(),
            [Orders::Whole(_)]
        ));
        assert_eq!(round_trip(&unit, &state), unit);
    }
}

#[test]
fn what_moved_is_nothing_without_what_it_moved_from() {
    let (state, write) = accepted();
    let unit = unit_of(write);
    assert_eq!(Unit::of(&unit, &state).whole(&State::default()), None);
}
