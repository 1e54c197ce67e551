//! `ilanga inspect`: what is on an image or a disk, and whether it is right.
//!
//! ```text
//! source ─▶ facts::gather ─▶ trust::note ─▶ findings::judge ─▶ report
//!              │ table, fat, ext4, program (signature, pcr), variable, tree, bundle (message, squashfs)
//! ```
//!
//! Nothing is mounted, no program is started, nothing is written, root is not needed. Invariant: whatever the bytes are,
//! there is no panic and no more memory than a program's length; what is wrong is said.

mod bundle;
#[cfg(test)]
mod bundle_tests;
mod certificate;
mod ext4;
mod facts;
mod fat;
mod files;
mod findings;
mod message;
mod pcr;
mod program;
mod report;
mod signature;
mod source;
mod squashfs;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod trust;
mod variable;

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

use crate::disk::Progress;
use facts::Facts;
use findings::{Findings, Standard};
use report::Report;

/// Shows what is on an image or a disk, without root and without mounting.
///
/// Exit code 1 if something is wrong.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// An image (.img, .img.xz), a disk, a slot image, a kernel image (.efi) or an update bundle (.raucb).
    pub(crate) image: PathBuf,
    /// What to do instead of showing all.
    #[command(subcommand)]
    pub(crate) command: Option<FilesCommand>,
    /// Checks every digest and signature, from the ESP down.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Writes JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The folder of keys whose certificates are to be trusted.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// A certificate (PEM or DER) that is to be trusted.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Vec<PathBuf>,
    /// The authority (PEM or DER) that is to be trusted for update bundles.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,
}

/// Looks into the file systems.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum FilesCommand {
    /// Lists a folder, such as esp:/EFI/Linux or state:/.
    Ls {
        /// The partition and the path in it.
        path: String,
    },
    /// Writes a file, such as state:/settings.toml, to standard output.
    Cat {
        /// The partition and the path in it.
        path: String,
    },
}

/// What `inspect` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing wrong in what was looked at.
    Good,
    /// Something is wrong, and was said; exit code 1.
    Wrong,
}

/// The image could not be looked at.
#[derive(Debug, Error)]
pub(crate) enum InspectError {
    /// It could not be opened.
    #[error("opening {}", .path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It could not be unpacked.
    #[error("unpacking {}", .path.display())]
    Unpack {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is nothing that can be inspected.
    #[error("inspecting {}: {problem}", .path.display())]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// What it is not.
        problem: String,
    },
    /// A certificate or key could not be read.
    #[error("reading the certificate or public key {}{}", .path.display(), if .source.is_none() { ": it is none" } else { "" })]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Why; nothing if it was read and is none.
        source: Option<std::io::Error>,
    },
    /// A file in it could not be shown.
    #[error("showing {path}: {problem}")]
    File {
        /// The partition and path.
        path: String,
        /// Why not.
        problem: String,
    },
    /// The report could not be written.
    #[error("writing the report")]
    Write(#[source] std::io::Error),
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Json<'a> {
    format: u32,
    verified: bool,
    facts: &'a Facts,
    findings: &'a Findings,
}

/// Does what `args` say, and writes to `out`. `progress` is told how far unpacking and `--verify` are.
pub(crate) fn run(args: &Args, out: &mut dyn Write, progress: Progress<'_>) -> Result<Verdict, InspectError> {
    let given = trust::given(args.keys.as_deref(), &args.certificate, &args.ca)?;
    let all = source::open(&args.image, progress)?;
    match &args.command {
        Some(FilesCommand::Ls { path }) => {
            let found = files::list(&all, path)?;
            if args.json {
                return write_json(out, &found).map(|()| Verdict::Good);
            }
            for file in found {
                let (name, slash) = (file.path, if file.folder { "/" } else { "" });
                writeln!(out, "{:>12}  {name}{slash}", file.size).map_err(InspectError::Write)?;
            }
            return Ok(Verdict::Good);
        }
        Some(FilesCommand::Cat { path }) => {
            let bytes = files::read(&all, path)?;
            return out.write_all(&bytes).map(|()| Verdict::Good).map_err(InspectError::Write);
        }
        None => {}
    }
    let unknown = |problem| InspectError::Unknown { path: args.image.clone(), problem };
    let mut facts = facts::gather(&all, args.verify, progress).map_err(unknown)?;
    let trust = trust::note(&mut facts, &given);
    let said = !given.trust.is_empty() || !given.authority.is_empty();
    let standard = Standard { trust, given: said, pcr_key: given.pcr_key };
    let findings = findings::judge(&facts, standard);
    if args.json {
        write_json(out, &Json { format: 1, verified: args.verify, facts: &facts, findings: &findings })?;
    } else {
        let report = Report { facts: &facts, findings: &findings, verified: args.verify };
        write!(out, "{report}").map_err(InspectError::Write)?;
    }
    Ok(if findings.wrong.is_empty() { Verdict::Good } else { Verdict::Wrong })
}

fn write_json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), InspectError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| InspectError::Write(error.into()))?;
    writeln!(out, "{text}").map_err(InspectError::Write)
}
