//! Everything that a peer of the `OtomaX` adapter may write after it has read a purchase or a question about our deposit.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/otomax/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::wire(data);
    let _ = entry::balance(data);
});
