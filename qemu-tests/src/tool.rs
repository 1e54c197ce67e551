//! The one module that starts programs.
//!
//! [`run`] and [`verdict`] wait for a program's end; [`Process`] lives beside the story. A program's standard input is
//! empty, unless it is given something, or a person's terminal is handed on. It is killed when its [`Process`] is dropped, and when the thread
//! that started it dies: no story leaves a QEMU behind, not even one that is killed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::prctl;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::error::{Doing, Error};

/// What a program that ended had to say.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether it ended with 0.
    pub good: bool,
    /// How it ended.
    pub status: String,
    /// Standard output, then standard error.
    pub said: String,
}

/// Runs a program to its end; standard output is returned, standard error goes into the error.
pub fn run(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Vec<u8>, Error> {
    let args = collect(args);
    let output = command(program, &args).output().map_err(|source| Error::Start { program: program.into(), source })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).join("\n");
    Err(Error::Failed { command: line(program, &args), status: describe(output.status), said: said.trim().to_owned() })
}

/// Runs a program to its end and returns how it judged; only not starting is an error.
pub fn verdict(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Verdict, Error> {
    let args = collect(args);
    let output = command(program, &args).output().map_err(|source| Error::Start { program: program.into(), source })?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok(Verdict { good: output.status.success(), status: describe(output.status), said })
}

/// The same, with `input` at its standard input, which is short: it is written before anything is read.
pub fn verdict_on(
    program: &str,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    input: &[u8],
) -> Result<Verdict, Error> {
    let mut command = command(program, &collect(args));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| Error::Start { program: program.into(), source })?;
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(input)
        && error.kind() != ErrorKind::BrokenPipe
    {
        return Err(Error::Start { program: program.into(), source: error });
    }
    let output = child.wait_with_output().map_err(|source| Error::Start { program: program.into(), source })?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok(Verdict { good: output.status.success(), status: describe(output.status), said })
}

/// Runs a program to its end in the person's terminal; returns its exit code.
pub fn in_terminal(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<u8, Error> {
    let mut command = command(program, &collect(args));
    command.stdin(Stdio::inherit());
    let mut process = Process::spawn(program, command)?;
    let status = process.child.wait().doing(|| format!("waiting for {program}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// A program that runs beside the story.
#[derive(Debug)]
pub struct Process {
    child: Child,
    program: String,
}

impl Process {
    /// Starts a program. Its standard output and error go into the file `log`.
    pub fn start(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>, log: &Path) -> Result<Self, Error> {
        let file = File::create(log).at("creating", log)?;
        let copy = file.try_clone().at("opening", log)?;
        let mut command = command(program, &collect(args));
        command.stdout(file).stderr(copy).process_group(0);
        Self::spawn(program, command)
    }

    fn spawn(program: &str, mut command: Command) -> Result<Self, Error> {
        // SAFETY: prctl(PR_SET_PDEATHSIG) is a bare system call: async-signal-safe, and allocates nothing.
        unsafe {
            command.pre_exec(|| prctl::set_pdeathsig(Signal::SIGKILL).map_err(Into::into));
        }
        let child = command.spawn().map_err(|source| Error::Start { program: program.into(), source })?;
        Ok(Self { child, program: program.to_owned() })
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Result<Option<String>, Error> {
        let status = self.child.try_wait().doing(|| format!("waiting for {}", self.program))?;
        Ok(status.map(describe))
    }

    /// Kills it and everything that it started, at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id())
            && matches!(self.child.try_wait(), Ok(None))
        {
            // It may have ended in between; then there is nothing to kill.
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn collect(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<OsString> {
    args.into_iter().map(|arg| arg.as_ref().to_owned()).collect()
}

fn command(program: &str, args: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    command
}

fn line(program: &str, args: &[OsString]) -> String {
    args.iter().fold(program.to_owned(), |line, arg| format!("{line} {}", arg.to_string_lossy()))
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
