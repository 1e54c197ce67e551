//! Starts and changes on a node in a folder.

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::*;
use crate::change::value;
use crate::disk::Gate;

struct Node {
    folder: tempfile::TempDir,
}

const OLD: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\n";

impl Node {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["etc", "state", "proc"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// A node as a release without versions of the state has left it.
    fn old() -> Self {
        let node = Self::new();
        node.write("state/settings.toml", OLD);
        node
    }

    fn state(&self) -> State {
        State::new(self.folder.path())
    }

    fn start(&self) {
        start(&self.state(), self.folder.path()).unwrap();
    }

    fn change(&self, name: &str, value: Option<&str>) -> Result<(), Trouble> {
        change(&self.state(), self.folder.path(), &[(name, value.map(str::to_owned))])
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    fn write(&self, path: &str, contents: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), contents).unwrap();
    }

    /// Another release runs.
    fn runs(&self, root: char) {
        let root = root.to_string().repeat(64);
        self.write(
            "proc/cmdline",
            &format!("ilanga.root={root} ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M\n"),
        );
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("state")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn the_machine_id_is_made_once() {
    let node = Node::new();
    node.start();
    let id = node.read("etc/machine-id").unwrap();
    assert_eq!(id.len(), 33);
    let settings = Some(format!("version = 1\nmachine-id = \"{}\"\n", id.trim_end()));
    // A release of version 1 finds it too.
    assert_eq!((node.read("state/settings.toml"), node.read("state/v2/settings.toml")), (settings.clone(), settings));
    assert_eq!(node.read("etc/hostname").map(|name| name.len()), Some("ilanga-123456\n".len()));
    let mode = fs::metadata(node.path("etc/machine-id")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
    node.start();
    assert_eq!(node.read("etc/machine-id"), Some(id));
    assert_eq!(node.names(), ["settings.toml", "v2"]);
}

#[test]
fn what_an_older_release_has_left_stays_as_it_is() {
    let node = Node::old();
    node.runs('a');
    node.write("state/v3/settings.toml", "new");
    node.write("state/.v3.new/settings.toml", "half");
    node.start();
    assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-2\n"));
    node.change("host-name", Some("tried")).unwrap();
    node.start();
    assert_eq!(node.read("etc/hostname").as_deref(), Some("tried\n"));
    assert_eq!(node.read("state/settings.toml").as_deref(), Some(OLD));
    assert_eq!(node.read("etc/machine-id").as_deref(), Some("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\n"));
    // The trial was left, and another release comes.
    node.runs('b');
    node.start();
    assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-2\n"));
    assert!(node.read("state/v2.aside/settings.toml").unwrap().contains("tried"));
    // Somebody has changed the old one meanwhile.
    node.write("state/settings.toml", &OLD.replace("clinic-2", "clinic-3"));
    node.start();
    assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-3\n"));
    assert_eq!(node.names(), [".v3.new", "settings.toml", "v2", "v2.aside", "v3"]);
    assert_eq!(node.read("state/v3/settings.toml").as_deref(), Some("new"));
}

#[test]
fn a_changed_name_is_rendered() {
    let node = Node::new();
    node.change("host-name", Some("clinic-2")).unwrap();
    node.start();
    assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-2\n"));
    let refused = node.change("host-name", Some("a\nb")).unwrap_err();
    assert_eq!(refused.to_string(), "'a\nb' cannot be the host name");
    assert!(node.change("machine-id", Some("1")).is_err());
    node.change("host-name", None).unwrap();
    assert_eq!(node.state().read().settings.host_name, None);
}

const NETWORKS: &str = "[[wifi]]\nname = \"Staff\"\nkey = \"a secret key\"\n\n[[wifi]]\nname = \"Guests\"\n";

#[test]
fn all_settings_are_changed_at_once_or_none() {
    let node = Node::new();
    node.write("usr/share/zoneinfo/Africa/Johannesburg", "TZif");
    let set = |pairs: &[&str], input: &str| {
        given(pairs, input.as_bytes()).and_then(|changes| change(&node.state(), node.folder.path(), &changes))
    };
    let all =
        ["language", "zu", "keyboard", "za", "time-zone", "Africa/Johannesburg", "country", "ZA", "networks", "-"];
    set(&all, NETWORKS).unwrap();
    let settings = node.state().read().settings;
    for pair in all.chunks(2).take(4) {
        assert_eq!(value(&settings, pair[0]).unwrap().as_deref(), Some(pair[1]));
    }
    assert_eq!(value(&settings, "networks").unwrap().as_deref(), Some(NETWORKS.trim_end()));
    assert!(value(&settings, "mesh").is_err());
    for (pairs, input, said) in [
        (&["country", "NA", "language", "tn"][..], "", "'tn' cannot be the language"),
        (&["country", "NA", "time-zone", "Africa/Nowhere"][..], "", "there is no time zone 'Africa/Nowhere'"),
        (
            &["country", "NA", "time-zone", "../../../etc/passwd"][..],
            "",
            "'../../../etc/passwd' cannot be the time zone",
        ),
        (
            &["country", "NA", "networks", "[wired]"][..],
            "",
            "networks are read from standard input: their value is '-'",
        ),
        (&["networks", "-", "networks", "-"][..], "", "networks are read from standard input: their value is '-'"),
        (&["country", "NA", "networks", "-"][..], "[[wifi]]\nname = 1", "the networks cannot be these"),
        (&["country", "NA", "machine-id", "1"][..], "", "there is no setting 'machine-id' to change"),
    ] {
        let refused = set(pairs, input).unwrap_err().to_string();
        assert!(refused.starts_with(said), "{refused}");
        assert_eq!(node.state().read().settings, settings);
    }
    assert!(set(&["networks", "-"], &"#".repeat(LONGEST + 1)).is_err());
    for file in ["state/settings.toml", "state/v2/settings.toml"] {
        assert_eq!(fs::metadata(node.path(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn what_was_rendered_and_is_not_set_any_more_goes() {
    const PROFILES: &str = "etc/NetworkManager/system-connections";
    let node = Node::new();
    node.write("usr/share/zoneinfo/Africa/Johannesburg", "TZif");
    node.write(&format!("{PROFILES}/home.nmconnection"), "somebody's");
    let set = |pairs: &[&str], input: &str| {
        let changes = given(pairs, input.as_bytes()).unwrap();
        change(&node.state(), node.folder.path(), &changes).unwrap();
        node.start();
    };
    let profiles = || {
        let entries = fs::read_dir(node.path(PROFILES)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    set(&["time-zone", "Africa/Johannesburg", "networks", "-"], NETWORKS);
    assert_eq!(profiles(), ["home.nmconnection", "ilanga-wifi-1.nmconnection", "ilanga-wifi-2.nmconnection"]);
    let mode = fs::metadata(node.path(PROFILES).join("ilanga-wifi-1.nmconnection")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let zone = || fs::read_link(node.path("etc/localtime")).ok();
    assert_eq!(zone(), Some(PathBuf::from("../usr/share/zoneinfo/Africa/Johannesburg")));
    assert_eq!(node.read("etc/localtime").as_deref(), Some("TZif"));
    set(&["networks", "-"], "[[wifi]]\nname = \"Staff\"\n");
    assert_eq!(profiles(), ["home.nmconnection", "ilanga-wifi-1.nmconnection"]);
    assert!(!node.read(&format!("{PROFILES}/ilanga-wifi-1.nmconnection")).unwrap().contains("psk"));
    node.change("networks", None).unwrap();
    node.change("time-zone", None).unwrap();
    node.start();
    assert_eq!((profiles(), zone(), node.read("etc/timezone")), (vec!["home.nmconnection".to_owned()], None, None));
}

/// One file that can't be written is no reason not to write the others.
#[test]
fn what_can_be_rendered_is() {
    let node = Node::new();
    node.change("country", Some("ZA")).unwrap();
    node.write("etc/hostname/x/y", "in the way");
    assert!(start(&node.state(), node.folder.path()).unwrap_err().to_string().starts_with("writing"));
    assert!(node.read("etc/modprobe.d/ilanga-wifi.conf").unwrap().ends_with("=ZA\n"));
    assert!(node.read("etc/machine-id").is_some());
}

/// What is broken is kept aside, and what an older release knew takes its place.
#[test]
fn broken_settings_are_kept_aside() {
    let broken = "version = 1\nhost-name = \"../../etc/shadow\"\n";
    for newer in [broken, "version = 2\nmesh = true\n"] {
        let node = Node::old();
        node.write("state/v2/settings.toml", newer);
        node.write("state/v2.aside/settings.toml", "older");
        node.write("state/good", "version = 2\n");
        node.start();
        assert_eq!(node.read("state/v2.aside/settings.toml").as_deref(), Some(newer));
        assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-2\n"));
    }
    let node = Node::new();
    node.write("state/settings.toml", broken);
    node.start();
    assert!(node.read("etc/hostname").unwrap().starts_with("ilanga-"));
    let id = node.read("etc/machine-id");
    node.start();
    assert_eq!((node.read("etc/machine-id"), node.read("state/settings.toml").as_deref()), (id, Some(broken)));
}

/// Whatever stands in the way on the state partition, nothing outside is read or written, and the node starts.
#[test]
fn planted_things_gain_nothing() {
    const NAMES: [&str; 7] = ["settings.toml", "v2", "v2/settings.toml", "v2/origin", ".v2.new", "v2.aside", "good"];
    for name in NAMES {
        for plant in ["link", "link to a folder", "folder", "full folder", "pipe", "text", "no folder"] {
            let node = Node::new();
            node.write("secret/settings.toml", "version = 1\nhost-name = \"secret\"\n");
            node.write("secret/inner/x", "x");
            let path = node.path("state").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match plant {
                "link" => symlink(node.path("secret/settings.toml"), &path).unwrap(),
                "link to a folder" => symlink(node.path("secret"), &path).unwrap(),
                "folder" => fs::create_dir(&path).unwrap(),
                "full folder" => node.write(&format!("state/{name}/x/settings.toml/y"), "y"),
                "pipe" => mkfifo(&path, Mode::S_IRWXU).unwrap(),
                "text" => fs::write(&path, "\u{0}").unwrap(),
                _ => fs::remove_dir_all(node.path("state")).unwrap(),
            }
            let first = |file: &str| {
                node.start();
                node.read(file)
            };
            let (id, name) = (first("etc/machine-id").unwrap(), first("etc/hostname").unwrap());
            assert!(name.starts_with("ilanga-"), "{plant} {path:?}");
            assert_eq!(fs::read_dir(node.path("secret")).unwrap().count(), 2, "{plant} {path:?}");
            assert!(node.read("secret/settings.toml").unwrap().contains("secret"), "{plant} {path:?}");
            if plant != "no folder" {
                node.start();
                assert_eq!(node.read("etc/machine-id"), Some(id), "{plant} {path:?}");
                node.change("host-name", Some("a")).unwrap();
                node.start();
                assert_eq!(node.read("etc/hostname").as_deref(), Some("a\n"), "{plant} {path:?}");
            }
        }
    }
}

/// Each operation on the disk fails, or is the last one before a power cut; then it starts again.
#[test]
fn failures_and_cuts_anywhere() {
    let begin = Node::new as fn() -> Node;
    let again = || {
        let node = Node::old();
        node.write("state/v2/settings.toml", "version = 1\nhost-name = \"tried\"\n");
        node.write("state/v2/origin", &format!("from = 1\nby = \"{}\"\n", "b".repeat(64)));
        node.write("state/v2.aside/settings.toml", "older");
        node.write("state/.v2.new/settings.toml", "half");
        node
    };
    let mut operations = 0;
    for (make, name) in [(begin, None), (Node::old, Some("clinic-2")), (again, Some("clinic-2"))] {
        for cut in [false, true] {
            for at in 0.. {
                let (node, count) = (make(), Cell::new(0));
                let gate: Gate<'_> = &|_| {
                    let now = count.replace(count.get() + 1);
                    let fails = now == at || (cut && now > at);
                    if fails { Err(io::Error::from_raw_os_error(nix::libc::ENOSPC)) } else { Ok(()) }
                };
                let flat = node.read("state/settings.toml");
                let used = node.state().prepare(&fresh(), gate);
                if count.get() <= at {
                    assert!(used.kept, "nothing failed");
                    break;
                }
                operations += 1;
                let host_name = used.settings.host_name.as_ref().map(|name| name.as_str());
                assert_eq!(host_name, name, "{at} {cut}");
                assert!(used.settings.machine_id.is_some(), "{at} {cut}");
                let durable = node.read("state/settings.toml");
                assert!(flat.is_none() || durable == flat, "{at} {cut}: the older one is changed");
                node.start();
                assert_eq!(node.state().read().settings.host_name.as_ref().map(|name| name.as_str()), name);
                assert!(durable.is_none() || node.read("state/settings.toml") == durable, "{at} {cut}");
                assert_eq!(node.read("state/settings.toml"), node.read("state/v2/settings.toml"), "{at} {cut}");
                let left = node.names();
                assert!(left.iter().all(|name| ["settings.toml", "v2", "v2.aside"].contains(&&**name)), "{left:?}");
            }
        }
    }
    assert!(operations > 50, "{operations}");
}
