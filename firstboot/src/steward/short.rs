//! The support report in a line that a QR code holds: what is read off a screen where nothing else goes out. Pure.
//!
//! ```text
//!   ILANGA1 V:2026.11.1 K:6.12.57 S:A B:GOOD U:73H M:312/2048 D:9264/9388 F:2.CHRONY W:20% H:JUDGED-BAD.2026.12.0 P:VE-DIRECT.HEARD.412W
//!   │       release     kernel    slot and how it stands, hours on, MB of memory and of data that are free of all
//!   format                        wear of a disk, failed units: how many, and the first; what happened last; each solar device
//! ```
//!
//! Invariants: only characters of a QR code's alphanumeric mode (ISO/IEC 18004, 7.4.4), at most [`LONGEST`] of them, so that the code
//! has 37 modules a side at the lowest correction, which a screen of 25 lines shows; and nothing is in it that the whole report has not.

use formats::size::Bytes;
use formats::slot::Slot;

use super::report::Report;

/// What version 5 of a QR code holds at correction level L.
pub const LONGEST: usize = 154;

/// The line; words that no longer fit are left out, the last ones first.
pub fn line(report: &Report) -> String {
    let mut line = format!("ILANGA{}", report.format);
    for word in words(report) {
        let word = plain(&word);
        if line.len() + 1 + word.len() <= LONGEST {
            line.push(' ');
            line.push_str(&word);
        }
    }
    line
}

fn words(report: &Report) -> Vec<String> {
    let megabytes = |bytes: Bytes| bytes.0 / 1_000_000;
    let running = report.boot.running;
    let slot = running.map_or("?", |slot| if slot == Slot::A { "A" } else { "B" });
    let stands = report.boot.slots.iter().find(|found| Some(found.slot) == running);
    let stands = stands.and_then(|found| found.state.as_deref()).unwrap_or("?");
    let mut words = vec![
        format!("V:{}", report.release.as_deref().unwrap_or("?")),
        format!("K:{}", report.kernel.split(['+', '-']).next().unwrap_or_default()),
        format!("S:{slot}"),
        format!("B:{stands}"),
        format!("U:{}H", report.up / 3600),
        format!("M:{}/{}", megabytes(report.memory.available), megabytes(report.memory.total)),
    ];
    words.push(match report.data {
        Some(room) => format!("D:{}/{}", megabytes(room.free), megabytes(room.of)),
        None => "D:NONE".to_owned(),
    });
    if let Some(first) = report.failed.first() {
        words.push(format!("F:{}.{}", report.failed.len(), first.trim_end_matches(".service")));
    }
    let worn = report.disks.iter().filter_map(|disk| disk.worn).max();
    words.extend(worn.map(|worn| format!("W:{worn}%")));
    words.extend(report.disks.iter().any(|disk| disk.failing).then(|| "W:FAILING".to_owned()));
    if let Some(event) = report.history.first() {
        words.push(format!("H:{}.{}", event.event, event.version.as_deref().unwrap_or_default()));
    }
    for device in &report.power {
        let power = device.reading.as_ref().and_then(|reading| reading.pv);
        let power = power.map(|power| format!(".{}W", power.0)).unwrap_or_default();
        words.push(format!("P:{}.{:?}{power}", device.protocol.unwrap_or("?"), device.state));
    }
    words
}

/// A word in the characters that there are.
fn plain(word: &str) -> String {
    let plain = |c: char| match c.to_ascii_uppercase() {
        c if c.is_ascii_uppercase() || c.is_ascii_digit() || "$%*+-./:".contains(c) => c,
        _ => '-',
    };
    word.chars().take(LONGEST).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steward::overview::{Boot, Event, Room, SlotState};
    use crate::steward::report::{Disk, Memory};
    use qrcode::{EcLevel, QrCode};

    fn report() -> Report {
        let state = SlotState { slot: Slot::A, version: None, state: Some("good".into()), starts: None };
        Report {
            format: 1,
            release: Some("2026.11.1".into()),
            kernel: "6.12.57+deb13-amd64".into(),
            up: 262_800,
            memory: Memory { total: Bytes(2_048_000_000), available: Bytes(312_000_000) },
            data: Some(Room { free: Bytes(9_264_700_000), of: Bytes(9_388_500_000) }),
            boot: Boot { running: Some(Slot::A), slots: vec![state] },
            history: vec![Event {
                time: 1,
                event: "judged-bad".into(),
                version: Some("2026.12.0~x".into()),
                reason: None,
            }],
            failed: vec!["chrony.service".into(), "ilanga-stick@".into()],
            power: Vec::new(),
            disks: vec![Disk { worn: Some(20), ..Disk::default() }],
        }
    }

    #[test]
    fn a_line_of_what_matters() {
        let expected = "ILANGA1 V:2026.11.1 K:6.12.57 S:A B:GOOD U:73H M:312/2048 D:9264/9388 F:2.CHRONY W:20% \
            H:JUDGED-BAD.2026.12.0-X";
        assert_eq!(line(&report()), expected);
    }

    #[test]
    fn whatever_is_in_it_the_code_is_small() {
        let mut long = report();
        long.release = Some("é\u{1b}[2J".repeat(10));
        long.failed = vec!["x".repeat(300); 30];
        long.kernel = "9".repeat(1000);
        for report in [report(), long] {
            let line = line(&report);
            assert!(line.len() <= LONGEST && line.starts_with("ILANGA1 V:") && line.contains(" S:A "), "{line}");
            assert!(line.bytes().all(|c| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&c)), "{line}");
            assert!(QrCode::with_error_correction_level(&line, EcLevel::L).unwrap().width() <= 37);
        }
    }
}
