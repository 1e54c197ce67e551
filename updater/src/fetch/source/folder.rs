//! A repository in a folder: a stick, or anything else that is mounted. What it holds is as untrusted as a server's.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use formats::pieces::Piece;

use super::{Body, Form, Source, SourceError, Way, checked};
use crate::beneath;

/// The folder that has `metadata/` and `targets/`.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    name: String,
}

impl Folder {
    /// The repository in this folder.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), name: path.display().to_string() }
    }

    fn open(&self, path: &str) -> Result<File, SourceError> {
        beneath::open(&self.path, checked(path)?).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => SourceError::Absent,
            _ => SourceError::Network(Some(error)),
        })
    }
}

impl Source for Folder {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Folder
    }

    fn form(&self) -> Form {
        Form::Packed
    }

    fn run(&self, object: &str, pieces: &[Piece], skip: u64) -> Result<Body<'_>, SourceError> {
        let mut file = self.open(object)?;
        let Some(first) = pieces.first() else { return Ok(Box::new(std::io::empty())) };
        let length: u64 = pieces.iter().map(|piece| piece.packed).sum();
        file.seek(SeekFrom::Start(first.at + skip)).map_err(|error| SourceError::Network(Some(error)))?;
        Ok(Box::new(file.take(length.saturating_sub(skip))))
    }

    fn file(&self, path: &str, limit: u64) -> Result<Body<'_>, SourceError> {
        Ok(Box::new(self.open(path)?.take(limit.saturating_add(1))))
    }

    fn stop(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::source::read_all;
    use formats::digest::Digest;

    #[test]
    fn files_and_parts_of_them_but_nothing_outside() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("targets")).unwrap();
        std::fs::write(at("targets/x"), "0123456789").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), at("targets/link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), at("away")).unwrap();
        nix::unistd::mkfifo(&at("targets/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();

        let source = Folder::at(folder.path());
        assert_eq!(read_all(source.file("targets/x", 10).unwrap(), 10).unwrap(), b"0123456789");
        assert!(matches!(read_all(source.file("targets/x", 9).unwrap(), 9), Err(SourceError::TooMuch)));
        let piece = |at, packed| Piece { digest: Digest::of(""), length: packed, at, packed };
        let run = [piece(2, 3), piece(5, 2)];
        assert_eq!(read_all(source.run("targets/x", &run, 1).unwrap(), 100).unwrap(), b"3456");
        assert_eq!(read_all(source.run("targets/x", &[piece(8, 30)], 0).unwrap(), 100).unwrap(), b"89");
        for absent in ["targets/y", "targets/x/y", "targets/pipe", "targets", "away/secret"] {
            assert!(matches!(source.file(absent, 10), Err(SourceError::Absent)), "{absent}");
        }
        assert!(matches!(source.file("targets/link", 10), Err(SourceError::Network(_))));
        for path in ["../secret", "/etc/passwd", "targets/../../x"] {
            assert!(matches!(source.file(path, 10), Err(SourceError::Name(_))), "{path}");
        }
    }
}
