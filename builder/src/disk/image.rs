//! The `.img`: protective MBR, GPT, ESP, slot a, and the backup GPT at the file's end.
//!
//! ```text
//! 0      1 MiB              1 MiB + ESP                              rounded up to 1 MiB
//! │ GPT  │ ESP              │ root-a: the slot image, zeros behind it │ 1 MiB with the backup GPT │
//! ```
//!
//! Partition 1 is the ESP, partition 2 root-a. The file is as long as its content: the first start of a node moves the
//! backup GPT to the end of the disk and makes the other partitions (`formats::layout`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::layout::{ALIGNMENT, FIRST, Role};
use formats::size::Bytes;
use formats::slot::Slot;
use gpt::GptConfig;
use gpt::disk::LogicalBlockSize;
use gpt::mbr::ProtectiveMBR;
use gpt::partition::Partition;
use uuid::Uuid;

use super::esp::EspSpec;
use super::output::Output;
use super::window::{BLOCK, Window, Written};
use super::{DiskError, Progress, survey};

/// A disk image with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct DiskSpec {
    /// The disk's GUID.
    pub(crate) guid: Uuid,
    /// The ESP's partition GUID.
    pub(crate) esp_guid: Uuid,
    /// The ESP's files.
    pub(crate) esp: EspSpec,
    /// Slot a.
    pub(crate) root: RootSpec,
}

/// Slot a of a disk image.
#[derive(Clone, Debug)]
pub(crate) struct RootSpec {
    /// Its partition GUID.
    pub(crate) guid: Uuid,
    /// The slot image.
    pub(crate) image: PathBuf,
    /// How long the slot is on a node: the slot image must fit.
    pub(crate) capacity: Bytes,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageFacts {
    /// The length of the file.
    pub(crate) size: Bytes,
    /// The digest of the whole file.
    pub(crate) sha256: Digest,
    /// The runs of blocks whose content matters, with their digests: what a `.bmap` lists.
    pub(crate) mapped: Vec<MappedRange>,
    /// Where the slot image is in the file.
    pub(crate) root: Range<u64>,
}

/// A run of blocks of 4096 bytes whose content matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MappedRange {
    /// The blocks.
    pub(crate) blocks: Range<u64>,
    /// The digest of their bytes; of the file's last block only what is in the file.
    pub(crate) sha256: Digest,
}

/// What the protective MBR and the GPT take at the start, and at the end.
const TABLE: Bytes = Bytes(34 * 512);

/// The backup GPT takes 33 sectors; the file stays a multiple of 1 MiB.
const TAIL: Bytes = ALIGNMENT;

/// Writes the image to `out`. What does not fit is found before anything is written.
pub(crate) fn write_image(spec: &DiskSpec, out: &Path, progress: Progress<'_>) -> Result<ImageFacts, DiskError> {
    let esp = spec.esp.check()?;
    let content = slot_content(&spec.root)?;
    let root_start = FIRST + spec.esp.size;
    let root_size = content.align_up(ALIGNMENT);
    let size = root_start + root_size + TAIL;

    let output = Output::create(out)?;
    let file = output.file();
    file.set_len(size.0).map_err(DiskError::writing(out))?;
    let written = RefCell::new(Written::none(size));
    let work = esp.length() + content.0 + size.0;
    let mut done = 0;
    let mut advance = |bytes: u64| {
        done += bytes;
        progress(Bytes(done), Bytes(work));
    };

    write_table(spec, Window::new(file, &written, Bytes(0), size), size, root_size)?;
    let esp_used = esp.write(Window::new(file, &written, FIRST, spec.esp.size), &mut advance);
    let esp_used = esp_used.map_err(|error| error.in_image(out))?;
    copy_slot(&spec.root, content, Window::new(file, &written, root_start, root_size), out, &mut advance)?;
    let mapped =
        [Bytes(0)..TABLE, FIRST..FIRST + esp_used, root_start..root_start + content, size - TABLE..size].map(blocks);
    let survey = survey::survey(file, size, &written.into_inner(), mapped.into(), &mut advance);
    let survey = survey.map_err(DiskError::reading(out))?;
    output.finish()?;
    Ok(ImageFacts { size, sha256: survey.sha256, mapped: survey.mapped, root: root_start.0..(root_start + content).0 })
}

/// The blocks that this part of the file is in.
fn blocks(bytes: Range<Bytes>) -> Range<u64> {
    bytes.start.0 / BLOCK as u64..bytes.end.0.div_ceil(BLOCK as u64)
}

fn slot_content(root: &RootSpec) -> Result<Bytes, DiskError> {
    let content = Bytes(fs::metadata(&root.image).map_err(DiskError::reading(&root.image))?.len());
    if content.0 == 0 {
        return Err(DiskError::EmptySlotImage(root.image.clone()));
    }
    if content > root.capacity {
        return Err(DiskError::SlotTooSmall { image: root.image.clone(), content, capacity: root.capacity });
    }
    Ok(content)
}

