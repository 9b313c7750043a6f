//! Every place where a process can die that the outside can tell apart, counted as the process comes by.
//!
//! A test runs once to learn which points there are ([`Life::points`](crate::Life::points)), then once for each of them. So no point can be
//! forgotten, whatever the engine does tomorrow.

use std::fmt;

/// What a process was about to do, or had just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// About to write something durable: a batch of decisions, an inbox row, the catalog.
    BeforeCommit,
    /// It is durable, and nobody heard so.
    AfterCommit,
    /// About to purchase at a supplier: no byte has left.
    BeforeSend,
    /// The supplier has the request and has done with it what it does; the answer is lost.
    AfterSend,
    /// About to ask a supplier.
    BeforeAsk,
    /// The supplier was asked; the answer is lost.
    AfterAsk,
    /// About to tell a member.
    BeforeTold,
    /// The member was told, which is not written down.
    AfterTold,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeSend,
        Self::AfterSend,
        Self::BeforeAsk,
        Self::AfterAsk,
        Self::BeforeTold,
        Self::AfterTold,
    ];
}

/// One such place, and how often the process has been there: 1 is the first time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Where.
    pub place: Place,
    /// Which time.
    pub nth: u32,
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}#{}", self.place, self.nth)
    }
}

/// The points that a process has come by, in order.
#[derive(Debug, Default)]
pub(crate) struct Way {
    passed: Vec<Point>,
    ends_at: Option<Point>,
}

impl Way {
    /// Begins to count, and may end at a point.
    pub(crate) fn begin(ends_at: Option<Point>) -> Self {
        Self {
            passed: Vec::new(),
            ends_at,
        }
    }

    /// Comes by; whether the way ends here.
    pub(crate) fn comes_by(&mut self, place: Place) -> bool {
        let point = self.next(place);
        self.passed.push(point);
        self.ends_at == Some(point)
    }

    /// Whether the way will end where it comes by `place` next.
    pub(crate) fn would_end_at(&self, place: Place) -> bool {
        self.ends_at == Some(self.next(place))
    }

    fn next(&self, place: Place) -> Point {
        let before = self.passed.iter().filter(|point| point.place == place);
        let nth = u32::try_from(before.count()).unwrap() + 1;
        Point { place, nth }
    }

    pub(crate) fn passed(&self) -> Vec<Point> {
        self.passed.clone()
    }
}
