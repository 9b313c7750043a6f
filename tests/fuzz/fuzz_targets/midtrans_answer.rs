//! An answer of Midtrans: to a charge, a request for a page, a question, a cancel and a refund.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/midtrans/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::charged(data);
    entry::page(data);
    entry::asked(data);
    entry::cancelled(data);
    entry::refunded(data);
});
