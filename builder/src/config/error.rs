//! What can be wrong with an image's configuration. Every message begins with file and line, names the object, and
//! says what to do.

use std::path::PathBuf;

use formats::bundle::BadChangelog;
use thiserror::Error;

use super::ini::{Place, SyntaxError};

/// An image's configuration cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// A file or folder cannot be read.
    #[error("reading {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that must exist does not.
    #[error("{}: no such file: a folder of images/ needs a {what}", path.display())]
    Missing {
        /// Which.
        path: PathBuf,
        /// What it is for.
        what: &'static str,
    },
    /// A file of mkosi's does not follow the syntax.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Something in a file is wrong.
    #[error("{place}: {problem}")]
    At {
        /// Where.
        place: Place,
        /// What.
        problem: Problem,
    },
    /// What a release changes is no text for people.
    #[error("{}: {problem}", path.display())]
    Changelog {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: BadChangelog,
    },
    /// Something beside `mkosi.conf` is wrong.
    #[error("{}: {problem}", path.display())]
    Beside {
        /// What it is about.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Problem {
    /// A section that mkosi does not know.
    #[error("mkosi has no section [{name}]: {hint}")]
    UnknownSection {
        /// Its name.
        name: String,
        /// What it may have meant.
        hint: String,
    },
    /// A setting that mkosi does not know.
    #[error("mkosi has no setting '{name}': {hint}")]
    UnknownSetting {
        /// Its name.
        name: String,
        /// What it may have meant.
        hint: String,
    },
    /// A setting in another section than its own.
    #[error("'{name}' belongs to [{right}], not to [{found}]: move it there")]
    WrongSection {
        /// The setting.
        name: String,
        /// Its section.
        right: &'static str,
        /// Where it stands.
        found: String,
    },
    /// A setting that Ilanga does not know yet.
    #[error("'{0}' is a setting of mkosi that Ilanga does not support yet: remove it, or see docs/configuration.md")]
    Unsupported(String),
    /// Something else that Ilanga does not know yet.
    #[error("{0} is not supported yet: see docs/configuration.md")]
    UnsupportedUse(String),
    /// A value that does not fit the setting.
    #[error("'{value}' is no value for '{name}': {expected}")]
    Value {
        /// The setting.
        name: String,
        /// What it was given.
        value: String,
        /// What it takes.
        expected: String,
    },
    /// A file or folder that a setting names is not there.
    #[error("'{name}' names {}, which does not exist", path.display())]
    NoSuchPath {
        /// The setting.
        name: String,
        /// The path.
        path: PathBuf,
    },
    /// A name that cannot be used in a condition.
    #[error("'{name}' cannot be matched on: {hint}")]
    UnknownCondition {
        /// Its name.
        name: String,
        /// What it may have meant.
        hint: String,
    },
    /// mkosi would ask the host.
    #[error("'{0}' is not set before this condition, and mkosi would take the host's: set it in mkosi.conf")]
    HostDependent(String),
    /// A `[Assert]` that does not hold.
    #[error("the assertion {0} does not hold")]
    Assertion(String),
    /// A `%x` that mkosi does not have.
    #[error("mkosi has no specifier '%{0}': a percent sign is written '%%'")]
    UnknownSpecifier(char),
    /// A `%x` whose setting has no value.
    #[error("'%{letter}' stands for '{setting}', which is not set above: set it first")]
    UnsetSpecifier {
        /// The letter.
        letter: char,
        /// The setting.
        setting: &'static str,
    },
    /// A setting that Ilanga needs.
    #[error("'{name}' is not set: {hint}")]
    Required {
        /// The setting.
        name: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Something in `image.toml`.
    #[error("{0}")]
    Toml(String),
}

impl Place {
    /// The error that something is wrong here.
    pub(crate) fn error(&self, problem: Problem) -> ConfigError {
        ConfigError::At { place: self.clone(), problem }
    }
}
