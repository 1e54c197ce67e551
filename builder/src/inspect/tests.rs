//! `inspect` on whole disks: good ones, ones with one thing wrong, and nonsense.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use formats::size::Bytes;
use formats::slot::Slot as SlotName;
use gpt::GptConfig;
use uuid::Uuid;

use super::findings::{Findings, Standard};
use super::source::{Part, ReadAt};
use super::{Args, FilesCommand, InspectError, Verdict, facts, findings, program, run, tree, trust};
use crate::disk::esp::{Content, EspFile, EspSpec};
use crate::disk::{DiskSpec, RootSpec, esp_paths, write_image};

const KERNEL: &[u8] = include_bytes!("fixtures/kernel.efi");
const CERTIFICATE: &[u8] = include_bytes!("fixtures/kernel.crt");
const STATE: &[u8] = include_bytes!("fixtures/state.ext4.zst");

const KERNEL_PATH: &str = "EFI/Linux/ilanga_2026.11.0.efi";

fn slot() -> Vec<u8> {
    let mut slot = tree::tests::slot(300);
    slot.extend(KERNEL);
    slot.resize(slot.len().next_multiple_of(4096), 0);
    slot
}

/// An image whose boot loader is the kernel image too: it is signed.
fn image(folder: &Path, slot: &[u8]) -> Vec<u8> {
    let file = |path: &str, bytes: &[u8]| EspFile { path: path.to_owned(), content: Content::Bytes(bytes.to_vec()) };
    fs::write(folder.join("slot"), slot).unwrap();
    let spec = DiskSpec {
        guid: Uuid::from_u128(1),
        esp_guid: Uuid::from_u128(2),
        esp: EspSpec {
            size: Bytes::mib(40),
            label: "ESP".to_owned(),
            volume_id: 3,
            date: 1_795_000_000,
            files: vec![
                file(esp_paths::REMOVABLE, KERNEL),
                file(esp_paths::LOADER_CONF, b"timeout 0\n"),
                file(KERNEL_PATH, KERNEL),
                file(&esp_paths::enrolled_variable("PK"), include_bytes!("fixtures/PK.auth")),
                file(&esp_paths::enrolled_variable("KEK"), include_bytes!("fixtures/KEK.auth")),
                file(&esp_paths::enrolled_variable("db"), include_bytes!("fixtures/db.auth")),
            ],
        },
        root: RootSpec { guid: Uuid::from_u128(4), image: folder.join("slot"), capacity: Bytes::mib(8) },
    };
    write_image(&spec, &folder.join("image"), &mut |_, _| ()).unwrap();
    fs::read(folder.join("image")).unwrap()
}

fn all(bytes: &[u8]) -> Part {
    Part::all(Arc::new(bytes.to_vec()))
}

fn judge(bytes: &[u8]) -> Result<Findings, String> {
    let mut facts = facts::gather(&all(bytes), true, &mut |_, _| ())?;
    let mut given = trust::Given::default();
    given.trust.add(super::certificate::parse(CERTIFICATE).unwrap(), "fixture");
    let trust = trust::note(&mut facts, &given);
    Ok(findings::judge(&facts, Standard { trust, given: true, pcr_key: None }))
}

fn wrong(bytes: &[u8]) -> Vec<String> {
    judge(bytes).unwrap().wrong
}

const MIB: usize = 1 << 20;
const ROOT: usize = 41 * MIB;

