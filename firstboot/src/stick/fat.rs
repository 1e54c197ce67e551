//! One file in the root folder of a FAT file system that a stranger may have made.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;

use fatfs::{FileSystem, FsOptions};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::libc;
use zeroize::Zeroizing;

/// The most reads for finding a file: some five thousand in a root folder, where each is a few entries of eleven reads.
const FINDING: u32 = 1 << 18;

/// The most for making one: each entry of the table of a large, full stick is one.
const MAKING: u32 = 1 << 24;

/// The most bytes that are cleared of a file before it is removed: more than any that is read.
const LONGEST_CLEARED: u64 = 64 << 10;

/// A device that is asked so often and no more: a chain of clusters may lead back to itself.
struct Limited {
    file: File,
    left: u32,
}

impl Limited {
    fn ask(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("what is on it has no end"))?;
        Ok(())
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ask()?;
        self.file.read(buffer)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ask()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Limited {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Does something with what is on a device, which nobody else has mounted meanwhile (`O_EXCL`), in a thread that may panic.
fn within<T: Send>(
    file: File,
    limit: u32,
    act: impl FnOnce(&FileSystem<Limited>) -> io::Result<T> + Send,
) -> io::Result<T> {
    let work = move || {
        let system = FileSystem::new(Limited { file, left: limit }, FsOptions::new().update_accessed_date(false))?;
        let done = act(&system)?;
        system.unmount()?;
        Ok(done)
    };
    let ended = thread::scope(|scope| scope.spawn(work).join());
    ended.unwrap_or_else(|_| Err(io::Error::other("its file system is damaged")))
}

/// A file that is no longer; another one is none.
pub(super) fn read(device: &Path, name: &str, longest: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_EXCL | libc::O_NONBLOCK).open(device)?;
    within(file, FINDING, |system| {
        let mut file = match system.root_dir().open_file(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(longest + 1));
        (&mut file).take(longest as u64 + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() <= longest).then_some(bytes))
    })
}

/// Makes a file; when this returns, it is on the stick.
pub(super) fn write(device: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    change(device, |system| {
        let mut file = system.root_dir().create_file(name)?;
        file.truncate()?;
        file.write_all(bytes)?;
        file.flush()
    })
}

/// Clears a file, and removes it, if it is there. What flash keeps of it elsewhere, nobody reaches through the file system.
pub(super) fn remove(device: &Path, name: &str) -> io::Result<()> {
    change(device, |system| {
        let mut file = match system.root_dir().open_file(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let mut left = file.seek(SeekFrom::End(0))?.min(LONGEST_CLEARED);
        file.rewind()?;
        while left > 0 {
            let zeros = [0; 512];
            let now = left.min(512);
            file.write_all(zeros.get(..usize::try_from(now).unwrap_or(0)).unwrap_or_default())?;
            left -= now;
        }
        file.flush()?;
        drop(file);
        system.root_dir().remove(name)
    })
}

fn change(device: &Path, act: impl FnOnce(&FileSystem<Limited>) -> io::Result<()> + Send) -> io::Result<()> {
    let flags = libc::O_EXCL | libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(device)?;
    let flushed = file.try_clone()?;
    within(file, MAKING, act)?;
    flushed.sync_all()?;
    // What is read back comes from the stick, not from memory, where the kernel follows this advice.
    let _ = posix_fadvise(&flushed, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
    Ok(())
}