fn write_table(spec: &DiskSpec, mut disk: Window<'_>, size: Bytes, root_size: Bytes) -> Result<(), DiskError> {
    let sectors = u32::try_from(size.sectors() - 1).unwrap_or(u32::MAX);
    ProtectiveMBR::with_lb_size(sectors).overwrite_lba0(&mut disk).map_err(DiskError::Mbr)?;
    let config = GptConfig::new().writable(true).logical_block_size(LogicalBlockSize::Lb512);
    let mut table = config.create_from_device(disk, Some(spec.guid)).map_err(DiskError::Gpt)?;
    let partition = |role: Role, guid: Uuid, start: Bytes, length: Bytes| Partition {
        part_type_guid: role.type_guid().into(),
        part_guid: guid,
        first_lba: start.sectors(),
        last_lba: (start + length).sectors() - 1,
        flags: 0,
        name: role.name().to_owned(),
    };
    let root = Role::Root(Slot::A);
    let partitions = BTreeMap::from([
        (1, partition(Role::Esp, spec.esp_guid, FIRST, spec.esp.size)),
        (2, partition(root, spec.root.guid, FIRST + spec.esp.size, root_size)),
    ]);
    table.update_partitions(partitions).map_err(DiskError::Gpt)?;
    table.write().map_err(DiskError::Gpt).map(drop)
}

fn copy_slot(
    root: &RootSpec,
    content: Bytes,
    mut window: Window<'_>,
    out: &Path,
    advance: &mut dyn FnMut(u64),
) -> Result<(), DiskError> {
    let mut source = File::open(&root.image).map_err(DiskError::reading(&root.image))?.take(content.0);
    let mut buffer = vec![0; 1 << 20];
    let mut left = content.0;
    loop {
        let read = source.read(&mut buffer).map_err(DiskError::reading(&root.image))?;
        if read == 0 {
            break;
        }
        window.write_all(&buffer[..read]).map_err(DiskError::writing(out))?;
        left -= read as u64;
        advance(read as u64);
    }
    if left == 0 { Ok(()) } else { Err(DiskError::Changed(root.image.clone())) }
}

#[cfg(test)]
mod tests {
    use super::super::esp::{Content, EspFile};
    use super::super::window::is_zero;
    use super::*;

    fn spec(folder: &Path, slot: &[u8]) -> DiskSpec {
        let image = folder.join("slot");
        fs::write(&image, slot).unwrap();
        DiskSpec {
            guid: Uuid::from_u128(1),
            esp_guid: Uuid::from_u128(2),
            esp: EspSpec {
                size: Bytes::mib(40),
                label: "ESP".to_owned(),
                volume_id: 3,
                date: 1_795_000_000,
                files: vec![EspFile {
                    path: "EFI/BOOT/BOOTX64.EFI".to_owned(),
                    content: Content::Bytes(vec![1; 70_000]),
                }],
            },
            root: RootSpec { guid: Uuid::from_u128(4), image, capacity: Bytes::mib(8) },
        }
    }

    #[test]
    fn twice_the_same_and_sparse() {
        let folder = tempfile::tempdir().unwrap();
        let mut slot = vec![0; (2 << 20) + 4096];
        slot[1 << 20] = 9;
        let spec = spec(folder.path(), &slot);
        let (a, b) = (folder.path().join("a.img"), folder.path().join("b.img"));
        let mut last = (Bytes(0), Bytes(1));
        let facts = write_image(&spec, &a, &mut |done, all| last = (done, all)).unwrap();
        assert_eq!(last.0, last.1);
        assert_eq!(write_image(&spec, &b, &mut |_, _| ()).unwrap(), facts);
        let bytes = fs::read(&a).unwrap();
        assert!(bytes == fs::read(&b).unwrap());
        assert_eq!(facts.sha256, Digest::of(&bytes));
        assert_eq!(facts.size, Bytes::mib(1 + 40 + 3 + 1));
        assert!(bytes[facts.root.start as usize..facts.root.end as usize] == slot);
        // What is not mapped is zeros, and so may be anything on the disk.
        let mapped = |block: u64| facts.mapped.iter().any(|range| range.blocks.contains(&block));
        for (block, bytes) in bytes.chunks(BLOCK).enumerate().filter(|&(block, _)| !mapped(block as u64)) {
            assert!(is_zero(bytes), "block {block}");
        }
        let ranges: Vec<Range<u64>> = facts.mapped.iter().map(|range| range.blocks.clone()).collect();
        assert_eq!(ranges[0], 0..5);
        assert_eq!(ranges[2], 41 * 256..43 * 256 + 1);
        assert_eq!(ranges[3], 45 * 256 - 5..45 * 256);
        assert!(std::os::unix::fs::MetadataExt::blocks(&fs::metadata(&a).unwrap()) * 512 < 1 << 20);
        let table = GptConfig::new().only_valid_headers(true).open(&a).unwrap();
        assert_eq!(table.partitions()[&2].name, "ilanga-root-a");
    }

    #[test]
    fn too_large_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path(), &[1; 4096]);
        spec.root.capacity = Bytes(4095);
        let out = folder.path().join("a.img");
        let error = write_image(&spec, &out, &mut |_, _| ()).unwrap_err();
        assert!(matches!(error, DiskError::SlotTooSmall { .. }));
        assert!(error.to_string().contains("4096 bytes long and does not fit the slot of 4095 bytes"), "{error}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
