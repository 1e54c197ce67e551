//! What a neighbour that helps to open disks says of its keys: what is read and written again is the same.
#![no_main]

use firstboot::neighbours::Advertisement;
use firstboot::neighbours::advertisement::LONGEST;
use ilanga_fuzz::seeds;

const SEED: &[u8] = include_bytes!("../../../firstboot/src/neighbours/advertisement.json");

libfuzzer_sys::fuzz_target!(init: seeds([SEED]), |data: &[u8]| {
    let Ok(advertisement) = Advertisement::parse(data) else { return };
    assert!(data.len() <= LONGEST);
    // 32 bytes as base64.
    assert_eq!(advertisement.thumbprint().len(), 43);
    let again = serde_json::to_vec(&advertisement).expect("every advertisement has its place in JSON");
    assert_eq!(Advertisement::parse(&again), Ok(advertisement));
});
