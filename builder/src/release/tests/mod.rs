//! Tests of publishing: what `tough` makes of it, and what readers find at any moment.

mod beside;
mod peer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::metadata::schema::{Signed, Snapshot, Targets, Timestamp};
use formats::metadata::{self, Listed};
use formats::repository::TargetName;
use tough::{ExpirationEnforcement, FilesystemTransport, RepositoryLoader};
use url::Url;

use super::*;
use crate::keys::test_keys;

/// A maker's computer.
struct Maker {
    folder: tempfile::TempDir,
    keys: PathBuf,
}

/// A bundle whose signed manifest says `version`; what is in it is of no matter here, and its signature is not checked.
fn bundle(path: &Path, version: &str, content: u8) {
    assert_eq!(version.len(), "2026.11.0".len());
    let mut message = include_bytes!("../../../../formats/fixtures/bundle.cms").to_vec();
    let at = message.windows(9).position(|bytes| bytes == b"2026.11.0").unwrap();
    message[at..at + 9].copy_from_slice(version.as_bytes());
    // A squashfs of three blocks and a tree of one, as the manifest says.
    let mut file = vec![content; 4 * 4096];
    file.extend(&message);
    file.extend((message.len() as u64).to_be_bytes());
    fs::write(path, file).unwrap();
}

impl Maker {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        test_keys::make(&keys);
        Self { folder, keys }
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("public")
    }

    /// A bundle of a version, in a folder of its own.
    fn bundle(&self, version: &str) -> PathBuf {
        let folder = self.folder.path().join(version);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("ilanga-mini-pc_{version}.raucb"));
        bundle(&path, version, version.as_bytes()[6]);
        path
    }

    fn publish(&self, change: impl FnOnce(&mut Order<'_>)) -> Result<Published> {
        let roles = Roles::load(&self.keys)?;
        let folder = self.repository();
        let mut order = Order {
            folder: &folder,
            keys: &roles,
            new_keys: None,
            bundles: Vec::new(),
            channel: None,
            rollout: None,
            date: "2026-11-21".parse()?,
            days: 180,
            keep: 2,
            dry_run: false,
        };
        change(&mut order);
        publish(&order, &mut |_, _| {})
    }

    fn release(&self, version: &str) -> Published {
        let bundle = self.bundle(version);
        self.publish(|order| order.bundles = vec![bundle]).unwrap()
    }

    /// What an order is refused with.
    fn refused(&self, change: impl FnOnce(&mut Order<'_>)) -> String {
        let before = tree(&self.repository());
        let refusal = format!("{:#}", self.publish(change).unwrap_err());
        assert_eq!(tree(&self.repository()), before, "a refusal changes nothing");
        refusal
    }
}

/// A folder's keys, for as long as the test runs.
fn roles(folder: &Path) -> &'static Roles {
    Box::leak(Box::new(Roles::load(folder).unwrap()))
}

/// All files below a folder, with their content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => drop(files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap())),
            }
        }
    }
    files
}

/// What a reader goes through from a timestamp on; every file that is named must be there, whole.
fn reads(repository: &Path, timestamp: &[u8]) -> BTreeMap<TargetName, Listed> {
    let read = |name: String| fs::read(repository.join("metadata").join(&name)).unwrap_or_else(|_| panic!("{name}"));
    let timestamp: Signed<Timestamp> = metadata::read(timestamp, 1 << 20).unwrap();
    let bytes = read(format!("{}.snapshot.json", timestamp.signed.meta["snapshot.json"].version));
    assert_eq!(timestamp.signed.meta["snapshot.json"].length, Some(bytes.len() as u64));
    let snapshot: Signed<Snapshot> = metadata::read(&bytes, 1 << 20).unwrap();
    let bytes = read(format!("{}.targets.json", snapshot.signed.meta["targets.json"].version));
    let targets: Signed<Targets> = metadata::read(&bytes, 1 << 20).unwrap();
    let listed = targets.signed.targets.iter();
    let listed: BTreeMap<TargetName, Listed> =
        listed.map(|(name, target)| (name.raw().parse().unwrap(), Listed::of(target).unwrap())).collect();
    for (name, listed) in &listed {
        let bytes = fs::read(repository.join(name.path(&listed.sha256))).unwrap_or_else(|_| panic!("{name}"));
        assert_eq!((bytes.len() as u64, Digest::of(bytes)), (listed.length.0, listed.sha256), "{name}");
    }
    listed
}

