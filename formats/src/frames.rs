//! The layout of a bundle or of a slot image: which of its bytes are zstd frames that can be unpacked and packed again, bit
//! for bit.
//!
//! Compressed files defeat deltas: one changed byte changes all behind it. So deltas and pieces are cut from the *stream*,
//! which has frames unpacked, and the node packs them again. EROFS compresses files in clusters; with zstd each is a frame
//! that ends at the end of a block of 4096 bytes, with zeros in front of it:
//!
//! ```text
//! image    │ as it is │ zeros, frame │ zeros, frame │ as it is │ …
//! stream   │ as it is │   content    │   content    │ as it is │ …
//! ```
//!
//! dm-verity trees follow from what they are over, so the stream has none of them: runs are those of the image without its
//! trees, and who packs it again makes them.
//!
//! The encoding, in which a number has 7 bits a byte, the lowest first (LEB128): the number of recipes, one byte; each recipe in
//! two (level; logarithm of the window, or 0); the number of trees, one byte; of each tree the numbers where its data begins, how many
//! blocks that has, how far behind them it stands, and how long the salt is, and then the salt; of each run four or five
//! numbers: bytes as they are, and of the frame behind them the recipe, from 1, zeros, content, frame. A recipe of 0 ends the
//! layout: nothing comes behind these bytes.
//!
//! Invariants: lengths are within limits and their sums don't overflow; a layout has exactly one encoding.

use thiserror::Error;

use crate::verity_tree;

/// The most bytes of a frame.
pub const LONGEST_FRAME: u64 = 1 << 20;

/// The most bytes that a frame unpacks to.
pub const LONGEST_CONTENT: u64 = 4 << 20;

/// Blocks at whose ends frames end.
pub const BLOCK: u64 = 4096;

/// The most runs: those of a file system of 4 GB with files of a single block.
const MOST_RUNS: usize = 1 << 20;

/// The most trees, and the most bytes of a salt.
const MOST_TREES: usize = 4;
const LONGEST_SALT: usize = 256;

/// The most recipes.
const MOST_RECIPES: usize = 16;

/// How a frame is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// zstd's level.
    pub level: u8,
    /// The logarithm of the window; 0 if zstd chooses.
    pub window: u8,
}

/// A zstd frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How it is made: the number of the recipe.
    pub recipe: u8,
    /// The zeros in front of it.
    pub zeros: u32,
    /// What it unpacks to.
    pub content: u32,
    /// Its length.
    pub packed: u32,
}

/// Bytes as they are, and the frame behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many bytes are as they are.
    pub plain: u64,
    /// The frame; none at the end.
    pub frame: Option<Frame>,
}

/// A dm-verity tree in an image, as [`crate::verity_tree`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Where the data begins that it is over.
    pub start: u64,
    /// How many blocks of [`BLOCK`] bytes this has.
    pub blocks: u64,
    /// Where the tree begins, behind the data.
    pub at: u64,
    /// What its digests start from.
    pub salt: Vec<u8>,
}

/// A layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    recipes: Vec<Recipe>,
    trees: Vec<Tree>,
    runs: Vec<Run>,
}

/// This is no layout. Each sentence speaks of the layout as 'it'.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadLayout {
    /// It ends too early, or goes on behind its end.
    #[error("it is cut off, or goes on behind its end")]
    End,
    /// A recipe that zstd can't have.
    #[error("its recipe {0} is impossible")]
    Recipe(usize),
    /// A number is too large, or written longer than it has to be.
    #[error("its run {0} has an impossible length")]
    Length(usize),
    /// A tree that can't be where it is.
    #[error("its tree {0} is impossible")]
    Tree(usize),
    /// Too many runs.
    #[error("it has too many runs")]
    Many,
}

impl Layout {
    /// A layout of these parts; the last run has no frame, all others have one. Trees are in the order in which they stand.
    pub fn new(recipes: Vec<Recipe>, trees: Vec<Tree>, runs: Vec<Run>) -> Result<Self, BadLayout> {
        if recipes.len() > MOST_RECIPES {
            return Err(BadLayout::Recipe(MOST_RECIPES));
        }
        if let Some(bad) = recipes.iter().position(|recipe| !recipe.is_possible()) {
            return Err(BadLayout::Recipe(bad));
        }
        if runs.len() > MOST_RUNS {
            return Err(BadLayout::Many);
        }
        let mut total = 0_u64;
        for (number, run) in runs.iter().enumerate() {
            let is_last = number + 1 == runs.len();
            let frame =
                run.frame.map_or(0, |frame| u64::from(frame.zeros) + u64::from(frame.packed.max(frame.content)));
            let sum = total.checked_add(run.plain).and_then(|sum| sum.checked_add(frame));
            let fits = run.frame.is_none_or(|frame| frame.is_possible(recipes.len()));
            match sum {
                Some(sum) if sum <= 1 << 40 && fits && run.frame.is_none() == is_last => total = sum,
                _ => return Err(BadLayout::Length(number)),
            }
        }
        if trees.len() > MOST_TREES {
            return Err(BadLayout::Tree(MOST_TREES));
        }
        let mut end = 0;
        for (number, tree) in trees.iter().enumerate() {
            let length = tree.length().ok_or(BadLayout::Tree(number))?;
            let fits = tree.at >= end && tree.salt.len() <= LONGEST_SALT;
            let sum = total.checked_add(length).filter(|&sum| fits && sum <= 1 << 40);
            total = sum
                .filter(|&sum| tree.at.checked_add(length).is_some_and(|end| end <= sum))
                .ok_or(BadLayout::Tree(number))?;
            end = tree.at + length;
        }
        if runs.is_empty() { Err(BadLayout::End) } else { Ok(Self { recipes, trees, runs }) }
    }