#[test]
fn one_thing_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let good = image(folder.path(), &slot());
    assert_eq!(wrong(&good), [""; 0]);
    let find = |needle: &[u8]| good[..ROOT].windows(needle.len()).rposition(|window| window == needle).unwrap();
    let kernel = find(KERNEL);
    let payload = ROOT + 305 * 4096;
    for (at, expected) in [
        (512 + 20, "partition table: its first copy is damaged: its header does not match its checksum"),
        (ROOT + 7 * 4096 + 1, "root-a: block 7 (offset 28672) does not match its digest in the verity tree"),
        (
            ROOT + 304 * 4096 + 4000,
            "root-a: block 4 of the verity tree (offset 1245184) does not match its digest in the verity tree",
        ),
        (kernel + 0x400, "the signature by Ilanga fixture does not hold: it is for other content"),
        (
            kernel + KERNEL.len() - 100,
            "the signature by Ilanga fixture does not hold: the signer's key did not make it",
        ),
        (payload + 0x400, "root-a: its boot payload is not the same as the ESP's EFI/Linux/ilanga_2026.11.0.efi"),
        (ROOT + 1024, "root-a: no EROFS superblock: its magic number reads 0xe0f5e1e3"),
        (ROOT + 300 * 4096, "root-a: no dm-verity superblock: its signature is not 'verity'"),
        (MIB + 510, "esp: Invalid boot sector signature"),
    ] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let wrong = wrong(&bad);
        assert!(wrong.iter().any(|sentence| sentence.contains(expected)), "byte {at}: {wrong:?}");
    }
    // The top block: then the root hash is another one.
    let mut bad = good.clone();
    bad[ROOT + 301 * 4096 + 100] ^= 1;
    let wrong = wrong(&bad);
    assert!(wrong.iter().any(|sentence| sentence.contains("but the verity tree's top block gives")), "{wrong:?}");
    assert!(wrong.iter().any(|sentence| sentence.contains("which no slot has")), "{wrong:?}");
}

#[test]
fn a_cut_file_says_where_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let good = image(folder.path(), &slot());
    let wrong = wrong(&good[..ROOT + 200 * 4096]);
    for expected in [
        "partition table: its second copy is damaged: the file ends before it",
        "root-a: it goes up to byte 45088768, but the disk or file ends at byte 43810816",
        "root-a: its verity superblock cannot be read",
    ] {
        assert!(wrong.iter().any(|sentence| sentence.contains(expected)), "{expected}: {wrong:?}");
    }
}

#[test]
fn untrusted_and_unsigned() {
    let mut facts = facts::gather(&all(KERNEL), true, &mut |_, _| ()).unwrap();
    let mut given = trust::Given::default();
    let other = include_bytes!("../kernel/microsoft/ms-uefi-2011.pem");
    given.trust.add(super::certificate::parse(other).unwrap(), "other");
    let trust = trust::note(&mut facts, &given);
    let found = findings::judge(&facts, Standard { trust, given: true, pcr_key: None });
    assert_eq!(found.wrong, ["program: it is signed by Ilanga fixture, who is not trusted"]);
    // No certificate table any more.
    let mut unsigned = KERNEL.to_vec();
    unsigned[64 + 24 + 144..64 + 24 + 152].fill(0);
    assert_eq!(wrong(&unsigned), ["program: it is not signed"]);
}

/// Whatever byte of a program is changed, something is wrong with it: all but the checksum and padding is signed.
#[test]
fn each_byte_of_a_program_is_checked() {
    let table = KERNEL.len() - 1520;
    let checksum = 64 + 24 + 64;
    assert_eq!(judge(KERNEL), Ok(Findings::default()));
    for at in (0..table).step_by(31).filter(|at| !(checksum..checksum + 4).contains(at)) {
        let mut bad = KERNEL.to_vec();
        bad[at] ^= 0x10;
        assert!(judge(&bad).map_or(true, |findings| !findings.wrong.is_empty()), "byte {at}");
    }
}

