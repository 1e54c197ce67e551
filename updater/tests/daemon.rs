//! The daemon on a bus, from its callers' side.

#![cfg(feature = "bus")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod bus;
mod node;

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{Bus, Others, Shared, others};
use formats::slot::Slot;
use futures_util::StreamExt as _;
use node::{Node, image};
use updater::client::UpdaterProxy;
use updater::service::{self, NAME, PATH, Status, Updater, tell_of_start};
use zbus::Connection;
use zbus::zvariant::{Fd, Value};

/// Everything that a story of the daemon needs. What is behind the first line only has to live.
struct Stage {
    updater: UpdaterProxy<'static>,
    others: Shared,
    node: Arc<Node>,
    _alive: (Connection, Connection, Bus),
}

impl Stage {
    /// A node, seen by a caller who is root if `root` is their user's number.
    async fn new(node: Node, root: u32) -> Self {
        let (bus, node) = (Bus::start(), Arc::new(node));
        let shared: Shared = Arc::new(Mutex::new(Others::default()));
        let theirs = others(&bus, &shared).await;
        let service = service::Node::new(node.tree(), root);
        tell_of_start(&service).await;
        let service = Updater::new(service);
        let by_itself = service.by_itself();
        let builder = bus.builder().serve_at(PATH, service).unwrap();
        let ours = builder.name(NAME).unwrap().build().await.unwrap();
        let connection = ours.clone();
        tokio::spawn(async move { by_itself.run(&connection).await });
        let updater = UpdaterProxy::new(&bus.connect().await).await.unwrap();
        Self { updater, others: shared, node, _alive: (theirs, ours, bus) }
    }

    async fn of(node: Node) -> Self {
        Self::new(node, fs::metadata("/proc/self").unwrap().uid()).await
    }

    /// Installs a bundle and waits for the end.
    async fn install(&self, bundle: &File, options: &[(&str, bool)]) -> Result<(i32, String), String> {
        let mut completed = self.updater.receive_completed().await.unwrap();
        let mut options: HashMap<&str, Value<'_>> =
            options.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        options.insert("name", Value::from("a story"));
        self.updater.install(Fd::from(bundle), options).await.map_err(said)?;
        let signal = soon(completed.next()).await.unwrap();
        let told = signal.args().unwrap();
        Ok((told.result, told.sentence.to_owned()))
    }

    async fn status(&self) -> Status {
        serde_json::from_str(&self.updater.status().await.unwrap()).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.others.lock().unwrap().asked.clone()
    }
}

/// What must not take for ever.
async fn soon<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("an answer within a minute")
}

/// An error's name, without its prefix, and what it says.
fn said(error: zbus::Error) -> String {
    let zbus::Error::MethodError(name, said, _) = error else { panic!("{error}") };
    format!("{}: {}", name.as_str().rsplit('.').next().unwrap(), said.unwrap_or_default())
}

fn fixture() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../builder/src/inspect/fixtures/bundle.raucb");
    fs::read(path).unwrap()
}

/// The fixture, release 2026.11.0, with another text in the place of one of the same length.
fn bundle(node: &Node, from: &str, to: &str) -> File {
    assert_eq!(from.len(), to.len());
    let mut bytes = fixture();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    let path = node.path("bundle.raucb");
    // Another file under the same name: those that are open stay as they are.
    let _ = fs::remove_file(&path);
    fs::write(&path, bytes).unwrap();
    File::open(path).unwrap()
}