    /// Reads a layout.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadLayout> {
        let (&count, rest) = bytes.split_first().ok_or(BadLayout::End)?;
        let (recipes, mut rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(BadLayout::End)?;
        let recipes = recipes.chunks_exact(2).map(|two| Recipe { level: two[0], window: two[1] }).collect();
        let (&count, after) = rest.split_first().ok_or(BadLayout::End)?;
        rest = after;
        let mut trees = Vec::new();
        for tree in 0..usize::from(count) {
            let mut next = || number(&mut rest).ok_or(BadLayout::Tree(tree));
            let (start, blocks, gap, salt) = (next()?, next()?, next()?, next()?);
            let at = blocks.checked_mul(BLOCK).and_then(|data| start.checked_add(data)?.checked_add(gap));
            let salt = usize::try_from(salt).ok().filter(|&length| length <= LONGEST_SALT);
            let (Some(at), Some((salt, after))) = (at, salt.and_then(|salt| rest.split_at_checked(salt))) else {
                return Err(BadLayout::Tree(tree));
            };
            trees.push(Tree { start, blocks, at, salt: salt.to_vec() });
            rest = after;
        }
        let mut runs = Vec::new();
        loop {
            let number = runs.len();
            if number == MOST_RUNS {
                return Err(BadLayout::Many);
            }
            let mut next = || take(&mut rest, number);
            let (plain, recipe) = (next()?, next()?);
            if recipe == 0 {
                runs.push(Run { plain, frame: None });
                break;
            }
            let short = |value: u64| u32::try_from(value).map_err(|_| BadLayout::Length(number));
            let recipe = u8::try_from(recipe - 1).map_err(|_| BadLayout::Length(number))?;
            let (zeros, content, packed) = (short(next()?)?, short(next()?)?, short(next()?)?);
            runs.push(Run { plain, frame: Some(Frame { recipe, zeros, content, packed }) });
        }
        if rest.is_empty() { Self::new(recipes, trees, runs) } else { Err(BadLayout::End) }
    }

    /// The layout as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.recipes.len() as u8];
        self.recipes.iter().for_each(|recipe| bytes.extend([recipe.level, recipe.window]));
        bytes.push(self.trees.len() as u8);
        for tree in &self.trees {
            let gap = tree.at - tree.start - tree.blocks * BLOCK;
            [tree.start, tree.blocks, gap, tree.salt.len() as u64]
                .into_iter()
                .for_each(|number| put(&mut bytes, number));
            bytes.extend(&tree.salt);
        }
        for run in &self.runs {
            put(&mut bytes, run.plain);
            match run.frame {
                None => bytes.push(0),
                Some(Frame { recipe, zeros, content, packed }) => {
                    put(&mut bytes, u64::from(recipe) + 1);
                    [zeros, content, packed].into_iter().for_each(|number| put(&mut bytes, number.into()));
                }
            }
        }
        bytes
    }

    /// How frames are made.
    pub fn recipes(&self) -> &[Recipe] {
        &self.recipes
    }

    /// The trees, in the order in which they stand.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The same with these trees: what [`crate::stream::Unpacker`] was given is the image without them.
    pub fn with_trees(self, trees: Vec<Tree>) -> Result<Self, BadLayout> {
        Self::new(self.recipes, trees, self.runs)
    }

    /// The runs, in order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The length of the image.
    pub fn image(&self) -> u64 {
        let frame = |run: &Run| run.frame.map_or(0, |frame| u64::from(frame.zeros) + u64::from(frame.packed));
        let trees: u64 = self.trees.iter().filter_map(Tree::length).sum();
        self.runs.iter().map(|run| run.plain + frame(run)).sum::<u64>() + trees
    }

    /// The length of the stream.
    pub fn stream(&self) -> u64 {
        self.runs.iter().map(|run| run.plain + run.frame.map_or(0, |frame| frame.content.into())).sum()
    }
}

