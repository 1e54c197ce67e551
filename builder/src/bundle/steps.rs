//! Decides a static delta's steps: what of the new stream is copied from the old one, and what is patched.
//!
//! Both streams are cut by content into small pieces. Long runs of pieces that the old stream has are copied. What lies
//! between is cut into windows, each patched with that part of the old stream as prefix from which most of its pieces come, or
//! where the last window's came from: files keep their order from release to release. It all follows from the two streams.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use formats::delta::{LONGEST_PREFIX, Step};
use formats::digest::Digest;
use formats::pieces::Cutting;
use formats::stream::{Cutter, StreamError, patch};

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

/// Decides the steps.
pub(super) fn plan(old: &[u8], new: &[u8]) -> Vec<Planned> {
    let mut places: HashMap<[u8; 16], u64> = HashMap::new();
    cut(old, |at, piece| {
        places.entry(name(piece)).or_insert(at);
    });
    // The pieces of the new stream that the old one has: where, how long, and where there.
    let mut known: Vec<(u64, u64, u64)> = Vec::new();
    cut(new, |at, piece| {
        let length = piece.len() as u64;
        let is_at = |place: u64| old.get(place as usize..).is_some_and(|there| there.starts_with(piece));
        // What goes on where the last one ended is preferred to the same bytes elsewhere.
        let next = known.last().filter(|last| last.0 + last.1 == at).map(|last| last.2 + last.1);
        let place = next.filter(|&place| is_at(place)).or_else(|| places.get(&name(piece)).copied());
        let Some(place) = place.filter(|&place| is_at(place)) else { return };
        match known.last_mut() {
            Some(last) if last.0 + last.1 == at && last.2 + last.1 == place => last.1 += length,
            _ => known.push((at, length, place)),
        }
    });
    drop(places);

    let mut planned = Vec::new();
    let (mut at, mut away) = (0, 0);
    for &(start, length, place) in known.iter().filter(|run| run.1 >= COPY) {
        windows(at..start, &known, old.len() as u64, &mut away, &mut planned);
        planned.push(Planned { makes: start..start + length, looks: place..place + length, copies: true });
        (at, away) = (start + length, place as i64 - start as i64);
    }
    windows(at..new.len() as u64, &known, old.len() as u64, &mut away, &mut planned);
    planned
}

/// Cuts what can't be copied into windows.
fn windows(gap: Range<u64>, known: &[(u64, u64, u64)], old: u64, away: &mut i64, planned: &mut Vec<Planned>) {
    let mut at = gap.start;
    while at < gap.end {
        let end = gap.end.min(at + WINDOW);
        let first = known.partition_point(|run| run.0 + run.1 <= at);
        let within = known[first..].iter().take_while(|run| run.0 < end);
        // Places that are near each other have about the same distance.
        let mut votes: HashMap<i64, (u64, i64)> = HashMap::new();
        for &(start, length, place) in within {
            let distance = place as i64 - start as i64;
            let vote = votes.entry(distance.div_euclid(SLACK as i64)).or_insert((0, distance));
            vote.0 += length;
        }
        if let Some((_, distance)) =
            votes.into_values().max_by_key(|&(bytes, distance)| (bytes, -distance.abs(), distance))
        {
            *away = distance;
        }
        let moved = |place: u64| place.saturating_add_signed(*away).min(old);
        let from = moved(at).saturating_sub(SLACK);
        let to = moved(end).saturating_add(SLACK).min(old).min(from + LONGEST_PREFIX);
        planned.push(Planned { makes: at..end, looks: from..to.max(from), copies: false });
        at = end;
    }
}

/// Makes the patches, on all processors: the steps, and their patches one after the other.
pub(super) fn patches(
    planned: &[Planned],
    old: &[u8],
    new: &[u8],
    level: i32,
) -> Result<(Vec<Step>, Vec<u8>), StreamError> {
    let (next, made) = (AtomicUsize::new(0), Mutex::new(vec![None; planned.len()]));
    let part = |bytes: &[u8], range: &Range<u64>| bytes[range.start as usize..range.end as usize].to_vec();
    let work = || -> Result<(), StreamError> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(step) = planned.get(number) else { return Ok(()) };
            if !step.copies {
                let patch = patch(&part(old, &step.looks), &part(new, &step.makes), level)?;
                made.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[number] = Some(patch);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    let made = made.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
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
