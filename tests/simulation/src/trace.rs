//! What happened, as seen from outside: a running hash for every world, and a story for the one that failed.

use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use eraflazz_core::ids::SupplierRef;

use crate::auditor::Tariff;
use crate::fault::Fault;

/// Something that happened. Orders go by their number in this world, goods by the number of their destination.
#[derive(Clone, Debug, Hash)]
#[expect(
    missing_docs,
    reason = "the fields say what they are; `tell` says it in words"
)]
pub enum Event {
    /// A member asks for an order.
    Ordered { order: u32, goods: u32, member: u16 },
    /// An operator enters an amount into a list.
    Enters { list: Tariff, amount: i64 },
    /// A member is told how its order stands, in answer to a call or by webhook.
    Told {
        order: u32,
        status: &'static str,
        revision: u32,
        review: bool,
        sn: Option<u64>,
        how: &'static str,
    },
    /// The engine does not take an order now.
    NotTaken { order: u32, why: &'static str },
    /// A member takes an order back.
    Cancelled { order: u32, done: bool },
    /// The engine calls a supplier to buy.
    Buys {
        goods: u32,
        supplier: u16,
        reference: SupplierRef,
        send: u32,
    },
    /// The engine asks a supplier what became of a purchase.
    Asks {
        goods: u32,
        supplier: u16,
        reference: SupplierRef,
    },
    /// The supplier answers, to the purchase or the question.
    Answers {
        goods: u32,
        supplier: u16,
        says: &'static str,
    },
    /// A supplier delivers.
    Delivers {
        goods: u32,
        supplier: u16,
        billed: i64,
        sn: u64,
    },
    /// A supplier fails to deliver, or takes it back.
    Undelivers {
        goods: u32,
        supplier: u16,
        reversed: bool,
    },
    /// A supplier calls back.
    CallsBack {
        goods: u32,
        supplier: u16,
        says: &'static str,
        taken: bool,
    },
    /// An operator rules.
    Rules {
        goods: u32,
        what: &'static str,
        done: bool,
    },
    /// A person gives back a part or all of what a member paid.
    Refunds { order: u32, amount: i64, done: bool },
    /// Money comes in.
    Deposits { member: u16, amount: i64 },
    /// The engine commits something about an order.
    Commits {
        order: u32,
        input: &'static str,
        state: &'static str,
        version: u32,
    },
    /// A fault strikes; `goods` if it concerns some.
    Strikes { fault: Fault, goods: Option<u32> },
    /// A process starts.
    Starts { process: u32 },
    /// A process ends.
    Dies { process: u32 },
    /// The auditor objects.
    Objects { goods: Option<u32>, what: String },
}

impl Event {
    /// Whether it is about these goods: by their number or that of one of their orders. That an order is only put off is not worth a line.
    fn is_about(&self, goods_wanted: u32, orders: &[u32]) -> bool {
        match self {
            Self::Commits { order, input, .. } => orders.contains(order) && *input != "(nothing)",
            Self::Ordered { order, .. }
            | Self::Told { order, .. }
            | Self::NotTaken { order, .. }
            | Self::Refunds { order, .. }
            | Self::Cancelled { order, .. } => orders.contains(order),
            Self::Buys { goods, .. }
            | Self::Asks { goods, .. }
            | Self::Answers { goods, .. }
            | Self::Delivers { goods, .. }
            | Self::Undelivers { goods, .. }
            | Self::CallsBack { goods, .. }
            | Self::Rules { goods, .. } => *goods == goods_wanted,
            Self::Strikes { goods, .. } | Self::Objects { goods, .. } => {
                *goods == Some(goods_wanted)
            }
            Self::Deposits { .. }
            | Self::Enters { .. }
            | Self::Starts { .. }
            | Self::Dies { .. } => false,
        }
    }

