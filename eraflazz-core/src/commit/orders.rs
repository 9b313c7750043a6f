//! What a unit may do to orders: be born under free keys, move along the state machine, and take their money with them.

use super::apply::broken;
use super::changes::{Changes, Nonce, OrderWrite};
use super::verdict::Refused;
use super::view::{GuardKey, View};
use crate::ledger::{Account, Amount, Effect, Transfer, rules};
use crate::money::Money;
use crate::order::{Order, OrderState, Payer};

pub(super) fn check<V: View>(unit: &Changes, view: &V) -> Result<(), Refused> {
    for (place, write) in unit.orders.iter().enumerate() {
        let earlier = &unit.orders[..place];
        if earlier
            .iter()
            .any(|other| share_a_key(&other.order, &write.order))
        {
            return broken("INV-8: a unit writes an order, and each of its keys, once");
        }
        let brought = match write.replaces {
            None => {
                uses_up_its_inquiry(write, unit)?;
                born(write, view)?
            }
            Some(version) => moved(write, version, view)?,
        };
        money_follows(&write.order, brought, unit, view)?;
    }
    let orphaned = unit.transfers.iter().any(|transfer| {
        is_of_order(transfer.key.effect)
            && unit
                .orders
                .iter()
                .all(|write| transfer.key.subject != write.order.id.into())
    });
    if orphaned {
        return broken("INV-8: money of an order moves with its order only");
    }
    Ok(())
}

/// What a move of an order brings along: an effect, and how much of the member's money moves by it. None of it moves by the reversal of what a person had
/// refunded in full.
#[derive(Clone, Copy)]
struct Brought {
    effect: Effect,
    amount: Money,
}

/// A new order: its keys are free. Gives what its birth brings.
fn born<V: View>(write: &OrderWrite, view: &V) -> Result<Option<Brought>, Refused> {
    let order = &write.order;
    if let Some(earlier) = view.by_ref(order.member, &order.ref_id) {
        return Err(Refused::RefTaken { order: earlier });
    }
    if view.order(order.id).is_some() {
        return Err(Refused::IdTaken { field: "order id" });
    }
    if view.has_trx_code(&order.trx_code) {
        return Err(Refused::IdTaken { field: "trx code" });
    }
    if let Some(earlier) = guard_key(order).and_then(|key| view.by_guard(&key)) {
        return Err(Refused::DuplicateBusiness { order: earlier });
    }
    if order.version != 1 {
        return broken("INV-8: an order is born with version 1");
    }
    match order.state {
        OrderState::Refused(_) => Ok(None),
        OrderState::Held | OrderState::InFlight(_) => Ok(Some(Brought {
            effect: Effect::Hold,
            amount: order.quote.sell,
        })),
        OrderState::Succeeded
        | OrderState::Returned(_)
        | OrderState::Reversed
        | OrderState::LateDelivered => broken("INV-8: an order is born HELD or REFUSED"),
    }
}

/// What pays a bill uses up its inquiry, at its price: no two orders pay one (E-35).
fn uses_up_its_inquiry(write: &OrderWrite, unit: &Changes) -> Result<(), Refused> {
    let order = &write.order;
    let Some(bill) = order.bill.as_ref().filter(|_| order.state.is_open()) else {
        return Ok(());
    };
    let spent = Nonce::of_inquiry(bill.inquiry);
    if !unit.nonces.contains(&spent) || order.quote.cost_cap != bill.cost {
        return broken("E-35: an order that pays a bill uses up its inquiry");
    }
    Ok(())
}

/// A new version of an order. Gives what its move brings.
fn moved<V: View>(write: &OrderWrite, replaces: u32, view: &V) -> Result<Option<Brought>, Refused> {
    let new = &write.order;
    let Some(old) = view.order(new.id) else {
        return broken("INV-8: only an order that exists has a next version");
    };
    if old.version != replaces {
        return Err(Refused::Stale {
            version: old.version,
        });
    }
    if replaces.checked_add(1) != Some(new.version) {
        return broken("INV-8: the next version is one higher");
    }
    if new.revision != old.revision && old.revision.checked_add(1) != Some(new.revision) {
        return broken("INV-29: the revision has no gaps");
    }
    if !is_the_same(old, new) {
        return broken("INV-16: what was agreed at acceptance never changes");
    }
    journal_of(old, new)
}

