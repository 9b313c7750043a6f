//! The server as its callers meet it: started whole in this process, asked over real HTTP, buying from the sandbox.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod admin_access;
mod admin_audit;
mod admin_catalog;
mod admin_money;
mod admin_orders;
mod admin_people;
mod admin_webhooks;
mod agents_page;
mod at_the_desk;
mod backups;
mod bad_input;
mod callbacks;
mod commands;
mod connections;
mod cors;
mod document;
mod durable;
mod first_words;
mod full_disk;
mod hostile;
mod house;
mod leaks;
mod load;
mod metrics;
mod openapi;
mod orders;
mod products;
mod receiver;
mod rot;
mod samples;
mod starting;
mod strangers;
mod traces;
mod webhooks;
