//! Ctrl-C in each stage: a sentence, exit code 130, and nothing half made. What is damaged is repaired.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod bench;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

use bench::{Bench, Said, mirror, names};
use nix::sys::signal::Signal;

/// Stops a build `after` a stage has begun.
fn stop(bench: &Bench, arguments: &[&str], stage: &str, after: u64, signal: Signal) -> Said {
    let mut run = bench.start(arguments);
    run.wait_for(stage);
    thread::sleep(Duration::from_millis(after));
    run.signal(signal);
    let said = run.end();
    let verb = if signal == Signal::SIGINT { "stopped" } else { "ended by SIGTERM" };
    bench.check(&said, 130, &[&format!("{verb} while {stage}: nothing half made was kept")]);
    assert!(!said.err.contains("error: "), "{}", said.err);
    // What the builder has started ends with it; the kernel may need a moment.
    for _ in 0..50 {
        if running(&bench.place("")).is_empty() {
            return said;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("still running: {:?}", running(&bench.place("")));
}

/// The command lines that name this folder.
fn running(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).filter(|line| line.contains(&folder)).collect()
}

/// What is half made in the cache.
fn half_made(cache: &Path) -> Vec<String> {
    let mut half = names(cache);
    half.retain(|name| name.starts_with("build-"));
    for folder in ["tools", "trees", "programs", "stages"] {
        half.extend(names(&cache.join(folder)).into_iter().filter(|name| name.ends_with(".partial")));
    }
    half
}

#[test]
fn in_each_stage_of_a_build() {
    let Some(bench) = Bench::cached() else { return };
    bench.edit("image.toml", "compression = \"zstd\"\nlevel = 3\n", "compression = \"lz4\"\n");
    let place = bench.place("out");
    let output = place.join("mini-pc").display().to_string();
    let build = ["--offline", "build", "mini-pc", "--output", &output];
    for (stage, after, signal) in [
        ("finishing the tree", 300, Signal::SIGINT),
        ("making the root file system", 300, Signal::SIGINT),
        ("making the kernel image", 300, Signal::SIGTERM),
        ("making the slot image", 0, Signal::SIGINT),
        ("making the disk image", 200, Signal::SIGINT),
        ("compressing the disk image", 500, Signal::SIGINT),
        ("writing the manifest", 0, Signal::SIGINT),
    ] {
        stop(&bench, &build, stage, after, signal);
        assert_eq!(names(&place), [""; 0], "{stage}");
        // The next start, even if it fails for another reason, removes what this one left in the cache.
        bench.run(&["--offline", "keys", "new", "."]);
        assert_eq!(half_made(&bench.cache()), [""; 0], "{stage}");
    }
}

#[test]
fn while_something_is_fetched() {
    let Some(bench) = Bench::cached() else { return };
    let (_, sha256, _) = bench.first_tool();
    bench.forget(&format!("packages/{sha256}.deb"));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = format!("http://{}", silent.local_addr().unwrap());
    let arguments = ["--mirror", &mirror, "build", "mini-pc"];
    stop(&bench, &arguments, "fetching the tools tree", 500, Signal::SIGINT);
    assert!(!bench.cache().join(format!("packages/{sha256}.deb")).exists());
}

#[test]
fn while_programs_are_compiled() {
    let Some(bench) = Bench::cached() else { return };
    bench.forget("programs");
    stop(&bench, &["--offline", "build", "mini-pc"], "waiting for the node's programs", 1500, Signal::SIGINT);
    bench.run(&["--offline", "keys", "new", "."]);
    assert_eq!(half_made(&bench.cache()), [""; 0]);
    assert_eq!(names(&bench.cache().join("programs")), [""; 0]);
}

#[test]
fn while_apt_is_asked() {
    let Some(bench) = Bench::cached() else { return };
    let lock = bench.image("packages.lock");
    fs::remove_file(&lock).unwrap();
    stop(&bench, &["--offline", "build", "mini-pc"], "asking apt for the image's packages", 700, Signal::SIGINT);
    assert!(!lock.exists());
}

#[test]
fn while_modules_are_read() {
    let Some(bench) = Bench::cached() else { return };
    bench.forget("stages");
    stop(&bench, &["--offline", "build", "mini-pc"], "reading the kernel's modules", 500, Signal::SIGINT);
    bench.run(&["--offline", "keys", "new", "."]);
    assert_eq!(half_made(&bench.cache()), [""; 0]);
    assert_eq!(names(&bench.cache().join("stages")).iter().filter(|name| !name.ends_with(".lock")).count(), 0);
}

#[test]
fn while_packages_are_installed() {
    let Some(bench) = Bench::cached() else { return };
    bench.forget("trees");
    // Files of another mount can't be linked into the tree, so they are unpacked here, too.
    bench.forget("unpacked");
    stop(&bench, &["--offline", "build", "mini-pc"], "installing packages", 2000, Signal::SIGINT);
    assert!(!half_made(&bench.cache()).is_empty());
    bench.run(&["--offline", "keys", "new", "."]);
    assert_eq!(half_made(&bench.cache()), [""; 0]);
    assert_eq!(names(&bench.cache().join("trees")), [""; 0]);
    let unpacked = names(&bench.cache().join("unpacked"));
    assert!(!unpacked.is_empty() && unpacked.iter().all(|name| !name.starts_with(".new-")), "{unpacked:?}");
}

#[test]
fn while_a_damaged_tools_tree_is_repaired() {
    let Some(bench) = Bench::cached() else { return };
    let (_, sha256, content) = bench.first_tool();
    let package = bench.cache().join(format!("packages/{sha256}.deb"));
    let tools = bench.cache().join("tools");
    // Trees of a few files are as damaged as they can be, and quick to copy. There may be those of older lists beside the one that is used.
    for tree in names(&tools).into_iter().filter(|name| !name.contains('.')) {
        bench.forget(&format!("tools/{tree}"));
        fs::create_dir_all(tools.join(&tree).join("usr/bin")).unwrap();
    }
    let mut damaged = content.clone();
    damaged[1000] ^= 1;
    fs::remove_file(&package).unwrap();
    fs::write(&package, damaged).unwrap();

    let mirror = mirror(content.clone());
    let mut run = bench.start(&["--mirror", &mirror, "build", "mini-pc"]);
    run.wait_for("the tools tree");
    run.wait_for("unpacking the tools tree");
    thread::sleep(Duration::from_secs(2));
    run.signal(Signal::SIGINT);
    let said = run.end();
    bench.check(&said, 130, &[" is damaged (", "was damaged (its digest is", "stopped while making the tools tree"]);
    assert!(fs::read(&package).unwrap() == content, "it was fetched again");
    bench.run(&["--offline", "keys", "new", "."]);
    assert_eq!(names(&tools).iter().filter(|name| name.ends_with(".partial")).count(), 0);
}
