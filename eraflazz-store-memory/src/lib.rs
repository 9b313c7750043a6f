//! The reference store, in memory, and the in-process queue.
