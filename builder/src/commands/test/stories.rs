//! What stories are played with: images, the releases that they update to, keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::date::Date;
use formats::key_change::Phase;
use formats::version::Version;

use crate::build::{Builder, BundleOptions, Options, now};
use crate::bundle::{delta, hints, pieces};
use crate::cache::Scratch;
use crate::config::Trust;
use crate::keys;
use crate::keys::tuf::Roles;
use crate::packages::single::Single;
use crate::release::{Order, publish};
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
                uncompressed: true,
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
            let options = Options { overlays: overlay.into_iter().collect(), ..Release::options() };
            add_bundle(builder, version, &all.join(version), options, &bundles)?;
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
        let updates = self.variables.get("ILANGA_BUNDLES").context("there are no updates")?.clone();
        for version in ["2026.11.1", "2026.11.2"] {
            link(&bundle_of(version, &updates), version, &all)?;
        }
        for number in SERIES {
            let folder = builder.cache.root().join("tests").join("series-release");
            add_bundle(builder, &format!("2026.11.{number}"), &folder, Release::options(), &all)?;
            crate::cache::remove_tree(&folder)?;
        }
        builder.ui.finish();
        self.variables.insert("ILANGA_SERIES", all);
        Ok(())
    }

    /// Publishes a release, with its pieces and a delta from the release of the image.
    pub(super) fn add_repository(&mut self, builder: &Builder) -> Result<()> {
        let all = builder.cache.root().join("tests").join("repository");
        crate::cache::remove_tree(&all)?;
        std::fs::create_dir_all(&all).with_context(|| format!("making {}", all.display()))?;
        let updates = self.variables.get("ILANGA_BUNDLES").context("there are no updates")?;
        let version = RELEASES[0].0;
        let bundle = bundle_of(version, &all);
        link(&bundle_of(version, updates), version, &all)?;
        let built = builder.build(BOARD, &Release::options())?;
        let Some(name) = built.plan.artefacts.bundle else { bail!("the image has no bundle") };
        let ui = &builder.ui;
        ui.stage("cutting the update bundle into pieces", || {
            pieces::make(&bundle, &mut |done, total| ui.bytes(done.0, total.0))
        })?;
        let pair = ui.stage("unpacking both bundles", || {
            delta::Pair::open(&built.folder.join(name), &bundle, &mut |done, total| ui.bytes(done.0, total.0))
        })?;
        ui.stage("making the delta", || delta::make(&pair, None))?;
        ui.stage("making patches between pieces", || hints::make(&pair))?;
        drop(pair);
        let keys = self.variables.get("ILANGA_KEYS").context("there are no keys")?;
        let order = Order {
            folder: &all.join("public"),
            keys: &Roles::load(keys)?,
            new_keys: None,
            bundles: vec![bundle],
            channel: None,
            rollout: None,
            date: Date::of_seconds(now()?).context("reading the clock")?,
            days: 180,
            keep: 5,
            dry_run: false,
        };
        ui.stage("publishing", || publish(&order, &mut |done, total| ui.bytes(done.0, total.0)))?;
        ui.finish();
        self.variables.insert("ILANGA_REPOSITORY", all.join("public"));
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
            let options = Options { keys: Some(folder), ..Release::options() };
            add_bundle(builder, version, &all.join(version), options, &bundles)?;
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
        // What benchmarks compare with, which a person names.
        for name in ["ILANGA_PAIR", "ILANGA_PEER"] {
            if let Some(path) = std::env::var_os(name) {
                command = command.read(Path::new(&path)).env(name, path);
            }
        }
        command.env("ILANGA_SCRATCH", self.scratch.path()).write(self.scratch.path()).kvm()
    }
}

/// Builds a release in `output`, and puts its bundle among others.
fn add_bundle(builder: &Builder, version: &str, output: &Path, options: Options, bundles: &Path) -> Result<()> {
    let release = Some(version.parse().context("naming a release")?);
    let built =
        builder.build(BOARD, &Options { release, output: Some(output.to_owned()), uncompressed: true, ..options })?;
    let Some(name) = built.plan.artefacts.bundle else { bail!("{version} has no bundle") };
    link(&built.folder.join(name), version, bundles)
}

/// Where a release's bundle is among others.
fn bundle_of(version: &str, bundles: &Path) -> PathBuf {
    bundles.join(format!("{version}.raucb"))
}

/// Puts a bundle among others, by the name of its release.
fn link(bundle: &Path, version: &str, bundles: &Path) -> Result<()> {
    let link = bundle_of(version, bundles);
    crate::cache::remove_tree(&link)?;
    std::fs::hard_link(bundle, &link).with_context(|| format!("making {}", link.display()))
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
