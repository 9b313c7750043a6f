//! The reference H2H server: settings, HTTP, and the demo.

pub mod auth;
pub mod strict;
