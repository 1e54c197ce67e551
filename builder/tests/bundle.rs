//! Update bundles and tools that we did not write: Debian's rauc, squashfs-tools and veritysetup.
//!
//! `ilanga test` names the release, with its bundle, in `ILANGA_OUT` and the keys in `ILANGA_KEYS`. Without them there is
//! nothing to try, and these tests are skipped. `--nocapture` shows what both say of bad bundles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use formats::bundle::{Bundle, LONGEST_SIGNATURE, Parts, signed_content};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::verity::BLOCK;
use tempfile::TempDir;

/// A copy of a release's bundle.
struct Bench {
    folder: TempDir,
    bundle: PathBuf,
    slot: PathBuf,
    keys: PathBuf,
}

/// How a program ended, and all that it said.
struct Said {
    good: bool,
    text: String,
}

impl Said {
    /// Asserts that it succeeded.
    #[track_caller]
    fn accepts(self) -> String {
        assert!(self.good, "{}", self.text);
        self.text
    }

    /// Asserts that it failed, with this among what it said.
    #[track_caller]
    fn refuses(self, because: &str) {
        assert!(!self.good && self.text.contains(because), "'{because}' was expected: {}", self.text);
        println!("    {}", self.text.lines().find(|line| line.contains(because)).unwrap().trim());
    }
}

