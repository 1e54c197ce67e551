//! Patches and packed pieces: exactly as long as was said, and what is packed is unpacked again.
#![no_main]

use formats::stream::{frame_content, patch, patched};
use ilanga_fuzz::{part, parted, seeds, word};

fn start() {
    let old: Vec<u8> = (0..2000_u32).map(|i| (i * 7 + i / 100) as u8).collect();
    let mut new = old.clone();
    new[500] = 0;
    new.drain(900..950);
    let made = [patch(&old, &new, 3), patch(&[], &new, 19), patch(&old[..100], &old, 1)];
    let lengths = [new.len(), new.len(), old.len()];
    let seeds_of =
        |(made, length): (Vec<u8>, usize)| [&(length as u16).to_le_bytes(), &*parted(&[&old, &made])].concat();
    seeds(made.into_iter().flatten().zip(lengths).map(seeds_of));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let length = usize::from(word(&mut rest));
    let (old, diff) = (part(&mut rest), rest);
    for made in [patched(old, diff, length), frame_content(diff, length)].into_iter().flatten() {
        assert_eq!(made.len(), length);
    }
    let made = patch(old, diff, 1).expect("a patch can be made of anything");
    assert_eq!(patched(old, &made, diff.len()).as_deref(), Ok(diff));
});
