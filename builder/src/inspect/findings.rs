//! What is wrong with an image, each in a sentence. A pure function of the facts.

use std::ops::Range;

use formats::digest::Digest;
use formats::layout::Role;
use formats::slot::Slot as SlotName;
use serde::Serialize;

use super::bundle::Bundle;
use super::facts::{Content, Disk, Esp, EspProgram, Facts, Slot, short_name};
use super::program::Program;
use super::table::{Entry, Table};
use super::tree::{Level, TreeCheck, WrongBlock};
use crate::disk::esp_paths;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Findings {
    /// What is wrong.
    pub(super) wrong: Vec<String>,
    /// What is not wrong, but good to know.
    pub(super) notes: Vec<String>,
}

/// What the facts are judged by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standard {
    /// Whether it is known whose signatures are trusted.
    pub(super) trust: bool,
    /// Whether that was said by a person, and not by the image itself.
    pub(super) given: bool,
    /// Whose PCR policies are right.
    pub(super) pcr_key: Option<Digest>,
}

/// How many lines there are of one kind.
const MOST_LINES: usize = 10;

/// Judges the facts.
pub(super) fn judge(facts: &Facts, standard: Standard) -> Findings {
    let mut findings = Findings::default();
    let found = &mut findings;
    match facts {
        Facts::Disk(disk) => found.disk(disk, standard),
        Facts::SlotImage(slot) => found.slot("slot image", slot, standard),
        Facts::Program(program) => found.program("program", program, standard),
        Facts::Bundle(bundle) => found.bundle(bundle, standard),
    }
    if !standard.trust {
        let option = if matches!(facts, Facts::Bundle(_)) { "--ca" } else { "--certificate" };
        found.note(format!("nothing says whose signatures are trusted: give --keys or {option}"));
    } else if !standard.given {
        found.note(
            "signatures were checked against the certificates on the ESP itself: give --keys to check against yours",
        );
    }
    findings
}

impl Findings {
    fn wrong(&mut self, sentence: impl Into<String>) {
        self.wrong.push(sentence.into());
    }

    fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    fn disk(&mut self, disk: &Disk, standard: Standard) {
        self.table(&disk.table, disk.size);
        for (entry, content) in disk.partitions() {
            let name = short_name(entry);
            match content {
                Content::Esp(esp) => self.esp(esp, standard),
                Content::Slot(slot) => self.slot(name, slot, standard),
                Content::Damaged { problem } => self.wrong(format!("{name}: {problem}")),
                Content::Nothing if entry.role() == Some(Role::Root(SlotName::A)) => {
                    self.wrong(format!("{name}: it is empty"));
                }
                Content::Nothing | Content::State(_) | Content::Luks { .. } => {}
                Content::Foreign if entry.role().is_some() => {
                    self.note(format!("{name}: set-up has not made it yet; it holds what was on the disk before"));
                }
                Content::Foreign => self.note(format!("{name}: not one of Ilanga's partitions")),
            }
        }
        if let Some(esp) = disk.esp() {
            self.fit(disk, esp);
        }
    }

    fn table(&mut self, table: &Table, size: u64) {
        for (copy, problem) in [("first", &table.primary_problem), ("second", &table.backup_problem)] {
            if let Some(problem) = problem {
                self.wrong(format!("partition table: its {copy} copy is damaged: {problem}"));
            }
        }
        if table.copies_differ {
            self.wrong("partition table: its two copies name different partitions");
        }
        if !table.backup_at_end && table.backup_problem.is_none() {
            self.note("partition table: its second copy is not at the disk's end: this disk was not started yet");
        }
        let mut end = 0;
        let mut last = "the partition table";
        for entry in &table.partitions {
            let name = short_name(entry);
            self.entry(entry, name, size);
            if entry.start < end {
                self.wrong(format!("{name}: it begins at byte {}, inside of {last}", entry.start));
            }
            (end, last) = (entry.start.saturating_add(entry.size), name);
        }
        for role in [Role::Esp, Role::Root(SlotName::A)] {
            match table.partitions.iter().filter(|entry| entry.role() == Some(role)).count() {
                0 => self.wrong(format!("partition table: there is no partition '{}'", role.name())),
                1 => {}
                n => self.wrong(format!("partition table: {n} partitions are named '{}'", role.name())),
            }
        }
    }

