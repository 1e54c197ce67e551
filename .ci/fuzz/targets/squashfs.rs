//! Superblock and tables of a bundle's squashfs: no piece of a file lies outside of it.
#![no_main]

use formats::size::Bytes;
use formats::squashfs::{SUPERBLOCK, Superblock};
use ilanga_fuzz::seeds;

/// The data between superblock and tables are none of the parser's business.
fn start() {
    let fixtures: [&[u8]; 2] = [
        include_bytes!("../../../formats/fixtures/plain.squashfs"),
        include_bytes!("../../../formats/fixtures/tailends.squashfs"),
    ];
    seeds(fixtures.map(|bytes| {
        let tables = bytes.get(64..).and_then(|rest| rest.first_chunk()).map_or(0, |at| u64::from_le_bytes(*at));
        [bytes.get(..SUPERBLOCK), bytes.get(tables as usize..)].map(Option::unwrap_or_default).concat()
    }));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Some((head, tables)) = data.split_first_chunk::<SUPERBLOCK>() else { return };
    let Ok(superblock) = Superblock::parse(head, Bytes(1 << 40)) else { return };
    let Ok(files) = superblock.files(tables, &mut |bytes| Some(bytes.repeat(2))) else { return };
    for file in files {
        let mut length = 0;
        for piece in &file.pieces {
            assert!(piece.start + u64::from(piece.stored) <= superblock.tables.0 && piece.length <= 1 << 20);
            length += u64::from(piece.length);
        }
        assert_eq!(length, file.size, "its pieces are not the file");
        if let Some((start, size)) = file.contiguous() {
            assert!(start + size <= superblock.tables.0);
        }
    }
});
