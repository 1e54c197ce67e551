//! What the firmware's variables say about this start, and the measurement of its phases that depends on them.

use std::fs;
use std::path::Path;

use formats::boot_entry::{BootEntry, Tries};
use formats::boot_state::TRIES;
use formats::failed_start::{self, FailedStart};
use formats::trial::{self, Trial};
use uuid::Uuid;

use crate::error::IoError;
use crate::loader::Loader;
use crate::log::{self, Level};
use crate::mounts::{self, Access};
use crate::tpm;
use crate::variable::{self, FOLDER};

/// The variables of systemd-boot and systemd-stub ([Boot Loader Interface](https://systemd.io/BOOT_LOADER_INTERFACE/)).
const VENDOR: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/// What a panic of the kernel is kept by, and where the kernel says so.
const PSTORE_DEVICE: &str = "platform:efivars";
const PSTORE_BACKEND: &str = "/sys/module/pstore/parameters/backend";

/// What is known of this start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Firmware {
    /// systemd-stub measured the kernel image, so the phases are measured too.
    pub(crate) measured: bool,
    /// The release is on trial: systemd-boot has counted this start, and a few more lead to the other release.
    pub(crate) on_trial: bool,
    /// The entry that systemd-boot chose.
    pub(crate) selected: Option<BootEntry>,
    /// The entry to start instead if this start fails.
    pub(crate) instead: Option<String>,
    /// The GUID of the ESP that systemd-boot was started from.
    pub(crate) esp: Option<Uuid>,
    /// What earlier starts of a release on trial have left.
    pub(crate) trial: Option<Trial>,
    /// There are last words of a kernel, which nobody has taken away yet.
    pub(crate) dumps: bool,
}

/// Reads the variables. A machine without any is one that measures nothing and tries nothing.
pub(crate) fn read(loader: &Loader) -> Firmware {
    if !Path::new("/sys/firmware/efi").exists() {
        return Firmware::default();
    }
    loader.wait_for("efivarfs");
    if let Err(error) = mounts::efivarfs(Access::Read) {
        log::error(Level::Warning, &error);
        return Firmware::default();
    }
    let variable = |name: &str| fs::read(format!("{FOLDER}/{name}-{VENDOR}")).ok();
    let names = fs::read_dir(FOLDER).into_iter().flatten().flatten().map(|file| file.file_name());
    let selected = variable("LoaderEntrySelected").and_then(|value| text(&value)).unwrap_or_default();
    let entries = variable("LoaderEntries").map(|value| texts(&value)).unwrap_or_default();
    let firmware = Firmware {
        measured: variable("StubPcrKernelImage").is_some_and(|value| measured(&value)),
        on_trial: variable("LoaderBootCountPath").is_some_and(|value| on_trial(&value)),
        selected: selected.parse().ok(),
        instead: failed_start::other_entry(&entries, &selected).map(str::to_owned),
        esp: variable("LoaderDevicePartUUID").and_then(|value| text(&value)?.parse().ok()),
        trial: journal(),
        dumps: names.into_iter().any(|name| name.to_str().is_some_and(trial::is_dump)),
    };
    mounts::leave_efivarfs();
    firmware
}

/// Leaves in the firmware's variables why this start failed and, with `instead`, which entry starts next, once. What is
/// there already stays: nobody has read it yet.
pub(crate) fn leave(failed: Option<&FailedStart>, instead: Option<&str>) -> Result<(), IoError> {
    if failed.is_none() && instead.is_none() {
        return Ok(());
    }
    mounts::efivarfs(Access::Write)?;
    let left = failed.map_or(Ok(()), |failed| variable::create(failed_start::VARIABLE, &failed.to_bytes()));
    if let Err(error) = left {
        log::error(Level::Warning, &error);
    }
    let next = instead.map_or(Ok(()), |instead| {
        let value: Vec<u8> = instead.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        variable::create(&format!("LoaderEntryOneShot-{VENDOR}"), &value)
    });
    mounts::leave_efivarfs();
    next
}

/// The journal of the trial that is under way, or was.
fn journal() -> Option<Trial> {
    Trial::parse(fs::read(format!("{FOLDER}/{}", trial::VARIABLE)).ok()?.get(4..)?)
}

/// Records in the journal that the start of a release on trial goes on, and how the one before it ended. `hung` is what the
/// watchdog says of that. Where the kernel's last words would not be kept in the firmware's variables, a crash looks like a
/// loss of power: nothing is recorded there, and each start is spent.
pub(crate) fn record_start(firmware: &Firmware, hung: bool) -> Result<(), IoError> {
    let on_trial = firmware.selected.as_ref().filter(|_| firmware.on_trial).map(|entry| &entry.version);
    let next = Trial::at_start(firmware.trial.clone(), on_trial, hung || firmware.dumps);
    let Some(next) = next.filter(|next| firmware.trial.as_ref() != Some(next)) else { return Ok(()) };
    if next.open {
        let backend = fs::read_to_string(PSTORE_BACKEND).unwrap_or_default();
        if backend.trim_end() != trial::PSTORE_BACKEND {
            log::say(Level::Warning, "a panic would not be kept in the firmware's variables: no start is given back");
            return Ok(());
        }
    }
    write(&next)
}

