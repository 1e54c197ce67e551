//! The sandbox's own processes: `ilanga __sandbox SPEC`, a [`Spec`] as JSON.
//!
//! The first makes the namespaces and waits. The second is PID 1 of the new pid namespace: it mounts what the program
//! sees, starts it, reaps what it leaves, and ends as it ends; the kernel then kills whatever is left. Each dies with
//! its parent.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, Result};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork, sethostname};

use super::{Spec, mounts};

/// The first argument of the builder's own copy that is a sandbox.
pub(crate) const SANDBOX: &str = "__sandbox";

/// The exit code of a sandbox that could not be made; the reason is on standard error.
pub(crate) const NOT_MADE: u8 = 251;

/// Runs the program of `spec`; returns its exit code, or 128 and the signal that ended it.
pub(crate) fn main(spec: &str) -> u8 {
    match enter(spec) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            NOT_MADE
        }
    }
}

fn enter(spec: &str) -> Result<u8> {
    let spec: Spec = serde_json::from_str(spec).context("reading what the sandbox is to be")?;
    set_pdeathsig(Signal::SIGKILL).context("tying the sandbox to the builder")?;
    let mut namespaces =
        CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    namespaces.set(CloneFlags::CLONE_NEWNET, !spec.network);
    unshare(namespaces).context("making namespaces")?;
    // SAFETY: this process has one thread: it was started as a sandbox and has started none.
    match unsafe { fork() }.context("making the sandbox's first process")? {
        ForkResult::Parent { child } => loop {
            match waitpid(child, None) {
                Ok(WaitStatus::Exited(_, code)) => return Ok(u8::try_from(code).unwrap_or(NOT_MADE)),
                Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(128 + signal as u8),
                Ok(_) | Err(nix::Error::EINTR) => {}
                Err(error) => return Err(error).context("waiting for the sandbox's first process"),
            }
        },
        ForkResult::Child => {
            let code = first_process(&spec).unwrap_or_else(|error| {
                eprintln!("{error:#}");
                NOT_MADE
            });
            std::process::exit(code.into());
        }
    }
}

fn first_process(spec: &Spec) -> Result<u8> {
    set_pdeathsig(Signal::SIGKILL).context("tying the sandbox to the builder")?;
    sethostname("ilanga").context("naming the sandbox")?;
    if !spec.network {
        loopback().context("bringing up the loopback network")?;
    }
    mounts::enter(spec)?;
    let [program, arguments @ ..] = spec.argv.as_slice() else { return Ok(NOT_MADE) };
    // The builder blocks SIGINT and SIGTERM for a thread that takes them; the program gets them as anywhere else.
    SigSet::empty().thread_set_mask().context("unblocking signals")?;
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    let child = Pid::from_raw(i32::try_from(child.id()).context("numbering the program")?);
    loop {
        match wait() {
            Ok(WaitStatus::Exited(pid, code)) if pid == child => return Ok(u8::try_from(code).unwrap_or(NOT_MADE)),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == child => return Ok(128 + signal as u8),
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(error) => return Err(error).context("waiting for the program"),
        }
    }
}

/// How a sandbox's exit code reads for people.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) if code > 128 && code < i32::from(NOT_MADE) => match Signal::try_from(code - 128) {
            Ok(signal) => format!("signal {signal}"),
            Err(_) => format!("exit code {code}"),
        },
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no exit code".to_owned(),
    }
}

nix::ioctl_write_ptr_bad!(
    /// Sets the flags of a network interface: netdevice(7).
    set_interface_flags,
    nix::libc::SIOCSIFFLAGS,
    nix::libc::ifreq
);

fn loopback() -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: all zeros is a valid ifreq: a name, and a union of plain data.
    let mut request: nix::libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l'.cast_signed();
    request.ifr_name[1] = b'o'.cast_signed();
    request.ifr_ifru.ifru_flags = nix::libc::IFF_UP as i16;
    // SAFETY: the kernel reads one ifreq, which outlives the call.
    unsafe { set_interface_flags(std::os::fd::AsRawFd::as_raw_fd(&socket), &request) }?;
    Ok(())
}
