//! What the firmware's variables say about this start, and the measurement of its phases that depends on them.

use std::fs;
use std::path::Path;

use formats::boot_entry::{BootEntry, Tries};
use formats::boot_state::TRIES;

use crate::loader::Loader;
use crate::log::{self, Level};
use crate::mounts;
use crate::tpm;

/// The variables of systemd-boot and systemd-stub ([Boot Loader Interface](https://systemd.io/BOOT_LOADER_INTERFACE/)).
const VENDOR: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/// What is known of this start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Firmware {
    /// systemd-stub measured the kernel image, so the phases are measured too.
    pub(crate) measured: bool,
    /// The release is on trial: systemd-boot has counted this start, and a few more lead to the other release.
    pub(crate) on_trial: bool,
}

/// Reads the variables. A machine without any is one that measures nothing and tries nothing.
pub(crate) fn read(loader: &Loader) -> Firmware {
    if !Path::new("/sys/firmware/efi").exists() {
        return Firmware::default();
    }
    loader.wait_for("efivarfs");
    if let Err(error) = mounts::efivarfs() {
        log::error(Level::Warning, &error);
        return Firmware::default();
    }
    let variable = |name: &str| fs::read(format!("/sys/firmware/efi/efivars/{name}-{VENDOR}")).ok();
    let firmware = Firmware {
        measured: variable("StubPcrKernelImage").is_some_and(|value| measured(&value)),
        on_trial: variable("LoaderBootCountPath").is_some_and(|value| on_trial(&value)),
    };
    mounts::leave_efivarfs();
    firmware
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

/// Whether the kernel image, which systemd-boot has renamed to this path, is within its tries: beyond them systemd-boot
/// starts another, or this one again if none is better.
fn on_trial(variable: &[u8]) -> bool {
    let entry = text(variable).and_then(|path| path.rsplit('\\').next()?.parse::<BootEntry>().ok());
    let tries = entry.and_then(|entry| entry.tries);
    tries.is_some_and(|Tries { left, done }| left.saturating_add(done) <= TRIES)
}

impl Firmware {
    /// Measures a phase, if this start is measured. Without it no signed policy matches, so data stays locked: safe,
    /// and no reason to stop.
    pub(crate) fn measure(self, phase: &str) {
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
    fn trials() {
        for (path, expected) in [
            (r"\EFI\Linux\ilanga_2026.11.0+2-1.efi", true),
            (r"\EFI\Linux\ilanga_2026.11.0+0-3.efi", true),
            // systemd-boot goes on counting when there is nothing better to start.
            (r"\EFI\Linux\ilanga_2026.11.0+0-4.efi", false),
            (r"\EFI\Linux\ilanga_2026.11.0.efi", false),
            (r"\EFI\Linux\other+2-1.efi", false),
            ("", false),
        ] {
            assert_eq!(on_trial(&variable(path)), expected, "{path}");
        }
    }
}
