//! The pipeline: configuration → plan → packages → tree → root file system → kernel image → disk → release.
//!
//! Each stage takes what the last one made. What is expensive and often the same is cached by the digest of its inputs:
//! the tools tree, the packages, the base tree, the index of kernel modules, the root file system. If all inputs are
//! those of the last build, nothing is done.

pub(crate) mod inputs;
mod key_change;
pub(crate) mod output;
mod release;
mod single;
mod stages;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use formats::digest::Digest;
use formats::version::Version;

use crate::archive::store::{Store, StoreError};
use crate::cache::{Cache, Found};
use crate::config::Trust;
use crate::keys::{self, KeySet};
use crate::packages::archives::Archives;
use crate::packages::lock::Lock;
use crate::plan::Plan;
use crate::programs;
use crate::tools_tree::{self, Tools};
use crate::ui::Ui;
use crate::workspace::Workspace;
use crate::{config, hint, packages};

use inputs::Inputs;
use output::Output;

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Builder {
    /// The checkout.
    pub(crate) workspace: Workspace,
    /// What need not be made again.
    pub(crate) cache: Cache,
    /// The packages in it.
    pub(crate) store: Store,
    /// Where packages come from.
    pub(crate) archives: Archives,
    /// What people see.
    pub(crate) ui: Ui,
}

/// How an image is to be built, beside its configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The folder of keys; development keys without one.
    pub(crate) keys: Option<PathBuf>,
    /// Where the artefacts go.
    pub(crate) output: Option<PathBuf>,
    /// Another way to trust the boot chain than the configuration's.
    pub(crate) trust: Option<Trust>,
    /// Whether the lock must be there already.
    pub(crate) locked: bool,
    /// Whether an update bundle is made too, and what it says.
    pub(crate) bundle: Option<BundleOptions>,
    /// Whether the disk image is left as it is, without a compressed one beside it.
    pub(crate) uncompressed: bool,
    /// Another version than the configuration's.
    pub(crate) release: Option<Version>,
    /// Folders whose files are copied over the tree, after those of the configuration.
    pub(crate) overlays: Vec<PathBuf>,
}

/// What an update bundle says, beside the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct BundleOptions {
    /// Another stream of releases than the configuration's.
    pub(crate) channel: Option<String>,
    /// Another file that says what the release changes than the configuration's.
    pub(crate) changelog: Option<PathBuf>,
}

impl BundleOptions {
    /// Puts them in place of the configuration's.
    pub(crate) fn apply(&self, plan: &mut Plan) -> Result<()> {
        if let Some(channel) = &self.channel {
            plan.channel.clone_from(channel);
        }
        if let Some(path) = &self.changelog {
            plan.changelog = Some(config::changelog(path)?);
        }
        Ok(())
    }
}

/// A release that was built.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// The folder of its artefacts.
    pub(crate) folder: PathBuf,
    /// What was decided about it.
    pub(crate) plan: Plan,
    /// Whether anything had to be done.
    pub(crate) found: Found,
    /// Whether its keys are development keys.
    pub(crate) development: bool,
}

impl Builder {
    /// The plan of an image.
    pub(crate) fn plan(&self, board: &str) -> Result<Plan> {
        self.plan_with(board, &Options::default())
    }

    fn plan_with(&self, board: &str, options: &Options) -> Result<Plan> {
        let mut config = config::load(&self.workspace.image(board)?)?;
        if let Some(version) = &options.release {
            config.image.version = version.clone();
        }
        let mut plan = Plan::new(&config)?;
        plan.trust = options.trust.unwrap_or(plan.trust);
        for overlay in &options.overlays {
            let folder =
                overlay.canonicalize().with_context(|| format!("opening the overlay {}", overlay.display()))?;
            plan.tree.overlays.push(folder);
        }
        Ok(plan)
    }

    /// The tools tree, made if it is not there.
    pub(crate) fn tools(&self) -> Result<Tools> {
        let lock = self.tools_lock()?;
        self.fetch(&lock, "fetching the tools tree")?;
        self.ui.stage("making the tools tree", || {
            let tools = self.with_packages(&lock, || {
                tools_tree::make(&self.cache, &self.store, &lock, &mut |line| self.ui.note(line))
            })?;
            if tools.found == Found::There {
                self.ui.cached();
            }
            Ok(tools)
        })
    }

    /// The lock of the tools tree: as it is, or made for the list of packages.
    pub(crate) fn tools_lock(&self) -> Result<Lock> {
        let list = self.workspace.tools_list();
        let text = std::fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
        let path = self.workspace.tools_lock();
        let request = packages::tools::request(&text);
        if let Some(lock) = Lock::read(&path)?
            && lock.request == request
        {
            return Ok(lock);
        }
        let lock = self.ui.stage("choosing the packages of the tools tree", || {
            packages::tools::lock(&self.archives, &self.store, &list, &text, now()?, &self.ui)
        })?;
        lock.write(&path)?;
        Ok(lock)
    }

