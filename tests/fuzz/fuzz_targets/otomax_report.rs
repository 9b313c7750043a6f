//! A report (callback) of the `OtomaX` family: as a query, and posted.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-suppliers/tests/otomax/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(query) = std::str::from_utf8(data) {
        entry::report(query, None);
    }
    entry::report("", Some(data));
});
