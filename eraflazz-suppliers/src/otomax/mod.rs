//! Servers of the OtomaX family: text replies over HTTP, wholly by settings.

mod bank;
mod number;
mod sign;
mod template;
mod text;

pub use sign::{Digest, Encode, Form, SignForm};
