//! A web server that behaves as a test says, and counts what it sends.

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use formats::digest::Digest;
use formats::pieces::Piece;
use updater::fetch::engine::Wanted;

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    /// Some bytes are others.
    Lies,
    /// Announces less than was asked for, and sends that.
    Truncates,
    /// Sends a half, then nothing, and does not hang up.
    Stalls,
    /// Answers 200 with everything.
    NoRanges,
    /// Announces and sends more than was asked for.
    TooMuch,
    /// Sends another part.
    OtherRange,
    /// Answers with this status.
    Status(u16),
    /// Hangs up after a random number of bytes, so many times.
    Cuts(u64),
    /// A thousand bytes a second.
    Trickles,
    /// Sends this many bytes each millisecond.
    Paced(usize),
}

pub(crate) struct Web {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    files: BTreeMap<String, Vec<u8>>,
    manner: Manner,
    sent: AtomicU64,
    cuts: AtomicU64,
    requests: Mutex<Vec<String>>,
    random: Mutex<u64>,
}

impl Web {
    pub(crate) fn start(files: &BTreeMap<String, Vec<u8>>, manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0", files, manner)
    }

    pub(crate) fn start_at(address: &str, files: &BTreeMap<String, Vec<u8>>, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            files: files.clone(),
            manner,
            sent: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            requests: Mutex::default(),
            random: Mutex::new(0x2545_f491_4f6c_dd1d),
        });
        let served = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = served.clone();
                thread::spawn(move || while shared.answer(&stream).is_some() {});
            }
        });
        Self { url, shared }
    }

    /// Bytes of bodies that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Shared {
    fn random(&self, below: u64) -> u64 {
        let mut random = self.random.lock().unwrap();
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        *random % below
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let path = line.split(' ').nth(1)?.trim_start_matches('/').to_owned();
        let mut range = None;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok().filter(|count| *count > 0)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(bytes) = header.strip_prefix("range: bytes=") {
                let (from, to) = bytes.split_once('-')?;
                range = Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?));
            }
        }
        self.requests.lock().unwrap().push(path.clone());
        if let Manner::Status(status) = self.manner {
            write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n").ok()?;
            return Some(());
        }
        let Some(file) = self.files.get(&path) else {
            return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ok();
        };
        let (head, mut body) = match range.filter(|_| self.manner != Manner::NoRanges) {
            None => ("200 OK".to_owned(), file.clone()),
            Some((from, to)) => {
                let (mut from, mut to) = (from.min(file.len() - 1), to.min(file.len() - 1));
                match self.manner {
                    Manner::TooMuch => to = (to + 100).min(file.len() - 1),
                    Manner::Truncates => to = from + (to - from) / 2,
                    Manner::OtherRange => (from, to) = (from / 2 + 1, to),
                    _ => {}
                }
                let head = format!("206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}", file.len());
                (head, file[from..=to].to_vec())
            }
        };
        write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).ok()?;
        if self.manner == Manner::Lies {
            let middle = body.len() / 2;
            body[middle] ^= 1;
        }
        let cut = match self.manner {
            Manner::Cuts(most) if self.cuts() < most => Some(self.random(body.len() as u64 * 2) as usize),
            Manner::Stalls => Some(body.len() / 2),
            _ => None,
        };
        let part = match self.manner {
            Manner::Trickles => 100,
            Manner::Paced(part) => part,
            _ => 4096,
        };
        let mut sent = 0;
        for chunk in body[..cut.unwrap_or(body.len()).min(body.len())].chunks(part) {
            // Counted first: whoever has it may look at the count at once.
            self.sent.fetch_add(chunk.len() as u64, Ordering::SeqCst);
            if stream.write_all(chunk).is_err() {
                self.sent.fetch_sub(chunk.len() as u64, Ordering::SeqCst);
                return None;
            }
            sent += chunk.len();
            match self.manner {
                Manner::Trickles => thread::sleep(Duration::from_millis(100)),
                Manner::Paced(_) => thread::sleep(Duration::from_millis(1)),
                _ => {}
            }
        }
        if sent == body.len() {
            return Some(());
        }
        if self.manner == Manner::Stalls {
            thread::sleep(Duration::from_secs(3600));
        }
        self.cuts.fetch_add(1, Ordering::SeqCst);
        let _ = stream.shutdown(Shutdown::Both);
        None
    }

    fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Objects of pieces of all lengths, packed and not.
pub(crate) fn repository(bytes: usize) -> (BTreeMap<String, Vec<u8>>, Vec<Wanted>) {
    let (mut files, mut wanted) = (BTreeMap::new(), Vec::new());
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for object in ["targets/mini-pc/one.pack", "targets/mini-pc/1-2.delta"] {
        let (mut file, mut pieces) = (Vec::new(), Vec::new());
        while file.len() < bytes / 2 || pieces.len() < 4 {
            let length = [700, 9000, 60_000, 120_000, 300_000][next() as usize % 5];
            let mut content: Vec<u8> = (0..length / 8).flat_map(|_| next().to_le_bytes()).collect();
            if next() % 3 == 0 {
                content.extend(vec![0; length]);
            }
            let packed = zstd::bulk::compress(&content, 1).unwrap();
            let packed = if packed.len() < content.len() { packed } else { content.clone() };
            pieces.push(Piece {
                digest: Digest::of(&content),
                length: content.len() as u64,
                at: file.len() as u64,
                packed: packed.len() as u64,
            });
            file.extend(packed);
        }
        // Not all of an object is wanted.
        pieces.remove(2);
        wanted.push(Wanted { object: object.to_owned(), pieces });
        files.insert(object.to_owned(), file);
    }
    (files, wanted)
}

/// How many bytes all wanted pieces have, packed.
pub(crate) fn packed(wanted: &[Wanted]) -> u64 {
    wanted.iter().flat_map(|wanted| &wanted.pieces).map(|piece| piece.packed).sum()
}
