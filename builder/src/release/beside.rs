//! What lies beside a bundle belongs to it: an index, hints or a delta that was made for another one is refused before it is
//! published. Only what was derived can be wrong without a signature being so.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::delta::{HEADER, Header, file_name};
use formats::hints::Hints;
use formats::pieces::Index;
use formats::repository::Channel;

/// Refuses what was made for another bundle: nodes would fetch it in vain.
pub(super) fn check(bundle: &Path, channel: &Channel) -> Result<()> {
    let beside = |suffix: &str| {
        let path = bundle.with_extension(suffix);
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok::<_, anyhow::Error>((path, bytes))
    };
    let other = |path: &Path, with: &str| {
        format!(
            "{} belongs to another bundle than {}: make it again with `ilanga {with}`",
            path.display(),
            bundle.display()
        )
    };
    if channel.index.is_some() {
        let (path, bytes) = beside("chunks")?;
        let index = Index::parse(&bytes).with_context(|| format!("reading {}", path.display()))?;
        if index.digest != channel.bundle.sha256 {
            bail!(other(&path, "bundle"));
        }
        if let Some(pack) = &channel.pack
            && pack.length.0 != index.pack()
        {
            bail!(other(&bundle.with_extension("pack"), "bundle"));
        }
        if let Some(patches) = &channel.patches {
            let (path, bytes) = beside("hints")?;
            let hints = Hints::parse(&bytes, &index).with_context(|| other(&path, "delta"))?;
            let length: u64 = hints.patches().iter().map(|patch| patch.piece.length).sum();
            if patches.length.0 != length {
                bail!(other(&bundle.with_extension("patches"), "delta"));
            }
        }
    }
    for delta in &channel.deltas {
        let path = bundle.with_file_name(file_name(&delta.from, &channel.version));
        let mut header = [0; HEADER];
        let read = File::open(&path).and_then(|mut file| file.read_exact(&mut header));
        read.with_context(|| format!("reading {}", path.display()))?;
        let header = Header::parse(&header).with_context(|| format!("reading {}", path.display()))?;
        if header.bundle != (channel.bundle.length.0, channel.bundle.sha256) {
            bail!(other(&path, "delta"));
        }
    }
    Ok(())
}
