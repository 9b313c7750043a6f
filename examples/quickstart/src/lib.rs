//! The smallest program that sells: one supplier, one member, one order.
