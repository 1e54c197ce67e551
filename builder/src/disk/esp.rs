//! The EFI system partition: a FAT32 file system with the files of an [`EspSpec`], in its order.
//!
//! Dates, volume id and label come from the specification, names and clusters follow from the order of the files, so
//! the same specification gives the same bits. Clusters are 4096 bytes where the ESP is large enough for FAT32's 65525
//! of them, otherwise 512. [`EspSpec::check`] finds files that do not fit before anything is written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use der::DateTime;
use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions, TimeProvider};
use formats::fat_folders::{self, Clusters};
use formats::size::Bytes;

use super::DiskError;
use super::window::Window;

/// An ESP with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct EspSpec {
    /// How long the partition is.
    pub(crate) size: Bytes,
    /// The FAT volume's label, at most 11 upper-case ASCII characters.
    pub(crate) label: String,
    /// The FAT volume's id.
    pub(crate) volume_id: u32,
    /// The date of all its files: the release's, in seconds since 1970.
    pub(crate) date: u64,
    /// Its files, in the order in which they are written.
    pub(crate) files: Vec<EspFile>,
}

/// A file of the ESP.
#[derive(Clone, Debug)]
pub(crate) struct EspFile {
    /// Its path with `/`, without one at the start; see [`super::esp_paths`].
    pub(crate) path: String,
    /// What it holds.
    pub(crate) content: Content,
}

/// Where a file's content comes from.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file of the host.
    File(PathBuf),
}

impl Content {
    fn length(&self) -> Result<u64, DiskError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => Ok(fs::metadata(path).map_err(DiskError::reading(path))?.len()),
        }
    }
}

/// A checked specification: what is written needs no decision any more.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    spec: &'a EspSpec,
    lengths: Vec<u64>,
    folders: Vec<&'a str>,
    label: [u8; 11],
    now: fatfs::DateTime,
    cluster: u32,
    first_cluster: u64,
}

const RESERVED_SECTORS: u64 = 8;
const FATS: u64 = 2;
const FAT32_CLUSTERS: u64 = 65525;

impl EspSpec {
    /// Checks the names, the date and the room; reads the lengths of the files.
    pub(super) fn check(&self) -> Result<Checked<'_>, DiskError> {
        let lengths = self.files.iter().map(|file| file.content.length()).collect::<Result<Vec<_>, _>>()?;
        let folders = folders(&self.files)?;
        let label = label(&self.label)?;
        let now = fat_date(self.date)?;
        let Geometry { cluster, clusters, first_cluster } = geometry(self.size)?;
        let needed = clusters_needed(&self.files, &lengths, &folders, u64::from(cluster));
        if needed > clusters {
            return Err(DiskError::EspFull {
                needed: Bytes(needed * u64::from(cluster)),
                room: Bytes(clusters * u64::from(cluster)),
                size: self.size,
            });
        }
        Ok(Checked { spec: self, lengths, folders, label, now, cluster, first_cluster })
    }
}

impl Checked<'_> {
    /// How many bytes its files have.
    pub(super) fn length(&self) -> u64 {
        self.lengths.iter().sum()
    }

    /// Makes the file system in `window`; tells `wrote` how many bytes of files were written. Returns where the part that
    /// matters ends: behind it there are free clusters only.
    pub(super) fn write(&self, mut window: Window<'_>, wrote: &mut dyn FnMut(u64)) -> Result<Bytes, DiskError> {
        let options = FormatVolumeOptions::new()
            .fat_type(FatType::Fat32)
            .bytes_per_cluster(self.cluster)
            .volume_id(self.spec.volume_id)
            .volume_label(self.label);
        fatfs::format_volume(&mut window, options).map_err(making("file system"))?;
        // fatfs wants a reference that lives for ever; one small value an image is what that costs.
        let clock: &'static FixedClock = Box::leak(Box::new(FixedClock(self.now)));
        let options = FsOptions::new().time_provider(clock);
        self.make_folders(&mut window, options).map_err(making("folders"))?;
        window.rewind().map_err(making("file system"))?;
        let fat = FileSystem::new(window, options).map_err(making("file system"))?;
        for (file, &length) in self.spec.files.iter().zip(&self.lengths) {
            let what = || format!("file {}", file.path);
            let mut target = fat.root_dir().create_file(&file.path).map_err(making(what()))?;
            match &file.content {
                Content::Bytes(bytes) => {
                    target.write_all(bytes).map_err(making(what()))?;
                    wrote(bytes.len() as u64);
                }
                Content::File(path) => {
                    let source = File::open(path).map_err(DiskError::reading(path))?;
                    let mut left = length;
                    let mut source = source.take(length);
                    let mut buffer = vec![0; 1 << 18];
                    loop {
                        let read = source.read(&mut buffer).map_err(DiskError::reading(path))?;
                        if read == 0 {
                            break;
                        }
                        target.write_all(&buffer[..read]).map_err(making(what()))?;
                        left -= read as u64;
                        wrote(read as u64);
                    }
                    if left != 0 {
                        return Err(DiskError::Changed(path.clone()));
                    }
                }
            }
            target.flush().map_err(making(what()))?;
        }
        // Clusters are taken one after the other, and none is given back.
        let used = used_clusters(&fat).map_err(making("file system"))?;
        fat.unmount().map_err(making("file system"))?;
        Ok(Bytes(self.first_cluster + used * u64::from(self.cluster)))
    }

    fn make_folders(&self, window: &mut Window<'_>, options: FsOptions) -> io::Result<()> {
        window.rewind()?;
        let fat = FileSystem::new(&mut *window, options)?;
        // Counts the free clusters too, so that the FSInfo sector gets a right number.
        fat.stats()?;
        for folder in &self.folders {
            fat.root_dir().create_dir(folder)?;
        }
        let used = used_clusters(&fat)?;
        fat.unmount()?;
        let clusters = Clusters { start: self.first_cluster, size: u64::from(self.cluster), used };
        let mended = fat_folders::mend(window, clusters)?;
        if mended == self.folders.len() {
            Ok(())
        } else {
            Err(io::Error::other(format!("{mended} of {} folders found to mend", self.folders.len())))
        }
    }
}

