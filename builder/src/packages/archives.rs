//! The archives of a Debian mirror: signed indexes, and packages by their digests.

use std::fs;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use chrono::DateTime;
use formats::digest::Digest;
use liblzma::read::XzDecoder;

use super::lock::Lock;
use crate::archive::fetch::{Fetcher, Wanted};
use crate::archive::keyring::Keyring;
use crate::archive::release::{Expected, Expiry, Release};
use crate::archive::store::Store;
use crate::cache::{Found, write_file};
use crate::ui::Ui;

/// A mirror with Debian's archives.
#[derive(Clone, Debug)]
pub(crate) struct Archives {
    mirror: String,
    fetcher: Fetcher,
    offline: bool,
}

/// A suite's verified indexes.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    /// Where its archive is on the mirror.
    pub(crate) archive: String,
    /// Its name.
    pub(crate) name: String,
    /// What apt wants to know of its release file.
    pub(crate) release: String,
    /// Its components, and the text of their package indexes.
    pub(crate) components: Vec<(String, String)>,
}

/// What becomes a component's name in the security archive, whose components have a prefix in its release file.
fn listed(component: &str) -> [String; 2] {
    [component.to_owned(), format!("updates/{component}")]
}

impl Archives {
    /// The archives below this URL.
    pub(crate) fn new(mirror: &str, offline: bool) -> Self {
        Self { mirror: mirror.trim_end_matches('/').to_owned(), fetcher: Fetcher::new(offline), offline }
    }

    /// A suite as the archive has it now, for amd64. Offline, as it was seen last.
    pub(crate) fn suite(
        &self,
        store: &Store,
        archive: &str,
        name: &str,
        components: &[String],
        now: u64,
        ui: &Ui,
    ) -> Result<Suite> {
        let url = format!("{}/{archive}/dists/{name}", self.mirror);
        let kept = store.release(&format!("{archive}-{name}"));
        let bytes = if self.offline {
            fs::read(&kept).with_context(|| {
                format!("{name}: no release file of it is in the cache, and --offline forbids fetching it")
            })?
        } else {
            self.fetcher.small(&format!("{url}/InRelease"))?
        };
        let keyring = Keyring::debian()?;
        let now = DateTime::from_timestamp(now.cast_signed(), 0).context("reading the clock")?;
        let last = match fs::read(&kept) {
            // The one that was accepted last; its own expiry no longer matters.
            Ok(last) => {
                let expected = Expected { suite: name, now, last: None, expiry: Expiry::Accept };
                Release::accept(&last, &keyring, &expected).ok().map(|release| release.date)
            }
            Err(_) => None,
        };
        let expiry = if self.offline { Expiry::Accept } else { Expiry::Refuse };
        let release = Release::accept(&bytes, &keyring, &Expected { suite: name, now, last, expiry })?;
        write_file(&kept, &bytes)?;

        let mut found = Vec::new();
        for component in components {
            let names = listed(component);
            let index = names.iter().find_map(|component| {
                let path = format!("{component}/binary-amd64/Packages.xz");
                release.index(&path).ok().map(|index| (path, index))
            });
            let Some((path, index)) = index else {
                release.index(&format!("{component}/binary-amd64/Packages.xz"))?;
                continue;
            };
            let place = store.index(index.sha256);
            // By its digest, so that an archive which changes at this moment still has it.
            let (folder, _) = path.rsplit_once('/').unwrap_or_default();
            let path = if release.by_hash { format!("{folder}/by-hash/SHA256/{}", index.sha256) } else { path.clone() };
            let wanted = Wanted { url: format!("{url}/{path}"), place, size: index.size, sha256: index.sha256 };
            let bytes = self.index(&wanted, ui)?;
            let mut text = String::new();
            XzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .with_context(|| format!("unpacking the package index of {name} {component}"))?;
            found.push((component.clone(), text));
        }
        let text = format!(
            "Origin: {}\nLabel: {}\nSuite: {}\nCodename: {}\n",
            release.origin, release.label, release.suite, release.codename
        );
        Ok(Suite { archive: archive.to_owned(), name: name.to_owned(), release: text, components: found })
    }

    /// Reads an index, which is fetched if it is not in the store or damaged there.
    fn index(&self, wanted: &Wanted, ui: &Ui) -> Result<Vec<u8>> {
        let place = &wanted.place;
        loop {
            let found = !self.fetcher.all(std::slice::from_ref(wanted), |done, total| ui.bytes(done, total))?;
            let bytes = fs::read(place).with_context(|| format!("reading {}", place.display()))?;
            if !found || Digest::of(&bytes) == wanted.sha256 {
                return Ok(bytes);
            }
            ui.note(&format!("{} was damaged and is fetched again", place.display()));
            fs::remove_file(place).with_context(|| format!("removing the damaged {}", place.display()))?;
        }
    }

    /// Fetches what the store lacks of a lock.
    pub(crate) fn fetch(&self, store: &Store, lock: &Lock, ui: &Ui) -> Result<Found> {
        let wanted: Vec<Wanted> = lock
            .packages
            .iter()
            .map(|package| Wanted {
                url: format!("{}/{}/{}", self.mirror, package.archive, package.filename),
                place: store.package(package.sha256),
                size: formats::size::Bytes(package.size),
                sha256: package.sha256,
            })
            .collect();
        let fetched = self.fetcher.all(&wanted, |done, total| ui.bytes(done, total))?;
        Ok(if fetched { Found::Made } else { Found::There })
    }
}
