//! The server as its callers meet it: started whole in this process, asked over real HTTP, buying from the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod admin_access;
mod admin_catalog;
mod admin_money;
mod admin_orders;
mod admin_people;
mod admin_webhooks;
mod agents_page;
mod at_the_desk;
mod bad_input;
mod callbacks;
mod commands;
mod connections;
mod durable;
mod house;
mod leaks;
mod load;
mod orders;
mod products;
mod receiver;
mod samples;
mod starting;
mod strangers;
mod webhooks;
