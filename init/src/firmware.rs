//! What the firmware's variables say about this start, and the measurement of its phases that depends on them.

use std::fs;
use std::path::Path;

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
    /// The release is on trial: systemd-boot counts its starts.
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
        measured: variable("StubPcrKernelImage").is_some_and(|value| number(&value) == Some(tpm::PCR.into())),
        on_trial: variable("LoaderBootCountPath").is_some(),
    };
    mounts::leave_efivarfs();
    firmware
}

/// The number in a variable: behind four bytes of attributes, decimal digits in UTF-16 ended by zero.
fn number(variable: &[u8]) -> Option<u32> {
    let (digits, []) = variable.get(4..)?.as_chunks::<2>() else { return None };
    let text: Vec<u16> = digits.iter().map(|&unit| u16::from_le_bytes(unit)).take_while(|&unit| unit != 0).collect();
    String::from_utf16(&text).ok()?.parse().ok()
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

    #[test]
    fn numbers() {
        for (variable, expected) in [
            (&b"\x06\0\0\x001\x001\x00\0\0"[..], Some(11)),
            (&b"\x06\0\0\x001\x001\x00\0\x002\0"[..], Some(11)),
            (&b"\x06\0\0\x002\x00\0\0"[..], Some(2)),
            (&b"\x06\0\0\x001\x001\x00"[..], Some(11)),
            (&b"\x06\0\0\x001\x001"[..], None),
            (&b"\x06\0\0\x00-\x001\x00"[..], None),
            (&b"\x06\0\0\x00"[..], None),
            (&b"\x06"[..], None),
        ] {
            assert_eq!(number(variable), expected, "{variable:?}");
        }
    }
}