fn used_clusters<T: io::Read + io::Write + io::Seek>(fat: &FileSystem<T>) -> io::Result<u64> {
    let stats = fat.stats()?;
    Ok(u64::from(stats.total_clusters() - stats.free_clusters()))
}

fn making(what: impl Into<String>) -> impl FnOnce(io::Error) -> DiskError {
    move |source| DiskError::Fat { what: what.into(), source }
}

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct FixedClock(pub(crate) fatfs::DateTime);

impl TimeProvider for FixedClock {
    fn get_current_date(&self) -> fatfs::Date {
        self.0.date
    }

    fn get_current_date_time(&self) -> fatfs::DateTime {
        self.0
    }
}

fn fat_date(seconds: u64) -> Result<fatfs::DateTime, DiskError> {
    let date = DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| DiskError::Date(seconds))?;
    if !(1980..=2107).contains(&date.year()) {
        return Err(DiskError::Date(seconds));
    }
    Ok(fatfs::DateTime {
        date: fatfs::Date { year: date.year(), month: date.month().into(), day: date.day().into() },
        time: fatfs::Time {
            hour: date.hour().into(),
            min: date.minutes().into(),
            sec: date.seconds().into(),
            millis: 0,
        },
    })
}

fn label(text: &str) -> Result<[u8; 11], DiskError> {
    let fits =
        text.len() <= 11 && text.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || b" -_".contains(&c));
    let mut label = [b' '; 11];
    match label.get_mut(..text.len()) {
        Some(start) if fits && !text.is_empty() => start.copy_from_slice(text.as_bytes()),
        _ => {
            let reason = "a label has 1 to 11 upper-case letters, digits, spaces, '-' and '_'";
            return Err(DiskError::EspPath { path: text.to_owned(), reason });
        }
    }
    Ok(label)
}

/// How `fatfs` lays a file system out.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    cluster: u32,
    clusters: u64,
    first_cluster: u64,
}

fn geometry(size: Bytes) -> Result<Geometry, DiskError> {
    let sectors = size.sectors();
    if !size.0.is_multiple_of(Bytes::mib(1).0) || sectors > u64::from(u32::MAX) {
        return Err(DiskError::EspSize(size));
    }
    [4096_u32, 512]
        .into_iter()
        .map(|cluster| {
            let per_cluster = u64::from(cluster) / 512;
            let space = sectors.saturating_sub(RESERVED_SECTORS);
            let fat = (space + 2 * per_cluster).div_ceil(u64::from(cluster) / 4 + FATS);
            Geometry {
                cluster,
                clusters: space.saturating_sub(FATS * fat) / per_cluster,
                first_cluster: (RESERVED_SECTORS + FATS * fat) * 512,
            }
        })
        .find(|geometry| geometry.clusters >= FAT32_CLUSTERS)
        .ok_or(DiskError::EspSize(size))
}

/// The folders that the files are in, each behind its parent.
fn folders(files: &[EspFile]) -> Result<Vec<&str>, DiskError> {
    let (mut folders, mut seen, mut paths) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for EspFile { path, .. } in files {
        let refuse = |reason| DiskError::EspPath { path: path.clone(), reason };
        for name in path.split('/') {
            let fits = |c: u8| c.is_ascii_alphanumeric() || b"._+-~".contains(&c);
            if name.is_empty() || name.starts_with('.') || name.ends_with('.') {
                return Err(refuse("a name on it is empty, or begins or ends with a dot"));
            }
            if name.len() > 255 || !name.bytes().all(fits) {
                return Err(refuse("a name on it has other characters than letters, digits and '._+-~', or too many"));
            }
        }
        if !paths.insert(path.to_ascii_lowercase()) {
            return Err(refuse("it is there twice, as FAT does not tell upper from lower case"));
        }
        for (at, _) in path.match_indices('/') {
            if seen.insert(path[..at].to_ascii_lowercase()) {
                folders.push(&path[..at]);
            }
        }
    }
    match files.iter().find(|file| seen.contains(&file.path.to_ascii_lowercase())) {
        Some(file) => {
            Err(DiskError::EspPath { path: file.path.clone(), reason: "another file needs a folder of this name" })
        }
        None => Ok(folders),
    }
}

