//! The reference: what orders and money must become, written down once more from the law in the plainest way, for one kind of supplier (it can be
//! asked, and is never sent anything twice). It shares no code with the engine: its own words, whole rupiah, seconds from the start.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "it says what happens; nothing else does"
)]

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const SELL: i64 = 10_500;
pub(crate) const COSTS: [i64; 2] = [9_800, 9_900];

/// Between one step and the next. No sum of these is a minute.
pub(crate) const STEP: i64 = 7;
/// Long enough that everything that is asked about at all is asked about.
pub(crate) const ASKING: i64 = 31 * 60;
/// Ten in the morning to midnight, with an hour to spare: one business day.
const DAY: i64 = 13 * 3_600;

/// What a supplier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Delivered,
    /// Refused before anything was formed: another may do it.
    Elsewhere,
    /// The same, and nobody will.
    End,
    /// Formed, and failed: another may do it.
    FailedElsewhere,
    /// The same, and nobody will.
    FailedEnd,
    Doubtful,
    Pending,
    Silent,
}

impl Word {
    pub(crate) const fn fails(self) -> bool {
        matches!(self, Self::FailedElsewhere | Self::FailedEnd)
    }

    const fn ends(self) -> bool {
        matches!(self, Self::End | Self::FailedEnd)
    }

    /// Reports that differ in their reason alone are one report.
    const fn claim(self) -> Self {
        match self {
            Self::End => Self::Elsewhere,
            Self::FailedEnd => Self::FailedElsewhere,
            other => other,
        }
    }
}

/// What happens next.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Submit {
        member: usize,
        name: u8,
        to: u8,
        words: [Word; 2],
    },
    Report {
        order: usize,
        attempt: usize,
        word: Word,
    },
    /// The supplier says this when it is asked, and time passes until it was.
    Ask {
        order: usize,
        word: Word,
    },
    /// A delivery is reported as failed; this is what asking brings then.
    Reverse {
        order: usize,
        truth: Word,
    },
    Rule {
        order: usize,
        delivered: bool,
    },
    /// A person gives back so much of the price, under the desk's reference of this number.
    Refund {
        order: usize,
        name: u8,
        amount: i64,
    },
    Deposit {
        member: usize,
        name: u8,
        amount: i64,
    },
    Pass {
        minutes: i64,
    },
    /// The process dies and another begins.
    Die,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    Undelivered,
    Delivered,
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) fate: Fate,
    /// It delivered after it had been proven undelivered: from then on only a person takes it back (section 6).
    late: bool,
    doubted: Option<i64>,
    reported: BTreeSet<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Refused,
    Open,
    Delivered(usize),
    Returned,
    Reversed,
    LateDelivered,
}

#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) member: usize,
    pub(crate) name: u8,
    pub(crate) to: u8,
    words: [Word; 2],
    pub(crate) stage: Stage,
    pub(crate) disputed: bool,
    pub(crate) attempts: Vec<Attempt>,
    /// What people gave back of its price, by the desk's references.
    given: BTreeMap<u8, i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    pub(crate) available: i64,
    pub(crate) held: i64,
    pub(crate) owed: i64,
}

/// Everything there is to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    pub(crate) purses: [Purse; 2],
    pub(crate) sales: Vec<Sale>,
    pub(crate) spent: [i64; 2],
    pub(crate) revenue: i64,
    pub(crate) loss: i64,
    deposits: BTreeMap<(usize, u8), i64>,
    now: i64,
}

impl Books {
    pub(crate) fn with(each: i64) -> Self {
        let purse = Purse {
            available: each,
            ..Purse::default()
        };
        Self {
            purses: [purse; 2],
            ..Self::default()
        }
    }

    pub(crate) fn known(&self, member: usize, name: u8) -> Option<&Sale> {
        self.sales
            .iter()
            .find(|sale| sale.member == member && sale.name == name)
    }

