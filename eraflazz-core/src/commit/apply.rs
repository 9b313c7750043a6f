//! The one rule (D7): each unit is checked against what the accepted ones before it left, and written or refused without a trace.

use super::changes::{Changes, OrderWrite};
use super::money::Cashier;
use super::verdict::{Done, Refused, Verdict};
use super::view::{GuardKey, View};
use crate::ids::AttemptNo;
use crate::ledger::Effect;
use crate::order::{Attempt, Order};

/// Applies `units` in order to `view` and gives one verdict each. All checks of a unit come before its first write, so that a refused unit leaves no trace.
/// Pure but for `view`: the same rows and units give the same verdicts in every store.
pub fn apply<V: View>(units: Vec<Changes>, view: &mut V) -> Vec<Verdict> {
    units
        .into_iter()
        .map(|unit| apply_one(unit, view).map_or_else(Verdict::Refused, Verdict::Done))
        .collect()
}

fn apply_one<V: View>(unit: Changes, view: &mut V) -> Result<Done, Refused> {
    for write in &unit.orders {
        check_order(write, view)?;
    }
    for attempt in &unit.attempts {
        check_attempt(attempt, &unit, view)?;
    }
    if unit.inbox_done.iter().any(|id| !view.has_inbox(*id)) {
        return Err(Refused::InboxGone);
    }
    if unit.nonces.iter().any(|nonce| view.has_nonce(nonce)) {
        return Err(Refused::NonceUsed);
    }
    let mut cashier = Cashier::default();
    for flag in &unit.wallet_flags {
        cashier.flag(*flag, view)?;
    }
    cashier.pay(&unit.transfers, unit.at, view)?;
    check_holds_settled(&unit, view)?;
    Ok(write(unit, cashier.finish(), view))
}

fn write<V: View>(unit: Changes, done: Done, view: &mut V) -> Done {
    for OrderWrite {
        mut order,
        replaces,
    } in unit.orders
    {
        if replaces.is_none() && order.state.is_open() {
            let payer = crate::ledger::rules::paid_from(order.payer).wallet();
            order.balance_after = done
                .wallets
                .iter()
                .find(|wallet| Some(wallet.member) == payer)
                .map(|wallet| wallet.available);
        }
        view.put_order(order);
    }
    for attempt in unit.attempts {
        view.put_attempt(attempt);
    }
    for row in unit.log {
        view.put_log(row);
    }
    if !done.receipt.rows.is_empty() {
        view.put_transfers(&done.receipt);
    }
    for wallet in &done.wallets {
        view.put_wallet(*wallet);
    }
    for id in unit.inbox_done {
        view.remove_inbox(id);
    }
    for id in unit.inbox_tries {
        view.count_inbox_try(id);
    }
    for case in unit.cases {
        view.put_case(case);
    }
    for nonce in unit.nonces {
        view.put_nonce(nonce);
    }
    for row in unit.outbox {
        view.put_outbox(row);
    }
    done
}

fn check_order<V: View>(write: &OrderWrite, view: &V) -> Result<(), Refused> {
    let order = &write.order;
    match (write.replaces, view.order(order.id)) {
        (None, Some(_)) => Err(Refused::IdTaken { field: "order id" }),
        (None, None) => check_new(order, view),
        (Some(_), None) => Err(Refused::Broken {
            invariant: "INV-8: an order that does not exist is replaced",
        }),
        (Some(version), Some(known)) => {
            if known.version != version {
                return Err(Refused::Stale {
                    version: known.version,
                });
            }
            check_replaced(known, order)
        }
    }
}

fn check_new<V: View>(order: &Order, view: &V) -> Result<(), Refused> {
    if let Some(order) = view.by_ref(order.member, &order.ref_id) {
        return Err(Refused::RefTaken { order });
    }
    if view.has_trx_code(&order.trx_code) {
        return Err(Refused::IdTaken { field: "trx code" });
    }
    if order.version != 1 {
        return Err(Refused::Broken {
            invariant: "INV-8: a new order has version 1",
        });
    }
    let holder = order
        .guard
        .as_ref()
        .filter(|guard| guard.live)
        .and_then(|guard| {
            view.by_guard(&GuardKey {
                day: guard.day,
                member: order.member,
                product: order.product,
                destination: &order.destination,
                counter: guard.counter,
            })
        });
    holder.map_or(Ok(()), |order| Err(Refused::DuplicateBusiness { order }))
}

