//! `ilanga inspect`: what is on an image or a disk, and whether it is right.

use std::io::Write;
use std::path::PathBuf;

use thiserror::Error;

use crate::disk::Progress;

/// Shows what is on an image or a disk, without root and without mounting.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// An image (.img, .img.xz), a disk, a slot image or a kernel image (.efi).
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
}

/// Does what `args` say, and writes to `out`. `progress` is told how many bytes `--verify` has checked.
pub(crate) fn run(args: &Args, out: &mut dyn Write, progress: Progress<'_>) -> Result<Verdict, InspectError> {
    let _ = (out, progress);
    std::fs::File::open(&args.image).map_err(|source| InspectError::Open { path: args.image.clone(), source })?;
    Ok(Verdict::Good)
}
