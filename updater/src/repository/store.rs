//! What a node keeps of the metadata that it accepted, so that it accepts nothing older.
//!
//! ```text
//! N.root.json      each root since the one of the release that runs, as it was got
//! targets.json, snapshot.json, timestamp.json      as `tough` writes them
//! .load-*          where a look is worked on; removed at the end, or at the next look
//! ```
//!
//! Nothing here is trusted: the chain of roots is checked anew from the verified root's at each look, the other files against the
//! root at its end. Who changes or removes them takes from the node only its memory.
//!
//! Invariant: a file appears under its name when it is whole and on the disk, and what names it comes later: a power cut leaves
//! a memory that is whole, and at most one look behind. (`tough` itself writes its files in place: one that a power cut tore would be passed
//! over as if there had been none.)

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use formats::date::Date;
use formats::metadata;
use formats::metadata::schema::{Root, Signed, Timestamp};
use formats::repository::{LONGEST_ROOT, LONGEST_SNAPSHOT, LONGEST_TARGETS, MOST_ROOTS, TIMESTAMP};
use tempfile::TempDir;

use super::RepositoryError;
use crate::error::{Context as _, IoError};

/// The files that `tough` compares with, in the order in which they are kept, each with its limit.
const FILES: [(&str, u64); 3] =
    [("targets.json", LONGEST_TARGETS), ("snapshot.json", LONGEST_SNAPSHOT), (TIMESTAMP, LONGEST_SNAPSHOT)];

/// What the names of folders for work begin with.
const WORK: &str = ".load-";

/// The folder of what was accepted.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder, which is made if it is not there.
    pub(super) fn open(folder: &Path) -> Result<Self, IoError> {
        fs::create_dir_all(folder).context("making", folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The newest root that the kept chain leads to from the verified root's, as bytes and as what they say.
    pub(super) fn root(&self, own: &[u8]) -> Result<(Vec<u8>, Signed<Root>), RepositoryError> {
        let wrong = |error| RepositoryError::OwnRoot(Box::new(error));
        let mut root: Signed<Root> = metadata::read(own, LONGEST_ROOT).map_err(wrong)?;
        metadata::verify(&root.signed, &root).map_err(wrong)?;
        let mut bytes = own.to_vec();
        for _ in 0..MOST_ROOTS {
            let path = self.folder.join(root_name(root.signed.version.get().saturating_add(1)));
            let Some(next) = read(&path, LONGEST_ROOT)? else { break };
            // Damaged, or somebody's own: it will be got again.
            let Ok(followed) = metadata::read(&next, LONGEST_ROOT).and_then(|next| metadata::follow(&root, next))
            else {
                break;
            };
            (bytes, root) = (next, followed);
        }
        Ok((bytes, root))
    }

    /// A folder for `tough`, with what was accepted last in it.
    pub(super) fn work(&self) -> Result<TempDir, IoError> {
        for entry in fs::read_dir(&self.folder).context("listing", &self.folder)? {
            let entry = entry.context("listing", &self.folder)?;
            if entry.file_name().to_string_lossy().starts_with(WORK) {
                // What can't be removed is in nobody's way.
                let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
            }
        }
        let work =
            tempfile::Builder::new().prefix(WORK).tempdir_in(&self.folder).context("writing to", &self.folder)?;
        for (name, longest) in FILES {
            if let Some(bytes) = read(&self.folder.join(name), longest)? {
                let copy = work.path().join(name);
                fs::write(&copy, bytes).context("writing", &copy)?;
            }
        }
        Ok(work)
    }

    /// The day on which the list was signed that was accepted last, if the root still trusts who signed it.
    pub(super) fn signed_on(&self, root: &Root) -> Result<Option<Date>, IoError> {
        let Some(bytes) = read(&self.folder.join(TIMESTAMP), LONGEST_SNAPSHOT)? else { return Ok(None) };
        let Ok(timestamp) = metadata::read::<Timestamp>(&bytes, LONGEST_SNAPSHOT) else { return Ok(None) };
        let believed = metadata::verify(root, &timestamp).is_ok();
        let day = metadata::signed_on(&timestamp.signed).filter(|_| believed);
        // Nobody signs what has ended.
        Ok(day.filter(|day| day.seconds() <= metadata::ends(&timestamp.signed)))
    }

    /// Keeps what `tough` has left in its folder, and the roots of these versions.
    pub(super) fn keep(
        &self,
        work: &Path,
        roots: &BTreeMap<u64, Vec<u8>>,
        versions: RangeInclusive<u64>,
    ) -> Result<(), IoError> {
        for (version, bytes) in roots.range(versions) {
            self.write(&root_name(*version), bytes)?;
        }
        for (name, longest) in FILES {
            let path = work.join(name);
            let Some(bytes) = read(&path, longest)? else {
                return Err(io::Error::from(io::ErrorKind::NotFound)).context("reading", &path);
            };
            if read(&self.folder.join(name), longest)?.as_ref() != Some(&bytes) {
                self.write(name, &bytes)?;
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), IoError> {
        let path = self.folder.join(name);
        let write = || {
            let mut file = tempfile::Builder::new().prefix(WORK).tempfile_in(&self.folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().context("writing", &path)
    }
}

fn root_name(version: u64) -> String {
    format!("{version}.root.json")
}

/// A file's bytes; nothing where there is none, or a longer one than may be.
fn read(path: &Path, longest: u64) -> Result<Option<Vec<u8>>, IoError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("opening", path),
    };
    let mut bytes = Vec::new();
    file.take(longest + 1).read_to_end(&mut bytes).context("reading", path)?;
    Ok((bytes.len() as u64 <= longest).then_some(bytes))
}