/// Records that the start of a release on trial has failed.
pub(crate) fn record_end(firmware: &Firmware) -> Result<(), IoError> {
    if !firmware.on_trial {
        return Ok(());
    }
    mounts::efivarfs(Access::Read)?;
    let journal = journal();
    mounts::leave_efivarfs();
    journal.filter(|journal| journal.open).map_or(Ok(()), |journal| write(&journal.ended()))
}

fn write(journal: &Trial) -> Result<(), IoError> {
    mounts::efivarfs(Access::Write)?;
    let written = variable::write(trial::VARIABLE, &journal.to_bytes());
    mounts::leave_efivarfs();
    written
}

/// The texts in a variable: each ended by zero.
fn texts(variable: &[u8]) -> Vec<String> {
    let Some((units, [])) = variable.get(4..).map(<[u8]>::as_chunks::<2>) else { return Vec::new() };
    let units: Vec<u16> = units.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let parts = units.split(|&unit| unit == 0).filter(|part| !part.is_empty());
    parts.filter_map(|part| String::from_utf16(part).ok()).collect()
}

/// The text in a variable: behind four bytes of attributes, UTF-16 ended by zero.
fn text(variable: &[u8]) -> Option<String> {
    let (units, []) = variable.get(4..)?.as_chunks::<2>() else { return None };
    let units: Vec<u16> = units.iter().map(|&unit| u16::from_le_bytes(unit)).take_while(|&unit| unit != 0).collect();
    String::from_utf16(&units).ok()
}

/// Whether systemd-stub names the PCR that it measured the kernel image into, in decimal digits.
fn measured(variable: &[u8]) -> bool {
    text(variable).and_then(|text| text.parse().ok()) == Some(tpm::PCR)
}

/// Whether the kernel image, which systemd-boot has renamed to this path, is within its tries, of which each start moves
/// one from those left to those done. Beyond them, or judged bad before, it was started as there is nothing better.
fn on_trial(variable: &[u8]) -> bool {
    let entry = text(variable).and_then(|path| path.rsplit('\\').next()?.parse::<BootEntry>().ok());
    let tries = entry.and_then(|entry| entry.tries);
    tries.is_some_and(|Tries { left, done }| left.saturating_add(done) == TRIES)
}

impl Firmware {
    /// From here on a panic of a release on trial leaves its words.
    pub(crate) fn keep_last_words(&self, loader: &Loader) {
        if self.on_trial {
            loader.wait_for_device(PSTORE_DEVICE);
        }
    }

    /// Measures a phase, if this start is measured. Without it no signed policy matches, so data stays locked: safe,
    /// and no reason to stop.
    pub(crate) fn measure(&self, phase: &str) {
        if self.measured
            && let Err(error) = tpm::measure(phase)
        {
            log::say(Level::Error, &format!("'{phase}' is not measured: {}", log::chain(&error)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(text: &str) -> Vec<u8> {
        [6, 0, 0, 0].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    #[test]
    fn measurements() {
        for (text, expected) in
            [("11", true), ("11\0", true), ("11\u{0}2", true), ("12", false), ("", false), ("x", false)]
        {
            assert_eq!(measured(&variable(text)), expected, "{text:?}");
        }
        for odd in [&b""[..], b"\x06", b"\x06\0\0\0", b"\x06\0\0\x001", b"\x06\0\0\x00\x00\xd8"] {
            assert!(!measured(odd));
        }
    }

    #[test]
    fn lists() {
        let value = |text: &str| variable(text);
        assert_eq!(texts(&value("ilanga_2.efi\0ilanga_1.efi\0")), ["ilanga_2.efi", "ilanga_1.efi"]);
        assert_eq!(texts(&value("")), [""; 0]);
        assert_eq!(texts(b"\x06\0\0"), [""; 0]);
        assert_eq!(texts(b"\x06\0\0\0a"), [""; 0]);
    }

    #[test]
    fn trials() {
        for (path, expected) in [
            (r"\EFI\Linux\ilanga_2026.11.0+2-1.efi", true),
            (r"\EFI\Linux\ilanga_2026.11.0+0-3.efi", true),
            // systemd-boot goes on counting when there is nothing better to start.
            (r"\EFI\Linux\ilanga_2026.11.0+0-4.efi", false),
            // It was judged bad in its first start, and is all there is.
            (r"\EFI\Linux\ilanga_2026.11.0+0-2.efi", false),
            (r"\EFI\Linux\ilanga_2026.11.0.efi", false),
            (r"\EFI\Linux\other+2-1.efi", false),
            ("", false),
        ] {
            assert_eq!(on_trial(&variable(path)), expected, "{path}");
        }
    }
}
