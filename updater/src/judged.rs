//! What the updater has judged, while RAUC installs it.
//!
//! RAUC opens a bundle anew to install it, and whoever can write the file could exchange it in between: somebody with a stick that
//! lies, say. So the digest of the image that was judged stands in a file of [`Tree::judged`] as long as RAUC works, and RAUC asks
//! for [`accept`] (its pre-install handler) once it has verified the bundle and before it touches a slot. Where nobody has
//! judged anything, as with `rauc install` by hand, everything is accepted that RAUC itself takes.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use formats::digest::Digest;
use thiserror::Error;

use crate::error::{Context as _, IoError};
use crate::tree::Tree;

/// A bundle is not installed.
#[derive(Debug, Error)]
pub enum NotJudged {
    /// It is another one than was judged.
    #[error("the bundle was exchanged after it had been judged: its image is {found}, and {judged} was judged")]
    Exchanged {
        /// What it has now.
        found: String,
        /// What it had.
        judged: String,
    },
    /// It can't be told.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// The word that an image was judged, until it is dropped.
#[derive(Debug)]
pub struct Judged {
    path: PathBuf,
}

impl Judged {
    /// Says that this image may be written, and no other.
    pub fn only(tree: &Tree, image: Digest) -> Result<Self, IoError> {
        let path = tree.judged();
        // /run: what a power cut leaves of it is nothing.
        fs::write(&path, format!("{image}\n")).context("writing", &path)?;
        Ok(Self { path })
    }

    /// Takes back what a process that ended in the middle has left.
    pub fn forget(tree: &Tree) -> Result<(), IoError> {
        let path = tree.judged();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("removing", &path),
            _ => Ok(()),
        }
    }
}

impl Drop for Judged {
    fn drop(&mut self) {
        // If it stays, the next start of the daemon takes it back; until then only this image is taken.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the image with this digest, as RAUC names it, may be written.
pub fn accept(tree: &Tree, image: &str) -> Result<(), NotJudged> {
    let path = tree.judged();
    let judged = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        text => text.context("reading", &path)?,
    };
    if judged.trim_end() == image {
        return Ok(());
    }
    Err(NotJudged::Exchanged { found: image.to_owned(), judged: judged.trim_end().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_judged_while_it_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::in_folder(folder.path(), folder.path());
        fs::create_dir_all(tree.run()).unwrap();
        let [good, other] = ["good", "other"].map(Digest::of);
        accept(&tree, &other.to_string()).unwrap();
        let judged = Judged::only(&tree, good).unwrap();
        accept(&tree, &good.to_string()).unwrap();
        for image in [other.to_string(), String::new()] {
            let error = accept(&tree, &image).unwrap_err();
            assert!(error.to_string().starts_with("the bundle was exchanged after"), "{error}");
        }
        drop(judged);
        accept(&tree, &other.to_string()).unwrap();
        std::mem::forget(Judged::only(&tree, good).unwrap());
        Judged::forget(&tree).unwrap();
        Judged::forget(&tree).unwrap();
        accept(&tree, &other.to_string()).unwrap();
    }
}
