//! Decides what the store drops.

use std::collections::BTreeSet;

use formats::digest::Digest;
use formats::size::Bytes;

use super::StoreError;
use super::shelf::Kept;

/// The pieces that the running download needs, fetched or not.
pub type Keep = BTreeSet<Digest>;

/// Which of the pieces go, so that `needed` more bytes fit the limit: those used longest ago, none of `keep`.
pub(super) fn decide(pieces: &[Kept], needed: Bytes, limit: Bytes, keep: &Keep) -> Result<Vec<Kept>, StoreError> {
    let all: u64 = pieces.iter().map(|piece| piece.length).sum();
    let mut over = (all + needed.0).saturating_sub(limit.0);
    let mut others: Vec<Kept> = pieces.iter().filter(|piece| !keep.contains(&piece.digest)).copied().collect();
    others.sort_by_key(|piece| (piece.used, piece.digest));
    let mut drops = Vec::new();
    for piece in others {
        if over == 0 {
            break;
        }
        over = over.saturating_sub(piece.length);
        drops.push(piece);
    }
    if over > 0 {
        return Err(StoreError::TooSmall { needed: Bytes(limit.0 + over), limit });
    }
    Ok(drops)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, length: u64, used: i64) -> Kept {
        Kept { digest: Digest::of(name), length, used: (used, 0) }
    }

    #[test]
    fn the_oldest_go_but_never_what_is_needed() {
        let pieces = [kept("old", 40, 1), kept("older, needed", 30, 0), kept("new", 30, 9)];
        let keep = Keep::from([Digest::of("older, needed")]);
        for (needed, limit, drops) in [
            (0, 100, vec![]),
            (10, 110, vec![]),
            (1, 100, vec!["old"]),
            (40, 100, vec!["old"]),
            (41, 100, vec!["old", "new"]),
            (70, 100, vec!["old", "new"]),
            (0, 30, vec!["old", "new"]),
        ] {
            let decided = decide(&pieces, Bytes(needed), Bytes(limit), &keep).unwrap();
            let names: Vec<Digest> = decided.iter().map(|piece| piece.digest).collect();
            assert_eq!(names, drops.iter().map(Digest::of).collect::<Vec<_>>(), "{needed} into {limit}");
        }
        let refused = decide(&pieces, Bytes(71), Bytes(100), &keep).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "101 bytes are needed, and the store of updates may have 100 bytes: allow it more, or install from a stick"
        );
    }
}
