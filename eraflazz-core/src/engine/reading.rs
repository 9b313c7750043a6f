//! Reading callbacks: the adapter's reader sees what a stranger sent before anything is authenticated, stored or counted. So it has threads of its
//! supplier's own, a time, and a number of them: one that blocks or panics is in the way of its own supplier's callbacks at most (INV-28, T-24).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::Engine;
use super::board::Lines;
use super::seldom::Pace;
use super::system::may_block;
use crate::ids::SupplierId;
use crate::ports::Supplier;
use crate::supplier::{RawRequest, Reading, Unauthenticated};

/// How many callbacks of one supplier are read at once, and so how many of its readers may never come back before it reads no more.
pub(super) const AT_ONCE: usize = 8;

/// How long a reader may take; it does no more than look at 64 KiB. Half of what the provider waits for its answer (money-safety 8.2).
const LIMIT: Duration = Duration::from_millis(500);

/// Whoever sends such a body can send it again and again.
const PACE: Pace = Pace {
    soonest: Duration::from_secs(1),
    rarest: Duration::from_hours(1),
};

/// Where one supplier's callbacks are read.
pub(super) struct Reader {
    on: On,
    room: Arc<Semaphore>,
}

/// Whose threads.
pub(super) enum On {
    /// The supplier's own, which may block.
    Own(Handle),
    /// Those that were given for all calls.
    Given(Handle),
}

/// What came of reading a callback.
pub(super) enum Read {
    /// What the adapter makes of it.
    Done(Result<Reading, Unauthenticated>),
    /// The reader panicked, did not come back in its time, or found more than one callback can say: the body is poison (INV-28).
    Poison,
    /// It did not begin: readers of other bodies have not come back.
    Busy,
}

impl Reader {
    pub(super) fn new(on: On) -> Self {
        Self {
            on,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    fn begin(
        &self,
        adapter: Arc<dyn Supplier>,
        request: RawRequest,
        room: OwnedSemaphorePermit,
    ) -> JoinHandle<Option<Result<Reading, Unauthenticated>>> {
        let read = move || {
            let _room = room;
            let read = || adapter.read_callback(&request);
            std::panic::catch_unwind(AssertUnwindSafe(read)).ok()
        };
        match &self.on {
            On::Own(threads) => may_block(threads, read),
            On::Given(threads) => threads.spawn(async move { read() }),
        }
    }
}

impl Engine {
    /// What the supplier's adapter reads of a callback, waiting for room to read it as long as reading may take.
    pub(super) async fn read(
        &self,
        supplier: SupplierId,
        adapter: Arc<dyn Supplier>,
        request: &RawRequest,
    ) -> Read {
        let Some(lines) = self.lines(supplier) else {
            return Read::Busy;
        };
        let reader = &lines.reader;
        let room = tokio::select! {
            biased;
            room = Arc::clone(&reader.room).acquire_owned() => room.ok(),
            () = self.inner.clock.sleep(LIMIT) => None,
        };
        let Some(room) = room else {
            self.tell_of_reader(supplier, "an adapter's readers do not come back");
            return Read::Busy;
        };
        let mut reading = reader.begin(adapter, request.clone(), room);
        let done = tokio::select! {
            biased;
            done = &mut reading => done.ok().flatten(),
            () = self.inner.clock.sleep(LIMIT) => {
                self.tell_of_reader(supplier, "an adapter did not read a callback in its time");
                return Read::Poison;
            }
        };
        match done {
            None => {
                self.tell_of_reader(supplier, "an adapter panicked over a callback");
                Read::Poison
            }
            Some(Ok(reading)) if reading.sightings.len() > super::call::SIGHTINGS_MAX => {
                Read::Poison
            }
            Some(read) => Read::Done(read),
        }
    }

    /// Whether this supplier's callbacks can be read now, without waiting.
    pub(super) fn has_reader(&self, supplier: SupplierId) -> bool {
        self.lines(supplier)
            .is_none_or(|lines| lines.reader.room.available_permits() > 0)
    }

    fn lines(&self, supplier: SupplierId) -> Option<Arc<Lines>> {
        let seat = self.inner.board.seat(supplier)?;
        Some(Arc::clone(&seat.lines))
    }

    fn tell_of_reader(&self, supplier: SupplierId, what: &'static str) {
        let now = self.inner.clock.now();
        if self
            .inner
            .seldom
            .tell((what, Some(supplier)), &PACE, now)
            .is_some()
        {
            let span =
                tracing::error_span!(parent: None, "callback", supplier = self.named(supplier));
            let _read = span.entered();
            self.tell_of_adapter(what);
        }
    }
}
