//! The plan of a build: every id, size, date, name and order, decided before anything is done.
//!
//! [`Plan::new`] is a pure function of the configuration. `ilanga plan` prints the result for people ([`Plan`]'s
//! `Display`, 80 columns) or, with `--json`, for machines. Invariant: nothing behind the plan asks the configuration
//! again. What apt decides is not in it but in the lock, and what depends on content (digests, the root hash, the
//! length of the root file system) comes from the build.

mod ids;
mod show;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use formats::boot_entry::{self, BootEntry};
use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::layout::{FIRST, Role, Sizes};
use formats::size::Bytes;
use formats::slot::Slot;
use formats::version::Version;
use serde::Serialize;
use thiserror::Error;

use crate::config::{Date, ImageConfig, Item, Place, RootFormat, Trust};

pub(crate) use ids::Ids;

/// The version of the plan's JSON.
const FORMAT: u32 = 1;

/// Where Debian's packages are, if the configuration names no mirror.
const MIRROR: &str = "http://deb.debian.org";

/// What stands on every node's kernel command line beside what `init` reads.
///
/// - `gpt`: the backup table is used when the first one is damaged
/// - `systemd.import_credentials=no`: nothing from firmware or the ESP gets into services
/// - `systemd.gpt_auto=0`: no partition is mounted because of its type
/// - `panic=30`: a dead kernel restarts, which counts as a failed try
const COMMAND_LINE: [&str; 6] =
    ["gpt", "systemd.import_credentials=no", "systemd.gpt_auto=0", "panic=30", "quiet", "loglevel=4"];

/// How long the command line may be: what the kernel on amd64 keeps.
const COMMAND_LINE_LIMIT: usize = 2047;

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
    /// The disk, compressed.
    pub(crate) compressed: String,
    /// Which of its blocks hold something.
    pub(crate) bmap: String,
    /// The root file system with its verity tree.
    pub(crate) root: String,
    /// The unified kernel image.
    pub(crate) kernel: String,
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
            compressed: name(".img.xz"),
            bmap: name(".img.bmap"),
            root: name(".root"),
            kernel: name(".efi"),
            manifest: "manifest.json".to_owned(),
            sbom: name(".spdx.json"),
            sums: "SHA256SUMS".to_owned(),
            signature: "SHA256SUMS.sig".to_owned(),
            boot_entry: format!("{}/{entry}", boot_entry::FOLDER),
        }
    }
}

/// A configuration that no build can follow.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum PlanError {
    /// Nothing to install.
    #[error("{folder}/mkosi.conf asks for no packages: list them in [Content] Packages=")]
    NoPackages {
        /// The image's folder.
        folder: String,
    },
    /// A node without its kernel.
    #[error("{folder}/mkosi.conf asks for no kernel: add linux-image-{architecture} to [Content] Packages=")]
    NoKernel {
        /// The image's folder.
        folder: String,
        /// Debian's name of the architecture.
        architecture: &'static str,
    },
    /// A word of the command line that the image may not set.
    #[error("{place}: 'KernelCommandLine' may not have '{word}': {why}")]
    CommandLine {
        /// Where.
        place: String,
        /// The word.
        word: String,
        /// Why not.
        why: &'static str,
    },
    /// Too many words.
    #[error("{place}: the kernel command line has {length} bytes and may have {COMMAND_LINE_LIMIT}: shorten it")]
    LongCommandLine {
        /// Where the last word is.
        place: String,
        /// How long it is.
        length: usize,
    },
}

impl Plan {
    /// Decides everything.
    pub(crate) fn new(config: &ImageConfig) -> Result<Self, PlanError> {
        let (mkosi, image) = (&config.mkosi, &config.image);
        let architecture = mkosi.architecture.debian();
        let ids = Ids::new(&image.board, &image.version, mkosi.seed);
        let base = match &mkosi.output {
            Some(output) => output.clone(),
            None => format!("{}_{}", mkosi.image_id, image.version),
        };
        let os_release =
            BTreeMap::from([("IMAGE_ID", mkosi.image_id.clone()), ("IMAGE_VERSION", image.version.to_string())]);
        let scripts = mkosi.post_installation.iter().chain(&mkosi.finalize).map(|script| script.path.clone()).collect();
        let install = requested(config)?;
        let database = mkosi.package_metadata.unwrap_or_else(|| install.iter().any(|package| package.name == "apt"));
        Ok(Self {
            format: FORMAT,
            board: image.board.clone(),
            version: image.version.clone(),
            date: image.date,
            time: image.date.seconds(),
            channel: image.channel.clone(),
            compatible: image.compatible.clone(),
            archive: Archive {
                mirror: mkosi.mirror.as_deref().unwrap_or(MIRROR).trim_end_matches('/').to_owned(),
                architecture: architecture.to_owned(),
                release: mkosi.release.text.clone(),
                suites: suites(&mkosi.release.text, &mkosi.repositories),
            },
            packages: Packages { install, recommends: mkosi.recommends, docs: mkosi.docs, database },
            tree: Tree {
                overlays: mkosi.extra_trees.iter().map(|tree| tree.source.clone()).collect(),
                scripts,
                environment: mkosi.environment.clone(),
                removed: mkosi
                    .remove_files
                    .iter()
                    .map(|item| format!("/{}", item.text.trim_start_matches('/')))
                    .collect(),
                os_release,
            },
            kernel: Kernel {
                command_line: command_line(&mkosi.command_line, image.sizes)?,
                modules: unique(&mkosi.initrd_modules),
                root_modules: mkosi.kernel_modules.iter().map(|item| item.text.clone()).collect(),
                firmware: unique(&mkosi.firmware),
            },
            root: image.root,
            trust: image.trust,
            sizes: image.sizes,
            partitions: partitions(image.sizes, &ids),
            artefacts: Artefacts::new(&base, &image.version),
            ids,
        })
    }
}

