//! What everybody in a world shares: its clock, its faults, its trace, its auditor.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use end_to_end::VirtualClock;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::order::{Order, PublicStatus};
use eraflazz_core::ports::{Clock, Sleep};
use eraflazz_core::time::Timestamp;

use crate::auditor::{Auditor, Telling, Violation, Word};
use crate::coverage::Coverage;
use crate::fault::{Fault, Faults};
use crate::trace::{Event, Trace};

/// A host's clock: the runtime's, which jumps ahead now and then, and stands still until the host has caught up when it was set back (E-39).
#[derive(Debug)]
pub struct HostClock {
    steady: VirtualClock,
    ahead: AtomicI64,
    /// How far it jumped ahead, whatever it jumped back.
    forth: AtomicI64,
    /// How far it jumped back, whatever it jumped ahead.
    back: AtomicI64,
    last: AtomicI64,
}

impl HostClock {
    fn new() -> Self {
        Self {
            steady: VirtualClock::starting(VirtualClock::MORNING),
            ahead: AtomicI64::new(0),
            forth: AtomicI64::new(0),
            back: AtomicI64::new(0),
            last: AtomicI64::new(0),
        }
    }

    /// The host's clock jumps by so many milliseconds, ahead or back.
    pub fn jump(&self, millis: i64) {
        self.ahead.fetch_add(millis * 1000, Ordering::Relaxed);
        self.forth
            .fetch_add(millis.max(0) * 1000, Ordering::Relaxed);
        self.back
            .fetch_add(millis.min(0).saturating_abs() * 1000, Ordering::Relaxed);
    }

    /// Surely, by the world's clock, before what is `age` old by this one, and before the time that this one showed then.
    pub fn before(&self, age: Duration) -> Timestamp {
        let back = self.back.load(Ordering::Relaxed);
        let then = self.of_the_world().minus(age);
        Timestamp::from_micros(then.micros() - 2 * back)
    }

    /// The world's time, as a supplier's clock shows it.
    pub fn of_the_world(&self) -> Timestamp {
        self.steady.now()
    }

    /// A clock that is never slower than this one or than the world's.
    fn generous(&self) -> Timestamp {
        let forth = self.forth.load(Ordering::Relaxed);
        Timestamp::from_micros(self.steady.now().micros() + forth)
    }
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        let shown = self.steady.now().micros() + self.ahead.load(Ordering::Relaxed);
        Timestamp::from_micros(self.last.fetch_max(shown, Ordering::Relaxed).max(shown))
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// What everybody shares.
#[derive(Debug)]
pub struct Scene {
    /// The time.
    pub clock: HostClock,
    /// What goes wrong.
    pub faults: Faults,
    /// What happens.
    pub trace: Trace,
    /// What has been seen.
    pub coverage: Coverage,
    auditor: Mutex<Auditor>,
    /// How many of its objections are in the trace.
    told: AtomicUsize,
}

impl Scene {
    /// A scene that begins now.
    pub fn new(faults: Faults, auditor: Auditor, with_story: bool) -> Self {
        Self {
            clock: HostClock::new(),
            faults,
            trace: Trace::new(with_story),
            coverage: Coverage::default(),
            auditor: Mutex::new(auditor),
            told: AtomicUsize::new(0),
        }
    }

    /// The auditor.
    pub fn auditor(&self) -> MutexGuard<'_, Auditor> {
        self.auditor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that must not be was seen.
    pub fn object(&self, parcel: Option<u32>, what: String) {
        self.auditor().object(parcel, what);
    }

    /// Milliseconds since the world began, by the host's clock.
    pub fn millis(&self) -> u64 {
        since_morning(self.clock.now())
    }

    /// Milliseconds by which the auditor judges what came too soon: whoever waited long enough by the host's clock or by the world's did wait. While the
    /// host's clock catches up with itself, suppliers go on; and nobody can know that it jumped ahead.
    pub fn waited(&self) -> u64 {
        since_morning(self.clock.generous())
    }

    /// Milliseconds since the world began, by no clock that jumps: how long a read or a message took.
    pub fn passed(&self) -> u64 {
        since_morning(self.clock.of_the_world())
    }

    /// This happened now.
    pub fn note(&self, event: Event) {
        self.note_objections();
        self.trace.note(self.millis(), event);
        self.note_objections();
    }

