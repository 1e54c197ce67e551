//! What can go wrong with a machine.

use std::path::Path;
use std::time::Duration;

use thiserror::Error;

/// A story could not go on.
#[derive(Debug, Error)]
pub enum Error {
    /// The environment does not say where something is.
    #[error("{name} is not set ({what}): run the stories with `cargo run --release -- test NAME`")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What it names.
        what: &'static str,
    },
    /// A file or socket could not be used.
    #[error("{doing}")]
    Io {
        /// Operation and object.
        doing: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("starting {program}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program ended with an error.
    #[error("{command} ended with {status}:\n{said}")]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
    },
    /// A disk does not hold what is looked for.
    #[error("{disk}: {what}")]
    Disk {
        /// The disk's file.
        disk: String,
        /// What is wrong with it.
        what: String,
    },
    /// QEMU refused a command.
    #[error("QEMU refused '{command}': {said}")]
    Qmp {
        /// The command.
        command: String,
        /// What it answered.
        said: String,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {} s; the end of the console:\n{console}", .limit.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// The last lines of the console.
        console: String,
    },
    /// The machine stopped while something was waited for.
    #[error("the machine stopped ({how}) before {what}; the end of the console:\n{console}")]
    Stopped {
        /// What was waited for.
        what: String,
        /// Why it stopped.
        how: String,
        /// The last lines of the console.
        console: String,
    },
    /// The machine shows something else than it should.
    #[error("{what}, and this was found: {found}")]
    Surprise {
        /// What was done, or expected.
        what: String,
        /// What was there.
        found: String,
    },
    /// A command on the machine did not succeed.
    #[error("on the machine, '{command}' ended with {status}:\n{output}")]
    OnMachine {
        /// The command.
        command: String,
        /// Its exit status.
        status: u8,
        /// What it wrote.
        output: String,
    },
}

/// Puts operation and object in front of an [`std::io::Error`].
pub trait Doing<T> {
    /// The error names `doing`, such as 'reading /x'.
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Error>;

    /// The error names `operation` and `path`.
    fn at(self, operation: &str, path: &Path) -> Result<T, Error>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing: doing(), source })
    }

    fn at(self, operation: &str, path: &Path) -> Result<T, Error> {
        self.doing(|| format!("{operation} {}", path.display()))
    }
}

/// An error with all its reasons, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
