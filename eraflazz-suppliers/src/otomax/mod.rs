//! Servers of the OtomaX family: text replies over HTTP, wholly by settings.

mod bank;
mod number;
mod text;
