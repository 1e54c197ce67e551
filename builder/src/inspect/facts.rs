//! What is on an image, as values: gathered once, then judged and shown.

use formats::boot_entry::BootEntry;
use formats::digest::Digest;
use formats::layout::Role;
use formats::slot_image::SlotImage;
use formats::{erofs, verity};
use serde::Serialize;
use uuid::Uuid;

use super::bundle::Bundle;
use super::certificate::{self, printable};
use super::program::{self, Program};
use super::source::Part;
use super::table::{self, Entry, Table};
use super::tree::{self, Covered, TreeCheck};
use super::variable::{self, Variable};
use super::{bundle, ext4, fat};
use crate::disk::{Progress, esp_paths};

/// What was given to be inspected.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(super) enum Facts {
    /// A disk, or an image of one.
    Disk(Disk),
    /// A slot image by itself.
    SlotImage(Box<Slot>),
    /// A kernel image or another EFI program by itself.
    Program(Box<Program>),
    /// An update bundle.
    Bundle(Box<Bundle>),
}

/// A disk.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Disk {
    /// Its length in bytes.
    pub(super) size: u64,
    /// Its partition table.
    pub(super) table: Table,
    /// What is in the partitions, in the order of the table's.
    pub(super) contents: Vec<Content>,
}

impl Disk {
    /// The partitions with what is in them.
    pub(super) fn partitions(&self) -> impl Iterator<Item = (&Entry, &Content)> {
        self.table.partitions.iter().zip(&self.contents)
    }

    /// The first ESP that can be read.
    pub(super) fn esp(&self) -> Option<&Esp> {
        self.contents.iter().find_map(|content| match content {
            Content::Esp(esp) => Some(esp),
            _ => None,
        })
    }

    /// The slots that hold a slot image, with their names.
    pub(super) fn slots(&self) -> impl Iterator<Item = (&str, &Slot)> {
        self.partitions().filter_map(|(entry, content)| match content {
            Content::Slot(slot) => Some((short_name(entry), &**slot)),
            _ => None,
        })
    }
}

/// A partition's name as people know it: `esp`, `root-a`.
pub(super) fn short_name(entry: &Entry) -> &str {
    entry.role().map_or(entry.name.as_str(), |role| role.name().trim_start_matches("ilanga-"))
}

/// What is in a partition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "holds")]
pub(super) enum Content {
    /// An ESP.
    Esp(Esp),
    /// A slot image.
    Slot(Box<Slot>),
    /// State.
    State(State),
    /// An encrypted volume.
    Luks {
        /// LUKS's version.
        version: u16,
        /// The volume's UUID.
        uuid: String,
    },
    /// Nothing but zeros at its start.
    Nothing,
    /// Something else than its role says, or damaged.
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// Not one of Ilanga's partitions, or data that no set-up has made.
    Foreign,
}

/// An EFI system partition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Esp {
    /// The FAT volume.
    pub(super) volume: fat::Volume,
    /// Its files.
    pub(super) files: Vec<fat::Found>,
    /// Its EFI programs.
    pub(super) programs: Vec<EspProgram>,
    /// The Secure Boot variables that systemd-boot would enrol.
    pub(super) variables: Vec<Variable>,
    /// `loader/loader.conf`.
    pub(super) loader_conf: Option<String>,
    /// The certificates that systemd-boot or MokManager would enrol from it.
    #[serde(skip)]
    pub(super) certificates: Vec<(x509_cert::Certificate, String)>,
}

/// An EFI program on an ESP.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct EspProgram {
    /// Its path.
    pub(super) path: String,
    /// What it is.
    pub(super) program: Option<Program>,
    /// Why it cannot be read.
    pub(super) problem: Option<String>,
    /// What its name says about its trial, if it is a kernel image of ours.
    #[serde(serialize_with = "as_text")]
    pub(super) entry: Option<BootEntry>,
}

fn as_text<S: serde::Serializer>(entry: &Option<BootEntry>, serializer: S) -> Result<S::Ok, S::Error> {
    match entry.as_ref().and_then(|entry| entry.tries) {
        Some(tries) => serializer.serialize_some(&format!("+{}-{}", tries.left, tries.done)),
        None => serializer.serialize_none(),
    }
}

