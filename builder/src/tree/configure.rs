//! Lets the packages' own scripts configure a tree that was unpacked by the builder.
//!
//! Scripts run inside the tree, with the tree's own dpkg, no network, no terminal, and no way to start a service.
//! `preinst` scripts run first, all of them, in apt's order; a package whose `preinst` diverts files must be unpacked
//! by dpkg itself, after its diversion, and is refused here.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::database::Unpacked;
use crate::tool::Command;

/// Programs that would only do what the image has its own way for, or that need a running system: replaced by `true`
/// while the packages are configured. kmod is depmod, too: the builder lists the modules that an image keeps.
const NOT_NOW: [&str; 7] = [
    "usr/bin/kmod",
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
pub(crate) fn configure(tree: &Path, packages: &[Unpacked], date: u64, line: &mut dyn FnMut(&str)) -> Result<()> {
    let diverting = diverting(packages);
    if !diverting.is_empty() {
        bail!("{}: the preinst script diverts files, which the builder can't do yet", diverting.join(", "));
    }
    let command = |program| command(tree, program).env("SOURCE_DATE_EPOCH", date.to_string());
    let policy = tree.join("usr/sbin/policy-rc.d");
    fs::write(&policy, "#!/bin/sh\nexit 101\n").context("forbidding services to start")?;
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o755)).context("forbidding services to start")?;
    prepare(tree)?;

    let script = tree.join("var/lib/dpkg/preinst.sh");
    fs::write(&script, preinst_script(packages)).context("writing the order of preinst scripts")?;
    command("/bin/sh").arg("/var/lib/dpkg/preinst.sh").lines(&mut *line).context("running preinst scripts")?;
    fs::remove_file(&script).context("removing the order of preinst scripts")?;

    command("dpkg")
        .args(["--force-depends", "--configure", "base-passwd", "base-files"])
        .lines(&mut *line)
        .context("configuring the base packages")?;
    command("dpkg").args(["--configure", "-a"]).lines(&mut *line).context("configuring packages")?;
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

/// The packages whose `preinst` moves files of others out of their way: the files must not be there yet. A diversion
/// that renames nothing (as all of those for the merged `/usr` are) may be recorded after its files were unpacked.
fn diverting(packages: &[Unpacked]) -> Vec<&str> {
    let diverts = |bytes: &Vec<u8>| {
        let script = String::from_utf8_lossy(bytes);
        script.contains("dpkg-divert") && script.split_whitespace().any(|word| word == "--rename")
    };
    packages
        .iter()
        .filter(|package| package.members.get("preinst").is_some_and(diverts))
        .map(|package| package.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn package(preinst: &str) -> Unpacked {
        Unpacked {
            name: "p".into(),
            architecture: "all".into(),
            multi_arch_same: false,
            control: String::new(),
            members: BTreeMap::from([("preinst".to_owned(), preinst.as_bytes().to_vec())]),
            files: Vec::new(),
        }
    }

    #[test]
    fn tells_diversions_that_rename() {
        assert!(diverting(&[package("dpkg-divert --no-rename --add /bin/zcat")]).is_empty());
        assert!(diverting(&[package("echo --rename")]).is_empty());
        assert_eq!(diverting(&[package("dpkg-divert --add \\\n --rename /bin/sh")]), ["p"]);
    }

    #[test]
    fn preinst_scripts_run_as_dpkg_runs_them() {
        let script = preinst_script(&[package("x")]);
        assert!(script.contains("DPKG_MAINTSCRIPT_PACKAGE=p "), "{script}");
        assert!(script.ends_with("/var/lib/dpkg/info/p.preinst install\n"), "{script}");
    }
}
