#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| downhill_fuzz::calls(data));
