//! `settings.toml` on the state partition, and other files that are replaced as a whole.
//!
//! The partition is anyone's: nothing on it is followed or waited for. A file is replaced by writing another beside it,
//! flushing that, renaming it, and flushing the folder: a power cut leaves the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use formats::settings::{BadSettings, FILE, LONGEST, Settings};
use nix::libc;
use thiserror::Error;

/// A file could not be read or replaced.
#[derive(Debug, Error)]
#[error("{operation} {}", path.display())]
pub(crate) struct StoreError {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError { operation, path: path.to_owned(), source }
}

/// What there is.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// Settings.
    Whole(Settings),
    /// No file.
    Absent,
    /// A file, or something else under its name, that holds no settings for this release.
    Refused(BadSettings),
    /// The disk does not give it.
    Unreadable(StoreError),
}

/// Where the settings are kept.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    file: PathBuf,
}

impl Store {
    /// The settings in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: folder.join(FILE) }
    }

    /// Reads the settings.
    pub(crate) fn load(&self) -> Loaded {
        match read(&self.file) {
            Ok(Some(text)) => Settings::parse(&text).map_or_else(Loaded::Refused, Loaded::Whole),
            Ok(None) => Loaded::Refused(BadSettings::NoFile),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Loaded::Absent,
            Err(error) => Loaded::Unreadable(failed("reading", &self.file)(error)),
        }
    }

    /// Keeps others from changing the settings until the result is dropped.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        let folder = File::open(&self.folder).map_err(failed("opening", &self.folder))?;
        folder.lock().map_err(failed("locking", &self.folder))?;
        Ok(folder)
    }

    /// Replaces the settings; they are on the disk when this returns.
    pub(crate) fn save(&self, settings: &Settings) -> Result<(), StoreError> {
        write(&self.file, 0o644, settings.to_text().as_bytes())
    }

    /// Gives what is under the file's name another one, for a person to look at.
    pub(crate) fn put_aside(&self) -> Result<(), StoreError> {
        let aside = self.folder.join(format!("{FILE}.bad"));
        // What was put aside before goes, unless it is a folder with something in it.
        let _ = fs::remove_file(&aside).or_else(|_| fs::remove_dir(&aside));
        fs::rename(&self.file, &aside).map_err(failed("putting aside", &self.file))
    }
}

/// The text of a file; `None` if that is no file, or its text is too long or no text.
fn read(path: &Path) -> io::Result<Option<String>> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        // A symbolic link, or a socket.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO)) => return Ok(None),
        file => file?,
    };
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok())
}

/// Replaces a file, or makes it.
pub(crate) fn write(path: &Path, mode: u32, contents: &[u8]) -> Result<(), StoreError> {
    let (folder, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default().to_string_lossy());
    let temporary = folder.join(format!(".{name}.new"));
    let replace = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(contents)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    replace().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed("writing", path)(error)
    })
}
