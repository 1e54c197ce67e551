//! Decides a static delta's steps: what of the new stream is copied from the old one, and what is patched.
//!
//! Both streams are cut by content into small pieces. Long runs of pieces that the old stream has are copied. What lies
//! between is cut into windows, each patched with that part of the old stream as prefix from which most of its pieces come, or
//! where the last window's came from: files keep their order from release to release. It all follows from the two streams.

use std::collections::HashMap;
use std::ops::Range;

use formats::delta::{LONGEST_PREFIX, Step};
use formats::digest::Digest;
use formats::pieces::Cutting;
use formats::stream::{Cutter, StreamError, patch};

use crate::parallel::each;

/// How finely streams are compared.
const CUTTING: Cutting = Cutting { shortest: 512, average: 2048, longest: 8192 };

/// Shorter runs are cheaper within a patch than as a step.
const COPY: u64 = 32 << 10;

/// The longest window: so long that most of its prefix is of use, and short enough for the node's memory.
const WINDOW: u64 = 3 << 20;

/// How much farther than expected a patch looks, on both sides.
const SLACK: u64 = 1 << 20;

/// A step, and what it patches: a range of the new stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// The range of the new stream that it makes.
    makes: Range<u64>,
    /// Where in the old stream it looks.
    looks: Range<u64>,
    /// Whether it copies.
    copies: bool,
}

/// A run of pieces of the new stream that the old one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where in the new stream.
    at: u64,
    /// Its length.
    length: u64,
    /// Where in the old stream.
    place: u64,
}

/// What of the new stream the old one has.
pub(super) fn alike(old: &[u8], new: &[u8]) -> Vec<Run> {
    let mut places: HashMap<[u8; 16], u64> = HashMap::new();
    cut(old, |at, piece| {
        places.entry(name(piece)).or_insert(at);
    });
    let mut known: Vec<Run> = Vec::new();
    cut(new, |at, piece| {
        let length = piece.len() as u64;
        let is_at = |place: u64| old.get(place as usize..).is_some_and(|there| there.starts_with(piece));
        // What goes on where the last one ended is preferred to the same bytes elsewhere.
        let next = known.last().filter(|last| last.at + last.length == at).map(|last| last.place + last.length);
        let place = next.filter(|&place| is_at(place)).or_else(|| places.get(&name(piece)).copied());
        let Some(place) = place.filter(|&place| is_at(place)) else { return };
        match known.last_mut() {
            Some(last) if last.at + last.length == at && last.place + last.length == place => last.length += length,
            _ => known.push(Run { at, length, place }),
        }
    });
    known
}

/// Decides the steps.
pub(super) fn plan(old: &[u8], new: &[u8]) -> Vec<Planned> {
    let known = alike(old, new);
    let mut planned = Vec::new();
    let (mut at, mut away) = (0, 0);
    for &Run { at: start, length, place } in known.iter().filter(|run| run.length >= COPY) {
        windows(at..start, &known, old.len() as u64, &mut away, &mut planned);
        planned.push(Planned { makes: start..start + length, looks: place..place + length, copies: true });
        (at, away) = (start + length, place as i64 - start as i64);
    }
    windows(at..new.len() as u64, &known, old.len() as u64, &mut away, &mut planned);
    planned
}

/// Cuts what can't be copied into windows.
fn windows(gap: Range<u64>, known: &[Run], old: u64, away: &mut i64, planned: &mut Vec<Planned>) {
    let mut at = gap.start;
    while at < gap.end {
        let end = gap.end.min(at + WINDOW);
        let looks = nearest(&(at..end), known, old, SLACK, away);
        planned.push(Planned {
            makes: at..end,
            looks: looks.start..looks.end.min(looks.start + LONGEST_PREFIX),
            copies: false,
        });
        at = end;
    }
}