fn run(program: impl AsRef<Path>, args: &[&str]) -> Said {
    let program = program.as_ref();
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Said { good: output.status.success(), text }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Bench {
    fn new() -> Option<Self> {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        let (Some(out), Some(keys)) = (path("ILANGA_OUT"), path("ILANGA_KEYS")) else {
            println!("skipped: `ilanga test` runs this, with ILANGA_OUT and ILANGA_KEYS");
            return None;
        };
        let artefact = |suffix: &str| {
            let paths = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
            paths.into_iter().find(|path| text(path).ends_with(suffix)).unwrap_or_else(|| panic!("no *{suffix}"))
        };
        let folder = TempDir::new_in(path("ILANGA_TEST_SCRATCH").unwrap()).unwrap();
        let bundle = folder.path().join("bundle.raucb");
        fs::copy(artefact(".raucb"), &bundle).unwrap();
        Some(Self { slot: artefact(".root"), folder, bundle, keys })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn authority(&self) -> PathBuf {
        self.keys.join("rauc-ca.crt")
    }

    /// What rauc says of all of a bundle, as a node would be asked to install it.
    fn rauc(&self, bundle: &Path, authority: &Path) -> Said {
        let target = self.path("extracted");
        let _ = fs::remove_dir_all(&target);
        let keyring = format!("--keyring={}", text(authority));
        run("rauc", &["extract", "--trust-environment", &keyring, text(bundle), text(&target)])
    }

    /// What we say.
    fn ours(&self, bundle: &Path, authority: &Path) -> Said {
        run(env!("CARGO_BIN_EXE_ilanga"), &["inspect", text(bundle), "--verify", "--ca", text(authority)])
    }

    /// The parts of a bundle, as a node's updater reads them.
    fn parse(&self, bundle: &Path) -> (Parts, Bundle) {
        let file = File::open(bundle).unwrap();
        let length = file.metadata().unwrap().len();
        let mut trailer = [0; 8];
        file.read_exact_at(&mut trailer, length - 8).unwrap();
        let parts = Parts::parse(Bytes(length), trailer).unwrap();
        let mut message = vec![0; parts.signature.0 as usize];
        file.read_exact_at(&mut message, parts.payload.0).unwrap();
        (parts, Bundle::new(parts, &signed_content(&message).unwrap()).unwrap())
    }

    /// Flips a bit of the bundle.
    fn flip(&self, place: u64) {
        let file = File::options().read(true).write(true).open(&self.bundle).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, place).unwrap();
        file.write_all_at(&[byte[0] ^ 1], place).unwrap();
    }
}

fn digest(path: &Path) -> Digest {
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    Digest::of(bytes)
}

#[test]
fn rauc_takes_ours() {
    let Some(bench) = Bench::new() else { return };
    let keyring = format!("--keyring={}", text(&bench.authority()));
    let info = run("rauc", &["info", &keyring, text(&bench.bundle)]).accepts();
    assert!(info.contains("Bundle Format: \tverity") || info.contains("Bundle Format:  verity"), "{info}");

    // As nodes are configured.
    let conf = bench.path("system.conf");
    let keys = format!("path={}\ncheck-purpose=codesign\nuse-bundle-signing-time=true\n", text(&bench.authority()));
    let system = "[system]\ncompatible=ilanga-mini-pc\nbootloader=noop\nbundle-formats=verity\n[keyring]\n";
    fs::write(&conf, format!("{system}{keys}")).unwrap();
    run("rauc", &[&format!("--conf={}", text(&conf)), "info", text(&bench.bundle)]).accepts();

    bench.rauc(&bench.bundle, &bench.authority()).accepts();
    bench.ours(&bench.bundle, &bench.authority()).accepts();
    let (_, bundle) = bench.parse(&bench.bundle);
    let image = bench.path("extracted").join(bundle.manifest.image.name.as_str());
    assert_eq!(digest(&image), bundle.manifest.image.sha256);
    assert_eq!(digest(&bench.slot), bundle.manifest.image.sha256, "the slot image is that of the release");
    assert_eq!(bundle.fits("ilanga-mini-pc", Bytes::mib(3072)), Ok(()));
}

#[test]
fn squashfs_tools_and_veritysetup_agree() {
    let Some(bench) = Bench::new() else { return };
    let (_, bundle) = bench.parse(&bench.bundle);
    let listed = run("unsquashfs", &["-l", text(&bench.bundle)]).accepts();
    let names: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("squashfs-root/")).collect();
    assert_eq!(names, ["ilanga.img", "manifest.raucm"]);
    let inner = run("unsquashfs", &["-cat", text(&bench.bundle), "manifest.raucm"]).accepts();
    assert_eq!(inner, bundle.manifest.text(None));

    let blocks = bundle.squashfs.0 / BLOCK;
    let salt = hex::encode(bundle.verity.salt);
    let (file, root) = (text(&bench.bundle), bundle.verity.root_hash.to_string());
    let (salt, blocks) = (format!("--salt={salt}"), format!("--data-blocks={blocks}"));
    let offset = format!("--hash-offset={}", bundle.squashfs.0);
    let options = ["--no-superblock", "--hash=sha256", "--data-block-size=4096", "--hash-block-size=4096"];
    let args = [&["verify"], options.as_slice(), &[&salt, &blocks, &offset, file, file, &root]].concat();
    run("veritysetup", &args).accepts();

    // Deltas count on it: the slot image is there in one piece.
    let (slot, bundle) = (File::open(&bench.slot).unwrap(), File::open(&bench.bundle).unwrap());
    let (mut ours, mut theirs) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    for at in (0..slot.metadata().unwrap().len() - (1 << 20)).step_by(1 << 20) {
        slot.read_exact_at(&mut ours, at).unwrap();
        bundle.read_exact_at(&mut theirs, 96 + at).unwrap();
        assert!(ours == theirs, "{at}");
    }
}

