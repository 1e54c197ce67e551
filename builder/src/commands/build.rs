//! `ilanga build`.

use anyhow::{Context as _, Result, bail};
use formats::size::Bytes;
use serde_json::json;

use crate::build::{Builder, Built, BundleOptions, Options};
use crate::cache::Found;
use crate::cli;
use crate::config::Trust;
use crate::ui::Timing;

/// Builds, and says what was made.
pub(super) fn run(args: &cli::Build, builder: &Builder) -> Result<u8> {
    let options = Options {
        keys: args.keys.clone(),
        output: args.output.clone(),
        trust: args.trust.as_deref().map(trust).transpose()?,
        locked: args.locked,
        bundle: args.bundle.then(BundleOptions::default),
        uncompressed: args.uncompressed,
        release: args.release.clone(),
        overlays: args.overlay.clone(),
    };
    let built = builder.build(&args.board, &options)?;
    builder.ui.finish();
    let timings = builder.ui.timings();
    if args.json {
        let text = serde_json::to_string_pretty(&json!({
            "folder": built.folder,
            "version": built.plan.version,
            "changed": built.found == Found::Made,
            "development-keys": built.development,
            "timings": timings,
        }));
        println!("{}", text.context("writing what was made")?);
    } else {
        print!("{}", describe(&built)?);
    }
    if args.timings {
        eprint!("{}", table(&timings));
    }
    Ok(0)
}

/// A way of trust by its name in `image.toml`.
pub(super) fn trust(name: &str) -> Result<Trust> {
    match name {
        "own" => Ok(Trust::Own),
        "shim" => Ok(Trust::Shim),
        _ => bail!("--trust {name}: 'own' or 'shim' is expected"),
    }
}

fn describe(built: &Built) -> Result<String> {
    let mut text = match built.found {
        Found::There => format!("{} is up to date\n", built.folder.display()),
        Found::Made => format!("{} holds {} {}\n", built.folder.display(), built.plan.board, built.plan.version),
    };
    let artefacts = &built.plan.artefacts;
    let bundle = artefacts.bundle.iter().map(|name| (name, "the same as an update, for nodes that run"));
    let compressed = artefacts.compressed.iter().map(|name| (name, "for Etcher, Raspberry Pi Imager, bmaptool"));
    let image = if artefacts.compressed.is_some() { "the same, not compressed" } else { "for Etcher, bmaptool" };
    for (name, what) in compressed.chain([(&artefacts.image, image)]).chain(bundle) {
        let path = built.folder.join(name);
        let size = std::fs::metadata(&path).with_context(|| format!("measuring {}", path.display()))?.len();
        text.push_str(&format!("  {name:<28} {:>10}  {what}\n", Bytes(size).to_string()));
    }
    Ok(text)
}

fn table(timings: &[Timing]) -> String {
    let mut text = String::new();
    for timing in timings {
        let note = match timing {
            Timing { cached: true, .. } => "  cached",
            Timing { beside: true, .. } => "  beside others",
            _ => "",
        };
        text.push_str(&format!("{:<48} {:>8.2} s{note}\n", timing.stage, timing.seconds));
    }
    text
}
