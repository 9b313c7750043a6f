//! The writer on a thread of its own: the only thread of this crate. It does nothing but wait, and call [`Writer::flush`] with all that waits.
//!
//! The disk blocks for milliseconds, which the runtime's threads must not. Simulations leave this file out (D1).

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use super::{Ask, Writer};

/// A writer at work. Dropping it writes what still waits and lets go of the files.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Not bounded here: every ask has a caller that waits for it, and those are bounded where they come from (D12, D18).
    asks: Option<Sender<Ask>>,
    writer: Option<JoinHandle<()>>,
}

impl Thread {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one thread that may wait for the disk; what it calls is a plain function"
    )]
    pub(crate) fn start(writer: Writer) -> io::Result<Self> {
        let (asks, waiting) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work(writer, &waiting))?;
        Ok(Self {
            asks: Some(asks),
            writer: Some(writer),
        })
    }

    /// Hands over what is asked. False if the writer is gone, because it panicked.
    pub(crate) fn ask(&self, ask: Ask) -> bool {
        self.asks
            .as_ref()
            .is_some_and(|asks| asks.send(ask).is_ok())
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(writer) = self.writer.take() {
            // A panic was answered already: whoever asked heard that nobody answers.
            let _panicked = writer.join();
        }
    }
}

/// Ends when nobody can ask any more.
fn work(mut writer: Writer, waiting: &Receiver<Ask>) {
    let mut asks = VecDeque::new();
    while let Ok(first) = waiting.recv() {
        asks.push_back(first);
        while !asks.is_empty() {
            asks.extend(waiting.try_iter());
            writer.flush(&mut asks);
        }
    }
}
