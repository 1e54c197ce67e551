//! Plays conversations against devices that answer well, badly, in pieces, or not at all. What holds for all protocols
//! is tested here.

use std::collections::HashSet;

use serde_json::Value;

use crate::conversation::{Conversation, Heard, Step, Unheard};

/// Numbers that look random.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The first one's seed.
    pub(crate) const SEED: Self = Self(0x1234_5678_9ABC_DEF1);

    pub(crate) fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.next() % most).map(|_| self.next() as u8).collect()
    }
}

/// A protocol, and a device that speaks it.
pub(crate) struct Story<'a> {
    pub(crate) begin: &'a dyn Fn() -> Box<dyn Conversation>,
    pub(crate) requests: HashSet<Vec<u8>>,
    /// What it answers to a request, or, where it is only listened to, what it says.
    pub(crate) device: &'a dyn Fn(&[u8]) -> Vec<u8>,
}

impl<'a> Story<'a> {
    pub(crate) fn new(
        begin: &'a dyn Fn() -> Box<dyn Conversation>,
        requests: Vec<Vec<u8>>,
        device: &'a dyn Fn(&[u8]) -> Vec<u8>,
    ) -> Self {
        Self { begin, requests: requests.into_iter().collect(), device }
    }

    /// What comes of it if the device answers in pieces.
    pub(crate) fn play(
        &self,
        device: &mut dyn FnMut(&[u8]) -> Vec<u8>,
        piece: &mut dyn FnMut(usize) -> usize,
    ) -> Result<Heard, Unheard> {
        let mut conversation = (self.begin)();
        for _ in 0..5000 {
            let step = conversation.next();
            assert_eq!(conversation.next(), step);
            let answer = match &step {
                Step::End(end) => {
                    conversation.received(b"more");
                    conversation.silent();
                    assert_eq!(conversation.next(), step);
                    return end.clone();
                }
                Step::Send(request, _) => {
                    assert!(self.requests.contains(request), "{request:02X?} is in no list");
                    device(request)
                }
                Step::Listen(_) => device(&[]),
            };
            let mut rest = &answer[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(piece(rest.len()).clamp(1, rest.len()));
                conversation.received(now);
                rest = later;
            }
            if conversation.next() == step {
                conversation.silent();
            }
        }
        panic!("it never ends");
    }

    fn whole(&self, mut device: impl FnMut(&[u8]) -> Vec<u8>) -> Result<Heard, Unheard> {
        self.play(&mut device, &mut |length| length)
    }

    /// What comes of it.
    pub(crate) fn heard(&self) -> Result<Heard, Unheard> {
        self.whole(self.device)
    }

    /// All that holds for a conversation with a device that answers well.
    pub(crate) fn holds(&self) -> Heard {
        let heard = self.heard().expect("it answers well");
        let mut random = Random::SEED;
        assert_eq!(self.play(&mut |request| (self.device)(request), &mut |_| 1), Ok(heard.clone()), "byte by byte");
        for _ in 0..20 {
            let cut = self.play(&mut |request| (self.device)(request), &mut |length| 1 + random.next() % length);
            assert_eq!(cut, Ok(heard.clone()), "in pieces");
        }
        self.survives(&heard);
        heard
    }

    /// Garbage around the answers, the echo of the request, and an answer that is torn the first time.
    fn survives(&self, heard: &Heard) {
        let around = |request: &[u8]| [b"\xFF\x00\x01 garb", request, &(self.device)(request), b"age\x00"].concat();
        assert_eq!(self.whole(around).as_ref(), Ok(heard), "garbage around it");
        if !self.requests.is_empty() {
            let mut seen = HashSet::new();
            let torn = |request: &[u8]| {
                let answer = (self.device)(request);
                let length = if seen.insert(request.to_vec()) { answer.len() / 2 } else { answer.len() };
                answer[..length].to_vec()
            };
            let found = self.whole(torn);
            assert!(found.is_ok(), "the first half, and then all of it: {found:?}");
        }
        assert_eq!(self.whole(|_| Vec::new()), Err(Unheard::Silent));
        assert!(matches!(self.whole(|_| b"what is this?\r\n".to_vec()), Err(Unheard::Other(_))));
        assert!(self.whole(|request| request.to_vec()).is_err(), "only the echo of the request");
        assert!(self.whole(|_| vec![0xFF; 100_000]).is_err());
    }

    /// A changed byte is refused, or takes away what it belongs to; it changes nothing that is said.
    pub(crate) fn is_exact(&self, heard: &Heard) {
        let mut sent = Vec::new();
        let _ = self.whole(|request| {
            sent.push(request.to_vec());
            (self.device)(request)
        });
        for changed in &sent {
            for at in 0..(self.device)(changed).len() {
                let found = self.whole(|request| {
                    let mut answer = (self.device)(request);
                    if request == changed.as_slice() {
                        answer[at] ^= 0x55;
                    }
                    answer
                });
                if let Ok(found) = found {
                    let said = |heard: &Heard| serde_json::to_value(&heard.reading).unwrap();
                    assert!(says_no_more(&said(&found), &said(heard)), "{changed:02X?} at {at}: {found:?}");
                }
            }
        }
    }

    /// Answers that are changed, and such as are no answers.
    pub(crate) fn arbitrary(&self, random: &mut Random) {
        let mut device = |request: &[u8]| {
            let mut answer = (self.device)(request);
            for _ in 0..random.next() % 4 {
                let at = random.next() % (answer.len() + 1);
                match random.next() % 5 {
                    0 => answer.truncate(at),
                    1 => drop(answer.splice(at..at, random.bytes(40))),
                    2 => answer = random.bytes(400),
                    _ => answer.get_mut(at).into_iter().for_each(|byte| *byte = random.next() as u8),
                }
            }
            answer
        };
        let _ = self.whole(&mut device);
    }

    /// `arbitrary`, for as long as it is wanted; so many stories share the time.
    pub(crate) fn for_long(&self, stories: u64) {
        let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
        let seconds: u64 = seconds / stories;
        let (mut random, began) = (Random(0x2545_F491_4F6C_DD1D), std::time::Instant::now());
        while began.elapsed().as_secs() < seconds {
            (0..100).for_each(|_| self.arbitrary(&mut random));
        }
    }
}

/// Does something again and again with numbers that look random, for as long as it is wanted.
pub(crate) fn for_long(mut again: impl FnMut(&mut Random)) {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (mut random, began) = (Random(0x2545_F491_4F6C_DD1D), std::time::Instant::now());
    while began.elapsed().as_secs() < seconds {
        (0..100).for_each(|_| again(&mut random));
    }
}

/// Whether each that is said is said there too.
fn says_no_more(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Null, _) => true,
        (Value::Object(found), Value::Object(expected)) if !found.contains_key("confidence") => {
            found.iter().all(|(name, value)| expected.get(name).is_some_and(|expected| says_no_more(value, expected)))
        }
        (Value::Array(found), Value::Array(expected)) => found.iter().all(|value| expected.contains(value)),
        (found, expected) => found == expected,
    }
}

/// Bytes from text.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
