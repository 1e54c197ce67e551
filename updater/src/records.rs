//! What the updater keeps on the state partition, below [`Tree::records`]:
//!
//! ```text
//! history.jsonl   what happened (crate::history)
//! pin             the release that the node is to keep to: a version and a line break
//! floor           no release below this is installed: the same
//! restart         when it may restart by itself into a release that waits: hours, as 02:00-04:00
//! network         how well the node was connected before an update: 'none', 'site' or 'global'
//! ```
//!
//! The partition is anyone's. Invariants: no link is followed and nothing but a plain file is read, no more of it than it
//! may have; a value that makes no sense is no value; a file is replaced as a whole, and is on the disk when that returns;
//! what stands here can keep the node from doing something, and never lets it do something, but for the hours of restarts: the
//! worst that comes of them is a restart at another hour, into a release that was installed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use formats::version::Version;
use nix::libc;

use crate::decide::network::Network;
use crate::error::{Context as _, IoError};
#[cfg(feature = "net")]
use crate::fetch::hours::Hours;
use crate::history::{Event, History, MOST_BYTES, Record};
use crate::sentence::LONGEST;
use crate::tree::Tree;

/// More than any of the small values has.
const LONGEST_VALUE: usize = 64;

/// The folder of the records.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
    shipped_floor: PathBuf,
}

impl Records {
    /// The records of a node.
    pub fn new(tree: &Tree) -> Self {
        Self { folder: tree.records(), shipped_floor: tree.floor() }
    }

    /// What happened, as far as it can be read.
    pub fn history(&self) -> History {
        History::parse(&self.read("history.jsonl", 2 * MOST_BYTES).unwrap_or_default())
    }

    /// Adds events to the history; they are on the disk when this returns.
    pub fn add(&self, now: u64, events: impl IntoIterator<Item = Event>) -> Result<(), IoError> {
        let mut events = events.into_iter().peekable();
        if events.peek().is_none() {
            return Ok(());
        }
        let _lock = self.lock()?;
        let mut history = self.history();
        events.for_each(|event| history.add(Record::new(now, event)));
        self.replace("history.jsonl", history.to_text().as_bytes())
    }

    /// The release that the node is to keep to.
    pub fn pin(&self) -> Option<Version> {
        self.value("pin")
    }

    /// Sets that, or ends it.
    pub fn set_pin(&self, version: Option<&Version>) -> Result<(), IoError> {
        self.set("pin", version)
    }

    /// The oldest release that may be installed: what the release that runs says, and what a newer one said that was judged
    /// good here.
    pub fn floor(&self) -> Option<Version> {
        self.value("floor").max(self.shipped_floor())
    }

    /// Remembers what the release that runs says about the oldest one. It is never lowered.
    pub fn raise_floor(&self) -> Result<(), IoError> {
        match self.shipped_floor() {
            Some(floor) if self.value::<Version>("floor").is_none_or(|known| known < floor) => {
                self.set("floor", Some(&floor))
            }
            _ => Ok(()),
        }
    }

    /// When the node may restart by itself into a release that waits; never, if nobody said.
    #[cfg(feature = "net")]
    pub fn restart(&self) -> Option<Hours> {
        self.value::<Hours>("restart").filter(|hours| *hours != Hours::default())
    }

    /// Sets that, or ends it.
    #[cfg(feature = "net")]
    pub fn set_restart(&self, hours: Option<&Hours>) -> Result<(), IoError> {
        self.set("restart", hours)
    }

    /// How well the node was connected before the update that is on trial.
    pub fn network(&self) -> Option<Network> {
        self.value("network")
    }

    /// Sets that, or ends it.
    pub fn set_network(&self, network: Option<Network>) -> Result<(), IoError> {
        self.set("network", network.as_ref())
    }

    fn shipped_floor(&self) -> Option<Version> {
        let text = read(&self.shipped_floor, LONGEST_VALUE).ok()?;
        str::from_utf8(&text).ok()?.trim().parse().ok()
    }

    fn value<T: FromStr>(&self, name: &str) -> Option<T> {
        let bytes = self.read(name, LONGEST_VALUE)?;
        str::from_utf8(&bytes).ok()?.trim_end().parse().ok()
    }