fn timestamp(repository: &Path) -> Vec<u8> {
    fs::read(repository.join("metadata/timestamp.json")).unwrap()
}

/// The files that `tough` finds with a root, or why it finds none.
fn tough_finds(repository: &Path, root: &[u8]) -> std::result::Result<Vec<String>, String> {
    let url = |folder| Url::from_directory_path(repository.join(folder)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let loading = RepositoryLoader::new(&root, url("metadata"), url("targets"))
        .transport(FilesystemTransport)
        .expiration_enforcement(ExpirationEnforcement::Unsafe)
        .load();
    let repository = runtime.block_on(loading).map_err(|error| error.to_string())?;
    let mut names: Vec<String> = repository.all_targets().map(|(name, _)| name.raw().to_owned()).collect();
    names.sort();
    Ok(names)
}

#[test]
fn releases_are_found_by_tough() {
    let maker = Maker::new();
    let root = fs::read(maker.keys.join("tuf-root.json")).unwrap();
    let published = maker.release("2026.11.0");
    assert!(published.is_new && published.version == 1 && published.root == 1);
    let files = ["channels/mini-pc-beta.json", "mini-pc/ilanga-mini-pc_2026.11.0.raucb"];
    assert_eq!(published.added.iter().map(TargetName::as_str).collect::<Vec<_>>(), files);
    assert_eq!(tough_finds(&maker.repository(), &root).unwrap(), files);
    reads(&maker.repository(), &timestamp(&maker.repository()));
}

#[test]
fn the_same_things_give_the_same_bits() {
    let maker = Maker::new();
    let made = || {
        let _ = fs::remove_dir_all(maker.repository());
        for version in ["2026.11.0", "2026.12.0"] {
            maker.release(version);
        }
        tree(&maker.repository())
    };
    let first = made();
    assert_eq!(first, made());
    let names: Vec<_> = first.keys().filter(|path| path.starts_with("metadata")).collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn deltas_are_made_from_what_is_published() {
    let maker = Maker::new();
    let versions = |bundle: &Path| {
        let before = before(&maker.repository(), roles(&maker.keys), bundle).unwrap();
        before.into_iter().map(|older| (older.version.to_string(), older.bundle, older.index)).collect::<Vec<_>>()
    };
    let bundle = maker.bundle("2026.12.0");
    assert_eq!(versions(&bundle), []);
    for version in ["2026.10.0", "2026.11.0"] {
        maker.release(version);
    }
    let found = versions(&bundle);
    assert_eq!(found.iter().map(|(version, ..)| version.as_str()).collect::<Vec<_>>(), ["2026.11.0", "2026.10.0"]);
    for (_, bundle, index) in &found {
        assert!(maker.repository().join(bundle).exists() && index.is_none(), "{bundle}");
    }
    // An older one than what is there, and one that is there.
    assert_eq!(versions(&maker.bundle("2026.10.5")).len(), 1);
    assert_eq!(versions(&maker.bundle("2026.11.0")), []);
}

#[test]
fn rollouts_grow_without_a_new_release() {
    let maker = Maker::new();
    let bundle = maker.bundle("2026.11.0");
    let ten = "10%".parse().unwrap();
    maker.publish(|order| (order.bundles, order.rollout) = (vec![bundle.clone()], Some(ten))).unwrap();
    // The same bundle again says nothing of it.
    let again = maker.publish(|order| order.bundles = vec![bundle]).unwrap();
    assert_eq!((again.channels[0].rollout.get(), again.added.len()), (10, 0));
    let half = maker.publish(|order| order.rollout = Some("50%".parse().unwrap())).unwrap();
    assert_eq!((half.channels[0].rollout.get(), half.added.len()), (50, 1));
    let refusal = maker.refused(|order| (order.rollout, order.channel) = (Some(ten), Some("stable")));
    assert_eq!(refusal, "the repository has no channel stable");
}

#[test]
fn a_refresh_signs_the_same_files_longer() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    let list = fs::read(maker.repository().join("metadata/1.targets.json")).unwrap();
    // The keys of lists are enough for it.
    fs::remove_file(maker.keys.join("tuf-targets.key")).unwrap();
    fs::remove_file(maker.keys.join("tuf-root.key")).unwrap();
    let published = maker.publish(|order| order.date = "2027-03-01".parse().unwrap()).unwrap();
    assert_eq!((published.version, published.ends.to_string().as_str()), (2, "2027-08-28"));
    let names: Vec<_> = tree(&maker.repository().join("metadata")).into_keys().collect();
    let expected = ["1.root.json", "1.snapshot.json", "1.targets.json", "2.snapshot.json", "timestamp.json"];
    assert_eq!(names, expected.map(PathBuf::from));
    assert_eq!(fs::read(maker.repository().join("metadata/1.targets.json")).unwrap(), list);
    let refusal = maker.refused(|order| order.date = "2027-02-01".parse().unwrap());
    assert!(refusal.starts_with("the list there was signed on 2027-03-01, after 2027-02-01"), "{refusal}");
}

#[test]
fn old_releases_go_one_publishing_later() {
    let maker = Maker::new();
    let mut begun = Vec::new();
    for (number, version) in ["2026.11.0", "2026.12.0", "2027.01.0", "2027.02.0", "2027.03.0"].into_iter().enumerate() {
        let published = maker.release(version);
        // Who had begun before finds everything.
        if number > 0 {
            reads(&maker.repository(), &begun);
        }
        begun = timestamp(&maker.repository());
        assert_eq!(published.removed.len(), usize::from(number >= 2), "{version}");
        let listed = reads(&maker.repository(), &begun);
        assert_eq!(listed.len(), 1 + (number + 1).min(2), "{version}");
    }
    let bundles =
        tree(&maker.repository()).into_keys().filter(|path| path.extension().is_some_and(|end| end == "raucb"));
    assert_eq!(bundles.count(), 3);
    // What somebody else put there stays.
    fs::write(maker.repository().join("targets/index.html"), "Hello").unwrap();
    maker.publish(|_| {}).unwrap();
    assert!(maker.repository().join("targets/index.html").exists());
    let versions = tree(&maker.repository().join("metadata")).len();
    assert_eq!(versions, 5, "root, two snapshots, one list of files, timestamp");
}

/// Each place where publishing may be cut off: readers go on with what was there, and the next run ends it.
#[test]
fn cuts_leave_the_last_list() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    let before = timestamp(&maker.repository());
    let bundle = maker.bundle("2026.12.0");
    let digest = Digest::of(fs::read(&bundle).unwrap());
    for name in [
        format!("targets/mini-pc/.{digest}.ilanga-mini-pc_2026.12.0.raucb.partial"),
        "metadata/.2.targets.json.partial".to_owned(),
        "metadata/.2.snapshot.json.partial".to_owned(),
        "metadata/.timestamp.json.partial".to_owned(),
    ] {
        // A folder in the way of the file stops it there.
        let obstacle = maker.repository().join(&name);
        fs::create_dir(&obstacle).unwrap();
        maker.publish(|order| order.bundles = vec![bundle.clone()]).unwrap_err();
        assert_eq!(timestamp(&maker.repository()), before, "{name}");
        assert_eq!(reads(&maker.repository(), &before).len(), 2, "{name}");
        fs::remove_dir(&obstacle).unwrap();
        fs::write(&obstacle, "half").unwrap();
    }
    let published = maker.publish(|order| order.bundles = vec![bundle]).unwrap();
    assert_eq!(published.version, 2);
    assert_eq!(reads(&maker.repository(), &timestamp(&maker.repository())).len(), 3);
    assert!(tree(&maker.repository()).keys().all(|path| path.extension().is_none_or(|end| end != "partial")));
}