#[test]
fn files_of_esp_and_state() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = image(folder.path(), &slot());
    // A state partition behind the slot, as a node has.
    let start = bytes.len() - MIB;
    bytes.resize(start + 5 * MIB, 0);
    bytes[start..start + 4 * MIB].copy_from_slice(&zstd::decode_all(STATE).unwrap());
    let config = GptConfig::new().writable(true);
    let mut table = config.open_from_device(std::io::Cursor::new(bytes)).unwrap();
    let role = formats::layout::Role::State;
    let mut partitions = table.partitions().clone();
    assert_eq!(partitions[&2].name, formats::layout::Role::Root(SlotName::A).name());
    let state = gpt::partition::Partition {
        part_type_guid: role.type_guid().into(),
        part_guid: Uuid::from_u128(5),
        first_lba: start as u64 / 512,
        last_lba: (start + 4 * MIB) as u64 / 512 - 1,
        flags: 0,
        name: role.name().to_owned(),
    };
    partitions.insert(3, state);
    table.update_partitions(partitions).unwrap();
    let bytes = table.write().unwrap().into_inner();
    let path = folder.path().join("node.img");
    fs::write(&path, &bytes).unwrap();
    fs::write(folder.path().join("fixture.crt"), CERTIFICATE).unwrap();

    let inspect = |command: Option<FilesCommand>, json: bool| {
        let args = Args {
            image: path.clone(),
            command,
            verify: true,
            json,
            keys: None,
            ca: Vec::new(),
            certificate: vec![folder.path().join("fixture.crt")],
        };
        let mut out = Vec::new();
        run(&args, &mut out, &mut |_, _| ()).map(|verdict| (verdict, String::from_utf8(out).unwrap()))
    };
    let ls = |path: &str| inspect(Some(FilesCommand::Ls { path: path.to_owned() }), false).unwrap().1;
    let cat = |path: &str| inspect(Some(FilesCommand::Cat { path: path.to_owned() }), false);
    assert_eq!(ls("esp:/efi/linux"), "        8176  ilanga_2026.11.0.efi\n");
    assert_eq!(cat("esp:/loader/loader.conf").unwrap().1, "timeout 0\n");
    assert!(ls("state:/").contains("settings.toml\n"));
    assert!(cat("ilanga-state:/settings.toml").unwrap().1.contains("name = \"sun\""));
    for bad in ["state:/none", "state", "esp:/none", "root-a:/etc", "data:/", "x:/", "esp:EFI"] {
        assert!(matches!(cat(bad), Err(InspectError::File { .. })), "{bad}");
    }

    let (verdict, text) = inspect(None, false).unwrap();
    assert_eq!(verdict, Verdict::Good, "{text}");
    for expected in [
        "ext4 'ilanga-state'",
        "settings.toml",
        "holds, trusted by",
        "all 300 blocks match the tree",
        "ilanga_2026.11.0.efi: good",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let (_, json) = inspect(None, true).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["facts"]["kind"], "disk");
    assert_eq!(json["findings"]["wrong"], serde_json::json!([]));

    nonsense(&bytes, 150);
}

#[test]
fn nonsense_never_panics() {
    nonsense(KERNEL, 400);
    nonsense(&slot(), 300);
    nonsense(&super::table::tests::disk(), 200);
    for length in [0, 1, 511, 512, 1024, 1152, 4096, 5000] {
        let _ = judge(&vec![0; length]);
        let _ = judge(&vec![0xFF; length]);
        let _ = program::length(&KERNEL[..length]);
    }
}

/// Bytes of which some were changed, and that end early.
struct Damaged {
    good: Arc<Vec<u8>>,
    changes: Vec<(usize, u8)>,
    end: usize,
}

impl ReadAt for Damaged {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if offset + buffer.len() as u64 > self.end as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.good.read_at(buffer, offset)?;
        for &(at, byte) in &self.changes {
            if let Some(place) = at.checked_sub(offset as usize).and_then(|at| buffer.get_mut(at)) {
                *place = byte;
            }
        }
        Ok(())
    }

    fn length(&self) -> u64 {
        self.end as u64
    }
}

/// Damages `good` in places that matter, the same ones each time, and looks at what is left.
fn nonsense(good: &[u8], times: usize) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ good.len() as u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    // Blocks with something in them: headers, tables, folders.
    let used = |bytes: &[u8]| bytes.iter().any(|&byte| byte != 0);
    let blocks: Vec<usize> = good.chunks(512).enumerate().filter(|(_, b)| used(b)).map(|(at, _)| at * 512).collect();
    let good = Arc::new(good.to_vec());
    for _ in 0..times {
        let changes = (0..=next(4))
            .map(|_| (blocks[next(blocks.len())] + next(512), [0, 0xFF, 0x80, next(256) as u8][next(4)]))
            .collect();
        let end = if next(8) == 0 { next(good.len()) } else { good.len() };
        let part = Part::all(Arc::new(Damaged { good: Arc::clone(&good), changes, end }));
        if let Ok(mut facts) = facts::gather(&part, false, &mut |_, _| ()) {
            trust::note(&mut facts, &trust::Given::default());
            let findings = findings::judge(&facts, Standard::default());
            let _ = super::report::Report { facts: &facts, findings: &findings, verified: false }.to_string();
        }
        let _ = (super::files::list(&part, "state:/"), super::files::read(&part, "state:/settings.toml"));
    }
}
