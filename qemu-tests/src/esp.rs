//! The EFI system partition of a disk, read and written with crate `fatfs`: no mount, no root.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use fatfs::{Dir, FileSystem, FsOptions};
use formats::boot_entry;
use formats::layout::Role;

use crate::disk::{Disk, Extent};
use crate::error::{Doing, Error};

/// The file system of an EFI system partition. Changes are on the disk when it is dropped.
pub struct Esp {
    system: FileSystem<Window>,
    disk: String,
}

impl Esp {
    /// Opens that of a disk.
    pub fn of(disk: &Disk) -> Result<Self, Error> {
        let window = Window::new(disk.open()?, disk.partition(Role::Esp)?);
        let name = disk.path().display().to_string();
        let system = FileSystem::new(window, FsOptions::new()).doing(|| format!("opening the ESP of {name}"))?;
        Ok(Self { system, disk: name })
    }

    /// The names in a folder, sorted; the first folder has no name.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, Error> {
        let root = self.system.root_dir();
        let folder = match folder {
            "" => root,
            folder => root.open_dir(folder).doing(|| self.doing("listing", folder))?,
        };
        let mut names = Vec::new();
        for entry in folder.iter() {
            let name = entry.doing(|| self.doing("listing", ""))?.file_name();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The paths of the kernel images, sorted.
    pub fn kernel_images(&self) -> Result<Vec<String>, Error> {
        let names = self.list(boot_entry::FOLDER)?;
        let images = names.into_iter().filter(|name| name.ends_with(".efi"));
        Ok(images.map(|name| format!("{}/{name}", boot_entry::FOLDER)).collect())
    }

    /// The path of the only kernel image, as a fresh image has.
    pub fn kernel_image(&self) -> Result<String, Error> {
        let mut images = self.kernel_images()?;
        match (images.pop(), images.is_empty()) {
            (Some(image), true) => Ok(image),
            _ => Err(Error::Disk { disk: self.disk.clone(), what: "not one kernel image on its ESP".into() }),
        }
    }

    /// A file's content.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let doing = || self.doing("reading", path);
        let mut content = Vec::new();
        self.system.root_dir().open_file(path).doing(doing)?.read_to_end(&mut content).doing(doing)?;
        Ok(content)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<(), Error> {
        let doing = || self.doing("writing", path);
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder: Dir<'_, Window> = self.system.root_dir();
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            folder = folder.create_dir(part).doing(doing)?;
        }
        let mut file = folder.create_file(name).doing(doing)?;
        file.truncate().doing(doing)?;
        file.write_all(content).doing(doing)?;
        file.flush().doing(doing)
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> Result<(), Error> {
        self.system.root_dir().remove(path).doing(|| self.doing("removing", path))
    }

    fn doing(&self, operation: &str, path: &str) -> String {
        format!("{operation} {path} on the ESP of {}", self.disk)
    }
}

/// A stretch of a file as a file of its own.
struct Window {
    file: File,
    extent: Extent,
    position: u64,
}

impl Window {
    fn new(file: File, extent: Extent) -> Self {
        Self { file, extent, position: 0 }
    }

    /// Moves the file to this window's position; returns how many bytes are left.
    fn left(&mut self) -> io::Result<u64> {
        self.file.seek(SeekFrom::Start(self.extent.start.0 + self.position))?;
        Ok(self.extent.length.0.saturating_sub(self.position))
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left()?;
        let read = (&self.file).take(left).read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Write for Window {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left()?).unwrap_or(usize::MAX);
        let written = self.file.write(&buffer[..buffer.len().min(left)])?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.extent.length.0.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use formats::size::Bytes;

    use super::*;

    #[test]
    fn writes_into_its_window_only() {
        let mut file = tempfile::tempfile().unwrap();
        file.set_len(3 << 20).unwrap();
        let extent = Extent { start: Bytes::mib(1), length: Bytes::mib(1) };
        let mut window = Window::new(file.try_clone().unwrap(), extent);
        fatfs::format_volume(&mut window, fatfs::FormatVolumeOptions::new()).unwrap();
        window.rewind().unwrap();
        let esp = Esp { system: FileSystem::new(window, FsOptions::new()).unwrap(), disk: "disk".into() };
        esp.write("EFI/Linux/ilanga_1.efi", b"kernel").unwrap();
        esp.write("EFI/Linux/ilanga_1.efi.extra.d/console.addon.efi", b"add-on").unwrap();
        assert_eq!(esp.kernel_image().unwrap(), "EFI/Linux/ilanga_1.efi");
        esp.write("EFI/Linux/ilanga_1.efi", b"new").unwrap();
        assert_eq!(esp.read("EFI/Linux/ilanga_1.efi").unwrap(), b"new");
        esp.remove("EFI/Linux/ilanga_1.efi").unwrap();
        assert!(esp.kernel_image().is_err());
        drop(esp);
        let mut outside = Vec::new();
        file.rewind().unwrap();
        (&file).take(1 << 20).read_to_end(&mut outside).unwrap();
        assert!(outside.iter().all(|&byte| byte == 0));
    }
}
