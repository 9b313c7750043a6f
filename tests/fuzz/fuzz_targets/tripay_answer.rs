//! An answer of Tripay: to a create, to a question about one payment and to one for those under our reference.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/tripay/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::created(data);
    entry::detail(data);
    entry::listed(data);
});
