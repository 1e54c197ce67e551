//! Compiles programs of this workspace in the tools tree, with Debian's Rust and against the node's own libc.
//!
//! The sources of crates are fetched by the host's cargo, which is there as it compiled the builder; everything after
//! that happens without a network. Inside, the workspace is always at `/src`, so the same sources give the same bits.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use crate::build::inputs::Inputs;
use crate::cache::Cache;
use crate::kept_target::KeptTarget;
use crate::tool::{self, Command};

/// What cargo compiles for.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// How: `Cargo.toml` says.
const PROFILE: &str = "node";

/// The workspace's packages that they are made of.
const PACKAGES: [&str; 5] = ["ilanga-firstboot", "ilanga-formats", "ilanga-init", "ilanga-power", "ilanga-updater"];

/// Programs that must run without the node's libraries: in the initramfs, or when little works.
const STATIC: [&str; 5] =
    ["ilanga-init", "ilanga-render-settings", "ilanga-boot-state", "ilanga-rescue", "ilanga-keys"];

/// Files of programs that use the node's libraries, and where the node has them.
const DYNAMIC: [(&str, &str); 4] = [
    ("firstboot-programs", "/usr/lib/ilanga/firstboot-programs"),
    ("ilanga-power", "/usr/bin/ilanga-power"),
    ("ilanga-powerd", "/usr/lib/ilanga/ilanga-powerd"),
    ("updater-programs", "/usr/lib/ilanga/updater-programs"),
];

/// Programs that are links to one of those, which knows them by their names.
pub(crate) const LINKS: [(&str, &str); 18] = [
    ("/usr/lib/ilanga/ilanga-data", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-disks", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/bin/ilanga-mesh", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/bin/ilanga-neighbours", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-network", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-order", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-page", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-portal", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-reset", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-screen", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-setup", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-status", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-steward", "/usr/lib/ilanga/firstboot-programs"),
    ("/usr/lib/ilanga/ilanga-fetch", "/usr/lib/ilanga/updater-programs"),
    ("/usr/lib/ilanga/ilanga-health", "/usr/lib/ilanga/updater-programs"),
    ("/usr/lib/ilanga/ilanga-stick", "/usr/lib/ilanga/updater-programs"),
    ("/usr/bin/ilanga-update", "/usr/lib/ilanga/updater-programs"),
    ("/usr/lib/ilanga/ilanga-updater", "/usr/lib/ilanga/updater-programs"),
];

/// Where the tools tree sees the workspace.
pub(crate) const SOURCE: &str = "/src";

/// The programs of the node, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// PID 1 of the initramfs, linked statically.
    pub(crate) init: PathBuf,
    /// The program that renders settings.
    pub(crate) render_settings: PathBuf,
    /// The program that knows which release starts: RAUC's boot loader backend.
    pub(crate) boot_state: PathBuf,
    /// The program that repairs a computer from a stick.
    pub(crate) rescue: PathBuf,
    /// The program that follows a maker's change of keys.
    pub(crate) keys: PathBuf,
    /// The others, and where the node has them.
    pub(crate) others: Vec<(PathBuf, PathBuf)>,
    /// The digest of all that they are made from.
    pub(crate) id: Digest,
}

