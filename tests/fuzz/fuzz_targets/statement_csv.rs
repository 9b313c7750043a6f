//! A statement of a bank account as a file.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;
#[path = "../../../examples/h2h-server/tests/it/hostile/statement.rs"]
mod statement;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = statement::file(&String::from_utf8_lossy(data));
});