const NOT_A_MOVE: &str = "INV-8: an order moves along its state machine";

/// The moves of money-safety section 6, each with the effect that moves the member's money (INV-7, INV-15).
fn journal_of(old: &Order, new: &Order) -> Result<Option<Brought>, Refused> {
    use OrderState::{Held, InFlight, LateDelivered, Refused, Returned, Reversed, Succeeded};
    let amount = new.quote.sell;
    let whole = |effect| Some(Brought { effect, amount });
    let is_paid_anew = new.refunded() == Money::ZERO;
    match (old.state, new.state) {
        (Held | InFlight(_), Held | InFlight(_))
        | (Refused(_), Refused(_))
        | (Returned(_), Returned(_)) => Ok(None),
        (Succeeded | LateDelivered | Reversed, Reversed) | (Succeeded, Succeeded) => {
            given_back(old, new)
        }
        (LateDelivered, LateDelivered) if is_absorbed(old) == is_absorbed(new) => {
            given_back(old, new)
        }
        (Held | InFlight(_), Succeeded) if is_paid_anew => Ok(whole(Effect::Capture)),
        (Held | InFlight(_), Returned(_)) => Ok(whole(Effect::Release)),
        // What a person refunded in full is still delivered: it cannot be delivered late.
        (Reversed, LateDelivered) if !is_taken_back(old) => broken(NOT_A_MOVE),
        (Returned(_) | Reversed, LateDelivered) if is_paid_anew => {
            let effect = Effect::Reclaim;
            Ok((!is_absorbed(new)).then_some(Brought { effect, amount }))
        }
        _ => broken(NOT_A_MOVE),
    }
}

/// What went back to the member of a delivery that was paid for: parts of the price, until all of it did; then the order is REVERSED (E-20, E-21). Of what
/// the house paid nothing goes back, and only its supplier can reverse it.
fn given_back(old: &Order, new: &Order) -> Result<Option<Brought>, Refused> {
    let sell = new.quote.sell;
    let is_reversed = new.state == OrderState::Reversed;
    let was_taken_back = is_taken_back(old);
    let fits = if is_absorbed(old) {
        new.refunded() == Money::ZERO && is_taken_back(new) == is_reversed
    } else {
        (new.refunded() == sell) == is_reversed
    };
    let rises = old.refunded() <= new.refunded() && new.refunded() <= sell;
    let stays = was_taken_back <= is_taken_back(new) && is_taken_back(new) <= is_reversed;
    if !(fits && rises && stays) {
        return broken("INV-7: what goes back of an order's price is at most the price");
    }
    let amount = new.refunded().checked_sub(old.refunded());
    let amount = amount.unwrap_or(Money::ZERO);
    let is_reversal = !was_taken_back && is_taken_back(new) && !is_absorbed(old);
    let effect = Effect::Refund;
    Ok((amount.is_positive() || is_reversal).then_some(Brought { effect, amount }))
}

/// The member's money moves by exactly this effect, by exactly the price, between exactly these accounts (INV-7).
fn money_follows<V: View>(
    order: &Order,
    brought: Option<Brought>,
    unit: &Changes,
    view: &V,
) -> Result<(), Refused> {
    let effect = brought.map(|it| it.effect);
    let mut moved = 0_usize;
    for transfer in &unit.transfers {
        if transfer.key.subject != order.id.into() {
            continue;
        }
        let is_members = touches_member(transfer);
        let belongs = if is_members {
            brought.is_some_and(|it| is_line_of(transfer, it, order))
        } else {
            effect == Some(transfer.key.effect) || is_of_house(transfer.key.effect)
        };
        if !belongs {
            return broken("INV-7: the money of an order follows its state");
        }
        moved += usize::from(is_members);
    }
    if moved != usize::from(brought.is_some_and(|it| it.amount.is_positive())) {
        return broken("INV-15: an order's move brings its money along, once");
    }
    let settled_by_other = if effect == Some(Effect::Capture) {
        Effect::Release
    } else if effect == Some(Effect::Release) {
        Effect::Capture
    } else {
        return Ok(());
    };
    if !view.has_effect(&order.effect(Effect::Hold, 1))
        || view.has_effect(&order.effect(settled_by_other, 1))
    {
        return broken("INV-7: a hold is settled once, by capture or release");
    }
    Ok(())
}

