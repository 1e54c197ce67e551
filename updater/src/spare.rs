//! The boot loader on the ESP: what it has lost is restored from the verified root.
//!
//! Invariants: a file that is there is never changed, so what starts the machine now goes on to do so (but where keys change:
//! `key_change`); each file is whole under its name, as it is flushed under a temporary one before.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use formats::boot_state::TEMPORARY;

use crate::error::{Context as _, IoError};

/// Puts back what the folder `spare` has and the ESP at `esp` has not; `done` is told of each file that is on the disk.
pub fn restore(spare: &Path, esp: &Path, mut done: impl FnMut(&Path)) -> Result<(), IoError> {
    for path in files(spare, Path::new(""))? {
        let target = esp.join(&path);
        if is_there(&target)? {
            continue;
        }
        let folder = target.parent().unwrap_or(esp);
        make_folder(esp, folder)?;
        let source = spare.join(&path);
        let content = fs::read(&source).context("reading", &source)?;
        write(folder, &content, &target).inspect_err(|_| {
            // A full ESP is not to be kept full by what did not fit. It may not have been made.
            let _ = fs::remove_file(folder.join(TEMPORARY));
        })?;
        done(&path);
    }
    Ok(())
}

/// Puts what the folder `spare` has in the place of what the ESP at `esp` has there. A cut leaves the one or the other.
pub fn replace(spare: &Path, esp: &Path, path: &Path) -> Result<(), IoError> {
    let (source, target) = (spare.join(path), esp.join(path));
    let folder = target.parent().unwrap_or(esp);
    make_folder(esp, folder)?;
    let content = fs::read(&source).context("reading", &source)?;
    write(folder, &content, &target).inspect_err(|_| {
        let _ = fs::remove_file(folder.join(TEMPORARY));
    })
}

fn write(folder: &Path, content: &[u8], target: &Path) -> Result<(), IoError> {
    let temporary = folder.join(TEMPORARY);
    let mut file = File::create(&temporary).context("making", &temporary)?;
    file.write_all(content).and_then(|()| file.sync_all()).context("writing", &temporary)?;
    fs::rename(&temporary, target).context("renaming", &temporary)?;
    flush(target)?;
    flush(folder)
}

/// An empty file is what a broken file system leaves.
fn is_there(path: &Path) -> Result<bool, IoError> {
    match fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        metadata => Ok(metadata.context("looking at", path)?.len() > 0),
    }
}

/// All files below a folder, sorted; none if it is not there.
pub(crate) fn files(root: &Path, below: &Path) -> Result<Vec<PathBuf>, IoError> {
    let folder = root.join(below);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.context("listing", &folder)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.context("listing", &folder)?;
        let path = below.join(entry.file_name());
        if entry.file_type().context("looking at", &root.join(&path))?.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn make_folder(root: &Path, folder: &Path) -> Result<(), IoError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).context("making", folder)?;
    folder.ancestors().take_while(|path| path.starts_with(root)).try_for_each(flush)
}

fn flush(path: &Path) -> Result<(), IoError> {
    File::open(path).and_then(|file| file.sync_all()).context("flushing", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let (spare, esp) = (folder.path().join("spare"), folder.path().join("esp"));
        for (path, content) in [("EFI/BOOT/BOOTX64.EFI", "boot"), ("loader/loader.conf", "new")] {
            fs::create_dir_all(spare.join(path).parent().unwrap()).unwrap();
            fs::write(spare.join(path), content).unwrap();
        }
        fs::create_dir_all(esp.join("loader")).unwrap();
        fs::write(esp.join("loader/loader.conf"), "old").unwrap();
        let mut done = Vec::new();
        restore(&spare, &esp, |path| done.push(path.to_owned())).unwrap();
        assert_eq!(done, [Path::new("EFI/BOOT/BOOTX64.EFI")]);
        assert_eq!(fs::read_to_string(esp.join("EFI/BOOT/BOOTX64.EFI")).unwrap(), "boot");
        assert_eq!(fs::read_to_string(esp.join("loader/loader.conf")).unwrap(), "old");
        fs::write(esp.join("EFI/BOOT/BOOTX64.EFI"), "").unwrap();
        restore(&spare, &esp, |_| ()).unwrap();
        restore(&spare, &esp, |path| panic!("{} is there", path.display())).unwrap();
        restore(&folder.path().join("none"), &esp, |_| panic!("there is nothing to restore")).unwrap();
    }
}
