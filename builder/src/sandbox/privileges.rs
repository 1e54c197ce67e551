//! How the builder becomes able to make trees with owners, and mounts: root stays root, everybody else becomes root of
//! a user namespace with the subordinate ids of `/etc/subuid` and `/etc/subgid`.
//!
//! A process can't map more than its own id, so `newuidmap` and `newgidmap` (Debian's uidmap) do, started by a copy of
//! the builder that stays outside of the new namespace.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, User, getegid, geteuid, setgid, setgroups, setuid};
use thiserror::Error;

/// The first argument of the copy of the builder that maps ids.
pub(crate) const MAP_IDS: &str = "__map-ids";

/// How many ids a Debian tree may use.
const IDS: u32 = 65536;

/// The builder can't get the rights that it needs.
#[derive(Debug, Error)]
pub(crate) enum PrivilegeError {
    /// The system does not let an ordinary user make user namespaces.
    #[error(
        "this system does not let {user} make user namespaces: {hint}. \
         As root: sysctl {setting}; or run the builder as root"
    )]
    Forbidden {
        /// Who asks.
        user: String,
        /// Which setting stands in the way.
        hint: &'static str,
        /// The setting that allows it.
        setting: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// No subordinate ids.
    #[error(
        "{file} gives {user} no {IDS} subordinate ids. As root: usermod --add-subuids 100000-165535 \
         --add-subgids 100000-165535 {user}"
    )]
    NoSubordinateIds {
        /// `/etc/subuid` or `/etc/subgid`.
        file: &'static str,
        /// Who asks.
        user: String,
    },
    /// newuidmap or newgidmap is not there, or refused.
    #[error("{0}")]
    Mapping(String),
    /// A system call failed.
    #[error("{operation}")]
    System {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

fn system(operation: &'static str) -> impl FnOnce(nix::Error) -> PrivilegeError {
    move |source| PrivilegeError::System { operation, source: source.into() }
}

/// Makes this process root of its own mount namespace. Must be called before any thread is started.
pub(crate) fn acquire() -> Result<(), PrivilegeError> {
    if !geteuid().is_root() {
        enter_user_namespace()?;
    }
    unshare(CloneFlags::CLONE_NEWNS).map_err(system("making a mount namespace"))?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)
        .map_err(system("making mounts private"))
}

fn enter_user_namespace() -> Result<(), PrivilegeError> {
    let (uid, gid) = (geteuid(), getegid());
    let user = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    let uids = subordinate("/etc/subuid", &user, uid.as_raw())?;
    let gids = subordinate("/etc/subgid", &user, uid.as_raw())?;

    let io = |operation| move |source| PrivilegeError::System { operation, source };
    let mut outside = Command::new("/proc/self/exe")
        .arg(MAP_IDS)
        .args([std::process::id(), uid.as_raw(), uids, gid.as_raw(), gids].map(|number| number.to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(io("starting the copy that maps ids"))?;
    unshare(CloneFlags::CLONE_NEWUSER).map_err(|error| forbidden(user, error))?;
    if let Some(mut go) = outside.stdin.take() {
        go.write_all(b"go").map_err(io("asking for ids"))?;
    }
    let mut refusal = String::new();
    if let Some(mut answer) = outside.stdout.take() {
        answer.read_to_string(&mut refusal).map_err(io("waiting for ids"))?;
    }
    let status = outside.wait().map_err(io("waiting for ids"))?;
    if !status.success() {
        return Err(PrivilegeError::Mapping(refusal));
    }
    setgroups(&[]).map_err(system("dropping groups"))?;
    setgid(Gid::from_raw(0)).map_err(system("becoming group 0"))?;
    setuid(Uid::from_raw(0)).map_err(system("becoming user 0"))
}

/// The copy of the builder outside of the namespace: waits until the namespace is there, maps ids, says what went wrong.
/// Arguments: pid, uid, first subordinate uid, gid, first subordinate gid. Returns the exit code.
pub(crate) fn map_ids(arguments: &[String]) -> u8 {
    let [pid, uid, uids, gid, gids] = arguments else { return 2 };
    let mut go = [0; 2];
    if io::stdin().read_exact(&mut go).is_err() {
        return 1;
    }
    let count = (IDS - 1).to_string();
    for (program, own, first) in [("newuidmap", uid, uids), ("newgidmap", gid, gids)] {
        let refusal = match Command::new(program)
            .args([pid, "0", own, "1", "1", first, &count])
            .stdin(Stdio::null())
            .output()
        {
            Ok(output) if output.status.success() => continue,
            Ok(output) => format!("{program} refused: {}", String::from_utf8_lossy(&output.stderr).trim()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                format!(
                    "{program} is not installed: install your system's package uidmap (Fedora: shadow-utils), or run the builder as root"
                )
            }
            Err(error) => format!("starting {program}: {error}"),
        };
        print!("{refusal}");
        return 1;
    }
    0
}

/// The first of [`IDS`] subordinate ids that `file` gives to a user.
fn subordinate(file: &'static str, user: &str, uid: u32) -> Result<u32, PrivilegeError> {
    let text = fs::read_to_string(file).unwrap_or_default();
    first_range(&text, user, uid).ok_or(PrivilegeError::NoSubordinateIds { file, user: user.to_owned() })
}

/// Finds a user's first range that is long enough in the text of `/etc/subuid`: `name or id:first:count`, a line each.
fn first_range(text: &str, user: &str, uid: u32) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let (name, first, count) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?.parse::<u32>().ok()?);
        let own = name == user || name.parse() == Ok(uid);
        (own && count >= IDS - 1).then_some(first)
    })
}

fn forbidden(user: String, error: nix::Error) -> PrivilegeError {
    let is = |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    let (hint, setting) = if is("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        ("kernel.unprivileged_userns_clone is 0", "kernel.unprivileged_userns_clone=1")
    } else if is("/proc/sys/user/max_user_namespaces", "0") {
        ("user.max_user_namespaces is 0", "user.max_user_namespaces=15000")
    } else if is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        ("AppArmor restricts them", "kernel.apparmor_restrict_unprivileged_userns=0")
    } else {
        ("the kernel refused, perhaps by a container's rules", "user.max_user_namespaces=15000")
    };
    PrivilegeError::Forbidden { user, hint, setting, source: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_range_of_a_user() {
        let text = "root:1:65536\nthandi:100000:1000\nthandi:200000:65536\n1001:300000:65536\nbad line\n";
        assert_eq!(first_range(text, "thandi", 1000), Some(200_000));
        assert_eq!(first_range(text, "sipho", 1001), Some(300_000));
        assert_eq!(first_range(text, "nobody", 7), None);
    }
}
