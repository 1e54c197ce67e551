//! A message bus of a test's own, with Debian's `dbus-daemon`, and stand-ins for RAUC and polkit, which need a whole system.
//! The story `updater` has the real ones.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use updater::bundle_file::BundleFile;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, connection::Builder, fdo};

const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A bus. It ends with the test.
pub(crate) struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus.conf");
        fs::write(&path, CONFIGURATION.replace("FOLDER", &folder.path().display().to_string())).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address", "--config-file"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starting dbus-daemon, which the tools tree has");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned(), _folder: folder }
    }

    pub(crate) fn builder(&self) -> Builder<'static> {
        Builder::address(self.address.as_str()).unwrap()
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.builder().build().await.unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// What RAUC would do to the machine.
pub(crate) type Write = Box<dyn Fn() + Send + Sync>;

/// What the stand-ins do, and what they were asked for.
#[derive(Default)]
pub(crate) struct Others {
    /// The actions that polkit allows.
    pub(crate) allowed: HashSet<String>,
    /// What RAUC says of signatures.
    pub(crate) bad_signature: Option<String>,
    /// What RAUC says when it is to install.
    pub(crate) fails: Option<String>,
    /// The file is exchanged between two looks.
    pub(crate) exchanged: bool,
    /// What RAUC writes.
    pub(crate) write: Option<Write>,
    /// What RAUC was asked for.
    pub(crate) asked: Vec<String>,
}

pub(crate) type Shared = Arc<Mutex<Others>>;

struct Rauc {
    others: Shared,
    progress: (i32, String, i32),
    last_error: String,
}

fn manifest(path: &str) -> String {
    BundleFile::new(File::open(path).unwrap()).unwrap().manifest.to_string()
}

#[zbus::interface(name = "de.pengutronix.rauc.Installer")]
impl Rauc {
    async fn inspect_bundle(
        &self,
        source: &str,
        _args: HashMap<String, OwnedValue>,
    ) -> fdo::Result<HashMap<String, OwnedValue>> {
        let others = self.others.lock().unwrap();
        if let Some(said) = &others.bad_signature {
            return Err(fdo::Error::Failed(said.clone()));
        }
        let hash = if others.exchanged { "0".repeat(64) } else { manifest(source) };
        Ok(HashMap::from([("manifest-hash".to_owned(), Value::from(hash).try_to_owned().unwrap())]))
    }

    async fn install_bundle(
        &mut self,
        source: &str,
        args: HashMap<String, OwnedValue>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        assert!(args.is_empty() && std::path::Path::new(source).exists(), "{args:?} {source}");
        let fails = {
            let mut others = self.others.lock().unwrap();
            others.asked.push("install".to_owned());
            if let (None, Some(write)) = (&others.fails, &others.write) {
                write();
            }
            others.fails.clone()
        };
        for (percent, doing) in [(20, "Checking bundle"), (60, "Copying image to rootfs.1"), (100, "Installing done.")]
        {
            self.progress = (percent, doing.to_owned(), 1);
            self.progress_changed(&emitter).await.unwrap();
        }
        let result = i32::from(fails.is_some());
        self.last_error = fails.unwrap_or_default();
        Self::completed(&emitter, result).await.unwrap();
        Ok(())
    }

    async fn mark(&self, state: &str, slot: &str) -> (String, String) {
        self.others.lock().unwrap().asked.push(format!("mark {state} {slot}"));
        ("rootfs.0".to_owned(), "activated slot rootfs.0".to_owned())
    }

    #[zbus(property)]
    async fn compatible(&self) -> &str {
        "ilanga-mini-pc"
    }

    #[zbus(property)]
    async fn last_error(&self) -> &str {
        &self.last_error
    }

    #[zbus(property)]
    async fn progress(&self) -> (i32, String, i32) {
        self.progress.clone()
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, result: i32) -> zbus::Result<()>;
}

struct Polkit(Shared);

#[zbus::interface(name = "org.freedesktop.PolicyKit1.Authority")]
impl Polkit {
    async fn check_authorization(
        &self,
        subject: (String, HashMap<String, OwnedValue>),
        action: &str,
        _details: HashMap<String, String>,
        _flags: u32,
        _cancellation: &str,
    ) -> (bool, bool, HashMap<String, String>) {
        assert_eq!(subject.0, "system-bus-name");
        (self.0.lock().unwrap().allowed.contains(action), false, HashMap::new())
    }
}

/// Puts the stand-ins on the bus; they go with the connection.
pub(crate) async fn others(bus: &Bus, others: &Shared) -> Connection {
    let rauc = Rauc { others: Arc::clone(others), progress: Default::default(), last_error: String::new() };
    let builder = bus.builder().serve_at("/", rauc).unwrap();
    let builder = builder.serve_at("/org/freedesktop/PolicyKit1/Authority", Polkit(Arc::clone(others))).unwrap();
    let builder = builder.name("de.pengutronix.rauc").unwrap().name("org.freedesktop.PolicyKit1").unwrap();
    builder.build().await.unwrap()
}