/// A slot image.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Slot {
    /// Length of the EROFS in bytes.
    pub(super) erofs_size: u64,
    /// Its UUID.
    pub(super) erofs_uuid: Uuid,
    /// The verity tree's UUID.
    pub(super) tree_uuid: Uuid,
    /// What its digests start from.
    pub(super) salt: String,
    /// The root hash: the digest of the tree's top block.
    pub(super) root_hash: Digest,
    /// Where the boot payload begins.
    pub(super) payload_offset: u64,
    /// The boot payload.
    pub(super) payload: Option<Program>,
    /// Why it cannot be read.
    pub(super) payload_problem: Option<String>,
    /// What a check of all blocks found, if one was made.
    pub(super) tree: Option<TreeCheck>,
}

/// A state partition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct State {
    /// The ext4 volume.
    pub(super) volume: ext4::Volume,
    /// What is in its root folder.
    pub(super) files: Vec<fat::Found>,
}

/// Gathers all there is to know. `verify` reads every block of the slots.
pub(super) fn gather(all: &Part, verify: bool, progress: Progress<'_>) -> Result<Facts, String> {
    let head = all.bytes(0, erofs::HEAD).map_err(|error| error.to_string())?;
    if head.starts_with(b"MZ") {
        return Ok(Facts::Program(Box::new(whole_program(all)?)));
    }
    if head.starts_with(b"hsqs") {
        return Ok(Facts::Bundle(Box::new(bundle::read(all, verify, progress))));
    }
    if erofs::Superblock::parse(&head).is_ok() {
        return Ok(Facts::SlotImage(Box::new(slot(all, verify, progress)?)));
    }
    let table = table::read(all).map_err(|problem| {
        format!("it is no disk image, slot image, EFI program or update bundle: as for a partition table, {problem}")
    })?;
    let mut contents = Vec::new();
    for entry in &table.partitions {
        let part = all.part(entry.start, entry.size);
        contents.push(content(entry, &part, verify, progress));
    }
    Ok(Facts::Disk(Disk { size: all.length(), table, contents }))
}

fn content(entry: &Entry, part: &Part, verify: bool, progress: Progress<'_>) -> Content {
    let read = match entry.role() {
        None => return Content::Foreign,
        Some(Role::Esp) => esp(part).map(Content::Esp),
        Some(Role::Root(_)) if is_zero(part) => return Content::Nothing,
        Some(Role::Root(_)) => slot(part, verify, progress).map(Box::new).map(Content::Slot),
        Some(Role::State) => state(part).map(Content::State),
        Some(Role::Data) => luks(part),
    };
    read.unwrap_or_else(|problem| Content::Damaged { problem })
}

fn is_zero(part: &Part) -> bool {
    part.bytes(0, 1 << 20).is_ok_and(|bytes| bytes.iter().all(|&byte| byte == 0))
}

fn whole_program(all: &Part) -> Result<Program, String> {
    if all.length() > program::LONGEST {
        return Err(format!("it is {} bytes long, and EFI programs are not", all.length()));
    }
    let length = usize::try_from(all.length()).map_err(|error| error.to_string())?;
    program::read(&all.bytes(0, length).map_err(|error| error.to_string())?)
}

fn esp(part: &Part) -> Result<Esp, String> {
    let volume = fat::volume(part)?;
    let files = fat::files(part)?;
    let mut certificates = Vec::new();
    let mut programs = Vec::new();
    let mut variables = Vec::new();
    let mut loader_conf = None;
    let read = |path: &str, longest| fat::read(part, path, longest).map_err(|problem| format!("{path}: {problem}"));
    for file in &files {
        let lower = file.path.to_ascii_lowercase();
        if lower.ends_with(".efi") {
            let read = fat::read(part, &file.path, program::LONGEST).and_then(|bytes| program::read(&bytes));
            let name = file.path.strip_prefix(esp_paths::KERNEL_FOLDER).and_then(|name| name.strip_prefix('/'));
            programs.push(EspProgram {
                path: file.path.clone(),
                entry: name.and_then(|name| name.parse().ok()),
                problem: read.as_ref().err().cloned(),
                program: read.ok(),
            });
        } else if lower == esp_paths::LOADER_CONF {
            let text = read(&file.path, 64 << 10)?;
            loader_conf = Some(String::from_utf8_lossy(&text).lines().map(printable).collect::<Vec<_>>().join("\n"));
        } else if let Some(name) = variable_name(&file.path) {
            variables.push(variable::read(&file.path, name, &read(&file.path, 1 << 20)?));
        } else if lower == esp_paths::OWNER_CERTIFICATE {
            let found = certificate::parse(&read(&file.path, 64 << 10)?);
            certificates.extend(found.map(|certificate| (certificate, format!("esp:/{}", file.path))));
        }
    }
    variable::judge(&mut variables);
    for variable in variables.iter().filter(|variable| variable.name == "db") {
        let source = format!("esp:/{}", variable.path);
        certificates.extend(variable.certificates.iter().map(|certificate| (certificate.clone(), source.clone())));
    }
    Ok(Esp { volume, files, programs, variables, loader_conf, certificates })
}

