//! The reference H2H server: settings, HTTP, and the demo.

pub mod auth;
pub mod body;
pub mod envelope;
pub mod error;
pub mod limits;
pub mod requests;
pub mod seed;
pub mod settings;
pub mod strict;
pub mod wording;