    fn entry(&mut self, entry: &Entry, name: &str, size: u64) {
        let end = entry.start.saturating_add(entry.size);
        if entry.size == 0 {
            self.wrong(format!("{name}: the partition table has it end before it begins"));
        } else if end > size {
            self.wrong(format!("{name}: it goes up to byte {end}, but the disk or file ends at byte {size}"));
        }
        if let Some(role) = entry.role().filter(|role| role.type_guid() != entry.type_guid) {
            self.wrong(format!("{name}: its type is {}; {} is expected", entry.type_guid, role.type_guid()));
        }
    }

    fn esp(&mut self, esp: &Esp, standard: Standard) {
        for program in &esp.programs {
            self.esp_program(program, standard);
        }
        for variable in &esp.variables {
            if let Some(problem) = &variable.problem {
                self.wrong(format!("esp: {}: {problem}", variable.path));
            }
        }
        if !esp.programs.iter().any(|program| program.path.eq_ignore_ascii_case(esp_paths::REMOVABLE)) {
            self.wrong(format!("esp: there is no {}, which firmware starts from a disk", esp_paths::REMOVABLE));
        }
        for line in esp.loader_conf.iter().flat_map(|text| text.lines()) {
            if matches!(line.split_whitespace().next(), Some("default" | "preferred")) {
                self.wrong(format!(
                    "esp: {} sets '{line}', which systemd-boot would start even where it is marked bad",
                    esp_paths::LOADER_CONF
                ));
            }
        }
        let entries = esp.files.iter().filter(|file| file.path.starts_with(esp_paths::ENTRIES_FOLDER));
        for file in entries.take(MOST_LINES) {
            self.note(format!("esp: {} is a boot entry that Ilanga did not make", file.path));
        }
    }

    fn esp_program(&mut self, found: &EspProgram, standard: Standard) {
        let name = format!("esp: {}", found.path);
        if let Some(problem) = &found.problem {
            self.wrong(format!("{name}: {problem}"));
        }
        if let Some(program) = &found.program {
            self.program(&name, program, standard);
            if let Some(line) = program.command_line.as_ref().filter(|_| !program.is_kernel()) {
                self.note(format!("{name}: it adds '{line}' to the kernel's command line"));
            }
            if program.is_kernel() && found.entry.is_none() {
                self.note(format!("{name}: its name is not that of one of Ilanga's kernel images"));
            }
        }
        if found.entry.as_ref().and_then(|entry| entry.tries).is_some_and(|tries| tries.left == 0) {
            self.note(format!("{name}: it is marked bad, and started only if nothing else is left"));
        }
    }

    fn program(&mut self, name: &str, program: &Program, standard: Standard) {
        if let Some(problem) = &program.signature_problem {
            self.wrong(format!("{name}: its signatures cannot be read: {problem}"));
        } else if program.signatures.is_empty() {
            self.wrong(format!("{name}: it is not signed"));
        }
        let mut untrusted = Vec::new();
        for signature in &program.signatures {
            let signer = signature.signer.as_ref().map_or("nobody known", |signer| signer.name.as_str());
            match &signature.problem {
                Some(problem) => self.wrong(format!("{name}: the signature by {signer} does not hold: {problem}")),
                None if signature.trusted_by.is_none() => untrusted.push(signer),
                None => {}
            }
        }
        let trusted = program.signatures.iter().any(|signature| signature.trusted_by.is_some());
        if standard.trust && !trusted && !untrusted.is_empty() {
            self.wrong(format!("{name}: it is signed by {}, who is not trusted", untrusted.join(" and ")));
        }
        if program.is_kernel() {
            match &program.root {
                None => self.wrong(format!("{name}: it has no command line, so no root hash either")),
                Some(Err(problem)) => self.wrong(format!("{name}: {problem}")),
                Some(Ok(_)) => {}
            }
            self.policy(name, program, standard);
        }
    }

    fn policy(&mut self, name: &str, program: &Program, standard: Standard) {
        let Some(policy) = &program.pcr else {
            self.wrong(format!("{name}: it has no signed PCR policy, so a TPM would not unlock data with it"));
            return;
        };
        for problem in &policy.problems {
            self.wrong(format!("{name}: {problem}"));
        }
        if policy.phases.is_empty() && policy.problems.is_empty() {
            self.wrong(format!("{name}: none of its PCR policies is signed"));
        }
        if standard.pcr_key.is_some() && policy.key.is_some() && standard.pcr_key != policy.key {
            self.wrong(format!("{name}: its PCR policies are signed with another key than pcr.pub"));
        }
    }

