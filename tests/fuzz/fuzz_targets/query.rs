//! The query of a request.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = entry::query(&String::from_utf8_lossy(data));
});
