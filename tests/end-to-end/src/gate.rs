//! Something for an adapter to wait before, with its thread.

use std::sync::{Condvar, Mutex};

/// Opens when the test is over, so that no thread outlives it.
#[derive(Debug, Default)]
pub struct Gate {
    is_open: Mutex<bool>,
    bell: Condvar,
}

impl Gate {
    /// Lets everybody go on, now and from now on.
    pub fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.bell.notify_all();
    }

    /// Blocks its thread until somebody opens.
    pub fn wait(&self) {
        let open = self.is_open.lock().unwrap();
        drop(self.bell.wait_while(open, |open| !*open).unwrap());
    }
}
