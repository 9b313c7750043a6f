//! The published conformance kit: one suite per port.
