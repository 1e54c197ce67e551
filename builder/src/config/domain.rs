//! What a mkosi configuration means to Ilanga: typed, checked, and nothing left to look up.

use std::collections::BTreeMap;

use formats::version::Version;
use uuid::Uuid;

use super::error::{ConfigError, Problem};
use super::mkosi::Settings;
use super::value::{Item, PathItem, Tree, Value};

/// The settings of an image that mkosi has words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mkosi {
    /// Debian's release, such as `trixie`.
    pub(crate) release: Item,
    /// The processors that it runs on.
    pub(crate) architecture: Architecture,
    /// Where packages come from, if not from Debian's own servers.
    pub(crate) mirror: Option<String>,
    /// The components of the archive beside `main`.
    pub(crate) repositories: Vec<Item>,
    /// What the image calls itself.
    pub(crate) image_id: String,
    /// Its version, if the configuration names it too.
    pub(crate) image_version: Option<(Version, Item)>,
    /// The name of its artefacts, if it is not made of the id and the version.
    pub(crate) output: Option<String>,
    /// What ids derive from, beside board and version.
    pub(crate) seed: Option<Uuid>,
    /// The time of its files, if the configuration names it too.
    pub(crate) source_date_epoch: Option<(u64, Item)>,
    /// The packages that it asks for.
    pub(crate) packages: Vec<Item>,
    /// Whether it takes recommended packages too.
    pub(crate) recommends: bool,
    /// Whether it keeps documentation.
    pub(crate) docs: bool,
    /// Whether it keeps the package manager's database; `None` leaves it to whether apt is in the image.
    pub(crate) package_metadata: Option<bool>,
    /// What is copied over the packages.
    pub(crate) extra_trees: Vec<Tree>,
    /// Patterns of what is removed, as absolute paths.
    pub(crate) remove_files: Vec<Item>,
    /// Scripts that run in the tree once the packages are installed.
    pub(crate) post_installation: Vec<PathItem>,
    /// Scripts that run in the tree at the end.
    pub(crate) finalize: Vec<PathItem>,
    /// What those scripts find in their environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// What is added to the kernel's command line.
    pub(crate) command_line: Vec<Item>,
    /// The modules of the root file system.
    pub(crate) kernel_modules: Vec<Item>,
    /// The modules of the initramfs.
    pub(crate) initrd_modules: Vec<Item>,
    /// Firmware that stays though no module asks for it.
    pub(crate) firmware: Vec<Item>,
}

/// The processors that an image runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    /// Debian's `amd64`.
    Amd64,
}

impl Architecture {
    /// Debian's name.
    pub(crate) const fn debian(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
        }
    }
}

impl Mkosi {
    /// Checks the settings and takes them apart.
    pub(crate) fn new(settings: &Settings) -> Result<Self, ConfigError> {
        let read = Reader(settings);
        read.only("Distribution", &["debian"], Presence::Required("'Distribution=debian' is expected"))?;
        read.only("Architecture", &["x86-64"], Presence::Required("'Architecture=x86-64' is expected"))?;
        read.only("Format", &["disk"], Presence::Optional)?;
        read.only("Bootable", &["yes", "auto"], Presence::Optional)?;
        read.only("Bootloader", &["systemd-boot"], Presence::Optional)?;
        read.only("UnifiedKernelImages", &["auto", "signed"], Presence::Optional)?;
        read.only("SecureBoot", &["yes"], Presence::Optional)?;
        read.only("Verity", &["signed", "hash", "defer", "auto"], Presence::Optional)?;
        read.only("SignExpectedPcr", &["yes", "auto"], Presence::Optional)?;
        let remove_files = read.list("RemoveFiles");
        for item in &remove_files {
            if item.text.split('/').any(|part| part == "..") {
                return Err(item.error("RemoveFiles", "a path without '..' is expected"));
            }
        }
        Ok(Self {
            release: read.required("Release", "a release of Debian is expected, as in 'Release=trixie'")?.clone(),
            architecture: Architecture::Amd64,
            mirror: read.one("Mirror").map(|item| item.text.clone()),
            repositories: read.list("Repositories"),
            image_id: read.image_id()?,
            image_version: read.parsed("ImageVersion")?,
            output: read.one("Output").map(|item| item.text.clone()),
            seed: read.parsed("Seed")?.map(|(seed, _)| seed),
            source_date_epoch: read.parsed("SourceDateEpoch")?,
            packages: read.packages()?,
            recommends: read.yes("WithRecommends", false),
            docs: read.yes("WithDocs", true),
            package_metadata: match read.one("CleanPackageMetadata").map(|item| item.text.as_str()) {
                Some("yes") => Some(false),
                Some("no") => Some(true),
                _ => None,
            },
            extra_trees: read.extra_trees()?,
            remove_files,
            post_installation: read.scripts("PostInstallationScripts")?,
            finalize: read.scripts("FinalizeScripts")?,
            environment: read.pairs("Environment"),
            command_line: read.list("KernelCommandLine"),
            kernel_modules: read.modules("KernelModules")?,
            initrd_modules: read.modules("KernelInitrdModules")?,
            firmware: read.list("FirmwareFiles"),
        })
    }
}