    fn slot(&mut self, name: &str, slot: &Slot, standard: Standard) {
        if let Some(problem) = &slot.payload_problem {
            self.wrong(format!("{name}: its boot payload, at offset {}: {problem}", slot.payload_offset));
        }
        if let Some(payload) = &slot.payload {
            self.program(&format!("{name}: its boot payload"), payload, standard);
            if let Some(Ok(root)) = payload.root.as_ref().filter(|root| **root != Ok(slot.root_hash)) {
                self.wrong(format!(
                    "{name}: its kernel expects the root hash {root}, but the verity tree's top block gives {}",
                    slot.root_hash
                ));
            }
        }
        if let Some(tree) = &slot.tree {
            self.tree(name, tree);
        }
    }

    fn bundle(&mut self, bundle: &Bundle, standard: Standard) {
        let name = "update bundle";
        if let Some(refusal) = &bundle.refusal {
            self.wrong(format!("{name}: nodes refuse it: {refusal}"));
        }
        if let Some(signature) = &bundle.signature {
            let signer = signature.signer.as_ref().map_or("nobody known", |signer| signer.name.as_str());
            if let Some(problem) = &signature.problem {
                self.wrong(format!("{name}: the signature by {signer} does not hold: {problem}"));
            } else if standard.trust && signature.trusted_by.is_none() {
                self.wrong(format!("{name}: it is signed by {signer}, who is not trusted"));
            }
        }
        if let Some(problem) = &bundle.files_problem {
            self.wrong(format!("{name}: {problem}"));
        }
        if let Some(check) = &bundle.check {
            if !check.top {
                self.wrong(format!("{name}: its dm-verity tree's top block does not give the signed root hash"));
            }
            self.tree(name, &check.tree);
            if let Some(problem) = &check.image_problem {
                self.wrong(format!("{name}: its image: {problem}"));
            }
        }
    }

    fn tree(&mut self, name: &str, tree: &TreeCheck) {
        let mut told = 0;
        for wrong in tree.blocks.iter().take(MOST_LINES) {
            told += wrong.blocks.end - wrong.blocks.start;
            self.wrong(format!("{name}: {}", sentence(wrong)));
        }
        if tree.wrong > told {
            self.wrong(format!("{name}: {} more blocks are wrong", tree.wrong - told));
        }
    }

    /// Whether the ESP's kernel images and the slots belong together.
    fn fit(&mut self, disk: &Disk, esp: &Esp) {
        let kernels: Vec<(&EspProgram, &Program)> = esp
            .programs
            .iter()
            .filter_map(|found| Some((found, found.program.as_ref()?)))
            .filter(|(found, program)| program.is_kernel() && in_kernel_folder(&found.path))
            .collect();
        if kernels.is_empty() {
            self.wrong(format!("esp: there is no kernel image in {}", esp_paths::KERNEL_FOLDER));
        }
        for (found, program) in &kernels {
            let Some(Ok(root)) = &program.root else { continue };
            if !disk.slots().any(|(_, slot)| slot.root_hash == *root) {
                self.wrong(format!("esp: {}: it expects the root hash {root}, which no slot has", found.path));
            }
        }
        for (name, slot) in disk.slots() {
            let Some(payload) = &slot.payload else { continue };
            if kernels.iter().any(|(_, program)| program.sha256 == payload.sha256) {
                continue;
            }
            match kernels.iter().find(|(_, program)| program.root == Some(Ok(slot.root_hash))) {
                Some((found, _)) => {
                    self.wrong(format!("{name}: its boot payload is not the same as the ESP's {}", found.path));
                }
                None => self.wrong(format!("{name}: its boot payload is not on the ESP, so nothing starts this slot")),
            }
        }
    }
}

fn in_kernel_folder(path: &str) -> bool {
    let folder = path.get(..esp_paths::KERNEL_FOLDER.len());
    folder.is_some_and(|folder| folder.eq_ignore_ascii_case(esp_paths::KERNEL_FOLDER))
}

fn sentence(wrong: &WrongBlock) -> String {
    let Range { start, end } = wrong.blocks;
    let one = end - start == 1;
    let blocks = if one { format!("block {start}") } else { format!("blocks {start} to {}", end - 1) };
    let (of, verb) = match wrong.level {
        Level::Data => ("", if one { "does" } else { "do" }),
        Level::Tree => (" of the verity tree", if one { "does" } else { "do" }),
    };
    let its = if one { "its digest" } else { "their digests" };
    match &wrong.unreadable {
        Some(why) => format!("{blocks}{of} (offset {}) cannot be read: {why}", wrong.offset),
        None => format!("{blocks}{of} (offset {}) {verb} not match {its} in the verity tree", wrong.offset),
    }
}
