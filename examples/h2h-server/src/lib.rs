//! The reference H2H server: settings, HTTP, and the demo.

pub mod admin;
pub mod answers;
pub mod app;
pub mod auth;
pub mod body;
pub mod cli;
pub mod demo;
pub mod door;
pub mod envelope;
pub mod error;
pub mod fill;
pub mod limits;
pub mod listen;
pub mod openapi;
pub mod rates;
pub mod requests;
pub mod routes;
pub mod seed;
pub mod serve;
pub mod settings;
pub mod store;
pub mod strict;
pub mod vault;
pub mod webhooks;
pub mod wording;
