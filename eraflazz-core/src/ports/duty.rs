//! What one of many does for all.

use std::fmt;

/// Which of several processes over one store does what need not be done twice: telling members, letting orphans go. A hint: for a moment two may be on
/// duty, or none, and nothing is lost by either.
pub trait Duty: fmt::Debug + Send + Sync {
    /// Whether it is this process now. Quick: asked before each turn.
    fn is_ours(&self) -> bool;
}
