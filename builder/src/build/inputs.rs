//! The digest of everything that an image is made from, found without making anything: if it is that of the last
//! build and its artefacts are there, nothing needs to be done.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

/// Digests things one after the other, each with its name.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    text: String,
}

impl Inputs {
    /// Adds a value.
    pub(crate) fn value(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        self.text.push_str(&format!("{name} {}\n", Digest::of(value)));
        self
    }

    /// Adds a file, or a folder with all below it: names, contents, links, and whether a file may be executed.
    pub(crate) fn files(&mut self, name: &str, path: &Path) -> Result<&mut Self> {
        let mut files = Vec::new();
        list(path, &mut files).with_context(|| format!("listing {}", path.display()))?;
        files.sort();
        for file in files {
            let below = file.strip_prefix(path).unwrap_or(&file).display().to_string();
            let (kind, digest) = describe(&file).with_context(|| format!("reading {}", file.display()))?;
            self.text.push_str(&format!("{name} {kind} {below:?} {digest}\n"));
        }
        Ok(self)
    }

    /// The digest of all that was added.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.text)
    }
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    files.push(path.to_owned());
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            list(&entry?.path(), files)?;
        }
    }
    Ok(())
}

fn describe(file: &Path) -> io::Result<(&'static str, Digest)> {
    let metadata = fs::symlink_metadata(file)?;
    Ok(if metadata.is_symlink() {
        ("link", Digest::of(fs::read_link(file)?.as_os_str().as_encoded_bytes()))
    } else if metadata.is_dir() {
        ("folder", Digest::of(""))
    } else if metadata.permissions().mode() & 0o100 == 0 {
        ("file", Digest::of(fs::read(file)?))
    } else {
        ("program", Digest::of(fs::read(file)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_every_change_that_matters() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let digest = || {
            let mut inputs = Inputs::default();
            inputs.files("f", folder.path()).unwrap();
            inputs.digest()
        };
        let mut seen = vec![digest()];
        let mut changed = || {
            let now = digest();
            assert!(!seen.contains(&now));
            seen.push(now);
        };
        fs::write(&file, "1").unwrap();
        changed();
        fs::write(&file, "2").unwrap();
        changed();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        changed();
        fs::create_dir(folder.path().join("b")).unwrap();
        changed();
        std::os::unix::fs::symlink("a", folder.path().join("c")).unwrap();
        changed();
    }
}
