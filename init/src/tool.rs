//! The one module of this crate that starts programs: those of the verified root, once it is the root.
//!
//! A program runs without any capability and can gain none, sees no environment and no input, and what it says goes to
//! the kernel's log. It may take as long as it needs: a large disk's check does. A hang is the watchdog's.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};

use nix::errno::Errno;
use nix::libc;

use crate::error::{Context as _, IoError};
use crate::log::{self, Level};

/// Runs a program to its end and returns how it ended.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<ExitStatus, IoError> {
    let (output, input) = std::io::pipe().context("making a pipe for", program)?;
    let errors = input.try_clone().context("making a pipe for", program)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin")
        .env("BLKID_FILE", "/dev/null")
        .current_dir("/");
    command.stdin(Stdio::null()).stdout(input).stderr(errors);
    // SAFETY: the closure only makes system calls, and allocates nothing.
    unsafe { command.pre_exec(|| give_up_privileges().map_err(Into::into)) };
    let mut child = command.spawn().context("starting", program)?;
    // Else this process would itself keep the pipe open.
    drop(command);
    let name = program.rsplit('/').next().unwrap_or(program);
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { break };
        log::say(Level::Info, &format!("{name}: {line}"));
    }
    child.wait().context("waiting for", program)
}

/// What root may do beyond its own files goes: all capabilities leave the bounding set, and so the program's sets.
fn give_up_privileges() -> nix::Result<()> {
    nix::sys::prctl::set_no_new_privs()?;
    for capability in 0.. {
        // SAFETY: the request has one number as its argument.
        match Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }) {
            Ok(_) => {}
            // The last one is behind us.
            Err(Errno::EINVAL) if capability > 0 => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