#[test]
fn we_take_raucs() {
    let Some(bench) = Bench::new() else { return };
    let (_, ours) = bench.parse(&bench.bundle);
    let content = bench.path("content");
    fs::create_dir(&content).unwrap();
    fs::copy(&bench.slot, content.join("ilanga.img")).unwrap();
    let manifest = ours.manifest.text(None);
    let manifest: Vec<&str> =
        manifest.lines().filter(|line| !line.starts_with("sha256=") && !line.starts_with("size=")).collect();
    fs::write(content.join("manifest.raucm"), manifest.join("\n") + "\n").unwrap();
    let (certificate, key) = (bench.keys.join("rauc.crt"), bench.keys.join("rauc.key"));
    let sign = [format!("--cert={}", text(&certificate)), format!("--key={}", text(&key))];
    let theirs = bench.path("theirs.raucb");
    run("rauc", &["bundle", &sign[0], &sign[1], text(&content), text(&theirs)]).accepts();
    let (_, parsed) = bench.parse(&theirs);
    assert_eq!(parsed.manifest, ours.manifest);
    assert_ne!(parsed.verity, ours.verity, "its salt is random and its squashfs compressed");
    bench.ours(&theirs, &bench.authority()).accepts();

    // The same with a hook, which rauc would run on a node.
    let mut head = vec![0; 64 << 10];
    File::open(&bench.slot).unwrap().read_exact_at(&mut head, 0).unwrap();
    fs::write(content.join("ilanga.img"), &head).unwrap();
    fs::write(content.join("hook.sh"), "#!/bin/sh\n").unwrap();
    let hooks = "[hooks]\nfilename=hook.sh\nhooks=install-check\n\n";
    let manifest = manifest.join("\n").replacen("[meta.ilanga]", &format!("{hooks}[meta.ilanga]"), 1);
    fs::write(content.join("manifest.raucm"), manifest).unwrap();
    let hooked = bench.path("hooked.raucb");
    run("rauc", &["bundle", &sign[0], &sign[1], text(&content), text(&hooked)]).accepts();
    bench.rauc(&hooked, &bench.authority()).accepts();
    bench.ours(&hooked, &bench.authority()).refuses("it brings a program to be run ([hooks])");
}

#[test]
fn both_refuse_what_is_damaged_or_foreign() {
    let Some(bench) = Bench::new() else { return };
    let (parts, bundle) = bench.parse(&bench.bundle);
    let squashfs = bundle.squashfs.0;
    let end = parts.payload.0 + parts.signature.0;
    let corrupted = "bundle payload is corrupted";
    for (what, place, rauc, ours) in [
        ("in the slot image", 96 + (5 << 20), corrupted, "does not match its digest in the verity tree"),
        ("in the squashfs' list of files", squashfs - 4096 - 2000, corrupted, "in the verity tree"),
        ("in the tree's top", squashfs + 3, corrupted, "top block does not give the signed root hash"),
        ("in the tree's lowest level", parts.payload.0 - 4096, corrupted, "of the verity tree"),
        ("in the manifest", parts.payload.0 + 100, "signature verification failed", "does not hold"),
        ("in the signature", end - 100, "signature verification failed", "the signer's key did not make it"),
        ("in the signature's length", end + 6, "", "nodes refuse it"),
        ("in the high bytes of the signature's length", end, "", "its last bytes give its signature a length of"),
    ] {
        println!("a flipped bit {what}:");
        bench.flip(place);
        bench.rauc(&bench.bundle, &bench.authority()).refuses(rauc);
        bench.ours(&bench.bundle, &bench.authority()).refuses(ours);
        bench.flip(place);
    }
    assert!(parts.signature.0 <= LONGEST_SIGNATURE);

    println!("another authority:");
    let foreign = bench.path("foreign.crt");
    let subject =
        ["-subj", "/CN=Somebody else", "-days", "30", "-nodes", "-keyout", "/dev/null", "-out", text(&foreign)];
    run("openssl", &[&["req", "-x509", "-newkey", "rsa:2048"], subject.as_slice()].concat()).accepts();
    bench.rauc(&bench.bundle, &foreign).refuses("signature verification failed");
    bench.ours(&bench.bundle, &foreign).refuses("who is not trusted");

    println!("only a part of it:");
    let file = File::options().write(true).open(&bench.bundle).unwrap();
    file.set_len(squashfs / 2).unwrap();
    bench.rauc(&bench.bundle, &bench.authority()).refuses("Invalid bundle format");
    bench.ours(&bench.bundle, &bench.authority()).refuses("its end is missing");
}
