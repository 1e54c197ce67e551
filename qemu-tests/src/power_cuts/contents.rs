//! Contents of sectors as numbers: two sectors have the same number exactly if they have the same bytes (SHA-256 says so), and
//! what is compared a million times is compared as a number.

use std::collections::HashMap;

use formats::digest::Digest;

use super::log::SECTOR;

/// The bytes of a sector.
pub type Sector = [u8; SECTOR as usize];

/// The number of a sector's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Content(u32);

/// Of which no bytes are kept.
const NOT_KEPT: u32 = u32::MAX;

/// All contents that were seen.
#[derive(Debug)]
pub struct Contents {
    known: HashMap<[u8; 16], Content>,
    /// Where the bytes are in `bytes`, by number.
    places: Vec<u32>,
    bytes: Vec<Sector>,
}

impl Content {
    /// Zeros.
    pub const ZEROS: Self = Self(0);

    /// A number to mix into a digest of a whole disk: what a sector with this content adds to it.
    pub fn at(self, sector: u64) -> u64 {
        // splitmix64, twice: sums of it are as good as random.
        mix(mix(sector) ^ (u64::from(self.0) << 1 | 1))
    }
}

/// The finisher of splitmix64.
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Default for Contents {
    fn default() -> Self {
        let zeros = [0; SECTOR as usize];
        Self { known: HashMap::from([(key(&zeros), Content::ZEROS)]), places: vec![0], bytes: vec![zeros] }
    }
}

impl Contents {
    /// The number of this content. Only what is to be `kept` can be read again.
    pub fn number(&mut self, sector: &Sector, kept: bool) -> Content {
        let next = Content(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        let content = if sector.iter().all(|&byte| byte == 0) {
            Content::ZEROS
        } else {
            *self.known.entry(key(sector)).or_insert(next)
        };
        if content == next {
            self.places.push(NOT_KEPT);
        }
        let place = &mut self.places[content.0 as usize];
        if kept && *place == NOT_KEPT {
            *place = u32::try_from(self.bytes.len()).unwrap_or(NOT_KEPT);
            self.bytes.push(*sector);
        }
        content
    }

    /// The numbers of the sectors of `bytes`, the last one filled up with zeros.
    pub fn numbers<'a>(&'a mut self, bytes: &'a [u8], kept: bool) -> impl Iterator<Item = Content> + 'a {
        bytes.chunks(SECTOR as usize).map(move |chunk| {
            let mut sector = [0; SECTOR as usize];
            sector[..chunk.len()].copy_from_slice(chunk);
            self.number(&sector, kept)
        })
    }

    /// The bytes, if they are kept.
    pub fn bytes(&self, content: Content) -> Option<&Sector> {
        self.bytes.get(*self.places.get(content.0 as usize)? as usize)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }
}

fn key(sector: &Sector) -> [u8; 16] {
    let digest = Digest::of(sector);
    let mut key = [0; 16];
    key.copy_from_slice(&digest.as_bytes()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_contents() {
        let mut contents = Contents::default();
        let [one, two] = [[1; 512], [2; 512]];
        let a = contents.number(&one, false);
        assert_eq!(contents.bytes(a), None);
        let b = contents.number(&two, true);
        assert_ne!(a, b);
        assert_eq!((contents.number(&one, true), contents.number(&[0; 512], false)), (a, Content::ZEROS));
        assert_eq!((contents.bytes(a), contents.bytes(b)), (Some(&one), Some(&two)));
        let last: Vec<Content> = contents.numbers(&[vec![2; 512], vec![0; 10]].concat(), true).collect();
        assert_eq!(last, [b, Content::ZEROS]);
        assert_eq!(contents.count(), 3);
        assert_ne!(a.at(1), a.at(2));
        assert_ne!(a.at(1), b.at(1));
    }
}
