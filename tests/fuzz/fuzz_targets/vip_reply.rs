//! A reply of VIP Reseller, to an order, to a question by its id and to one for the newest.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/vip/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::ordered(data);
    entry::asked(data, true);
    entry::asked(data, false);
});