fn check_replaced(known: &Order, order: &Order) -> Result<(), Refused> {
    if order.version != known.version + 1 {
        return Err(Refused::Broken {
            invariant: "INV-8: a version rises by one",
        });
    }
    let frozen = known.member == order.member
        && known.ref_id == order.ref_id
        && known.quote == order.quote
        && known.payer == order.payer
        && known.product == order.product
        && known.destination == order.destination
        && known.trx_code == order.trx_code;
    if !frozen {
        return Err(Refused::Broken {
            invariant: "INV-16: what was agreed is never changed",
        });
    }
    let revived = |order: &Order| order.guard.as_ref().is_some_and(|guard| guard.live);
    if revived(order) && !revived(known) {
        return Err(Refused::Broken {
            invariant: "INV-19: a guard is never set again",
        });
    }
    Ok(())
}

fn check_attempt<V: View>(attempt: &Attempt, unit: &Changes, view: &V) -> Result<(), Refused> {
    if !unit
        .orders
        .iter()
        .any(|write| write.order.id == attempt.order)
    {
        return Err(Refused::Broken {
            invariant: "INV-9: an attempt is written with its order",
        });
    }
    if let Some(known) = view.attempt(attempt.order, attempt.no) {
        check_same_business(known, attempt)?;
    } else {
        if view
            .by_supplier_ref(attempt.supplier, &attempt.supplier_ref)
            .is_some()
        {
            return Err(Refused::IdTaken {
                field: "supplier ref",
            });
        }
        let first = attempt.no == AttemptNo(1);
        if !first
            && view
                .attempt(attempt.order, AttemptNo(attempt.no.0 - 1))
                .is_none()
        {
            return Err(Refused::Broken {
                invariant: "INV-11: attempts are numbered without gaps",
            });
        }
    }
    if !attempt.state.is_live() {
        return Ok(());
    }
    let ended_here = |no: AttemptNo| {
        unit.attempts
            .iter()
            .any(|other| other.order == attempt.order && other.no == no && !other.state.is_live())
    };
    let other_live = view
        .live_attempt(attempt.order)
        .filter(|no| *no != attempt.no && !ended_here(*no));
    let twin_here = unit.attempts.iter().any(|other| {
        other.order == attempt.order && other.no != attempt.no && other.state.is_live()
    });
    if other_live.is_some() || twin_here {
        return Err(Refused::LiveAttempt {
            order: attempt.order,
        });
    }
    if attempt.exclusive {
        let holder = view.exclusive_attempt(attempt.supplier, &attempt.sku, &attempt.target);
        if let Some((order, _)) = holder.filter(|(order, no)| {
            *order != attempt.order || (*no != attempt.no && !ended_here(*no))
        }) {
            return Err(Refused::LiveAttempt { order });
        }
    }
    Ok(())
}

fn check_same_business(known: &Attempt, attempt: &Attempt) -> Result<(), Refused> {
    let same = known.supplier == attempt.supplier
        && known.supplier_ref == attempt.supplier_ref
        && known.sku == attempt.sku
        && known.target == attempt.target
        && known.cap == attempt.cap
        && known.sends <= attempt.sends;
    if same {
        Ok(())
    } else {
        Err(Refused::Broken {
            invariant: "INV-11: the business fields of an attempt never change",
        })
    }
}

/// A final order has nothing held (INV-7).
fn check_holds_settled<V: View>(unit: &Changes, view: &V) -> Result<(), Refused> {
    for OrderWrite { order, .. } in &unit.orders {
        let settles = |effect| {
            unit.transfers
                .iter()
                .any(|transfer| transfer.key == order.effect(effect, 1))
        };
        let hold = order.effect(Effect::Hold, 1);
        let held = view.has_effect(&hold) || settles(Effect::Hold);
        let settled = |effect| settles(effect) || view.has_effect(&order.effect(effect, 1));
        if held && !order.state.is_open() && !settled(Effect::Capture) && !settled(Effect::Release)
        {
            return Err(Refused::Broken {
                invariant: "INV-7: a final order has nothing held",
            });
        }
        if order.state.is_open() && !held {
            return Err(Refused::Broken {
                invariant: "INV-7: an open order has its money held",
            });
        }
    }
    Ok(())
}
