//! Unpacking of `.deb` files.
//!
//! ```text
//! ar:  debian-binary "2.0\n" │ control.tar[.gz|.xz|.zst] │ data.tar[.gz|.xz|.zst]
//! ```
//!
//! The format is that of [deb(5)](https://manpages.debian.org/trixie/dpkg-dev/deb.5.en.html). The file is read once,
//! from its start to its end. Owners are taken by number; device nodes are left out (no package of Debian's has one, and
//! a user namespace could not make them); extended attributes are refused, as dpkg knows none. Nothing is flushed to the
//! disk: a tree that a power cut has touched must be made again.

use std::ffi::OsStr;
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use tar::EntryType;
use thiserror::Error;

use super::tree::{Attributes, Inside, Tree, WriteError};

/// How a package is unpacked.
#[derive(Clone, Copy)]
pub(crate) struct Unpack<'a> {
    /// Where to: an existing folder, the new system's `/`.
    pub(crate) target: &'a Path,
    /// Which files not: asked with absolute paths, `/usr/share/doc/x`.
    pub(crate) exclude: &'a (dyn Fn(&Path) -> bool + Sync),
    /// Whether what is shipped in `/lib`, `/bin` and their like is put into `/usr`, where the target has no link yet
    /// that leads there.
    pub(crate) merge_usr: bool,
}

/// What a package is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    /// The files of its control part, in their order.
    pub(crate) control: Vec<ControlFile>,
    /// The files of its data part, in their order and with the excluded ones, as `/var/lib/dpkg/info/*.list` has them:
    /// `/.`, `/usr`, `/usr/bin`.
    pub(crate) files: Vec<PathBuf>,
}

/// A file of a package's control part.
#[derive(Clone, Debug)]
pub(crate) struct ControlFile {
    /// Its name, such as `postinst`.
    pub(crate) name: String,
    /// Its permissions.
    pub(crate) mode: u32,
    /// Its content.
    pub(crate) data: Vec<u8>,
}

