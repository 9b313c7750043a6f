//! An answer of VIP Reseller to the questions of a price list, and to the one about our deposit.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/vip/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = entry::price_list(data);
    let _ = entry::balance(data);
});
