//! What a unit may do to deposits through gateways: be born under free keys, move, and take their money with them, once (INV-22, INV-24).

use super::apply::broken;
use super::changes::{Changes, Nonce, PaymentWrite};
use super::verdict::Refused;
use super::view::View;
use crate::ids::SubjectId;
use crate::ledger::{Account, Amount, Effect, EffectKey, Transfer};
use crate::payment::{Method, Payment, PaymentState};

pub(super) fn check<V: View>(unit: &Changes, view: &V) -> Result<(), Refused> {
    for (place, write) in unit.payments.iter().enumerate() {
        let earlier = &unit.payments[..place];
        if earlier
            .iter()
            .any(|other| share_a_key(&other.payment, &write.payment))
        {
            return broken("INV-8: a unit writes a deposit, and each of its keys, once");
        }
        let before = check_one(write, view)?;
        money_follows(&write.payment, before, unit)?;
        line_is_consumed(&write.payment, before, unit)?;
    }
    for transfer in &unit.transfers {
        let key = transfer.key;
        match key.effect {
            Effect::BankLine => is_a_line(key.subject, unit)?,
            Effect::Claim => is_what_came(transfer, view)?,
            Effect::Hold
            | Effect::Capture
            | Effect::Release
            | Effect::Refund
            | Effect::Reclaim
            | Effect::Absorb
            | Effect::Surplus
            | Effect::Unabsorb
            | Effect::Deposit
            | Effect::Repay
            | Effect::DepositCorrection
            | Effect::Float
            | Effect::FloatCorrection
            | Effect::DisputeCredited
            | Effect::Opening
            | Effect::GatewayDeposit
            | Effect::GatewayReversal
            | Effect::GatewayFee
            | Effect::Transfer => {}
        }
    }
    let orphaned = unit.transfers.iter().any(|transfer| {
        is_of_gateway(transfer.key.effect)
            && unit
                .payments
                .iter()
                .all(|write| transfer.key.subject != write.payment.id.into())
    });
    if orphaned {
        return broken("INV-22: money of a gateway moves with its deposit only");
    }
    Ok(())
}

/// The keys are free, the version is the next one, and what was agreed is the same. Gives the row that it replaces.
fn check_one<'a, V: View>(
    write: &PaymentWrite,
    view: &'a V,
) -> Result<Option<&'a Payment>, Refused> {
    let new = &write.payment;
    let known = view.payment(new.id);
    let before = match (write.replaces, known) {
        (None, Some(_)) => return Err(Refused::IdTaken { field: "deposit" }),
        (None, None) => {
            if view.payment_coded(&new.code).is_some() {
                return Err(Refused::IdTaken {
                    field: "payment code",
                });
            }
            born(new)?;
            None
        }
        (Some(_), None) => return broken("INV-8: a deposit that moves is there"),
        (Some(replaces), Some(known)) => {
            if known.version != replaces {
                return Err(Refused::Stale {
                    version: known.version,
                });
            }
            moves(known, new)?;
            Some(known)
        }
    };
    if let Some(theirs) = &new.theirs
        && view
            .payment_of(new.gateway, theirs)
            .is_some_and(|holder| holder != new.id)
    {
        return Err(Refused::IdTaken {
            field: "gateway's payment",
        });
    }
    if let Some((bank, amount)) = new.awaits()
        && view
            .payment_awaiting(bank, amount)
            .is_some_and(|holder| holder != new.id)
    {
        return Err(Refused::IdTaken {
            field: "exact amount",
        });
    }
    Ok(before)
}

/// A transfer is credited by a line of the account's statement, which this very unit consumes: by another unit, or for another deposit, it was consumed before (INV-23).
fn line_is_consumed(
    new: &Payment,
    before: Option<&Payment>,
    unit: &Changes,
) -> Result<(), Refused> {
    let is_credited = new.booked.is_some() && before.is_none_or(|before| before.booked.is_none());
    if new.method != Method::Transfer || !is_credited {
        return Ok(());
    }
    let spent = new.theirs.as_ref();
    let spent = spent.map(|key| Nonce::of_line(new.gateway, key));
    if spent.is_none_or(|spent| !unit.nonces.contains(&spent)) {
        return broken("INV-23: a line of a statement is consumed by what it credits");
    }
    Ok(())
}

