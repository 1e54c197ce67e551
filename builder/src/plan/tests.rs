//! Tests of the plan: that of `images/mini-pc` is kept beside this file, and its changes are seen in reviews.

use std::path::{Path, PathBuf};

use formats::digest::Digest;

use super::decide::suites;
use super::*;
use crate::config;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan/mini-pc.json");

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn mini_pc() -> Plan {
    Plan::new(&config::load(&repository().join("images/mini-pc")).unwrap()).unwrap()
}

/// The plan of a small image with these lines in [Content] of its `mkosi.conf`.
fn planned(content: &str) -> Result<Plan, String> {
    let folder = tempfile::tempdir().unwrap();
    let mkosi = format!(
        "[Distribution]\nDistribution=debian\nRelease=trixie\nArchitecture=x86-64\n\
         [Output]\nImageId=test\n[Content]\n{content}"
    );
    std::fs::write(folder.path().join("mkosi.conf"), mkosi).unwrap();
    std::fs::copy(repository().join("images/mini-pc/image.toml"), folder.path().join("image.toml")).unwrap();
    let config = config::load(folder.path()).unwrap();
    Plan::new(&config).map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "test"))
}

#[test]
fn the_mini_pcs_plan_is_the_one_that_was_reviewed() {
    let mut plan = mini_pc();
    for path in plan.tree.overlays.iter_mut().chain(&mut plan.tree.scripts) {
        *path = path.strip_prefix(repository()).map_or_else(|_| path.clone(), PathBuf::from);
    }
    let json = serde_json::to_string_pretty(&plan).unwrap() + "\n";
    if std::env::var_os("ILANGA_MEND").is_some() {
        std::fs::write(GOLDEN, &json).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        json == golden,
        "the plan of images/mini-pc is not that of {GOLDEN}; if it should be, write it anew with\n\
         ILANGA_MEND=1 cargo test -p ilanga the_mini_pcs_plan"
    );
}

#[test]
fn fits_80_columns() {
    let mut plan = mini_pc();
    plan.tree.overlays.clear();
    let shown = plan.to_string();
    let long: Vec<&str> = shown.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn the_same_twice() {
    let json = |plan: &Plan| serde_json::to_string(plan).unwrap();
    assert_eq!(json(&mini_pc()), json(&mini_pc()));
}

#[test]
fn lists_are_sorted_and_have_each_word_once() {
    let plan = planned("Packages=linux-image-amd64 b2 b1\nPackages=b1 apt\n").unwrap();
    let names: Vec<&str> = plan.packages.install.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["apt", "b1", "b2", "linux-image-amd64"]);
    assert_eq!(plan.packages.install[1].place.line, 8, "the first place that asks for it");
    assert!(plan.packages.database, "apt is in the image");
    assert!(!mini_pc().packages.database);
}

#[test]
fn command_line() {
    let plan = planned("Packages=linux-image-amd64\nKernelCommandLine=a=b quiet\n").unwrap();
    let root = Digest::of("root");
    assert_eq!(
        plan.kernel.command_line(root, plan.sizes),
        format!(
            "ilanga.root={root} ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M gpt \
             systemd.import_credentials=no systemd.gpt_auto=0 panic=30 quiet loglevel=4 a=b quiet"
        )
    );
}

#[test]
fn suites_of_a_release() {
    let names = |release: &str| {
        let suites = suites(release, &[]).into_iter();
        suites.map(|suite| format!("{}/{}", suite.archive, suite.name)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("trixie"), "debian/trixie debian/trixie-updates debian-security/trixie-security");
    assert_eq!(names("sid"), "debian/sid");
}

#[test]
fn refusals() {
    let long = format!("Packages=linux-image-amd64\nKernelCommandLine={}\n", "x".repeat(2000));
    for (content, expected) in [
        ("", "test/mkosi.conf asks for no packages: list them in [Content] Packages="),
        ("Packages=systemd\n", "test/mkosi.conf asks for no kernel: add linux-image-amd64 to [Content] Packages="),
        (
            "Packages=linux-image-amd64\nKernelCommandLine=quiet root=/dev/sda\n",
            "test/mkosi.conf:9:25: 'KernelCommandLine' may not have 'root=/dev/sda': init finds the root file system \
             by its root hash",
        ),
        (
            "Packages=linux-image-amd64\nKernelCommandLine=ilanga.slot=1G\n",
            "test/mkosi.conf:9:19: 'KernelCommandLine' may not have 'ilanga.slot=1G': the builder decides it",
        ),
        (
            "Packages=linux-image-amd64\nKernelCommandLine=a -- b\n",
            "test/mkosi.conf:9:21: 'KernelCommandLine' may not have '--': what follows it would go to init",
        ),
        (&long, "test/mkosi.conf:9:19: the kernel command line has 2208 bytes and may have 2047: shorten it"),
    ] {
        assert_eq!(planned(content).map(drop), Err(expected.to_owned()));
    }
}
