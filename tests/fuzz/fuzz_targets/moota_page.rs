//! A page of a list of Moota.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/moota/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = entry::page(data);
});