    /// Whether it happens to everything: processes, clocks, the disk.
    const fn is_everywhere(&self) -> bool {
        match self {
            Self::Starts { .. } | Self::Dies { .. } | Self::Enters { .. } => true,
            Self::Strikes { fault, .. } => matches!(
                fault,
                Fault::ClockJumpsAhead
                    | Fault::ClockSetBack
                    | Fault::StorageTorn
                    | Fault::StorageFails
                    | Fault::StorageFull
            ),
            Self::Ordered { .. }
            | Self::Told { .. }
            | Self::NotTaken { .. }
            | Self::Cancelled { .. }
            | Self::Buys { .. }
            | Self::Asks { .. }
            | Self::Answers { .. }
            | Self::Delivers { .. }
            | Self::Undelivers { .. }
            | Self::CallsBack { .. }
            | Self::Rules { .. }
            | Self::Refunds { .. }
            | Self::Deposits { .. }
            | Self::Commits { .. }
            | Self::Objects { .. } => false,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a sentence for each kind of event")]
    fn tell(&self) -> String {
        let rupiah = |hundredths: &i64| format!("Rp {}", hundredths / 100);
        match self {
            Self::Ordered {
                order,
                goods,
                member,
            } => format!("member {member} orders goods {goods} as r{order}"),
            Self::Enters { list, amount } => {
                format!("an operator enters {} as {list:?}", rupiah(amount))
            }
            Self::Told {
                order,
                status,
                revision,
                review,
                sn,
                how,
            } => {
                let sn = sn.map_or(String::new(), |sn| format!(", serial number SN{sn:010}"));
                let review = if *review { ", under review" } else { "" };
                format!(
                    "the member hears by {how}: r{order} is {status} (revision {revision}{sn}{review})"
                )
            }
            Self::NotTaken { order, why } => format!("r{order} is not taken: {why}"),
            Self::Cancelled { order, done: true } => format!("the member takes r{order} back"),
            Self::Cancelled { order, done: false } => {
                format!("the member wants r{order} back, too late")
            }
            Self::Buys {
                supplier,
                reference,
                send,
                ..
            } => {
                format!(
                    "the engine buys at supplier {supplier} as {}, send {send}",
                    reference.as_str()
                )
            }
            Self::Asks {
                supplier,
                reference,
                ..
            } => {
                format!(
                    "the engine asks supplier {supplier} about {}",
                    reference.as_str()
                )
            }
            Self::Answers { supplier, says, .. } => format!("supplier {supplier} answers: {says}"),
            Self::Delivers {
                supplier,
                billed,
                sn,
                ..
            } => format!(
                "supplier {supplier} DELIVERS, serial number SN{sn:010}, and bills {}",
                rupiah(billed)
            ),
            Self::Undelivers {
                supplier,
                reversed: false,
                ..
            } => format!("supplier {supplier} fails"),
            Self::Undelivers {
                supplier,
                reversed: true,
                ..
            } => {
                format!("supplier {supplier} takes its delivery back")
            }
            Self::CallsBack {
                supplier,
                says,
                taken,
                ..
            } => {
                let taken = if *taken { "" } else { ", which is not taken" };
                format!("supplier {supplier} calls back: {says}{taken}")
            }
            Self::Rules { what, done, .. } => {
                let done = if *done { "" } else { ", which is refused" };
                format!("an operator rules: {what}{done}")
            }
            Self::Refunds {
                order,
                amount,
                done,
            } => {
                let done = if *done { "" } else { ", which is refused" };
                format!(
                    "an operator gives back {} of r{order}{done}",
                    rupiah(amount)
                )
            }
            Self::Deposits { member, amount } => {
                format!("member {member} deposits {}", rupiah(amount))
            }
            Self::Commits {
                order,
                input,
                state,
                version,
            } => {
                format!(
                    "the engine writes down of r{order}: {input}; it is {state} now (version {version})"
                )
            }
            Self::Strikes { fault, .. } => format!("** {} ({})", fault.sentence(), fault.word()),
            Self::Starts { process } => format!("-- process {process} starts"),
            Self::Dies { process } => format!("-- process {process} dies"),
            Self::Objects { what, .. } => format!("!! the auditor objects: {what}"),
        }
    }
}

/// What happens to everything is part of a story if something of its own happens within so many milliseconds.
const NEAR: u64 = 120_000;

/// The events of one world.
#[derive(Debug)]
pub struct Trace(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    hash: RunningHash,
    events: u64,
    story: Option<Vec<(u64, Event)>>,
}

impl Trace {
    /// An empty trace, which remembers what it hashes only if a story is wanted.
    pub fn new(with_story: bool) -> Self {
        Self(Mutex::new(Inner {
            hash: RunningHash(0xcbf2_9ce4_8422_2325),
            events: 0,
            story: with_story.then(Vec::new),
        }))
    }

    /// This happened, so many milliseconds after the world began.
    pub fn note(&self, at: u64, event: Event) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.events += 1;
        (at, &event).hash(&mut inner.hash);
        if let Some(story) = &mut inner.story {
            story.push((at, event));
        }
    }

    /// The hash of all of it, in order, and how much it was.
    pub fn hash(&self) -> (u64, u64) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.hash.0, inner.events)
    }

    /// The story of some goods and their orders, and of what happened to everything meanwhile. Empty unless it was wanted.
    pub fn story(&self, goods: u32, orders: &[u32]) -> String {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = &inner.story else {
            return String::new();
        };
        let is_own = |told: &(u64, Event)| told.1.is_about(goods, orders);
        let first = told.iter().position(is_own).unwrap_or(0);
        let last = told.iter().rposition(is_own).unwrap_or(0);
        let between = told.iter().take(last + 1).skip(first);
        let own: Vec<u64> = told
            .iter()
            .filter(|told| is_own(told))
            .map(|told| told.0)
            .collect();
        let is_near = |at: u64| {
            let next = own.partition_point(|own| own + NEAR < at);
            own.get(next).is_some_and(|own| *own <= at + NEAR)
        };
        let wanted =
            between.filter(|told| is_own(told) || (told.1.is_everywhere() && is_near(told.0)));
        lines(wanted)
    }

    /// The last events, if there is a story.
    pub fn last(&self, events: usize) -> String {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = inner.story.as_deref().unwrap_or_default();
        lines(&told[told.len().saturating_sub(events)..])
    }

    /// The last events up to the first objection of the auditor that is about no goods; everything if there is none.
    pub fn before_objection(&self, events: usize) -> String {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = &inner.story else {
            return String::new();
        };
        let objection = told
            .iter()
            .position(|(_, event)| matches!(event, Event::Objects { goods: None, .. }));
        match objection {
            Some(at) => lines(&told[at.saturating_sub(events)..=at]),
            None => lines(told),
        }
    }
}

fn lines<'a>(told: impl IntoIterator<Item = &'a (u64, Event)>) -> String {
    let mut lines = Vec::new();
    for (at, event) in told {
        let (seconds, millis) = (at / 1000, at % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let seconds = seconds % 60;
        lines.push(format!(
            "{hours:>3}h{minutes:02}m{seconds:02}.{millis:03}  {}",
            event.tell()
        ));
    }
    lines.join("\n")
}

/// The same on every machine and in every process.
#[derive(Debug)]
struct RunningHash(u64);

impl Hasher for RunningHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}
