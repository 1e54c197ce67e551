//! What stories are played with: images, the releases that they update to, keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::key_change::Phase;
use formats::version::Version;

use crate::build::{Builder, BundleOptions, Options, now};
use crate::cache::Scratch;
use crate::config::Trust;
use crate::keys;
use crate::packages::single::Single;
use crate::tool::Command;

/// Releases that update to one another: their version, what they have over the image's own tree (a folder of
/// `qemu-tests/releases`), and whether only long stories need them.
const RELEASES: [(&str, Option<&str>, bool); 6] = [
    ("2026.11.1", None, false),
    ("2026.11.2", None, false),
    ("2026.12.0~unhealthy", Some("unhealthy"), false),
    ("2026.12.0~panics", Some("panics"), true),
    ("2026.12.0~hangs", Some("hangs"), true),
    ("2026.12.0~stuck", Some("stuck"), true),
];

/// Releases by which keys change; the first one announces the new ones.
const CHANGE: [(&str, Phase); 3] =
    [("2026.12.1", Phase::Announce), ("2026.12.2", Phase::Switch), ("2026.12.3", Phase::Retire)];

/// With 2026.11.1 and 2026.11.2, the last numbers of the releases of a long series.
const SERIES: std::ops::RangeInclusive<u32> = 3..=20;

/// hawkBit's client, unchanged, from a suite that is newer than the nodes'.
const HAWKBIT_CLIENT: Single = Single { suite: "forky", name: "rauc-hawkbit-updater" };

/// The board that stories are played on.
const BOARD: &str = "mini-pc";

/// A release of the board, with its update bundle.
pub(super) struct Release {
    out: PathBuf,
    keys: PathBuf,
}

impl Release {
    fn options() -> Options {
        Options { bundle: Some(BundleOptions::default()), ..Options::default() }
    }

    /// Builds it, if it is not up to date.
    pub(super) fn prepare(builder: &Builder) -> Result<Self> {
        let built = builder.build(BOARD, &Self::options())?;
        let keys = builder.keys(None, &builder.tools()?)?;
        builder.ui.finish();
        Ok(Self { out: built.folder, keys: keys.folder })
    }

    /// Lets a program see it.
    pub(super) fn show(&self, command: Command) -> Command {
        let command = command.env("ILANGA_OUT", &self.out).env("ILANGA_KEYS", &self.keys);
        command.read(&self.out).read(&self.keys)
    }
}

/// What stories are played with: images, keys, and a folder for disks.
pub(super) struct Stories {
    variables: BTreeMap<&'static str, PathBuf>,
    scratch: Scratch,
}

impl Stories {
    /// Builds the images that most of them start.
    pub(super) fn prepare(builder: &Builder, with_shim: bool) -> Result<Self> {
        let own = builder.build(BOARD, &Release::options())?;
        let mut variables = BTreeMap::new();
        if with_shim {
            let shim = Options {
                trust: Some(Trust::Shim),
                output: Some(builder.cache.root().join("tests").join("shim")),
                ..Options::default()
            };
            let shim = builder.build(BOARD, &shim)?;
            variables.insert("ILANGA_IMAGE_SHIM", shim.folder.join(&shim.plan.artefacts.image));
        }
        let tools = builder.tools()?;
        let keys = builder.keys(None, &tools)?;
        builder.ui.finish();
        let scratch = builder.cache.scratch("stories-")?;
        variables.extend([
            ("ILANGA_IMAGE", own.folder.join(&own.plan.artefacts.image)),
            ("ILANGA_OUT", own.folder),
            ("ILANGA_KEYS", keys.folder),
        ]);
        Ok(Self { variables, scratch })
    }

    /// Builds the releases that stories update to.
    pub(super) fn add_updates(&mut self, builder: &Builder, long: bool) -> Result<()> {
        let all = builder.cache.root().join("tests").join("updates");
        let bundles = all.join("bundles");
        std::fs::create_dir_all(&bundles).with_context(|| format!("making {}", bundles.display()))?;
        for (version, overlay, _) in RELEASES.into_iter().filter(|(_, _, only_long)| long || !only_long) {
            let overlay = overlay.map(|name| builder.workspace.root().join(super::STORIES).join("releases").join(name));
            let built = builder.build(
                BOARD,
                &Options {
                    release: Some(version.parse().context("naming a release")?),
                    overlays: overlay.into_iter().collect(),
                    output: Some(all.join(version)),
                    ..Release::options()
                },
            )?;
            let Some(name) = built.plan.artefacts.bundle else { bail!("{version} has no bundle") };
            let link = bundles.join(format!("{version}.raucb"));
            crate::cache::remove_tree(&link)?;
            std::fs::hard_link(built.folder.join(name), &link).with_context(|| format!("making {}", link.display()))?;
        }
        builder.ui.finish();
        self.variables.insert("ILANGA_BUNDLES", bundles);
        Ok(())
    }

