//! What the benchmarks share: an engine that sells to nobody in particular, an instant supplier, the naive peer, and an audit.

pub mod audit;
pub mod instant;
pub mod naive;
pub mod report;
pub mod shop;
