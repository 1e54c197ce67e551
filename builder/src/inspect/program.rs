//! EFI programs: boot loaders, and unified kernel images with their sections.

use authenticode::PeTrait;
use formats::command_line::CommandLine;
use formats::digest::Digest;
use object::read::pe::PeFile64;
use object::{LittleEndian, Object as _, ObjectSection as _};
use serde::Serialize;
use x509_cert::Certificate;

use super::certificate::{self, printable};
use super::pcr::{self, PcrPolicy};
use super::signature::{self, Signature};

/// The most that is read of a program; a kernel image has some 40 MB.
pub(super) const LONGEST: u64 = 512 << 20;

/// The most that is shown of a section of text.
const LONGEST_TEXT: usize = 64 << 10;

/// An EFI program.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Program {
    /// Its length in bytes.
    pub(super) size: u64,
    /// The digest of the file.
    pub(super) sha256: Digest,
    /// Its sections.
    pub(super) sections: Vec<Section>,
    /// Section `.osrel`, of a unified kernel image.
    pub(super) os_release: Option<String>,
    /// Section `.uname`: the kernel's version.
    pub(super) kernel_version: Option<String>,
    /// Section `.cmdline`.
    pub(super) command_line: Option<String>,
    /// The root hash on the command line, or what is wrong with that line.
    #[serde(skip)]
    pub(super) root: Option<Result<Digest, String>>,
    /// Its signed PCR policies.
    pub(super) pcr: Option<PcrPolicy>,
    /// Its signatures.
    pub(super) signatures: Vec<Signature>,
    /// Why its signatures cannot be read.
    pub(super) signature_problem: Option<String>,
    /// The certificates that it trusts itself, if it is shim.
    #[serde(skip)]
    pub(super) vendor: Vec<Certificate>,
}

/// A section of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Section {
    /// Its name.
    pub(super) name: String,
    /// Its length in bytes.
    pub(super) size: u64,
}

impl Program {
    /// Whether it is a unified kernel image.
    pub(super) fn is_kernel(&self) -> bool {
        self.sections.iter().any(|section| section.name == ".linux")
    }

    /// Whether it is shim.
    pub(super) fn is_shim(&self) -> bool {
        self.sections.iter().any(|section| section.name == ".vendor_cert")
    }

    /// A value of `.osrel`.
    pub(super) fn os_release(&self, key: &str) -> Option<&str> {
        let lines = self.os_release.as_deref()?.lines();
        lines
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.trim_matches('"'))
    }
}

/// Reads a program from the bytes of its file.
pub(super) fn read(bytes: &[u8]) -> Result<Program, String> {
    let file = PeFile64::parse(bytes).map_err(|error| format!("it is no 64-bit EFI program: {error}"))?;
    let section = |name: &str| section(&file, bytes, name);
    let text = |name: &str| section(name).map(text);
    let command_line = text(".cmdline");
    let (signatures, signature_problem) = match signature::read(&file) {
        Ok(signatures) => (signatures, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let sections = file
        .sections()
        .take(96)
        .map(|section| Section { name: printable(section.name().unwrap_or("?")), size: section.size() });
    Ok(Program {
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
        sections: sections.collect(),
        os_release: text(".osrel"),
        kernel_version: text(".uname").map(|text| printable(text.trim())),
        root: command_line
            .as_ref()
            .map(|line| line.parse::<CommandLine>().map(|line| line.root).map_err(|error| error.to_string())),
        command_line: command_line.map(|line| printable(line.trim())),
        pcr: pcr::read(section),
        signatures,
        signature_problem,
        vendor: section(".vendor_cert").map(certificate::in_shim).unwrap_or_default(),
    })
}

/// The content of the first section of this name, without what pads it.
fn section<'a>(file: &PeFile64<'a>, bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let section = file.sections().find(|section| section.name() == Ok(name))?;
    let (start, length) = section.file_range()?;
    let start = usize::try_from(start).ok()?;
    let length = usize::try_from(length.min(section.size())).ok()?;
    bytes.get(start..start.checked_add(length)?)
}

fn text(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(LONGEST_TEXT)];
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

/// How long the program is that begins with these bytes: up to the end of its last section and its certificate table.
pub(super) fn length(head: &[u8]) -> Result<u64, String> {
    let file = PeFile64::parse(head).map_err(|error| format!("it is no 64-bit EFI program: {error}"))?;
    let sections = file.section_table().iter().map(|header| {
        u64::from(header.pointer_to_raw_data.get(LittleEndian)) + u64::from(header.size_of_raw_data.get(LittleEndian))
    });
    let table = file.certificate_table_range().map_err(|_| "its certificate table's place is absurd")?;
    let end = sections.chain(table.map(|range| range.end as u64)).max().unwrap_or(0);
    if end > LONGEST { Err(format!("it claims to be {end} bytes long")) } else { Ok(end) }
}
