//! Everything that a peer of the VIP Reseller adapter may write after it has read an order.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/vip/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::wire(data);
});