impl Item {
    fn error(&self, name: &str, expected: &str) -> ConfigError {
        self.place.error(Problem::Value {
            name: name.to_owned(),
            value: self.text.clone(),
            expected: expected.to_owned(),
        })
    }
}

#[derive(Clone, Copy)]
enum Presence {
    Required(&'static str),
    Optional,
}

struct Reader<'a>(&'a Settings);

impl<'a> Reader<'a> {
    fn one(&self, name: &str) -> Option<&'a Item> {
        match self.0.get(name) {
            Some(Value::One(item)) => Some(item),
            _ => None,
        }
    }

    fn required(&self, name: &'static str, hint: &'static str) -> Result<&'a Item, ConfigError> {
        let path = self.0.image().join("mkosi.conf");
        self.one(name).ok_or(ConfigError::Beside { path, problem: Problem::Required { name, hint } })
    }

    fn list(&self, name: &str) -> Vec<Item> {
        match self.0.get(name) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        match self.0.get(name) {
            Some(Value::Pairs(pairs)) => pairs.clone(),
            _ => BTreeMap::new(),
        }
    }

    fn yes(&self, name: &str, default: bool) -> bool {
        self.one(name).map_or(default, |item| item.text == "yes")
    }

    /// Refuses values that mkosi would take and Ilanga can't do yet.
    fn only(&self, name: &'static str, supported: &[&str], presence: Presence) -> Result<(), ConfigError> {
        let item = match presence {
            Presence::Required(hint) => Some(self.required(name, hint)?),
            Presence::Optional => self.one(name),
        };
        match item {
            Some(item) if !supported.contains(&item.text.as_str()) => {
                let use_ = format!("'{name}={}' (only {})", item.text, supported.join(", "));
                Err(item.place.error(Problem::UnsupportedUse(use_)))
            }
            _ => Ok(()),
        }
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<(T, Item)>, ConfigError> {
        let Some(item) = self.one(name) else {
            return Ok(None);
        };
        match item.text.parse() {
            Ok(value) => Ok(Some((value, item.clone()))),
            Err(error) => Err(item.error(name, &T::Err::to_string(&error))),
        }
    }

    fn image_id(&self) -> Result<String, ConfigError> {
        let item = self.required("ImageId", "a name is expected, as in 'ImageId=ilanga-mini-pc'")?;
        let fits = item.text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && item.text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-.".contains(&c));
        if !fits {
            return Err(item.error("ImageId", "letters, digits, '-' and '.' are expected, first a letter or digit"));
        }
        Ok(item.text.clone())
    }

    /// Names of Debian packages.
    fn packages(&self) -> Result<Vec<Item>, ConfigError> {
        let packages = self.list("Packages");
        for item in &packages {
            let fits = item.text.len() >= 2
                && item.text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && item.text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"+-.".contains(&c));
            if !fits {
                return Err(item.error("Packages", "the name of a Debian package is expected"));
            }
        }
        Ok(packages)
    }

    /// Names and patterns of kernel modules.
    fn modules(&self, name: &str) -> Result<Vec<Item>, ConfigError> {
        let items = self.list(name);
        match items.iter().find(|item| ["default", "host"].contains(&item.text.as_str())) {
            Some(item) => Err(item.place.error(Problem::UnsupportedUse(format!("'{name}={}'", item.text)))),
            None => Ok(items),
        }
    }

    /// Folders that are copied to `/`, which is all that is supported yet.
    fn extra_trees(&self) -> Result<Vec<Tree>, ConfigError> {
        let Some(Value::Trees(trees)) = self.0.get("ExtraTrees") else {
            return Ok(Vec::new());
        };
        for tree in trees {
            if tree.target != std::path::Path::new("/") || !tree.source.is_dir() {
                let use_ = format!("'ExtraTrees' with {} (only folders, copied to /)", tree.source.display());
                return Err(tree.place.error(Problem::UnsupportedUse(use_)));
            }
        }
        Ok(trees.clone())
    }

    /// Scripts that run in the tree, which is all that is supported yet.
    fn scripts(&self, name: &str) -> Result<Vec<PathItem>, ConfigError> {
        let Some(Value::Paths(scripts)) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        for script in scripts {
            if script.path.extension().is_none_or(|extension| extension != "chroot") {
                let use_ = format!("'{name}' outside the image (only files ending with .chroot)");
                return Err(script.place.error(Problem::UnsupportedUse(use_)));
            }
        }
        Ok(scripts.clone())
    }
}
