//! The query of a buyer, as each dialect and at each address, and under a signature of another query.
#![no_main]

#[expect(dead_code, reason = "each target is one of its functions")]
#[path = "../../../examples/h2h-server/tests/it/hostile/entry.rs"]
mod entry;
#[expect(dead_code, reason = "the properties ask more of it")]
#[path = "../../../examples/h2h-server/tests/it/hostile/seller.rs"]
mod seller;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    seller::query(&String::from_utf8_lossy(data));
});
