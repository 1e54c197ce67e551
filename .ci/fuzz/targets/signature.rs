//! A bundle's signature: what it is over stands in it; and the bundle's end.
#![no_main]

use formats::bundle::{LONGEST_SIGNATURE, Parts, signed_content};
use formats::size::Bytes;
use ilanga_fuzz::seeds;

const SIGNATURE: &[u8] = include_bytes!("../../../formats/fixtures/bundle.cms");

libfuzzer_sys::fuzz_target!(init: seeds([SIGNATURE]), |data: &[u8]| {
    if let Ok(content) = signed_content(data) {
        assert!(content.is_empty() || data.windows(content.len()).any(|window| window == content));
    }
    if let Some(trailer) = data.last_chunk() {
        let length = Bytes(data.len() as u64 + 4096);
        if let Ok(parts) = Parts::parse(length, *trailer) {
            assert_eq!(parts.payload.0 + parts.signature.0 + 8, length.0);
            assert!(parts.signature.0 <= LONGEST_SIGNATURE && parts.payload.0 % 4096 == 0);
        }
    }
});
