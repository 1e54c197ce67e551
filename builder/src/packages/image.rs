//! The lock of an image: what apt makes of the image's configuration and the archive of today.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use super::archives::{Archives, Suite};
use super::lock::{Lock, Locked};
use super::resolve::{self, Request, Source};
use crate::archive::store::Store;
use crate::plan::Plan;
use crate::ui::Ui;

/// The digest of what a configuration asks for: a lock for another one does not fit.
pub(crate) fn request(plan: &Plan) -> Result<Digest> {
    let asked = (&plan.archive.suites, &plan.archive.architecture, &plan.packages.install, plan.packages.recommends);
    Ok(Digest::of(serde_json::to_vec(&asked).context("writing what the image asks for")?))
}

/// Asks apt, with the indexes that the archive has at the time `now`.
pub(crate) fn lock(archives: &Archives, store: &Store, plan: &Plan, tools: &Path, now: u64, ui: &Ui) -> Result<Lock> {
    let suites: Vec<Suite> = plan
        .archive
        .suites
        .iter()
        .map(|suite| archives.suite(store, &suite.archive, &suite.name, &suite.components, now, ui))
        .collect::<Result<_>>()?;
    let sources: Vec<Source<'_>> = suites
        .iter()
        .map(|suite| Source {
            archive: &suite.archive,
            suite: &suite.name,
            release: &suite.release,
            components: suite.components.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        })
        .collect();
    let names: Vec<String> = plan.packages.install.iter().map(|package| package.name.clone()).collect();
    let request_to_apt =
        Request { packages: &names, recommends: plan.packages.recommends, architecture: &plan.archive.architecture };
    let known = known(&suites)?;
    check_names(plan, &known)?;
    let scratch = tempfile::tempdir().context("making a folder for apt")?;
    let chosen = resolve::resolve(tools, &sources, &request_to_apt, scratch.path())?;
    let mut packages = Vec::with_capacity(chosen.len());
    for package in chosen {
        let key = (package.name.clone(), package.version.clone());
        let locked = known.get(&key).with_context(|| {
            format!("apt chose {} {}, which no index of the archive has", package.name, package.version)
        })?;
        packages.push(locked.clone());
    }
    Ok(Lock::new(request(plan)?, packages))
}

/// All packages of the suites, by name and version.
fn known(suites: &[Suite]) -> Result<BTreeMap<(String, String), Locked>> {
    let mut known = BTreeMap::new();
    for suite in suites {
        for (_, text) in &suite.components {
            for package in crate::archive::packages::read_packages(text.as_bytes()) {
                let package = package?;
                let locked = Locked {
                    name: package.name.clone(),
                    version: package.version.to_string(),
                    architecture: package.architecture,
                    archive: suite.archive.clone(),
                    filename: package.filename,
                    size: package.size.0,
                    sha256: package.sha256,
                };
                known.insert((locked.name.clone(), locked.version.clone()), locked);
            }
        }
    }
    Ok(known)
}

/// Finds names that no index has before apt does, which can't say where they come from.
fn check_names(plan: &Plan, known: &BTreeMap<(String, String), Locked>) -> Result<()> {
    for package in &plan.packages.install {
        let first = known.range((package.name.clone(), String::new())..).next();
        if first.is_some_and(|((name, _), _)| *name == package.name) {
            continue;
        }
        let names = known.keys().map(|(name, _)| name.as_str());
        let near = formats::suggest::closest(&package.name, names);
        let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
        anyhow::bail!(
            "{}: the archive has no package '{}' in {}{hint}",
            package.place,
            package.name,
            plan.archive.suites.iter().map(|suite| suite.name.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}
