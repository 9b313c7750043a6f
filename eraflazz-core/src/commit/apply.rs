//! The one function that says yes or no to a unit, and writes it.

use std::collections::BTreeMap;

use super::changes::{Changes, OrderWrite};
use super::verdict::{Done, Refused, Verdict};
use super::view::View;
use super::{attempts, money, orders, outbox, payments, quotas};
use crate::catalog::{QuotaKey, QuotaUse};
use crate::ledger::Effect;

/// Applies the units in order, each against what the accepted ones before it left, and answers one verdict a unit. A refused unit leaves no
/// trace: every check comes before the first write. Pure but for `view`.
///
/// Where several things speak against a unit, the first of this list is the answer: keys of new orders (`RefTaken`, `IdTaken`,
/// `DuplicateBusiness`), versions (`Stale`), attempts (`IdTaken`, `LiveAttempt`), quotas (`OverQuota`), deposits (`IdTaken`, `Stale`), effects that happened before (`EffectDone`), `Frozen`,
/// `Insufficient`, `InboxGone`, `NonceUsed`. So a unit that was committed and is applied again answers `RefTaken`, `Stale` or `EffectDone`.
pub fn apply<V: View>(units: Vec<Changes>, view: &mut V) -> Vec<Verdict> {
    units
        .into_iter()
        .map(|unit| apply_one(unit, view))
        .collect()
}

/// [`apply`] for a single unit: for stores that write each accepted unit down before they look at the next.
pub fn apply_one<V: View>(unit: Changes, view: &mut V) -> Verdict {
    match check(&unit, view) {
        Ok((done, quotas)) => {
            write(unit, &done, view);
            for (key, used) in quotas {
                view.put_quota(key, used);
            }
            Verdict::Done(done)
        }
        Err(refused) => Verdict::Refused(refused),
    }
}

/// What it brings, and what is used of the quotas that it moves.
type Checked = (Done, BTreeMap<QuotaKey, QuotaUse>);

fn check<V: View>(unit: &Changes, view: &V) -> Result<Checked, Refused> {
    orders::check(unit, view)?;
    attempts::check(unit, view)?;
    let quotas = quotas::check(unit, view)?;
    payments::check(unit, view)?;
    let done = money::settle(unit, view)?;
    if unit.inbox_done.iter().any(|id| !view.has_inbox(*id)) {
        return Err(Refused::InboxGone);
    }
    if unit.nonces.iter().any(|nonce| view.has_nonce(nonce)) {
        return Err(Refused::NonceUsed);
    }
    Ok((done, quotas))
}

fn write<V: View>(unit: Changes, done: &Done, view: &mut V) {
    for OrderWrite {
        mut order,
        replaces,
    } in unit.orders
    {
        if replaces.is_none() {
            let hold = order.effect(Effect::Hold, 1);
            order.balance_after = done
                .receipt
                .rows
                .iter()
                .find(|row| row.key == hold)
                .and_then(|row| row.available)
                .map(|change| change.after);
        }
        view.put_order(order);
    }
    for attempt in unit.attempts {
        view.put_attempt(attempt);
    }
    for write in unit.payments {
        view.put_payment(write.payment);
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
    outbox::write(&unit.outbox_done, &unit.outbox, view);
    outbox::write_states(&unit.endpoint_states, view);
}

/// The unit would break an invariant.
pub(super) const fn broken<T>(invariant: &'static str) -> Result<T, Refused> {
    Err(Refused::Broken { invariant })
}
