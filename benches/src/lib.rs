//! What the benchmarks share: an engine that sells to nobody in particular, an instant supplier, the naive peer, the load tool, and an audit.

pub mod audit;
pub mod instant;
pub mod load;
pub mod naive;
pub mod postgres;
pub mod ranking;
pub mod report;
pub mod shop;
