//! An image that is unpacked: packed again it is the same, bit for bit.
#![no_main]

use formats::frames::{Layout, Recipe};
use formats::stream::{Checks, Repacker, StreamError, Unpacker};
use ilanga_fuzz::{byte, part, parted, seeds};

const RECIPES: [Recipe; 2] = [Recipe { level: 3, window: 0 }, Recipe { level: 9, window: 12 }];

fn start() {
    let text = b"a file that is compressed, and compressed, and compressed ".repeat(9);
    seeds([
        [&[0][..], &parted(&[b"lead", &text, b"plain", &text])].concat(),
        [&[5][..], &parted(&[b"x", &text])].concat(),
    ]);
}

/// Plain parts and packed ones in turn, as mkfs.erofs places them: frames end where blocks do.
fn image(mut parts: &[u8], packed_first: bool) -> Vec<u8> {
    let (mut image, mut packed) = (Vec::new(), packed_first);
    while !parts.is_empty() && image.len() < 1 << 18 {
        let part = part(&mut parts);
        if packed {
            let frame = zstd::bulk::compress(part, 3).unwrap_or_default();
            let end = (image.len() + frame.len()).next_multiple_of(4096);
            image.resize(end - frame.len(), 0);
            image.extend(frame);
        } else {
            image.extend(part);
        }
        packed = !packed;
    }
    image
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let how = byte(&mut rest);
    let image = if how & 1 == 0 { image(rest, how & 2 != 0) } else { rest.to_vec() };
    let checks = if how & 4 == 0 { Checks::Recipes(RECIPES.to_vec()) } else { Checks::None };
    let mut unpacker = Unpacker::new(usize::from(how >> 3) * 16, checks.clone());
    let mut stream = Vec::new();
    let mut take = |bytes: &[u8]| -> Result<(), StreamError> {
        stream.extend_from_slice(bytes);
        Ok(())
    };
    image.chunks(1500).try_for_each(|part| unpacker.push(part, &mut take)).expect("any image is unpacked");
    let layout = unpacker.finish(&mut take).expect("any image has a layout");
    assert_eq!((layout.image(), layout.stream()), (image.len() as u64, stream.len() as u64));
    assert_eq!(Layout::parse(&layout.encode()), Ok(layout.clone()));
    if checks == Checks::None {
        return;
    }
    let (mut repacker, mut made) = (Repacker::new(layout), Vec::new());
    let mut take = |bytes: &[u8]| -> Result<(), StreamError> {
        made.extend_from_slice(bytes);
        Ok(())
    };
    stream.chunks(777).try_for_each(|part| repacker.push(part, &mut take)).expect("it is packed again");
    repacker.finish().expect("it ends where its layout does");
    assert_eq!(made, image);
});
