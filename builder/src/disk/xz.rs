//! Writes [.xz](https://tukaani.org/xz/xz-file-format.txt) streams of many small blocks.
//!
//! ```text
//! stream header │ block │ block │ … │ index │ stream footer
//! block: header with both sizes │ LZMA2 data, padded to 4 │ CRC32 of the input
//! ```
//!
//! Most of an image is compressed already, and LZMA takes its time to find that out: 23 s on two cores for an image
//! with 200 MB of content (preset 1), for 2 % of its size. So a block that a fast compressor can't shrink is stored
//! (LZMA2's uncompressed chunks), and liblzma compresses the others: 2 s, and 0.3 % larger. Blocks are made one by one
//! from their bytes alone, so the bits do not depend on how many threads make them, and every reader of .xz reads them.

use std::sync::OnceLock;

use liblzma::stream::{Action, Error, Filters, LzmaOptions, Status, Stream};

use super::window;

/// Bytes of input in a block; also LZMA2's dictionary size, as no block looks behind its start.
pub(super) const BLOCK: usize = 1 << 20;

/// LZMA2's code for a dictionary of 1 MiB.
const DICTIONARY: u8 = 16;

/// The most that an LZMA2 chunk stores.
const CHUNK: usize = 1 << 16;

/// liblzma's preset for what is worth compressing.
const PRESET: u32 = 2;

/// The check of the blocks: CRC32, which every reader knows.
const STREAM_FLAGS: [u8; 2] = [0, 1];

/// An encoded block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Header, data, padding and check.
    pub(super) bytes: Vec<u8>,
    unpadded: u64,
    input: u64,
}

/// Encodes at most [`BLOCK`] bytes.
pub(super) fn block(input: &[u8]) -> Result<Block, Error> {
    // Most blocks of an image are zeros, and LZMA is slow there too.
    static ZEROS: OnceLock<Block> = OnceLock::new();
    if input.len() < BLOCK || !input.chunks(window::BLOCK).all(window::is_zero) {
        return encode(input);
    }
    match ZEROS.get() {
        Some(zeros) => Ok(zeros.clone()),
        None => encode(input).map(|zeros| ZEROS.get_or_init(|| zeros).clone()),
    }
}

fn encode(input: &[u8]) -> Result<Block, Error> {
    let mut data = if worth_compressing(input) { compress(input)? } else { Vec::new() };
    if data.is_empty() || data.len() >= input.len() {
        data = store(input);
    }
    let mut bytes = block_header(data.len() as u64, input.len() as u64);
    bytes.append(&mut data);
    let unpadded = bytes.len() as u64 + 4;
    pad(&mut bytes);
    bytes.extend(crc32fast::hash(input).to_le_bytes());
    Ok(Block { bytes, unpadded, input: input.len() as u64 })
}

/// What stands before the first block.
pub(super) fn stream_header() -> Vec<u8> {
    let mut bytes = b"\xFD7zXZ\0".to_vec();
    bytes.extend(STREAM_FLAGS);
    bytes.extend(crc32fast::hash(&STREAM_FLAGS).to_le_bytes());
    bytes
}

/// Collects what stands behind the last block.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<(u64, u64)>);

impl Index {
    /// Adds the next block.
    pub(super) fn add(&mut self, block: &Block) {
        self.0.push((block.unpadded, block.input));
    }

    /// The index and the stream footer.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = vec![0];
        put_integer(&mut bytes, self.0.len() as u64);
        for (unpadded, input) in self.0 {
            put_integer(&mut bytes, unpadded);
            put_integer(&mut bytes, input);
        }
        pad(&mut bytes);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        let mut footer = ((bytes.len() / 4 - 1) as u32).to_le_bytes().to_vec();
        footer.extend(STREAM_FLAGS);
        bytes.extend(crc32fast::hash(&footer).to_le_bytes());
        bytes.append(&mut footer);
        bytes.extend(b"YZ");
        bytes
    }
}

/// Whether zstd's fastest level takes off a fiftieth.
fn worth_compressing(input: &[u8]) -> bool {
    zstd::bulk::compress(input, 1).is_ok_and(|compressed| compressed.len() < input.len() / 50 * 49)
}

fn compress(input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut options = LzmaOptions::new_preset(PRESET)?;
    options.dict_size(BLOCK as u32);
    let mut filters = Filters::new();
    filters.lzma2(&options);
    let mut encoder = Stream::new_raw_encoder(&filters)?;
    let mut data = Vec::with_capacity(input.len() + 1024);
    loop {
        let done = usize::try_from(encoder.total_in()).unwrap_or(input.len());
        if encoder.process_vec(&input[done..], &mut data, Action::Finish)? == Status::StreamEnd {
            return Ok(data);
        }
        if data.len() == data.capacity() {
            // Longer than the input: it will be stored.
            return Ok(Vec::new());
        }
    }
}

fn store(input: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(input.len() + input.len() / CHUNK * 3 + 4);
    for (at, chunk) in input.chunks(CHUNK).enumerate() {
        // 1 resets the dictionary, which the first chunk has to.
        data.push(if at == 0 { 1 } else { 2 });
        data.extend(((chunk.len() - 1) as u16).to_be_bytes());
        data.extend(chunk);
    }
    data.push(0);
    data
}

fn block_header(compressed: u64, input: u64) -> Vec<u8> {
    const LZMA2: u8 = 0x21;
    // One filter; both sizes are there, so that readers can use threads.
    let mut bytes = vec![0, 0xC0];
    put_integer(&mut bytes, compressed);
    put_integer(&mut bytes, input);
    bytes.extend([LZMA2, 1, DICTIONARY]);
    pad(&mut bytes);
    bytes[0] = (bytes.len() / 4) as u8;
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// Seven bits a byte, the lowest first.
fn put_integer(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn file(inputs: &[&[u8]]) -> Vec<u8> {
        let (mut bytes, mut index) = (stream_header(), Index::default());
        for input in inputs {
            let block = block(input).unwrap();
            index.add(&block);
            bytes.extend(&block.bytes);
        }
        bytes.extend(index.finish());
        bytes
    }

    #[test]
    fn liblzma_reads_it() {
        let mut state = 88_172_645_463_325_252_u64;
        let noise: Vec<u8> = (0..BLOCK)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect();
        let zeros = vec![0; BLOCK];
        let inputs: [&[u8]; 6] = [&noise, &zeros, &noise[..CHUNK], &noise[..CHUNK + 1], b"a", &zeros[..5000]];
        for inputs in [&inputs[..], &inputs[..1], &inputs[4..5], &[]] {
            let bytes = file(inputs);
            let mut back = Vec::new();
            liblzma::read::XzDecoder::new(bytes.as_slice()).read_to_end(&mut back).unwrap();
            assert!(back == inputs.concat());
        }
        assert!(block(&zeros).unwrap().bytes.len() < 1000);
        assert!(block(&noise).unwrap().bytes.len() < BLOCK + 200);
    }
}
