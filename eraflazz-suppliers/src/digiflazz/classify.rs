//! From an answer to a sighting: what its response code means is one closed, pure table.
//!
//! Source: Digiflazz developer pages, "Response Code" (47 codes with status and "transaction formed"). Which of them may still
//! turn out delivered (*doubtful*) and which prove nothing is the reading of money-safety INV-13. HTTP status and message
//! text never take part.

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::supplier::{Claim, Formed, Reason, Sighting};
use eraflazz_core::text::{ReplyCode, Sku, Sn, Target, TheirRef};
use serde_json::value::RawValue;

use super::wire::{self, Transaction};
use crate::json::{Scalar, amount, bill};

/// What a transaction says, as one sighting.
///
/// An echo (reference, destination, product) that is there but cannot be one of ours makes the whole sighting
/// [`Claim::Unclear`]: left out in silence, it could bind to an attempt by the echoes that remain (E-9).
pub(super) fn sighting(transaction: &Transaction<'_>) -> Sighting {
    let status = Status::read(&Scalar::read(transaction.status));
    let rc = wire::rc(transaction.rc);
    let (claim, reason) = classify(status, rc.as_deref());
    let our_ref = echo(transaction.ref_id, SupplierRef::parse);
    let target = echo(transaction.customer_no, |text| Target::new(text).ok());
    let sku = echo(transaction.buyer_sku_code, |text| Sku::new(text).ok());
    let (claim, reason) = match (&our_ref, &target, &sku) {
        (Ok(_), Ok(_), Ok(_)) => (claim, reason),
        _ => (Claim::Unclear, Reason::Unreadable),
    };
    let (price, price_unread) = bill(amount(transaction.price));
    Sighting {
        our_ref: our_ref.unwrap_or_default(),
        target: target.unwrap_or_default(),
        sku: sku.unwrap_or_default(),
        their_ref: Scalar::read(transaction.trx_id)
            .text()
            .and_then(|text| TheirRef::new(text).ok()),
        code: rc.and_then(|rc| ReplyCode::new(&rc).ok()),
        // On failures the field has carried explanations; what was not delivered has no serial number.
        sn: Scalar::read(transaction.sn)
            .text()
            .filter(|_| claim == Claim::Delivered)
            .and_then(Sn::read),
        price,
        price_unread,
        balance: amount(transaction.buyer_last_saldo).unwrap_or_default(),
        ..Sighting::new(claim, reason)
    }
}

/// There, but not one of ours.
struct Foreign;

fn echo<T>(
    raw: Option<&RawValue>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Foreign> {
    match Scalar::read(raw) {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => read(&text).map(Some).ok_or(Foreign),
        Scalar::Odd => Err(Foreign),
    }
}

/// The word in `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// `Sukses`.
    Success,
    /// `Pending`.
    Pending,
    /// `Gagal`.
    Failed,
    /// No status.
    Absent,
    /// Anything else.
    Unknown,
}

impl Status {
    /// Reads the word; its letter case differs between answers.
    fn read(word: &Scalar<'_>) -> Self {
        match word {
            Scalar::Absent => Self::Absent,
            Scalar::Text(word) if word.eq_ignore_ascii_case("sukses") => Self::Success,
            Scalar::Text(word) if word.eq_ignore_ascii_case("pending") => Self::Pending,
            Scalar::Text(word) if word.eq_ignore_ascii_case("gagal") => Self::Failed,
            Scalar::Text(_) | Scalar::Odd => Self::Unknown,
        }
    }
}

const REFUSED: Claim = Claim::Refused { formed: Formed::No };
const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};
const DOUBTFUL: Claim = Claim::Refused {
    formed: Formed::Doubtful,
};

/// What `status` and `rc` of one answer assert together.
///
/// A success needs both to say so. A refusal before a transaction was formed may come without a status (that is how Digiflazz
/// refuses credentials and addresses); everything else that lacks one of the two, or where they disagree, is
/// [`Claim::Unclear`].
fn classify(status: Status, rc: Option<&str>) -> (Claim, Reason) {
    let Some(rc) = rc else {
        return (Claim::Unclear, Reason::Unreadable);
    };
    let Some((listed, claim, reason)) = row(rc) else {
        return (Claim::Unclear, Reason::Other);
    };
    match status {
        Status::Absent if claim == REFUSED || claim == Claim::Unclear => (claim, reason),
        Status::Absent | Status::Unknown => (Claim::Unclear, Reason::Unreadable),
        Status::Success | Status::Pending | Status::Failed if status == listed => (claim, reason),
        Status::Success | Status::Pending | Status::Failed => {
            (Claim::Unclear, Reason::Contradiction)
        }
    }
}

