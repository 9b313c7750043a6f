//! Rows of the archive beside a journal, under checksums that fit.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../eraflazz-store-memory/tests/rules/hostile/entry.rs"]
mod entry;
#[path = "../../../eraflazz-store-memory/tests/rules/hostile/history.rs"]
mod history;
#[expect(dead_code, reason = "a history needs some of it")]
#[path = "../../../eraflazz-store-memory/tests/rules/world.rs"]
mod world;

thread_local!(static FILES: (entry::Ram, entry::Ram) = history::history(1));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    FILES.with(|(journal, archive)| {
        let _ = entry::archived_of(journal, archive, data);
    });
});
