//! An answer of Tripay to the questions for channels, fees and steps.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/tripay/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = entry::lists(data);
});
