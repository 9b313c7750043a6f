//! What a panic says: where, and no more than the program's own words.
//!
//! The message of a panic may be made of anything, and goes to standard error before any layer sees it. So only a message that is written down in the
//! source is repeated; one that was put together at run time may hold a secret or a destination and is left out (T-20, INV-37).

use std::panic::{PanicHookInfo, set_hook};

/// From now on, in this process.
pub fn keep_quiet() {
    set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic.location().map(ToString::to_string);
        let written = panic.payload().downcast_ref::<&'static str>();
        tracing::error!(
            alert = "a task panicked",
            place = place.as_deref().unwrap_or("unknown"),
            message = written
                .copied()
                .unwrap_or("not repeated: it was made at run time"),
        );
    }));
}