fn variable_name(path: &str) -> Option<&'static str> {
    let (folder, file) = path.rsplit_once('/')?;
    if folder.eq_ignore_ascii_case(esp_paths::KEYS_FOLDER) { variable::name(file) } else { None }
}

fn slot(part: &Part, verify: bool, progress: Progress<'_>) -> Result<Slot, String> {
    let unreadable = |what: &'static str| move |error: std::io::Error| format!("its {what} cannot be read: {error}");
    let head = part.bytes(0, erofs::HEAD).map_err(unreadable("superblock"))?;
    let erofs = erofs::Superblock::parse(&head).map_err(|error| error.to_string())?;
    let superblock = part.bytes(erofs.size.0, 512).map_err(unreadable("verity superblock"))?;
    let verity = verity::Superblock::parse(&superblock).map_err(|error| error.to_string())?;
    let image = SlotImage::new(erofs, verity).map_err(|error| error.to_string())?;
    let mut top = vec![0; verity::BLOCK as usize];
    part.read_at(&mut top, image.top_block().0).map_err(unreadable("verity tree"))?;
    let payload = payload(part, image.payload.0);
    Ok(Slot {
        erofs_size: image.erofs.size.0,
        erofs_uuid: image.erofs.uuid,
        tree_uuid: image.verity.uuid,
        salt: hex::encode(&image.verity.salt),
        root_hash: image.root_hash(&top),
        payload_offset: image.payload.0,
        payload_problem: payload.as_ref().err().cloned(),
        payload: payload.ok(),
        tree: verify.then(|| tree::check(part, &Covered::from(&image), progress)),
    })
}

fn payload(part: &Part, start: u64) -> Result<Program, String> {
    let unreadable = |error: std::io::Error| error.to_string();
    let length = program::length(&part.bytes(start, 64 << 10).map_err(unreadable)?)?;
    if start.saturating_add(length) > part.length() {
        return Err(format!("it is {length} bytes long and goes beyond the slot's end"));
    }
    let length = usize::try_from(length).map_err(|error| error.to_string())?;
    program::read(&part.bytes(start, length).map_err(unreadable)?)
}

fn state(part: &Part) -> Result<State, String> {
    Ok(State { volume: ext4::volume(part)?, files: ext4::folder(part, "/")? })
}

fn luks(part: &Part) -> Result<Content, String> {
    let head = part.bytes(0, 208).map_err(|error| error.to_string())?;
    if head.len() < 208 || !head.starts_with(b"LUKS\xBA\xBE") {
        // What a disk held before its first start stays there until set-up makes a volume: no fault of the node's.
        let second = [14, 15, 16, 17, 18, 19, 20, 21, 22].map(|bits| part.bytes(1 << bits, 6).unwrap_or_default());
        return if second.iter().any(|magic| magic == b"SKUL\xBA\xBE") {
            Err("of its LUKS volume nothing but the header's second copy is whole".to_owned())
        } else if is_zero(part) {
            Ok(Content::Nothing)
        } else {
            Ok(Content::Foreign)
        };
    }
    let uuid = head[168..208].split(|&byte| byte == 0).next().unwrap_or_default();
    let version = u16::from_be_bytes([head[6], head[7]]);
    Ok(Content::Luks { version, uuid: printable(&String::from_utf8_lossy(uuid)) })
}
