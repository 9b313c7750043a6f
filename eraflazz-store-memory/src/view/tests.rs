//! The second wall of the commit rule, tried with rows that contradict each other: no port can write them, a damaged record could.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eraflazz_core::commit::{Changes, OrderWrite, Refused, Verdict, View, apply};
use eraflazz_core::ids::{MemberId, OrderId, ProductId, SupplierId, TrxCode};
use eraflazz_core::ledger::{Transfer, Wallet, rules};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{self, Draft, Fingerprint, Order, OrderState, Returned};
use eraflazz_core::pricing::Quote;
use eraflazz_core::text::{RefId, Target};
use eraflazz_core::time::Timestamp;

use crate::state::{History, State};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const RETURNED: OrderState = OrderState::Returned(Returned::Deadline);

fn accepted() -> (State, OrderId) {
    let member = MemberId::mint(NOW, &[1; 10]);
    let id = OrderId::mint(NOW, &[2; 10]);
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
        counter: None,
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
    let verdicts = apply(vec![order::accept(draft)], &mut state);
    assert!(matches!(verdicts.as_slice(), [Verdict::Done(_)]));
    (state, id)
}

fn ended(
    state: &State,
    id: OrderId,
    to: OrderState,
    journal: fn(&Order) -> Vec<Transfer>,
) -> Changes {
    let mut order = state.order(id).unwrap().clone();
    let replaces = Some(order.version);
    order.version += 1;
    order.state = to;
    let mut unit = Changes::at(NOW);
    unit.transfers = journal(&order);
    unit.orders.push(OrderWrite { order, replaces });
    unit
}

fn capture(order: &Order) -> Vec<Transfer> {
    rules::capture(order, SupplierId(0), order.quote.cost_cap)
}

#[test]
fn inv_07_a_hold_that_was_released_is_not_captured_even_if_the_order_says_it_is_held() {
    let (mut state, id) = accepted();
    let held = state.order(id).unwrap().clone();
    let unit = ended(&state, id, RETURNED, rules::release);
    assert!(matches!(
        apply(vec![unit], &mut state).as_slice(),
        [Verdict::Done(_)]
    ));
    // The money is there again, so that nothing but the keys stands in the way.
    let mut wallet = state.wallet(held.member).unwrap();
    wallet.held = held.quote.sell;
    state.put_wallet(wallet);
    state.put_order(held);

    let verdicts = apply(
        vec![ended(&state, id, OrderState::Succeeded, capture)],
        &mut state,
    );
    let [Verdict::Refused(Refused::Broken { invariant })] = verdicts.as_slice() else {
        panic!("{verdicts:?}");
    };
    assert!(invariant.starts_with("INV-7"));
}

#[test]
fn inv_07_what_was_never_held_is_not_released() {
    let (mut state, id) = accepted();
    state.orders.get_mut(&id).unwrap().history = History::default();
    let verdicts = apply(
        vec![ended(&state, id, RETURNED, rules::release)],
        &mut state,
    );
    let [Verdict::Refused(Refused::Broken { invariant })] = verdicts.as_slice() else {
        panic!("{verdicts:?}");
    };
    assert!(invariant.starts_with("INV-7"));
}
