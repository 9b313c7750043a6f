//! What the engine tells the people who watch it: its process log, of one test.

use std::io;
use std::sync::{Arc, Mutex, Once};

use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The log of this thread from [`Alerts::listen`] on. A test on one thread has all its engine's tasks there.
#[derive(Clone, Default)]
pub struct Alerts(Arc<Mutex<Vec<u8>>>);

impl Alerts {
    /// Listens until the guard is dropped.
    pub fn listen() -> (Self, impl Drop) {
        ask_every_time();
        let alerts = Self::default();
        let writer = alerts.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone());
        (alerts, log.finish().set_default())
    }

    /// Everything that was written.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// How many lines hold this text.
    pub fn count(&self, what: &str) -> usize {
        let text = self.text();
        text.lines().filter(|line| line.contains(what)).count()
    }
}

/// Has every line asked about whenever it is told. Else a line that a thread without listeners tells first may be switched off for all, in the moment
/// in which another thread begins to listen.
fn ask_every_time() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::registry()
            .with(dynamic_filter_fn(|_, _| false))
            .init();
    });
}

impl io::Write for Alerts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
