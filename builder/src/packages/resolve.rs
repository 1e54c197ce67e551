//! Asks apt of the tools tree which packages an image consists of.
//!
//! apt gets the verified indexes, an empty system, and no network; it simulates the installation, and its answer names
//! the packages in the order in which it would unpack them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::tool::Command;

/// One suite as apt gets it.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    /// Where its archive is on the mirror, such as `debian`.
    pub(crate) archive: &'a str,
    /// Its name, such as `trixie-updates`.
    pub(crate) suite: &'a str,
    /// The signed text of its release file.
    pub(crate) release: &'a str,
    /// Its components and the text of their package indexes.
    pub(crate) components: Vec<(&'a str, &'a str)>,
}

/// A package that apt chose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chosen {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its architecture, or `all`.
    pub(crate) architecture: String,
}

/// What an image asks for.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// The packages by name, as apt takes them.
    pub(crate) packages: &'a [String],
    /// Whether recommended packages are wanted too.
    pub(crate) recommends: bool,
    /// Debian's name of the architecture, such as `amd64`.
    pub(crate) architecture: &'a str,
}

/// Lets apt decide. `scratch` is an empty folder.
pub(crate) fn resolve(
    tools: &Path,
    sources: &[Source<'_>],
    request: &Request<'_>,
    scratch: &Path,
) -> Result<Vec<Chosen>> {
    let lists = scratch.join("lists");
    for folder in
        [&lists.join("partial"), &scratch.join("cache/archives/partial"), &scratch.join("etc/apt/preferences.d")]
    {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let put = |path: &Path, text: &str| fs::write(path, text).with_context(|| format!("writing {}", path.display()));
    let mut list = String::new();
    let mut essential = BTreeSet::new();
    for source in sources {
        let suite = format!("mirror_{}_dists_{}", source.archive, source.suite.replace('/', "_"));
        put(&lists.join(format!("{suite}_Release")), source.release)?;
        for (component, packages) in &source.components {
            list.push_str(&format!(
                "deb [trusted=yes] http://mirror/{} {} {component}\n",
                source.archive, source.suite
            ));
            let name = format!("{suite}_{}_binary-{}_Packages", component.replace('/', "_"), request.architecture);
            put(&lists.join(name), packages)?;
            essential.extend(essential_packages(packages));
        }
    }
    put(&scratch.join("sources.list"), &list)?;
    put(&scratch.join("status"), "")?;
    let options = [
        format!("Dir={}", scratch.display()),
        format!("Dir::State::lists={}", lists.display()),
        format!("Dir::State::status={}", scratch.join("status").display()),
        format!("Dir::Etc::sourcelist={}", scratch.join("sources.list").display()),
        "Dir::Etc::sourceparts=/dev/null".to_owned(),
        format!("Dir::Cache={}", scratch.join("cache").display()),
        format!("APT::Architecture={}", request.architecture),
        format!("APT::Architectures={}", request.architecture),
        format!("APT::Install-Recommends={}", request.recommends),
        "APT::Sandbox::User=root".to_owned(),
        "Acquire::Languages=none".to_owned(),
    ];
    let mut command = Command::new(tools, "apt-get").args(["--simulate", "--quiet=2"]);
    for option in options {
        command = command.arg("-o").arg(option);
    }
    let said = command
        .args(["install", "--"])
        .args(&essential)
        .args(request.packages)
        .write(scratch)
        .output()
        .context("asking apt for the image's packages")?;
    let chosen = parse(&String::from_utf8_lossy(&said), request.architecture)?;
    if chosen.is_empty() {
        bail!("apt chose no packages; its answer was empty");
    }
    Ok(chosen)
}

/// The names of the packages that every Debian system has.
fn essential_packages(index: &str) -> impl Iterator<Item = String> {
    index
        .split("\n\n")
        .filter(|stanza| stanza.contains("\nEssential: yes"))
        .filter_map(|stanza| stanza.lines().find_map(|line| line.strip_prefix("Package: ")).map(str::to_owned))
}

/// Reads apt's simulation: `Inst NAME[:ARCH] (VERSION ORIGIN… [ARCH])`.
fn parse(text: &str, native: &str) -> Result<Vec<Chosen>> {
    let mut chosen = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("Inst ") else { continue };
        let parts = rest.split_once(" (").and_then(|(name, rest)| {
            let version = rest.split(' ').next()?;
            // Behind the bracket apt may name packages that it would leave unconfigured.
            let architecture = rest.split(')').next()?.rsplit_once('[')?.1.strip_suffix(']')?;
            Some((name.split(':').next()?, version, architecture))
        });
        let Some((name, version, architecture)) = parts else {
            bail!("apt's answer has a line that can't be read: {line}")
        };
        if architecture != native && architecture != "all" {
            bail!("apt chose {name} for {architecture}, the image is for {native}");
        }
        chosen.push(Chosen {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: architecture.to_owned(),
        });
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_apts_simulation() {
        let text = "Inst gcc-14-base (14.2.0-19 Debian:13.7/stable [amd64])\n\
                    Inst libc6 (2.41-12 Debian:13.7/stable, Debian-Security:13/stable-security [amd64]) []\n\
                    Conf libc6 (2.41-12 Debian:13.7/stable [amd64])\n\
                    Inst tzdata (2026a-1 Debian:13.7/stable [all])\n";
        let chosen = parse(text, "amd64").unwrap();
        let names: Vec<_> =
            chosen.iter().map(|c| (c.name.as_str(), c.version.as_str(), c.architecture.as_str())).collect();
        assert_eq!(
            names,
            [("gcc-14-base", "14.2.0-19", "amd64"), ("libc6", "2.41-12", "amd64"), ("tzdata", "2026a-1", "all")]
        );
        assert!(parse("Inst broken\n", "amd64").is_err());
        assert!(parse("Inst libc6 (2.41-12 Debian [i386])\n", "amd64").is_err());
    }

    #[test]
    fn finds_what_is_essential() {
        let index = "Package: bash\nEssential: yes\nVersion: 5\n\nPackage: vim\nVersion: 9\n";
        assert_eq!(essential_packages(index).collect::<Vec<_>>(), ["bash"]);
    }
}
