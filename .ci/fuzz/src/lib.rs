//! What the targets share: seeds, and conversations with devices whose answers are the fuzzer's bytes.
//!
//! A target is a program of one parser; `.ci/fuzz/run` builds and runs them.

mod browser;
mod device;
mod modbus;

use std::path::Path;

pub use browser::{answer, other_half, other_half_says, request};
pub use device::{Device, heard, play};
pub use modbus::{modbus_rtu, modbus_seeds, modbus_tcp};

/// Writes what a target begins with, if the variable `ILANGA_FUZZ_SEEDS` names a folder for it.
pub fn seeds<S: AsRef<[u8]>>(all: impl IntoIterator<Item = S>) {
    let Some(folder) = std::env::var_os("ILANGA_FUZZ_SEEDS") else { return };
    for (number, seed) in all.into_iter().enumerate() {
        let path = Path::new(&folder).join(format!("seed-{number:03}"));
        if let Err(error) = std::fs::write(&path, seed) {
            eprintln!("writing {}: {error}", path.display());
            std::process::exit(2);
        }
    }
}

/// A recording of a real device, from the folder that `ILANGA_FUZZ_RECORDINGS` names; says so where it is not there.
pub fn recording(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("ILANGA_FUZZ_RECORDINGS")?;
    let bytes = std::fs::read(Path::new(&folder).join(name)).ok();
    if bytes.is_none() {
        eprintln!("{name} is not there: skipped");
    }
    bytes
}

/// Takes a byte off; 0 at the end.
pub fn byte(data: &mut &[u8]) -> u8 {
    let Some((first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    *first
}

/// Takes a number of two bytes off, the low one first.
pub fn word(data: &mut &[u8]) -> u16 {
    u16::from_le_bytes([byte(data), byte(data)])
}

/// Takes a number of eight bytes off, the low one first.
pub fn long(data: &mut &[u8]) -> u64 {
    u64::from_le_bytes([(); 8].map(|()| byte(data)))
}

/// Takes so many bytes off, or what there is.
pub fn some<'d>(data: &mut &'d [u8], length: usize) -> &'d [u8] {
    let (now, later) = data.split_at(length.min(data.len()));
    *data = later;
    now
}

/// Takes a part off that has its length before it, in two bytes.
pub fn part<'d>(data: &mut &'d [u8]) -> &'d [u8] {
    let length = usize::from(word(data));
    some(data, length)
}

/// A part with its length before it.
pub fn parted(parts: &[&[u8]]) -> Vec<u8> {
    let with_length = |part: &&[u8]| [&(part.len() as u16).to_le_bytes(), *part].concat();
    parts.iter().flat_map(with_length).collect()
}

/// Bytes from hexadecimal digits; all else between them is passed over.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}
