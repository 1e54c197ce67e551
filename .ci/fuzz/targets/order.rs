//! An order on a stick, before its signature is looked at: what is wrong with it is said without its password.
#![no_main]

use firstboot::order::{Order, Wish};
use ilanga_fuzz::seeds;

const SEEDS: [&str; 2] = [
    "node = \"clinic-1\"\ndo = \"password\"\npassword = \"elinye igama 12\"\nnote = \"2\"\n",
    "node = \"clinic-1\"\ndo = \"erase\"\n",
];

libfuzzer_sys::fuzz_target!(init: seeds(SEEDS), |data: &[u8]| {
    match Order::parse(data) {
        Ok(Order { wish: Wish::Password(new), .. }) => assert!(new.as_str().len() >= 8),
        Ok(Order { wish: Wish::Erase, .. }) => {}
        Err(wrong) => assert!(!wrong.to_string().contains("elinye igama 12")),
    }
});
