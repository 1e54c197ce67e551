//! The support report: what somebody needs who helps from far away, as JSON. Who gets it may be anybody.
//!
//! Invariants: no secret and nothing personal is in it: no names of people, computers, networks or files, no addresses, no serial
//! numbers. It is put together from what is named here, each field of a type that can't carry more, and the few texts are made
//! harmless word by word ([`harmless`]).

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use formats::size::Bytes;
use power::reading::Reading;
use power::readings::State;
use serde::Serialize;

use super::overview::{self, Boot, Event, Room};
use crate::disks;
use crate::gather;
use crate::node::Node;
use crate::tool::{Program, run};

/// The format's version.
const FORMAT: u32 = 1;

/// The most units that are named.
const MOST_UNITS: usize = 20;

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    pub(super) format: u32,
    /// The release that runs.
    pub(super) release: Option<String>,
    /// The kernel's version.
    pub(super) kernel: String,
    /// Seconds since power-on.
    pub(super) up: u64,
    pub(super) memory: Memory,
    pub(super) data: Option<Room>,
    pub(super) boot: Boot,
    /// What happened to releases, the newest first.
    pub(super) history: Vec<Event>,
    /// Units that have failed, without the names of instances.
    pub(super) failed: Vec<String>,
    pub(super) power: Vec<Device>,
    pub(super) disks: Vec<Disk>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Memory {
    pub(super) total: Bytes,
    pub(super) available: Bytes,
}

/// A solar device or battery: what it is, and what it says, but not which one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Device {
    pub(super) protocol: Option<&'static str>,
    pub(super) state: State,
    /// How old the reading is, in seconds.
    pub(super) age: Option<u64>,
    pub(super) reading: Option<Reading>,
}

/// A disk, by its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Disk {
    /// `nvme`, `mmcblk`, `sd`, `vd`.
    pub(super) kind: String,
    pub(super) size: Bytes,
    /// How worn it is: eMMC's own two estimates, in steps of ten percent, as it says them.
    pub(super) life_time: Option<String>,
    /// How much of its life it has behind it, in per cent, as it says (SMART).
    pub(super) worn: Option<u8>,
    /// Whether it says that it is about to fail.
    pub(super) failing: bool,
    /// The same as a warning: 1 normal, 2 at 80 %, 3 at 90 % of its spare blocks.
    pub(super) pre_eol: Option<String>,
    /// What was written to it since power-on.
    pub(super) written: Option<Bytes>,
}

/// Looks at all of it; `up` is the time since power-on.
pub fn look(node: &Node, up: Duration) -> Report {
    let text = |path: &str| fs::read_to_string(node.path(path)).unwrap_or_default();
    let mut events = overview::events();
    for event in &mut events {
        event.reason = event.reason.take().map(|reason| harmless(&reason));
    }
    let power = overview::readings(node);
    let devices = power.iter().flat_map(|readings| &readings.devices);
    Report {
        format: FORMAT,
        release: overview::release(node),
        kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
        up: up.as_secs(),
        memory: Memory { total: Bytes(gather::memory(node)), available: available(&text("/proc/meminfo")) },
        data: overview::room(node),
        boot: overview::boot(),
        history: events,
        failed: failed(),
        power: devices
            .map(|device| Device {
                protocol: device.protocol.map(|protocol| protocol.entry().title),
                state: device.state,
                age: device.age(up).map(|age| age.as_secs()),
                reading: device.reading.clone(),
            })
            .collect(),
        disks: disks(node),
    }
}

/// The text of a report.
pub fn text(report: &Report) -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", serde_json::to_string_pretty(report)?))
}

fn available(text: &str) -> Bytes {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    Bytes(line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0).saturating_mul(1024))
}

/// Units that have failed.
fn failed() -> Vec<String> {
    let words = ["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"].map(OsStr::new);
    run(Program::Systemctl, &words, b"").map(|said| units(&String::from_utf8_lossy(&said))).unwrap_or_default()
}

/// The names of units in a list of systemd's: an instance's may be anything, as a device's or a file's.
fn units(said: &str) -> Vec<String> {
    let names = said.lines().filter_map(|line| line.split_whitespace().next());
    let bare = names.map(|name| match name.split_once('@') {
        Some((template, _)) => format!("{template}@"),
        None => name.to_owned(),
    });
    // Mounts and devices are called by paths.
    bare.filter(|name| name.ends_with('@') || name.ends_with(".service") || name.ends_with(".target"))
        .take(MOST_UNITS)
        .collect()
}

