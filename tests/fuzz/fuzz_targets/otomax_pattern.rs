//! A pattern that an operator wrote for a server of the `OtomaX` family, and a reply that it reads.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/otomax/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::pattern_and_reply(data);
});
