//! An image's layout, and a stream that is packed by it: one encoding, lengths within limits, and no more bytes than it says.
#![no_main]

use formats::frames::{Frame, Layout, Recipe, Run, Tree};
use formats::stream::{Repacker, StreamError};
use ilanga_fuzz::{part, parted, seeds};

fn start() {
    let recipes = vec![Recipe { level: 3, window: 0 }, Recipe { level: 9, window: 19 }];
    let frame = |recipe| Some(Frame { recipe, zeros: 70, content: 300, packed: 30 });
    let tree = |start, blocks, at| Tree { start, blocks, at, salt: vec![7; 32] };
    let runs = |plain| [(96, frame(0)), (0, frame(1)), (plain, None)].map(|(plain, frame)| Run { plain, frame });
    let large = vec![tree(96, 300, 1_300_000), tree(0, 1000, 4_096_000)];
    let small = vec![tree(0, 2, 8192)];
    let layouts = [
        Layout::new(recipes.clone(), large, runs(12_345_678_901).into()),
        Layout::new(Vec::new(), small, vec![Run { plain: 9000, frame: None }]),
        Layout::new(recipes, Vec::new(), runs(50).into()),
    ];
    seeds(layouts.into_iter().flatten().map(|layout| parted(&[&layout.encode(), &[0; 9000]])));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let bytes = part(&mut rest);
    let Ok(layout) = Layout::parse(bytes) else { return };
    assert_eq!(layout.encode(), bytes);
    let (image, stream) = (layout.image(), layout.stream());
    assert!(image <= 2 << 40 && stream <= 2 << 40);
    assert_eq!(layout.clone().with_trees(layout.trees().to_vec()), Ok(layout.clone()));
    let (mut repacker, mut made) = (Repacker::new(layout), 0);
    let mut take = |bytes: &[u8]| -> Result<(), StreamError> {
        made += bytes.len() as u64;
        assert!(made <= image, "more than it says");
        Ok(())
    };
    let pushed = rest.chunks(1000).try_for_each(|part| repacker.push(part, &mut take));
    if pushed.is_ok() && repacker.finish().is_ok() {
        assert_eq!((made, rest.len() as u64), (image, stream));
    }
});
