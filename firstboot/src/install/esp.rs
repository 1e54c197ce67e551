//! The ESP of a disk that is installed to: made anew of what the verified root has, and nothing else.
//!
//! ```text
//!   EFI/Linux/ilanga_VERSION.efi     the kernel image, of the slot's boot payload
//!   …                                what /usr/lib/ilanga/esp has, with the same paths
//!   EFI/BOOT/BOOTX64.EFI             what firmware starts
//! ```
//!
//! The file system's very first sector comes last, once all else was read back: without it there is no file system, and nothing to start.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use fatfs::{Date, DateTime, FatType, FileSystem, FormatVolumeOptions, FsOptions, Time, TimeProvider};
use formats::fat_folders::{self, Clusters};
use formats::layout::{Role, Sizes};

use crate::medium::{Medium, Sector, Window};

/// What firmware starts of a disk of which it knows nothing else (UEFI, 'Removable Media Boot Behavior').
pub(super) const STARTS: &str = "EFI/BOOT/BOOTX64.EFI";

/// A file of the ESP: its path there, and where its content is.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: fs::File,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// How much is copied at once.
const PIECE: usize = 1 << 18;

impl File {
    /// Hands its content on, piece by piece.
    fn pieces(&self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        for offset in (0..self.length).step_by(PIECE) {
            let length = usize::try_from(self.length - offset).map_or(PIECE, |left| left.min(PIECE));
            self.content.read_exact_at(&mut piece[..length], self.start + offset)?;
            each(&piece[..length])?;
        }
        Ok(())
    }
}

/// The time of all files: FAT's first one. So the same files are the same bits.
#[derive(Debug)]
struct Beginning;

static BEGINNING: Beginning = Beginning;

impl TimeProvider for Beginning {
    fn get_current_date(&self) -> Date {
        Date { year: 1980, month: 1, day: 1 }
    }

    fn get_current_date_time(&self) -> DateTime {
        DateTime { date: self.get_current_date(), time: Time { hour: 0, min: 0, sec: 0, millis: 0 } }
    }
}

/// The files below a folder, in the order of their names; none if it is not there.
pub(super) fn files(root: &Path) -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    collect(root, "", &mut found)?;
    Ok(found)
}

fn collect(folder: &Path, below: &str, found: &mut Vec<File>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let path = format!("{below}{}", name.to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => collect(&entry.path(), &format!("{path}/"), found)?,
            false => {
                let content = fs::File::open(entry.path())?;
                let length = content.metadata()?.len();
                found.push(File { path, content, start: 0, length });
            }
        }
    }
    Ok(())
}

/// The partition, without its first sector.
fn window<'a, M: Medium + ?Sized>(
    medium: &'a M,
    sizes: Sizes,
    back: bool,
    first: &'a RefCell<Sector>,
) -> Window<'a, M> {
    Window::new(medium, sizes.start(Role::Esp), sizes.esp, back).withholding(first)
}

/// Whether the firmware finds something to start there: a damaged file system is none.
pub(super) fn starts<M: Medium + ?Sized>(medium: &M, sizes: Sizes) -> bool {
    let found = Window::new(medium, sizes.start(Role::Esp), sizes.esp, true);
    let found = FileSystem::new(found, FsOptions::new());
    found.is_ok_and(|fat| fat.root_dir().open_file(STARTS).is_ok())
}

/// Makes the folders of these files, as the specification wants them.
fn make_folders<M: Medium + ?Sized>(
    medium: &M,
    sizes: Sizes,
    first: &RefCell<Sector>,
    files: &[File],
) -> io::Result<()> {
    let mut target = window(medium, sizes, false, first);
    // Where clusters begin, as the boot sector has it (FAT specification, 'BPB').
    let mut boot = [0; 64];
    target.read_exact(&mut boot)?;
    let sectors = u32::from_le_bytes([36, 37, 38, 39].map(|at| boot[at]));
    let start = u64::from(u16::from_le_bytes([boot[14], boot[15]])) + u64::from(boot[16]) * u64::from(sectors);
    let sector = u64::from(u16::from_le_bytes([boot[11], boot[12]]));
    target.rewind()?;
    let fat = FileSystem::new(target, FsOptions::new().time_provider(&BEGINNING))?;
    // Counts the free clusters, so that they are told rightly from now on.
    fat.stats()?;
    let folders = files.iter().flat_map(|file| file.path.match_indices('/').map(move |(at, _)| &file.path[..at]));
    let folders: BTreeSet<&str> = folders.collect();
    for folder in &folders {
        fat.root_dir().create_dir(folder)?;
    }
    let stats = fat.stats()?;
    fat.unmount()?;
    let used = u64::from(stats.total_clusters() - stats.free_clusters());
    let clusters = Clusters { start: start * sector, size: u64::from(boot[13]) * sector, used };
    let mended = fat_folders::mend(&mut window(medium, sizes, false, first), clusters)?;
    if mended == folders.len() {
        Ok(())
    } else {
        Err(io::Error::other("the folders of the ESP are not where they were made"))
    }
}

/// Makes the file system with these files, of which one is [`STARTS`]. When this returns, the disk starts.
pub(super) fn make<M: Medium + ?Sized>(medium: &M, sizes: Sizes, id: u32, files: &[File]) -> io::Result<()> {
    let options = FormatVolumeOptions::new().fat_type(FatType::Fat32).volume_id(id).volume_label(*b"ILANGA     ");
    let first = RefCell::new([0; 512]);
    medium.write(&first.borrow()[..], sizes.start(Role::Esp).0)?;
    medium.flush()?;
    fatfs::format_volume(window(medium, sizes, false, &first), options)?;
    let open = |back| FileSystem::new(window(medium, sizes, back, &first), FsOptions::new().time_provider(&BEGINNING));
    make_folders(medium, sizes, &first, files)?;
    let fat = open(false)?;
    for file in files {
        let mut target = fat.root_dir().create_file(&file.path)?;
        file.pieces(&mut |piece| target.write_all(piece))?;
        target.flush()?;
    }
    fat.unmount()?;
    medium.flush()?;
    let fat = open(true)?;
    for file in files {
        let mut target = fat.root_dir().open_file(&file.path)?;
        let mut found = vec![0; PIECE];
        let broken = || io::Error::other(format!("{} is not what was written: the disk is broken", file.path));
        file.pieces(&mut |piece| {
            target.read_exact(&mut found[..piece.len()])?;
            if found[..piece.len()] == *piece { Ok(()) } else { Err(broken()) }
        })?;
        if target.read(&mut found)? != 0 {
            return Err(broken());
        }
    }
    drop(fat);
    medium.write(&first.borrow()[..], sizes.start(Role::Esp).0)?;
    medium.flush()
}
