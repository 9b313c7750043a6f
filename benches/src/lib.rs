//! Benchmarks: criterion, and the targets command.