/// The clusters that the files and folders take, with room for the longest form of each directory entry.
fn clusters_needed(files: &[EspFile], lengths: &[u64], folders: &[&str], cluster: u64) -> u64 {
    let entry = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        32 * (1 + (name.len() as u64).div_ceil(13))
    };
    let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_ascii_lowercase());
    let inside = |folder: &str| {
        let folder = folder.to_ascii_lowercase();
        let paths = files.iter().map(|file| file.path.as_str()).chain(folders.iter().copied());
        paths.filter(|path| parent(path) == folder).map(entry).sum::<u64>()
    };
    // The root has the volume label, other folders have '.' and '..'.
    let root = (inside("") + 32).div_ceil(cluster).max(1);
    let folders: u64 = folders.iter().map(|folder| (inside(folder) + 64).div_ceil(cluster).max(1)).sum();
    root + folders + lengths.iter().map(|length| length.div_ceil(cluster)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::window::Written;
    use super::*;

    fn spec(files: &[(&str, usize)]) -> EspSpec {
        EspSpec {
            size: Bytes::mib(40),
            label: "ILANGA-ESP".to_owned(),
            volume_id: 0xDEAD_BEEF,
            date: 1_795_000_000,
            files: files
                .iter()
                .map(|&(path, length)| EspFile { path: path.to_owned(), content: Content::Bytes(vec![7; length]) })
                .collect(),
        }
    }

    #[test]
    fn refuses_bad_paths() {
        for bad in ["", "/a", "a//b", "a/../b", "a/.b", "ü", "a b", "a/b."] {
            assert!(matches!(spec(&[(bad, 1)]).check(), Err(DiskError::EspPath { .. })), "{bad}");
        }
        assert!(matches!(spec(&[("A/b", 1), ("a/B", 1)]).check(), Err(DiskError::EspPath { .. })));
        assert!(matches!(spec(&[("a", 1), ("a/b", 1)]).check(), Err(DiskError::EspPath { .. })));
        assert_eq!(
            spec(&[("EFI/BOOT/x", 1), ("EFI/Linux/y", 1)]).check().unwrap().folders,
            ["EFI", "EFI/BOOT", "EFI/Linux"]
        );
    }

    #[test]
    fn refuses_bad_sizes_and_dates() {
        for bad in [Bytes::mib(32), Bytes(1000), Bytes::mib(3 << 20), Bytes(40_000_000)] {
            assert!(matches!(geometry(bad), Err(DiskError::EspSize(_))), "{bad}");
        }
        assert_eq!(geometry(Bytes::mib(512)).unwrap().cluster, 4096);
        assert_eq!(geometry(Bytes::mib(64)).unwrap().cluster, 512);
        for bad in [0, 315_532_799, 4_354_819_200, u64::MAX] {
            assert!(matches!(fat_date(bad), Err(DiskError::Date(_))), "{bad}");
        }
        let date = fat_date(315_532_800).unwrap().date;
        assert_eq!((date.year, date.month, date.day), (1980, 1, 1));
    }

    /// The room that is computed beforehand is the room that there is.
    #[test]
    fn full_is_found_before_writing() {
        for size in [Bytes::mib(40), Bytes::mib(300)] {
            let Geometry { cluster, clusters, .. } = geometry(size).unwrap();
            // Less the root folder's, BOOT's and EFI's clusters.
            let room = (clusters - 3) * u64::from(cluster);
            let file = tempfile::NamedTempFile::new().unwrap();
            let fits = |length: u64| {
                file.as_file().set_len(length).unwrap();
                let mut spec = spec(&[("EFI/BOOT/x", 0)]);
                spec.size = size;
                spec.files[0].content = Content::File(file.path().to_owned());
                match spec.check() {
                    Ok(checked) => {
                        let image = tempfile::tempfile().unwrap();
                        image.set_len(size.0).unwrap();
                        let written = RefCell::new(Written::none(size));
                        checked.write(Window::new(&image, &written, Bytes(0), size), &mut |_| ()).unwrap();
                        true
                    }
                    Err(DiskError::EspFull { .. }) => false,
                    Err(error) => panic!("{error}"),
                }
            };
            assert!(fits(room));
            assert!(!fits(room + 1));
        }
    }
}
