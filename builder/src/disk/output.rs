//! Files that appear under their name only when they are whole and on the disk.
//!
//! The bytes go to `.<name>.partial` in the same folder, which is flushed and renamed at the end. A partial file that
//! a killed run left behind is overwritten by the next one; on failure it is removed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::DiskError;

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    partial: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl Output {
    /// An empty file that will be `target`.
    pub(crate) fn create(target: &Path) -> Result<Self, DiskError> {
        let partial = partial_name(target).map_err(DiskError::writing(target))?;
        let options = || File::options().read(true).write(true).create(true).truncate(true).mode(0o644).open(&partial);
        let file = options().map_err(DiskError::writing(&partial))?;
        Ok(Self { file, partial, target: target.to_owned(), finished: false })
    }

    /// The open file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Where it is until it is finished.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Where the file will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Flushes the file and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), DiskError> {
        let done = || {
            self.file.sync_all()?;
            fs::rename(&self.partial, &self.target)?;
            File::open(folder(&self.target))?.sync_all()
        };
        done().map_err(DiskError::writing(&self.target))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing can be done about a failure here, and the error that led here is the one to report.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn partial_name(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut partial = std::ffi::OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(target.with_file_name(partial))
}

/// Writes a small file as a whole.
pub(crate) fn write_file(target: &Path, content: &[u8]) -> Result<(), DiskError> {
    let output = Output::create(target)?;
    output.file().write_all(content).map_err(DiskError::writing(target))?;
    output.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appears_only_when_finished() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let output = Output::create(&target).unwrap();
        output.file().write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(output);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        write_file(&target, b"whole").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
