//! The body of a request in XML, taken for each of those that there are.
#![no_main]

#[expect(dead_code, reason = "the properties ask more of it")]
#[path = "../../../examples/h2h-server/tests/it/hostile/admin.rs"]
mod admin;
#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;
#[expect(dead_code, reason = "the properties ask more of it")]
#[path = "../../../examples/h2h-server/tests/it/hostile/xml.rs"]
mod xml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = xml::any(data);
});
