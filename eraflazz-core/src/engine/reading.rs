//! Reading callbacks and notifications: the adapter's reader sees what a stranger sent before anything is authenticated, stored or counted. So it has threads of its
//! supplier's or gateway's own, a time, and a number of them: one that blocks or panics is in the way of its own callbacks at most (INV-28, T-24).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::Engine;
use super::board::Lines;
use super::call::SIGHTINGS_MAX;
use super::callback::CallbackError;
use super::gateways::Gateway;
use super::seldom::Pace;
use super::system::may_block;
use crate::commit::Unavailable;
use crate::ids::SupplierId;
use crate::ports::{Clock, Supplier};
use crate::supplier::{RawRequest, Reading, Unauthenticated};

/// How many callbacks of one supplier or gateway are read at once, and so how many of its readers may never come back before it reads no more.
pub(super) const AT_ONCE: usize = 8;

/// How long a reader may take; it does no more than look at 64 KiB. Half of what the provider waits for its answer (money-safety 8.2).
const LIMIT: Duration = Duration::from_millis(500);

/// Whoever sends such a body can send it again and again.
const PACE: Pace = Pace {
    soonest: Duration::from_secs(1),
    rarest: Duration::from_hours(1),
};

/// Where the callbacks of one supplier or gateway are read.
pub(super) struct Reader {
    on: On,
    room: Arc<Semaphore>,
}

/// Whose threads.
pub(super) enum On {
    /// Its own, which may block.
    Own(Handle),
    /// Those that were given for all calls.
    Given(Handle),
}

/// What came of a reader.
pub(super) enum Came<T> {
    /// It came back with this.
    Back(T),
    /// It panicked.
    Panicked,
    /// It did not come back in its time.
    TooLate,
    /// It did not begin: readers of other bodies have not come back.
    Busy,
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

    /// Runs `read`, an adapter's own code, waiting for room to begin as long as it may take.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        clock: &dyn Clock,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Came<T> {
        let room = tokio::select! {
            biased;
            room = Arc::clone(&self.room).acquire_owned() => room.ok(),
            () = clock.sleep(LIMIT) => None,
        };
        let Some(room) = room else {
            return Came::Busy;
        };
        let mut reading = self.begin(read, room);
        tokio::select! {
            biased;
            done = &mut reading => done.ok().flatten().map_or(Came::Panicked, Came::Back),
            () = clock.sleep(LIMIT) => Came::TooLate,
        }
    }

    fn begin<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
        room: OwnedSemaphorePermit,
    ) -> JoinHandle<Option<T>> {
        let read = move || {
            let _room = room;
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
        let request = request.clone();
        let read = move || adapter.read_callback(&request);
        let what = match lines.reader.run(&*self.inner.clock, read).await {
            Came::Back(Ok(reading)) if reading.sightings.len() > SIGHTINGS_MAX => {
                return Read::Poison;
            }
            Came::Back(read) => return Read::Done(read),
            Came::Busy => {
                self.tell_of_reader(supplier, "an adapter's readers do not come back");
                return Read::Busy;
            }
            Came::Panicked => "an adapter panicked over a callback",
            Came::TooLate => "an adapter did not read a callback in its time",
        };
        self.tell_of_reader(supplier, what);
        Read::Poison
    }

    /// What the gateway's own code reads of what was sent to us in its name; `says` counts the statements in it. If nothing can be read, nothing was verified and
    /// nothing is kept: the next look brings what it said (E-23).
    pub(super) async fn read_sent<T: Send + 'static>(
        &self,
        gateway: &Gateway,
        read: impl FnOnce() -> Result<T, Unauthenticated> + Send + 'static,
        says: impl Fn(&T) -> usize,
    ) -> Result<T, CallbackError> {
        let what = match gateway.lines.reader.run(&*self.inner.clock, read).await {
            Came::Back(Ok(read)) if says(&read) <= SIGHTINGS_MAX => return Ok(read),
            Came::Back(Err(Unauthenticated)) => return Err(CallbackError::Unauthenticated),
            Came::Back(Ok(_)) => "an adapter found more in a notification than one can say",
            Came::Panicked => "an adapter panicked over a notification",
            Came::TooLate => "an adapter did not read a notification in its time",
            Came::Busy => "an adapter's readers do not come back",
        };
        let now = self.inner.clock.now();
        if self.inner.seldom.tell((what, None), &PACE, now).is_some() {
            let span = tracing::error_span!(parent: None, "notification", gateway = %gateway.name);
            let _read = span.entered();
            self.tell_of_adapter(what);
        }
        Err(CallbackError::Unavailable(Unavailable {
            may_have_committed: false,
            why: "the notification could not be read".to_owned(),
        }))
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
