//! Compiles programs of this workspace in the tools tree, with Debian's Rust and against the node's own libc.
//!
//! The sources of crates are fetched by the host's cargo, which is there as it compiled the builder; everything after
//! that happens without a network. Inside, the workspace is always at `/src`, so the same sources give the same bits.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use crate::cache::Cache;
use crate::tool::{self, Command};

/// Where the tools tree sees the workspace.
pub(crate) const SOURCE: &str = "/src";

/// The programs of the node, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// PID 1 of the initramfs, linked statically.
    pub(crate) init: PathBuf,
    /// The program that renders settings.
    pub(crate) render_settings: PathBuf,
    /// The digest of all that they are made from.
    pub(crate) id: Digest,
}

/// Compiles the node's programs, or finds them compiled.
pub(crate) fn compile(cache: &Cache, workspace: &Path, tools: &Path, tools_id: Digest) -> Result<Programs> {
    let sources = digest_of(workspace, &["Cargo.toml", "Cargo.lock", "formats", "init"])?;
    let id = Digest::of_parts([b"programs 1" as &[u8], sources.as_bytes(), tools_id.as_bytes()]);
    let (folder, _) = cache.entry("programs", id, |folder| {
        let crates = fetch_crates(cache, workspace)?;
        let target = folder.join("target");
        fs::create_dir(&target).context("making the folder for compiled programs")?;
        cargo(tools, workspace, &crates, &target)
            .args(["build", "--release", "--locked", "--offline", "--package", "ilanga-init"])
            .args(["--target", "x86_64-unknown-linux-gnu"])
            .env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static")
            .run()
            .context("compiling the node's programs")?;
        for name in ["ilanga-init", "ilanga-render-settings"] {
            let built = target.join("x86_64-unknown-linux-gnu/release").join(name);
            fs::copy(&built, folder.join(name)).with_context(|| format!("keeping {}", built.display()))?;
        }
        fs::remove_dir_all(&target).context("removing what the compiler left")
    })?;
    Ok(Programs { init: folder.join("ilanga-init"), render_settings: folder.join("ilanga-render-settings"), id })
}

/// cargo in the tools tree, with the workspace at [`SOURCE`], the crates that were fetched, and `target` to write to.
pub(crate) fn cargo(tools: &Path, workspace: &Path, crates: &Path, target: &Path) -> Command {
    Command::new(tools, "cargo")
        .bind(workspace, Path::new(SOURCE), false)
        .bind(crates, Path::new("/crates"), false)
        .bind(&crates.join("config.toml"), Path::new("/tmp/.cargo/config.toml"), false)
        .bind(target, Path::new("/target"), true)
        .env("CARGO_HOME", "/tmp/.cargo")
        .env("CARGO_TARGET_DIR", "/target")
        .env("CARGO_INCREMENTAL", "0")
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

/// The digest of files and folders below `workspace`: names, contents, and nothing else.
pub(crate) fn digest_of(workspace: &Path, paths: &[&str]) -> Result<Digest> {
    let mut files = Vec::new();
    for path in paths {
        list(&workspace.join(path), &mut files).with_context(|| format!("listing {path} of the workspace"))?;
    }
    files.sort();
    let mut parts = Vec::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.strip_prefix(workspace).unwrap_or(&file).to_string_lossy().into_owned();
        parts.push(format!("{name}\n{}\n", Digest::of(content)));
    }
    Ok(Digest::of(parts.concat()))
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        list(&entry?.path(), files)?;
    }
    Ok(())
}