/// The packages by name, each once.
fn requested(config: &ImageConfig) -> Result<Vec<Requested>, PlanError> {
    let folder = config.folder.display().to_string();
    let mut install: Vec<Requested> = Vec::new();
    for Item { text, place } in &config.mkosi.packages {
        install.push(Requested { name: text.clone(), place: place.clone() });
    }
    install.sort_by(|a, b| a.name.cmp(&b.name));
    install.dedup_by(|second, first| second.name == first.name);
    if install.is_empty() {
        return Err(PlanError::NoPackages { folder });
    }
    if !install.iter().any(|package| package.name.starts_with("linux-image-")) {
        return Err(PlanError::NoKernel { folder, architecture: config.mkosi.architecture.debian() });
    }
    Ok(install)
}

/// A release of Debian with its updates, and its security archive.
fn suites(release: &str, repositories: &[Item]) -> Vec<Suite> {
    let mut others = unique(repositories);
    others.retain(|component| component != "main");
    others.sort();
    let components: Vec<String> = std::iter::once("main".to_owned()).chain(others).collect();
    let suite =
        |archive: &str, name: String| Suite { archive: archive.to_owned(), name, components: components.clone() };
    match release {
        "sid" | "unstable" => vec![suite("debian", release.to_owned())],
        _ => vec![
            suite("debian", release.to_owned()),
            suite("debian", format!("{release}-updates")),
            suite("debian-security", format!("{release}-security")),
        ],
    }
}

/// The texts in their order, each once.
fn unique(items: &[Item]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for item in items {
        if !found.contains(&item.text) {
            found.push(item.text.clone());
        }
    }
    found
}

fn command_line(extra: &[Item], sizes: Sizes) -> Result<Vec<String>, PlanError> {
    const RESERVED: [(&str, &str); 5] = [
        ("ilanga.", "the builder decides it"),
        ("root=", "init finds the root file system by its root hash"),
        ("init=", "init starts systemd and nothing else"),
        ("rdinit=", "the initramfs has one program"),
        ("systemd.import_credentials", "credentials from outside must not reach a node"),
    ];
    let mut words: Vec<String> = COMMAND_LINE.map(str::to_owned).to_vec();
    for item in extra {
        if let Some((_, why)) = RESERVED.iter().find(|(word, _)| item.text.starts_with(word)) {
            return Err(PlanError::CommandLine { place: item.place.to_string(), word: item.text.clone(), why });
        }
        if item.text == "--" {
            let why = "what follows it would go to init";
            return Err(PlanError::CommandLine { place: item.place.to_string(), word: item.text.clone(), why });
        }
        words.push(item.text.clone());
    }
    let length = CommandLine { root: Digest::new([0; 32]), sizes }.to_string().len() + 1 + words.join(" ").len();
    match extra.last() {
        Some(last) if length > COMMAND_LINE_LIMIT => {
            Err(PlanError::LongCommandLine { place: last.place.to_string(), length })
        }
        _ => Ok(words),
    }
}

fn partitions(sizes: Sizes, ids: &Ids) -> Vec<Partition> {
    let partition = |role: Role| Partition {
        name: role.name(),
        type_guid: role.type_guid(),
        guid: match role {
            Role::Esp => Some(ids.esp),
            Role::Root(Slot::A) => Some(ids.root_a),
            _ => None,
        },
        start: if role == Role::Esp { FIRST } else { sizes.start(role) },
        length: sizes.length(role),
        in_image: matches!(role, Role::Esp | Role::Root(Slot::A)),
    };
    Role::ALL.map(partition).to_vec()
}

fn serialize_sizes<S: serde::Serializer>(sizes: &Sizes, serializer: S) -> Result<S::Ok, S::Error> {
    BTreeMap::from([("esp", sizes.esp), ("slot", sizes.slot), ("state", sizes.state)]).serialize(serializer)
}
