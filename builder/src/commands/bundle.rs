//! `ilanga bundle`.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::size::Bytes;

use crate::build::{Builder, BundleOptions, Options};
use crate::bundle::{self, Source, pieces};
use crate::cli;

/// Makes the bundle, with the release or beside it, and says where it is.
pub(super) fn run(args: &cli::Bundle, builder: &Builder) -> Result<u8> {
    let options = BundleOptions { channel: args.channel.clone(), changelog: args.changelog.clone() };
    let build = Options { keys: args.keys.clone(), ..Options::default() };
    let Some(output) = &args.output else {
        let built = builder.build(&args.board, &Options { bundle: Some(options), ..build })?;
        let Some(name) = &built.plan.artefacts.bundle else { bail!("the build was to make no bundle") };
        let path = built.folder.join(name);
        let pieces = pieces(builder, &path)?;
        builder.ui.finish();
        let size = std::fs::metadata(&path).with_context(|| format!("measuring {}", path.display()))?.len();
        println!("{}, {}\n{pieces}", path.display(), Bytes(size));
        return Ok(0);
    };
    let output = std::path::absolute(output).with_context(|| format!("finding {}", output.display()))?;
    let mut plan = builder.plan(&args.board)?;
    options.apply(&mut plan)?;
    // A release that has a bundle of its own keeps it.
    let own = builder.workspace.out().join(&args.board);
    let has_own = plan.artefacts.bundle.as_ref().is_some_and(|name| own.join(name).exists());
    let bundle = has_own.then(BundleOptions::default);
    let built = builder.build(&args.board, &Options { bundle, ..build })?;
    let tools = builder.tools()?;
    let keys = builder.keys(args.keys.as_deref(), &tools)?;
    let work = builder.cache.scratch("build-")?;
    let slot = built.folder.join(&plan.artefacts.root);
    let made = builder.ui.stage("making the update bundle", || {
        let source = Source { tools: &tools.root, plan: &plan, keys: &keys, slot: &slot };
        bundle::make(&source, work.path(), &output, &mut |done, total| builder.ui.bytes(done.0, total.0))
    })?;
    let pieces = pieces(builder, &output)?;
    builder.ui.finish();
    println!("{}, {}\nsha256 {}\n{pieces}", output.display(), made.size, made.sha256);
    Ok(0)
}

/// Makes the chunk index and the pack beside the bundle, and says where they are.
fn pieces(builder: &Builder, bundle: &Path) -> Result<String> {
    let made = builder.ui.stage("cutting the update bundle into pieces", || {
        pieces::make(bundle, &mut |done, total| builder.ui.bytes(done.0, total.0))
    })?;
    let [index, pack] = [made.index, made.pack].map(|(path, size)| format!("{}, {size}", path.display()));
    Ok(format!("{index}\n{pack}"))
}
