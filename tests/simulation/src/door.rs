//! The door of the house: how members and suppliers reach whichever process runs now.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eraflazz_core::engine::Engine;

use crate::process::Life;

/// The door. Closed while no process runs.
#[derive(Debug, Default)]
pub struct Door(Mutex<Option<(Engine, Arc<Life>)>>);

/// How long a stranger waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(30);

impl Door {
    /// The engine behind it.
    pub fn engine(&self) -> Option<Engine> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().map(|(engine, _)| engine.clone())
    }

    /// From now on it leads to this one.
    pub fn open(&self, engine: Engine, life: Arc<Life>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((engine, life));
    }

    /// It closes for good. The engine behind it knows the suppliers, and they know the door: whoever forgot this would keep every world in memory.
    pub fn shut(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// It closes, if it led to process `number`; says whether it did.
    pub fn close(&self, number: u32) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let led_here = open
            .as_ref()
            .is_some_and(|(_, life)| life.number() == number);
        if led_here {
            *open = None;
        }
        led_here
    }
}
