//! Where marks are written, and what follows from what is read there. Pure.

use formats::size::Bytes;

use super::BLOCK;

/// What is read at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The mark of this place.
    MarkOf(u64),
    /// None.
    NoMark,
}

/// The smallest power of two at which a disk may wrap around.
const SMALLEST: u32 = 20;

/// How many places are spread over all of it, besides.
const SPREAD: u64 = 16;

/// The places of marks, the first ones first: the beginning; what is a power of two behind it, so that a disk that wraps there reads the
/// mark of the one at the other; some in between, and the very end, so that a disk that ends earlier reads none there.
pub fn places(start: Bytes, length: Bytes) -> Vec<u64> {
    let block = BLOCK as u64;
    let Some(last) = length.0.checked_sub(block) else { return Vec::new() };
    let powers = (SMALLEST..63).map(|power| 1_u64 << power);
    let spread = (1..SPREAD).map(|part| length.0 / SPREAD * part);
    let offsets = [0].into_iter().chain(powers).chain(spread).chain([last]);
    let mut places: Vec<u64> = offsets.filter(|offset| *offset <= last).map(|offset| start.0 + offset).collect();
    places.iter_mut().for_each(|place| *place -= *place % block);
    places.sort_unstable();
    places.dedup();
    places
}

/// What a disk has at most, if not all places have their own marks: where the first mark is lost; or, as a disk that wraps does so at each
/// multiple of what it has, what divides all distances of places that are one.
pub fn judge(found: &[(u64, Read)]) -> Option<Bytes> {
    let (mut distance, mut lost) = (None, None);
    for &(place, read) in found {
        match read {
            Read::MarkOf(other) if other == place => {}
            Read::MarkOf(other) => distance = Some(divisor(distance.unwrap_or(0), place.abs_diff(other))),
            Read::NoMark => lost = Some(lost.unwrap_or(place).min(place)),
        }
    }
    distance.into_iter().chain(lost).min().map(Bytes)
}

/// The greatest common divisor (Euclid's algorithm).
fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
