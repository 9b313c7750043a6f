//! The body of an operator's request, taken for each of them.
#![no_main]

#[expect(dead_code, reason = "the properties ask more of it")]
#[path = "../../../examples/h2h-server/tests/it/hostile/admin.rs"]
mod admin;
#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = admin::any(data);
});