/// What is wrong with a package, or what failed.
#[derive(Debug, Error)]
pub(crate) enum PartError {
    /// It is no `.deb`.
    #[error("it is not a Debian package: {0}")]
    NotADeb(&'static str),
    /// A compression that Debian does not use.
    #[error("its part '{0}' is compressed in a way that Ilanga does not know; gz, xz and zst are expected")]
    Compression(String),
    /// The bytes.
    #[error("reading its {part}")]
    Read {
        /// Which part.
        part: String,
        /// Why.
        source: io::Error,
    },
    /// A name that leads out of the tree, or cannot stand in dpkg's lists.
    #[error("it has a file named '{0}', which is absolute, leads upwards or has a line break in it")]
    Name(String),
    /// Something that dpkg would not unpack.
    #[error("its file {} is {what}, which no Debian package has", .file.display())]
    Kind {
        /// Which file.
        file: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The target's folder.
    #[error("opening the folder")]
    Target(#[source] io::Error),
    /// A file could not be made.
    #[error("writing {}", .file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Unpacks a package from its bytes, which are read to their end.
pub(crate) fn unpack_from(package: impl Read, unpack: Unpack<'_>) -> Result<Contents, PartError> {
    let mut contents = Contents::default();
    let mut archive = ar::Archive::new(BufReader::with_capacity(128 << 10, package));
    let (mut version, mut control, mut data) = (false, false, false);
    while let Some(member) = archive.next_entry() {
        let mut member = member.map_err(reading("members"))?;
        let name = String::from_utf8_lossy(member.header().identifier()).into_owned();
        let name = name.trim_end_matches('/');
        if let Some(compression) = name.strip_prefix("control.tar").filter(|_| version && !control && !data) {
            control = true;
            read_control(decompress(name, compression, member)?, &mut contents.control)?;
        } else if let Some(compression) = name.strip_prefix("data.tar").filter(|_| control && !data) {
            data = true;
            unpack_data(decompress(name, compression, member)?, unpack, &mut contents.files)?;
        } else if name == "debian-binary" && !version {
            let mut text = String::new();
            member.read_to_string(&mut text).map_err(reading(name))?;
            version = text.starts_with("2.");
            if !version {
                return Err(PartError::NotADeb("its version is not 2"));
            }
        } else if !(name.starts_with('_') && version) {
            return Err(PartError::NotADeb("a member is missing, or there is one too many"));
        }
    }
    if !data {
        return Err(PartError::NotADeb("a member is missing"));
    }
    let mut rest = archive.into_inner().map_err(reading("end"))?;
    io::copy(&mut rest, &mut io::sink()).map_err(reading("end"))?;
    Ok(contents)
}

fn reading(part: &str) -> impl Fn(io::Error) -> PartError {
    move |source| PartError::Read { part: part.to_owned(), source }
}

fn decompress<'a>(name: &str, compression: &str, member: impl Read + 'a) -> Result<Box<dyn Read + 'a>, PartError> {
    Ok(match compression {
        "" => Box::new(member),
        ".gz" => Box::new(flate2::read::GzDecoder::new(member)),
        ".xz" => Box::new(liblzma::read::XzDecoder::new(member)),
        ".zst" => Box::new(zstd::Decoder::new(member).map_err(reading(name))?),
        _ => return Err(PartError::Compression(name.to_owned())),
    })
}

fn read_control(tar: impl Read, files: &mut Vec<ControlFile>) -> Result<(), PartError> {
    let reading = reading("control part");
    let mut tar = tar::Archive::new(tar);
    for entry in tar.entries().map_err(&reading)? {
        let mut entry = entry.map_err(&reading)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        if name.contains(['/', '\n']) || name.is_empty() || name == ".." {
            return Err(PartError::Name(name));
        }
        let mut data = Vec::new();
        entry.read_to_end(&mut data).map_err(&reading)?;
        let mode = entry.header().mode().map_err(&reading)? & 0o7777;
        files.push(ControlFile { name, mode, data });
    }
    Ok(())
}

fn unpack_data(tar: impl Read, unpack: Unpack<'_>, files: &mut Vec<PathBuf>) -> Result<(), PartError> {
    let reading = reading("data part");
    let mut tree = Tree::open(unpack.target).map_err(PartError::Target)?;
    let mut tar = tar::Archive::new(tar);
    for entry in tar.entries().map_err(&reading)? {
        let mut entry = entry.map_err(&reading)?;
        let path = inside(&entry.path_bytes())?;
        let file = Path::new("/").join(path.as_path());
        files.push(if path.is_root() { PathBuf::from("/.") } else { file.clone() });
        if (unpack.exclude)(&file) {
            continue;
        }
        if let Some(extensions) = entry.pax_extensions().map_err(&reading)? {
            for extension in extensions {
                if extension.map_err(&reading)?.key_bytes().starts_with(b"SCHILY.xattr.") {
                    return Err(PartError::Kind { file, what: "one with extended attributes" });
                }
            }
        }
        let header = entry.header();
        let attributes = (|| {
            Ok(Attributes {
                uid: u32::try_from(header.uid()?).map_err(io::Error::other)?,
                gid: u32::try_from(header.gid()?).map_err(io::Error::other)?,
                mode: header.mode()?,
                mtime: i64::try_from(header.mtime()?).map_err(io::Error::other)?,
            })
        })()
        .map_err(&reading)?;
        let kind = header.entry_type();
        let to = entry.link_name_bytes().unwrap_or_default().into_owned();
        let place = |path: Inside| if unpack.merge_usr { path.merged_usr(kind.is_dir()) } else { path };
        let path = place(path);
        let written = match kind {
            EntryType::Directory => tree.directory(&path, attributes),
            EntryType::Regular | EntryType::Continuous => match tree.file(&path, attributes, &mut entry) {
                Err(WriteError::Read(source)) => return Err(reading(source)),
                Err(WriteError::Write(source)) => Err(source),
                Ok(_) => Ok(()),
            },
            EntryType::Symlink => tree.symlink(&path, attributes, OsStr::from_bytes(&to)),
            EntryType::Link => tree.hard_link(&path, &place(inside(&to)?)),
            EntryType::Fifo => tree.fifo(&path, attributes),
            EntryType::Char | EntryType::Block => Ok(()),
            _ => return Err(PartError::Kind { file, what: "of an unknown kind" }),
        };
        written.map_err(|source| PartError::Write { file, source })?;
    }
    tree.finish().map_err(|source| PartError::Write { file: unpack.target.to_owned(), source })
}

fn inside(path: &[u8]) -> Result<Inside, PartError> {
    Inside::parse(path)
        .filter(|_| !path.contains(&b'\n'))
        .ok_or_else(|| PartError::Name(String::from_utf8_lossy(path).escape_default().to_string()))
}

#[cfg(test)]
mod tests;
