//! One package of another suite, without what it depends on: a program that stories try on nodes, which have its libraries.

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use super::archives::Archives;
use super::lock::{Lock, Locked};
use crate::archive::packages::{Package, read_packages};
use crate::archive::store::Store;
use crate::ui::Ui;

/// A package of Debian's archive, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Single {
    /// The suite that it is taken from.
    pub(crate) suite: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
}

impl Single {
    /// The digest of what is asked for.
    pub(crate) fn request(&self) -> Digest {
        Digest::of(format!("{self:?}"))
    }

    /// Finds it in the archive of the time `now`.
    pub(crate) fn lock(&self, archives: &Archives, store: &Store, now: u64, ui: &Ui) -> Result<Lock> {
        let archive = "debian";
        let suite = archives.suite(store, archive, self.suite, &["main".to_owned()], now, ui)?;
        let mut packages = Vec::new();
        for (_, text) in &suite.components {
            for package in read_packages(text.as_bytes()) {
                packages.push(package?);
            }
        }
        let newest = newest(packages, self.name);
        let package = newest.with_context(|| format!("{} has no package '{}'", self.suite, self.name))?;
        let locked = Locked {
            name: package.name,
            version: package.version.to_string(),
            architecture: package.architecture,
            archive: archive.to_owned(),
            filename: package.filename,
            size: package.size.0,
            sha256: package.sha256,
        };
        Ok(Lock::new(self.request(), vec![locked]))
    }
}

/// A suite may have several versions of a package, while it moves on to the next one.
fn newest(packages: Vec<Package>, name: &str) -> Option<Package> {
    packages.into_iter().filter(|package| package.name == name).max_by(|a, b| a.version.cmp(&b.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_newest() {
        let stanza = |name: &str, version: &str| {
            let digest = Digest::of(version);
            format!(
                "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{name}\nSize: 1\nSHA256: {digest}\n\n"
            )
        };
        let index = [stanza("a", "1.9"), stanza("a", "1.10"), stanza("a", "1.2"), stanza("b", "2")].concat();
        let packages: Vec<Package> = read_packages(index.as_bytes()).collect::<Result<_, _>>().unwrap();
        assert_eq!(newest(packages.clone(), "a").unwrap().version.to_string(), "1.10");
        assert!(newest(packages, "c").is_none());
    }
}