#[test]
fn keys_change_twice() {
    let mut maker = Maker::new();
    let first = fs::read(maker.keys.join("tuf-root.json")).unwrap();
    maker.release("2026.11.0");
    let old = timestamp(&maker.repository());
    for (number, name) in [(2, "second"), (3, "third")] {
        let new = maker.folder.path().join(name);
        test_keys::make(&new);
        let roles = roles(&new);
        let published = maker.publish(|order| order.new_keys = Some(roles)).unwrap();
        assert_eq!((published.root, published.version), (number, number));
        // A reader with the old root that comes between the lists and the root understands the lists.
        let root = maker.repository().join(format!("metadata/{number}.root.json"));
        let bytes = fs::read(&root).unwrap();
        fs::remove_file(&root).unwrap();
        assert_eq!(tough_finds(&maker.repository(), &first).unwrap().len(), 2);
        fs::write(&root, &bytes).unwrap();
        assert_eq!(tough_finds(&maker.repository(), &first).unwrap().len(), 2);
        assert_eq!(fs::read(new.join("tuf-root.json")).unwrap(), bytes);
        let refusal = maker.refused(|_| {});
        assert!(
            refusal.starts_with(&format!("the repository has the root {number}, and these keys are for")),
            "{refusal}"
        );
        maker.keys = new;
    }
    reads(&maker.repository(), &timestamp(&maker.repository()));
    assert_ne!(timestamp(&maker.repository()), old);
    maker.release("2026.12.0");
    assert_eq!(tough_finds(&maker.repository(), &first).unwrap().len(), 3);
    // The old keys' signatures are no longer there.
    let bytes = timestamp(&maker.repository());
    let timestamp: Signed<Timestamp> = metadata::read(&bytes, 1 << 20).unwrap();
    assert_eq!(timestamp.signatures.len(), 1);
}

