//! Unpacking and packing again give the same bits, and so does cutting.

use super::*;
use crate::digest::Digest;
use crate::frames::{Layout, Tree};
use crate::pieces::Cutting;

const CUTTING: Cutting = Cutting { shortest: 1024, average: 4096, longest: 16384 };
const RECIPES: [Recipe; 2] = [Recipe { level: 3, window: 0 }, Recipe { level: 9, window: 19 }];

/// A little randomness that is the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    /// Bytes that can be compressed.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let word = self.next() as u8;
        (0..length)
            .map(|i| if self.next().is_multiple_of(5) { self.next() as u8 } else { (i % 31) as u8 ^ word })
            .collect()
    }
}

/// Something like an EROFS: blocks as they are, and frames at the ends of blocks.
fn image(random: &mut Random, lead: usize) -> Vec<u8> {
    let mut image = random.text(lead);
    let mut packer = Packer::new();
    for _ in 0..random.next() % 20 {
        let length = 1 + random.next() % 200_000;
        let content = random.text(length);
        if random.next().is_multiple_of(3) {
            image.extend(&content[..content.len() / 4096 * 4096]);
            continue;
        }
        // The third is made as nobody would guess.
        let recipe = [RECIPES[0], RECIPES[1], Recipe { level: 1, window: 12 }][random.next() % 3];
        let frame = packer.pack(&content, recipe).unwrap();
        image.resize(image.len() + (4096 - frame.len() % 4096) % 4096, 0);
        image.extend(frame);
    }
    let length = random.next() % 5000;
    image.extend(random.text(length));
    image
}

fn unpack(random: &mut Random, image: &[u8], lead: usize, checks: Checks) -> (Vec<u8>, Layout) {
    let mut stream = Vec::new();
    let mut unpacker = Unpacker::new(lead, checks);
    let mut take = |bytes: &[u8]| -> Result<(), StreamError> {
        stream.extend(bytes);
        Ok(())
    };
    let mut rest = image;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(1 + random.next() % 3_000_000));
        unpacker.push(part, &mut take).unwrap();
        rest = after;
    }
    let layout = unpacker.finish(&mut take).unwrap();
    (stream, layout)
}

fn repack(random: &mut Random, stream: &[u8], layout: Layout) -> Result<Vec<u8>, StreamError> {
    let mut image = Vec::new();
    let mut repacker = Repacker::new(layout);
    let mut rest = stream;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(1 + random.next() % 300_000));
        repacker.push::<StreamError>(part, &mut |bytes| {
            image.extend(bytes);
            Ok(())
        })?;
        rest = after;
    }
    repacker.finish().map(|()| image)
}

#[test]
fn there_and_back() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let mut frames = 0;
    for round in 0..24 {
        let lead = if round % 2 == 0 { 96 } else { 0 };
        let image = image(&mut random, lead);
        let (stream, layout) = unpack(&mut random, &image, lead, Checks::Recipes(RECIPES.into()));
        assert_eq!((layout.image(), layout.stream()), (image.len() as u64, stream.len() as u64));
        assert_eq!(Layout::parse(&layout.encode()), Ok(layout.clone()));
        frames += layout.runs().len() - 1;
        assert!(repack(&mut random, &stream, layout.clone()) == Ok(image.clone()));
        if !stream.is_empty() {
            assert!(repack(&mut random, &stream[1..], layout.clone()).is_err());
            let longer = [&stream[..], b"x"].concat();
            assert_eq!(repack(&mut random, &longer, layout.clone()), Err(StreamError::End));
        }
        let (_, all) = unpack(&mut random, &image, lead, Checks::None);
        assert!(all.runs().len() >= layout.runs().len());
    }
    assert!(frames > 40, "{frames}");
}