#[tokio::test]
async fn installs_and_goes_back() {
    let stage = Stage::of(Node::flashed()).await;
    let two = image("2026.11.0", 0);
    let node = Arc::clone(&stage.node);
    stage.others.lock().unwrap().write = Some(Box::new(move || {
        node.ask("set-state b bad").unwrap();
        node.write(Slot::B, &two.bytes);
        node.ask("set-primary b").unwrap();
    }));
    let bundle = bundle(&stage.node, "", "");
    let checked = stage.updater.check_bundle(Fd::from(&bundle)).await.unwrap();
    assert!(checked.contains(r#""version": "2026.11.0""#) && checked.contains(r#""refused": null"#), "{checked}");

    let mut steps = stage.updater.receive_progress_changed().await;
    let told = stage.install(&bundle, &[]).await;
    assert_eq!(told, Ok((0, "Release 2026.11.0 is installed, and starts at the next restart.".to_owned())));
    let mut percents = Vec::new();
    while percents.last() != Some(&100) {
        percents.push(soon(steps.next()).await.unwrap().get().await.unwrap().0);
    }
    let status = stage.status().await;
    assert_eq!(status.says.as_str(), "Release 1 runs; 2026.11.0 starts at the next restart.");
    assert_eq!((status.operation.as_str(), status.last_error.as_str()), ("idle", ""));
    let screen = fs::read_to_string(stage.node.path("run/issue.d/ilanga-update.issue")).unwrap();
    assert_eq!(screen, "Release 2026.11.0 is installed, and starts at the next restart.\n\n");
    let again = stage.install(&bundle, &[]).await.unwrap_err();
    assert!(again.starts_with("Refused: it is release 2026.11.0, which is installed already"), "{again}");
    assert_eq!(stage.updater.rollback().await.unwrap(), "Release 1, which runs, stays: 2026.11.0 is not started.");
    assert_eq!(stage.asked(), ["install", "mark active booted"]);
    let history = stage.updater.history().await.unwrap();
    let events = ["\"installed\"", "\"refused\"", "\"chosen\"", "a story"];
    assert!(events.iter().all(|event| history.contains(event)), "{history}");
}

#[tokio::test]
async fn refuses_before_rauc_is_asked_to_write() {
    let stage = Stage::of(Node::flashed()).await;
    let node = &stage.node;
    let untouched = fs::read(node.path("dev/sda3")).unwrap();
    let pipe = File::from(std::os::fd::OwnedFd::from(std::io::pipe().unwrap().0));
    let short = node.path("short.raucb");
    fs::write(&short, &fixture()[..18_000]).unwrap();
    let floor = "2027.1.1\n";
    for (file, options, expected) in [
        (
            bundle(node, "ilanga-mini-pc", "ilanga-rockpro"),
            &[][..],
            "it is for 'ilanga-rockpro', and this node is 'ilanga-mini-pc'",
        ),
        (bundle(node, "2026.11.0", "0.26.11.0"), &[], "it is release 0.26.11.0, which is older than 1, which runs"),
        (bundle(node, "size=8192\nfile", "size=9196\nfile"), &[], "its manifest has 'size=9196'"),
        (bundle(node, "[meta.ilanga]", "[hooks]\na=bcd"), &[], "it brings a program to be run ([hooks])"),
        (File::open(&short).unwrap(), &[], "it is no update bundle, or its end is missing"),
        (File::open(node.path("proc")).unwrap(), &[], "it is no plain file"),
        (pipe, &[], "it is no plain file"),
        (bundle(node, "", ""), &[("force", true)], "the option 'force' is not understood"),
    ] {
        let refused = stage.install(&file, options).await.unwrap_err();
        assert!(refused.starts_with(&format!("Refused: {expected}")), "{refused}");
    }
    let good = bundle(node, "", "");
    stage.others.lock().unwrap().bad_signature = Some("signature verification failed".to_owned());
    let refused = stage.install(&good, &[]).await.unwrap_err();
    assert_eq!(refused, "Refused: RAUC does not take it: signature verification failed");
    {
        let mut others = stage.others.lock().unwrap();
        (others.bad_signature, others.exchanged) = (None, true);
    }
    assert_eq!(stage.install(&good, &[]).await.unwrap_err(), "Refused: it was exchanged while it was looked at");
    fs::create_dir_all(node.path("usr/share/ilanga")).unwrap();
    fs::write(node.path("usr/share/ilanga/oldest-release"), floor).unwrap();
    let refused = stage.install(&good, &[("allow-downgrade", true)]).await.unwrap_err();
    assert!(refused.contains("takes nothing older than 2027.1.1, whoever asks"), "{refused}");
    assert_eq!(stage.asked(), Vec::<String>::new());
    assert_eq!(fs::read(node.path("dev/sda3")).unwrap(), untouched);
    let history = stage.updater.history().await.unwrap();
    assert_eq!(history.matches("\"refused\"").count(), 10, "{history}");
}

#[tokio::test]
async fn asks_polkit_about_ordinary_users() {
    let stage = Stage::new(Node::flashed(), 4711).await;
    let bundle = bundle(&stage.node, "", "");
    let allow = |action: &str| {
        stage.others.lock().unwrap().allowed.insert(format!("org.ilanga.updater.{action}"));
    };
    for denied in [
        stage.install(&bundle, &[]).await.map(drop),
        stage.install(&bundle, &[("by-itself", true)]).await.map(drop),
        stage.updater.rollback().await.map(drop).map_err(said),
        stage.updater.pin("").await.map(drop).map_err(said),
        stage.updater.unpin().await.map(drop).map_err(said),
        stage.updater.status().await.map(drop).map_err(said),
        stage.updater.check_bundle(Fd::from(&bundle)).await.map(drop).map_err(said),
    ] {
        let denied = denied.unwrap_err();
        assert!(denied.starts_with("Denied: you may not do that"), "{denied}");
    }
    allow("look");
    assert_eq!(stage.status().await.says.as_str(), "Release 1 runs.");
    allow("pin");
    assert!(stage.updater.pin("1").await.unwrap().starts_with("This node keeps to release 1,"));
    assert_eq!(stage.status().await.pinned, "1".parse().ok());
    allow("install-by-itself");
    let refused = stage.install(&bundle, &[("by-itself", true)]).await.unwrap_err();
    assert!(refused.starts_with("Refused: this node is pinned to release 1"), "{refused}");
    assert!(stage.install(&bundle, &[]).await.unwrap_err().starts_with("Denied: "));
    assert!(stage.updater.pin("../1").await.map_err(said).unwrap_err().starts_with("Refused: '../1' is not a version"));
    stage.updater.unpin().await.unwrap();
    assert_eq!(stage.install(&bundle, &[("by-itself", true)]).await.unwrap().0, 0);
}

#[tokio::test]
async fn tells_why_an_installation_failed() {
    let stage = Stage::of(Node::flashed()).await;
    stage.others.lock().unwrap().fails = Some("Installation error: No space left on device".to_owned());
    let told = stage.install(&bundle(&stage.node, "", ""), &[]).await;
    let sentence = "Release 2026.11.0 could not be installed: Installation error: No space left on device";
    assert_eq!(told, Ok((1, sentence.to_owned())));
    let status = stage.status().await;
    assert_eq!((status.operation.as_str(), status.last_error.as_str()), ("idle", &sentence[42..]));
    assert!(stage.updater.history().await.unwrap().contains("\"failed\""));
}

#[tokio::test]
async fn tells_of_a_release_that_did_not_come_up() {
    let (node, two) = (Node::flashed(), image("2", 0));
    node.ask("set-state b bad").unwrap();
    node.write(Slot::B, &two.bytes);
    node.ask("set-primary b").unwrap();
    node.rename("ilanga_2+3.efi", "ilanga_2+0-3.efi");
    fs::create_dir_all(node.path("state/updates")).unwrap();
    let line = r#"{"format":1,"time":1,"event":"installed","version":"2","from":"a story"}"#;
    fs::write(node.path("state/updates/history.jsonl"), format!("{line}\n")).unwrap();
    let stage = Stage::of(node).await;
    let expected = "Release 2 was left: it did not come up in 3 starts; release 1 runs again.";
    let screen = fs::read_to_string(stage.node.path("run/issue.d/ilanga-update.issue")).unwrap();
    assert_eq!(screen.trim_end(), expected);
    assert!(stage.updater.history().await.unwrap().contains("rolled-back"));
    let refused = stage.updater.rollback().await.map_err(said).unwrap_err();
    assert!(refused.starts_with("Refused: there is nothing good to go back to: release 2"), "{refused}");
}

#[tokio::test]
async fn installs_what_was_fetched_by_itself() {
    let stage = Stage::of(Node::flashed()).await;
    let node = Arc::clone(&stage.node);
    let mut completed = stage.updater.receive_completed().await.unwrap();
    fs::create_dir_all(node.path("data/updates/bundles")).unwrap();
    fs::create_dir_all(node.path("run/ilanga-fetch")).unwrap();
    let fetched = node.path("data/updates/bundles/ilanga-mini-pc_2026.11.0.raucb");

    // A pin holds it, and says so.
    stage.updater.pin("1").await.unwrap();
    fs::write(&fetched, fixture()).unwrap();
    stage.updater.take_fetched().await.unwrap();
    let waits = loop {
        match stage.status().await.waits {
            Some(waits) => break waits,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let expected = "Release 2026.11.0 was fetched and is not installed: this node is pinned to release 1,";
    assert!(waits.as_str().starts_with(expected), "{waits}");
    assert_eq!(stage.asked(), Vec::<String>::new());

    // What the part that fetches says is passed on.
    assert_eq!(stage.updater.fetched().await.unwrap(), "");
    let said = r#"{"format":1,"doing":"nothing","version":"2026.11.0","headline":null,"cost":"x","done":0,"of":0,"upstream":0,"neighbours":0,"bundle":null,"notes":[]}"#;
    fs::write(node.path("run/ilanga-fetch/status.json"), said).unwrap();
    assert!(stage.updater.fetched().await.unwrap().contains("2026.11.0"));

    // Without the pin it is installed, once.
    stage.updater.unpin().await.unwrap();
    let signal = soon(completed.next()).await.unwrap();
    assert_eq!(signal.args().unwrap().result, 0);
    for _ in 0..3 {
        stage.updater.take_fetched().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.asked(), ["install"]);
    assert_eq!(stage.status().await.waits, None);
    assert!(stage.updater.history().await.unwrap().contains("what was fetched (ilanga-mini-pc_2026.11.0.raucb)"));
}

#[tokio::test]
async fn says_when_a_release_that_waits_starts() {
    let stage = Stage::of(Node::flashed()).await;
    assert_eq!(stage.status().await.starts, None);
    let two = image("2026.11.0", 0);
    stage.node.ask("set-state b bad").unwrap();
    stage.node.write(Slot::B, &two.bytes);
    stage.node.ask("set-primary b").unwrap();
    let starts = stage.status().await.starts.unwrap();
    assert!(starts.as_str().starts_with("Release 2026.11.0 starts when somebody restarts this computer;"), "{starts}");
    let refused = stage.updater.set_restart_hours("at night").await.map_err(said).unwrap_err();
    assert!(refused.starts_with("Refused: 'at night' names no hours of a day"), "{refused}");
    // logind is not there: nobody can tell who is logged in, so nothing is restarted.
    stage.updater.set_restart_hours("00:00-23:59").await.unwrap();
    assert_eq!(stage.status().await.restart.as_deref(), Some("00:00-23:59"));
    stage.updater.set_restart_hours("").await.unwrap();
    assert_eq!(stage.status().await.restart, None);
}
