//! What a node that has an older release fetches by pieces: what a delta is measured against.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use formats::digest::Digest;
use formats::hints::{Hints, Lacking};
use formats::pieces::Index;
use formats::size::Bytes;

/// What is fetched, with the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByPieces {
    /// By pieces alone.
    pub(crate) alone: Bytes,
    /// With patches between pieces and their list, if there are any.
    pub(crate) patched: Option<Bytes>,
}

impl ByPieces {
    /// The cheaper of both.
    pub(crate) fn least(self) -> Bytes {
        self.patched.map_or(self.alone, |patched| patched.min(self.alone))
    }
}

/// Compares the index `old` with what lies beside the bundle `new`; `None` where one of both has no index.
pub(crate) fn by_pieces(old: &Path, new: &Path) -> Result<Option<ByPieces>> {
    let (path, hints) = (new.with_extension("chunks"), new.with_extension("hints"));
    if !old.exists() || !path.exists() {
        return Ok(None);
    }
    let (before, _) = index(old)?;
    let (index, length) = index(&path)?;
    let there: HashSet<Digest> = before.pieces().iter().map(|piece| piece.digest).collect();
    let lacks = |hints: Option<&Hints>| {
        Lacking::new(&index, hints, |digest| there.contains(&digest), |_| false, |_| true).length()
    };
    let patched = if hints.exists() {
        let bytes = fs::read(&hints).with_context(|| format!("reading {}", hints.display()))?;
        let parsed = Hints::parse(&bytes, &index).with_context(|| format!("reading {}", hints.display()))?;
        Some(Bytes(length + bytes.len() as u64 + lacks(Some(&parsed))))
    } else {
        None
    };
    Ok(Some(ByPieces { alone: Bytes(length + lacks(None)), patched }))
}

fn index(path: &Path) -> Result<(Index, u64)> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let index = Index::parse(&bytes).with_context(|| format!("reading {}", path.display()))?;
    Ok((index, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use formats::hints::Content as Patched;
    use formats::pieces::{Content, Cutting};

    use super::*;

    fn index(pieces: &[(u8, u64)]) -> Index {
        let piece = |&(name, packed): &(u8, u64)| Content { digest: Digest::of([name]), length: 5000, packed };
        let stream: Vec<Content> = pieces.iter().map(piece).collect();
        let cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };
        Index::new((5000 * stream.len() as u64, Digest::of("bundle")), cutting, 0, &stream, &[]).unwrap()
    }

    #[test]
    fn what_lacks_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old.chunks"), folder.path().join("new.raucb"));
        assert_eq!(by_pieces(&old, &new).unwrap(), None);
        let [before, after] = [index(&[(1, 10), (2, 20)]), index(&[(1, 10), (3, 400), (4, 500), (3, 400), (5, 7)])];
        fs::write(&old, before.encode()).unwrap();
        fs::write(new.with_extension("chunks"), after.encode()).unwrap();
        let length = after.encode().len() as u64;
        let alone = Bytes(length + 400 + 500 + 7);
        assert_eq!(by_pieces(&old, &new).unwrap(), Some(ByPieces { alone, patched: None }));

        // One patch saves much, one nothing, and one looks at what such a node has not.
        let patch = |makes, looks, length| Patched { makes, looks, digest: Digest::of("patch"), length };
        let looked = vec![Digest::of([2]), Digest::of([9])];
        let patches = [patch(1..2, 0..1, 60), patch(2..3, 1..2, 1), patch(4..5, 0..1, 8)];
        let hints = Hints::new(&after, looked, &patches).unwrap().encode();
        fs::write(new.with_extension("hints"), &hints).unwrap();
        let patched = Bytes(length + hints.len() as u64 + 60 + 500 + 7);
        let found = by_pieces(&old, &new).unwrap().unwrap();
        assert_eq!(found, ByPieces { alone, patched: Some(patched) });
        assert_eq!(found.least(), patched);
    }
}
