//! The files of a network of Nebula's: what is read and written again is the same.
#![no_main]

use formats::answers::Nebula;
use ilanga_fuzz::seeds;

/// A network that is nowhere, with a key of thirty-two sevens: the fuzzer does not make signatures.
const SEED: &str = include_str!("nebula.txt");

libfuzzer_sys::fuzz_target!(init: seeds([SEED]), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(network) = text.parse::<Nebula>() else { return };
    assert!(network.is_lighthouse || !network.lighthouses.is_empty());
    assert_eq!(network.to_string().parse(), Ok(network));
});