    fn set(&self, name: &str, value: Option<&impl ToString>) -> Result<(), IoError> {
        let _lock = self.lock()?;
        match value {
            Some(value) => self.replace(name, format!("{}\n", value.to_string()).as_bytes()),
            None => {
                let path = self.folder.join(name);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                    removed => removed.context("removing", &path)?,
                }
                File::open(&self.folder).and_then(|folder| folder.sync_all()).context("flushing", &self.folder)
            }
        }
    }

    fn read(&self, name: &str, most: usize) -> Option<Vec<u8>> {
        read(&self.folder.join(name), most).ok()
    }

    fn replace(&self, name: &str, contents: &[u8]) -> Result<(), IoError> {
        let path = self.folder.join(name);
        replace(&path, contents).context("writing", &path)
    }

    /// Makes the folder, and lets one process at a time change what is in it.
    fn lock(&self) -> Result<File, IoError> {
        match DirBuilder::new().mode(0o755).create(&self.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).context("making", &self.folder);
            }
            _ => {}
        }
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let folder = OpenOptions::new().read(true).custom_flags(flags).open(&self.folder);
        let folder = folder.context("opening", &self.folder)?;
        folder.lock().context("locking", &self.folder)?;
        Ok(folder)
    }
}

/// The text of a file with a sentence in it; empty if there is none.
pub(crate) fn text(path: &Path) -> String {
    String::from_utf8_lossy(&read(path, 4 * LONGEST).unwrap_or_default()).into_owned()
}

/// The first bytes of a plain file.
pub(crate) fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Replaces a file, or makes it.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    let write = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&temporary)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn store() -> (tempfile::TempDir, Records) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("state")).unwrap();
        fs::create_dir_all(folder.path().join("usr/share/ilanga")).unwrap();
        let store = Records::new(&Tree::in_folder(folder.path(), folder.path()));
        (folder, store)
    }

    #[test]
    fn values_and_back() {
        let (_folder, store) = store();
        assert_eq!((store.pin(), store.floor(), store.network()), (None, None, None));
        store.set_pin(Some(&version("2026.11.0"))).unwrap();
        store.set_network(Some(Network::Site)).unwrap();
        assert_eq!((store.pin(), store.network()), (Some(version("2026.11.0")), Some(Network::Site)));
        store.set_pin(None).unwrap();
        store.set_pin(None).unwrap();
        assert_eq!(store.pin(), None);
    }

    #[test]
    fn the_floor_only_rises() {
        let (folder, store) = store();
        let shipped = folder.path().join("usr/share/ilanga/oldest-release");
        store.raise_floor().unwrap();
        for (text, expected) in [("2\n", Some("2")), ("3", Some("3")), ("1", Some("3")), ("x", Some("3"))] {
            fs::write(&shipped, text).unwrap();
            store.raise_floor().unwrap();
            assert_eq!(store.floor(), expected.map(version), "{text}");
        }
    }

    #[test]
    fn events_are_added() {
        let (folder, store) = store();
        assert_eq!(store.history(), History::default());
        store.add(1, []).unwrap();
        assert!(!folder.path().join("state/updates").exists());
        store.add(1, [Event::Unpinned]).unwrap();
        let path = folder.path().join("state/updates/history.jsonl");
        // A write that was cut off.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"format\":1,").unwrap();
        store.add(2, [Event::JudgedGood { version: version("2") }]).unwrap();
        let times: Vec<u64> = store.history().records().map(|record| record.time).collect();
        assert_eq!(times, [1, 2]);
    }

    #[test]
    fn planted_things_are_not_followed() {
        let (folder, store) = store();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "2026.11.0\n").unwrap();
        let records = folder.path().join("state/updates");
        fs::create_dir(&records).unwrap();
        symlink(&elsewhere, records.join("pin")).unwrap();
        fs::create_dir(records.join("floor")).unwrap();
        fs::write(records.join("network"), [0xFF; 100]).unwrap();
        assert_eq!((store.pin(), store.floor(), store.network()), (None, None, None));
        store.set_pin(Some(&version("1"))).unwrap();
        assert_eq!(
            (store.pin(), fs::read_to_string(&elsewhere).unwrap().as_str()),
            (Some(version("1")), "2026.11.0\n")
        );
        fs::remove_dir_all(&records).unwrap();
        symlink(folder.path(), &records).unwrap();
        assert!(store.set_pin(None).is_err());
    }
}
