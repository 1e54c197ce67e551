//! The chunk index: one encoding, places within the pack; and no stream is cut by it but as it says.
#![no_main]

use formats::digest::Digest;
use formats::pieces::{Content, Cutting, Index, LONGEST};
use formats::stream::Cutter;
use ilanga_fuzz::seeds;

const CUTTING: Cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };

fn start() {
    let content = |seed: u8, length, packed| Content { digest: Digest::of([seed]), length, packed };
    let stream = [content(1, 5000, 100), content(2, 4096, 4096), content(1, 5000, 100), content(3, 7, 7)];
    let plain = Index::new((14_103, Digest::of("bundle")), CUTTING, 0, &stream, &[]);
    let small = Cutting { shortest: 256, average: 256, longest: 1024 };
    let laid_out = Index::new((999, Digest::of("x")), small, 10507, &stream[..1], &[content(9, 40, 30)]);
    seeds([plain, laid_out].into_iter().flatten().map(|index| index.encode()));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(index) = Index::parse(data) else { return };
    assert_eq!(index.encode(), data);
    let pack = index.pack();
    for piece in index.pieces() {
        assert!(piece.length <= LONGEST && piece.packed <= piece.length && piece.at + piece.packed <= pack);
    }
    assert_eq!(index.stream().len() + index.layout().len(), index.pieces().len());
    // What a node has is cut as the index says.
    let (mut cutter, mut joined) = (Cutter::new(index.cutting), Vec::new());
    let mut take = |piece: &[u8]| -> Result<(), ()> {
        assert!(!piece.is_empty() && piece.len() <= index.cutting.longest as usize);
        joined.extend_from_slice(piece);
        Ok(())
    };
    let _ = data.chunks(700).try_for_each(|part| cutter.push(part, &mut take));
    let _ = cutter.finish(&mut take);
    assert_eq!(joined, data);
});
