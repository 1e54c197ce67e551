//! The programs as people and units start them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use peers::devices::{self, Silent};
use peers::pty::Pty;

fn ilanga_power(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ilanga-power")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// What `probe --verbose` shows is a recording that says the same.
#[test]
fn probe_and_decode() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording");
    for (pty, protocol, expected) in [
        (Pty::new(devices::jbd()), "jbd", "JBD JBD-SP04S034-L4S-200A-B-U"),
        (Pty::new(devices::axpert()), "voltronic", "Voltronic MKS2-8000"),
        (Pty::new(devices::smart_solar()), "ve-direct", "Victron SmartSolar"),
    ] {
        let node = pty.path();
        let probe = ilanga_power(&["probe", node.to_str().unwrap(), "--protocol", protocol, "--verbose"]);
        let (status, found, steps) = said(&probe);
        assert_eq!(status, Some(0), "{found}{steps}");
        assert!(found.starts_with(expected), "{found}");
        fs::write(&recording, &steps).unwrap();
        let (status, decoded, _) =
            said(&ilanga_power(&["decode", recording.to_str().unwrap(), "--protocol", protocol]));
        let reading = |text: &str| text.split_once(": ").map(|(_, reading)| reading.to_owned());
        assert_eq!((status, reading(&decoded)), (Some(0), reading(&found)), "{decoded}{steps}");
    }
    let silent = Pty::new(Silent);
    let (status, found, _) = said(&ilanga_power(&["probe", silent.path().to_str().unwrap(), "--protocol", "jbd"]));
    assert_eq!(status, Some(3));
    assert!(found.starts_with("no device that is known was found"), "{found}");
    let (status, _, wrong) = said(&ilanga_power(&["probe", "/dev/no-such-port"]));
    assert_eq!((status, wrong.as_str()), (Some(1), "ilanga-power: /dev/no-such-port is not there\n"));
    assert_eq!(said(&ilanga_power(&["probe", "a/b", "--protocol", "nmea"])).0, Some(2));
}

/// The recordings of real devices, where they are.
#[test]
fn recordings_of_real_devices() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings");
    let folder = if folder.is_dir() { folder } else { Path::new("/shared/recordings").to_owned() };
    if !folder.is_dir() {
        eprintln!("skipped: the recordings are not here");
        return;
    }
    for (file, model) in
        [("ve-direct-bluesolar-mppt.dump", "BlueSolar"), ("ve-direct-smartsolar-mppt.dump", "SmartSolar")]
    {
        let file = folder.join(file);
        let (status, decoded, _) = said(&ilanga_power(&["decode", file.to_str().unwrap(), "--protocol", "ve-direct"]));
        assert_eq!(status, Some(0));
        assert!(decoded.lines().any(|line| line.contains(model) && line.contains("battery")), "{decoded}");
        // And as a device of another kind it is refused.
        let (status, decoded, _) = said(&ilanga_power(&["decode", file.to_str().unwrap(), "--protocol", "jbd"]));
        assert_eq!((status, decoded.as_str()), (Some(3), "what it says is not a JBD's\n"));
    }
}

#[test]
fn lists() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("readings.json");
    let list = |more: &[&str]| said(&ilanga_power(&[&["list", "--readings", file.to_str().unwrap()], more].concat()));
    let (status, _, wrong) = list(&[]);
    assert_eq!(status, Some(1));
    assert!(wrong.contains("is ilanga-power.service running?"), "{wrong}");
    let port = r#"{"port":"can0","place":"can0","state":"nothing","trouble":"it says nothing"}"#;
    fs::write(&file, format!(r#"{{"format":1,"devices":[{port}]}}"#)).unwrap();
    assert_eq!(list(&[]).1, "can0 (can0)\n    no device that is known: it says nothing\n");
    let json: serde_json::Value = serde_json::from_str(&list(&["--json"]).1).unwrap();
    assert_eq!(json["devices"][0]["state"], "nothing");
    let (status, protocols, _) = said(&ilanga_power(&["protocols"]));
    assert!(status == Some(0) && protocols.lines().count() == power::protocol::registry::ALL.len(), "{protocols}");
}

/// The daemon with a device on the network: it needs udev, and no hardware.
#[cfg(feature = "daemon")]
#[test]
fn the_daemon() {
    use std::time::Duration;

    use peers::tcp::{Replies, Server, upsd};
    use power::readings::{Readings, State};

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let server = Server::new(|| Replies(upsd));
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_ilanga-powerd"))
        .arg("--readings")
        .arg(at("readings.json"))
        .arg("--memory")
        .arg(at("found.json"))
        .arg("--settings")
        .arg(at("settings.toml"))
        .spawn()
        .unwrap();
    let mut until = |wanted: &dyn Fn(&Readings) -> bool| {
        for _ in 0..600 {
            assert!(daemon.try_wait().unwrap().is_none(), "it has ended");
            let readings = fs::read(at("readings.json")).ok().and_then(|bytes| Readings::parse(&bytes).ok());
            if let Some(readings) = readings.filter(|readings| wanted(readings)) {
                return Some(readings);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    };
    // Without settings it works too.
    assert!(until(&|readings| readings.trouble.is_none()).is_some());
    let network = format!("format = 1\n[[network]]\nhost = \"127.0.0.1\"\nservice = \"nut\"\nport = {}\n", server.port);
    fs::write(at("settings.toml"), network).unwrap();
    let heard = until(&|readings| readings.devices.iter().any(|device| device.state == State::Heard));
    let name = format!("nut://127.0.0.1:{}", server.port);
    assert!(heard.is_some_and(|readings| readings.devices.iter().any(|device| device.port == name)));
    // Wrong settings change nothing, and are told.
    fs::write(at("settings.toml"), "format = 9\n").unwrap();
    let wrong = until(&|readings| readings.trouble.is_some()).unwrap();
    assert!(wrong.trouble.unwrap().contains("its format is 9") && !wrong.devices.is_empty());
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(fs::read_to_string(at("found.json")).unwrap().contains("\"nut\""));
}
