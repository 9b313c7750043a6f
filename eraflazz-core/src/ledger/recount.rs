//! The recount: balances from the transfers alone, against those that the store keeps (INV-3).
//!
//! It shares no code with [`apply`](fn@crate::commit::apply), which writes the balances: it adds up rows, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use super::{Account, Normal, TransferRow};
use crate::ids::MemberId;
use crate::ports::TrialBalance;

/// A running recount: transfers are added as they come, each once and in any order, and compared when all are in. Cheap to go on with: only new
/// transfers are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recount {
    rows: u64,
    /// In hundredths, on each account's normal side.
    sums: BTreeMap<Account, i128>,
}

impl Recount {
    /// How many transfers are added up.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds transfers.
    pub fn add(&mut self, rows: &[TransferRow]) {
        for row in rows {
            let amount = i128::from(row.amount.hundredths());
            let mut book = |account: Account, side: Normal| {
                let sum = self.sums.entry(account).or_default();
                *sum += if account.normal() == side {
                    amount
                } else {
                    -amount
                };
            };
            book(row.debit, Normal::Debit);
            book(row.credit, Normal::Credit);
        }
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
    }

    /// Everything in which the kept balances differ from the sums, and every `held` below zero (INV-4); empty if the books close. `kept` must be of the moment
    /// up to which transfers were added, its own `rows` included.
    pub fn differences(&self, kept: &TrialBalance) -> Vec<Difference> {
        let wallets = kept.wallets.iter().flat_map(|wallet| {
            [
                (Account::Available(wallet.member), wallet.available),
                (Account::Held(wallet.member), wallet.held),
                (Account::Receivable(wallet.member), wallet.receivable),
            ]
        });
        let houses = kept.houses.iter().copied();
        let mut books: BTreeMap<Account, i128> = wallets
            .chain(houses)
            .map(|(account, balance)| (account, i128::from(balance.hundredths())))
            .collect();
        for account in self.sums.keys() {
            books.entry(*account).or_default();
        }
        let off = |(account, kept): (Account, i128)| {
            let sum = self.sums.get(&account).copied().unwrap_or_default();
            let overdrawn = matches!(account, Account::Held(_)) && kept < 0;
            (sum != kept || overdrawn).then_some(Difference { account, kept, sum })
        };
        books.into_iter().filter_map(off).collect()
    }
}

/// A balance that is not the sum of its transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of which account.
    pub account: Account,
    /// What the store keeps, in hundredths of a rupiah.
    pub kept: i128,
    /// What the transfers add up to.
    pub sum: i128,
}

impl Difference {
    /// The member whose wallet is wrong; `None` for an account of the house.
    pub const fn member(&self) -> Option<MemberId> {
        self.account.wallet()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, kept, sum } = self;
        write!(
            f,
            "{account}: {kept} hundredths are kept, the transfers say {sum}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{SubjectId, SupplierId};
    use crate::ledger::{Effect, EffectKey, Wallet};
    use crate::money::Money;
    use crate::time::Timestamp;

    const MEMBER: MemberId = MemberId(uuid::Uuid::from_u128(7));

    fn row(debit: Account, credit: Account, rupiah: i64) -> TransferRow {
        TransferRow {
            key: EffectKey {
                subject: SubjectId(uuid::Uuid::from_u128(1)),
                effect: Effect::Opening,
                n: 1,
            },
            line: 0,
            debit,
            credit,
            amount: Money::from_hundredths(rupiah * 100),
            at: Timestamp::from_micros(0),
            available: None,
        }
    }

    fn books() -> (Recount, TrialBalance) {
        let mut recount = Recount::default();
        let float = Account::Prepaid(SupplierId(0));
        recount.add(&[
            row(Account::Opening, Account::Available(MEMBER), 500),
            row(float, Account::Opening, 900),
        ]);
        recount.add(&[row(Account::Available(MEMBER), Account::Held(MEMBER), 120)]);
        let money = |rupiah: i64| Money::from_hundredths(rupiah * 100);
        let wallet = Wallet {
            available: money(380),
            held: money(120),
            ..Wallet::new(MEMBER, Money::ZERO)
        };
        let kept = TrialBalance {
            rows: Vec::new(),
            wallets: vec![wallet],
            houses: vec![(Account::Opening, money(400)), (float, money(900))],
        };
        (recount, kept)
    }

    #[test]
    fn inv_03_books_that_close_differ_in_nothing() {
        let (recount, kept) = books();
        assert_eq!(recount.rows(), 3);
        assert_eq!(recount.differences(&kept), []);
    }

    #[test]
    fn inv_03_a_wallet_whose_holds_are_all_settled_differs_in_nothing() {
        let (mut recount, mut kept) = books();
        recount.add(&[row(Account::Held(MEMBER), Account::Available(MEMBER), 120)]);
        kept.wallets[0].available = Money::from_hundredths(50_000);
        kept.wallets[0].held = Money::ZERO;
        assert_eq!(recount.differences(&kept), []);
    }

    #[test]
    fn inv_03_each_balance_that_is_off_is_named() {
        let one = Money::from_hundredths(1);
        let (recount, good) = books();
        let mut spend = good.clone();
        spend.wallets[0].available = one;
        let mut held = good.clone();
        held.wallets[0].held = one;
        let mut owed = good.clone();
        owed.wallets[0].receivable = one;
        let mut house = good.clone();
        house.houses[1].1 = one;
        let mut gone = good;
        gone.houses.remove(0);
        let named = |kept: &TrialBalance| -> Vec<Account> {
            let off = recount.differences(kept);
            off.iter().map(|off| off.account).collect()
        };
        assert_eq!(named(&spend), [Account::Available(MEMBER)]);
        assert_eq!(named(&held), [Account::Held(MEMBER)]);
        assert_eq!(named(&owed), [Account::Receivable(MEMBER)]);
        assert_eq!(named(&house), [Account::Prepaid(SupplierId(0))]);
        assert_eq!(named(&gone), [Account::Opening]);
        assert_eq!(recount.differences(&spend)[0].member(), Some(MEMBER));
        assert_eq!(recount.differences(&house)[0].member(), None);
        assert_eq!(
            recount.differences(&house)[0].to_string(),
            "prepaid:0: 1 hundredths are kept, the transfers say 90000"
        );
    }

    #[test]
    fn inv_04_a_hold_below_zero_is_off_even_if_it_adds_up() {
        let mut recount = Recount::default();
        recount.add(&[row(Account::Held(MEMBER), Account::Available(MEMBER), 5)]);
        let money = |rupiah: i64| Money::from_hundredths(rupiah * 100);
        let wallet = Wallet {
            available: money(5),
            held: money(-5),
            ..Wallet::new(MEMBER, Money::ZERO)
        };
        let kept = TrialBalance {
            rows: Vec::new(),
            wallets: vec![wallet],
            houses: Vec::new(),
        };
        let off = recount.differences(&kept);
        assert_eq!(off.len(), 1);
        assert_eq!(off[0].account, Account::Held(MEMBER));
    }
}
