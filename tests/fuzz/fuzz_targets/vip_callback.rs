//! A callback of VIP Reseller, under each content type that decides how it is read.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/vip/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for kind in ["", "application/json"] {
        entry::callback(kind, data);
    }
});
