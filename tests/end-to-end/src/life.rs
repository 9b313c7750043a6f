//! One process's life: how it is hindered, and where it ends.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use conformance::servers::Line;
use eraflazz_core::commit::{CaseKind, CaseWrite, Changes, Refused, Unavailable, Verdict};
use eraflazz_core::ids::OrderId;
use eraflazz_core::ledger::Account;
use eraflazz_core::money::Money;
use eraflazz_core::ports::InboxRow;
use tokio::sync::Notify;

use crate::points::{Place, Point, Way};

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// About to commit an intent.
    BeforeIntent,
    /// The intent is committed, no byte has left.
    AfterIntent,
    /// The supplier has the request and is about to answer.
    DuringSend,
    /// The answer is read, its commit not begun.
    BeforeOutcome,
    /// The outcome is committed, nobody was told.
    AfterOutcome,
    /// The member was told, which is not written down yet.
    AfterWebhook,
}

/// One process's life.
#[derive(Debug, Default)]
pub struct Life {
    dead: AtomicBool,
    /// Whether the store answers nothing.
    out_of_reach: AtomicBool,
    /// Whether the store has given up writing.
    pub(crate) closed: AtomicBool,
    callback_reads: AtomicU32,
    callback_reads_fail: AtomicU32,
    /// How long the commit of an intent takes, in milliseconds.
    pub(crate) intents_take: AtomicU64,
    /// How long the first commit of what a call brought takes, in milliseconds.
    pub(crate) outcomes_take: AtomicU64,
    /// How long a read of orders, or of whose a supplier's id is, takes, in milliseconds.
    pub(crate) reads_take: AtomicU64,
    dies: Mutex<Option<Moment>>,
    way: Mutex<Way>,
    death: Notify,
    pub(crate) miscounted: Mutex<Option<(Account, Money)>>,
    refuses_cases: Mutex<Option<CaseKind>>,
    /// Orders whose rows nobody can read.
    spoilt: Mutex<Vec<OrderId>>,
    pub(crate) unlogged: Mutex<Vec<String>>,
    /// Callbacks that come, one each time that work is taken.
    pub(crate) meanwhile: Mutex<Vec<InboxRow>>,
    /// What it reaches its record by, where that is in another process.
    pub(crate) line: Option<Line>,
}

impl Life {
    /// One that reaches its record by this line.
    pub(crate) fn over_line(line: Line) -> Self {
        Self {
            line: Some(line),
            ..Self::default()
        }
    }

    /// The line by which it reaches its record, if that is in a database.
    pub const fn line(&self) -> Option<&Line> {
        self.line.as_ref()
    }

    /// Dies now.
    pub fn end(&self) {
        self.dead.store(true, Ordering::SeqCst);
        if let Some(line) = &self.line {
            line.goes_down();
        }
        self.death.notify_waiters();
    }

    /// Waits for its death.
    pub async fn over(&self) {
        let death = self.death.notified();
        if !self.is_over() {
            death.await;
        }
    }

    /// Counts its points from here on, and dies at this one if it comes by.
    pub fn ends_at(&self, point: Option<Point>) {
        *self.way.lock().unwrap() = Way::begin(point);
    }

    /// The points that it came by.
    pub fn points(&self) -> Vec<Point> {
        self.way.lock().unwrap().passed()
    }

    /// Comes by a point; whoever is dead after it goes no further.
    pub(crate) async fn comes_by(&self, place: Place) {
        self.alive().await;
        if self.passes(place) {
            self.end();
        }
        self.alive().await;
    }

    /// Comes by a point; whether that is its end.
    pub(crate) fn passes(&self, place: Place) -> bool {
        self.way.lock().unwrap().comes_by(place)
    }

    /// Whether it will end where it comes by such a place next.
    pub(crate) fn will_end_at(&self, place: Place) -> bool {
        self.way.lock().unwrap().would_end_at(place)
    }

    /// From now on the store is out of reach, or back.
    pub fn is_cut_off(&self, cut_off: bool) {
        self.out_of_reach.store(cut_off, Ordering::SeqCst);
    }

