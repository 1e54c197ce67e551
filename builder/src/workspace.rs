//! Where the builder finds what it builds from, and where it puts what it made.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A checkout of the workspace. Names each of its paths that the builder uses.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that `start`, or a folder above it, is in.
    pub(crate) fn find(start: &Path) -> Result<Self> {
        let start = start.canonicalize().with_context(|| format!("finding the folder {}", start.display()))?;
        for folder in start.ancestors() {
            if folder.join("images").is_dir() && folder.join("Cargo.lock").is_file() {
                return Ok(Self { root: folder.to_owned() });
            }
        }
        bail!(
            "{} is in no workspace of ilanga: no folder above it has both images/ and Cargo.lock; use --directory",
            start.display()
        )
    }

    /// Its top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration of a board's image.
    pub(crate) fn image(&self, board: &str) -> Result<PathBuf> {
        let folder = self.root.join("images").join(board);
        if !board.contains('/') && folder.join("image.toml").is_file() {
            return Ok(folder);
        }
        let boards = self.boards()?;
        bail!("there is no image '{board}'; images/ has: {}", boards.join(", "))
    }

    /// The boards that have an image, sorted.
    pub(crate) fn boards(&self) -> Result<Vec<String>> {
        let images = self.root.join("images");
        let mut boards = Vec::new();
        for entry in std::fs::read_dir(&images).context("listing images/")? {
            let path = entry.context("listing images/")?.path();
            if path.join("image.toml").is_file() {
                boards.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        boards.sort();
        Ok(boards)
    }

    /// The lock of an image's packages.
    pub(crate) fn lock(&self, board: &str) -> PathBuf {
        self.root.join("images").join(board).join("packages.lock")
    }

    /// The lock of the tools tree.
    pub(crate) fn tools_lock(&self) -> PathBuf {
        self.root.join("images/tools.lock")
    }

    /// The list of the tools tree's packages.
    pub(crate) fn tools_list(&self) -> PathBuf {
        self.root.join("builder/tools.list")
    }

    /// The lock of hawkBit's client, which stories try.
    pub(crate) fn hawkbit_lock(&self) -> PathBuf {
        self.root.join("qemu-tests/hawkbit.lock")
    }

    /// Where artefacts go.
    pub(crate) fn out(&self) -> PathBuf {
        self.root.join("out")
    }
}
