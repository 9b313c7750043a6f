//! Supplier adapters, one Cargo feature each.
