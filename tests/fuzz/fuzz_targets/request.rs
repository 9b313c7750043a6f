//! A signed request with the signature of another one: headers and body from a stranger.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    entry::stranger(data);
});
