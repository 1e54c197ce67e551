//! The one module of the builder that starts programs.
//!
//! Programs run in the tools tree, in namespaces of their own, and see only what their [`Command`] names. Standard
//! output is returned or dropped, standard error is kept for the error message; see each method.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ExitStatus, Stdio};

use thiserror::Error;

use crate::sandbox::{self, Bind, Spec};

/// A program of the tools tree, with what it may see.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    tools: PathBuf,
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    binds: Vec<Bind>,
    writable: bool,
    kvm: bool,
    network: bool,
    directory: PathBuf,
    stdin: Vec<u8>,
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
            writable: false,
            kvm: false,
            network: false,
            directory: PathBuf::from("/"),
            stdin: Vec::new(),
        }
    }

    /// `program` of a tree that it may change, such as an image's own dpkg.
    pub(crate) fn in_tree(tree: &Path, program: impl AsRef<OsStr>) -> Self {
        Self { writable: true, ..Self::new(tree, program) }
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

    /// Where the program starts; `/` unless told.
    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.directory = directory.to_owned();
        self
    }

    /// Shows the program the host's `/dev/kvm`, where there is one.
    pub(crate) fn kvm(mut self) -> Self {
        self.kvm = true;
        self
    }

    /// Gives the program the host's network, and the host's list of name servers.
    pub(crate) fn network(mut self) -> Self {
        self.network = true;
        let servers = Path::new("/etc/resolv.conf");
        match fs::canonicalize(servers) {
            Ok(file) => self.bind(&file, servers, false),
            Err(_) => self,
        }
    }

    /// Runs it to its end; standard output is dropped, standard error goes into the error.
    pub(crate) fn run(self) -> Result<(), ToolError> {
        self.output().map(drop)
    }

    /// Runs it to its end; returns standard output, standard error goes into the error.
    pub(crate) fn output(self) -> Result<Vec<u8>, ToolError> {
        let shown = self.shown();
        let mut child = self.spawn(Stdio::piped(), Stdio::piped(), Stdio::piped())?;
        let (input, stdin) = (self.stdin, child.stdin.take());
        // Not joined: a program that reads no input may end first, and then the thread's error is of no interest.
        std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let output = child.wait_with_output().map_err(|source| ToolError::Start { program: shown.clone(), source })?;
        succeeded(shown, output.status, &output.stderr)?;
        Ok(output.stdout)
    }

    /// Runs it to its end, with each line of its standard output and standard error given to `line` as it comes.
    /// The error carries the last lines of both.
    pub(crate) fn lines(self, mut line: impl FnMut(&str)) -> Result<(), ToolError> {
        let shown = self.shown();
        let start = |source| ToolError::Start { program: shown.clone(), source };
        let (reader, writer) = std::io::pipe().map_err(start)?;
        let second = writer.try_clone().map_err(start)?;
        let mut child = self.spawn(Stdio::null(), writer.into(), second.into())?;
        let mut last = VecDeque::new();
        for text in BufReader::new(reader).split(b'\n') {
            let text = String::from_utf8_lossy(&text.map_err(start)?).into_owned();
            line(&text);
            last.push_back(text);
            if last.len() > 40 {
                last.pop_front();
            }
        }
        let status = child.wait().map_err(start)?;
        succeeded(shown, status, Vec::from(last).join("\n").as_bytes())
    }

    /// Runs it to its end with the builder's own terminal; returns its exit code.
    pub(crate) fn interactive(self) -> Result<u8, ToolError> {
        let shown = self.shown();
        let mut child = self.start(&mut self.sandbox()?, Stdio::inherit(), Stdio::inherit(), Stdio::inherit())?;
        let status = child.wait().map_err(|source| ToolError::Start { program: shown, source })?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    /// Starts it in a process group of its own: a terminal's Ctrl-C is for the builder, with which its programs end.
    fn spawn(&self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Result<Child, ToolError> {
        self.start(self.sandbox()?.process_group(0), stdin, stdout, stderr)
    }

    fn start(
        &self,
        sandbox: &mut process::Command,
        stdin: Stdio,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<Child, ToolError> {
        let start = |source| ToolError::Start { program: self.shown(), source };
        sandbox.stdin(stdin).stdout(stdout).stderr(stderr).spawn().map_err(start)
    }

    fn sandbox(&self) -> Result<process::Command, ToolError> {
        let start = |source| ToolError::Start { program: self.shown(), source };
        let text = |value: &OsStr| {
            value.to_str().map(str::to_owned).ok_or_else(|| start(std::io::ErrorKind::InvalidFilename.into()))
        };
        let defaults =
            [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/tmp"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")];
        let mut env: Vec<(String, String)> = defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        for (name, value) in &self.env {
            env.push((text(name)?, text(value)?));
        }
        let mut argv = vec![text(&self.program)?];
        for arg in &self.args {
            argv.push(text(arg)?);
        }
        let spec = Spec {
            tree: self.tools.clone(),
            mount_point: mount_point().map_err(start)?,
            writable: self.writable,
            binds: self.binds.clone(),
            kvm: self.kvm,
            network: self.network,
            directory: self.directory.clone(),
            env,
            argv,
        };
        let spec = serde_json::to_string(&spec).map_err(|error| start(error.into()))?;
        let mut command = process::Command::new("/proc/self/exe");
        command.args([sandbox::child::SANDBOX, &spec]);
        Ok(command)
    }

    fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.args);
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }
}

/// An empty folder that a sandbox mounts its root on; in its own namespace, so one serves all.
fn mount_point() -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("ilanga-root-{}", nix::unistd::getuid()));
    match fs::create_dir(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(path),
    }
}

fn succeeded(command: String, status: ExitStatus, stderr: &[u8]) -> Result<(), ToolError> {
    if status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(stderr).trim().to_owned();
    Err(ToolError::Failed { command, status: sandbox::child::describe(status), stderr })
}

/// A program of the host: only Rust's own cargo, which fetches the crates that the tools tree compiles.
pub(crate) fn host_cargo(args: &[&OsStr], directory: &Path) -> Result<Vec<u8>, ToolError> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let shown = format!("cargo {}", args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" "));
    let output = process::Command::new(program)
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ToolError::Start { program: shown.clone(), source })?;
    succeeded(shown, output.status, &output.stderr)?;
    Ok(output.stdout)
}