impl Tree {
    /// Its length; nothing if it can't be where it is.
    pub fn length(&self) -> Option<u64> {
        let end = self.blocks.checked_mul(BLOCK).and_then(|data| self.start.checked_add(data))?;
        verity_tree::length(self.blocks).filter(|_| end <= self.at)
    }
}

impl Recipe {
    fn is_possible(self) -> bool {
        (1..=22).contains(&self.level) && (self.window == 0 || (10..=22).contains(&self.window))
    }
}

impl Frame {
    fn is_possible(self, recipes: usize) -> bool {
        usize::from(self.recipe) < recipes
            && u64::from(self.zeros) < BLOCK
            && (1..=LONGEST_CONTENT).contains(&self.content.into())
            && (1..=LONGEST_FRAME).contains(&self.packed.into())
    }
}

/// Takes a number of 7 bits a byte.
pub(crate) fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            // A last byte of zero would be a second way to write the number.
            return (byte != 0 || shift == 0).then_some(number);
        }
    }
    None
}

fn take(bytes: &mut &[u8], run: usize) -> Result<u64, BadLayout> {
    if bytes.is_empty() { Err(BadLayout::End) } else { number(bytes).ok_or(BadLayout::Length(run)) }
}

/// Writes a number with 7 bits a byte.
pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let recipes = vec![Recipe { level: 3, window: 0 }, Recipe { level: 9, window: 19 }];
        let frame = |recipe| Some(Frame { recipe, zeros: 70, content: 300_000, packed: 65_466 });
        let runs = [(96, frame(0)), (0, frame(1)), (12_345_678_901, None)].map(|(plain, frame)| Run { plain, frame });
        let tree = |start, blocks, at| Tree { start, blocks, at, salt: vec![7; 32] };
        Layout::new(recipes, vec![tree(96, 300, 1_300_000), tree(0, 1000, 4_096_000)], runs.into()).unwrap()
    }

    #[test]
    fn bytes_and_back() {
        let layout = layout();
        assert_eq!(Layout::parse(&layout.encode()), Ok(layout.clone()));
        assert_eq!(layout.image(), 96 + 2 * 65_536 + 12_345_678_901 + (4 + 9) * 4096);
        assert_eq!(layout.stream(), 96 + 600_000 + 12_345_678_901);
    }

    #[test]
    fn refusals() {
        let good = layout().encode();
        assert_eq!(Layout::parse(&good[..good.len() - 1]), Err(BadLayout::End));
        assert_eq!(Layout::parse(&[&good[..], &[0]].concat()), Err(BadLayout::End));
        assert_eq!(Layout::parse(&[1, 23, 0, 0, 5, 0]), Err(BadLayout::Recipe(0)));
        assert_eq!(Layout::parse(&[1, 3, 9, 0, 5, 0]), Err(BadLayout::Recipe(0)));
        // No such recipe; a block of zeros; no content; a number with a zero at its end.
        for run in [&[5, 2, 0, 1, 1][..], &[5, 1, 0x80, 0x20, 1, 1], &[5, 1, 0, 0, 1], &[0x85, 0, 1, 0, 1, 1]] {
            assert_eq!(Layout::parse(&[&[1, 3, 0, 0][..], run, &[0, 0]].concat()), Err(BadLayout::Length(0)));
        }
        assert_eq!(Layout::new(Vec::new(), Vec::new(), Vec::new()), Err(BadLayout::End));
        // A tree over one block, one behind the end, one within the other, and a salt that is cut off.
        for trees in
            [&[1, 0, 1, 0, 0][..], &[1, 0, 2, 0xFF, 0x7F, 0], &[2, 0, 2, 0, 0, 0, 2, 0, 0], &[1, 0, 2, 0, 9, 1]]
        {
            let bytes = [&[0][..], trees, &[0x80, 0x80, 1, 0]].concat();
            assert!(matches!(Layout::parse(&bytes), Err(BadLayout::Tree(_) | BadLayout::End)), "{trees:?}");
        }
        assert!(Layout::parse(&[0, 1, 0, 2, 0, 0, 0x80, 0x80, 1, 0]).is_ok());
    }

    #[test]
    fn changed_bytes_do_no_harm() {
        let (mut state, good) = (0x1234_5678_9ABC_DEF1_u64, layout().encode());
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for _ in 0..50_000 {
            let mut bytes = good.clone();
            for _ in 0..1 + next() % 3 {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            if let Ok(layout) = Layout::parse(&bytes) {
                assert_eq!(layout.encode(), bytes);
                assert!(layout.image() <= 2 << 40 && layout.stream() <= 2 << 40);
            }
        }
    }
}
