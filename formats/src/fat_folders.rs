//! Mends the folders that `fatfs` makes.
//!
//! `fatfs` 0.3 gives `.` and `..` a long name each, and lets the `..` of a folder in the root point to the root's
//! cluster. The [specification](https://academy.cba.mit.edu/classes/networking_communications/SD/FAT.pdf) wants the
//! two to be a folder's first two entries, and 0 for the root; fsck.vfat insists on it. A new folder begins with
//!
//! ```text
//! fatfs:   long '.' │ '.' │ long '..' │ '..'
//! mended:  '.' │ '..' │ deleted │ deleted
//! ```

use std::io::{self, Read, Seek, SeekFrom, Write};

const ENTRY: usize = 32;
const LONG_NAME: u8 = 0x0F;
const DELETED: u8 = 0xE5;
const ROOT_CLUSTER: u16 = 2;

/// Where the clusters of a FAT32 file system are.
#[derive(Clone, Copy, Debug)]
pub struct Clusters {
    /// Where the first one begins, in bytes.
    pub start: u64,
    /// How long each is.
    pub size: u64,
    /// How many, from the first on, may be in use.
    pub used: u64,
}

/// Mends the folders among the used clusters; returns how many there are. Nothing else may be there yet.
pub fn mend(disk: &mut (impl Read + Write + Seek), clusters: Clusters) -> io::Result<usize> {
    let mut mended = 0;
    for cluster in 0..clusters.used {
        let at = SeekFrom::Start(clusters.start + cluster * clusters.size);
        let mut head = [0; 4 * ENTRY];
        disk.seek(at)?;
        disk.read_exact(&mut head)?;
        if let Some(head) = mend_head(&head) {
            disk.seek(at)?;
            disk.write_all(&head)?;
            mended += 1;
        }
    }
    Ok(mended)
}

/// The first four entries of a folder mended, if this is one.
fn mend_head(head: &[u8; 4 * ENTRY]) -> Option<[u8; 4 * ENTRY]> {
    let entry = |at: usize| &head[at * ENTRY..(at + 1) * ENTRY];
    let is_long = |at: usize| entry(at)[11] == LONG_NAME;
    let is = |at: usize, name: &[u8; 11]| &entry(at)[..11] == name;
    if !(is_long(0) && is(1, b".          ") && is_long(2) && is(3, b"..         ")) {
        return None;
    }
    let mut mended = [0; 4 * ENTRY];
    mended[..ENTRY].copy_from_slice(entry(1));
    mended[ENTRY..2 * ENTRY].copy_from_slice(entry(3));
    let parent = &mut mended[ENTRY..2 * ENTRY];
    if parent[20..22] == [0, 0] && parent[26..28] == ROOT_CLUSTER.to_le_bytes() {
        parent[26..28].fill(0);
    }
    mended[2 * ENTRY] = DELETED;
    mended[3 * ENTRY] = DELETED;
    Some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(parent: u8) -> [u8; 128] {
        let mut head = [0; 128];
        (head[11], head[75]) = (LONG_NAME, LONG_NAME);
        head[32..43].copy_from_slice(b".          ");
        head[96..107].copy_from_slice(b"..         ");
        head[96 + 26] = parent;
        head
    }

    #[test]
    fn mends_folders_only() {
        for (parent, expected) in [(2, 0), (3, 3)] {
            let mended = mend_head(&head(parent)).unwrap();
            assert_eq!((&mended[..2], &mended[32..35]), (&b". "[..], &b".. "[..]));
            assert_eq!((mended[32 + 26], mended[64], mended[96]), (expected, DELETED, DELETED));
        }
        assert_eq!(mend_head(&[0; 128]), None);
        assert_eq!(mend_head(&mend_head(&head(2)).unwrap()), None);
    }
}