/// The part of an old stream of this length that a part of the new one resembles, with `slack` on both sides. `away` is how far
/// the last part's was, and becomes how far this one's is.
pub(super) fn nearest(part: &Range<u64>, known: &[Run], old: u64, slack: u64, away: &mut i64) -> Range<u64> {
    let first = known.partition_point(|run| run.at + run.length <= part.start);
    let within = known[first..].iter().take_while(|run| run.at < part.end);
    // Places that are near each other have about the same distance.
    let mut votes: HashMap<i64, (u64, i64)> = HashMap::new();
    for &Run { at, length, place } in within {
        let distance = place as i64 - at as i64;
        let vote = votes.entry(distance.div_euclid(SLACK as i64)).or_insert((0, distance));
        vote.0 += length;
    }
    if let Some((_, distance)) = votes.into_values().max_by_key(|&(bytes, distance)| (bytes, -distance.abs(), distance))
    {
        *away = distance;
    }
    let moved = |place: u64| place.saturating_add_signed(*away).min(old);
    let from = moved(part.start).saturating_sub(slack);
    from..moved(part.end).saturating_add(slack).min(old).max(from)
}

fn part<'b>(bytes: &'b [u8], range: &Range<u64>) -> &'b [u8] {
    &bytes[range.start as usize..range.end as usize]
}

/// Makes the patches, on all processors: the steps, and their patches one after the other.
pub(super) fn patches(
    planned: &[Planned],
    old: &[u8],
    new: &[u8],
    level: i32,
) -> Result<(Vec<Step>, Vec<u8>), StreamError> {
    let made = each(
        planned,
        || Ok(()),
        |(), step| match step.copies {
            true => Ok(None),
            false => patch(part(old, &step.looks), part(new, &step.makes), level).map(Some),
        },
    )?;
    let mut all = Vec::new();
    let steps = planned.iter().zip(made).map(|(step, patch)| {
        all.extend(patch.iter().flatten());
        Step {
            makes: step.makes.end - step.makes.start,
            from: step.looks.start,
            looks: step.looks.end - step.looks.start,
            patch: patch.map(|patch| patch.len() as u32),
        }
    });
    let steps = steps.collect();
    Ok((steps, all))
}

/// A piece's name: SHA-256 is more than is needed, as places are compared.
fn name(piece: &[u8]) -> [u8; 16] {
    let mut name = [0; 16];
    name.copy_from_slice(&Digest::of(piece).as_bytes()[..16]);
    name
}

fn cut(stream: &[u8], mut take: impl FnMut(u64, &[u8])) {
    let mut at = 0;
    let mut each = |piece: &[u8]| -> Result<(), std::convert::Infallible> {
        take(at, piece);
        at += piece.len() as u64;
        Ok(())
    };
    let mut cutter = Cutter::new(CUTTING);
    let Ok(()) = cutter.push(stream, &mut each);
    let Ok(()) = cutter.finish(&mut each);
}

#[cfg(test)]
mod tests {
    use formats::stream::patched;

    use super::*;

    /// Bytes that are the same each time.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn steps_make_the_new_stream() {
        let old = noise(1, 6_000_000);
        let mut new = old.clone();
        new.drain(1_000_000..1_100_000);
        for at in (2_000_000..2_500_000).step_by(1000) {
            new[at] ^= 1;
        }
        new.splice(4_000_000..4_000_000, noise(2, 50_000));
        let planned = plan(&old, &new);
        let (steps, patches) = patches(&planned, &old, &new, 9).unwrap();
        assert_eq!(patches_again(&old, &new), patches);
        let (mut made, mut rest) = (Vec::new(), patches.as_slice());
        for step in &steps {
            let looks = &old[step.from as usize..][..step.looks as usize];
            match step.patch {
                None => made.extend(looks),
                Some(length) => {
                    let (patch, after) = rest.split_at(length as usize);
                    made.extend(patched(looks, patch, step.makes as usize).unwrap());
                    rest = after;
                }
            }
        }
        assert!(made == new && rest.is_empty());
        // New bytes, and little more: 500 changed ones cost a few bytes each.
        assert!(patches.len() < 65_000, "{}", patches.len());
        assert!(steps.iter().any(|step| step.patch.is_none() && step.makes > 900_000));
    }

    fn patches_again(old: &[u8], new: &[u8]) -> Vec<u8> {
        patches(&plan(old, new), old, new, 9).unwrap().1
    }

    #[test]
    fn nothing_in_common() {
        for (old, new) in [(0, 0), (0, 10_000), (10_000, 0), (10_000, 20_000)] {
            let (old, new) = (noise(3, old), noise(4, new));
            let (steps, _) = patches(&plan(&old, &new), &old, &new, 3).unwrap();
            assert_eq!(steps.iter().map(|step| step.makes).sum::<u64>(), new.len() as u64);
        }
    }
}
