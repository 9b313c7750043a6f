//! Everything that a peer of the Tripay adapter may write after it has read a create.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/tripay/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::wire(data);
});