#[test]
fn keys_that_stay_renew_their_root() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    let roles = roles(&maker.keys);
    let day = "2030-01-01".parse().unwrap();
    maker.publish(|order| (order.new_keys, order.date) = (Some(roles), day)).unwrap();
    let renewed = Roles::load(&maker.keys).unwrap();
    assert_eq!((renewed.root.signed.version.get(), renewed.root.signatures.len()), (2, 1));
    assert!(metadata::ends(&renewed.root.signed) > metadata::ends(&roles.root.signed));
    maker.publish(|order| order.date = day).unwrap();
}

/// The spare key does what a lost root key did.
#[test]
fn a_lost_root_key_is_replaced() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    fs::remove_file(maker.keys.join("tuf-root.key")).unwrap();
    let new = maker.folder.path().join("new");
    test_keys::make(&new);
    let roles = roles(&new);
    maker.publish(|order| order.new_keys = Some(roles)).unwrap();
    fs::remove_file(maker.keys.join("tuf-root-spare.key")).unwrap();
    let refusal = maker.refused(|order| order.new_keys = Some(roles));
    assert!(refusal.contains("the repository has the root 2"), "{refusal}");
}

#[test]
fn refusals() {
    let maker = Maker::new();
    let bundle = maker.bundle("2026.12.0");
    let older = maker.bundle("2026.11.0");
    assert!(maker.publish(|_| {}).unwrap_err().to_string().starts_with("there is no repository in "));
    let dry = maker.publish(|order| (order.bundles, order.dry_run) = (vec![bundle.clone()], true)).unwrap();
    assert!(dry.added.len() == 2 && !maker.repository().join("metadata").exists(), "a rehearsal writes nothing");
    maker.publish(|order| order.bundles = vec![bundle.clone()]).unwrap();
    let refusal = maker.refused(|order| order.bundles = vec![older.clone()]);
    assert!(refusal.contains("the channel beta of mini-pc has 2026.12.0 already"), "{refusal}");
    let refusal = maker.refused(|order| (order.bundles, order.channel) = (vec![bundle.clone()], Some("stable")));
    assert!(
        refusal.ends_with("is for the channel beta: `ilanga bundle --channel stable` makes one for stable"),
        "{refusal}"
    );
    self::bundle(&bundle, "2026.12.0", b'x');
    let refusal = maker.refused(|order| order.bundles = vec![bundle.clone()]);
    assert!(refusal.contains("is published already with another content"), "{refusal}");
    fs::write(&bundle, "no bundle").unwrap();
    let refusal = maker.refused(|order| order.bundles = vec![bundle.clone()]);
    assert!(refusal.starts_with("reading the bundle "), "{refusal}");

    let other = maker.folder.path().join("other");
    test_keys::make(&other);
    let other = roles(&other);
    let path = maker.repository();
    let refusal = maker.refused(|order| order.keys = other);
    assert!(refusal.starts_with(&format!("{} was made with other keys", path.display())), "{refusal}");
    fs::write(maker.repository().join("metadata/timestamp.json"), "{}").unwrap();
    assert!(maker.refused(|_| {}).contains("metadata/timestamp.json: reading timestamp.json"));
}
