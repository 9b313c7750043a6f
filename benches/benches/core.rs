//! The pure core: one acceptance applied to a store, and one ranking.
#![expect(missing_docs, reason = "criterion's macros write undocumented functions")]

use benches::instant::Instant;
use benches::shop::Shop;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Bench, Channel, judge};
use eraflazz_core::ports::{Ledger, Supplier};
use eraflazz_core::supplier::{Claim, Reason, Sighting};