    /// The lock of an image's packages: as it is, or made by apt if it is for another configuration.
    pub(crate) fn image_lock(&self, board: &str, plan: &Plan, tools: &Tools, locked: bool) -> Result<Lock> {
        let path = self.workspace.lock(board);
        let request = packages::image::request(plan)?;
        if let Some(lock) = Lock::read(&path)?
            && lock.request == request
        {
            return Ok(lock);
        }
        if locked {
            anyhow::bail!("{} is not there, or not for this configuration: run `ilanga lock {board}`", path.display());
        }
        let lock = self.new_image_lock(plan, tools)?;
        lock.write(&path)?;
        Ok(lock)
    }

    /// Asks the archive and apt for an image's packages as they are now.
    pub(crate) fn new_image_lock(&self, plan: &Plan, tools: &Tools) -> Result<Lock> {
        self.ui.stage("asking apt for the image's packages", || {
            packages::image::lock(&self.archives, &self.store, plan, &tools.root, now()?, &self.ui)
        })
    }

    /// Fetches what the store lacks of a lock.
    fn fetch(&self, lock: &Lock, name: &str) -> Result<()> {
        self.ui.stage(name, || {
            if self.archives.fetch(&self.store, lock, &self.ui)? == Found::There {
                self.ui.cached();
            }
            Ok(())
        })
    }

    /// Does something with the packages of a lock; those that turn out to be damaged are fetched again for it.
    fn with_packages<T>(&self, lock: &Lock, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        // Each time round, at least one damaged package is gone.
        for _ in 0..lock.packages.len() {
            match work() {
                Err(error) if is_damage(&error) => self.ui.note(&format!("{error:#}")),
                result => return result,
            }
            self.archives.fetch(&self.store, lock, &self.ui)?;
        }
        work()
    }

    /// The keys to sign with.
    pub(crate) fn keys(&self, folder: Option<&Path>, tools: &Tools) -> Result<KeySet> {
        let keys = match folder {
            Some(folder) => KeySet::load(folder)?,
            None => keys::development(&tools.root, self.cache.root(), now()?)?,
        };
        if keys.development {
            self.ui.note(
                "DEVELOPMENT KEYS: everybody who has this cache can sign for this image. \
                 For a release: ilanga keys new DIR, then build --keys DIR",
            );
        }
        Ok(keys)
    }

    /// Builds an image, if anything of it has changed.
    pub(crate) fn build(&self, board: &str, options: &Options) -> Result<Built> {
        let mut plan = self.plan_with(board, options)?;
        match &options.bundle {
            Some(bundle) => bundle.apply(&mut plan)?,
            None => plan.without_bundle(),
        }
        if options.uncompressed {
            plan.without_compressed();
        }
        let tools = self.tools()?;
        let lock = self.image_lock(board, &plan, &tools, options.locked)?;
        let keys = self.keys(options.keys.as_deref(), &tools)?;
        let place = options.output.clone().unwrap_or_else(|| self.workspace.out().join(board));
        let output = Output::prepare(&place)?;
        let inputs = self.inputs(&plan, &tools, &lock, &keys)?;
        let development = keys.development;
        if output.is_made_from(inputs) {
            return Ok(Built { folder: output.place().to_owned(), plan, found: Found::There, development });
        }
        self.fetch(&lock, "fetching packages")?;
        stages::run(self, &plan, &tools, &lock, &keys, &output).map_err(|error| {
            hint::with_full_disk(error, &[output.place().parent().unwrap_or(output.place()), self.cache.root()])
        })?;
        let folder = output.publish(inputs)?;
        Ok(Built { folder, plan, found: Found::Made, development })
    }

    /// The digest of everything that goes into an image.
    fn inputs(&self, plan: &Plan, tools: &Tools, lock: &Lock, keys: &KeySet) -> Result<Digest> {
        let mut inputs = Inputs::default();
        inputs
            .value("plan", serde_json::to_vec(plan).context("writing the plan")?)
            .value("tools", tools.id.as_bytes())
            .value("packages", lock.digest().as_bytes())
            .value("programs", programs::sources(self.workspace.root())?.as_bytes())
            .files("builder", Path::new("/proc/self/exe").canonicalize().context("finding the builder")?.as_path())?
            .files("keys", &keys.folder)?;
        for (name, paths) in [("overlay", &plan.tree.overlays), ("script", &plan.tree.scripts)] {
            for path in paths {
                inputs.files(name, path)?;
            }
        }
        Ok(inputs.digest())
    }
}

/// Whether a package was found damaged.
fn is_damage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(StoreError::Damaged { .. })))
}

/// The time, which only archives' expiry and new keys may depend on.
pub(crate) fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("reading the clock: it is before 1970")?.as_secs())
}
