//! The lock of the tools tree.

use std::path::Path;

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use super::archives::Archives;
use super::lock::{Lock, Locked};
use crate::archive::packages::read_packages;
use crate::archive::solve::{SuitePackages, parse_list, solve};
use crate::archive::store::Store;
use crate::ui::Ui;

/// The suites of the tools tree: archive, name, and whether its packages are used only where the list asks for them.
const SUITES: [(&str, &str, bool); 4] = [
    ("debian", "trixie", false),
    ("debian", "trixie-updates", false),
    ("debian-security", "trixie-security", false),
    ("debian", "trixie-backports", true),
];

/// The digest of what the list asks for.
pub(crate) fn request(list: &str) -> Digest {
    Digest::of(format!("{SUITES:?}\n{list}"))
}

/// Finds the packages of the list in the archive of the time `now`.
pub(crate) fn lock(archives: &Archives, store: &Store, path: &Path, list: &str, now: u64, ui: &Ui) -> Result<Lock> {
    let mut suites = Vec::new();
    for (archive, name, only_if_asked) in SUITES {
        let components = ["main".to_owned()];
        let suite = archives.suite(store, archive, name, &components, now, ui)?;
        let mut packages = Vec::new();
        for (_, text) in &suite.components {
            for package in read_packages(text.as_bytes()) {
                packages.push(package?);
            }
        }
        suites.push(SuitePackages { suite: suite.name, archive: suite.archive, only_if_asked, packages });
    }
    let solved =
        solve(&suites, &parse_list(list)).with_context(|| format!("choosing the packages of {}", path.display()))?;
    let packages = solved
        .into_iter()
        .map(|(suite, package)| Locked {
            name: package.name.clone(),
            version: package.version.to_string(),
            architecture: package.architecture.clone(),
            archive: suites[suite].archive.clone(),
            filename: package.filename.clone(),
            size: package.size.0,
            sha256: package.sha256,
        })
        .collect();
    Ok(Lock::new(request(list), packages))
}
