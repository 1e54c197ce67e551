//! `ilanga delta`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::size::Bytes;
use serde::Serialize;

use crate::bundle::by_pieces::by_pieces;
use crate::bundle::{delta, hints};
use crate::cli;
use crate::ui::Ui;

/// Makes the delta, and the patches between pieces if the new bundle's index is there; says what they save.
pub(super) fn run(args: &cli::Delta, ui: &Ui) -> Result<u8> {
    let made = make(&args.old, &args.new, args.output.as_deref(), args.output.is_none(), ui)?;
    let by_pieces = by_pieces(&args.old.with_extension("chunks"), &args.new)?;
    ui.finish();
    let said = Said {
        delta: &made.delta.path,
        bytes: made.delta.length,
        bundle_bytes: made.delta.bundle,
        hints: made.hints.as_ref().map(|made| made.hints.0.as_path()),
        patches: made.hints.as_ref().map(|made| made.patches.0.as_path()),
        by_pieces: by_pieces.map(|by_pieces| by_pieces.alone),
        by_pieces_and_patches: by_pieces.and_then(|by_pieces| by_pieces.patched),
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&said).context("writing JSON")?),
        false => print!("{}", said.text(&made)),
    }
    Ok(0)
}

/// What was made.
pub(super) struct Made {
    pub(super) delta: delta::Delta,
    pub(super) hints: Option<hints::Made>,
}

/// Makes a delta, in `output` or beside the new bundle; and the patches, if `patches` says so and the new bundle has an index.
pub(super) fn make(old: &Path, new: &Path, output: Option<&Path>, patches: bool, ui: &Ui) -> Result<Made> {
    let pair = ui.stage("unpacking both bundles", || {
        delta::Pair::open(old, new, &mut |done, total| ui.bytes(done.0, total.0))
    })?;
    let delta = ui.stage("making the delta", || delta::make(&pair, output))?;
    let hints = if patches && new.with_extension("chunks").exists() {
        Some(ui.stage("making patches between pieces", || hints::make(&pair))?)
    } else {
        None
    };
    Ok(Made { delta, hints })
}

/// What a machine reads.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Said<'a> {
    delta: &'a Path,
    bytes: Bytes,
    bundle_bytes: Bytes,
    hints: Option<&'a Path>,
    patches: Option<&'a Path>,
    /// What a node with the old release fetches by pieces, with the index.
    by_pieces: Option<Bytes>,
    /// The same with patches, and their list.
    by_pieces_and_patches: Option<Bytes>,
}

impl Said<'_> {
    fn text(&self, made: &Made) -> String {
        let mut text = format!("{}, {} instead of {}\n", self.delta.display(), self.bytes, self.bundle_bytes);
        if let Some(made) = &made.hints {
            let line = |(path, length): &(PathBuf, Bytes)| format!("{}, {length}\n", path.display());
            text.push_str(&(line(&made.hints) + &line(&made.patches)));
        }
        if let Some(alone) = self.by_pieces {
            let patched = self.by_pieces_and_patches.map(|patched| format!(", {patched} with patches"));
            text.push_str(&format!("by pieces {alone}{}\n", patched.unwrap_or_default()));
        }
        text
    }
}
