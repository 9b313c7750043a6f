//! INV-21: every order and duplication of up to five sightings of one attempt, close together and far apart, then one honest read. A callback that
//! says what one before it said is that callback, delivered again: it changes nothing at all (E-6).

use std::collections::BTreeMap;
use std::time::Duration;

use eraflazz_core::commit::CaseKind;
use eraflazz_core::order::{Aggregate, AttemptState, Call, Note, OrderState, Resolution};
use eraflazz_core::supplier::{Claim, Reason, Sighting, Status};

use super::desk::{COST, DOUBTFUL, Desk, NO, Next, ONE, RESUBMIT, Setup, TWO, YES};
use super::view::rp;

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

/// Closer than a doubtful rejection may be repeated, and farther apart (INV-13).
const GAPS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(70)];

/// Before which sightings the longer gap is, bit by bit.
type Pauses = usize;

const fn gap(pauses: Pauses, before: usize) -> Duration {
    GAPS[(pauses >> before) & 1]
}

/// The supplier, as far as these histories know it apart.
#[derive(Clone, Copy, Debug)]
struct Kind {
    status: Status,
    /// Whether its callbacks are signed.
    signs: bool,
}

impl Kind {
    const fn signing(status: Status) -> Self {
        Self {
            status,
            signs: true,
        }
    }

    /// Whether asking is no more than asking.
    const fn can_be_asked(self) -> bool {
        matches!(self.status, Status::Dedicated | Status::Listing)
    }
}

/// The order but for what is to be asked about it.
fn settled(mut agg: Aggregate) -> Aggregate {
    (agg.order.version, agg.order.next_action_at) = (0, None);
    for attempt in &mut agg.attempts {
        (attempt.hinted, attempt.hint_case) = (None, None);
    }
    agg
}

/// Delivers a callback that was delivered before, byte for byte. Where nobody signs it, it is kept once more and moves nothing. Where somebody does, it
/// writes nothing, unless it was found wrong since: then it is noted, once, that it is to be asked about.
fn deliver_again(desk: &mut Desk, kind: Kind, sighting: Sighting) {
    if !kind.signs {
        let (state, wallet) = (desk.state(), desk.rows.wallet);
        let attempt = desk.attempt(1).state;
        desk.unsigned(1, sighting);
        assert_eq!((desk.state(), desk.rows.wallet), (state, wallet), "INV-35");
        assert_eq!(desk.attempt(1).state, attempt, "INV-35");
        return;
    }
    let (before, log) = (desk.agg(), desk.rows.log.len());
    desk.callback(1, sighting.clone());
    if desk.agg() != before {
        let attempt = desk.attempt(1);
        assert!(attempt.hinted.is_some() && !attempt.state.is_open(), "E-6");
        assert_eq!(settled(desk.agg()), settled(before), "E-6");
        assert_eq!(desk.rows.log.len(), log + 1, "E-6");
        return deliver_again(desk, kind, sighting);
    }
    assert_eq!(desk.rows.log.len(), log, "E-6");
}

