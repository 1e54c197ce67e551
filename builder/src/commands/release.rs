//! `ilanga release`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::date::Date;
use formats::repository::Channel;
use formats::size::Bytes;
use serde::Serialize;

use super::delta;
use crate::build::{Builder, now};
use crate::bundle::by_pieces::{ByPieces, by_pieces};
use crate::cli;
use crate::keys::tuf::Roles;
use crate::release::{self, Order, Published};
use crate::ui::Ui;

/// A root that ends sooner is mentioned: nodes that are away for long must find its successor.
const SOON: u64 = 366 * 86_400;

/// Publishes, and says what there is now.
pub(super) fn run(args: &cli::Release, builder: &Builder) -> Result<u8> {
    let date = match args.date {
        Some(date) => date,
        None => Date::of_seconds(now()?).context("reading the clock: it is far off; give a day with --date")?,
    };
    let keys = match &args.keys {
        Some(folder) => Roles::load(folder)?,
        None => Roles::load(&builder.keys(None, &builder.tools()?)?.folder)?,
    };
    let new_keys = args.new_keys.as_deref().map(Roles::load).transpose()?;
    let bundles = match args.bundle.as_slice() {
        _ if args.refresh || new_keys.is_some() => Vec::new(),
        [] => built(&builder.workspace.out())?,
        bundles => bundles.to_vec(),
    };
    let ui = &builder.ui;
    if !args.dry_run {
        for bundle in &bundles {
            deltas(args, &keys, bundle, ui)?;
        }
    }
    let order = Order {
        folder: &args.folder,
        keys: &keys,
        new_keys: new_keys.as_ref(),
        bundles,
        channel: args.channel.as_deref(),
        rollout: args.rollout,
        date,
        days: args.expires,
        keep: args.keep as usize,
        dry_run: args.dry_run,
    };
    let published = ui
        .stage("publishing", || release::publish(&order, &mut |done, total| ui.bytes(done.0, total.0)))
        .with_context(|| format!("publishing in {}", args.folder.display()))?;
    ui.finish();
    if published.root_ends < date.seconds() + SOON {
        ui.note("The root of these keys ends within a year: renew it with --new-keys (docs/keys.md).");
    }
    if args.json {
        let said = Said::new(args, &published);
        println!("{}", serde_json::to_string_pretty(&said).context("writing JSON")?);
    } else {
        print!("{}", text(args, &published));
    }
    Ok(0)
}

/// Makes deltas from the last releases of the repository, beside the bundle, and keeps those that save a tenth or more of what
/// such a node would fetch by pieces: pieces come from neighbours too, and deltas do not.
fn deltas(args: &cli::Release, keys: &Roles, bundle: &Path, ui: &Ui) -> Result<()> {
    let making = || format!("making deltas to {}: with --deltas 0 it is published without", bundle.display());
    let before = release::before(&args.folder, keys, bundle)?;
    for (number, older) in before.iter().take(args.deltas as usize).enumerate() {
        let old = args.folder.join(&older.bundle);
        ui.note(&format!("A delta from {}", older.version));
        // Patches serve nodes of any release, and one set of them is published.
        let patches = number == 0 && !bundle.with_extension("hints").exists();
        let made = delta::make(&old, bundle, None, patches, ui).with_context(making)?.delta;
        let index = older.index.as_ref().map(|index| args.folder.join(index));
        let by_pieces = index.map(|index| by_pieces(&index, bundle)).transpose().with_context(making)?.flatten();
        let instead = by_pieces.map_or(made.bundle, ByPieces::least);
        if made.length.0.saturating_mul(10) > instead.0.saturating_mul(9) {
            fs::remove_file(&made.path).with_context(|| format!("removing {}", made.path.display()))?;
            ui.note(&format!("It is left: it has {}, and such a node fetches {instead} without it.", made.length));
        } else {
            ui.note(&format!("It has {}; such a node would fetch {instead} without it.", made.length));
        }
    }
    Ok(())
}

/// The bundles of the last builds.
fn built(out: &Path) -> Result<Vec<PathBuf>> {
    let mut bundles = Vec::new();
    for board in names(out)? {
        let hidden = board.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if board.is_dir() && !hidden {
            bundles
                .extend(names(&board)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "raucb")));
        }
    }
    if bundles.is_empty() {
        bail!(
            "there is no bundle in {}: make one with `ilanga bundle BOARD`, or name one with --bundle",
            out.display()
        );
    }
    Ok(bundles)
}

fn names(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = || format!("listing {}", folder.display());
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(listing)? {
        paths.push(entry.with_context(listing)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn text(args: &cli::Release, published: &Published) -> String {
    let verb = if args.dry_run { "would be" } else { "is" };
    let mut text =
        format!("{}: list {} {verb} signed until {}\n", args.folder.display(), published.version, published.ends);
    for channel in &published.channels {
        let Channel { board, channel: name, version, rollout, headline, .. } = channel;
        text.push_str(&format!("  {board} {name}: {version} for {rollout} of all nodes: {headline}\n"));
    }
    for name in &published.added {
        text.push_str(&format!("  + {name}\n"));
    }
    for name in &published.removed {
        text.push_str(&format!("  - {name}\n"));
    }
    if published.bytes.0 > 0 {
        text.push_str(&format!("  {} added\n", published.bytes));
    }
    if args.new_keys.is_some() {
        text.push_str(&format!("  nodes trust the new keys, by the root {}\n", published.root));
    }
    text
}

/// What a machine reads.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Said<'a> {
    folder: &'a Path,
    dry_run: bool,
    list: u64,
    root: u64,
    new: bool,
    ends: Date,
    channels: &'a [Channel],
    added: Vec<&'a str>,
    added_bytes: Bytes,
    removed: Vec<&'a str>,
}

impl<'a> Said<'a> {
    fn new(args: &'a cli::Release, published: &'a Published) -> Self {
        Self {
            folder: &args.folder,
            dry_run: args.dry_run,
            list: published.version,
            root: published.root,
            new: published.is_new,
            ends: published.ends,
            channels: &published.channels,
            added: published.added.iter().map(|name| name.as_str()).collect(),
            added_bytes: published.bytes,
            removed: published.removed.iter().map(|name| name.as_str()).collect(),
        }
    }
}
