//! What a release has for nodes that are to get from old keys to new ones (`formats::key_change`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::key_change::files::{DB, KEK, PCR, PHASE, PK};
use formats::key_change::{FOLDER, Generation};

use super::release;
use crate::config::Trust;
use crate::kernel::secure_boot;
use crate::keys::KeySet;
use crate::plan::Plan;

/// The files of the root file system; none if no keys change. Files in between are made in the folder `work`.
pub(super) fn files(tools: &Path, keys: &KeySet, plan: &Plan, work: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let Some(change) = &keys.change else { return Ok(Vec::new()) };
    let generations = Generation::ALL.map(|generation| keys.of(generation));
    let mut files = vec![(PHASE, format!("{}\n", change.phase).into_bytes())];
    for (number, set) in generations.into_iter().enumerate() {
        let public = fs::read(&set.pcr_public).with_context(|| format!("reading {}", set.pcr_public.display()))?;
        files.push((PCR[number], public));
        for (names, pair) in [(DB, &set.secure_boot), (KEK, &set.key_exchange), (PK, &set.platform)] {
            files.push((names[number], release::der(&pair.certificate)?));
        }
    }
    // Behind shim the firmware's own variables are not ours to change.
    if plan.trust == Trust::Own {
        files.extend(secure_boot::changes(tools, generations, plan.time, work)?);
    }
    Ok(files.into_iter().map(|(name, content)| (Path::new(FOLDER).join(name), content)).collect())
}
