//! Ports: what the engine needs from the outside, one trait a file.

mod supplier;

pub use supplier::Supplier;