    /// What the auditor objects to is part of what happens.
    pub fn note_objections(&self) {
        let news: Vec<Event> = {
            let auditor = self.auditor();
            let all = auditor.violations();
            let known = self.told.swap(all.len(), Ordering::Relaxed);
            let objects = |found: &Violation| Event::Objects {
                goods: found.parcel,
                what: found.what.clone(),
            };
            all.iter().skip(known).map(objects).collect()
        };
        for event in news {
            self.trace.note(self.millis(), event);
        }
    }

    /// Whether the fault strikes now, and whose parcel it concerns.
    pub fn strikes(&self, fault: Fault, parcel: Option<u32>) -> bool {
        let strikes = self.faults.strike(fault);
        if strikes {
            self.struck(fault, parcel);
        }
        strikes
    }

    /// A fault that was drawn before struck now, and whose parcel it concerns.
    pub fn struck_at_last(&self, fault: Fault, parcel: Option<u32>) {
        self.faults.count(fault);
        self.struck(fault, parcel);
    }

    fn struck(&self, fault: Fault, parcel: Option<u32>) {
        self.coverage.struck(fault, parcel);
        self.note(Event::Strikes {
            fault,
            goods: parcel,
        });
    }

    /// A member is told how its order stands.
    pub fn tell(&self, order: &Order, how: &'static str) {
        if let Some((number, telling)) = self.note_telling(order, how) {
            self.auditor().told(number, telling);
        }
    }

    /// The same, by a message to its endpoint.
    pub fn post(&self, order: &Order) {
        if let Some((number, telling)) = self.note_telling(order, "webhook") {
            self.auditor().posted(number, telling);
        }
    }

    /// A message to the endpoint of a member is about to be sent.
    pub fn send_word(&self, order: &Order) {
        if let Some(number) = number_of(order) {
            let at = self.passed();
            self.auditor().sends_word(number, telling(order), at);
        }
    }

    fn note_telling(&self, order: &Order, how: &'static str) -> Option<(u32, Telling)> {
        let (number, telling) = (number_of(order)?, telling(order));
        // What a dying disk kept was never seen to be committed.
        self.auditor()
            .accepted(number, telling.price, self.millis());
        self.auditor().kept(number, telling.revision, self.passed());
        self.note(Event::Told {
            order: number,
            status: order.status().word(),
            revision: telling.revision,
            review: telling.review,
            sn: telling.sn,
            how,
        });
        Some((number, telling))
    }
}

/// An order in the auditor's words.
fn telling(order: &Order) -> Telling {
    Telling {
        id: order.id.0.as_u128(),
        word: match order.status() {
            PublicStatus::Pending => Word::Pending,
            PublicStatus::Processing => Word::Processing,
            PublicStatus::Success => Word::Success,
            PublicStatus::Failed => Word::Failed,
            PublicStatus::Refund => Word::Refund,
        },
        revision: order.revision,
        product: order.product.0,
        review: order.under_review(),
        sn: order
            .delivery
            .as_ref()
            .and_then(|delivery| delivery.sn.as_ref())
            .map(|sn| sn_number(sn.as_str())),
        price: order.quote.sell.hundredths(),
        refunded: order.refunded().hundredths(),
    }
}

/// The number of an order, from the reference that its member gave it.
pub fn number_of(order: &Order) -> Option<u32> {
    order.ref_id.as_str().strip_prefix('r')?.parse().ok()
}

/// The text of a serial number.
pub fn sn_text(number: u64) -> String {
    format!("SN{number:010}")
}

/// The serial number in a text; one that no supplier gives if it is none of theirs.
pub fn sn_number(text: &str) -> u64 {
    text.strip_prefix("SN")
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u64::MAX)
}

/// The destination of a parcel.
pub fn destination_of(parcel: u32) -> String {
    format!("0812{parcel:08}")
}

/// The parcel of a destination, however it is written.
pub fn parcel_of(destination: &str) -> Option<u32> {
    let digits = destination.len().checked_sub(8)?;
    destination.get(digits..)?.parse().ok()
}

/// A reference of ours as a number.
pub fn reference_number(reference: &SupplierRef) -> u128 {
    let fold = |sum: u128, byte: u8| sum.wrapping_mul(37).wrapping_add(u128::from(byte % 64));
    reference.as_str().bytes().fold(1, fold)
}

/// Milliseconds since the world began.
pub fn since_morning(now: Timestamp) -> u64 {
    let since = now.since(VirtualClock::MORNING);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
