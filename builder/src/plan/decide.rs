//! How the configuration becomes a plan.

use std::collections::BTreeMap;

use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::layout::{Role, Sizes};
use formats::slot::Slot;
use thiserror::Error;

use super::{Archive, Artefacts, Ids, Kernel, Packages, Partition, Plan, Requested, Suite, Tree, Updates};
use crate::config::{ImageConfig, Item};

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

/// The name of a node that has none yet: `ilanga.local` on its network.
const HOSTNAME: &str = "ilanga";

/// How long the command line may be: what the kernel on amd64 keeps.
const COMMAND_LINE_LIMIT: usize = 2047;

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
        let os_release = BTreeMap::from([
            ("DEFAULT_HOSTNAME", HOSTNAME.to_owned()),
            ("IMAGE_ID", mkosi.image_id.clone()),
            ("IMAGE_VERSION", image.version.to_string()),
        ]);
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
            updates: Updates { channel: image.channel.clone(), url: image.url.clone() },
            changelog: config.changelog.clone(),
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
pub(super) fn suites(release: &str, repositories: &[Item]) -> Vec<Suite> {
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
        start: sizes.start(role),
        length: sizes.length(role),
        in_image: matches!(role, Role::Esp | Role::Root(Slot::A)),
    };
    Role::ALL.map(partition).to_vec()
}
