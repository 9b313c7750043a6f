//! Where the record is: in the test's own process, or on a server, whose time is not the world's.

use std::fmt;
use std::sync::Arc;

use conformance::Books;
use conformance::servers::Line;
use tokio::runtime::Handle;

/// The record as one process has it open.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) books: Arc<dyn Books>,
    /// Whose threads it works on, if it is not in this process.
    elsewhere: Option<Handle>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Record");
        shown.field("is_elsewhere", &self.elsewhere.is_some());
        shown.finish_non_exhaustive()
    }
}

/// A database that a world is in.
pub trait Elsewhere: fmt::Debug + Send + Sync {
    /// The threads that stores in it work on. They keep the host's time.
    fn runtime(&self) -> Handle;

    /// Its address.
    fn url(&self) -> &str;

    /// As it was when it was new.
    fn is_emptied(&self);

    /// The store in it as those see it who never die.
    fn books(&self) -> Arc<dyn Books>;

    /// A store in it that a process opens by this address, that of a line to it.
    fn open(&self, url: &str) -> Arc<dyn Books>;
}

impl Record {
    /// In this process.
    pub(crate) fn here(books: Arc<dyn Books>) -> Self {
        Self {
            books,
            elsewhere: None,
        }
    }

    /// In this database, as somebody sees it who never dies.
    pub(crate) fn of(database: &dyn Elsewhere) -> Self {
        Self {
            books: database.books(),
            elsewhere: Some(database.runtime()),
        }
    }

    /// In this database, by a line of its own.
    pub(crate) fn by_line(database: &dyn Elsewhere) -> (Self, Line) {
        let runtime = database.runtime();
        let line = wait(&runtime, Line::to(database.url()));
        let record = Self {
            books: database.open(line.url()),
            elsewhere: Some(runtime),
        };
        (record, line)
    }

    /// What the record answers. One that is elsewhere takes none of the world's time: its clock, which moves on whenever everybody waits, stands until then.
    pub(crate) async fn ask<T: Send>(&self, answer: impl Future<Output = T> + Send) -> T {
        match &self.elsewhere {
            None => answer.await,
            Some(runtime) => wait(runtime, answer),
        }
    }

    /// Begins to write over the line, which is about to be cut, and waits for that.
    pub(crate) fn write_until_cut(
        &self,
        line: &Line,
        write: impl Future<Output = ()> + Send + 'static,
    ) {
        if let Some(runtime) = &self.elsewhere {
            let writes = runtime.spawn(write);
            wait(runtime, async {
                tokio::select! {
                    biased;
                    () = line.cut(1) => {}
                    // Nothing was left to write.
                    _ = writes => {}
                }
            });
        }
    }
}

/// What comes of `work` on the threads of `runtime`; meanwhile this thread does nothing else.
pub(crate) fn wait<T: Send>(runtime: &Handle, work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join()).unwrap()
}