/// Compiles the node's programs, or finds them compiled.
pub(crate) fn compile(cache: &Cache, workspace: &Path, tools: &Path, tools_id: Digest) -> Result<Programs> {
    let sources = sources(workspace)?;
    let id = Digest::of_parts([b"programs 8" as &[u8], sources.as_bytes(), tools_id.as_bytes()]);
    let (folder, _) = cache.entry("programs", id, |folder| {
        let crates = fetch_crates(cache, workspace)?;
        let kept = KeptTarget::take(cache, tools_id)?;
        let course = |name: &str, flags: &str, arguments: &[&str]| -> Result<PathBuf> {
            let target = kept.path().join(name);
            fs::create_dir_all(&target).with_context(|| format!("making {}", target.display()))?;
            let cargo = |command: &str| {
                in_workspace(tools, "cargo", workspace, &crates, &target)
                    .env("CARGO_INCREMENTAL", "0")
                    .env("RUSTFLAGS", flags)
                    .args([command, "--profile", PROFILE, "--locked", "--offline", "--target", TARGET])
            };
            let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
            cargo("clean").arg("--quiet").args(packages).run().context("removing what was compiled of a checkout")?;
            cargo("build").args(arguments).run().with_context(|| format!("compiling the node's {name} programs"))?;
            Ok(target.join(TARGET).join(PROFILE))
        };
        let keep = |built: &Path, name: &str| {
            let built = built.join(name);
            fs::copy(&built, folder.join(name)).with_context(|| format!("keeping {}", built.display()))
        };
        let bins = ["--package", "ilanga-init", "--package", "ilanga-updater", "--no-default-features", "--bins"];
        let built = course("static", "-C target-feature=+crt-static -C relocation-model=static", &bins)?;
        for name in STATIC {
            keep(&built, name)?;
        }
        let features = "ilanga-power/daemon,ilanga-updater/bus,ilanga-updater/net,ilanga-updater/sticks";
        let packages = ["--package", "ilanga-firstboot", "--package", "ilanga-power", "--package", "ilanga-updater"];
        let mut dynamic = [&packages[..], &["--no-default-features", "--features", features]].concat();
        DYNAMIC.iter().for_each(|(name, _)| dynamic.extend(["--bin", name]));
        let built = course("dynamic", "", &dynamic)?;
        for (name, _) in DYNAMIC {
            keep(&built, name)?;
        }
        Ok(())
    })?;
    let program = |name: &str| folder.join(name);
    Ok(Programs {
        init: program("ilanga-init"),
        render_settings: program("ilanga-render-settings"),
        boot_state: program("ilanga-boot-state"),
        rescue: program("ilanga-rescue"),
        keys: program("ilanga-keys"),
        others: DYNAMIC.iter().map(|(name, path)| (program(name), PathBuf::from(path))).collect(),
        id,
    })
}

/// A program of the tools tree, with the workspace at [`SOURCE`], the crates that were fetched, and `target` for what
/// cargo makes.
pub(crate) fn in_workspace(
    tools: &Path,
    program: impl AsRef<OsStr>,
    workspace: &Path,
    crates: &Path,
    target: &Path,
) -> Command {
    Command::new(tools, program)
        .bind(workspace, Path::new(SOURCE), false)
        .bind(crates, Path::new("/crates"), false)
        .bind(&crates.join("config.toml"), Path::new("/tmp/.cargo/config.toml"), false)
        .bind(target, Path::new("/target"), true)
        .env("CARGO_HOME", "/tmp/.cargo")
        .env("CARGO_TARGET_DIR", "/target")
        // Debian's libzstd, which nodes have too.
        .env("ZSTD_SYS_USE_PKG_CONFIG", "1")
        .directory(Path::new(SOURCE))
}

/// Fetches the sources of all crates of `Cargo.lock`, or finds them fetched: a folder that cargo takes them from.
pub(crate) fn fetch_crates(cache: &Cache, workspace: &Path) -> Result<PathBuf> {
    let lock = fs::read(workspace.join("Cargo.lock")).context("reading Cargo.lock")?;
    let id = Digest::of_parts([b"crates 1" as &[u8], &lock]);
    let (folder, _) = cache.entry("crates", id, |folder| {
        let vendor = folder.join("vendor");
        let args: [&OsStr; 6] = [
            "vendor".as_ref(),
            "--locked".as_ref(),
            "--versioned-dirs".as_ref(),
            "--quiet".as_ref(),
            "--no-delete".as_ref(),
            vendor.as_ref(),
        ];
        tool::host_cargo(&args, workspace).context("fetching the crates that the node's programs use")?;
        let config =
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"/crates/vendor\"\n";
        fs::write(folder.join("config.toml"), config).context("telling cargo where the crates are")
    })?;
    Ok(folder)
}

/// The digest of the sources of the node's programs.
pub(crate) fn sources(workspace: &Path) -> Result<Digest> {
    let mut inputs = Inputs::default();
    for name in ["Cargo.toml", "Cargo.lock", "firstboot", "formats", "init", "power", "updater"] {
        inputs.files(name, &workspace.join(name))?;
    }
    Ok(inputs.digest())
}
