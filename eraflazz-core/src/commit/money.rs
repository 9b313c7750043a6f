//! The money part of a commit: floors, splits, balances before and after. The only place where an amount is fixed.

use super::changes::WalletFlag;
use super::verdict::{Done, Refused};
use super::view::View;
use crate::ids::MemberId;
use crate::ledger::{
    Account, Amount, AvailableChange, Effect, EffectKey, Receipt, Transfer, TransferRow, Wallet,
};
use crate::money::Money;
use crate::time::Timestamp;

const OVERFLOW: Refused = Refused::Broken {
    invariant: "INV-5: a balance overflows",
};

/// Works on copies of the wallets that a unit touches; nothing is written until the unit is accepted as a whole.
#[derive(Default)]
pub(super) struct Cashier {
    wallets: Vec<Wallet>,
    receipt: Receipt,
}

impl Cashier {
    /// Freezes or thaws a wallet.
    pub(super) fn flag<V: View>(&mut self, flag: WalletFlag, view: &V) -> Result<(), Refused> {
        self.wallet(flag.member, view)?.frozen = flag.frozen;
        Ok(())
    }

    /// Makes the transfers of a unit, journal by journal. Transfers of one key must stand together.
    pub(super) fn pay<V: View>(
        &mut self,
        transfers: &[Transfer],
        at: Timestamp,
        view: &V,
    ) -> Result<(), Refused> {
        for journal in transfers.chunk_by(|one, next| one.key == next.key) {
            let Some(key) = journal.first().map(|transfer| transfer.key) else {
                continue;
            };
            if let Some(receipt) = view.effect(&key) {
                let mut receipt = receipt;
                for other in transfers.iter().filter(|transfer| transfer.key != key) {
                    receipt
                        .rows
                        .extend(view.effect(&other.key).unwrap_or_default().rows);
                }
                return Err(Refused::EffectDone { receipt });
            }
            if self.receipt.rows.iter().any(|row| row.key == key) {
                return Err(Refused::Broken {
                    invariant: "INV-6: one effect twice in one unit",
                });
            }
            self.check_sides(key, view)?;
            let mut line = 0;
            for transfer in journal {
                self.transfer(transfer, &mut line, at, view)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Done {
        for wallet in &mut self.wallets {
            wallet.version += 1;
        }
        Done {
            receipt: self.receipt,
            wallets: self.wallets,
        }
    }

    /// A hold is settled once, on one side (INV-7, INV-15).
    fn check_sides<V: View>(&self, key: EffectKey, view: &V) -> Result<(), Refused> {
        let (held, other) = match key.effect {
            Effect::Capture => (Effect::Hold, Effect::Release),
            Effect::Release => (Effect::Hold, Effect::Capture),
            Effect::Hold
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
            | Effect::Opening => return Ok(()),
        };
        let has = |effect| {
            let wanted = EffectKey {
                effect,
                n: 1,
                ..key
            };
            view.has_effect(&wanted) || self.receipt.rows.iter().any(|row| row.key == wanted)
        };
        if has(other) {
            return Err(Refused::Broken {
                invariant: "INV-7: a hold is captured or released, never both",
            });
        }
        if !has(held) {
            return Err(Refused::Broken {
                invariant: "INV-7: nothing is held",
            });
        }
        Ok(())
    }

    fn transfer<V: View>(
        &mut self,
        transfer: &Transfer,
        line: &mut u8,
        at: Timestamp,
        view: &V,
    ) -> Result<(), Refused> {
        let Transfer {
            key,
            debit,
            credit,
            amount,
        } = *transfer;
        match amount {
            Amount::Exact(amount) => {
                if !amount.is_transferable() {
                    return Err(Refused::Broken {
                        invariant: "INV-5: a transfer is above zero and bounded",
                    });
                }
                self.book(key, line, debit, credit, amount, at, view)
            }
            Amount::UpTo { amount, rest } => {
                let Account::Available(member) = debit else {
                    return Err(Refused::Broken {
                        invariant: "only what a member can spend has a floor to stop at",
                    });
                };
                let wallet = *self.wallet(member, view)?;
                let there = wallet.spendable().ok_or(OVERFLOW)?.max(Money::ZERO);
                let part = amount.min(there);
                let remainder = amount.checked_sub(part).ok_or(OVERFLOW)?;
                self.book_part(key, line, debit, credit, part, at, view)?;
                self.book_part(key, line, rest, credit, remainder, at, view)
            }
            Amount::Owed { most } => {
                let Account::Receivable(member) = credit else {
                    return Err(Refused::Broken {
                        invariant: "only what a member owes can be netted",
                    });
                };
                let owed = self.wallet(member, view)?.receivable;
                self.book_part(key, line, debit, credit, most.min(owed), at, view)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one row's fields")]
    fn book_part<V: View>(
        &mut self,
        key: EffectKey,
        line: &mut u8,
        debit: Account,
        credit: Account,
        amount: Money,
        at: Timestamp,
        view: &V,
    ) -> Result<(), Refused> {
        if amount.is_zero() {
            Ok(())
        } else {
            self.book(key, line, debit, credit, amount, at, view)
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one row's fields")]
    fn book<V: View>(
        &mut self,
        key: EffectKey,
        line: &mut u8,
        debit: Account,
        credit: Account,
        amount: Money,
        at: Timestamp,
        view: &V,
    ) -> Result<(), Refused> {
        if debit == credit {
            return Err(Refused::Broken {
                invariant: "INV-1: a transfer has two accounts",
            });
        }
        let available = self
            .shift(debit, false, key.effect, amount, view)?
            .or(self.shift(credit, true, key.effect, amount, view)?);
        *line += 1;
        self.receipt.rows.push(TransferRow {
            key,
            line: *line,
            debit,
            credit,
            amount,
            at,
            available,
        });
        Ok(())
    }

    /// Moves the wallet side of one account, if it has one. `credited` says on which side of the transfer the account stands.
    fn shift<V: View>(
        &mut self,
        account: Account,
        credited: bool,
        effect: Effect,
        amount: Money,
        view: &V,
    ) -> Result<Option<AvailableChange>, Refused> {
        let Some(member) = account.wallet() else {
            return Ok(None);
        };
        let wallet = self.wallet(member, view)?;
        let add = |balance: Money| balance.checked_add(amount).ok_or(OVERFLOW);
        let sub = |balance: Money| balance.checked_sub(amount).ok_or(OVERFLOW);
        match account {
            Account::Available(_) => {
                if effect == Effect::Hold && wallet.frozen {
                    return Err(Refused::Frozen);
                }
                let before = wallet.available;
                let after = if credited { add(before)? } else { sub(before)? };
                let spendable = wallet.spendable().ok_or(OVERFLOW)?;
                if !credited && amount > spendable {
                    return Err(Refused::Insufficient {
                        needed: amount,
                        available: spendable,
                    });
                }
                wallet.available = after;
                Ok(Some(AvailableChange {
                    member,
                    before,
                    after,
                }))
            }
            Account::Held(_) => {
                wallet.held = if credited {
                    add(wallet.held)?
                } else {
                    sub(wallet.held)?
                };
                if wallet.held < Money::ZERO {
                    return Err(Refused::Broken {
                        invariant: "INV-4: more is taken from a hold than it has",
                    });
                }
                Ok(None)
            }
            Account::Receivable(_) => {
                wallet.receivable = if credited {
                    sub(wallet.receivable)?
                } else {
                    add(wallet.receivable)?
                };
                if wallet.receivable < Money::ZERO {
                    return Err(Refused::Broken {
                        invariant: "a debt is paid twice",
                    });
                }
                Ok(None)
            }
            Account::Prepaid(_)
            | Account::Dispute(_)
            | Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::LossDelivery => Ok(None),
        }
    }

    /// The working copy of a wallet.
    fn wallet<V: View>(&mut self, member: MemberId, view: &V) -> Result<&mut Wallet, Refused> {
        let place = if let Some(place) = self
            .wallets
            .iter()
            .position(|wallet| wallet.member == member)
        {
            place
        } else {
            let wallet = view.wallet(member).ok_or(Refused::Broken {
                invariant: "a member without a wallet",
            })?;
            self.wallets.push(wallet);
            self.wallets.len() - 1
        };
        Ok(&mut self.wallets[place])
    }
}
