//! The one module of the builder that starts programs.
//!
//! Programs run in the tools tree, in namespaces of their own, and see only what their [`Command`] names. Standard
//! output is returned or dropped, standard error is kept for the error message; see each method.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A program of the tools tree, with what it may see.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) tools: PathBuf,
    pub(crate) program: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) binds: Vec<Bind>,
    pub(crate) network: bool,
    pub(crate) directory: PathBuf,
    pub(crate) stdin: Vec<u8>,
}

/// A file or folder of the host that a program sees, under its own path.
#[derive(Clone, Debug)]
pub(crate) struct Bind {
    pub(crate) host: PathBuf,
    pub(crate) inside: PathBuf,
    pub(crate) writable: bool,
}

/// A program could not do its work.
#[derive(Debug, Error)]
pub(crate) enum ToolError {
    /// It could not be started.
    #[error("starting {program}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("{command} ended with {status}{}", said(.stderr))]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said, trimmed.
        stderr: String,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(":\n{stderr}") }
}

impl Command {
    /// `program` of the tools tree at `tools`, with no arguments, no network, and nothing of the host but the tree.
    pub(crate) fn new(tools: &Path, program: impl AsRef<OsStr>) -> Self {
        Self {
            tools: tools.to_owned(),
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            binds: Vec::new(),
            network: false,
            directory: PathBuf::from("/"),
            stdin: Vec::new(),
        }
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable; none is inherited.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Lets the program read a file or folder of the host, under the same (absolute) path.
    pub(crate) fn read(self, path: &Path) -> Self {
        self.bind(path, path, false)
    }

    /// Lets the program write a file or folder of the host, under the same (absolute) path.
    pub(crate) fn write(self, path: &Path) -> Self {
        self.bind(path, path, true)
    }

    /// Shows a file or folder of the host under another path.
    pub(crate) fn bind(mut self, host: &Path, inside: &Path, writable: bool) -> Self {
        self.binds.push(Bind { host: host.to_owned(), inside: inside.to_owned(), writable });
        self
    }

    /// What the program reads from standard input; nothing unless told.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Runs it to its end; standard output is dropped, standard error goes into the error.
    pub(crate) fn run(self) -> Result<(), ToolError> {
        self.output().map(drop)
    }

    /// Runs it to its end; returns standard output, standard error goes into the error.
    pub(crate) fn output(self) -> Result<Vec<u8>, ToolError> {
        Err(ToolError::Start { program: format!("{:?}", self.program), source: std::io::ErrorKind::Unsupported.into() })
    }
}
