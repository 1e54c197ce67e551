//! Starts other programs: those of [`Program`], and no other. They are found by their full path, get an environment that is the same everywhere, and what is
//! secret through their standard input.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};

use thiserror::Error;

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Encrypts to public keys.
    Age,
    /// Says what is on a device.
    Blkid,
    /// Asks daemons over D-Bus.
    Busctl,
    /// Repairs an ext4.
    CheckExt,
    /// Binds to neighbours.
    Clevis,
    /// Makes and changes headers of encrypted volumes.
    Cryptsetup,
    /// Asks a neighbour over HTTP.
    Curl,
    /// Moves the journal to the disk.
    Journalctl,
    /// Makes interfaces of the network, and puts them together.
    Ip,
    /// Sets what radios do.
    Iw,
    /// Makes an ext4.
    MakeExt4,
    /// Has NetworkManager read its profiles again.
    NetworkManager,
    /// Changes the packet filter.
    Nft,
    /// Changes the settings of the state partition.
    Settings,
    /// Checks signatures.
    SshKeygen,
    /// Starts units, and knows how they are.
    Systemctl,
    /// Adds to a header what a TPM opens.
    SystemdCryptenroll,
    /// Opens volumes by what their headers have besides passphrases.
    SystemdCryptsetup,
    /// Makes keys with which neighbours are helped.
    TangKeys,
    /// Ends another program that takes too long.
    Timeout,
    /// Makes a key for the mesh.
    Yggdrasil,
}

impl Program {
    /// Its name, and its path on a node.
    fn path(self) -> (&'static str, &'static str) {
        match self {
            Self::Age => ("age", "/usr/bin/age"),
            Self::Blkid => ("blkid", "/usr/sbin/blkid"),
            Self::Busctl => ("busctl", "/usr/bin/busctl"),
            Self::CheckExt => ("e2fsck", "/usr/sbin/e2fsck"),
            Self::Clevis => ("clevis", "/usr/bin/clevis"),
            Self::Curl => ("curl", "/usr/bin/curl"),
            Self::Cryptsetup => ("cryptsetup", "/usr/sbin/cryptsetup"),
            Self::Ip => ("ip", "/usr/bin/ip"),
            Self::Iw => ("iw", "/usr/sbin/iw"),
            Self::Journalctl => ("journalctl", "/usr/bin/journalctl"),
            Self::MakeExt4 => ("mke2fs", "/usr/sbin/mke2fs"),
            Self::NetworkManager => ("nmcli", "/usr/bin/nmcli"),
            Self::Nft => ("nft", "/usr/sbin/nft"),
            Self::Settings => ("ilanga-settings", "/usr/bin/ilanga-settings"),
            Self::SshKeygen => ("ssh-keygen", "/usr/bin/ssh-keygen"),
            Self::Systemctl => ("systemctl", "/usr/bin/systemctl"),
            Self::SystemdCryptenroll => ("systemd-cryptenroll", "/usr/bin/systemd-cryptenroll"),
            Self::SystemdCryptsetup => ("systemd-cryptsetup", "/usr/lib/systemd/systemd-cryptsetup"),
            Self::TangKeys => ("tangd-keygen", "/usr/libexec/tangd-keygen"),
            Self::Timeout => ("timeout", "/usr/bin/timeout"),
            Self::Yggdrasil => ("yggdrasil", "/usr/sbin/yggdrasil"),
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

/// Becomes another program: one that whoever started this one named.
pub fn become_program(words: &[std::ffi::OsString]) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    match words.split_first() {
        Some((program, arguments)) => Command::new(program).args(arguments).exec(),
        None => io::Error::from(io::ErrorKind::InvalidInput),
    }
}

/// Runs a program with `input` at its standard input, and returns what it prints.
pub(crate) fn run(program: Program, arguments: &[&OsStr], input: &[u8]) -> Result<Vec<u8>, ToolError> {
    let output = output(program, arguments, input)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(ToolError::Failed {
        program: program.path().0,
        what: arguments.first().map(|what| what.to_string_lossy().into_owned()).unwrap_or_default(),
        code: output.status.code().unwrap_or(-1),
        said: String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "),
    })
}

/// What a program prints, with whatever exit code.
pub(crate) fn said(program: Program, arguments: &[&OsStr]) -> Result<Vec<u8>, ToolError> {
    Ok(output(program, arguments, b"")?.stdout)
}

fn output(program: Program, arguments: &[&OsStr], input: &[u8]) -> Result<Output, ToolError> {
    let (name, path) = program.path();
    let starting = |source| ToolError::Start { program: name, source };
    let mut child = Command::new(path)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        // For those that are scripts.
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
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
    child.wait_with_output().map_err(starting)
}
