//! The plan of a build: every id, size, date, name and order, decided before anything is done.
//!
//! [`Plan::new`] is a pure function of the configuration. `ilanga plan` prints the result for people ([`Plan`]'s
//! `Display`, 80 columns) or, with `--json`, for machines. Invariant: nothing behind the plan asks the configuration
//! again. What apt decides is not in it but in the lock, and what depends on content (digests, the root hash, the
//! length of the root file system) comes from the build.

mod decide;
mod ids;
mod show;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use formats::boot_entry::{self, BootEntry};
use formats::bundle::Changelog;
use formats::command_line::CommandLine;
use formats::date::Date;
use formats::digest::Digest;
use formats::layout::Sizes;
use formats::repository::BaseUrl;
use formats::size::Bytes;
use formats::version::Version;
use serde::Serialize;

use crate::config::{Place, RootFormat, Trust};

pub(crate) use ids::Ids;

/// A whole build, decided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Plan {
    /// The version of this format.
    pub(crate) format: u32,
    /// What the image is made for.
    pub(crate) board: String,
    /// The release.
    pub(crate) version: Version,
    /// Its date.
    pub(crate) date: Date,
    /// The date as a time: of every file, signature and file system.
    pub(crate) time: u64,
    /// The stream of releases that a node follows.
    pub(crate) channel: String,
    /// What update bundles must name.
    pub(crate) compatible: String,
    /// What nodes follow.
    pub(crate) updates: Updates,
    /// What the release changes, for people; an update bundle carries it.
    #[serde(serialize_with = "serialize_changelog", skip_serializing_if = "Option::is_none")]
    pub(crate) changelog: Option<Changelog>,
    /// Everything that would be random elsewhere.
    pub(crate) ids: Ids,
    /// Where packages come from.
    pub(crate) archive: Archive,
    /// Which are asked for.
    pub(crate) packages: Packages,
    /// What is done with the tree of packages.
    pub(crate) tree: Tree,
    /// The kernel and its initramfs.
    pub(crate) kernel: Kernel,
    /// How the root file system is packed.
    pub(crate) root: RootFormat,
    /// How firmware comes to trust the kernel image.
    pub(crate) trust: Trust,
    /// How large a node's partitions are.
    #[serde(serialize_with = "serialize_sizes")]
    pub(crate) sizes: Sizes,
    /// The partitions, in the order on the disk.
    pub(crate) partitions: Vec<Partition>,
    /// The files of the release.
    pub(crate) artefacts: Artefacts,
}

impl Plan {
    /// Decides that no update bundle is made. Nothing else carries the changelog, so its changes need no new release.
    pub(crate) fn without_bundle(&mut self) {
        self.artefacts.bundle = None;
        self.changelog = None;
    }

    /// Decides that the disk is not compressed.
    pub(crate) fn without_compressed(&mut self) {
        self.artefacts.compressed = None;
    }
}

/// What nodes follow, unless their people chose something else.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Updates {
    /// The stream of releases, also where one bundle is for another stream.
    pub(crate) channel: String,
    /// Where the repository is, if on a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<BaseUrl>,
}

/// Where packages come from.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Archive {
    /// The server, without a slash at the end.
    pub(crate) mirror: String,
    /// Debian's name of the architecture.
    pub(crate) architecture: String,
    /// Debian's name of the release, such as `trixie`.
    pub(crate) release: String,
    /// What is fetched, in apt's order.
    pub(crate) suites: Vec<Suite>,
}

/// A suite of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Suite {
    /// The archive's folder on the mirror: `debian` or `debian-security`.
    pub(crate) archive: String,
    /// Its name, such as `trixie-updates`.
    pub(crate) name: String,
    /// Its components, sorted, `main` first.
    pub(crate) components: Vec<String>,
}

/// The packages that the image asks for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Packages {
    /// By name, each once.
    pub(crate) install: Vec<Requested>,
    /// Whether recommended packages are taken too.
    pub(crate) recommends: bool,
    /// Whether documentation stays.
    pub(crate) docs: bool,
    /// Whether the package manager's database stays.
    pub(crate) database: bool,
}

