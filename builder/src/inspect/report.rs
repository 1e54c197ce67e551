//! Shows facts and findings to people.

use std::fmt::{self, Display, Formatter};

use formats::size::Bytes;

use super::bundle::{Bundle, Release};
use super::facts::{Content, Disk, Esp, EspProgram, Facts, Slot, short_name};
use super::findings::Findings;
use super::program::Program;
use super::signature::Signature;

/// Facts and findings as text.
pub(super) struct Report<'a> {
    /// What is there.
    pub(super) facts: &'a Facts,
    /// What is wrong with it.
    pub(super) findings: &'a Findings,
    /// Whether every block was checked.
    pub(super) verified: bool,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.facts {
            Facts::Disk(found) => disk(f, found)?,
            Facts::SlotImage(found) => {
                writeln!(f, "Slot image")?;
                slot(f, found, None)?;
            }
            Facts::Program(found) => {
                writeln!(f, "EFI program, {}", Bytes(found.size))?;
                program(f, found, "  ")?;
            }
            Facts::Bundle(found) => {
                writeln!(f, "Update bundle, {}", Bytes(found.size))?;
                bundle(f, found)?;
            }
        }
        writeln!(f)?;
        for note in &self.findings.notes {
            writeln!(f, "note: {note}")?;
        }
        for wrong in &self.findings.wrong {
            writeln!(f, "wrong: {wrong}")?;
        }
        match (self.findings.wrong.len(), self.verified) {
            (0, true) => writeln!(f, "every digest and signature is right"),
            (0, false) => writeln!(f, "nothing wrong was seen; --verify checks every block"),
            (1, _) => writeln!(f, "1 thing is wrong"),
            (n, _) => writeln!(f, "{n} things are wrong"),
        }
    }
}

fn disk(f: &mut Formatter<'_>, disk: &Disk) -> fmt::Result {
    writeln!(f, "Disk, {}, GUID {}", Bytes(disk.size), disk.table.guid)?;
    for (entry, content) in disk.partitions() {
        writeln!(f)?;
        let name = short_name(entry);
        let (size, start) = (Bytes(entry.size), Bytes(entry.start));
        write!(f, "{}  {name}: {size} at {start}", entry.number)?;
        match content {
            Content::Esp(found) => {
                writeln!(f, ", FAT '{}' {}", found.volume.label, found.volume.id)?;
                esp(f, found)?;
            }
            Content::Slot(found) => {
                writeln!(f)?;
                slot(f, found, disk.esp())?;
            }
            Content::State(found) => {
                writeln!(f, ", ext4 '{}' {}", found.volume.label, found.volume.uuid)?;
                for file in &found.files {
                    writeln!(f, "  {}{}", file.path, if file.folder { "/" } else { "" })?;
                }
            }
            Content::Luks { version, uuid } => writeln!(f, ", LUKS{version} {uuid}")?,
            Content::Nothing => writeln!(f, ", empty")?,
            Content::Damaged { .. } => writeln!(f, ", damaged")?,
            Content::Foreign => writeln!(f)?,
        }
    }
    Ok(())
}

fn esp(f: &mut Formatter<'_>, esp: &Esp) -> fmt::Result {
    for EspProgram { path, program: found, entry, .. } in &esp.programs {
        write!(f, "  {path}")?;
        match entry.as_ref().map(|entry| entry.tries) {
            None => writeln!(f)?,
            Some(None) => writeln!(f, ": good")?,
            Some(Some(tries)) if tries.left == 0 => writeln!(f, ": bad, after {} tries", tries.done)?,
            Some(Some(tries)) => writeln!(f, ": on trial, {} tries left, {} spent", tries.left, tries.done)?,
        }
        if let Some(found) = found {
            program(f, found, "    ")?;
        }
    }
    let others = esp.files.iter().filter(|file| !file.path.to_ascii_lowercase().ends_with(".efi"));
    for file in others {
        writeln!(f, "  {}, {}", file.path, Bytes(file.size))?;
        if let Some(variable) = esp.variables.iter().find(|variable| variable.path == file.path) {
            let names: Vec<&str> = variable.enrols.iter().map(|certificate| certificate.name.as_str()).collect();
            let signer = variable.signer.as_ref().map_or("nobody known", |signer| signer.name.as_str());
            writeln!(f, "    enrols {}; signed by {signer}", names.join(", "))?;
        }
    }
    for line in esp.loader_conf.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()) {
        writeln!(f, "    {line}")?;
    }
    Ok(())
}