/// One history: the letters with their pauses, the lease, one honest read, and every callback once more. Every commit is audited by the desk.
fn run(
    kind: Kind,
    letters: &[Letter],
    pauses: Pauses,
    truth: Word,
) -> (Fate, OrderState, [i64; 3]) {
    let mut desk = Desk::sending(Setup {
        sn_required: true,
        ..Setup::of(kind.status)
    });
    let mut delivered: Vec<Word> = Vec::new();
    let posted = |desk: &Desk, word: Word| match word {
        Word::Unclear => desk.sees(1, Claim::Unclear),
        Word::Delivered
        | Word::WithoutSn
        | Word::Pending
        | Word::No
        | Word::Yes
        | Word::Doubtful
        | Word::NotSent => sighting(desk, word),
    };
    for (n, (word, is_reply)) in letters.iter().enumerate() {
        desk.wait(gap(pauses, n));
        let posted = posted(&desk, *word);
        if *is_reply {
            desk.reply(1, 1, sighting(&desk, *word));
        } else if delivered.contains(word) {
            deliver_again(&mut desk, kind, posted);
        } else {
            delivered.push(*word);
            if kind.signs {
                desk.callback(1, posted);
            } else {
                desk.unsigned(1, posted);
            }
        }
    }
    if desk.attempt(1).send_open {
        desk.wait_until(desk.attempt(1).lease_until);
        desk.tend();
    }
    if kind.can_be_asked() {
        desk.wait(Duration::from_secs(1));
        desk.read(1, sighting(&desk, truth));
    } else {
        for _ in 0..3 {
            if desk.state().is_open() && desk.order().review.is_none() {
                desk.tend_when_due();
            }
            if desk.call == Some(Call::Send(ONE)) {
                let send = desk.attempt(1).sends;
                desk.reply(1, send, sighting(&desk, truth));
            }
        }
    }
    for word in delivered {
        desk.wait(gap(pauses, 0));
        let posted = posted(&desk, word);
        deliver_again(&mut desk, kind, posted);
    }
    if !kind.signs && !kind.can_be_asked() {
        person_knows(&desk, letters);
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

const SHORT: usize = 4;
const LONGEST: usize = 5;

/// All sequences of one to five letters in which the one send has one reply at most (which may be heard twice).
fn sequences(most: usize) -> Vec<Vec<Letter>> {
    let letters: Vec<Letter> = WORDS
        .into_iter()
        .flat_map(|word| [(word, true), (word, false)])
        .filter(|letter| *letter != (Word::NotSent, false))
        .collect();
    let mut all: Vec<Vec<Letter>> = vec![Vec::new()];
    let mut longest = all.clone();
    for _ in 0..most {
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

/// What was said and cannot be asked about is before a person: money went back, and a message that nobody signed says that it was delivered; or it was taken
/// for delivered, and the reply says that it was not.
fn person_knows(desk: &Desk, letters: &[Letter]) {
    let says = |(word, reply): &Letter| !reply && matches!(word, Word::Delivered | Word::WithoutSn);
    let denies =
        |(word, reply): &Letter| *reply && matches!(word, Word::Yes | Word::No | Word::NotSent);
    if desk.state() == OrderState::Succeeded && letters.iter().any(denies) {
        let is_told = desk.is_disputed() || desk.opened(CaseKind::Hinted);
        assert!(is_told, "{letters:?}");
    }
    if matches!(desk.state(), OrderState::Returned(_)) && letters.iter().any(says) {
        assert!(desk.attempt(1).hinted.is_some(), "{letters:?}");
        assert!(
            desk.notes
                .iter()
                .any(|note| matches!(note, Note::Alert { .. })),
            "{letters:?}"
        );
    }
}

/// All close together and all far apart; the longest ones in one mixture each, another for the next one.
fn mixtures(n: usize, letters: &[Letter]) -> Vec<Pauses> {
    if letters.len() > SHORT {
        vec![n % (1 << LONGEST)]
    } else {
        vec![0, (1 << SHORT) - 1]
    }
}

fn hold_inv_21(kind: Kind) {
    type End = (OrderState, [i64; 3]);
    let mut ends: BTreeMap<(Vec<Letter>, Word), (End, Vec<Letter>)> = BTreeMap::new();
    for (n, letters) in sequences(LONGEST).into_iter().enumerate() {
        let mixed = mixtures(n, &letters);
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
        let tries = truths
            .iter()
            .flat_map(|truth| mixed.iter().map(move |pauses| (truth, *pauses)));
        for (truth, pauses) in tries {
            let (fate, state, money) = run(kind, &letters, pauses, *truth);
            let honest = if *truth == Word::Delivered {
                Fate::Delivered
            } else {
                Fate::Undelivered
            };
            if contradiction {
                // No order of arrival says the opposite of the truth. Whether a person has to look may differ: a late success is believed by itself (E-3), and
                // a reversal only when another channel confirms it (E-4). Without a read to settle it, what was said of the delivery stands or is reviewed.
                let fits = if kind.can_be_asked() {
                    fate == honest || fate == Fate::Review
                } else {
                    fate != Fate::Undelivered
                };
                assert!(
                    fits,
                    "{letters:?} {pauses:05b} {truth:?}: {fate:?} {state:?}"
                );
                continue;
            }
            assert_eq!(fate, honest, "{letters:?} {pauses:05b} {truth:?} {state:?}");
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
    hold_inv_21(Kind::signing(Status::Dedicated));
}

#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_asking_is_reading_a_list() {
    hold_inv_21(Kind::signing(Status::Listing));
}

/// As at servers of the `OtomaX` family that answer questions.
#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_nobody_signs_and_asking_is_asking() {
    hold_inv_21(Kind {
        status: Status::Dedicated,
        signs: false,
    });
}

/// As at VIP.
#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_nobody_signs_and_asking_is_reading_a_list() {
    hold_inv_21(Kind {
        status: Status::Listing,
        signs: false,
    });
}

#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_asking_is_sending_again() {
    hold_inv_21(Kind::signing(RESUBMIT));
}

/// A text supplier: nobody signs what it reports and nobody can be asked. Its reply counts, and an unsigned success while nothing else is known
/// (INV-35); all else waits for a person.
#[test]
fn inv_21_order_of_arrival_is_irrelevant_where_nobody_signs_and_nobody_can_be_asked() {
    let text = Kind {
        status: Status::None,
        signs: false,
    };
    for (n, letters) in sequences(LONGEST).into_iter().enumerate() {
        let said = |words: &[Word], reply: Option<bool>| {
            let fits = |(word, is_reply): &Letter| {
                words.contains(word) && reply.is_none_or(|wanted| wanted == *is_reply)
            };
            letters.iter().any(fits)
        };
        let delivered = said(&[Word::Delivered], None);
        let anyhow = delivered || said(&[Word::WithoutSn], None);
        let refused = said(&[Word::No, Word::Yes, Word::NotSent], Some(true));
        let doubted = said(&[Word::Doubtful], Some(true));
        for pauses in mixtures(n, &letters) {
            let (fate, state, money) = run(text, &letters, pauses, Word::Unclear);
            let what = format!("{letters:?} {pauses:05b}: {fate:?} {state:?} {money:?}");
            match (anyhow, refused || doubted) {
                // The first to be heard decides, and a person hears of the other one.
                (true, true) => {}
                (true, false) if delivered => assert_eq!(fate, Fate::Delivered, "{what}"),
                (false, true) if refused => assert_eq!(fate, Fate::Undelivered, "{what}"),
                _ => assert_eq!(fate, Fate::Review, "{what}"),
            }
        }
    }
}

/// What is heard about an order whose first attempt was rejected and whose second one the supplier works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// The first one delivered after all.
    FirstDelivered,
    /// The second one delivered.
    SecondDelivered,
    /// The second one delivered, without the serial number that the product needs.
    SecondWithoutSn,
    /// The second one failed.
    SecondFailed,
}

/// All sequences of two to five of these that name the first attempt.
fn tales() -> Vec<Vec<Told>> {
    let mut all: Vec<Vec<Told>> = vec![Vec::new()];
    let mut longest = all.clone();
    for _ in 0..5 {
        longest = longest
            .iter()
            .flat_map(|start| {
                [
                    Told::FirstDelivered,
                    Told::SecondDelivered,
                    Told::SecondWithoutSn,
                    Told::SecondFailed,
                ]
                .map(|told| [start.as_slice(), &[told]].concat())
            })
            .collect();
        all.extend(longest.iter().cloned());
    }
    all.retain(|tale| tale.contains(&Told::FirstDelivered));
    all
}

/// Ends what is disputed: by an honest read of the second attempt where asking is asking, else by a person.
fn settle(desk: &mut Desk, delivered: bool) {
    for _ in 0..2 {
        if desk.world.profiles[0].status == Status::Dedicated {
            let sighting = if delivered {
                desk.delivered(2)
            } else {
                desk.sees(2, YES)
            };
            desk.wait(Duration::from_mins(1));
            desk.read(2, sighting);
        }
        if !desk.is_disputed() {
            return;
        }
        let about = desk.agg().disputed().map_or(TWO, |attempt| attempt.no);
        let by_first = desk.order().delivery.as_ref();
        let by_first = by_first.is_some_and(|delivery| delivery.attempt == ONE);
        let ruling = if delivered || by_first {
            Resolution::Delivered {
                sn: None,
                cost: None,
            }
        } else {
            Resolution::NotDelivered {
                proof: "statement line 7".to_owned(),
            }
        };
        let _ = desk.resolve(ruling.of(about));
    }
}

/// INV-15, INV-21: whenever the late delivery of the first attempt is heard, during a dispute about the second one or not, it is booked once,
/// and money that goes back after it does so with a case. The desk audits every commit.
#[test]
fn inv_21_a_late_delivery_is_booked_whenever_it_is_heard() {
    let mut during_a_dispute = 0;
    for (status, tale, delivered) in [Status::Dedicated, RESUBMIT]
        .into_iter()
        .flat_map(|status| tales().into_iter().map(move |tale| (status, tale)))
        .flat_map(|(status, tale)| [true, false].map(|truth| (status, tale.clone(), truth)))
    {
        let mut desk = Desk::sending(Setup {
            sn_required: true,
            ..Setup::of(status)
        });
        desk.then(Next::Go(1));
        desk.reply(1, 1, desk.sees(1, YES));
        desk.reply(2, 1, desk.sees(2, Claim::Pending));
        for told in &tale {
            desk.wait(Duration::from_secs(10));
            let (no, sighting) = match told {
                Told::FirstDelivered => (1, desk.delivered(1)),
                Told::SecondDelivered => (2, desk.delivered(2)),
                Told::SecondWithoutSn => (
                    2,
                    Sighting {
                        sn: None,
                        ..desk.delivered(2)
                    },
                ),
                Told::SecondFailed => (2, desk.sees(2, YES)),
            };
            during_a_dispute += usize::from(no == 1 && desk.is_disputed());
            desk.callback(no, sighting);
        }
        settle(&mut desk, delivered);
        assert!(
            !desk.is_disputed(),
            "{status:?} {tale:?} {delivered}: nobody could settle it"
        );
        assert_eq!(desk.attempt(1).state, AttemptState::LateSuccess);
        // The first one's cost is booked for good; the second one's too, unless it never delivered or is owed back.
        let owed = desk.rows.disputed_with_suppliers();
        let second = matches!(
            desk.attempt(2).state,
            AttemptState::Success | AttemptState::LateSuccess
        );
        let costs = rp(COST) * (1 + i64::from(second));
        assert_eq!(
            desk.rows.billed() - owed,
            costs,
            "{status:?} {tale:?} {delivered}"
        );
        match desk.state() {
            OrderState::Succeeded | OrderState::LateDelivered => {}
            // The second one had settled the order and was reversed: the first one's delivery is before a person.
            OrderState::Reversed => assert!(desk.opened(CaseKind::Surplus), "{tale:?}"),
            other @ (OrderState::Refused(_)
            | OrderState::Held
            | OrderState::InFlight(_)
            | OrderState::Returned(_)) => panic!("{status:?} {tale:?} {delivered}: {other:?}"),
        }
    }
    assert!(during_a_dispute > 100);
}
