//! dpkg's database for packages that the builder unpacked: what `dpkg --unpack` would have left, so that
//! `dpkg --configure` goes on from there.
//!
//! ```text
//! var/lib/dpkg/status               a stanza a package, "install ok unpacked"
//! var/lib/dpkg/info/format          1
//! var/lib/dpkg/info/NAME.list       its files; NAME:ARCH for packages that are "Multi-Arch: same"
//! var/lib/dpkg/info/NAME.*          its scripts and other control members
//! ```
//!
//! See dpkg's `doc/` and deb-control(5). Configuration files are at their final place already; dpkg looks for
//! `*.dpkg-new` when it configures a package, finds none, and leaves them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// An unpacked package as its control members describe it.
#[derive(Clone, Debug)]
pub(crate) struct Unpacked {
    /// Its name.
    pub(crate) name: String,
    /// Its architecture, or `all`.
    pub(crate) architecture: String,
    /// Whether its files in `info` carry the architecture.
    pub(crate) multi_arch_same: bool,
    /// The control file's text.
    pub(crate) control: String,
    /// The other control members, by name.
    pub(crate) members: BTreeMap<String, Vec<u8>>,
    /// Its files and folders, absolute, in the package's order.
    pub(crate) files: Vec<String>,
}

impl Unpacked {
    /// The name of its files in `info`.
    pub(crate) fn info_name(&self) -> String {
        if self.multi_arch_same { format!("{}:{}", self.name, self.architecture) } else { self.name.clone() }
    }

    /// Its stanza in the status file.
    fn status(&self) -> String {
        let mut stanza = String::new();
        for line in self.control.lines().filter(|line| !line.is_empty()) {
            let _ = writeln!(stanza, "{line}");
            if line.starts_with("Package:") {
                stanza.push_str("Status: install ok unpacked\n");
            }
        }
        if let Some(conffiles) = self.members.get("conffiles") {
            let conffiles = String::from_utf8_lossy(conffiles);
            let mut names = conffiles.lines().filter(|line| line.starts_with('/')).peekable();
            if names.peek().is_some() {
                stanza.push_str("Conffiles:\n");
            }
            for name in names {
                let _ = writeln!(stanza, " {name} newconffile");
            }
        }
        stanza.push('\n');
        stanza
    }
}

/// Writes the database of `packages` into the tree.
pub(crate) fn write(tree: &Path, packages: &[Unpacked]) -> Result<()> {
    let folder = tree.join("var/lib/dpkg");
    let info = folder.join("info");
    let put = |path: &Path, bytes: &[u8]| fs::write(path, bytes).with_context(|| format!("writing {}", path.display()));
    for path in [&info, &folder.join("updates"), &folder.join("triggers"), &folder.join("alternatives")] {
        fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
    }
    put(&info.join("format"), b"1\n")?;
    put(&folder.join("available"), b"")?;
    put(&folder.join("arch"), b"amd64\n")?;
    let mut status = String::new();
    for package in packages {
        status.push_str(&package.status());
        let name = package.info_name();
        let mut list = package.files.join("\n");
        list.push('\n');
        put(&info.join(format!("{name}.list")), list.as_bytes())?;
        for (member, bytes) in &package.members {
            let path = info.join(format!("{name}.{member}"));
            put(&path, bytes)?;
            if matches!(member.as_str(), "preinst" | "postinst" | "prerm" | "postrm" | "config") {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .with_context(|| format!("making {} executable", path.display()))?;
            }
        }
    }
    put(&folder.join("status"), status.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_names_configuration_files() {
        let package = Unpacked {
            name: "chrony".into(),
            architecture: "amd64".into(),
            multi_arch_same: false,
            control: "Package: chrony\nVersion: 4\nDescription: time\n more\n".into(),
            members: BTreeMap::from([("conffiles".to_owned(), b"/etc/a\nremove-on-upgrade /etc/b\n".to_vec())]),
            files: vec!["/.".into()],
        };
        assert_eq!(
            package.status(),
            "Package: chrony\nStatus: install ok unpacked\nVersion: 4\nDescription: time\n more\n\
             Conffiles:\n /etc/a newconffile\n\n"
        );
        assert_eq!(Unpacked { multi_arch_same: true, ..package }.info_name(), "chrony:amd64");
    }
}