    /// From now on the store writes nothing any more, and says so.
    pub fn closes(&self) {
        self.is_cut_off(true);
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn reached(&self) -> Result<(), Unavailable> {
        if self.out_of_reach.load(Ordering::SeqCst) {
            return Err(Unavailable {
                may_have_committed: false,
                why: "out of reach".to_owned(),
            });
        }
        Ok(())
    }

    /// Dies at the next such moment.
    pub fn ends(&self, moment: Moment) {
        *self.dies.lock().unwrap() = Some(moment);
    }

    /// From now on the commit of an intent takes this long.
    pub fn slows_intents(&self, by: Duration) {
        slow(&self.intents_take, by);
    }

    /// The next commit of what a call brought takes this long.
    pub fn slows_outcomes(&self, by: Duration) {
        slow(&self.outcomes_take, by);
    }

    /// From now on a read of orders, or of whose a supplier's id is, takes this long.
    pub fn slows_reads(&self, by: Duration) {
        slow(&self.reads_take, by);
    }

    /// From now on every so manieth read of a callback, or of whose it is, fails.
    pub fn fails_callback_reads(&self, every: u32) {
        self.callback_reads_fail.store(every, Ordering::SeqCst);
    }

    pub(crate) fn reads_callback(&self) -> Result<(), Unavailable> {
        let every = self.callback_reads_fail.load(Ordering::SeqCst);
        let reads = self.callback_reads.fetch_add(1, Ordering::SeqCst) + 1;
        if every != 0 && reads.is_multiple_of(every) {
            return Err(Unavailable {
                may_have_committed: false,
                why: "this read fails".to_owned(),
            });
        }
        Ok(())
    }

    /// From now on the balance of `account` is kept as `balance`, whatever its transfers say.
    pub fn miscounts(&self, account: Account, balance: Money) {
        *self.miscounted.lock().unwrap() = Some((account, balance));
    }

    /// From now on its store refuses whatever opens a case of this kind.
    pub fn refuses_cases(&self, kind: CaseKind) {
        *self.refuses_cases.lock().unwrap() = Some(kind);
    }

    /// From now on the row of this order cannot be read.
    pub fn spoils(&self, order: OrderId) {
        self.spoilt.lock().unwrap().push(order);
    }

    /// Every row can be read again.
    pub fn mends(&self) {
        self.spoilt.lock().unwrap().clear();
    }

    pub(crate) fn is_spoilt(&self, order: OrderId) -> bool {
        self.spoilt.lock().unwrap().contains(&order)
    }

    /// The verdicts on units one of which is refused so.
    pub(crate) fn refusal(&self, units: &[Changes]) -> Option<Vec<Verdict>> {
        let kind = (*self.refuses_cases.lock().unwrap())?;
        let opens = |unit: &Changes| {
            let mut cases = unit.cases.iter();
            cases.any(|write| matches!(write, CaseWrite::Open(case) if case.key.kind == kind))
        };
        let refused = Verdict::Refused(Refused::Stale { version: 1 });
        let is_refused = units.iter().any(opens);
        is_refused.then(|| vec![refused; units.len()])
    }

    /// Each time that it takes work, one of these callbacks comes, the last one first, as if another process had stored it.
    pub fn brings_meanwhile(&self, callbacks: Vec<InboxRow>) {
        *self.meanwhile.lock().unwrap() = callbacks;
    }

    /// How many of them have not come yet.
    pub fn left_to_come(&self) -> usize {
        self.meanwhile.lock().unwrap().len()
    }

    /// Whether it has died.
    pub fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Changes of state that were committed without a log row of their own (INV-20).
    pub fn unlogged(&self) -> Vec<String> {
        self.unlogged.lock().unwrap().clone()
    }

    pub(crate) fn reaches(&self, moment: Moment) {
        if *self.dies.lock().unwrap() == Some(moment) {
            self.end();
        }
    }

    pub(crate) async fn alive(&self) {
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}

fn slow(what: &AtomicU64, by: Duration) {
    let millis = by.as_millis().try_into().unwrap();
    what.store(millis, Ordering::SeqCst);
}

pub(crate) async fn takes(time: &AtomicU64) {
    let millis = time.load(Ordering::SeqCst);
    if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