/// True if the transfer is the member's line of the journal that a move brings to the order.
fn is_line_of(transfer: &Transfer, brought: Brought, order: &Order) -> bool {
    let Brought { effect, amount } = brought;
    let (payer, held) = (rules::paid_from(order.payer), rules::held_of(order.payer));
    let once = transfer.key.n == 1;
    let (debit, credit, fits) = match effect {
        Effect::Hold => (payer, held, once),
        Effect::Capture => (held, Account::Revenue, once),
        Effect::Release => (held, payer, once),
        Effect::Refund => (Account::Revenue, payer, true),
        Effect::Reclaim => {
            let Payer::Wallet(member) = order.payer;
            let rest = Account::Receivable(member);
            return transfer.key.effect == effect
                && (transfer.debit, transfer.credit) == (payer, Account::Revenue)
                && transfer.amount == Amount::UpTo { amount, rest };
        }
        Effect::Absorb
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
        | Effect::BankLine
        | Effect::Claim
        | Effect::Transfer => return false,
    };
    fits && transfer.key.effect == effect
        && (transfer.debit, transfer.credit) == (debit, credit)
        && transfer.amount == Amount::Exact(amount)
}

/// True for effects whose subject is an order.
const fn is_of_order(effect: Effect) -> bool {
    match effect {
        Effect::Hold
        | Effect::Capture
        | Effect::Release
        | Effect::Refund
        | Effect::Reclaim
        | Effect::Absorb
        | Effect::Surplus
        | Effect::Unabsorb => true,
        Effect::Deposit
        | Effect::Repay
        | Effect::DepositCorrection
        | Effect::Float
        | Effect::FloatCorrection
        | Effect::DisputeCredited
        | Effect::Opening
        | Effect::GatewayDeposit
        | Effect::GatewayReversal
        | Effect::GatewayFee
        | Effect::BankLine
        | Effect::Claim
        | Effect::Transfer => false,
    }
}

/// True for effects that move the house's money only.
const fn is_of_house(effect: Effect) -> bool {
    matches!(effect, Effect::Absorb | Effect::Surplus | Effect::Unabsorb)
}

/// True if the transfer moves what a member has or has paid.
fn touches_member(transfer: &Transfer) -> bool {
    let is_members = |account: Account| account == Account::Revenue || account.wallet().is_some();
    let by_rest = match transfer.amount {
        Amount::UpTo { rest, .. } => is_members(rest),
        Amount::Exact(_) | Amount::Covered(_) | Amount::Owed { .. } => false,
    };
    by_rest || is_members(transfer.debit) || is_members(transfer.credit)
}

fn is_absorbed(order: &Order) -> bool {
    order
        .delivery
        .as_ref()
        .is_some_and(|delivery| delivery.absorbed)
}

fn is_taken_back(order: &Order) -> bool {
    order
        .delivery
        .as_ref()
        .is_some_and(|delivery| delivery.taken_back)
}

/// The key of a live guard.
fn guard_key(order: &Order) -> Option<GuardKey<'_>> {
    let guard = order.guard.as_ref().filter(|guard| guard.live)?;
    Some(GuardKey {
        day: guard.day,
        member: order.member,
        product: order.product,
        destination: &order.destination,
        counter: guard.counter,
    })
}

fn share_a_key(one: &Order, other: &Order) -> bool {
    let same_guard = guard_key(one).is_some_and(|key| guard_key(other) == Some(key));
    one.id == other.id
        || (one.member == other.member && one.ref_id == other.ref_id)
        || one.trx_code == other.trx_code
        || same_guard
}

/// Identity, quote and guard are fixed at acceptance (INV-16, INV-18, INV-19); the guard may only be cleared.
fn is_the_same(old: &Order, new: &Order) -> bool {
    let guard = match (&old.guard, &new.guard) {
        (None, None) => true,
        (Some(old), Some(new)) => {
            (old.day, old.counter) == (new.day, new.counter) && (old.live || !new.live)
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    guard
        && old.quote == new.quote
        && old.member == new.member
        && old.payer == new.payer
        && old.ref_id == new.ref_id
        && old.trx_code == new.trx_code
        && old.fingerprint == new.fingerprint
        && old.product == new.product
        && old.destination == new.destination
        && old.bill == new.bill
        && new.refunds.starts_with(&old.refunds)
        && old.created_at == new.created_at
        && old.balance_after == new.balance_after
}