#[test]
fn trees_are_made_again() {
    let mut random = Random(0xDEAD_BEEF);
    for _ in 0..8 {
        // A file system with its tree, and something around both with another tree behind it: as in a bundle.
        let lead = random.text(96);
        let mut inner = image(&mut random, 0);
        inner.resize(inner.len().next_multiple_of(4096).max(3 * 4096), 1);
        let made = |salt: &[u8], data: &[u8]| {
            let mut builder = crate::verity_tree::Builder::new(salt);
            builder.update(data);
            builder.finish().unwrap().bytes
        };
        let first = Tree {
            start: 96,
            blocks: inner.len() as u64 / 4096,
            at: 96 + inner.len() as u64 + 4096,
            salt: vec![1; 32],
        };
        let superblock = random.text(4096);
        let mut outer = [&lead[..], &inner, &superblock, &made(&first.salt, &inner)].concat();
        outer.resize(outer.len().next_multiple_of(4096), 2);
        let second = Tree { start: 0, blocks: outer.len() as u64 / 4096, at: outer.len() as u64, salt: vec![2; 32] };
        let end = random.text(700);
        let whole = [&outer[..], &made(&second.salt, &outer), &end].concat();

        let hole = first.at as usize..(first.at + first.length().unwrap()) as usize;
        let without = [&outer[..hole.start], &outer[hole.end..], &end].concat();
        let (stream, layout) = unpack(&mut random, &without, 96, Checks::Recipes(RECIPES.into()));
        let layout = layout.with_trees(vec![first, second]).unwrap();
        assert_eq!((layout.image(), Layout::parse(&layout.encode())), (whole.len() as u64, Ok(layout.clone())));
        assert!(repack(&mut random, &stream, layout.clone()) == Ok(whole));
        assert!(repack(&mut random, &stream[..stream.len() - 701], layout).is_err());
    }
}

#[test]
fn another_stream_is_found_out() {
    let mut random = Random(7);
    let content = random.text(100_000);
    let frame = Packer::new().pack(&content, RECIPES[0]).unwrap().to_vec();
    let image = [vec![0; (4096 - frame.len() % 4096) % 4096], frame].concat();
    let (mut stream, layout) = unpack(&mut random, &image, 0, Checks::Recipes(RECIPES.into()));
    assert_eq!(stream, content);
    stream.truncate(50_000);
    stream.resize(100_000, 0);
    assert!(matches!(repack(&mut random, &stream, layout), Err(StreamError::Frame { .. })));
}

fn cut(random: &mut Random, stream: &[u8]) -> Vec<Vec<u8>> {
    let (mut pieces, mut cutter, mut rest) = (Vec::new(), Cutter::new(CUTTING), stream);
    let mut take = |piece: &[u8]| -> Result<(), StreamError> {
        pieces.push(piece.to_vec());
        Ok(())
    };
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(1 + random.next() % 100_000));
        cutter.push(part, &mut take).unwrap();
        rest = after;
    }
    cutter.finish(&mut take).unwrap();
    pieces
}

#[test]
fn cuts_where_the_content_says() {
    let mut random = Random(99);
    let stream: Vec<u8> = (0..2_000_000).map(|_| random.next() as u8).collect();
    let pieces = cut(&mut random, &stream);
    assert!(pieces.concat() == stream);
    let lengths = || pieces.iter().map(Vec::len);
    assert!(lengths().max() <= Some(16384) && lengths().rev().skip(1).min() >= Some(1024));
    // However it comes, and whatever is before it.
    assert_eq!(cut(&mut random, &stream), pieces);
    let shifted = cut(&mut random, &[b"something else".as_slice(), &stream].concat());
    let same = shifted.iter().filter(|piece| pieces.contains(piece)).count();
    assert!(same + 5 > pieces.len(), "{same} of {}", pieces.len());
    // Nodes and makers of all versions must cut alike.
    let all: Vec<u8> = lengths().flat_map(|length| (length as u32).to_le_bytes()).collect();
    assert_eq!(Digest::of(&all).to_string(), "012cd36409c1cfc6240433cda497efc199d24bbfbb4a8d5cb2440c381a1e1fd6");
}

#[test]
fn patches() {
    let mut random = Random(5);
    let old = random.text(300_000);
    let mut new = old.clone();
    new.drain(1000..1100);
    new[200_000] ^= 1;
    let patch = patch(&old, &new, 3).unwrap();
    assert!(patch.len() < 1000, "{}", patch.len());
    assert!(patched(&old, &patch, new.len()) == Ok(new.clone()));
    assert!(patched(&old, &patch, new.len() - 1).is_err());
    assert!(patched(&old, &patch, new.len() + 1).is_err());
    assert!(patched(&old[..1000], &patch, new.len()) != Ok(new));
}

/// Whatever a stranger's image has, unpacking it does no harm.
#[test]
fn changed_images_do_no_harm() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..30 {
        let mut image = image(&mut random, 0);
        for _ in 0..random.next() % 50 {
            let at = random.next() % image.len().max(1);
            if let Some(byte) = image.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
        let (stream, layout) = unpack(&mut random, &image, 0, Checks::Recipes(RECIPES.into()));
        assert!(repack(&mut random, &stream, layout) == Ok(image));
    }
}
