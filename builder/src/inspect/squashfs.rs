//! Reads the files in the top folder of a bundle's squashfs, compressed or not.

use std::io::Read;

use formats::size::Bytes;
use formats::squashfs::{File, METADATA, Piece, SUPERBLOCK, Superblock};

use super::source::Part;

/// The most that is read of the tables: a hundredth of the longest file system that a slot's image is in.
const LONGEST_TABLES: u64 = 64 << 20;

/// A squashfs with its list of files.
pub(super) struct Squashfs<'a> {
    part: &'a Part,
    superblock: Superblock,
    files: Vec<File>,
}

impl<'a> Squashfs<'a> {
    /// Reads the list of files of the squashfs in `part`.
    pub(super) fn open(part: &'a Part) -> Result<Self, String> {
        let mut head = [0; SUPERBLOCK];
        part.read_at(&mut head, 0).map_err(|error| format!("its superblock cannot be read: {error}"))?;
        let superblock = Superblock::parse(&head, Bytes(part.length())).map_err(|bad| bad.to_string())?;
        let length = superblock.length.0 - superblock.tables.0;
        if length > LONGEST_TABLES {
            return Err(format!("its tables have {length} bytes, which is too long"));
        }
        let tables = part.bytes(superblock.tables.0, length as usize);
        let tables = tables.map_err(|error| format!("its tables cannot be read: {error}"))?;
        let mut unpack = |bytes: &[u8]| unpack(superblock.compressor, bytes, METADATA);
        let files = superblock.files(&tables, &mut unpack).map_err(|bad| bad.to_string())?;
        Ok(Self { part, superblock, files })
    }

    fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name.as_bytes())
    }

    /// The length of a file.
    pub(super) fn size(&self, name: &str) -> Option<u64> {
        self.file(name).map(|file| file.size)
    }

    /// Reads a file of at most `longest` bytes, piece by piece.
    pub(super) fn read(&self, name: &str, longest: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let file = self.file(name).ok_or_else(|| format!("it has no file '{name}'"))?;
        if file.size > longest {
            return Err(format!("its file '{name}' has {} bytes, which is too long", file.size));
        }
        for piece in &file.pieces {
            let bytes = self.piece(piece).ok_or_else(|| format!("its file '{name}' cannot be unpacked"))?;
            take(&bytes);
        }
        Ok(())
    }

    fn piece(&self, piece: &Piece) -> Option<Vec<u8>> {
        let (skip, length) = (piece.skip as usize, piece.length as usize);
        if piece.stored == 0 {
            return Some(vec![0; length]);
        }
        let mut stored = vec![0; piece.stored as usize];
        self.part.read_at(&mut stored, piece.start).ok()?;
        let block = self.superblock.block as usize;
        let bytes = if piece.packed { unpack(self.superblock.compressor, &stored, block)? } else { stored };
        bytes.get(skip..skip.checked_add(length)?).map(<[u8]>::to_vec)
    }
}

/// Unpacks at most `longest` bytes.
fn unpack(compressor: u16, bytes: &[u8], longest: usize) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut read = |reader: &mut dyn Read| reader.take(longest as u64 + 1).read_to_end(&mut unpacked).ok();
    match compressor {
        1 => read(&mut flate2::read::ZlibDecoder::new(bytes))?,
        4 => read(&mut liblzma::read::XzDecoder::new(bytes))?,
        6 => read(&mut zstd::Decoder::new(bytes).ok()?)?,
        _ => return None,
    };
    (unpacked.len() <= longest).then_some(unpacked)
}