fn disks(node: &Node) -> Vec<Disk> {
    let folder = fs::read_dir(node.path("/sys/block")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = folder.map(|entry| entry.path()).collect();
    paths.sort_unstable();
    let health = disks::found(node);
    let disk = |path: std::path::PathBuf| {
        let name = path.file_name()?.to_str()?;
        let health = health.iter().find(|found| found.name == name);
        let kind = ["nvme", "mmcblk", "sd", "vd"].into_iter().find(|kind| name.starts_with(kind))?;
        let line = |file: &str| fs::read_to_string(path.join(file)).ok().map(|text| text.trim().to_owned());
        let number = |text: &str| text.parse::<u64>().ok();
        // Linux counts in units of 512 bytes, whatever the disk's are; the seventh is what was written.
        let sectors = |sectors: u64| Bytes(sectors.saturating_mul(512));
        Some(Disk {
            kind: kind.to_owned(),
            size: sectors(line("size").as_deref().and_then(number)?),
            life_time: line("device/life_time"),
            worn: health.and_then(|health| health.worn),
            failing: health.is_some_and(|health| health.failing),
            pre_eol: line("device/pre_eol_info"),
            written: line("stat").and_then(|stat| number(stat.split_whitespace().nth(6)?)).map(sectors),
        })
    };
    paths.into_iter().filter_map(disk).collect()
}

/// A text of another program's, without what may tell of people: words that are no words or plain numbers.
pub fn harmless(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| ".,;:()".contains(c));
        let version = bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && bare.parse::<IpAddr>().is_err();
        let plain = bare.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'' || c == '%');
        let unit = bare.ends_with(".service") || bare.ends_with(".target");
        let unit = unit && !bare.contains(['@', '/', '\\']);
        if version || plain || unit { word.to_owned() } else { "[…]".to_owned() }
    };
    // What is in quotation marks is somebody's name for something.
    let mut quoted = false;
    let words = text.split_whitespace().map(|part| {
        let bare = part.trim_matches(|c: char| ".,;:()".contains(c));
        let mark = |c: char| matches!(c, '\'' | '"' | '‘' | '’' | '“' | '”' | '`');
        let (begins, ends) = (bare.starts_with(mark), bare.chars().count() > 1 && bare.ends_with(mark));
        let hidden = quoted || begins;
        quoted = hidden && !ends;
        if hidden { "[…]".to_owned() } else { word(part) }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use power::readings::{self, Readings};

    #[test]
    fn texts_without_anybody_in_them() {
        for (text, expected) in [
            ("it did not start, 3 times.", "it did not start, 3 times."),
            ("no answer from 192.168.1.20 or fd00::1", "no answer from […] or […]"),
            ("the network 'Nomsa at home' is gone", "the network […] […] […] is gone"),
            ("/data/home/thandi can't be read", "[…] can't be read"),
            (
                "release 2026.11.1 was left: ilanga-data.service failed",
                "release 2026.11.1 was left: ilanga-data.service failed",
            ),
            ("thandi@example.org wrote to ilanga-0a1b2c.local", "[…] wrote to […]"),
            ("serial S64DNX0T at 00:11:22:33:44:55", "serial […] at […]"),
        ] {
            assert_eq!(harmless(text), expected);
        }
    }

    #[test]
    fn units_without_instances() {
        let said = "ilanga-stick@sdb1.service loaded failed failed x\nchrony.service loaded failed failed y\n\
            media-Nomsa.mount loaded failed failed z\n\n";
        assert_eq!(units(said), ["ilanga-stick@", "chrony.service"]);
    }

    #[test]
    fn a_report_tells_of_the_node_and_of_nobody() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        let write = |path: &str, text: &str| {
            let path = node.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("/proc/sys/kernel/osrelease", "6.12.1\n");
        write("/proc/sys/kernel/hostname", "SECRET-host\n");
        write("/proc/meminfo", "MemTotal: 4000 kB\nMemAvailable: 1000 kB\n");
        write("/usr/lib/os-release", "IMAGE_VERSION=2026.11.1\n");
        write("/data/ilanga/administrator.json", "{\"name\":\"SECRET\"}");
        write("/sys/block/mmcblk0/size", "2048\n");
        write("/sys/block/mmcblk0/device/life_time", "0x02 0x01\n");
        write("/sys/block/mmcblk0/device/serial", "SECRET\n");
        write("/sys/block/mmcblk0/stat", "1 2 3 4 5 6 100 8 9 10 11\n");
        write("/sys/block/dm-0/size", "1\n");
        let mut device = readings::Device::new("usb-SECRET-port0".into(), "/dev/ttySECRET".into());
        device.trouble = Some("SECRET".into());
        device.identity =
            Some(power::reading::Identity { serial: Some("SECRET".to_owned().into()), ..Default::default() });
        device.reading = Some(Reading { pv: Some(power::units::Power(412)), ..Default::default() });
        write(readings::PATH, &Readings::new(vec![device]).text().unwrap());
        let text = text(&look(&node, Duration::from_secs(60))).unwrap();
        assert!(!text.contains("SECRET"), "{text}");
        for expected in ["6.12.1", "2026.11.1", "mmcblk", "0x02 0x01", "51200", "1048576", "412"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
