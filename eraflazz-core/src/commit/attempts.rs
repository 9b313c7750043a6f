//! What a unit may do to attempts: one live attempt an order, stable references.

use super::apply::broken;
use super::changes::{Changes, OrderWrite};
use super::verdict::Refused;
use super::view::View;
use crate::ids::AttemptNo;
use crate::order::{Attempt, Bill, OrderState};

pub(super) fn check<V: View>(unit: &Changes, view: &V) -> Result<(), Refused> {
    for (place, attempt) in unit.attempts.iter().enumerate() {
        let earlier = &unit.attempts[..place];
        let Some(write) = unit
            .orders
            .iter()
            .find(|write| write.order.id == attempt.order)
        else {
            return broken("INV-8: an attempt is written with its order only");
        };
        if earlier.iter().any(|other| is_one(other, attempt)) {
            return broken("INV-8: a unit writes an attempt once");
        }
        match view.attempt(attempt.order, attempt.no) {
            Some(old) if is_the_same(old, attempt) => {}
            Some(_) => {
                return broken("INV-11: what is sent under a reference never changes");
            }
            None => intended(attempt, write, earlier, view)?,
        }
        alone_with_its_goods(attempt, unit, earlier, view)?;
        alone_with_its_link(attempt, unit, view)?;
    }
    for write in &unit.orders {
        one_live(write, unit, view)?;
    }
    Ok(())
}

/// A new attempt: the next one of its order, live, under a reference that was never used at this supplier.
fn intended<V: View>(
    attempt: &Attempt,
    write: &OrderWrite,
    earlier: &[Attempt],
    view: &V,
) -> Result<(), Refused> {
    let (supplier, supplier_ref) = (attempt.supplier, &attempt.supplier_ref);
    let taken = view.by_supplier_ref(supplier, supplier_ref).is_some()
        || earlier
            .iter()
            .any(|other| (other.supplier, &other.supplier_ref) == (supplier, supplier_ref));
    if taken {
        return Err(Refused::IdTaken {
            field: "supplier ref",
        });
    }
    if attempt.kind != write.order.kind()
        || write
            .order
            .bill
            .as_deref()
            .is_some_and(|bill| !pays(attempt, bill))
    {
        return broken("E-35: a bill is paid where and as it was asked about, and once");
    }
    let is_next = match attempt.no.0 {
        0 => false,
        1 => true,
        no => view.attempt(attempt.order, AttemptNo(no - 1)).is_some(),
    };
    if !is_next || write.order.state != OrderState::InFlight(attempt.no) {
        return broken("INV-10: a new attempt is the next one, and the live one of its order");
    }
    Ok(())
}

/// Whether the attempt is the payment of that bill: its only route, under its own reference.
fn pays(attempt: &Attempt, bill: &Bill) -> bool {
    attempt.no == AttemptNo(1)
        && (attempt.mapping, attempt.supplier) == (bill.mapping, bill.supplier)
        && attempt.supplier_ref == bill.supplier_ref
        && (&attempt.sku, &attempt.target) == (&bill.sku, &bill.target)
}

/// Where the supplier does not know our reference, two attempts for the same goods could not be told apart (INV-11).
fn alone_with_its_goods<V: View>(
    attempt: &Attempt,
    unit: &Changes,
    earlier: &[Attempt],
    view: &V,
) -> Result<(), Refused> {
    if !attempt.is_exclusive() {
        return Ok(());
    }
    let goods = |of: &Attempt| {
        (of.supplier, &of.sku, &of.target) == (attempt.supplier, &attempt.sku, &attempt.target)
    };
    if let Some(other) = earlier
        .iter()
        .find(|other| other.is_exclusive() && goods(other))
    {
        return Err(Refused::LiveAttempt { order: other.order });
    }
    let Some((order, no)) = view.exclusive_attempt(attempt.supplier, &attempt.sku, &attempt.target)
    else {
        return Ok(());
    };
    let is_itself = (order, no) == (attempt.order, attempt.no);
    let ends_here = unit
        .attempts
        .iter()
        .any(|other| (other.order, other.no) == (order, no) && !other.is_exclusive());
    if is_itself || ends_here {
        return Ok(());
    }
    Err(Refused::LiveAttempt { order })
}

/// Where the supplier does not know our reference, its own id is all that tells its purchases apart: each belongs to one attempt for ever (INV-11).
fn alone_with_its_link<V: View>(
    attempt: &Attempt,
    unit: &Changes,
    view: &V,
) -> Result<(), Refused> {
    let Some(theirs) = attempt.their_ref.as_ref().filter(|_| attempt.exclusive) else {
        return Ok(());
    };
    let written = view.attempt(attempt.order, attempt.no);
    if written.is_some_and(|old| old.their_ref.is_some()) {
        return Ok(());
    }
    let is_anothers = |other: &Attempt| {
        !is_one(other, attempt)
            && other.supplier == attempt.supplier
            && other.their_ref.as_ref() == Some(theirs)
    };
    let holder = view.by_their_ref(attempt.supplier, theirs);
    let of_its_order =
        (1..attempt.no.0).filter_map(|no| view.attempt(attempt.order, AttemptNo(no)));
    let is_taken = holder.is_some_and(|order| order != attempt.order)
        || of_its_order.clone().any(is_anothers)
        || unit.attempts.iter().any(is_anothers);
    if is_taken {
        return Err(Refused::IdTaken { field: "their ref" });
    }
    Ok(())
}

/// After the unit the order has at most one live attempt (INV-10), and it is the one that the order's state names.
fn one_live<V: View>(write: &OrderWrite, unit: &Changes, view: &V) -> Result<(), Refused> {
    let order = &write.order;
    let written = || {
        unit.attempts
            .iter()
            .filter(|attempt| attempt.order == order.id)
    };
    let mut live = match write.replaces {
        None => None,
        Some(_) => view
            .live_attempt(order.id)
            .filter(|no| written().all(|attempt| attempt.no != *no)),
    };
    for attempt in written().filter(|attempt| attempt.state.is_live()) {
        if live.replace(attempt.no).is_some() {
            return Err(Refused::LiveAttempt { order: order.id });
        }
    }
    let fits = match order.state {
        OrderState::InFlight(no) => live == Some(no),
        OrderState::Held | OrderState::Returned(_) | OrderState::Refused(_) => live.is_none(),
        OrderState::Succeeded | OrderState::Reversed | OrderState::LateDelivered => true,
    };
    if fits {
        Ok(())
    } else {
        broken("INV-10: IN_FLIGHT names its live attempt, HELD and RETURNED have none")
    }
}

fn is_one(one: &Attempt, other: &Attempt) -> bool {
    (one.order, one.no) == (other.order, other.no)
}

/// What was intended stays, and so does the id by which the supplier knows it; a count of sends never falls.
fn is_the_same(old: &Attempt, new: &Attempt) -> bool {
    old.kind == new.kind
        && old.supplier == new.supplier
        && old.supplier_ref == new.supplier_ref
        && old.mapping == new.mapping
        && old.sku == new.sku
        && old.target == new.target
        && old.cap == new.cap
        && (old.expected_cost, old.counted) == (new.expected_cost, new.counted)
        && old.exclusive == new.exclusive
        && old.first_sent_at == new.first_sent_at
        && (old.their_ref.is_none() || old.their_ref == new.their_ref)
        && old.sends <= new.sends
}
