//! The writer on a thread of its own, and the archive on another: the only threads of this crate. The one does nothing but wait, and call
//! [`Writer::flush`] with all that waits; the other writes checkpoints.
//!
//! The disk blocks for milliseconds, which the runtime's threads must not, and a checkpoint takes longer than anybody's order should wait.
//! Simulations leave this file out (D1).

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use super::{Ask, Meter, Writer};
use crate::archive::ArchiveError;
use crate::checkpoint::Job;
use crate::state::Sealed;

/// A writer at work. Dropping it writes what still waits, ends a checkpoint that is being written, and lets go of the files.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Not bounded here: every ask has a caller that waits for it, and those are bounded where they come from (D12, D18).
    mail: Sender<Mail>,
    threads: Vec<JoinHandle<()>>,
}

/// What the writer hears.
#[derive(Debug)]
enum Mail {
    Ask(Ask),
    /// What came of the checkpoint.
    Written(Result<(), ArchiveError>),
    /// Nobody can ask any more.
    End,
}

/// What the archive's thread does.
enum Chore {
    Write(Job),
    /// Giving back what a checkpoint held takes long enough to be in somebody's way.
    Drop(Arc<Sealed>),
}

impl Thread {
    pub(crate) fn start(writer: Writer, meter: Meter) -> io::Result<Self> {
        let meter = Arc::new(meter);
        let writer = writer.watched(Arc::clone(&meter));
        let (mail, heard) = mpsc::channel();
        let (chores, done) = mpsc::channel();
        let answers = mail.clone();
        let mut started = Self {
            mail,
            threads: Vec::new(),
        };
        started.spawn("journal", move || work(writer, &heard, &chores))?;
        started.spawn("archive", move || keep(&done, &answers, &meter))?;
        Ok(started)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the two threads that may wait for the disk; what they call are plain functions"
    )]
    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned());
        self.threads.push(thread.spawn(work)?);
        Ok(())
    }

    /// Whether the writer is there; it is gone only if it panicked.
    pub(crate) fn is_at_work(&self) -> bool {
        self.threads
            .first()
            .is_some_and(|writer| !writer.is_finished())
    }

    /// Hands over what is asked. False if the writer is gone, because it panicked.
    pub(crate) fn ask(&self, ask: Ask) -> bool {
        self.mail.send(Mail::Ask(ask)).is_ok()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // A writer that is gone needs not be told.
        let _gone = self.mail.send(Mail::End);
        for thread in self.threads.drain(..) {
            // A panic was answered already: whoever asked heard that nobody answers.
            let _panicked = thread.join();
        }
    }
}

/// Writes until there is an end, and everything asked before it is answered.
fn work(mut writer: Writer, mail: &Receiver<Mail>, chores: &Sender<Chore>) {
    let mut asks = VecDeque::new();
    let mut has_ended = false;
    while !has_ended || !asks.is_empty() {
        // Nothing to answer: a moment to wait, or to let orders go.
        if asks.is_empty() && !writer.is_leaving() {
            match mail.recv() {
                Ok(heard) => has_ended |= hear(heard, &mut writer, &mut asks),
                Err(_) => return,
            }
        }
        for heard in mail.try_iter() {
            has_ended |= hear(heard, &mut writer, &mut asks);
        }
        if asks.is_empty() {
            writer.tidy(0);
        } else {
            writer.flush(&mut asks);
        }
        let job = writer.take_job().map(Chore::Write);
        let gone = writer.take_gone().map(Chore::Drop);
        for chore in job.into_iter().chain(gone) {
            // The archive's thread is gone only if it panicked where no checkpoint is written.
            let _gone = chores.send(chore);
        }
    }
}

/// Whether that was the end.
fn hear(heard: Mail, writer: &mut Writer, asks: &mut VecDeque<Ask>) -> bool {
    match heard {
        Mail::Ask(ask) => asks.push_back(ask),
        Mail::Written(outcome) => writer.written(outcome),
        Mail::End => return true,
    }
    false
}

/// Does what there is to do, until the writer is gone.
fn keep(chores: &Receiver<Chore>, answers: &Sender<Mail>, meter: &Meter) {
    for chore in chores {
        match chore {
            Chore::Write(job) => {
                let run = || catch_unwind(AssertUnwindSafe(|| job.run()));
                let outcome = meter.checkpoint(run);
                let outcome = outcome.unwrap_or(Err(ArchiveError::Closed));
                if let Ok(orders) = job.archive.orders_len() {
                    meter.archived(orders);
                }
                // Nobody listens once the store is closed; the archive has the checkpoint all the same.
                let _closed = answers.send(Mail::Written(outcome));
            }
            Chore::Drop(sealed) => drop(sealed),
        }
    }
}
