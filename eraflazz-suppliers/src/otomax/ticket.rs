//! The ticket in a reply to a request for one, pure. Sellers' operators type these replies too: what is certain in them is the sum alone.

use std::collections::BTreeSet;

use eraflazz_core::money::Money;
use eraflazz_core::supplier::{ReadError, Ticket};

use super::bank;
use super::number::exact;
use super::text::plain;

/// The most that a ticket asks for above what was ordered: the digits by which the transfer is known.
const TAIL_MAX: Money = Money::from_hundredths(999_900);

/// As much of a reply as is shown to people.
const TOLD_CHARS: usize = 1_000;

/// The ticket in a reply to a request for one: the one sum in it that what was ordered can have become.
pub(super) fn ticket_of(body: &str, asked: Money) -> Result<Ticket, ReadError> {
    let text = plain(body);
    let is_due = |sum: &Money| {
        let tail = sum.checked_sub(asked);
        tail.is_some_and(|tail| (Money::ZERO..=TAIL_MAX).contains(&tail))
    };
    let sums = bank::SUM.captures_iter(&text);
    let sums: BTreeSet<Money> = sums
        .filter_map(|found| exact(&found["sum"]))
        .filter(is_due)
        .collect();
    let mut sums = sums.into_iter();
    match (sums.next(), sums.next()) {
        (Some(amount), None) => Ok(Ticket {
            amount,
            bank: None,
            account: None,
            note: None,
            told: Some(body.trim().chars().take(TOLD_CHARS).collect()),
        }),
        (None, _) if bank::ACCOUNT.is_match(&text) => Err(ReadError::Refused {
            code: "account".to_owned(),
        }),
        (None, _) => Err(ReadError::Unreadable("no sum to transfer".to_owned())),
        (Some(_), Some(_)) => {
            let why = "more than one sum that may be the one to transfer";
            Err(ReadError::Unreadable(why.to_owned()))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::sample("Silahkan Transfer Sesuai Nominal Rp.1.000.417\nBCA : 1234567890\na.n. CONTOH")]
    #[case::spaced(
        "Silakan transfer TEPAT Rp 1.000.417 ke BCA 1234567890 an PT CONTOH sebelum 21.00. Beda nominal = proses manual"
    )]
    #[case::told_twice("Transfer Rp1.000.417 (Rp. 1,000,417) ke BRI 0012-01-000001-30-1")]
    #[case::beside_others("Tiket Rp.1.000.417. Saldo Rp.25.000. Biaya Rp.500")]
    fn the_sum_is_read_and_the_words_are_kept(#[case] reply: &str) {
        let asked = Money::rupiah(1_000_000).unwrap();
        let ticket = ticket_of(reply, asked).unwrap();
        assert_eq!(ticket.amount.whole_rupiah(), Some(1_000_417));
        assert_eq!(ticket.told.as_deref(), Some(reply));
    }

    #[rstest]
    #[case::none("Silahkan transfer ke BCA 1234567890")]
    #[case::less("Silahkan transfer Rp.999.417")]
    #[case::another("Silahkan transfer Rp.1.010.000")]
    #[case::two("Transfer Rp.1.000.417 atau Rp.1.000.418")]
    #[case::no_money("Tiket 1.000.417")]
    fn a_reply_without_one_such_sum_is_no_ticket(#[case] reply: &str) {
        let asked = Money::rupiah(1_000_000).unwrap();
        let read = ticket_of(reply, asked);
        assert!(matches!(read, Err(ReadError::Unreadable(_))), "{read:?}");
    }

    #[test]
    fn a_refused_account_is_said() {
        let read = ticket_of("PIN Salah", Money::rupiah(50_000).unwrap());
        assert!(matches!(read, Err(ReadError::Refused { .. })), "{read:?}");
    }
}
