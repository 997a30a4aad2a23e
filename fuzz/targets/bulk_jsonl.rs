#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portal_fuzz::bulk_jsonl::check(data));
