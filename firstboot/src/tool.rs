//! Starts other programs: `cryptsetup`, and no other. They are found by their full path, get an empty environment, and what is
//! secret through their standard input.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use thiserror::Error;

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Makes and changes headers of encrypted volumes.
    Cryptsetup,
}

impl Program {
    /// Its name, and its path on a node.
    fn path(self) -> (&'static str, &'static str) {
        match self {
            Self::Cryptsetup => ("cryptsetup", "/usr/sbin/cryptsetup"),
        }
    }
}

/// A program did not do what it was started for.
#[derive(Debug, Error)]
pub enum ToolError {
    /// It can't be started, or what it is to read can't be handed to it.
    #[error("starting {program}")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It failed.
    #[error("{program} {what} ended with exit code {code}: {said}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it was to do: its first argument.
        what: String,
        /// Its exit code; -1 if a signal ended it.
        code: i32,
        /// What it said.
        said: String,
    },
}

impl ToolError {
    /// The exit code of a program that failed.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Failed { code, .. } => Some(*code),
            Self::Start { .. } => None,
        }
    }
}

/// Runs a program with `input` at its standard input, and returns what it prints.
pub(crate) fn run(program: Program, arguments: &[&OsStr], input: &[u8]) -> Result<Vec<u8>, ToolError> {
    let (name, path) = program.path();
    let starting = |source| ToolError::Start { program: name, source };
    let mut child = Command::new(path)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(starting)?;
    // Keys are shorter than a pipe, so that this never waits. A program that reads nothing closes it.
    if let Some(mut stdin) = child.stdin.take()
        && let Err(source) = stdin.write_all(input)
        && source.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(starting(source));
    }
    let output = child.wait_with_output().map_err(starting)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(ToolError::Failed {
        program: name,
        what: arguments.first().map(|what| what.to_string_lossy().into_owned()).unwrap_or_default(),
        code: output.status.code().unwrap_or(-1),
        said: String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "),
    })
}
