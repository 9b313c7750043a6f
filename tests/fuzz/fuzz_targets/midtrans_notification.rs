//! A notification of Midtrans, as it is and rightly signed.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-payments/tests/midtrans/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::notification(data);
    entry::notification(&entry::rightly_signed(data));
});