/// A package with the place that asks for it, for messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Requested {
    /// Its name.
    pub(crate) name: String,
    /// The line of the configuration.
    #[serde(skip)]
    pub(crate) place: Place,
}

/// What is done with the tree of packages.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Tree {
    /// Folders whose files are copied over it, in this order.
    pub(crate) overlays: Vec<PathBuf>,
    /// Scripts that run in it, in this order.
    pub(crate) scripts: Vec<PathBuf>,
    /// What the scripts find in their environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Patterns of what is removed at the end: absolute paths.
    pub(crate) removed: Vec<String>,
    /// What is added to `/usr/lib/os-release`.
    pub(crate) os_release: BTreeMap<&'static str, String>,
}

/// The kernel and its initramfs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Kernel {
    /// Words of the command line beside those that `init` reads, in this order.
    pub(crate) command_line: Vec<String>,
    /// Names and patterns of the modules in the initramfs.
    pub(crate) modules: Vec<String>,
    /// Patterns of the modules in the root file system, `-` in front of those that are left out; empty for all.
    pub(crate) root_modules: Vec<String>,
    /// Patterns of firmware that stays though no module asks for it.
    pub(crate) firmware: Vec<String>,
}

impl Kernel {
    /// The whole command line, once the root hash is known.
    pub(crate) fn command_line(&self, root: Digest, sizes: Sizes) -> String {
        format!("{} {}", CommandLine { root, sizes }, self.command_line.join(" "))
    }
}

/// A partition of a node.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Partition {
    /// Its name in the GPT.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) type_guid: uuid::Uuid,
    /// Its id; those that are made on the node have none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guid: Option<uuid::Uuid>,
    /// Where it begins.
    pub(crate) start: Bytes,
    /// Its length on a node; the last one takes the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) length: Option<Bytes>,
    /// Whether the image has it: the others are made at the first start.
    pub(crate) in_image: bool,
}

/// The names of a release's files, in `out/<board>/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Artefacts {
    /// The disk.
    pub(crate) image: String,
    /// The disk, compressed, if that is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compressed: Option<String>,
    /// Which of its blocks hold something.
    pub(crate) bmap: String,
    /// The root file system with its verity tree.
    pub(crate) root: String,
    /// The unified kernel image.
    pub(crate) kernel: String,
    /// The update bundle, if one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bundle: Option<String>,
    /// What the release consists of.
    pub(crate) manifest: String,
    /// The same for licence and vulnerability tools (SPDX).
    pub(crate) sbom: String,
    /// The digests of all these.
    pub(crate) sums: String,
    /// The signature of the digests.
    pub(crate) signature: String,
    /// The kernel image's path on the ESP.
    pub(crate) boot_entry: String,
}

impl Artefacts {
    fn new(base: &str, version: &Version) -> Self {
        let name = |suffix: &str| format!("{base}{suffix}");
        let entry = BootEntry { version: version.clone(), tries: None };
        Self {
            image: name(".img"),
            compressed: Some(name(".img.xz")),
            bmap: name(".img.bmap"),
            root: name(".root"),
            kernel: name(".efi"),
            bundle: Some(name(".raucb")),
            manifest: "manifest.json".to_owned(),
            sbom: name(".spdx.json"),
            sums: "SHA256SUMS".to_owned(),
            signature: "SHA256SUMS.sig".to_owned(),
            boot_entry: format!("{}/{entry}", boot_entry::FOLDER),
        }
    }
}

fn serialize_sizes<S: serde::Serializer>(sizes: &Sizes, serializer: S) -> Result<S::Ok, S::Error> {
    BTreeMap::from([("esp", sizes.esp), ("slot", sizes.slot), ("state", sizes.state)]).serialize(serializer)
}

fn serialize_changelog<S: serde::Serializer>(text: &Option<Changelog>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_ref().map(Changelog::as_str).serialize(serializer)
}
