//! Money at commit time: transfers become rows, wallets are never overdrawn, an effect happens once.

use super::apply::broken;
use super::changes::Changes;
use super::verdict::{Done, Refused};
use super::view::View;
use crate::ids::MemberId;
use crate::ledger::{
    Account, Amount, AvailableChange, Effect, EffectKey, Receipt, Transfer, TransferRow, Wallet,
};
use crate::money::Money;
use crate::time::Timestamp;

/// The rows that the unit's transfers become, and the wallets as they are after it. Writes nothing.
pub(super) fn settle<V: View>(unit: &Changes, view: &V) -> Result<Done, Refused> {
    first_time(&unit.transfers, view)?;
    let mut books = Books {
        view,
        at: unit.at,
        rows: Vec::with_capacity(unit.transfers.len()),
        wallets: Vec::new(),
    };
    for transfer in &unit.transfers {
        books.book(transfer)?;
    }
    if books.rows.is_empty() && !unit.transfers.is_empty() {
        // A debt that is not there, and nothing beside it: a repetition could find one, and move money then.
        return broken("INV-6: money that moves leaves a key");
    }
    if books.under_way()? != Money::ZERO {
        return broken("INV-1: what one member sends another one gets in the same commit");
    }
    for flag in &unit.wallet_flags {
        books.wallet(flag.member)?.frozen = flag.frozen;
    }
    for wallet in &mut books.wallets {
        wallet.version = wallet.version.wrapping_add(1);
    }
    Ok(Done {
        receipt: Receipt { rows: books.rows },
        wallets: books.wallets,
    })
}

/// None of the journals happened before (INV-6); each is written in one piece.
fn first_time<V: View>(transfers: &[Transfer], view: &V) -> Result<(), Refused> {
    for (place, key) in journals(transfers) {
        if transfers[..place]
            .iter()
            .any(|transfer| transfer.key == key)
        {
            return broken("INV-6: a journal is written in one piece");
        }
        if view.has_effect(&key) {
            let rows = journals(transfers)
                .filter_map(|(_, key)| view.effect(&key))
                .flat_map(|receipt| receipt.rows)
                .collect();
            return Err(Refused::EffectDone {
                receipt: Receipt { rows },
            });
        }
    }
    Ok(())
}

/// Where each journal begins, and its key.
fn journals(transfers: &[Transfer]) -> impl Iterator<Item = (usize, EffectKey)> {
    let begins = |place: usize| place == 0 || transfers[place - 1].key != transfers[place].key;
    (0..transfers.len())
        .filter(move |place| begins(*place))
        .map(|place| (place, transfers[place].key))
}

/// The rows and wallets of a unit while its transfers are booked.
struct Books<'a, V> {
    view: &'a V,
    at: Timestamp,
    rows: Vec<TransferRow>,
    wallets: Vec<Wallet>,
}

