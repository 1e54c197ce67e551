//! Renders the node's settings into `/etc`, and reads and changes them.
//!
//! Part of the verified root. `init` runs it without arguments at each start, once `/state` and the overlay on `/etc`
//! are mounted; people run it as `ilanga-settings`. What is rendered is decided by [`formats::settings::render`]; what
//! becomes of the file by [`store`].

mod store;

use std::path::Path;
use std::process::ExitCode;

use formats::settings::{BadSettings, HostName, MachineId, NotAHostName, Rendered, Settings, render};
use thiserror::Error;
use uuid::Uuid;

use crate::store::{Loaded, Store, StoreError};

const USAGE: &str = "\
Usage: ilanga-settings get NAME          print a setting
       ilanga-settings set NAME VALUE    change it; it is on the disk when this ends
       ilanga-settings unset NAME        leave it to the node
       ilanga-settings render            write the settings into /etc, as each start does
Names: host-name, machine-id (made by the node itself; read only)
Exit status: 0 done, 1 not done, 2 not understood, 3 the setting is not set";

/// Something was not done.
#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the settings are left as they are")]
    Unusable { source: BadSettings },
    #[error("'{value}' cannot be the host name")]
    HostName { value: String, source: NotAHostName },
    #[error("there is no setting '{0}' to change: host-name is one")]
    Name(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let store = Store::new(Path::new("/state"));
    let done = match arguments[..] {
        [] | ["render"] => start(&store, Path::new("/")),
        ["get", name] => return get(&store, name),
        ["set", name, value] => change(&store, name, Some(value)),
        ["unset", name] => change(&store, name, None),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn tell(error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    eprintln!("{}", text.trim_end());
}

/// What each start does: makes the machine id if there is none yet, and renders. Settings that can't be read or kept
/// are no reason to stop: the node then has what the release says, for this start.
fn start(store: &Store, root: &Path) -> Result<(), Trouble> {
    let keep = match store.load() {
        Loaded::Whole(settings) => (settings, true),
        Loaded::Absent => (Settings::default(), true),
        Loaded::Refused(error @ BadSettings::Newer(_)) => {
            tell(&error);
            (Settings::default(), false)
        }
        Loaded::Refused(error) => {
            tell(&error);
            eprintln!("the node starts with the release's settings; the broken ones are kept beside them");
            store.put_aside().unwrap_or_else(|error| tell(&error));
            (Settings::default(), true)
        }
        Loaded::Unreadable(error) => {
            tell(&error);
            (Settings::default(), false)
        }
    };
    let (mut settings, keep) = keep;
    if settings.machine_id.is_none() {
        settings.machine_id = MachineId::new(Uuid::new_v4()).ok();
        if keep {
            store.save(&settings).unwrap_or_else(|error| tell(&error));
        }
    }
    for Rendered { path, mode, contents } in render(&settings) {
        store::write(&root.join(path.trim_start_matches('/')), mode, contents.as_bytes())?;
    }
    Ok(())
}

fn get(store: &Store, name: &str) -> ExitCode {
    let settings = match store.load() {
        Loaded::Whole(settings) => settings,
        Loaded::Absent => Settings::default(),
        Loaded::Refused(error) => {
            tell(&error);
            return ExitCode::FAILURE;
        }
        Loaded::Unreadable(error) => {
            tell(&error);
            return ExitCode::FAILURE;
        }
    };
    let value = match name {
        "host-name" => settings.effective_host_name().map(String::from),
        "machine-id" => settings.machine_id.map(String::from),
        _ => {
            eprintln!("there is no setting '{name}'\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match value {
        Some(value) => {
            println!("{value}");
            ExitCode::SUCCESS
        }
        None => ExitCode::from(3),
    }
}

fn change(store: &Store, name: &str, value: Option<&str>) -> Result<(), Trouble> {
    if name != "host-name" {
        return Err(Trouble::Name(name.to_owned()));
    }
    let parse =
        |value: &str| value.parse::<HostName>().map_err(|source| Trouble::HostName { value: value.to_owned(), source });
    let host_name = value.map(parse).transpose()?;
    let _lock = store.lock()?;
    let mut settings = match store.load() {
        Loaded::Whole(settings) => settings,
        Loaded::Absent => Settings::default(),
        Loaded::Refused(source) => return Err(Trouble::Unusable { source }),
        Loaded::Unreadable(error) => return Err(error.into()),
    };
    settings.host_name = host_name;
    Ok(store.save(&settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    struct Node {
        folder: tempfile::TempDir,
    }

    impl Node {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("etc")).unwrap();
            fs::create_dir(folder.path().join("state")).unwrap();
            Self { folder }
        }

        fn store(&self) -> Store {
            Store::new(&self.folder.path().join("state"))
        }

        fn start(&self) {
            start(&self.store(), self.folder.path()).unwrap();
        }

        fn read(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.folder.path().join(path)).ok()
        }

        fn write(&self, path: &str, contents: &str) {
            fs::write(self.folder.path().join(path), contents).unwrap();
        }
    }

    #[test]
    fn the_machine_id_is_made_once() {
        let node = Node::new();
        node.start();
        let id = node.read("etc/machine-id").unwrap();
        assert_eq!(id.len(), 33);
        assert_eq!(
            node.read("state/settings.toml"),
            Some(format!("version = 1\nmachine-id = \"{}\"\n", id.trim_end()))
        );
        assert_eq!(node.read("etc/hostname").map(|name| name.len()), Some("ilanga-123456\n".len()));
        let mode = fs::metadata(node.folder.path().join("etc/machine-id")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o444);
        node.start();
        assert_eq!(node.read("etc/machine-id"), Some(id));
        assert_eq!(fs::read_dir(node.folder.path().join("state")).unwrap().count(), 1);
    }

    #[test]
    fn a_changed_name_is_rendered() {
        let node = Node::new();
        change(&node.store(), "host-name", Some("clinic-2")).unwrap();
        node.start();
        assert_eq!(node.read("etc/hostname").as_deref(), Some("clinic-2\n"));
        let refused = change(&node.store(), "host-name", Some("a\nb")).unwrap_err();
        assert_eq!(refused.to_string(), "'a\nb' cannot be the host name");
        assert!(change(&node.store(), "machine-id", Some("1")).is_err());
        change(&node.store(), "host-name", None).unwrap();
        assert!(matches!(node.store().load(), Loaded::Whole(Settings { host_name: None, .. })));
    }

    #[test]
    fn broken_settings_are_kept_aside() {
        let node = Node::new();
        let broken = "version = 1\nhost-name = \"../../etc/shadow\"\n";
        node.write("state/settings.toml", broken);
        node.start();
        assert_eq!(node.read("state/settings.toml.bad").as_deref(), Some(broken));
        assert!(node.read("etc/hostname").unwrap().starts_with("ilanga-"));
        assert!(node.read("etc/machine-id").is_some());
        assert!(matches!(node.store().load(), Loaded::Whole(_)));
    }

    #[test]
    fn newer_settings_stay() {
        let node = Node::new();
        node.write("state/settings.toml", "version = 2\nmesh = true\n");
        node.start();
        assert_eq!(node.read("state/settings.toml").as_deref(), Some("version = 2\nmesh = true\n"));
        assert!(node.read("etc/machine-id").is_some());
        assert!(change(&node.store(), "host-name", Some("a")).is_err());
    }

    /// Whatever stands in the way on the state partition, nothing outside is read, and the node starts.
    #[test]
    fn planted_things_gain_nothing() {
        for plant in ["link", "directory", "pipe", "temporary", "no folder"] {
            let node = Node::new();
            node.write("secret", "version = 1\nhost-name = \"secret\"\n");
            let state = node.folder.path().join("state");
            let file = state.join("settings.toml");
            match plant {
                "link" => std::os::unix::fs::symlink("../secret", &file).unwrap(),
                "directory" => fs::create_dir(&file).unwrap(),
                "pipe" => nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap(),
                "temporary" => std::os::unix::fs::symlink("../secret", state.join(".settings.toml.new")).unwrap(),
                _ => fs::remove_dir(&state).unwrap(),
            }
            node.start();
            assert!(node.read("etc/hostname").unwrap().starts_with("ilanga-"), "{plant}");
            assert!(node.read("etc/machine-id").is_some(), "{plant}");
            assert!(node.read("secret").unwrap().contains("secret"), "{plant}");
            if plant != "no folder" {
                assert!(matches!(node.store().load(), Loaded::Whole(_)), "{plant}");
            }
        }
    }
}