    /// Builds a series of releases, of which only the bundles are kept. After [`Self::add_updates`].
    pub(super) fn add_series(&mut self, builder: &Builder) -> Result<()> {
        let all = builder.cache.root().join("tests").join("series");
        crate::cache::remove_tree(&all)?;
        std::fs::create_dir_all(&all).with_context(|| format!("making {}", all.display()))?;
        let link = |bundle: &Path, version: &str| {
            let link = all.join(format!("{version}.raucb"));
            std::fs::hard_link(bundle, &link).with_context(|| format!("making {}", link.display()))
        };
        let updates = self.variables.get("ILANGA_BUNDLES").context("there are no updates")?.clone();
        for version in ["2026.11.1", "2026.11.2"] {
            link(&updates.join(format!("{version}.raucb")), version)?;
        }
        for number in SERIES {
            let version = format!("2026.11.{number}");
            let folder = builder.cache.root().join("tests").join("series-release");
            let release = Some(version.parse().context("naming a release")?);
            let built = builder.build(BOARD, &Options { release, output: Some(folder), ..Release::options() })?;
            let Some(name) = built.plan.artefacts.bundle else { bail!("{version} has no bundle") };
            link(&built.folder.join(name), &version)?;
            crate::cache::remove_tree(&built.folder)?;
        }
        builder.ui.finish();
        self.variables.insert("ILANGA_SERIES", all);
        Ok(())
    }

    /// Fetches hawkBit's client.
    pub(super) fn add_hawkbit(&mut self, builder: &Builder) -> Result<()> {
        let client = builder.single(&HAWKBIT_CLIENT, &builder.workspace.hawkbit_lock())?;
        builder.ui.finish();
        self.variables.insert("ILANGA_HAWKBIT_CLIENT", client);
        Ok(())
    }

    /// Builds the releases by which keys change.
    pub(super) fn add_change(&mut self, builder: &Builder) -> Result<()> {
        let tools = builder.tools()?;
        let old = builder.keys(None, &tools)?;
        let all = builder.cache.root().join("tests").join("key-change");
        let bundles = all.join("bundles");
        std::fs::create_dir_all(&bundles).with_context(|| format!("making {}", bundles.display()))?;
        let new = all.join("keys");
        if !new.exists() {
            keys::change::next(&tools.root, &old.folder, &new, keys::DEVELOPMENT, now()?)?;
        }
        let announced = CHANGE[0].0.parse().context("naming a release")?;
        for (version, phase) in CHANGE {
            let folder = all.join(format!("keys-{phase}"));
            crate::cache::remove_tree(&folder)?;
            copy_folder(&new, &folder)?;
            for step in Phase::ALL.into_iter().filter(|step| *step <= phase) {
                keys::change::advance(&folder, Some(step), Some(Version::clone(&announced)))?;
            }
            let built = builder.build(
                BOARD,
                &Options {
                    release: Some(version.parse().context("naming a release")?),
                    keys: Some(folder),
                    output: Some(all.join(version)),
                    ..Release::options()
                },
            )?;
            let Some(name) = built.plan.artefacts.bundle else { bail!("{version} has no bundle") };
            let link = bundles.join(format!("{version}.raucb"));
            crate::cache::remove_tree(&link)?;
            std::fs::hard_link(built.folder.join(name), &link).with_context(|| format!("making {}", link.display()))?;
        }
        builder.ui.finish();
        self.variables.insert("ILANGA_KEY_CHANGE", all);
        Ok(())
    }

    /// Lets a story see all of it.
    pub(super) fn show(&self, mut command: Command) -> Command {
        for (name, path) in &self.variables {
            command = command.env(name, path).read(path);
        }
        command.env("ILANGA_SCRATCH", self.scratch.path()).write(self.scratch.path()).kvm()
    }
}

/// Copies a folder of keys, with modes.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let copying = || format!("copying {} to {}", from.display(), to.display());
    std::fs::create_dir(to).with_context(copying)?;
    for entry in std::fs::read_dir(from).with_context(copying)? {
        let entry = entry.with_context(copying)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).with_context(copying)?;
        }
    }
    Ok(())
}