impl<V: View> Books<'_, V> {
    /// One transfer becomes its rows: amounts that depend on a balance are fixed here and nowhere else.
    fn book(&mut self, transfer: &Transfer) -> Result<(), Refused> {
        let Transfer {
            key,
            debit,
            credit,
            amount,
        } = *transfer;
        match amount {
            Amount::Exact(amount) => self.row(key, debit, credit, amount),
            Amount::Covered(amount) => {
                let there = self.in_dispute(credit)?;
                if amount > there {
                    return Err(Refused::NotCovered {
                        needed: amount,
                        there,
                    });
                }
                self.row(key, debit, credit, amount)
            }
            Amount::UpTo { amount, rest } => {
                if !amount.is_transferable() {
                    return broken(AMOUNT);
                }
                let taken = amount.min(self.above_floor(debit)?);
                let owed = checked(amount.checked_sub(taken))?;
                if taken.is_positive() {
                    self.row(key, debit, credit, taken)?;
                }
                if owed.is_positive() {
                    self.row(key, rest, credit, owed)?;
                    // INV-24: who has spent a deposit that was taken back spends no more. Only here is it known.
                    if let (Effect::GatewayReversal, Some(member)) = (key.effect, rest.wallet()) {
                        self.wallet(member)?.frozen = true;
                    }
                }
                Ok(())
            }
            Amount::Owed { most } => {
                let owed = most.min(self.owed(credit)?);
                if owed.is_positive() {
                    self.row(key, debit, credit, owed)?;
                }
                Ok(())
            }
        }
    }

    fn row(
        &mut self,
        key: EffectKey,
        debit: Account,
        credit: Account,
        amount: Money,
    ) -> Result<(), Refused> {
        if !amount.is_transferable() {
            return broken(AMOUNT);
        }
        if debit == credit {
            return broken("INV-1: money moves between two accounts");
        }
        if let (Effect::Hold | Effect::Transfer, Some(member)) = (key.effect, debit.wallet())
            && self.wallet(member)?.frozen
        {
            return Err(Refused::Frozen);
        }
        let line = self.rows.iter().filter(|row| row.key == key).count() + 1;
        let Ok(line) = u8::try_from(line) else {
            return broken("INV-6: a journal has at most 255 lines");
        };
        let taken = self.debit(debit, amount)?;
        let given = self.credit(credit, amount)?;
        if taken.is_some() && given.is_some() {
            return broken("INV-3: a transfer touches what one member can spend");
        }
        self.rows.push(TransferRow {
            key,
            line,
            debit,
            credit,
            amount,
            at: self.at,
            available: taken.or(given),
        });
        Ok(())
    }

    fn debit(
        &mut self,
        account: Account,
        amount: Money,
    ) -> Result<Option<AvailableChange>, Refused> {
        match account {
            Account::Available(member) => {
                let wallet = self.wallet(member)?;
                let spendable = checked(wallet.spendable())?;
                if amount > spendable {
                    return Err(Refused::Insufficient {
                        needed: amount,
                        available: spendable,
                    });
                }
                let after = checked(wallet.available.checked_sub(amount))?;
                Ok(Some(spend(wallet, after)))
            }
            Account::Held(member) => {
                let wallet = self.wallet(member)?;
                wallet.held = not_negative(wallet.held.checked_sub(amount))?;
                Ok(None)
            }
            Account::Receivable(member) => {
                let wallet = self.wallet(member)?;
                wallet.receivable = checked(wallet.receivable.checked_add(amount))?;
                Ok(None)
            }
            Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => Ok(None),
        }
    }

    fn credit(
        &mut self,
        account: Account,
        amount: Money,
    ) -> Result<Option<AvailableChange>, Refused> {
        match account {
            Account::Available(member) => {
                let wallet = self.wallet(member)?;
                let after = checked(wallet.available.checked_add(amount))?;
                Ok(Some(spend(wallet, after)))
            }
            Account::Held(member) => {
                let wallet = self.wallet(member)?;
                wallet.held = checked(wallet.held.checked_add(amount))?;
                Ok(None)
            }
            Account::Receivable(member) => {
                let wallet = self.wallet(member)?;
                wallet.receivable = not_negative(wallet.receivable.checked_sub(amount))?;
                Ok(None)
            }
            Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => Ok(None),
        }
    }

    /// What the account has above its floor (INV-4).
    fn above_floor(&mut self, account: Account) -> Result<Money, Refused> {
        let Account::Available(member) = account else {
            return broken("INV-4: only what a member can spend has a floor to stop at");
        };
        let spendable = checked(self.wallet(member)?.spendable())?;
        Ok(spendable.max(Money::ZERO))
    }

    /// What the account's member owes.
    fn owed(&mut self, account: Account) -> Result<Money, Refused> {
        let Account::Receivable(member) = account else {
            return broken("INV-4: only a member's debt can be paid as far as it goes");
        };
        Ok(self.wallet(member)?.receivable)
    }

    /// What the supplier of this account owes us, as this unit has it so far.
    fn in_dispute(&self, account: Account) -> Result<Money, Refused> {
        let Account::Dispute(supplier) = account else {
            return broken("INV-4: only what a supplier owes is covered by what it owes");
        };
        let mut there = self.view.in_dispute(supplier);
        for row in &self.rows {
            if row.debit == account {
                there = checked(there.checked_add(row.amount))?;
            }
            if row.credit == account {
                there = checked(there.checked_sub(row.amount))?;
            }
        }
        Ok(there)
    }

    /// What left a member in this unit and came to none yet.
    fn under_way(&self) -> Result<Money, Refused> {
        let mut sum = Money::ZERO;
        for row in &self.rows {
            if row.credit == Account::Transfers {
                sum = checked(sum.checked_add(row.amount))?;
            }
            if row.debit == Account::Transfers {
                sum = checked(sum.checked_sub(row.amount))?;
            }
        }
        Ok(sum)
    }

    /// The member's wallet as this unit has it so far.
    fn wallet(&mut self, member: MemberId) -> Result<&mut Wallet, Refused> {
        let known = self
            .wallets
            .iter()
            .position(|wallet| wallet.member == member);
        let place = known.unwrap_or(self.wallets.len());
        if known.is_none() {
            let Some(wallet) = self.view.wallet(member) else {
                return broken("INV-3: money moves in wallets that exist");
            };
            self.wallets.push(wallet);
        }
        Ok(&mut self.wallets[place])
    }
}

/// What the member can spend becomes `after`.
const fn spend(wallet: &mut Wallet, after: Money) -> AvailableChange {
    let before = wallet.available;
    wallet.available = after;
    AvailableChange {
        member: wallet.member,
        before,
        after,
    }
}

const AMOUNT: &str = "INV-5: an amount is above zero and at most 10^12 rupiah";

fn checked(amount: Option<Money>) -> Result<Money, Refused> {
    amount.map_or_else(|| broken("INV-5: a balance does not overflow"), Ok)
}

fn not_negative(balance: Option<Money>) -> Result<Money, Refused> {
    match balance {
        Some(balance) if balance >= Money::ZERO => Ok(balance),
        _ => broken("INV-4: what is held or owed is never below zero"),
    }
}
