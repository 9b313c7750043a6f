//! Bills: what was asked about is kept until it is over, and paid once, where and as it was asked (E-35).

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::ProductKind;
use eraflazz_core::commit::{Changes, Nonce, Refused};
use eraflazz_core::ids::{AttemptNo, InquiryId, MappingId, MemberId, SupplierId, SupplierRef};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::order::{Attempt, Bill, Order, OrderState};
use eraflazz_core::supplier::{Finding, Line};
use eraflazz_core::text::{Sku, Target};

use super::Books;
use super::world::{MUCH_LATER, SUPPLIER, World, accept, rejected, rupiah, step, unit};

/// The bill of an order, as its supplier told it.
fn inquiry(order: &Order, cost: i64) -> Inquiry {
    let mut finding = Finding::of_bill(rupiah(cost));
    finding.customer = Line::read("Nama Pelanggan");
    finding.tell("periode", "201901");
    Inquiry {
        id: Inquiry::id_of(order.member, &order.ref_id),
        member: order.member,
        ref_id: order.ref_id.clone(),
        product: order.product,
        destination: order.destination.clone(),
        mapping: MappingId(0),
        supplier: SUPPLIER,
        supplier_ref: SupplierRef::parse("E0000000000000BILL0Z").unwrap(),
        sku: Sku::new("pln").unwrap(),
        target: Target::new("530000000001").unwrap(),
        quote: order.quote,
        finding,
        asked_at: MUCH_LATER,
        expires_at: MUCH_LATER.plus(Duration::from_mins(30)),
    }
}

/// An order that pays a bill, and the unit that accepts it.
fn paying(world: &World, member: MemberId) -> (Order, Changes) {
    let mut order = world.order(member, 1_000);
    order.quote.cost_cap = rupiah(900);
    order.quote.base = rupiah(900);
    let asked = inquiry(&order, 900);
    let bill = asked.bill(member, order.product, &order.destination, order.created_at);
    order.bill = Some(Box::new(bill.unwrap()));
    let unit = accepting(&order);
    (order, unit)
}

/// The id of an inquiry that nobody made.
fn another_id() -> InquiryId {
    InquiryId::mint(MUCH_LATER, &[7; 10])
}

fn bill_of(order: &Order) -> &Bill {
    order.bill.as_deref().unwrap()
}

fn accepting(order: &Order) -> Changes {
    Changes {
        nonces: vec![Nonce::of_inquiry(bill_of(order).inquiry)],
        ..accept(order)
    }
}

/// The payment as it has to be.
fn payment(world: &World, order: &Order) -> Attempt {
    let bill = bill_of(order);
    Attempt {
        kind: ProductKind::Postpaid,
        mapping: bill.mapping,
        supplier: bill.supplier,
        supplier_ref: bill.supplier_ref,
        sku: bill.sku.clone(),
        target: bill.target.clone(),
        ..world.attempt(order, 1)
    }
}

/// It reads as it was stored, and whoever stores another one under its id changes nothing.
pub async fn an_inquiry_is_kept_and_the_first_one_stands(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let order = world.order(budi, 1_000);
    let first = inquiry(&order, 900);
    assert_eq!(world.store.inquiry(first.id).await.unwrap(), None);
    world.store.put_inquiry(first.clone()).await.unwrap();
    world.store.put_inquiry(first.clone()).await.unwrap();
    world.store.put_inquiry(inquiry(&order, 1)).await.unwrap();
    let read = world.store.inquiry(first.id).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    let other = another_id();
    assert_eq!(world.store.inquiry(other).await.unwrap(), None);
}

/// Of two orders that pay the same inquiry one is taken, also after the first got its money back.
pub async fn e_35_an_inquiry_is_paid_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (first, unit) = paying(&world, budi);
    world.done(unit).await;
    let (mut second, _) = paying(&world, budi);
    second.bill.clone_from(&first.bill);
    assert_eq!(world.refused(accepting(&second)).await, Refused::NonceUsed);
    let first = world.read(first.id).await.order;
    world.done(super::world::give_back(&first)).await;
    assert_eq!(world.refused(accepting(&second)).await, Refused::NonceUsed);
}

/// No order that pays a bill is accepted without using up its inquiry, nor at another cost than the inquiry's.
pub async fn e_35_a_bill_uses_up_its_inquiry(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, unit) = paying(&world, budi);
    world.broken(accept(&order)).await;
    let another = Changes {
        nonces: vec![Nonce::of_inquiry(another_id())],
        ..accept(&order)
    };
    world.broken(another).await;
    let mut dearer = order.clone();
    dearer.quote.cost_cap = rupiah(901);
    world.broken(accepting(&dearer)).await;
    world.done(unit).await;
}

/// One route, that supplier, that reference, that product and customer, once: anything else is no payment of it.
pub async fn e_35_a_bill_is_paid_where_and_as_it_was_asked(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let (order, accepted) = paying(&world, budi);
    world.done(accepted).await;
    let order = world.read(order.id).await.order;
    let flying = step(&order, OrderState::InFlight(AttemptNo(1)));
    let right = payment(&world, &order);
    let fresh = world.attempt(&order, 1).supplier_ref;
    let wrong: [fn(&mut Attempt); 5] = [
        |it| it.kind = ProductKind::Prepaid,
        |it| it.mapping = MappingId(1),
        |it| it.supplier = SupplierId(1),
        |it| it.sku = Sku::new("pdam").unwrap(),
        |it| it.target = Target::new("530000000002").unwrap(),
    ];
    for spoil in wrong {
        let mut attempt = right.clone();
        spoil(&mut attempt);
        world.broken(unit(&flying, [&attempt])).await;
    }
    let under_another = Attempt {
        supplier_ref: fresh,
        ..right.clone()
    };
    world.broken(unit(&flying, [&under_another])).await;
    world.done(unit(&flying, [&right])).await;

    let held = step(&flying, OrderState::Held);
    world.done(unit(&held, [&rejected(&right)])).await;
    let again = Attempt {
        no: AttemptNo(2),
        ..under_another
    };
    let flying = step(&held, OrderState::InFlight(AttemptNo(2)));
    world.broken(unit(&flying, [&again])).await;
}

/// And goods with a known price are never bought by a call that pays bills.
pub async fn e_35_what_is_no_bill_is_not_paid_as_one(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 10_000).await;
    let order = world.accepted(budi, 1_000).await;
    let flying = step(&order, OrderState::InFlight(AttemptNo(1)));
    let attempt = Attempt {
        kind: ProductKind::Postpaid,
        ..world.attempt(&order, 1)
    };
    world.broken(unit(&flying, [&attempt])).await;
}
