//! Lets the packages' own scripts configure a tree that was unpacked by the builder.
//!
//! Scripts run inside the tree, with the tree's own dpkg, no network, no terminal, and no way to start a service.
//! `preinst` scripts run first, all of them, in apt's order; a package whose `preinst` diverts files must be unpacked
//! by dpkg itself, after its diversion, and is refused here.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::database::Unpacked;
use crate::tool::Command;

/// Programs that would only do what the image has its own way for, or that need a running system: replaced by `true`
/// while the packages are configured.
const NOT_NOW: [&str; 6] = [
    "usr/sbin/update-initramfs",
    "usr/sbin/update-grub",
    "usr/sbin/grub-install",
    "usr/bin/bootctl",
    "usr/bin/kernel-install",
    "usr/bin/mandb",
];

/// The environment of maintainer scripts, as Debian's own installer has it.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBCONF_NONINTERACTIVE_SEEN", "true"),
    ("DPKG_MAINTSCRIPT_ARCH", "amd64"),
    ("DPKG_FORCE", "unsafe-io"),
    ("INITRD", "No"),
    ("SYSTEMD_OFFLINE", "1"),
    ("DEB_MAINT_PARAMS", "configure"),
];

/// Runs the scripts of `packages` in the mounted `tree`; `line` gets what they say.
pub(crate) fn configure(tree: &Path, packages: &[Unpacked], mut line: impl FnMut(&str)) -> Result<()> {
    let policy = tree.join("usr/sbin/policy-rc.d");
    fs::write(&policy, "#!/bin/sh\nexit 101\n").context("forbidding services to start")?;
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o755)).context("forbidding services to start")?;
    prepare(tree)?;

    let script = tree.join("var/lib/dpkg/preinst.sh");
    fs::write(&script, preinst_script(packages)).context("writing the order of preinst scripts")?;
    command(tree, "/bin/sh").arg("/var/lib/dpkg/preinst.sh").lines(&mut line).context("running preinst scripts")?;
    fs::remove_file(&script).context("removing the order of preinst scripts")?;

    command(tree, "dpkg")
        .args(["--configure", "base-passwd", "base-files"])
        .arg("--force-depends")
        .lines(&mut line)
        .context("configuring the base packages")?;
    command(tree, "dpkg").args(["--configure", "-a"]).lines(&mut line).context("configuring packages")?;
    fs::remove_file(&policy).context("allowing services to start")
}

/// What a package expects to find though no package brings it.
fn prepare(tree: &Path) -> Result<()> {
    // mawk's alternative is set when mawk is configured; scripts of others use it before.
    let awk = tree.join("usr/bin/awk");
    if !awk.exists() && tree.join("usr/bin/mawk").exists() {
        symlink("mawk", &awk).context("making awk")?;
    }
    for (name, source) in [("passwd", "passwd.master"), ("group", "group.master")] {
        let (file, master) = (tree.join("etc").join(name), tree.join("usr/share/base-passwd").join(source));
        if !file.exists() {
            fs::copy(&master, &file).with_context(|| format!("making {}", file.display()))?;
        }
    }
    Ok(())
}

fn command(tree: &Path, program: &str) -> Command {
    let mut command = Command::in_tree(tree, program);
    for (name, value) in ENVIRONMENT {
        command = command.env(name, value);
    }
    for path in NOT_NOW {
        if tree.join(path).exists() {
            command = command.bind(&tree.join("usr/bin/true"), &Path::new("/").join(path), false);
        }
    }
    command
}

/// One shell script that runs every `preinst`, as dpkg does when it unpacks a package for the first time.
fn preinst_script(packages: &[Unpacked]) -> String {
    let mut script =
        String::from("set -e\nexport DPKG_MAINTSCRIPT_NAME=preinst DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT=\n");
    for package in packages.iter().filter(|package| package.members.contains_key("preinst")) {
        let _ = writeln!(
            script,
            "DPKG_MAINTSCRIPT_PACKAGE={} DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 /var/lib/dpkg/info/{}.preinst install",
            package.name,
            package.info_name()
        );
    }
    script
}

/// The packages whose `preinst` diverts files of others, which only dpkg can unpack after it.
pub(crate) fn diverting(packages: &[Unpacked]) -> Vec<&str> {
    let diverts = |bytes: &Vec<u8>| bytes.windows(11).any(|window| window == b"dpkg-divert");
    packages
        .iter()
        .filter(|package| package.members.get("preinst").is_some_and(diverts))
        .map(|package| package.name.as_str())
        .collect()
}