    /// What the law of this reference covers. Beyond it lie histories that other tests go through one by one.
    pub(crate) fn covers(&self, act: &Act) -> bool {
        let takes = match act {
            Act::Ask { .. } | Act::Reverse { .. } => ASKING,
            Act::Pass { minutes } => minutes * 60,
            _ => 0,
        };
        if self.now + takes + STEP > DAY {
            return false;
        }
        match *act {
            Act::Report {
                order,
                attempt,
                word,
            } => self.sales.get(order).is_some_and(|sale| {
                let second_delivery = |tried: &Attempt| {
                    tried.fate == Fate::Delivered && sale.stage != Stage::Delivered(attempt)
                };
                let refuses = word.fails() || word == Word::Doubtful;
                let told = sale.attempts.get(attempt);
                let live = matches!(
                    sale.stage,
                    Stage::Open | Stage::Delivered(_) | Stage::Returned
                );
                told.is_some_and(|tried| !(refuses && second_delivery(tried)))
                    && live
                    && !sale.disputed
            }),
            Act::Ask { order, .. } => self
                .sales
                .get(order)
                .is_some_and(|sale| sale.stage == Stage::Open),
            Act::Reverse { order, .. } => self.sales.get(order).is_some_and(|sale| {
                let Stage::Delivered(by) = sale.stage else {
                    return false;
                };
                let new = !sale.attempts[by].reported.contains(&Word::FailedElsewhere);
                new && !sale.disputed && sale.open_attempt().is_none()
            }),
            Act::Rule { order, .. } => self.sales.get(order).is_some_and(|sale| {
                let is_beyond = matches!(sale.stage, Stage::Reversed | Stage::LateDelivered);
                let two_at_once = sale.disputed && sale.open_attempt().is_some();
                !is_beyond && !two_at_once
            }),
            Act::Refund { order, .. } => order < self.sales.len(),
            Act::Submit { .. } | Act::Deposit { .. } | Act::Pass { .. } | Act::Die => true,
        }
    }

    pub(crate) fn act(&mut self, act: &Act) {
        match *act {
            Act::Submit {
                member,
                name,
                to,
                words,
            } => self.submit(member, name, to, words),
            Act::Report {
                order,
                attempt,
                word,
            } => self.report(order, attempt, word),
            Act::Ask { order, word } => {
                let open = self.sales[order].open_attempt().unwrap();
                self.answer(order, open, word);
                self.now += ASKING;
            }
            Act::Reverse { order, truth } => self.reverse(order, truth),
            Act::Rule { order, delivered } => self.rule(order, delivered),
            Act::Refund {
                order,
                name,
                amount,
            } => self.refund(order, name, amount),
            Act::Deposit {
                member,
                name,
                amount,
            } => {
                if let Entry::Vacant(line) = self.deposits.entry((member, name)) {
                    line.insert(amount);
                    let purse = &mut self.purses[member];
                    let repaid = purse.owed.min(amount);
                    purse.owed -= repaid;
                    purse.available += amount - repaid;
                }
            }
            Act::Pass { minutes } => self.now += minutes * 60,
            Act::Die => {}
        }
        self.now += STEP;
    }

    fn submit(&mut self, member: usize, name: u8, to: u8, words: [Word; 2]) {
        if self.known(member, name).is_some() {
            return;
        }
        // Member 0 buys the same goods for the same number once a day; member 1's references are its intent.
        let twin = member == 0
            && self.sales.iter().any(|sale| {
                let stands = !matches!(
                    sale.stage,
                    Stage::Refused | Stage::Returned | Stage::Reversed
                );
                let guarded = stands && sale.stage != Stage::LateDelivered;
                sale.member == 0 && sale.to == to && guarded
            });
        let refused = twin || self.purses[member].available < SELL;
        self.sales.push(Sale {
            member,
            name,
            to,
            words,
            stage: if refused { Stage::Refused } else { Stage::Open },
            disputed: false,
            attempts: Vec::new(),
            given: BTreeMap::new(),
        });
        if !refused {
            self.purses[member].available -= SELL;
            self.purses[member].held += SELL;
            self.send(self.sales.len() - 1);
        }
    }

    fn send(&mut self, order: usize) {
        let attempt = self.sales[order].attempts.len();
        let doubted = (self.sales[order].words[attempt] == Word::Doubtful).then_some(self.now);
        self.sales[order].attempts.push(Attempt {
            fate: Fate::Open,
            late: false,
            doubted,
            reported: BTreeSet::new(),
        });
        match self.sales[order].words[attempt] {
            Word::Doubtful => {}
            Word::Elsewhere => self.undelivered(order, attempt, false),
            Word::End => self.undelivered(order, attempt, true),
            word => self.answer(order, attempt, word),
        }
    }

    /// What is said of the open attempt by whoever knows, and "refused before anything was formed" says nothing (INV-13).
    fn answer(&mut self, order: usize, attempt: usize, word: Word) {
        if word == Word::Delivered {
            self.delivered(order, attempt);
        } else if word.fails() {
            self.undelivered(order, attempt, word.ends());
        }
    }