/// Money goes to suspense as the line that this very unit consumes.
fn is_a_line(subject: SubjectId, unit: &Changes) -> Result<(), Refused> {
    let mut lines = unit.nonces.iter().filter(|nonce| nonce.is_of_line());
    if lines.any(|nonce| nonce.subject() == subject) {
        return Ok(());
    }
    broken("INV-23: money that nobody awaits is a line that is consumed")
}

/// What is claimed is what came in as this line: all of it, and by its key once.
fn is_what_came<V: View>(claim: &Transfer, view: &V) -> Result<(), Refused> {
    let key = EffectKey {
        effect: Effect::BankLine,
        ..claim.key
    };
    let came = view.effect(&key);
    let came = came.and_then(|receipt| receipt.rows.first().map(|row| row.amount));
    let is_whole = came.is_some_and(|amount| claim.amount == Amount::Exact(amount));
    if is_whole && claim.debit == Account::SuspenseDeposit {
        return Ok(());
    }
    broken("INV-23: what is claimed came in as a line, and all of it is claimed")
}

fn born(new: &Payment) -> Result<(), Refused> {
    let is_bare = new.version == 1
        && new.state == PaymentState::Pending
        && new.theirs.is_none()
        && new.booked.is_none();
    if !is_bare || !new.amount.is_transferable() {
        return broken("INV-22: a deposit is born unpaid");
    }
    Ok(())
}

fn moves(old: &Payment, new: &Payment) -> Result<(), Refused> {
    if old.version.checked_add(1) != Some(new.version) {
        return broken("INV-8: a version rises by one");
    }
    if !is_the_same(old, new) {
        return broken("INV-22: what was asked of a gateway never changes");
    }
    let is_booked_once = match (old.booked, new.booked) {
        (None, None) => true,
        (None, Some(_)) => new.theirs.is_some(),
        (Some(was), Some(is)) => was == is,
        (Some(_), None) => false,
    };
    if !is_booked_once {
        return broken("INV-22: a deposit is credited once, as a payment of its gateway's");
    }
    let booked = new.booked.map(|booked| booked.amount).unwrap_or_default();
    let more = i64::from(new.reversals) - i64::from(old.reversals);
    let is_part = match new.taken_back.cmp(&old.taken_back) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => more == 0,
        std::cmp::Ordering::Greater => more == 1 && new.taken_back <= booked,
    };
    if !is_part {
        return broken("INV-24: of a deposit no more is taken back than came in");
    }
    Ok(())
}

/// The money of a deposit is exactly what leads from the old row to the new one.
fn money_follows(new: &Payment, before: Option<&Payment>, unit: &Changes) -> Result<(), Refused> {
    let subject = SubjectId::from(new.id);
    let moved = unit
        .transfers
        .iter()
        .filter(|transfer| transfer.key.subject == subject);
    let moved: Vec<Transfer> = moved.copied().collect();
    if moved != new.journals_since(before) {
        return broken("INV-22: the money of a deposit follows its row");
    }
    Ok(())
}

/// Who, how, how much and under which references.
fn is_the_same(old: &Payment, new: &Payment) -> bool {
    let theirs = old.theirs.is_none() || old.theirs == new.theirs;
    theirs
        && old.member == new.member
        && old.ref_id == new.ref_id
        && old.fingerprint == new.fingerprint
        && old.gateway == new.gateway
        && old.code == new.code
        && old.method == new.method
        && old.amount == new.amount
        && old.created_at == new.created_at
}

fn share_a_key(one: &Payment, other: &Payment) -> bool {
    let same_theirs =
        one.theirs.is_some() && (one.gateway, &one.theirs) == (other.gateway, &other.theirs);
    let same_amount = one.awaits().is_some() && one.awaits() == other.awaits();
    one.id == other.id || one.code == other.code || same_theirs || same_amount
}

/// True for effects whose subject is a deposit through a gateway.
const fn is_of_gateway(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::GatewayDeposit | Effect::GatewayReversal | Effect::GatewayFee
    )
}
