//! Webhooks to members, on the wire. What is due, when, and what follows an answer is the engine's business
//! ([`eraflazz_core::webhook`]); this module renders, signs, guards the address and sends.
//!
//! # For whoever writes a receiver
//!
//! An operator sets one address and one secret (`whsec_…`, shown once) per member. Then each change of an order is told:
//!
//! ```text
//! POST /hook HTTP/1.1
//! content-type: application/json
//! webhook-id: evt_019b76da4a5e7c3c9d1f0a2b3c4d5e6f_3
//! webhook-timestamp: 1767225600
//! webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
//!
//! {"type":"transaction.updated","timestamp":"2026-01-01T07:00:00.000+07:00","data":{"ref_id":"A-0001","status":"SUCCESS","revision":3,…}}
//! ```
//!
//! - `data` is the object of `GET /api/v1/transactions/{ref_id}`. `type` is `transaction.updated`, or `transaction.refunded` once a delivered order was reversed
//!   and the money went back.
//! - **Verify** before you believe anything, with a library of [Standard Webhooks](https://www.standardwebhooks.com) or by hand: take the raw body, refuse a
//!   `webhook-timestamp` more than 5 minutes off, compute base64(HMAC-SHA256(key, `<webhook-id>.<webhook-timestamp>.<body>`)) where the key is the *decoded* base64
//!   after `whsec_`, and compare it in constant time with what follows `v1,`. The header may hold several signatures separated by blanks: while a
//!   secret is changed there are two, the new one first; one that fits is enough.
//! - **Revisions.** Remember the highest `revision` of each `ref_id` and ignore a message with a smaller one: messages may overtake each other. Numbers may
//!   be skipped: only the newest state is sent. `SUCCESS` may become `REFUND`, and `FAILED` may become `SUCCESS`: both come with a higher revision.
//! - **Repetitions.** Every message comes at least once, so it may come twice, under the same `webhook-id`.
//! - **Answer** 2xx within 15 seconds, then work. Anything else, redirects included, is tried again after 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h and 24 h, each
//!   give or take a fifth; a `Retry-After` of up to an hour is honoured. 410 stops everything until an operator sets the address again, and so do five days
//!   without a single 2xx. What was missed is sent again on request.
//! - A webhook is news, not a record: `GET /api/v1/transactions/{ref_id}` always answers.
//!
//! For panels that cannot verify there is the *legacy report*: a GET with `refid`, `statuscode` (1 delivered, 2 not), `sn` and `msg` in the query, for final states only.
//! It carries no signature: whoever receives it must ask back before believing it. Servers of the `OtomaX` family get the same in their own words: `refid`, `t`,
//! `status` (20 delivered, 40 and others not), `price`, `sn` and `message`, or those of IRS. An address with places in its query (`[refid]`, `[trxid]`, `[status]`,
//! `[sn]`, `[price]`, `[product]`, `[dest]`, `[message]`) gets those filled in and nothing added.

mod address;
mod guard;
mod message;
mod names;
mod notifier;

pub use address::{Blocked, check_public};
pub use guard::Guard;
pub use message::{Event, Spoken, check_places, report_url, sign};
pub use names::{Names, SystemNames};
pub use notifier::{HttpNotifier, Voice};