    fn delivered(&mut self, order: usize, by: usize) {
        let sale = &mut self.sales[order];
        sale.attempts[by].late = sale.attempts[by].fate == Fate::Undelivered;
        sale.attempts[by].fate = Fate::Delivered;
        self.spent[by] += COSTS[by];
        let purse = &mut self.purses[sale.member];
        match sale.stage {
            Stage::Open => {
                sale.stage = Stage::Delivered(by);
                purse.held -= SELL;
                self.revenue += SELL;
            }
            Stage::Returned => {
                sale.stage = Stage::LateDelivered;
                let paid = purse.available.min(SELL);
                purse.available -= paid;
                purse.owed += SELL - paid;
                self.revenue += SELL;
            }
            _ => self.loss += COSTS[by],
        }
    }

    fn undelivered(&mut self, order: usize, attempt: usize, ends: bool) {
        let sale = &mut self.sales[order];
        sale.attempts[attempt].fate = Fate::Undelivered;
        if sale.stage != Stage::Open {
            return;
        }
        if attempt == 0 && !ends {
            self.send(order);
            return;
        }
        sale.stage = Stage::Returned;
        let purse = &mut self.purses[sale.member];
        purse.held -= SELL;
        purse.available += SELL;
    }

    fn report(&mut self, order: usize, attempt: usize, word: Word) {
        let now = self.now;
        let sale = &mut self.sales[order];
        let told = &mut sale.attempts[attempt];
        if !told.reported.insert(word.claim()) {
            return;
        }
        match (told.fate, word) {
            (Fate::Open, Word::Doubtful) => {
                let first = *told.doubted.get_or_insert(now);
                if now - first >= 60 {
                    self.undelivered(order, attempt, false);
                }
            }
            (Fate::Open, word) => self.answer(order, attempt, word),
            (Fate::Undelivered, Word::Delivered) => self.delivered(order, attempt),
            (Fate::Delivered, word) if word.fails() || word == Word::Doubtful => {
                sale.disputed = true;
            }
            (Fate::Undelivered | Fate::Delivered, _) => {}
        }
    }

    fn reverse(&mut self, order: usize, truth: Word) {
        let sale = &mut self.sales[order];
        let Stage::Delivered(by) = sale.stage else {
            unreachable!()
        };
        sale.attempts[by].reported.insert(Word::FailedElsewhere);
        sale.disputed = true;
        match truth {
            Word::Delivered => sale.disputed = false,
            truth if truth.fails() && !sale.attempts[by].late => self.take_back(order),
            _ => {}
        }
        self.now += ASKING;
    }

    fn take_back(&mut self, order: usize) {
        let sale = &mut self.sales[order];
        sale.stage = Stage::Reversed;
        sale.disputed = false;
        let left = SELL - sale.given();
        self.revenue -= left;
        self.purses[sale.member].available += left;
    }

    /// E-20, E-21: of what was delivered, paid for and is not disputed, at most what is left; once for each reference.
    fn refund(&mut self, order: usize, name: u8, amount: i64) {
        let sale = &mut self.sales[order];
        let is_paid = matches!(sale.stage, Stage::Delivered(_) | Stage::LateDelivered);
        let left = SELL - sale.given();
        let is_new = !sale.given.contains_key(&name);
        if !is_paid || sale.disputed || !is_new || amount < 1 || amount > left {
            return;
        }
        sale.given.insert(name, amount);
        self.revenue -= amount;
        self.purses[sale.member].available += amount;
        if amount == left {
            sale.stage = Stage::Reversed;
        }
    }

    fn rule(&mut self, order: usize, delivered: bool) {
        let sale = &mut self.sales[order];
        let open = sale.open_attempt();
        match (sale.stage, open) {
            (Stage::Open | Stage::Delivered(_), Some(open)) if delivered => {
                self.delivered(order, open);
            }
            (Stage::Open | Stage::Delivered(_), Some(open)) => self.undelivered(order, open, false),
            (Stage::Delivered(_), None) if !delivered => self.take_back(order),
            (Stage::Delivered(_), None) => sale.disputed = false,
            (Stage::Returned, _) if delivered => {
                self.delivered(order, self.sales[order].attempts.len() - 1);
            }
            _ => {}
        }
    }
}

impl Sale {
    fn given(&self) -> i64 {
        self.given.values().sum()
    }

    /// The attempt of which nobody knows yet.
    pub(crate) fn open_attempt(&self) -> Option<usize> {
        self.attempts
            .iter()
            .position(|tried| tried.fate == Fate::Open)
    }
}
