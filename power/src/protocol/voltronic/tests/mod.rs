//! Voltronic: frames, replies, conversations, recordings. Replies that are not made here are public ones of real inverters (the test
//! replies of jblance/mpp-solar), checksums included.

mod frames;
mod recordings;
mod replies;
mod talks;

use super::frame::{Damaged, Decoder, Reply, checksum};
use super::*;
use crate::conversation::{Conversation, Heard, Step, Unheard};

const STATUS_30: &[u8] =
    b"(227.2 50.0 230.3 50.0 0829 0751 010 447 54.50 020 083 0054 02.7 323.6 00.00 00000 00010110 00 00 00879 010\xf1\x8c\r";
const SECOND_30: &[u8] = b"(03.1 327.3 01026 \xc9\x8b\r";
const STATUS_16: &[u8] =
    b"(225.8 000024 49.9 0000.0 000.0 00000 00.0 000.0 000 405.4 405.4 048.8 ---.- 048 00163 00024 ----- 342.6 ---.- ---.- 049.0 A---001010\x59\x5a\r";
const STATUS_17: &[u8] =
    b"^D1100000,0000,0000,0000,0394,000,+00000,2389,2427,2459,5002,0000,0000,0000,2378,2434,2455,5001,,,,029,029,000,0\xf8n\r";
const STATUS_18: &[u8] =
    b"^D1062336,499,2336,499,0443,0255,007,524,000,000,000,017,042,039,000,000,1326,0000,1907,0000,0,2,0,1,1,2,1,1`\xea\r";

/// A reply in brackets, with its checksum.
fn spaced(text: &str) -> Vec<u8> {
    frame::request(&format!("({text}"))
}

/// A reply with its length and checksum.
fn commas(text: &str) -> Vec<u8> {
    frame::request(&format!("^D{:03}{text}", text.len() + 3))
}

/// The text of a reply.
fn text(reply: &[u8]) -> String {
    match Reply::parse(reply) {
        Ok(Reply::Spaced(text) | Reply::Commas(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn frames(bytes: &[u8]) -> Vec<Result<Reply, Damaged>> {
    Decoder::default().take(bytes)
}

/// A small generator of numbers that look random.
fn xorshift(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random as usize
}

fn arbitrary(random: &mut u64) {
    let pool =
        [STATUS_30, SECOND_30, STATUS_16, STATUS_17, STATUS_18, b"(NAKss\r", b"(PI30\x9a\x0b\r", b"^D00518;\x03\r"];
    let mut talk = talks::Play::new(Talk::new());
    for _ in 0..1 + xorshift(random) % 12 {
        let mut bytes = pool[xorshift(random) % pool.len()].to_vec();
        for _ in 0..xorshift(random) % 3 {
            let at = xorshift(random) % bytes.len();
            match xorshift(random) % 4 {
                0 => bytes[at] = xorshift(random) as u8,
                1 => bytes[at] = b"(^\r,- 0"[xorshift(random) % 7],
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.splice(at..at, vec![xorshift(random) as u8; xorshift(random) % 700])),
            }
        }
        let whole = frames(&bytes);
        let mut decoder = Decoder::default();
        let cut: Vec<_> = bytes.chunks(1 + xorshift(random) % 20).flat_map(|chunk| decoder.take(chunk)).collect();
        assert_eq!(whole, cut);
        for reply in whole {
            if let Ok(Reply::Spaced(text) | Reply::Commas(text)) = reply {
                replies::read_as_everything(&text);
            }
        }
        talk.receive(&bytes);
        if xorshift(random).is_multiple_of(3) {
            talk.silence();
        }
    }
    drop(talk.until_the_end());
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut random = 0x1234_5678_9ABC_DEF1;
    (0..1000).for_each(|_| arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_voltronic() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut random = 0x2545_F491_4F6C_DD1D;
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        (0..100).for_each(|_| arbitrary(&mut random));
    }
}