/// The row of a code: the status that goes with it, what it claims, why. `None` for a code that is not listed.
fn row(rc: &str) -> Option<(Status, Claim, Reason)> {
    let failed = |claim, reason| Some((Status::Failed, claim, reason));
    match rc {
        "00" => Some((Status::Success, Claim::Delivered, Reason::None)),
        "03" | "99" => Some((Status::Pending, Claim::Pending, Reason::None)),

        // Never formed. 40 and 87 are mistakes of ours in the request.
        "40" | "56" | "63" | "65" | "87" => failed(REFUSED, Reason::Other),
        "41" | "42" | "45" | "61" | "82" | "88" => failed(REFUSED, Reason::AccountFault),
        "44" => failed(REFUSED, Reason::SupplierFunds),
        "43" | "67" | "80" | "81" => failed(REFUSED, Reason::ProductClosed),
        "47" => failed(REFUSED, Reason::Duplicate),
        "62" => failed(REFUSED, Reason::SellerTrouble),
        "66" => failed(REFUSED, Reason::CutOff),
        "68" => failed(REFUSED, Reason::OutOfStock),
        "69" => failed(REFUSED, Reason::Price),

        // Formed and finally failed; the deposit came back.
        "02" => failed(FAILED, Reason::Other),
        "51" | "52" | "54" | "57" | "59" | "60" | "72" | "73" | "84" => {
            failed(FAILED, Reason::BadDestination)
        }
        "53" => failed(FAILED, Reason::ProductClosed),
        "55" => failed(FAILED, Reason::SellerTrouble),
        "58" => failed(FAILED, Reason::CutOff),
        "71" => failed(FAILED, Reason::Unstable),

        // Labelled failed, yet the biller may have delivered.
        "01" | "70" => failed(DOUBTFUL, Reason::Timeout),
        "74" => failed(DOUBTFUL, Reason::Other),

        // Proves nothing. 49: something with this reference exists. 46: of older lists, "already happened".
        "46" | "49" => failed(Claim::Unclear, Reason::Duplicate),
        "50" => failed(Claim::Unclear, Reason::NotFound),
        // 83 and 86 belong to the price list and the meter lookup, 64 to deposit tickets.
        "83" | "85" | "86" => failed(Claim::Unclear, Reason::RateLimited),
        "64" => failed(Claim::Unclear, Reason::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn status(word: &str) -> Status {
        Status::read(&Scalar::Text(word.into()))
    }

    /// How the protocol page abbreviates claims: S, P, N, F, D, X (`-` is X here: not a code of a purchase).
    fn claim(letter: char) -> Claim {
        match letter {
            'S' => Claim::Delivered,
            'P' => Claim::Pending,
            'N' => Claim::Refused { formed: Formed::No },
            'F' => Claim::Refused {
                formed: Formed::Yes,
            },
            'D' => Claim::Refused {
                formed: Formed::Doubtful,
            },
            'X' | '-' => Claim::Unclear,
            other => panic!("no claim {other}"),
        }
    }

    /// The official table row by row: code, status, whether a transaction was formed, what follows, why.
    #[rstest]
    #[case("00", "Sukses", true, 'S', Reason::None)]
    #[case("01", "Gagal", true, 'D', Reason::Timeout)]
    #[case("02", "Gagal", true, 'F', Reason::Other)]
    #[case("03", "Pending", true, 'P', Reason::None)]
    #[case("40", "Gagal", false, 'N', Reason::Other)]
    #[case("41", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("42", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("43", "Gagal", false, 'N', Reason::ProductClosed)]
    #[case("44", "Gagal", false, 'N', Reason::SupplierFunds)]
    #[case("45", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("46", "Gagal", false, 'X', Reason::Duplicate)]
    #[case("47", "Gagal", false, 'N', Reason::Duplicate)]
    #[case("49", "Gagal", false, 'X', Reason::Duplicate)]
    #[case("50", "Gagal", true, 'X', Reason::NotFound)]
    #[case("51", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("52", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("53", "Gagal", true, 'F', Reason::ProductClosed)]
    #[case("54", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("55", "Gagal", true, 'F', Reason::SellerTrouble)]
    #[case("56", "Gagal", false, 'N', Reason::Other)]
    #[case("57", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("58", "Gagal", true, 'F', Reason::CutOff)]
    #[case("59", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("60", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("61", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("62", "Gagal", false, 'N', Reason::SellerTrouble)]
    #[case("63", "Gagal", false, 'N', Reason::Other)]
    #[case("64", "Gagal", false, '-', Reason::Other)]
    #[case("65", "Gagal", false, 'N', Reason::Other)]
    #[case("66", "Gagal", false, 'N', Reason::CutOff)]
    #[case("67", "Gagal", false, 'N', Reason::ProductClosed)]
    #[case("68", "Gagal", false, 'N', Reason::OutOfStock)]
    #[case("69", "Gagal", false, 'N', Reason::Price)]
    #[case("70", "Gagal", true, 'D', Reason::Timeout)]
    #[case("71", "Gagal", true, 'F', Reason::Unstable)]
    #[case("72", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("73", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("74", "Gagal", true, 'D', Reason::Other)]
    #[case("80", "Gagal", false, 'N', Reason::ProductClosed)]
    #[case("81", "Gagal", false, 'N', Reason::ProductClosed)]
    #[case("82", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("83", "Gagal", false, '-', Reason::RateLimited)]
    #[case("84", "Gagal", true, 'F', Reason::BadDestination)]
    #[case("85", "Gagal", true, 'X', Reason::RateLimited)]
    #[case("86", "Gagal", true, '-', Reason::RateLimited)]
    #[case("87", "Gagal", false, 'N', Reason::Other)]
    #[case("88", "Gagal", false, 'N', Reason::AccountFault)]
    #[case("99", "Pending", true, 'P', Reason::None)]
    fn every_code_claims_what_the_table_says(
        #[case] rc: &str,
        #[case] word: &str,
        #[case] formed: bool,
        #[case] letter: char,
        #[case] reason: Reason,
    ) {
        assert_eq!(classify(status(word), Some(rc)), (claim(letter), reason));
        match letter {
            'N' => assert!(!formed, "{rc} is formed: not a refusal before execution"),
            'S' | 'P' | 'F' | 'D' => assert!(formed, "{rc} is not formed"),
            _ => {}
        }

        for other in ["Sukses", "Pending", "Gagal"] {
            if other != word {
                assert_eq!(
                    classify(status(other), Some(rc)),
                    (Claim::Unclear, Reason::Contradiction),
                    "{rc} with {other}"
                );
            }
        }
        assert_eq!(
            classify(Status::Unknown, Some(rc)),
            (Claim::Unclear, Reason::Unreadable)
        );
        let without_status = if formed && letter != 'X' && letter != '-' {
            (Claim::Unclear, Reason::Unreadable)
        } else {
            (claim(letter), reason)
        };
        assert_eq!(classify(Status::Absent, Some(rc)), without_status);
    }

    #[test]
    fn the_table_is_closed() {
        let listed = (0..=999)
            .map(|n| format!("{n:02}"))
            .filter(|rc| row(rc).is_some())
            .count();
        assert_eq!(listed, 47 + 1, "47 official codes and the legacy 46");
        for unlisted in ["90", "04", "0", "000", "201", "999", " 00", "OK", ""] {
            for word in ["Sukses", "Pending", "Gagal"] {
                assert_eq!(
                    classify(status(word), Some(unlisted)),
                    (Claim::Unclear, Reason::Other),
                    "{unlisted:?}"
                );
            }
        }
    }

    #[test]
    fn no_code_is_no_news_whatever_the_status() {
        for word in ["Sukses", "Pending", "Gagal", "Refund"] {
            assert_eq!(
                classify(status(word), None),
                (Claim::Unclear, Reason::Unreadable)
            );
        }
    }

    #[test]
    fn status_words_come_in_any_letter_case() {
        assert_eq!(status("SUKSES"), Status::Success);
        assert_eq!(status("gagal"), Status::Failed);
        assert_eq!(status("Success"), Status::Unknown);
        assert_eq!(Status::read(&Scalar::Odd), Status::Unknown);
        assert_eq!(Status::read(&Scalar::Absent), Status::Absent);
    }
}
