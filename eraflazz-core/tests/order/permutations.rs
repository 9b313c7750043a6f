//! INV-21: every order and duplication of up to four sightings of one attempt, then one honest read.

use std::collections::BTreeMap;
use std::time::Duration;

use eraflazz_core::order::{Call, OrderState};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};

use super::desk::{DOUBTFUL, Desk, NO, RESUBMIT, Setup, YES};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Delivered,
    WithoutSn,
    Pending,
    No,
    Yes,
    Doubtful,
    Unclear,
    NotSent,
}

const WORDS: [Word; 8] = [
    Word::Delivered,
    Word::WithoutSn,
    Word::Pending,
    Word::No,
    Word::Yes,
    Word::Doubtful,
    Word::Unclear,
    Word::NotSent,
];

/// A word, and whether it is the reply (else a callback).
type Letter = (Word, bool);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Delivered,
    Undelivered,
    Review,
}

fn sighting(desk: &Desk, word: Word) -> Sighting {
    match word {
        Word::Delivered => desk.delivered(1),
        Word::WithoutSn => Sighting {
            sn: None,
            ..desk.delivered(1)
        },
        Word::Pending => desk.sees(1, Claim::Pending),
        Word::No => desk.sees(1, NO),
        Word::Yes => desk.sees(1, YES),
        Word::Doubtful => desk.sees(1, DOUBTFUL),
        Word::Unclear => Sighting::new(Claim::Unclear, Reason::Timeout),
        Word::NotSent => Sighting::new(Claim::NotSent, Reason::Timeout),
    }
}

/// One history: the letters ten seconds apart, the lease, one honest read. Every commit is audited by the desk.
fn run(status: Status, letters: &[Letter], truth: Word) -> (Fate, OrderState, [i64; 3]) {
    let mut desk = Desk::sending(Setup {
        sn_required: true,
        ..Setup::of(status)
    });
    for (word, is_reply) in letters {
        desk.wait(Duration::from_secs(10));
        let sighting = sighting(&desk, *word);
        if *is_reply {
            desk.reply(1, 1, sighting);
        } else if *word == Word::Unclear {
            desk.callback(1, desk.sees(1, Claim::Unclear));
        } else {
            desk.callback(1, sighting);
        }
    }
    if desk.attempt(1).send_open {
        desk.wait_until(desk.attempt(1).lease_until);
        desk.tend();
    }
    if status == Status::Dedicated {
        desk.wait(Duration::from_secs(1));
        desk.read(1, sighting(&desk, truth));
    } else {
        for _ in 0..3 {
            if desk.state().is_open() && desk.order().review.is_none() {
                desk.tend_when_due();
            }
            if desk.call == Some(Call::Send(super::desk::ONE)) {
                let send = desk.attempt(1).sends;
                desk.reply(1, send, sighting(&desk, truth));
            }
        }
    }
    let fate = match desk.state() {
        _ if desk.is_disputed() => Fate::Review,
        OrderState::Held | OrderState::InFlight(_) => Fate::Review,
        OrderState::Succeeded | OrderState::LateDelivered => Fate::Delivered,
        OrderState::Returned(_) | OrderState::Reversed | OrderState::Refused(_) => {
            Fate::Undelivered
        }
    };
    let wallet = desk.rows.wallet.unwrap();
    let money = [
        wallet.available.hundredths(),
        wallet.held.hundredths(),
        desk.rows.billed(),
    ];
    (fate, desk.state(), money)
}

/// All sequences of one to four letters in which the one send has one reply at most (which may be heard twice).
fn sequences() -> Vec<Vec<Letter>> {
    let letters: Vec<Letter> = WORDS
        .into_iter()
        .flat_map(|word| [(word, true), (word, false)])
        .filter(|letter| *letter != (Word::NotSent, false))
        .collect();
    let mut all: Vec<Vec<Letter>> = vec![Vec::new()];
    let mut longest = all.clone();
    for _ in 0..4 {
        longest = longest
            .iter()
            .flat_map(|start| {
                letters
                    .iter()
                    .filter(|letter| {
                        !letter.1 || start.iter().all(|known| !known.1 || known == *letter)
                    })
                    .map(|letter| [start.as_slice(), &[*letter]].concat())
            })
            .collect();
        all.extend(longest.iter().cloned());
    }
    all.remove(0);
    all
}

fn hold_inv_21(status: Status) {
    type End = (OrderState, [i64; 3]);
    let mut ends: BTreeMap<(Vec<Letter>, Word), (End, Vec<Letter>)> = BTreeMap::new();
    for letters in sequences() {
        let says = |words: &[Word], by_reply: bool| {
            letters
                .iter()
                .any(|(word, reply)| words.contains(word) && (*reply || !by_reply))
        };
        let yes = says(&[Word::Delivered, Word::WithoutSn], false);
        let no =
            says(&[Word::Yes, Word::Doubtful], false) || says(&[Word::No, Word::NotSent], true);
        let contradiction = yes && no;
        let truths: &[Word] = match (yes, no) {
            (true, false) => &[Word::Delivered],
            (false, true) => &[Word::Yes],
            (true, true) | (false, false) => &[Word::Delivered, Word::Yes],
        };
        for truth in truths {
            let (fate, state, money) = run(status, &letters, *truth);
            let honest = if *truth == Word::Delivered {
                Fate::Delivered
            } else {
                Fate::Undelivered
            };
            if contradiction {
                // Without a read to settle it, what was said of the delivery stands or is reviewed.
                let fits = fate == honest || fate == Fate::Review || status != Status::Dedicated;
                assert!(fits, "{letters:?} {truth:?}: {fate:?} {state:?}");
                continue;
            }
            assert_eq!(fate, honest, "{letters:?} {truth:?} {state:?}");
            let mut set = letters.clone();
            set.sort_unstable();
            let (end, other) = ends
                .entry((set, *truth))
                .or_insert_with(|| ((state, money), letters.clone()));
            let same = std::mem::discriminant(&end.0) == std::mem::discriminant(&state);
            assert!(same && end.1 == money, "{letters:?} and {other:?} differ");
        }
    }
}

#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_asking_is_asking() {
    hold_inv_21(Status::Dedicated);
}

#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_asking_is_sending_again() {
    hold_inv_21(RESUBMIT);
}
