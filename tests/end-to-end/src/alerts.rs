//! What the engine tells the people who watch it: its process log, of one test.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::util::SubscriberInitExt;

/// The log of this thread from [`Alerts::listen`] on. A test on one thread has all its engine's tasks there.
#[derive(Clone, Default)]
pub struct Alerts(Arc<Mutex<Vec<u8>>>);

impl Alerts {
    /// Listens until the guard is dropped.
    pub fn listen() -> (Self, impl Drop) {
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

impl io::Write for Alerts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