fn slot(f: &mut Formatter<'_>, slot: &Slot, esp: Option<&Esp>) -> fmt::Result {
    writeln!(f, "  EROFS {}, UUID {}", Bytes(slot.erofs_size), slot.erofs_uuid)?;
    writeln!(f, "  dm-verity tree, UUID {}, salt {}", slot.tree_uuid, slot.salt)?;
    writeln!(f, "  root hash {}", slot.root_hash)?;
    if let Some(tree) = &slot.tree {
        let blocks = slot.erofs_size / formats::verity::BLOCK;
        match tree.wrong {
            0 => writeln!(f, "  all {blocks} blocks match the tree")?,
            wrong => writeln!(f, "  {wrong} blocks are wrong")?,
        }
    }
    if let Some(payload) = &slot.payload {
        write!(f, "  boot payload, {} at offset {}", Bytes(payload.size), slot.payload_offset)?;
        let same = esp
            .iter()
            .flat_map(|esp| &esp.programs)
            .find(|found| found.program.as_ref().is_some_and(|program| program.sha256 == payload.sha256));
        match same {
            Some(found) => writeln!(f, ": the same as esp:/{}", found.path)?,
            None => {
                writeln!(f)?;
                program(f, payload, "    ")?;
            }
        }
    }
    Ok(())
}

fn bundle(f: &mut Formatter<'_>, bundle: &Bundle) -> fmt::Result {
    if let Some(content) = &bundle.content {
        writeln!(f, "  {} for {}, build {}", content.version, content.compatible, content.build)?;
        writeln!(f, "  {}", content.description)?;
        if let Some(Release { board, channel, date, needs, changelog }) = &content.release {
            writeln!(f, "  board {board}, channel {channel}, {date}")?;
            if let Some(needs) = needs {
                writeln!(f, "  needs release {needs}")?;
            }
            for line in changelog.iter().flat_map(|text| text.lines()) {
                writeln!(f, "  │ {line}")?;
            }
        }
        writeln!(f, "  image {}, {}, sha256 {}", content.image, Bytes(content.image_size), content.image_sha256)?;
        writeln!(f, "  squashfs {}, root hash {}", Bytes(content.squashfs_size), content.root_hash)?;
        if let Some(check) = bundle.check.as_ref().filter(|check| check.tree.wrong == 0) {
            writeln!(f, "  all {} blocks match the tree", content.squashfs_size / formats::verity::BLOCK)?;
            if check.image_problem.is_none() {
                writeln!(f, "  the image has its digest")?;
            }
        }
    }
    bundle.signature.iter().try_for_each(|signature| writeln!(f, "  {}", SignatureLine(signature)))
}

fn program(f: &mut Formatter<'_>, program: &Program, indent: &str) -> fmt::Result {
    let name = program.os_release("PRETTY_NAME").or(program.os_release("NAME"));
    let version = program.os_release("IMAGE_VERSION").or(program.os_release("VERSION_ID"));
    if program.is_kernel() {
        write!(f, "{indent}{} {}", name.unwrap_or("kernel image"), version.unwrap_or_default())?;
        writeln!(f, ", kernel {}, {}", program.kernel_version.as_deref().unwrap_or("unknown"), Bytes(program.size))?;
        let sections = program.sections.iter().map(|section| format!("{} {}", section.name, Bytes(section.size)));
        writeln!(f, "{indent}sections {}", sections.collect::<Vec<_>>().join(", "))?;
    }
    if let Some(line) = &program.command_line {
        writeln!(f, "{indent}command line: {line}")?;
    }
    for signature in &program.signatures {
        writeln!(f, "{indent}{}", SignatureLine(signature))?;
    }
    if program.signatures.is_empty() {
        writeln!(f, "{indent}not signed")?;
    }
    if let Some(policy) = &program.pcr {
        writeln!(f, "{indent}PCR 11 policies signed for {} phases of the boot", policy.phases.len())?;
    }
    Ok(())
}

struct SignatureLine<'a>(&'a Signature);

impl Display for SignatureLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Signature { signer, problem, trusted_by, .. } = self.0;
        match signer {
            Some(signer) => write!(f, "signed by {}", signer.subject)?,
            None => write!(f, "signed by nobody known")?,
        }
        match (problem, trusted_by) {
            (Some(_), _) => f.write_str(", does not hold"),
            (None, Some(by)) => write!(f, ", holds, trusted by {by}"),
            (None, None) => f.write_str(", holds"),
        }
    }
}
