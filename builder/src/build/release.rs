//! What describes a release: its manifest, its SBOM, its checksums and their signature.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};
use der::{Decode as _, DecodePem as _, Encode as _};
use formats::digest::Digest;
use formats::manifest::{self, Artefact, Manifest, Package};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use crate::disk::sums;
use crate::disk::write_file;
use crate::kernel::sign;
use crate::keys::KeySet;
use crate::packages::lock::Lock;
use crate::plan::Plan;
use crate::root::Root;
use crate::sbom;

/// A release whose large files are made.
#[derive(Clone, Debug)]
pub(super) struct Release<'a> {
    /// What was decided about it.
    pub(super) plan: &'a Plan,
    /// Its packages.
    pub(super) lock: &'a Lock,
    /// Who signs it.
    pub(super) keys: &'a KeySet,
    /// The tools tree.
    pub(super) tools: &'a Path,
    /// Its root file system.
    pub(super) root: &'a Root,
    /// Files whose digests are known, by name.
    pub(super) known: &'a [(&'a String, Digest)],
}

/// Writes what describes the release into the folder of its files.
pub(super) fn write(release: &Release<'_>, out: &Path) -> Result<()> {
    let plan = release.plan;
    let subject = sbom::Subject {
        id: plan.ids.sbom,
        board: &plan.board,
        version: plan.version.as_str(),
        created: &format!("{}T00:00:00Z", plan.date),
        debian: &plan.archive.release,
    };
    let sbom = sbom::text(&subject, &release.lock.packages);
    write_file(&out.join(&plan.artefacts.sbom), sbom.as_bytes())?;

    let names = [
        &plan.artefacts.image,
        &plan.artefacts.bmap,
        &plan.artefacts.root,
        &plan.artefacts.kernel,
        &plan.artefacts.sbom,
    ];
    let mut artefacts = Vec::new();
    for name in names.into_iter().chain(&plan.artefacts.compressed).chain(&plan.artefacts.bundle) {
        let path = out.join(name);
        let size = fs::metadata(&path).with_context(|| format!("measuring {}", path.display()))?.len();
        let known = release.known.iter().find(|(known, _)| *known == name);
        let sha256 = match known {
            Some((_, digest)) => *digest,
            None => digest(&path)?,
        };
        artefacts.push(Artefact { name: name.clone(), size, sha256 });
    }
    artefacts.sort_by(|a, b| a.name.cmp(&b.name));

    let manifest =
        serde_json::to_string_pretty(&describe(release, artefacts.clone())).context("writing the manifest")?;
    let manifest = format!("{manifest}\n");
    write_file(&out.join(&plan.artefacts.manifest), manifest.as_bytes())?;

    let mut all: BTreeMap<String, Digest> =
        artefacts.into_iter().map(|artefact| (artefact.name, artefact.sha256)).collect();
    all.insert(plan.artefacts.manifest.clone(), Digest::of(&manifest));
    let text = sums::text(&all);
    write_file(&out.join(&plan.artefacts.sums), text.as_bytes())?;
    let signature = sign::sign_text(release.tools, &release.keys.speaking().release, text.as_bytes())?;
    write_file(&out.join(&plan.artefacts.signature), &signature)?;
    Ok(())
}

fn describe(release: &Release<'_>, artefacts: Vec<Artefact>) -> Manifest {
    let mut packages: Vec<Package> = release
        .lock
        .packages
        .iter()
        .map(|package| Package {
            name: package.name.clone(),
            version: package.version.clone(),
            architecture: package.architecture.clone(),
            sha256: package.sha256,
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Manifest {
        format: manifest::FORMAT,
        board: release.plan.board.clone(),
        version: release.plan.version.clone(),
        date: release.plan.time,
        development_keys: release.keys.development,
        root: manifest::Root {
            uuid: release.plan.ids.erofs,
            root_hash: release.root.root_hash,
            size: release.root.erofs.0,
        },
        artefacts,
        packages,
    }
}

fn digest(path: &Path) -> Result<Digest> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    io::copy(&mut file, &mut hasher).with_context(|| format!("reading {}", path.display()))?;
    Ok(Digest::new(hasher.finalize().into()))
}

/// A certificate's DER, from its PEM or DER file.
pub(super) fn der(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let certificate =
        if bytes.starts_with(b"-----") { Certificate::from_pem(&bytes) } else { Certificate::from_der(&bytes) };
    let certificate = certificate.with_context(|| format!("reading the certificate {}", path.display()))?;
    certificate.to_der().with_context(|| format!("reading the certificate {}", path.display()))
}
